"""HTML: the report as one file that needs nothing else: no script, no network, no font (`docs/report-formats.md`).

Templates lie in `templates`; Jinja escapes whatever they write. Everything that came from evidence passes the macro `t` of `parts.html`:
made harmless and visible, and kept from reordering the text around it. The content security policy forbids all that the file does not need,
so that a mistake in it could load and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from forensic.model import ImageReport
from forensic.model.judgement import POLICY_WORDS, STRENGTH_WORDS
from forensic.reporting import overview, view
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.html import rows
from forensic.reporting.formats.html.timeline_picture import bands, lay_out
from forensic.reporting.wording import (
    FORMAT_WORDS,
    ORIGIN_WORDS,
    POLICY_HEADS,
    REASON_WORDS,
    bytes_in_words,
    is_secret,
    manner,
    name_in_words,
    shown,
    value_in_words,
)

TEMPLATES = Path(__file__).parent / "templates"

TITLE_LIMIT = 3
"""Installations that the title of the document names."""
OPEN_LIMIT = 24
"""Rows of a list up to which it is open at first."""

_TONES = {"none-found": "good", "compliant": "good", "suspect": "warn", "violation": "bad", "undetermined": "open"}
"""Policy -> class of the verdict's card."""
_VERIFICATIONS = {
    "not-run": "not run: the content was not compared with the stored hashes",
    "match": "the content has the stored hashes",
    "mismatch": "NOT AS ACQUIRED: the content does not have the stored hashes",
    "none-stored": "the image carries no hashes to compare with",
}


def render(reports: Iterable[ImageReport], layout: Layout = PAPER) -> Iterator[str]:
    """Yield one HTML document; its title and its first table need all reports, which are kept as text only."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    template = environment().get_template("report.html")
    articles, rows, titles = [], list[tuple[str, overview.Row]](), list[str]()
    for number, report in enumerate(reports, 1):
        name = f"r{number}"
        articles.append(template.render(report=report, name=name))
        anchors = [f"{name}i{place}" for place, one in enumerate(report.installations, 1) if one.earlier_state_of is None] or [name]
        rows += zip(anchors, overview.rows(report), strict=True)
        titles.append(_title(report))
    title = titles[0] if len(titles) == 1 else f"{len(titles)} sources"
    head = environment().get_template("head.html")
    yield head.render(style=style, policy=content_policy(style), title=f"{title} - forensic", rows=rows, print_all=layout.print_all)
    yield from articles
    yield environment().get_template("foot.html").render()


def _title(report: ImageReport) -> str:
    judged = view.judged_alone(report)
    if not judged:
        return view.why_nothing(report)[0]
    return "; ".join(f"{one.verdict.history}: {one.computer_name or one.id}" for one in judged[:TITLE_LIMIT])


def content_policy(style: str) -> str:
    """Return the content security policy of a file with this style sheet and nothing else that a browser would load or run."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; script-src 'none'; base-uri 'none'; form-action 'none'"


@cache
def environment() -> Environment:
    """Return the templates, with what they may ask about a report and the words that they use."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "bands": bands,
        "brief": rows.brief,
        "dump": rows.dump,
        "evidence_by_side": view.evidence_by_side,
        "explanations": view.explanations_in_words,
        "facts_by_kind": rows.facts_by_kind,
        "gaps_by_file": view.gaps_by_file,
        "gaps_by_reason": view.gaps_by_reason,
        "hive_state": view.hive_state,
        "identity": rows.identity,
        "is_secret": is_secret,
        "machine_sid": view.machine_sid_in_words,
        "manner": manner,
        "name": name_in_words,
        "picture": lay_out,
        "place_rows": rows.place_rows,
        "problem_words": view.problem_in_words,
        "shown": shown,
        "size": bytes_in_words,
        "value_parts": rows.value_parts,
        "weightiest": view.weightiest,
        "why_nothing": view.why_nothing,
        "words": value_in_words,
    }
    made.globals |= {
        "formats": FORMAT_WORDS,
        "heads": POLICY_HEADS,
        "hypotheses": view.HYPOTHESES,
        "open_limit": OPEN_LIMIT,
        "origins": ORIGIN_WORDS,
        "policies": POLICY_WORDS,
        "problem_limit": view.PROBLEM_LIMIT,
        "reasons": REASON_WORDS,
        "strengths": STRENGTH_WORDS,
        "tones": _TONES,
        "verifications": _VERIFICATIONS,
    }
    return made
