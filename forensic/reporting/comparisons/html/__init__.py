"""HTML: a comparison as one file that needs nothing else, made with the care of the HTML of reports (`formats.html`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from forensic.model.pair import ComparisonReport
from forensic.reporting import family, view
from forensic.reporting.comparisons.html import bars, rows
from forensic.reporting.formats import PAPER, Layout, html

TEMPLATES = Path(__file__).parent / "templates"
MARKS = {"expected": "✓", "possible": "○", "contradicted": "✗"}
"""What a cell of the table shows."""


def render(report: ComparisonReport, layout: Layout = PAPER) -> Iterator[str]:
    """Yield one HTML document."""
    style = (html.TEMPLATES / "style.css").read_text(encoding="utf-8") + (TEMPLATES / "comparison.css").read_text(encoding="utf-8")
    axis = bars.axis_of_report(report, bars.lives_of(report.pairs))
    states, full = rows.state_rows(report, axis), rows.in_full(report)
    yield from (
        environment()
        .get_template("comparison.html")
        .generate(
            report=report,
            axis=axis,
            full=full,
            anchors={(pair.a, pair.b) for pair in full},
            lone=[row for row in states if row.line.is_alone],
            kin=[row for row in states if not row.line.is_alone],
            gravest=min(report.pairs, key=family.gravity, default=None),
            title=f"{rows.title(report)} - forensic",
            style=style,
            policy=html.content_policy(style),
            print_all=layout.print_all,
        )
    )


@cache
def environment() -> Environment:
    """Return the templates: those of reports, and those of a comparison with what they ask."""
    base = html.environment()
    made = base.overlay(loader=ChoiceLoader([FileSystemLoader(TEMPLATES), FileSystemLoader(html.TEMPLATES)]))
    made.filters = base.filters | {
        "cut": rows.cut,
        "counted": family.counts,
        "listed": rows.listed,
        "problems_alike": view.problems_alike,
        "shared_by_kind": rows.shared_by_kind,
    }
    made.globals = {
        **base.globals,
        "bar_of": bars.bar_of_bracket,
        "fork_axis": bars.axis_of_fork,
        "marks": MARKS,
        "nothing": family.nothing,
        "span": family.span_in_words,
        "uncompared": family.uncompared,
        "why_uncompared": family.why_uncompared,
        "width": bars.WIDTH,
    }
    return made
