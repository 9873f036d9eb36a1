"""Head: what was examined, what is wrong with it, which installation it is, and the verdict in its box."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from forensic.model import ImageReport, InstallationReport, Problem, Verdict
from forensic.model.judgement import POLICY_WORDS
from forensic.model.problem import CODES
from forensic.reporting import view
from forensic.reporting.formats.console.page import COLORS, Page
from forensic.reporting.formats.console.verdict import brief_name
from forensic.reporting.view import PROBLEM_LIMIT
from forensic.reporting.wording import FORMAT_NAMES, POLICY_HEADS, hashes_in_words, manner, short_size, shown

ALL_LIMIT = 10
"""The same where there is no verdict."""


def write_source_head(page: Page, report: ImageReport) -> None:
    """Write the source in one line, the case where there is one, and what is wrong with all of it."""
    source = report.source
    said = [shown(source.path)]
    if source.format != "unreadable":
        said += [f"{FORMAT_NAMES.get(source.format, shown(source.format))}, {short_size(source.size)}", hashes_in_words(source)]
    _put_names(page, Text("   ".join(part for part in said if part), "bold"), most=3)
    for words in [*view.case_in_words(report), *manner(report)]:
        page.put(words, indent=0)
    for name, value in source.computed_hashes.items() if page.detailed else [*source.computed_hashes.items()][-1:]:
        page.put(f"computed {shown(name)} {shown(value)}", indent=0)
    page.rule()
    write_problems_above(page, report.problems, "", everything=not report.installations)


def write_installation_head(page: Page, report: ImageReport, one: InstallationReport) -> None:
    """Write what is wrong with its evidence, which installation it is, and its machine SID."""
    write_problems_above(page, report.problems, one.id)
    product = one.product
    release = brief_name(product.name) if product.name else "Windows, release not known"
    parts = [
        Text(brief_name(one.computer_name) if one.computer_name else "computer name not known", "bold"),
        Text(release + (f" ({shown(product.build)})" if product.build else "")),
        Text(shown(one.id) + ("" if one.origin in ("active", "collection") else f", {view.origin_in_words(one)}")),
    ]
    if product.installed is not None:
        parts.append(Text(f"installed {str(product.installed)[:10]}"))
    _put_names(page, Text("   ").join(parts), most=4)
    sid, remark = view.machine_sid_in_words(one)
    page.put(Text.assemble("machine SID  ", (shown(sid), "bold"), f"   {remark}" if remark else ""), indent=0)
    if one.domain_sid:
        role = "domain controller of" if one.role == "domain-controller" else "member of"
        page.put(f"domain SID   {shown(one.domain_sid)}   {role} this domain", indent=0)


def _put_names(page: Page, names: Text, *, most: int) -> None:
    """Write what evidence or a person named, which may be of any length; all of it with `-v`."""
    if page.detailed:
        page.put(names, indent=0)
    else:
        page.brief(names, indent=0, most=most)


def write_problems_above(page: Page, problems: Iterable[Problem], installation: str, *, everything: bool = False) -> None:
    """Write the problems of a source, or of one installation, that a reader of the verdict must know: cause, effect, remedy.

    `everything`: where there is no verdict to read, all of them, as far as there is room.
    """
    limit = ALL_LIMIT if everything else PROBLEM_LIMIT
    ordered = view.problems_alike(
        problem
        for problem in problems
        if problem.installation == installation and (everything or problem.code in CODES or problem.severity == "error")
    )
    for alike in ordered[:limit]:
        first = alike[0]
        color = "bold red" if first.severity == "error" or first.is_incomplete else "bold yellow"
        said = Text(view.problem_in_words(first, len(alike)))
        page.brief(said, lead=Text("!", color), indent=0, column=2, most=99 if page.detailed else 3 if len(ordered) == 1 else 2)
    page.rest(len(ordered) - limit, "problems with the evidence")


def write_box(page: Page, verdict: Verdict, most: int) -> None:
    """Write the verdict in a box of at most `most` lines of prose."""
    color = COLORS[verdict.policy]
    title = shown(verdict.title or verdict.history)
    strength = "" if verdict.strength == "undetermined" else f"strength: {verdict.strength}"
    conclusion = shown(verdict.conclusion or verdict.summary)
    foot = f"{shown(verdict.history)}: {POLICY_WORDS[verdict.policy]}"
    page.box(POLICY_HEADS[verdict.policy], (title, strength), conclusion, foot, color=color, most=most)
