"""Volume keys: what opens encrypted volumes: recovery keys, passwords, startup keys. Secrets, which nothing here repeats.

A key file is a text file. Each recovery key in it counts, wherever it stands, so that the file which Windows saves serves as it is:
`123456-123456-…`, eight groups of six digits. Other lines are `password: …` and `startup: FILE`, a startup key (`.BEK`); a bare name is
that of a file beside the key file. A file without any of these is a list of passwords, one a line. A startup key may be given in the place
of a key file too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Literal, NamedTuple

from forensic.errors import ForensicError, Malformed
from forensic.storage.file import EvidenceFile
from forensic.storage.location import Location

KEY_LIMIT = 32
"""Keys that are tried on a volume at most: each costs the library a million hashes."""
_FILE_LIMIT = 1 << 16
_RECOVERY = re.compile(r"(?<![0-9-])[0-9]{6}(?:-[0-9]{6}){7}(?![0-9-])")
_GROUP_LIMIT = 65536 * 11
_STARTUP_HEADER = 48

Way = Literal["password", "recovery-key", "startup-key"]


class VolumeKey(NamedTuple):
    """One key; it does not show itself."""

    way: Way
    secret: str
    """Password or recovery key; of a startup key the path of its file."""

    def __repr__(self) -> str:
        """Return what kind of key it is."""
        return f"VolumeKey({self.way})"


def read_keys(path: str) -> tuple[VolumeKey, ...]:
    """Return the keys in a key file; a ForensicError says why not, and repeats no part of a key."""
    with closing(EvidenceFile(path)) as file:
        data, where = file.read_at(0, _FILE_LIMIT + 1), file.location
    if len(data) > _FILE_LIMIT:
        raise Malformed(f"the key file {path} has more than {_FILE_LIMIT} bytes")
    if _is_startup_key(data):
        return (VolumeKey("startup-key", path),)
    return parse_keys(_text(data), f"the key file {path}", where)


def parse_keys(text: str, what: str, where: Location | None = None) -> tuple[VolumeKey, ...]:
    """Return the keys in a text; `what` names it in messages, and beside `where` startup keys of a bare name lie.

    Malformed where it holds none, or names a startup key that is not there or is none.
    """
    keys = list(dict.fromkeys(_keys(text, what, where)))
    if not keys:
        raise Malformed(f"{what} holds no key")
    if len(keys) > KEY_LIMIT:
        raise Malformed(f"{what} holds more than {KEY_LIMIT} keys")
    return tuple(keys)


def _keys(text: str, what: str, where: Location | None) -> Iterator[VolumeKey]:
    lines = text.splitlines()
    named = [_named(line) for line in lines]
    plain = not any(named) and not _RECOVERY.search(text)
    for number, (line, found) in enumerate(zip(lines, named, strict=True), 1):
        if found is not None:
            word, value = found
            if word == "password":
                yield VolumeKey("password", value)
            else:
                bare = where is not None and not {"/", "\\"} & set(value)
                named_file = where.sibling(value).path if where is not None and bare else value
                _check_startup_key(named_file, f"{what}, line {number}")
                yield VolumeKey("startup-key", named_file)
        elif plain:
            if line:
                yield VolumeKey("password", line)
        else:
            for match in _RECOVERY.finditer(line):
                yield VolumeKey("recovery-key", _checked(match[0], f"{what}, line {number}"))


def _named(line: str) -> tuple[str, str] | None:
    word, colon, value = line.partition(":")
    word = word.strip().lower()
    return (word, value.strip() if word == "startup" else value.removeprefix(" ")) if colon and word in {"password", "startup"} else None


def _checked(key: str, where: str) -> str:
    """Return a recovery key whose groups are multiples of 11, as all are; Malformed names the group that is not."""
    for number, group in enumerate(key.split("-"), 1):
        if int(group) % 11 or int(group) >= _GROUP_LIMIT:
            raise Malformed(f"{where}: group {number} of a recovery key has a typing error")
    return key


def _check_startup_key(path: str, where: str) -> None:
    """Raise Malformed where there is no startup key at `path`: the library only says that a key does not open a volume."""
    try:
        with closing(EvidenceFile(path)) as file:
            data = file.read_at(0, _FILE_LIMIT + 1)
    except ForensicError as error:
        raise Malformed(f"{where}: the startup key {path} cannot be read: {error}") from None
    if not _is_startup_key(data):
        raise Malformed(f"{where}: {path} is no startup key (.BEK)")


def _text(data: bytes) -> str:
    """Return the text of a key file: UTF-16 where it begins so, as Windows saves recovery keys, else UTF-8, else Windows-1252."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeError:
        return data.decode("cp1252", "replace")


def _is_startup_key(data: bytes) -> bool:
    """Tell whether a file is a startup key: a metadata header of its own size, version 1, of 48 bytes."""
    sizes = [int.from_bytes(data[at : at + 4], "little") for at in (0, 4, 8, 12)]
    return len(data) >= _STARTUP_HEADER and sizes == [len(data), 1, _STARTUP_HEADER, len(data)]
