"""Output formats of a comparison: one module each, found by its name; a new format is one new file here with `render(report, layout)`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensic.model.pair import ComparisonReport
    from forensic.reporting.formats import Layout


def names() -> tuple[str, ...]:
    """Return what `compare --format` accepts."""
    return tuple(sorted(path.stem for path in Path(__path__[0]).glob("[!_]*")))


def render(name: str, report: ComparisonReport, layout: Layout) -> Iterator[str]:
    """Yield the text of a comparison in the format of this name."""
    text: Iterator[str] = import_module(f"{__name__}.{name}").render(report, layout)
    return text
