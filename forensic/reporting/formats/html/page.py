"""HTML: the report as one file that needs nothing else: no script, no network, no font (`docs/report-formats.md`).

Everything that came from evidence passes `_t`: made harmless and visible, escaped, and kept from reordering the text around it.
The content security policy forbids all that the file does not need, so that a mistake in it could load and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from forensic.model import Account, Evidence, Fact, Gap, ImageReport, InstallationReport, Policy, Profile, RawDigest, SourceInfo
from forensic.model.codec import to_builtins
from forensic.model.judgement import POLICY_WORDS, STRENGTH_WORDS
from forensic.reporting import view
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.html.style_sheet import STYLE
from forensic.reporting.formats.html.timeline_picture import draw
from forensic.reporting.wording import (
    FORMAT_WORDS,
    ORIGIN_WORDS,
    REASON_WORDS,
    bytes_in_words,
    manner,
    name_in_words,
    shown,
    value_in_words,
)

CITED_LIMIT = 20
"""Facts that one piece of evidence opens to; the rest is linked."""
TITLE_LIMIT = 80

_TONES: dict[Policy, str] = {"none-found": "good", "compliant": "good", "suspect": "warn", "violation": "bad", "undetermined": "open"}
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; script-src 'none'; base-uri 'none'; form-action 'none'"
)  # fmt: skip
"""The content security policy of the file."""

_HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>Report of forensic</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="all"><label><input type="checkbox" id="all"> Show everything opened, also on paper</label></p>
"""


def render(reports: Iterable[ImageReport], _: Layout = PAPER) -> Iterator[str]:
    """Yield one HTML document: each report as soon as it is there."""
    yield _HEAD
    for number, report in enumerate(reports, 1):
        yield "\n".join(_report(report, f"r{number}")) + "\n"
    yield "</main>\n</body>\n</html>\n"


def _t(text: object) -> str:
    """Return text from evidence as HTML."""
    return f"<bdi>{escape(shown(str(text)))}</bdi>"


def _w(text: str) -> str:
    """Return words that the program made, in which evidence was made harmless already."""
    return f"<bdi>{escape(text)}</bdi>"


def _rows(rows: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows) + "</dl>"


def _list(items: Iterable[str], tag: str = "ul") -> str:
    return f"<{tag}>" + "".join(f"<li>{item}</li>" for item in items) + f"</{tag}>"


def _section(title: str, *body: str) -> str:
    return f"<section><h3>{title}</h3>" + "\n".join(body) + "</section>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _details(summary: str, *body: str, name: str = "") -> str:
    return f"<details{f' id={chr(34)}{name}{chr(34)}' if name else ''}><summary>{summary}</summary>" + "".join(body) + "</details>"


def _report(report: ImageReport, name: str) -> Iterator[str]:
    yield f"<article><h1>{_t(report.source.path)}</h1>"
    yield _source(report.source, manner(report) if report.installations else [])
    if not report.installations:
        unreadable = report.source.format == "unreadable"
        title = "The source could not be read" if unreadable else "No Windows installation found"
        says = "nothing could be read. The problems below say why." if unreadable else "what was read holds no Windows installation."
        yield f'<div class="card verdict open"><h3>{title}</h3><p>No conclusion: {says}</p></div>'
    elif len(report.installations) > 1:
        yield _section(f"{len(report.installations)} installations", _overview(report.installations, name))
    for number, one in enumerate(report.installations, 1):
        yield from _installation(one, f"{name}i{number}")
    if report.volumes:
        heads = ("Volume", "File system", "Size", "Begins at byte", "Scheme", "Label", "Serial", "Not examined")
        yield _section("Volumes", _table(heads, (
            (_t(v.id), _t(v.filesystem), bytes_in_words(v.size), f"{v.start:,}", _t(v.scheme), *(_t(part) if part is not None else ""
             for part in (v.label, v.serial, v.not_examined))) for v in report.volumes)))  # fmt: skip
    problems = (f"<b>{_t(p.severity)}</b> {_t(p.what)} <span class=soft>{_t(p.where)}</span>" for p in report.problems)
    yield _section("Problems", _list(problems) if report.problems else "<p>None.</p>")
    if report.stats is not None:
        yield _section("Work done", _rows((_w(name_in_words(part)), _w(value_in_words(value))) for part, value in report.stats.items()))
    tool = report.tool
    yield f"<p class=soft>{_t(tool.name)} {_t(tool.version)}, knowledge of {_t(tool.knowledge)}</p></article>"


def _source(source: SourceInfo, manner: Iterable[str]) -> str:
    if source.format == "unreadable":
        return ""
    rows = [("format", escape(FORMAT_WORDS.get(source.format, shown(source.format)))), ("size", bytes_in_words(source.size))]
    rows += [("sectors", f"{source.sector_size:,} bytes")] if source.sector_size != 512 else []
    if len(source.segments) > 1:
        rows.append((f"{len(source.segments)} segments", _details("names", _list(_t(one) for one in source.segments))))
    rows += [(f"stored {_t(algorithm)}", f'<span class="mono">{_t(value)}</span>') for algorithm, value in source.stored_hashes.items()]
    words = {
        "not-run": "not run: the content was not compared with the stored hashes",
        "match": "the content has the stored hashes",
        "mismatch": "NOT AS ACQUIRED: the content does not have the stored hashes",
        "none-stored": "the image carries no hashes to compare with",
    }
    return _section("Source", _rows([*rows, ("verification", words[source.verification]), *(("examined", _t(said)) for said in manner)]))


def _overview(installations: Sequence[InstallationReport], name: str) -> str:
    return _list(
        (
            f'<a href="#{name}i{number}">{_t(one.id)}</a>: <b>{one.verdict.history}</b> ({one.verdict.policy}), '
            f"{_title(one)}, {ORIGIN_WORDS[one.origin]}"
            for number, one in enumerate(installations, 1)
        ),
        "ol",
    )


def _title(one: InstallationReport) -> str:
    product = one.product
    name = _t(product.name) if product.name else "Windows, release not known"
    computer = _t(one.computer_name) if one.computer_name else "computer name not known"
    return f"{computer}, {name}" + (f" (build {_t(product.build)})" if product.build else "")


def _installation(one: InstallationReport, name: str) -> Iterator[str]:
    yield f'<h2 id="{name}">{_title(one)}</h2>'
    origin = f"an earlier copy of the registry of {_t(one.earlier_state_of)}" if one.earlier_state_of else ORIGIN_WORDS[one.origin]
    yield f"<p class=soft>{_t(one.id)}, {origin}</p>"
    verdict = one.verdict
    yield (
        f'<div class="card verdict {_TONES[verdict.policy]}"><h3>{escape(verdict.title or verdict.history)}</h3>'
        f"<p>{_t(verdict.summary)}</p>"
        + _rows([
            ("verdict", f"<b>{verdict.history}</b>"),
            ("policy", f"<b>{verdict.policy}</b>: {escape(POLICY_WORDS[verdict.policy])}"),
            ("strength", escape(STRENGTH_WORDS[verdict.strength])),
        ])
        + "</div>"
    )  # fmt: skip
    if verdict.not_excluded:
        yield _section("Not excluded", _list(map(_t, verdict.not_excluded)))
    if verdict.consequences:
        yield _section("What breaks where another computer shares this", _list(map(_t, verdict.consequences)))
    if verdict.remedies:
        yield _section("What to do next", _list(map(_t, verdict.remedies), "ol"))
    yield _timeline(one, name)
    yield _section("Evidence", *_evidence(one, name))
    yield _section("Identity", _identity(one))
    yield _facts(one, name)
    yield _people(one.accounts, one.profiles)
    yield _gaps(one)
    yield _hives(one)


def _timeline(one: InstallationReport, name: str) -> str:
    if not one.timeline:
        return _section("Timeline", "<p>No dated events.</p>")
    items = [
        f'<li id="{name}t-{number}"><span>{number}</span><span class="mono">{_t(entry.time.replace("T", " "))}'
        f"{' <b>local time</b>' if entry.local else ''}</span>"
        f"<span>{_t(entry.what)} {_links(one, entry.facts, name)}</span></li>\n"
        for number, entry in enumerate(one.timeline, 1)
    ]
    pictures = [
        f'<div class="{kind}">{draw(one.timeline, f"{name}t-{kind}", width)}</div>' for kind, width in (("broad", 960), ("narrow", 330))
    ]
    hint = "<p class=soft>A mark with a number in it stands for that many moments. Hollow marks are local times, placed as if UTC.</p>"
    return _section("Timeline", *pictures, hint, f'<ol class="story">{"".join(items)}</ol>')


def _links(one: InstallationReport, facts: Iterable[int], name: str) -> str:
    return " ".join(f'<a href="#{name}f{index}">[{index}]</a>' if 0 <= index < len(one.facts) else f"[{index}]" for index in facts)


def _evidence(one: InstallationReport, name: str) -> Iterator[str]:
    if not one.evidence:
        yield "<p>None found.</p>"
    for title, chosen in view.evidence_by_side(one):
        yield f"<p><b>{title}</b></p>"
        yield from (_one_evidence(one, evidence, name) for evidence in chosen)


def _one_evidence(one: InstallationReport, evidence: Evidence, name: str) -> str:
    rows = [("rule", _t(evidence.rule))]
    rows += [("for", _t(evidence.supports))] if evidence.supports else []
    rows += [("against", _t(evidence.against))] if evidence.against else []
    rows.append(("cause", _t(evidence.group)))
    known = [index for index in evidence.facts if 0 <= index < len(one.facts)]
    facts = "".join(_fact(index, one.facts[index]) for index in known[:CITED_LIMIT])
    if known[CITED_LIMIT:]:
        facts += f"<p>and {_links(one, known[CITED_LIMIT:], name)}</p>"
    return _details(f'<span class="tag">{evidence.strength}</span>{_t(evidence.because)}', _rows(rows), facts)


def _identity(one: InstallationReport) -> str:
    product = one.product
    named = [
        ("machine SID", one.machine_sid),
        ("computer name", one.computer_name),
        ("domain SID", one.domain_sid),
        ("role", one.role and one.role.replace("-", " ")),
        ("product", product.name),
        ("edition", product.edition),
        ("architecture", product.architecture),
        ("version", product.version and f"NT {product.version}"),
        ("build", product.build),
        ("era", one.era),
        ("installed", product.installed),
        ("system root", one.system_root),
        ("volume", one.volume or None),
    ]
    return _rows((label, _t(value) if value is not None else "not found or not known: see the gaps") for label, value in named)


def _facts(one: InstallationReport, name: str) -> str:
    by_kind: dict[str, list[int]] = {}
    for index, fact in enumerate(one.facts):
        by_kind.setdefault(fact.kind, []).append(index)
    groups = (
        _details(f"{_t(kind)} ({len(indexes)})", *(_fact(index, one.facts[index], name) for index in indexes))
        for kind, indexes in by_kind.items()
    )
    return _section(f"Facts ({len(one.facts)})", *(groups if by_kind else ("<p>None found.</p>",)))


def _fact(index: int, fact: Fact[Any], name: str = "") -> str:
    """Return one fact that opens; with `name` it is the place that links go to."""
    value = to_builtins(fact.value)
    brief = value_in_words(value)
    cut = f"{brief[:TITLE_LIMIT]}… (open for all of it)" if len(brief) > TITLE_LIMIT * 2 else brief
    place = fact.place
    parts = value.items() if isinstance(value, dict) and value.keys() != {"time", "local"} else [("value", value)]
    rows = [(_w(name_in_words(part)), f"<b>{_w(value_in_words(inner))}</b>") for part, inner in parts]
    where = [
        ("volume", place.volume),
        ("file", place.file),
        ("control set", place.control_set),
        ("key", place.key),
        ("value name", "(default)" if place.value == "" else place.value),
        ("field", place.field),
    ]
    read = [(label, _t(part)) for label, part in where if part not in (None, "")]
    read += [("offset", f"{place.offset:#x} ({place.offset:,})")] if place.offset is not None else []
    read += [("profile", _t(fact.profile))] if fact.profile is not None else []
    read.append(("last written", _t(fact.written) if fact.written is not None else "no time is kept there"))
    read.append(("state", "recovered from a transaction log" if fact.state == "recovered" else "stored"))
    read.append(("bytes", _bytes(fact.raw, place.offset)))
    return _details(
        f"[{index}] <b>{_t(fact.kind)}</b> {_w(cut)}",
        _rows(rows),
        "<p class=soft>Read from</p>",
        _rows(read),
        name=f"{name}f{index}" if name else "",
    )


def _bytes(raw: str | RawDigest, offset: int | None) -> str:
    """Return stored bytes as a dump: offsets in the file, hexadecimal, and the printable ASCII."""
    if not isinstance(raw, str):
        return f'{raw.length:,} bytes with SHA-256 <span class="mono">{_t(raw.sha256)}</span>'
    try:
        data = bytes.fromhex(raw)
    except ValueError:  # a saved report may claim anything
        return _t(raw)
    if not data:
        return "none"
    base, sign = (offset, "") if offset is not None else (0, "+")
    lines = (
        f"{sign}{base + at:08x}  {data[at : at + 16].hex(' '):47}  "
        + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data[at : at + 16])
        for at in range(0, len(data), 16)
    )
    return f'<pre tabindex="0">{escape(chr(10).join(lines))}</pre>'


def _people(accounts: Sequence[Account], profiles: Sequence[Profile]) -> str:
    people = _table(("RID", "Name", "SID"), ((str(one.rid), _t(one.name), f'<span class="mono">{_t(one.sid)}</span>') for one in accounts))
    known = _table(
        ("Folder", "SID", "Device identifiers"),
        (
            (
                _t(one.path),
                f'<span class="mono">{_t(one.sid)}</span>' if one.sid else "not known",
                "<br>".join(f'{_t(device.kind)} <span class="mono">{_t(device.value)}</span>' for device in one.device_ids),
            )
            for one in profiles
        ),
    )
    return _section(f"Local accounts ({len(accounts)})", people if accounts else "<p>None found.</p>") + _section(
        f"Profiles ({len(profiles)})", known if profiles else "<p>None found.</p>"
    )


def _gaps(one: InstallationReport) -> str:
    body = []
    for reason, chosen in view.gaps_by_reason(one):
        groups = view.gaps_by_file(chosen).items()
        body.append(_details(f"{REASON_WORDS[reason]} ({len(chosen)})", *(_gap(*place, gaps) for place, gaps in groups)))
    return _section(f"Gaps ({len(one.gaps)})", *(body or ["<p>None: everything that was looked for was found and read.</p>"]))


def _gap(file: str, detail: str, gaps: Sequence[Gap]) -> str:
    said = f"{_t(file)}: {_t(detail)}" if detail else _t(file)
    return f"<p>{said}</p>" + _list(
        f"{_t(gap.artifact)}" + (f" <span class=soft>{_t(gap.searched)}</span>" if gap.searched != file else "") for gap in gaps
    )


def _hives(one: InstallationReport) -> str:
    rows = ((_t(h.path), bytes_in_words(h.size), view.hive_state(h), "<br>".join(map(_t, h.problems))) for h in one.hives)
    return _section(f"Hives ({len(one.hives)})", _table(("Hive", "Size", "State", "Problems"), rows) if one.hives else "<p>None found.</p>")
