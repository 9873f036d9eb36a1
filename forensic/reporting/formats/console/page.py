"""Page: a sheet of a given width, and the ways in which text is laid out on it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from forensic.model import Policy
from forensic.reporting.formats import Layout

MIN_WIDTH, MAX_WIDTH = 80, 200
"""Columns: the narrowest and the widest report."""
PANEL_WIDTH = 120
"""Columns: longer lines of prose are hard to read."""

COLORS: dict[Policy, str] = {
    "none-found": "green",
    "compliant": "green",
    "suspect": "yellow",
    "violation": "red",
    "undetermined": "magenta",
}


class Page:
    """A sheet being written; `detailed` says whether there are sections beside the first screen, `everything` that nothing is left out."""

    def __init__(self, layout: Layout) -> None:
        """Begin an empty page."""
        self.width = max(MIN_WIDTH, min(layout.width, MAX_WIDTH))
        self.layout = layout
        self.color, self.plain = layout.color, layout.plain
        self.detailed, self.everything = layout.verbosity > 0, layout.verbosity > 1
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            width=self.width,
            height=25,
            force_terminal=self.color,
            force_interactive=False,
            color_system="standard" if self.color else None,
            no_color=not self.color,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            _environ={},  # COLUMNS, NO_COLOR and the like were judged by the caller
        )

    def text(self) -> str:
        """Return what was written."""
        return "".join(line.rstrip() + "\n" for line in self._file.getvalue().splitlines())

    def sheet(self) -> Page:
        """Return an empty page of the same layout."""
        return Page(self.layout)

    @property
    def count(self) -> int:
        """How many lines were written."""
        return self._file.getvalue().count("\n")

    def append(self, other: Page) -> None:
        """Write all of another page of the same layout."""
        self._file.write(other._file.getvalue())

    def line(self, text: Text | str = "") -> None:
        """Write one line as it is."""
        if self.color:
            self._console.print(text, soft_wrap=True)
        else:  # the same, a hundred times faster
            self._file.write(f"{text}\n")

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.line()
        rule = Rule(Text(text, "bold cyan"), align="left", characters="-" if self.plain else "─", style="dim")
        self._console.print(rule)

    def rule(self) -> None:
        """Write a thin line."""
        self._console.print(Rule(characters="-" if self.plain else "─", style="dim"))

    def section(self, title: str, remark: str = "") -> None:
        """Begin a section of the first screen: no blank line before it, and a remark at its right."""
        gap = self.width - cell_len(title) - cell_len(remark)
        if remark and gap < 2:
            self.put(Text(title, "bold cyan"), indent=0)
            self.put(Text(remark, "dim"))
        else:
            self.line(Text.assemble((title, "bold cyan"), " " * gap * bool(remark), (remark, "dim")))

    def divider(self) -> None:
        """Write the line that stands between installations."""
        self.line()
        self._console.print(Rule(style="bold", characters="=" if self.plain else "━"))

    def put(self, body: Text | str, *, lead: Text | str = "", indent: int = 2, column: int = 0) -> None:
        """Write `body` wrapped, each line `column` (at least `indent`) columns in, with `lead` before the first one."""
        column = max(column, indent)
        body = body.copy() if isinstance(body, Text) else Text(body)
        margin = Text(" " * indent)
        margin.append(lead if isinstance(lead, Text) else Text(lead))
        room = self.width - column
        whole = max((cell_len(word) for word in body.plain.split(" ")), default=0)
        broken = room < whole <= self.width - indent - 4  # an identifier that a line of its own would keep whole
        if broken or margin.cell_len > column - (1 if lead else 0):
            if lead:
                self.put(lead, indent=indent)
            column = indent + 4 if broken else column
            margin, room = Text(" " * column), self.width - column
        for line in [body] if body.cell_len <= room else body.wrap(self._console, room, overflow="fold"):
            line.rstrip()
            self.line(Text.assemble(margin, " " * max(0, column - margin.cell_len), line))
            margin = Text()

    def brief(self, body: Text | str, *, lead: Text | str = "", indent: int = 2, column: int = 0, most: int) -> None:
        """Write `body` as `put` does, in at most `most` lines; where it is cut, that is said."""
        body = body.copy() if isinstance(body, Text) else Text(body)
        room = self.width - max(column, indent, cell_len(str(lead)) + indent if lead else 0)
        lines = [body] if body.cell_len <= room else list(body.wrap(self._console, room, overflow="fold"))
        if len(lines) > most:
            mark, last = self._cut, lines[most - 1]
            last.rstrip()
            last.truncate(room - cell_len(mark))
            last.rstrip()
            last.append(mark, "italic")
        for number, line in enumerate(lines[:most]):
            line.rstrip()
            self.put(line, lead=lead if number == 0 else "", indent=indent, column=self.width - room)

    @property
    def _cut(self) -> str:
        return " ... (-v)" if self.plain else " … (-v)"

    def run_on(self, items: Sequence[str], *, most: int) -> None:
        """Write items one after the other in at most `most` lines; those for which there is no room are counted."""
        between = "; " if self.plain else " · "
        room = self.width - 2
        for taken in range(len(items), 0, -1):
            rest = len(items) - taken
            text = Text(between.join(items[:taken]) + (f"{between}{rest} more: -v" if rest else ""))
            if taken == 1 or len(text.wrap(self._console, room, overflow="fold")) <= most:
                self.brief(text, most=most)
                return

    def rows(self, rows: Iterable[tuple[str, Text | str]], *, indent: int = 2) -> None:
        """Write labels and values in two columns."""
        pairs = list(rows)
        column = indent + max((cell_len(label) for label, _ in pairs), default=0) + 2
        for label, value in pairs:
            self.put(value, lead=Text(label, "dim"), indent=indent, column=min(column, indent + 26))

    def items(self, items: Iterable[str], *, numbered: bool = False) -> None:
        """Write a list."""
        for number, item in enumerate(items, 1):
            self.put(item, lead=f"{number}." if numbered else "-", column=5 if numbered else 4)

    def rest(self, count: int, noun: str) -> None:
        """Say that something was left out."""
        if count > 0:
            self.put(Text(f"and {count} more {noun}: {'-vv' if self.detailed else '-v'} lists all", "italic"), indent=4)

    def panel(self, title: Text, body: Sequence[Text | Table], color: str) -> None:
        """Write a box."""
        self.line()
        style = box.ASCII if self.plain else box.ROUNDED
        for part in body:
            if isinstance(part, Text):
                part.overflow = "fold"
        width = min(self.width, PANEL_WIDTH)
        self._console.print(Panel(Group(title, *body), box=style, border_style=color, width=width, padding=(0, 1)))

    def box(self, head: str, title: tuple[str, str], body: str, foot: str, *, color: str, most: int) -> None:
        """Write the box of a verdict: a head in its frame, a title with a remark at the right, prose of at most `most` lines, a foot."""
        inner = self.width - 4
        scratch = self.sheet()
        scratch.width = inner
        scratch.brief(body, indent=0, most=most)
        left, right = title
        gap = inner - cell_len(left) - cell_len(right)
        lines = [Text.assemble((left, f"bold {color}"), " " * gap, right)] if gap > 0 else [Text(left, f"bold {color}"), Text(right)]
        lines += [Text(line) for line in scratch.text().splitlines()]
        lines.append(Text(foot, "dim"))
        style = box.ASCII if self.plain else box.ROUNDED
        panel = Panel(
            Group(*lines),
            title=Text(f" {head} ", f"bold {color}"),
            title_align="left",
            box=style,
            border_style=color,
            width=self.width,
            padding=(0, 1),
        )
        self._console.print(panel)
