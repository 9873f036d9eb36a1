"""Fork: when two states of one lineage parted, by each source for itself."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model import FileTime
from forensic.model.pair import Bracket, Fork
from forensic.reasoning.installation.lineage import lineage_steps
from forensic.reasoning.pair.event_history import JOURNAL, common_texts
from forensic.reasoning.pair.history import FILE_TABLE, Histories
from forensic.reasoning.pair.side import Side

ZONE = 14 * 36_000_000_000
"""Ticks: local time is at most so far ahead of UTC."""


def fork(a: Side, b: Side, past: Histories) -> Fork:
    """Return the bracket of the fork with the brackets of its sources."""
    brackets = (*_registry(past), *_events(past), *_accounts(past), *_steps(a, b), *_texts(a, b, past))
    if not brackets:
        depth = " (a triage does not sample the registry)" if "triage" in (a.report.depth, b.report.depth) else ""
        return Fork(reason=f"no record that both sides have tells it{depth}")
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
        what, source = ("records", "mft") if one.hive == FILE_TABLE else ("keys", "registry")
        words = (
            f"{one.hive}: {len(one.shared)} of {one.telling} sampled {what} written since the media was made have one time on both sides"
        )
        yield Bracket(source, _text(one.after), _text(before), words)


def _events(past: Histories) -> Iterator[Bracket]:
    for one in past.channels:
        if one.after is not None:
            before = one.before if one.before is None or one.before > one.after else None
            last = one.common[-1].record
            source = "usn" if one.channel == JOURNAL else "event-log"
            because = f"{one.channel}: {len(one.common)} sampled records are the same in both, the last of them number {last}"
            yield Bracket(source, _text(one.after), _text(before), because)


def _accounts(past: Histories) -> Iterator[Bracket]:
    found = past.accounts
    if found.after is None:
        return
    rids = ", ".join(str(one.value.rid) for one, _ in found.both[:4])
    because = f"accounts with one RID, name and time are in both (RID {rids})"
    if found.given_twice is not None:
        because += "; a later RID was given to another account on either side"
    yield Bracket("accounts", _text(found.after), _text(found.given_twice), because)


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


def _texts(a: Side, b: Side, past: Histories) -> Iterator[Bracket]:
    """Logs that are only appended to: what both begin with was written before the fork, whatever zone its times are in."""
    media = max((side.state.media for side in (a, b) if side.state.media is not None), default=None)
    for one in common_texts(a, b):
        if one.time is None or media is None or one.time - ZONE <= media or past.parted_after is None:
            continue  # media bring such beginnings along
        yield Bracket("text-log", _text(one.time - ZONE), None, f"{one.log}: the first {one.size:,} bytes are the same in both")


def _text(time: FileTime | int | None) -> str | None:
    return None if time is None else str(FileTime(time))
