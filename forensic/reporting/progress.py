"""Progress on a terminal: drawn once work lasts longer than half a second, gone when it is done."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from forensic.model import printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PATIENCE = 0.5
"""Seconds of work before anything is drawn."""


class Progress:
    """A callable `progress(stage, done, total)` that draws on `stream`; `total` 0 means that the end is not known.

    Used as a context manager: leaving it clears the line, also after an interrupt.
    """

    def __init__(self, stream: TextIO, title: str = "") -> None:
        """Begin; `title` stands before every stage."""
        self._stream, self._title = stream, title
        self._begun = time.monotonic()
        self._bar: Bar | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far the work is."""
        if self._bar is None:
            if time.monotonic() - self._begun < PATIENCE:
                return
            self._bar = self._drawn()
        words = printable(f"{self._title}: {stage}" if self._title else stage)
        (task,) = self._bar.task_ids
        self._bar.update(task, description=words, completed=done if total else None, total=total or None)

    def __enter__(self) -> Self:
        """Return the callable."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Clear what was drawn."""
        if self._bar is not None:
            self._bar.stop()

    def _drawn(self) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), TaskProgressColumn(), TimeElapsedColumn())
        bar = Progress(*columns, console=Console(file=self._stream, markup=False, emoji=False, highlight=False), transient=True)
        bar.add_task("", total=None)
        bar.start()
        return bar
