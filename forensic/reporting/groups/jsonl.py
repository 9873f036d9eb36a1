"""JSON lines: one group in each line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from forensic.model.archive import GroupsReport
from forensic.model.codec import encodable
from forensic.model.text import inert
from forensic.reporting.formats import PAPER, Layout


def render(report: GroupsReport, _: Layout = PAPER) -> Iterator[str]:
    """Yield each group as one line."""
    for group in report.groups:
        yield inert(json.dumps(encodable(msgspec.to_builtins(group)), ensure_ascii=False)) + "\n"
