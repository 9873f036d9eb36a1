"""Output formats: one module each, found by its name; a new format is one new file here with `render(reports, layout)`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from forensic.model import ImageReport

PAPER_WIDTH = 100
"""Columns where there is no terminal."""


class Layout(NamedTuple):
    """How reports are laid out, as far as a format has a choice."""

    width: int = PAPER_WIDTH
    """Columns."""
    color: bool = False
    """Whether to write colour sequences."""
    plain: bool = False
    """Whether to draw with ASCII only."""
    verbosity: int = 0
    """-1 one line per installation, 0 what an examiner needs first, 1 everything."""
    print_all: bool = False
    """Whether a document opens what it folds away, also on paper."""
    several: bool = False
    """Whether more than one report will come."""


PAPER = Layout()
"""One report on paper."""


def names() -> tuple[str, ...]:
    """Return what `--format` accepts."""
    return tuple(sorted(path.stem for path in Path(__path__[0]).glob("[!_]*")))


def render(name: str, reports: Iterable[ImageReport], layout: Layout = PAPER) -> Iterator[str]:
    """Yield the text of the reports in the format of this name, each report as soon as it is there."""
    text: Iterator[str] = import_module(f"{__name__}.{name}").render(reports, layout)
    return text
