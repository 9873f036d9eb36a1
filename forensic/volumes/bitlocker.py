"""BitLocker: what opens an encrypted volume, and its bytes once it is open, through libbde.

The metadata of a volume names its protectors, each with an id: that of a recovery key is shown to whoever is asked for the key, so that it
can be found in Active Directory, in Entra ID or on paper. A volume whose protection is suspended keeps its key in the clear: it is opened
without any. Source: libyal/libbde, documentation of the BitLocker Drive Encryption format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from forensic.errors import Unreadable
from forensic.storage.source import Source, SourceReader
from forensic.volumes.volume_key import VolumeKey

_PROTECTORS = {
    0x0000: "clear key",
    0x0100: "TPM",
    0x0200: "startup key",
    0x0400: "TPM and startup key",
    0x0500: "TPM and PIN",
    0x0800: "recovery key",
    0x2000: "password",
}
_CLEAR, _RECOVERY = 0x0000, 0x0800
_WAYS = {0x2000: "password", _RECOVERY: "recovery-key", 0x0200: "startup-key", 0x0400: "startup-key"}
PROTECTOR_LIMIT = 64
_BLOCK = 4096
"""Bytes by which libbde is asked: what begins inside a sector and ends in another one it returns wrong, without an error (20260916)."""


class Protector(NamedTuple):
    """One way in which a volume can be opened."""

    type: int
    id: str

    @property
    def words(self) -> str:
        """What it is, with the id of a recovery key in the form in which people are shown it."""
        name = _PROTECTORS.get(self.type, f"protector of type {self.type:#06x}")
        return f"{name} {self.id.upper()}" if self.type == _RECOVERY else name


class OpenVolume:
    """The bytes of a volume that a key opened: a `Source`."""

    def __init__(self, volume: Any, name: str) -> None:
        """Read from `volume`, which is unlocked; `name` is its id, for messages."""
        self._volume, self._name = volume, name
        with _boundary(name):
            self.size = int(volume.get_size())

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end. Unreadable when they cannot be had."""
        if offset < 0 or offset >= self.size or size <= 0:
            return b""
        end = min(offset + size, self.size)
        first, last = offset - offset % _BLOCK, min(self.size, -(-end // _BLOCK) * _BLOCK)
        with _boundary(f"{self._name} at offset {offset:#x}"):
            data: bytes = self._volume.read_buffer_at_offset(last - first, first)
        if len(data) != last - first:
            raise Unreadable(f"{self._name}: {last - first} bytes at offset {first:#x} give only {len(data)}")
        return data[offset - first : end - first]


class Attempt(NamedTuple):
    """What came of opening a volume."""

    protectors: tuple[Protector, ...]
    opened: OpenVolume | None
    way: str
    """What opened it: `password`, `recovery-key`, `startup-key`, or `clear-key`; empty where nothing did."""
    why: str
    """Why it was not opened, for people; empty where it was."""


@contextmanager
def _boundary(what: str) -> Iterator[None]:
    """Turn what libbde raises into ours, without its words: it may repeat what it was given."""
    try:
        yield
    except (OSError, SystemError, ValueError, MemoryError, OverflowError, RuntimeError):
        raise Unreadable(f"{what}: BitLocker: libbde cannot read it") from None


def open_bitlocker(source: Source, name: str, keys: Sequence[VolumeKey]) -> Attempt:
    """Open the volume in `source` with the first of the keys that fits; `name` is its id, for messages."""
    try:
        import pybde
    except ImportError:
        return Attempt((), None, "", "BitLocker: encrypted, and libbde-python, which reads it, is not installed")
    try:
        with _boundary(name):
            volume = pybde.volume()
            volume.open_file_object(SourceReader(source))
            count = min(PROTECTOR_LIMIT, volume.get_number_of_key_protectors())
            found = [volume.get_key_protector(number) for number in range(count)]
            protectors = tuple(Protector(int(one.type), str(one.identifier)) for one in found)
        if not volume.is_locked():
            return Attempt(protectors, OpenVolume(volume, name), "clear-key", "")
        types = {one.type for one in protectors}
        for key in keys:
            if key.way in {_WAYS.get(kind) for kind in types} and (opened := _try(pybde, source, name, key)) is not None:
                return Attempt(protectors, opened, key.way, "")
    except Unreadable:
        return Attempt((), None, "", "BitLocker: encrypted, and its metadata cannot be read")
    ways = ", ".join(one.words for one in protectors if one.type != _CLEAR) or "no key that is known"
    none = f"none of the {len(keys)} keys that were given opens it" if len(keys) > 1 else "the key that was given does not open it"
    return Attempt(protectors, None, "", f"BitLocker: encrypted, {none if keys else 'needs its key'}; it opens with: {ways}")


def _try(pybde: Any, source: Source, name: str, key: VolumeKey) -> OpenVolume | None:
    """Open the volume with one key; None where it does not fit."""
    volume = pybde.volume()
    try:
        if key.way == "startup-key":
            volume.read_startup_key(key.secret)  # before the volume: by its id libbde chooses the protector
        volume.open_file_object(SourceReader(source))
        if key.way == "password":
            volume.set_password(key.secret)
        elif key.way == "recovery-key":
            volume.set_recovery_password(key.secret)
        volume.unlock()
        if volume.is_locked():
            return None
    except (OSError, SystemError, ValueError, MemoryError, OverflowError, RuntimeError):
        return None  # a key that is none for it is refused so too
    return OpenVolume(volume, name)
