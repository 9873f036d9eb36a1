"""Archive: options that the commands over a catalog have, and how they open it."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from forensic.cli.outcome import UNREADABLE, Refused

if TYPE_CHECKING:
    from forensic.catalog.catalog import Catalog


def add_catalog_option(parser: ArgumentParser) -> None:
    """Add `--catalog`."""
    parser.add_argument(
        "--catalog", required=True, metavar="URL", help="the archive: path of its SQLite file, sqlite:///path or postgresql://host/name"
    )


def add_constants_option(parser: ArgumentParser) -> None:
    """Add `--constants`."""
    parser.add_argument("--constants", metavar="FILE", help="values that do not count, as --propose-constants writes them")


@contextmanager
def catalog(url: str, *, must_exist: bool = True) -> Iterator[Catalog]:
    """Open a catalog; Refused, with the sentence, where it cannot be, or what is asked of it fails."""
    from forensic.catalog.catalog import open_catalog
    from forensic.errors import ForensicError

    try:
        with open_catalog(url, must_exist=must_exist) as opened:
            yield opened
    except ForensicError as error:
        raise Refused(str(error), UNREADABLE) from None


def constants(name: str | None) -> dict[tuple[str, str], str]:
    """Return the values of a file of constants; none where no file was named, Refused where it cannot be read."""
    from forensic.catalog.constant import read
    from forensic.errors import Malformed

    if name is None:
        return {}
    try:
        return read(text(name))
    except Malformed as error:
        raise Refused(f"{name}: {error}") from None


def text(name: str) -> str:
    """Return the text of a file that was named; Refused where it cannot be read."""
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"{name}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise Refused(f"{name}: is no text in UTF-8") from None


def count(given: str) -> int:
    """Parse a number from 1 on."""
    if not given.isascii() or not given.isdigit() or not int(given[:12]) >= 1:
        raise ArgumentTypeError(f"{given!r} is not a number from 1 on")
    return int(given[:12])
