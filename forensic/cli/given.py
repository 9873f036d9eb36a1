"""Given: the sources that a command was given, each as its report: a saved one is loaded, of all others one is made."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forensic.cli import output

if TYPE_CHECKING:
    from forensic.model import ImageReport
    from forensic.volumes.volume_key import VolumeKey

_SAVED = (b"{", b"[")
"""How a saved JSON report begins; no image does."""


def reports(sources: Sequence[str], arguments: Namespace, unread: list[str], keys: Sequence[VolumeKey] = ()) -> Iterator[ImageReport]:
    """Yield the report of each source: loaded where a saved one was given, else made at full depth, which a comparison needs.

    One that cannot be read keeps nobody from comparing the others: the sentence about it goes to `unread`.
    """
    from forensic import examination
    from forensic.errors import Malformed
    from forensic.model import codec
    from forensic.storage.url import shown

    for source in sources:
        if is_saved(source):
            try:
                found = codec.decode_all(_path(source).read_bytes())
            except OSError as error:
                unread.append(f"{source}: cannot be read: {error.strerror or error}")
                continue
            except Malformed as error:
                unread.append(f"{source}: {error}")
                continue
        else:
            with output.progress(arguments, shown(source)) as progress:
                found = (examination.examine(source, reproducible=arguments.reproducible, keys=keys, progress=progress),)
        unread += [
            f"{one.source.path}: {one.problems[0].what}" for one in found if one.source.format == examination.UNREADABLE and one.problems
        ]
        yield from found


def is_saved(source: str) -> bool:
    """Whether a source is a file of saved reports."""
    path = _path(source)
    if path.suffix.lower() not in (".json", ".jsonl") or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_SAVED)
    except OSError:  # whoever examines it says why
        return False


def _path(source: str) -> Path:
    """Return the path that a source names, itself or as a `file://` URL."""
    from forensic.errors import ForensicError
    from forensic.storage.url import local_path

    try:
        return Path(local_path(source) or source)
    except ForensicError:  # whoever examines it says why
        return Path(source)
