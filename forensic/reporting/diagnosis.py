"""The diagnosis of `forensic doctor`: which libraries and formats work on this machine.

Imports nothing but the standard library, so that it can say what is missing. The containers are handed in, by their rows.
"""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from typing import NamedTuple, Protocol

NEEDED = (
    ("pytsk3", "pytsk3", "NTFS, FAT12/16/32 and exFAT"),
    ("python-registry", "Registry.Registry", "the cross-check of hives"),
    ("libvshadow-python", "pyvshadow", "shadow copies"),
    ("libbde-python", "pybde", "BitLocker volumes, with their key"),
    ("msgspec", "msgspec", "reports"),
    ("rich", "rich.console", "the console report and progress"),
    ("jinja2", "jinja2", "the HTML report"),
)
"""Distribution, module that is tried, and what it is for."""
OPTIONAL = (
    ("obstore", "obstore.store", "sources behind s3://, gs:// and az:// (extra `remote`)"),
    ("psycopg", "psycopg", "catalogs in PostgreSQL (extra `postgres`)"),
    ("distributed", "distributed", "scans on a cluster (extra `cluster`)"),
)
"""The same, of what only some sources, catalogs and scans need."""
BUILT_IN = (
    "MBR and GPT",
    "zip and tar archives of collected files and of images, OVA among them",
    "hives and their transaction logs",
    "files compressed by CompactOS",
)
"""What is read beside containers, and needs no library."""
_READS = ("pytsk3", "libvshadow-python", "libbde-python")
"""Distributions without which something of a disk cannot be read."""


class Library(Protocol):
    """A library that a container is read with: see `containers.formats`."""

    @property
    def distribution(self) -> str:
        """Its name in the package index."""

    @property
    def module(self) -> str:
        """The module that is tried."""

    @property
    def serves(self) -> str:
        """What it is for."""

    @property
    def needed(self) -> bool:
        """Whether something cannot be read without it."""


class Format(Protocol):
    """A container that is read."""

    @property
    def title(self) -> str:
        """Its name for people."""

    @property
    def libraries(self) -> Sequence[Library]:
        """What it is read with."""


class Part(NamedTuple):
    """One part of the program's surroundings."""

    name: str
    version: str
    serves: str
    needed: bool
    works: bool
    trouble: str = ""


def diagnose(version: str, formats: Sequence[Format]) -> list[Part]:
    """Try every library and return what was found; `version` is the program's own, `formats` are the containers that it reads."""
    right = (3, 11) <= sys.version_info[:2] <= (3, 14)
    parts = [
        Part("forensic", version, "this program", needed=True, works=True),
        Part(
            "Python",
            platform.python_version(),
            sys.platform,
            needed=True,
            works=right,
            trouble="" if right else "Python 3.11 to 3.14 is needed",
        ),
    ]
    parts += [_tried(*each, needed=True) for each in NEEDED]
    libraries = [library for row in formats for library in row.libraries]
    parts += [_tried(one.distribution, one.module, one.serves, needed=one.needed) for one in libraries]
    return parts + [_tried(*each, needed=False) for each in OPTIONAL]


def sound(parts: list[Part]) -> bool:
    """Return whether every needed part works."""
    return all(part.works for part in parts if part.needed)


def render(parts: list[Part], formats: Sequence[Format], guard: Sequence[tuple[str, bool, str]] = ()) -> str:
    """Return the diagnosis as text; `guard` are the parts of it around processes that read: name, whether it is on, and what it does."""
    names, versions = max(len(part.name) for part in parts), max(len(part.version) for part in parts)
    lines = ["Parts"]
    for part in parts:
        word = "works" if part.works else "BROKEN" if part.needed else "absent"
        lines.append(f"  {word:6}  {part.name:{names}}  {part.version:{versions}}  {part.serves}")
        if part.trouble:
            lines.append(f"          {part.trouble}")
    lines += ["", "Formats"]
    with_library = {*_READS, *(library.distribution for row in formats for library in row.libraries if library.needed)}
    lines += [f"  works   {name}" for name in (*(f"{row.title} images" for row in formats), *BUILT_IN)]
    lines += [f"  {'works' if part.works else 'FAILS'}   {part.serves}" for part in parts if part.name in with_library]
    if guard:
        lines += ["", "Guard of forensic scan and of examine --isolate"]
        lines += [f"  {'on' if on else 'OFF':6}  {name:{max(len(one) for one, *_ in guard)}}  {detail}" for name, on, detail in guard]
    out = sys.stdout
    encoding = getattr(out, "encoding", None) or "none"
    terminal = out is not None and out.isatty()
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    lines += ["", "Terminal"]
    lines.append(
        f"  standard output is {'a terminal' if terminal else 'no terminal'}, encoding {encoding}, colour {'on' if colour else 'off'}"
    )
    if terminal:
        lines.append(f"  {shutil.get_terminal_size().columns} columns")
    lines += [
        "",
        "All needed parts work." if sound(parts) else "A needed part does not work: install the program anew, as its README says.",
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _tried(name: str, module: str, serves: str, *, needed: bool) -> Part:
    from importlib import metadata

    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        version = "-"
    try:
        importlib.import_module(module)
    except (ImportError, OSError) as error:  # OSError: a shared library that cannot be loaded
        return Part(name, version, serves, needed, works=False, trouble=str(error))
    return Part(name, version, serves, needed, works=True)
