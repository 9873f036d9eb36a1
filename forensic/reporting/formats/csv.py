"""CSV: a row for each verdict, then one for each fact, gap and problem, for spreadsheets and scripts (`docs/report-formats.md`)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from forensic.model import Fact, Gap, ImageReport, InstallationReport, printable
from forensic.model.codec import to_builtins
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.wording import json_in_words

COLUMNS = (
    "source_path", "installation", "kind", "value", "volume", "file", "control_set", "key", "value_name", "field", "offset", "source",
    "raw", "raw_sha256", "raw_length", "written", "state", "profile", "policy", "strength", "computer_name", "machine_sid", "summary",
)  # fmt: skip
"""The header row. Columns are only ever added, at the end."""

BOM = "\ufeff"
_ACTIVE = re.compile(r"[=+\-@\t\r\n'\uff1d\uff0b\uff0d\uff20]|[\d.,]+(?:[eE]\d+)?\Z")
"""Text that a spreadsheet would take for a formula (full-width signs count) or a number, and what begins with the mark."""


def render(reports: Iterable[ImageReport], _: Layout = PAPER) -> Iterator[str]:
    """Yield the reports as one CSV text (RFC 4180, lines end with CR LF): a byte order mark and the header, then the rows of each.

    Evidence cannot act on who reads it: a cell of text that a spreadsheet would take for a formula or a number has an apostrophe put
    before it, and so has text that begins with one, so that taking the first apostrophe away always gives the text back.
    """
    yield BOM + lines([COLUMNS])
    for report in reports:
        yield lines([(*row, *[""] * (len(COLUMNS) - len(row))) for row in _rows(report)])


def lines(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as lines of CSV, each cell made harmless."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows([_cell(part) for part in row] for row in rows)
    return file.getvalue()


def _cell(part: object) -> object:
    if not isinstance(part, str):
        return part
    text = printable(part)
    return f"'{text}" if _ACTIVE.match(text) else text


def _rows(report: ImageReport) -> Iterator[tuple[object, ...]]:
    path = report.source.path
    for installation in report.installations:
        if installation.earlier_state_of is None:
            yield path, installation.id, *_verdict(installation)
    for installation in report.installations:
        for fact in installation.facts:
            yield path, installation.id, *_fact(fact)
        for gap in installation.gaps:
            yield path, installation.id, *_gap(gap)
    for problem in report.problems:
        yield path, "", f"problem:{problem.severity}", problem.what, *[""] * 7, problem.where, *[""] * 6


def _verdict(one: InstallationReport) -> tuple[object, ...]:
    verdict = one.verdict
    return (
        "verdict",
        verdict.history,
        *[""] * (len(COLUMNS) - 9),
        verdict.policy,
        verdict.strength,
        one.computer_name or "",
        one.machine_sid or "",
        verdict.summary,
    )


def _fact(fact: Fact[Any]) -> tuple[object, ...]:
    place, raw = fact.place, fact.raw
    stored = (f"0x{raw}", "", len(raw) // 2) if isinstance(raw, str) else ("", raw.sha256, raw.length)
    return (
        fact.kind,
        _value(to_builtins(fact.value)),
        place.volume,
        place.file,
        place.control_set,
        place.key,
        "(default)" if place.value == "" else place.value,
        place.field,
        place.offset,
        fact.source,
        *stored,
        str(fact.written) if fact.written is not None else "",
        fact.state,
        fact.profile,
    )


def _gap(gap: Gap) -> tuple[object, ...]:
    return (
        f"gap:{gap.artifact}",
        f"{gap.reason}: {gap.detail}" if gap.detail else gap.reason,
        *[""] * 7,
        gap.searched,
        *[""] * 5,
        gap.profile,
    )


def _value(value: object) -> object:
    """Return text and numbers as they are, anything with parts as JSON, in which what could act or hide is escaped."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return json_in_words(value)
