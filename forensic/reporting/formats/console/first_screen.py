"""First screen: the answer, its worth and the way on, in at most `LINES` lines for an installation at 100 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.text import Text

from forensic.model import Evidence, ImageReport, InstallationReport, Profile
from forensic.reporting import view
from forensic.reporting.formats.console.earlier_states import write_earlier_states_in_brief
from forensic.reporting.formats.console.head import write_box, write_installation_head
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import shown

LINES = 40
"""Lines of source, problems and one installation together, at 100 columns."""
_SIGNS = {"for": "+", "against": "-", "other": " "}
_USERS_FIRST_RID = 1000
_CITED = 3
"""Facts that are cited behind a reason."""


class Limits(NamedTuple):
    """How much of each section is shown."""

    conclusion: int = 6
    """Lines."""
    reasons: int = 4
    explanations: int = 3
    """Lines."""
    steps: int = 3
    users: int = 4


_TIGHTER = (
    {"users": 3}, {"explanations": 2}, {"steps": 2}, {"reasons": 3}, {"conclusion": 5}, {"users": 2}, {"reasons": 2}, {"conclusion": 4},
    {"steps": 1}, {"users": 1}, {"explanations": 1},
)  # fmt: skip
"""What is given up, in this order, until the screen suffices."""


def write_first_screen(page: Page, report: ImageReport, one: InstallationReport, *, room: int) -> None:
    """Write one installation in `room` lines where that is possible."""
    limits = Limits()
    made = _made(page, report, one, limits)
    for tighter in _TIGHTER:
        if made.count <= room:
            break
        limits = limits._replace(**tighter)
        made = _made(page, report, one, limits)
    page.append(made)


def _made(page: Page, report: ImageReport, one: InstallationReport, limits: Limits) -> Page:
    screen = page.sheet()
    write_installation_head(screen, report, one)
    write_box(screen, one.verdict, limits.conclusion)
    sections: tuple[Callable[[Page, InstallationReport, int], None], ...] = (_reasons, _explanations, _steps, _users)
    for write, limit in zip(sections, limits[1:], strict=True):
        write(screen, one, limit)
    write_earlier_states_in_brief(screen, report, one)
    write_what_was_read(screen, one)
    return screen


def _reasons(page: Page, one: InstallationReport, limit: int) -> None:
    ordered = list(_by_weight(one))
    if not ordered:
        return
    shown_here = _chosen(ordered, limit)
    page.section("Why", f"{len(shown_here)} of {len(ordered)}, all: -v" if len(shown_here) < len(ordered) else "")
    for side, evidence in shown_here:
        cited = "".join(f" [{number}]" for number in evidence.facts[:_CITED]) + (" ..." if len(evidence.facts) > _CITED else "")
        said = Text(shown(evidence.brief or evidence.because))
        said.append(cited, "dim")
        lead = Text(f"{_SIGNS[side]} {evidence.strength:<8} ", "bold" if evidence.strength == "strong" else "")
        page.brief(said, lead=lead, column=14, most=2)


def _by_weight(one: InstallationReport) -> list[tuple[str, Evidence]]:
    """Return the evidence with its side: for the verdict, against it, then the rest; the strongest of each first."""
    history, sides = one.verdict.history, view.evidence_by_side(one)
    if history == "undetermined":  # what kept a verdict from being given speaks against one
        return [("other", e) for _, chosen in sides for e in sorted(chosen, key=lambda e: (not e.against, e.strength == "weak"))]
    words = {"for": "for", "against": "against"}
    return [(words.get(title.partition(" ")[0], "other"), evidence) for title, chosen in sides for evidence in chosen]


def _chosen(ordered: Sequence[tuple[str, Evidence]], limit: int) -> list[tuple[str, Evidence]]:
    """Return the first, among them the first of what does not speak for the verdict: one side alone would mislead."""
    first = list(ordered[:limit])
    rest = [pair for pair in ordered if pair[0] == "against"] or [pair for pair in ordered if pair[0] == "other"]
    if rest and limit > 1 and all(side == "for" for side, _ in first):
        first[-1] = rest[0]
    return first


def _explanations(page: Page, one: InstallationReport, limit: int) -> None:
    verdict = one.verdict
    new = [text for text in verdict.not_excluded if text not in verdict.summary]  # the box above has the summary
    if not new:
        return
    page.section(view.not_excluded_heading(verdict))
    page.run_on([shown(text) for text in new], most=limit)


def _steps(page: Page, one: InstallationReport, limit: int) -> None:
    remedies = one.verdict.remedies
    if not remedies:
        return
    page.section("Do next", f"{limit} of {len(remedies)}, all: -v" if limit < len(remedies) else "")
    for number, step in enumerate(remedies[:limit], 1):
        page.brief(shown(step), lead=f"{number}.", column=5, most=2)


def _users(page: Page, one: InstallationReport, limit: int) -> None:
    people = [profile for profile in one.profiles if profile.device_ids or (profile.sid and profile.sid.rid >= _USERS_FIRST_RID)]
    people.sort(key=lambda profile: (not (profile.sid and profile.sid.is_account), not _device_ids(profile)))
    if not people:
        return
    several = any(map(_device_ids, people))
    page.section("Users and devices", "push notifications fail where a copy has the same id" if several else "")
    names = {str(account.sid): account.name for account in one.accounts}
    for profile in people[:limit]:
        page.brief(Text(_user(profile, names.get(str(profile.sid)), one)), column=4, most=1)
    page.rest(len(people) - limit, "users")


def _user(profile: Profile, name: str | None, one: InstallationReport) -> str:
    sid = shown(profile.sid) if profile.sid else "SID not known"
    if profile.sid and one.machine_sid and profile.sid.prefix == one.machine_sid:
        sid = f"(machine SID)-{profile.sid.rid}"
    folder = profile.path.replace("\\", "/").rpartition("/")[2]
    return "  ".join([shown(name or folder), sid, shown(profile.path), *(f"device id {value}" for value in _device_ids(profile))])


def _device_ids(profile: Profile) -> list[str]:
    return [shown(device.value) for device in profile.device_ids if device.kind == "msa-device-id"]


def write_what_was_read(page: Page, one: InstallationReport) -> None:
    """Say which hives and files were read, and what is missing of what decides."""
    most = 99 if page.detailed else 2
    page.brief(", ".join(_what_was_read(one)), lead=Text("Read", "bold cyan"), indent=0, column=8, most=most)
    missing = view.missing_that_decides(one)
    others = len(one.gaps) - sum(gap.decides for gap in one.gaps)
    more = f"; of the rest {others} places had nothing or were not looked at: -vv" if others else ""
    said = f"of what decides: {'; '.join(missing)}" if missing else "nothing of what decides"
    page.brief(f"{said}{more}", lead=Text("Missing", "bold cyan"), indent=0, column=8, most=most)


def _what_was_read(one: InstallationReport) -> Iterable[str]:
    counted: dict[str, int] = {}
    for hive in one.hives:
        name = hive.path.rpartition("/")[2].rpartition(" > ")[2]
        counted[name] = counted.get(name, 0) + 1
    if counted:
        yield " ".join(shown(name) + (f" x {count}" if count > 1 else "") for name, count in counted.items())
    else:
        yield "no hive"
    hives = {hive.path.rpartition(" > ")[2] for hive in one.hives}
    files = {fact.place.file for fact in one.facts if fact.place.file} - hives
    if files:
        yield f"{len(files)} other file{'s' * (len(files) > 1)}"
    for state, words in (("logs", "recovered from its log"), ("none", "dirty, read without its log")):
        names = [shown(hive.path.rpartition("/")[2]) for hive in one.hives if hive.dirty and hive.recovered == state]
        if names:
            yield f"{' '.join(dict.fromkeys(names))} {words}"
