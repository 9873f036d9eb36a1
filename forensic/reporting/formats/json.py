"""JSON: the report itself, as the public contract has it: one object, or an array in the order asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import indent

from forensic.model import ImageReport
from forensic.reporting.formats import PAPER, Layout


def render(reports: Iterable[ImageReport], layout: Layout = PAPER) -> Iterator[str]:
    """Yield one JSON text, indented."""
    if not layout.several:
        for report in reports:
            yield report.to_json() + "\n"
        return
    lead = "[\n"
    for report in reports:
        yield lead + indent(report.to_json(), "  ")
        lead = ",\n"
    yield "\n]\n"
