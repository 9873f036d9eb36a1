"""Console: the answer of a comparison in a box, the rows that decide it, what collides and what to do; of several states the tree first."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from rich.text import Text

from forensic.model.judgement import POLICY_WORDS
from forensic.model.pair import ComparisonReport, Node, Pair
from forensic.reporting import family, view
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.formats.console.earlier_states import COLUMNS
from forensic.reporting.formats.console.head import write_problems_above
from forensic.reporting.formats.console.page import COLORS, Page
from forensic.reporting.wording import POLICY_HEADS, shown

ROWS = 12
"""Rows of the table that are shown without `-v`."""
LISTED = 40
"""States and groups that are listed without `-v`."""
REMEDIES = 3
"""Groups of which is said what to do, without `-v`."""
PAIRS = 6
"""Pairs that are listed without `-v`: the gravest."""
_MARKS = {"contradicted": "x", "possible": "o", "expected": "+"}
_NAME = 24
_NARROW_HEADS = [["never", "time", "SID", "special-", "upgraded"], ["one", "", "changed", "ized", ""]]


def render(report: ComparisonReport, layout: Layout = PAPER) -> Iterator[str]:
    """Yield the whole comparison."""
    if layout.verbosity < 0:
        for pair in report.pairs:
            yield f"{_line(report, pair)}\n"
        return
    page = Page(layout)
    write_problems_above(page, (msgspec.structs.replace(problem, installation="") for problem in report.problems), "")
    if len(report.sources) > 2:
        _answer(page, report)
        _tree(page, report)
        _groups(page, report)
        _next(page, report)
        _pairs(page, report)
    if not report.pairs:
        page.put(shown(": ".join(family.nothing(report))), indent=0)
    yield page.text()
    for pair in report.pairs if len(report.sources) == 2 or page.detailed else ():
        page = page.sheet()
        _pair(page, report, pair)
        yield page.text()


def _answer(page: Page, report: ComparisonReport) -> None:
    """Write the gravest answer first, then how many pairs have each relation."""
    gravest = min(report.pairs, key=family.gravity, default=None)
    if gravest is None:
        return
    said = [f"{count} {shown(relation)}" for relation, count in family.counts(report)]
    if rest := family.uncompared(report):
        said.append(f"{rest} that {family.why_uncompared(report)}")
    head = Text(POLICY_HEADS[gravest.policy], f"bold {COLORS[gravest.policy]}")
    page.put(f"Of the pairs: {', '.join(said)}", lead=head, indent=0, column=len(head) + 2)


def _line(report: ComparisonReport, pair: Pair) -> str:
    a, b = (report.sources[number] for number in (pair.a, pair.b))
    said = f"{shown(pair.relation)}, {POLICY_WORDS[pair.policy]}, {pair.strength}"
    return f"{shown(a.path)} ({family.name_of(a)}) and {shown(b.path)} ({family.name_of(b)}): {said}"


def _pair(page: Page, report: ComparisonReport, pair: Pair) -> None:
    page.line()
    for letter, number in (("A", pair.a), ("B", pair.b)):
        side = report.sources[number]
        sid = shown(side.machine_sid) if side.machine_sid else "machine SID not known"
        page.put(
            Text.assemble(f"{shown(side.path)}   ", (family.name_of(side), "bold"), f"   {sid}"),
            lead=Text(letter, "bold"),
            indent=0,
            column=3,
        )
    strength = "" if pair.strength == "undetermined" else f"strength: {pair.strength}"
    body = " ".join([*(f"{one.because[:1].upper()}{one.because[1:]}." for one in pair.evidence if one.strength != "weak"), _parted(pair)])
    foot = f"{shown(pair.relation)}: {POLICY_WORDS[pair.policy]}"
    title = (shown(pair.title or pair.relation), strength)
    page.box(POLICY_HEADS[pair.policy], title, shown(body.strip()), foot, color=COLORS[pair.policy], most=99 if page.detailed else 7)
    _table(page, pair)
    collides = list(dict.fromkeys(one.kind for one in pair.shared))
    if collides and pair.policy != "none-found":
        page.brief(", ".join(map(shown, collides)), lead=Text("Collides", "bold cyan"), indent=0, column=10, most=2)
    accounts = pair.accounts if pair.separate_machines != "no" else ()
    for account in accounts if page.detailed else accounts[:4]:
        page.put(f"{shown(account.sid)} is {shown(account.a)} on A and {shown(account.b)} on B", indent=10)
    page.rest(0 if page.detailed else len(accounts) - 4, "accounts")
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
    page.rest(0 if page.detailed else len(pair.remedies) - 4, "steps")


def _parted(pair: Pair) -> str:
    fork = pair.fork
    span = family.span_in_words(fork.after, fork.before)
    if pair.relation == "same-acquisition" or pair.lineage == "contradicted":
        return ""  # there was no parting
    if not span:
        return f"When they parted is not known: {fork.reason}." if fork.reason else ""
    doubt = f"; {fork.reason}" if fork.reason else ""
    return f"Parted {span} ({', '.join(fork.sources)}){doubt}."


def _brackets(pair: Pair) -> list[str]:
    return [
        f"{one.source}: after {one.after or 'not said'}, before {one.before or 'not said'} ({one.because})" for one in pair.fork.brackets
    ]


def _table(page: Page, pair: Pair) -> None:
    """Write what each column makes of the rows that decide."""
    rows = [row for row in pair.table if row.decides or page.detailed]
    if not rows:
        return
    wide = page.width >= _NAME + 11 + 13 * len(COLUMNS)
    column, heads = (13, [[view.HYPOTHESES[name] for name in COLUMNS]]) if wide else (9, _NARROW_HEADS)
    for head in heads:
        page.line(Text((" " * (_NAME + 11) + "".join(f"{part:<{column}}" for part in head)).rstrip(), "dim"))
    for row in rows if page.detailed else rows[:ROWS]:
        cells = "".join(f"{_MARKS.get(row.cells.get(name, ''), '') * (2 if row.weight == 'strong' else 1):<{column}}" for name in COLUMNS)
        page.line(Text(f"{_fitted(row.namespace)} {row.observed:<10}{cells}".rstrip()))
    page.rest(0 if page.detailed else len(rows) - ROWS, "rows")
    page.put(Text("+ expected, o possible, x contradicted; twice: a row of strong weight; blank: not known", "dim"), indent=0)


def _fitted(name: str) -> str:
    """Return a name cut or filled to the first column of the table."""
    text = Text(shown(name))
    text.truncate(_NAME, pad=True)
    return text.plain


def _tree(page: Page, report: ComparisonReport) -> None:
    page.section(f"Family tree of {len(report.sources)} installations")
    lines = list(family.lines(report.forest))
    for line in lines if page.detailed else lines[:LISTED]:
        style = "bold" if line.edge is None and line.is_origin else ""
        page.put(Text.assemble((_node(report, line.node), style), _copied(line)), lead=_branch(page, line), column=2 * len(line.rails) + 4)
    page.rest(0 if page.detailed else len(lines) - LISTED, "states")


def _branch(page: Page, line: family.Line) -> str:
    """Return the lines of the tree that stand before a node."""
    if not line.rails:
        return "o" if page.plain else "●"
    through, corner, end = ("| ", "|-", "`-") if page.plain else ("│ ", "├─", "└─")
    return "".join(through if goes_on else "  " for goes_on in line.rails[:-1]) + (corner if line.rails[-1] else end)


def _copied(line: family.Line) -> str:
    """Return when and how a state was copied from the one above it."""
    if line.edge is None:
        return ""
    when = line.edge.after[:10] if line.edge.after else ""
    before = f" to {line.edge.before[:10]}" if line.edge.before and line.edge.before[:10] != when else ""
    level = f"level {line.depth}" if line.depth > len(line.rails) else ""
    return "".join(f"   {shown(part)}" for part in (f"{when}{before}".strip(), line.edge.label, level) if part)


def _node(report: ComparisonReport, node: Node) -> str:
    if node.source is None or node.state != "active":
        return shown(node.label)
    side = report.sources[node.source]
    return f"[{node.source}] {family.name_of(side)}   {shown(side.path)}"


def _groups(page: Page, report: ComparisonReport) -> None:
    if not report.groups:
        return
    page.section(f"{len(report.groups)} group{'s' * (len(report.groups) > 1)} of one origin")
    for group in report.groups if page.detailed else report.groups[:LISTED]:
        members = _counted([f"[{number}]" for number in group.members], 999 if page.detailed else 20, " ")
        collides = f"   collides: {_counted([*map(shown, group.collides)], 99 if page.detailed else 6, ', ')}" if group.collides else ""
        some = 0 < len(group.suspected) < len(group.members)
        named = _counted([f"[{number}]" for number in group.suspected], 999 if page.detailed else 8, " ")
        of_some = f" ({len(group.suspected)} of {len(group.members)}: {named})" if some else ""
        page.put(f"{members}   {shown(group.relation)}{of_some}{collides}", indent=2)
    page.rest(0 if page.detailed else len(report.groups) - LISTED, "groups")


def _next(page: Page, report: ComparisonReport) -> None:
    """Write what to do about the groups in which something is wrong, the gravest first."""
    wrong = [group for group in report.groups if group.remedy]
    if not wrong:
        return
    page.section("Do next")
    for group in wrong if page.detailed else wrong[:REMEDIES]:
        page.put(shown(group.remedy), lead=_counted([f"[{number}]" for number in group.suspected], 4, " "), column=14)
    page.rest(0 if page.detailed else len(wrong) - REMEDIES, "groups")


def _counted(parts: list[str], most: int, between: str) -> str:
    """Return the first parts, and how many more there are."""
    rest = len(parts) - most
    return between.join(parts[:most]) + (f" and {rest} more" if rest > 0 else "")


def _pairs(page: Page, report: ComparisonReport) -> None:
    related = sorted(
        (pair for pair in report.pairs if pair.relation not in family.APART and pair.policy != "undetermined"), key=family.gravity
    )
    page.section(f"{len(related)} of {len(report.pairs)} pairs are related, the gravest first", "" if page.detailed else "each in full: -v")
    for pair in related if page.detailed else related[:PAIRS]:
        policy = Text(f"{shown(pair.relation)} ({pair.policy}), {pair.strength}", f"bold {COLORS[pair.policy]}")
        said = _parted(pair) if pair.fork.after or pair.fork.before or not pair.evidence else pair.evidence[0].because
        page.put(Text.assemble(policy, "   ", shown(said)), lead=f"[{pair.a}] [{pair.b}]", column=13)
    page.rest(0 if page.detailed else len(related) - PAIRS, "pairs")
