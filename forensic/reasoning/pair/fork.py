"""Fork: when two states of one lineage parted, by each source for itself."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model import FileTime
from forensic.model.pair import Bracket, Fork
from forensic.reasoning.installation.lineage import lineage_steps
from forensic.reasoning.pair.history import Histories
from forensic.reasoning.pair.side import Side


def fork(a: Side, b: Side, past: Histories) -> Fork:
    """Return the bracket of the fork with the brackets of its sources."""
    brackets = (*_registry(past), *_events(past), *_accounts(past), *_steps(a, b))
    if not brackets:
        depth = " (a triage does not sample the registry)" if "triage" in (a.report.depth, b.report.depth) else ""
        return Fork(reason=f"no source of both sides tells when they parted{depth}")
    after = max((one.after for one in brackets if one.after), default=None)
    before = min((one.before for one in brackets if one.before), default=None)
    reason = ""
    if after and before and after > before:
        reason = "the sources disagree: a clock was wrong, a hive was put back, or a time was altered; the bracket spans them all"
        after = min(one.after for one in brackets if one.after)
        before = max(one.before for one in brackets if one.before)
    return Fork(after, before, tuple(dict.fromkeys(one.source for one in brackets)), brackets, reason)


def _registry(past: Histories) -> Iterator[Bracket]:
    for one in past.hives:
        if one.after is None:
            continue
        before = one.before if one.before is None or one.before > one.after else None
        words = f"{one.hive}: {len(one.shared)} of {one.compared} sampled keys have one time on both sides"
        yield Bracket("registry", _text(one.after), _text(before), words)


def _events(past: Histories) -> Iterator[Bracket]:
    for one in past.channels:
        if one.after is not None:
            before = one.before if one.before is None or one.before > one.after else None
            last = one.common[-1].record
            because = f"log {one.channel}: {len(one.common)} sampled records are the same in both, the last of them number {last}"
            yield Bracket("event-log", _text(one.after), _text(before), because)


def _accounts(past: Histories) -> Iterator[Bracket]:
    found = past.accounts
    if found.after is None:
        return
    later = [time for time in (*found.a, *found.b) if time > found.after]
    rids = ", ".join(str(one.value.rid) for one, _ in found.both[:4])
    because = f"accounts with one RID, name and time are in both (RID {rids}); later ones are on one side alone"
    yield Bracket("accounts", _text(found.after), _text(min(later, default=None)), because)


def _steps(a: Side, b: Side) -> Iterator[Bracket]:
    """Compare the steps of setup whose zone is known; moments of other zones tell the order only."""
    mine, theirs = ({(step.value.kind, step.value.minute) for step in lineage_steps(side.subject)} for side in (a, b))
    common = mine & theirs
    known = [
        step.value.time.ticks
        for step in lineage_steps(a.subject)
        if step.value.time is not None and step.value.zone == "known" and (step.value.kind, step.value.minute) in common
        and not step.value.kind.startswith("media")
    ]  # fmt: skip
    if known:
        yield Bracket("setup-lineage", _text(max(known)), None, f"{len(common)} steps of setup are on record in both")


def _text(time: FileTime | int | None) -> str | None:
    return None if time is None else str(FileTime(time))
