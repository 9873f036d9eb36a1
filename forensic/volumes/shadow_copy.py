"""Shadow copies: earlier states of an NTFS volume that Windows kept on it, each a source of its own, read through libvshadow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forensic.errors import Unreadable
from forensic.model import FileTime, Guid, Locator, Span
from forensic.storage.source import Source, SourceReader

SHADOW_COPY_LIMIT = 64
"""Shadow copies of one volume that are looked at most, the newest ones; Windows keeps 64 by default."""

_HEADER_AT = 0x1E00
_IDENTIFIER = bytes.fromhex("6b87083876c1484eb7ae04046e6cc752")
"""3808876b-c176-4e48-b7ae-04046e6cc752, at the start of the header of a volume with shadow copies."""


@contextmanager
def _boundary(what: str) -> Iterator[None]:
    """Turn what libvshadow raises into ours."""
    try:
        yield
    except (OSError, SystemError, ValueError, MemoryError, OverflowError) as error:
        raise Unreadable(f"{what}: {error}") from None


class ShadowCopy:
    """One shadow copy: a `Source` of the volume as it was at `created`."""

    def __init__(self, store: Any, number: int, size: int, place: Locator) -> None:
        """Describe the store with this number, counted from 1 in the order of the catalog."""
        self._store, self.number, self.size = store, number, size
        with _boundary(f"shadow copy {number}"):
            self.identifier = Guid.parse(str(store.identifier))
            self.created = FileTime(store.get_creation_time_as_integer())
        self.reading = Span(place.inside(field=f"catalog of shadow copies, store {number}"), b"", self.created)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`; fewer only at the end. Unreadable when the store is damaged there."""
        if offset < 0 or offset >= self.size or size <= 0:
            return b""
        size = min(size, self.size - offset)
        with _boundary(f"shadow copy {self.number} at offset {offset:#x}"):
            data: bytes = self._store.read_buffer_at_offset(size, offset)
        if len(data) != size:
            raise Unreadable(f"shadow copy {self.number}: {size} bytes at offset {offset:#x} give only {len(data)}")
        return data


def find_shadow_copies(source: Source, place: Locator) -> list[ShadowCopy]:
    """Return the shadow copies of a volume, oldest first; Unreadable when their catalog is damaged.

    A volume without any costs one read of 16 bytes.
    """
    if source.read_at(_HEADER_AT, 16) != _IDENTIFIER:
        return []
    import pyvshadow

    with _boundary("catalog of shadow copies"):
        catalog = pyvshadow.volume()
        catalog.open_file_object(SourceReader(source))
        count = catalog.number_of_stores
        stores = [(number, catalog.get_store(number - 1)) for number in range(max(1, count - SHADOW_COPY_LIMIT + 1), count + 1)]
        found = [ShadowCopy(store, number, store.volume_size, place) for number, store in stores if store.has_in_volume_data()]
    return sorted(found, key=lambda copy: (copy.created, copy.number))
