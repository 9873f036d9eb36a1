"""Problems: what is wrong with the evidence or its reading."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.text import Text

from forensic.model import Problem
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import shown

_NUMBER = re.compile(r"0x[0-9a-f]+|[0-9]+")
"""What problems that are alike differ in: most are of one cause, as where a hive is cut short."""


def write_problems(page: Page, problems: Sequence[Problem]) -> None:
    """Write the problems, errors first; without `-vv` one of those that differ in numbers only."""
    page.heading(f"Problems ({len(problems)})")
    if not problems:
        page.put("none")
    alike: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: problem.severity):
        alike.setdefault((problem.severity, problem.where, _NUMBER.sub("", problem.what)), []).append(problem)
    for (severity, where, _), group in alike.items():
        lead = Text(severity, "bold red" if severity == "error" else "bold yellow")
        for problem in group if page.everything else group[:1]:
            page.put(shown(problem.what), lead=lead, column=11)
        if len(group) > 1 and not page.everything:
            page.put(f"and {len(group) - 1} more like it; -vv shows all", indent=11)
        page.put(Text(shown(where), "dim"), indent=11)
