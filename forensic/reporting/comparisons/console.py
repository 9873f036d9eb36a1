"""Console: the answer of a comparison in a box, the rows that decide it, what collides and what to do; of several states the tree first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from forensic.model.judgement import POLICY_WORDS
from forensic.model.pair import Compared, ComparisonReport, Edge, Pair
from forensic.reporting import view
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console.earlier_states import COLUMNS
from forensic.reporting.formats.console.head import write_problems_above
from forensic.reporting.formats.console.page import COLORS, Page
from forensic.reporting.wording import POLICY_HEADS, shown

ROWS = 12
"""Rows of the table that are shown without `-v`."""
LISTED = 40
"""Pairs, groups and states that are listed without `-v`."""
_MARKS = {"contradicted": "x", "possible": "o", "expected": "+"}
_NAME = 24


def render(report: ComparisonReport, layout: Layout = PAPER) -> Iterator[str]:
    """Yield the whole comparison."""
    if layout.verbosity < 0:
        for pair in report.pairs:
            yield f"{_line(report, pair)}\n"
        return
    page = Page(layout)
    write_problems_above(page, report.problems, "")
    if len(report.sources) > 2:
        _tree(page, report)
        _groups(page, report)
        _pairs(page, report)
    shown_pairs = report.pairs if len(report.sources) == 2 or page.detailed else ()
    for pair in shown_pairs:
        _pair(page, report, pair)
    if not report.pairs:
        page.put("Nothing to compare: fewer than two installations were found, or no two of them share a value that identifies.", indent=0)
    yield page.text()


def _name(side: Compared) -> str:
    return shown(side.computer_name) if side.computer_name else "name not known"


def _line(report: ComparisonReport, pair: Pair) -> str:
    a, b = (report.sources[number] for number in (pair.a, pair.b))
    said = f"{pair.relation}, {POLICY_WORDS[pair.policy]}, {pair.strength}"
    return f"{shown(a.path)} ({_name(a)}) and {shown(b.path)} ({_name(b)}): {said}"


def _pair(page: Page, report: ComparisonReport, pair: Pair) -> None:
    page.line()
    for letter, number in (("A", pair.a), ("B", pair.b)):
        side = report.sources[number]
        sid = shown(side.machine_sid) if side.machine_sid else "machine SID not known"
        page.put(Text.assemble(f"{shown(side.path)}   ", (_name(side), "bold"), f"   {sid}"), lead=Text(letter, "bold"), indent=0, column=3)
    strength = "" if pair.strength == "undetermined" else f"strength: {pair.strength}"
    body = " ".join([*(f"{one.because[:1].upper()}{one.because[1:]}." for one in pair.evidence if one.strength != "weak"), _parted(pair)])
    foot = f"{pair.relation}: {POLICY_WORDS[pair.policy]}"
    title = (shown(pair.title or pair.relation), strength)
    page.box(POLICY_HEADS[pair.policy], title, shown(body.strip()), foot, color=COLORS[pair.policy], most=99 if page.detailed else 7)
    _table(page, pair)
    collides = list(dict.fromkeys(one.kind for one in pair.shared))
    if collides and pair.policy != "none-found":
        page.brief(", ".join(map(shown, collides)), lead=Text("Collides", "bold cyan"), indent=0, column=10, most=2)
    for account in pair.accounts[:4] if pair.separate_machines != "no" else ():
        page.put(f"{shown(account.sid)} is {shown(account.a)} on A and {shown(account.b)} on B", indent=10)
    if page.detailed:
        for heading, said in (("What breaks", pair.consequences), ("Brackets of the fork", _brackets(pair))):
            if said:
                page.heading(heading)
                page.items(map(shown, said))
    if pair.not_excluded:
        page.section("Not excluded")
        page.run_on([shown(text) for text in pair.not_excluded], most=3)
    page.section("Do next")
    for number, step in enumerate(pair.remedies if page.detailed else pair.remedies[:4], 1):
        page.brief(shown(step), lead=f"{number}.", column=5, most=9 if page.detailed else 2)


def _parted(pair: Pair) -> str:
    fork = pair.fork
    if not fork.after and not fork.before:
        return f"When they parted is not known: {fork.reason}." if fork.reason else ""
    after, before = (time[:16].replace("T", " ") if time else None for time in (fork.after, fork.before))
    span = f"between {after} and {before}" if after and before else f"after {after}" if after else f"before {before}"
    doubt = f"; {fork.reason}" if fork.reason else ""
    return f"Parted {span} UTC ({', '.join(fork.sources)}){doubt}."


def _brackets(pair: Pair) -> list[str]:
    return [
        f"{one.source}: after {one.after or 'not said'}, before {one.before or 'not said'} ({one.because})" for one in pair.fork.brackets
    ]


def _table(page: Page, pair: Pair) -> None:
    """Write what each column makes of the rows that decide."""
    rows = [row for row in pair.table if row.decides or page.detailed]
    if not rows:
        return
    page.line(Text(" " * (_NAME + 11) + "".join(f"{view.HYPOTHESES[name]:<13}" for name in COLUMNS), "dim"))
    for row in rows if page.detailed else rows[:ROWS]:
        cells = "".join(f"{_MARKS.get(row.cells.get(name, ''), '') * (2 if row.weight == 'strong' else 1):<13}" for name in COLUMNS)
        page.line(Text(f"{shown(row.namespace):<{_NAME}.{_NAME}} {row.observed:<10}{cells}".rstrip()))
    page.rest(0 if page.detailed else len(rows) - ROWS, "rows")
    page.put(Text("+ expected, o possible, x contradicted; twice: strongly; blank: not known", "dim"), indent=0)


def _tree(page: Page, report: ComparisonReport) -> None:
    page.section(f"Family tree of {len(report.sources)} states")
    children: dict[str, list[Edge]] = {}
    for edge in report.forest.edges:
        children.setdefault(edge.origin, []).append(edge)
    below = {edge.to for edge in report.forest.edges}
    names = {
        node.id: shown(node.label) if node.state != "active" else _node(report, node.source, node.label) for node in report.forest.nodes
    }
    roots = [node.id for node in report.forest.nodes if node.id not in below]
    roots.sort(key=lambda one: one not in children)
    for root in roots if page.detailed else roots[:LISTED]:
        page.put(Text(names[root], "bold" if root in children else ""), lead="o" if page.plain else "●", column=4)
        _branches(page, root, children, names, "")
    page.rest(0 if page.detailed else len(roots) - LISTED, "states")


def _branches(page: Page, root: str, children: dict[str, list[Edge]], names: dict[str, str], margin: str) -> None:
    edges = children.get(root, [])
    for number, edge in enumerate(edges):
        last = number == len(edges) - 1
        branch = ("`-" if last else "|-") if page.plain else ("└─" if last else "├─")
        when = edge.after[:10] if edge.after else ""
        before = f" to {edge.before[:10]}" if edge.before and edge.before[:10] != when else ""
        page.put(f"{margin}{branch} {names.get(edge.to, edge.to)}   {when}{before}   {edge.label}")
        if len(margin) < 60:
            _branches(page, edge.to, children, names, margin + ("   " if last else ("|  " if page.plain else "│  ")))


def _node(report: ComparisonReport, source: int | None, label: str) -> str:
    if source is None:
        return shown(label)
    side = report.sources[source]
    return f"[{source}] {_name(side)}   {shown(side.path)}"


def _groups(page: Page, report: ComparisonReport) -> None:
    if not report.groups:
        return
    page.section(f"{len(report.groups)} group{'s' * (len(report.groups) > 1)} of one origin")
    for group in report.groups if page.detailed else report.groups[:LISTED]:
        members = " ".join(f"[{number}]" for number in group.members)
        collides = f"   collides: {', '.join(map(shown, group.collides[:6]))}" if group.collides else ""
        page.put(f"{members}   {shown(group.relation)}{collides}", indent=2)


def _pairs(page: Page, report: ComparisonReport) -> None:
    related: Sequence[Pair] = [pair for pair in report.pairs if pair.relation not in ("unrelated", "same-media")]
    page.section(f"{len(related)} of {len(report.pairs)} pairs are related", "" if page.detailed else "each in full: -v")
    for pair in related if page.detailed else related[:LISTED]:
        policy = Text(f"{pair.relation} ({pair.policy}), {pair.strength}", f"bold {COLORS[pair.policy]}")
        page.put(Text.assemble(policy, "   ", _parted(pair)), lead=f"[{pair.a}] [{pair.b}]", column=13)
    page.rest(0 if page.detailed else len(related) - LISTED, "pairs")
