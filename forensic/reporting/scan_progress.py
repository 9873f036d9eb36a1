"""Progress of a scan on a terminal: a bar, what was found so far, and the last findings; gone when it is done."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from forensic.model import printable

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live
    from rich.progress import Progress as Bar

RECENT = 3
"""Findings that are shown."""
_PER_SECOND = 4
"""Times that it is drawn."""


class ScanProgress:
    """Draws on a stream; used as a context manager."""

    def __init__(self, stream: TextIO) -> None:
        """Begin; nothing is drawn before the first call of `show`."""
        self._stream = stream
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._words = ""
        self._bar: Bar | None = None
        self._live: Live | None = None

    def found(self, finding: str) -> None:
        """Remember a finding as one of the last ones."""
        self._recent.append(printable(finding))

    def show(self, done: int, total: int, words: str) -> None:
        """Draw: `done` of `total` (0: not known yet), and a line of words."""
        if self._bar is None:
            self._bar = self._start()
        self._words = printable(words)
        (task,) = self._bar.task_ids
        self._bar.update(task, completed=done, total=total or None)

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Clear what was drawn."""
        if self._live is not None:
            self._live.stop()
            self._live = self._bar = None

    def _start(self) -> Bar:
        from rich.console import Console
        from rich.live import Live
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
        bar = Progress(*columns)
        bar.add_task("", total=None)
        console = Console(file=self._stream, markup=False, emoji=False, highlight=False)
        self._bar = bar
        self._live = Live(console=console, transient=True, refresh_per_second=_PER_SECOND, get_renderable=self._drawn)
        self._live.start()
        return bar

    def _drawn(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        lines = [Text(line, no_wrap=True, overflow="ellipsis") for line in self._recent]
        return Group(*([] if self._bar is None else [self._bar]), Text(self._words), *lines)
