"""Output formats of the groups of an archive: one module each, found by its name; a new format is one new file here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensic.model.archive import GroupsReport
    from forensic.reporting.formats import Layout


def names() -> tuple[str, ...]:
    """Return what `groups --format` accepts, but for `html`, which a comparison of the groups is made for."""
    return tuple(sorted(path.stem for path in Path(__path__[0]).glob("[!_]*.py")))


def render(name: str, report: GroupsReport, layout: Layout) -> Iterator[str]:
    """Yield the text of the groups in the format of this name."""
    text: Iterator[str] = import_module(f"{__name__}.{name}").render(report, layout)
    return text
