"""Progress of a scan on a terminal: a bar, what was found so far, and the last findings; gone when it is done."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from forensic.model import printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

RECENT = 3
"""Findings that are shown."""


class ScanProgress:
    """Draws on a stream; used as a context manager."""

    def __init__(self, stream: TextIO) -> None:
        """Begin; nothing is drawn before the first call of `show`."""
        self._stream = stream
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._bar: Bar | None = None

    def found(self, finding: str) -> None:
        """Remember a finding as one of the last ones."""
        self._recent.append(printable(finding))

    def show(self, done: int, total: int, words: str) -> None:
        """Draw: `done` of `total` (0: not known yet), and a line of words."""
        if self._bar is None:
            self._bar = _drawn(self._stream)
        main, *others = self._bar.task_ids
        self._bar.update(main, description=printable(words), completed=done, total=total or None)
        for task, finding in zip(others, [*self._recent, *[""] * RECENT], strict=False):
            self._bar.update(task, description=finding, visible=bool(finding))

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Clear what was drawn."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _drawn(stream: TextIO) -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class OfMain(ProgressColumn):
        """Draws a column for the bar alone, not for the findings below it."""

        def __init__(self, column: ProgressColumn) -> None:
            super().__init__()
            self._column = column

        def render(self, task: Task) -> object:  # type: ignore[override]
            return self._column(task) if task.id == 0 else Text("")

    columns = [
        OfMain(BarColumn(bar_width=24)),
        OfMain(MofNCompleteColumn()),
        OfMain(TimeRemainingColumn()),
        TextColumn("{task.description}", markup=False),
    ]
    bar = Progress(*columns, console=Console(file=stream, markup=False, emoji=False, highlight=False), transient=True, refresh_per_second=4)
    bar.add_task("", total=None)
    for _ in range(RECENT):
        bar.add_task("", total=None, visible=False)
    bar.start()
    return bar
