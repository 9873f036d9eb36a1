"""Rules over symptoms: has Windows itself noticed that another computer has its identity?"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.logs.event_conflict import EVENT_IDENTITY_CONFLICT, EventIdentityConflict
from forensic.model import Fact
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, moment

REPEATED = 2
"""So many events are no single accident, such as a ticket of the start before."""


def _conflicts(subject: Subject) -> list[Fact[EventIdentityConflict]]:
    return sorted(subject.facts.of(EVENT_IDENTITY_CONFLICT), key=lambda fact: (fact.value.identity, fact.value.first_time, fact.source))


def _told(value: EventIdentityConflict) -> str:
    what = "machine id (partial mismatch)" if value.identity == "machine-id" else "identity in distributed transactions"
    last = moment(value.last_time)
    times = f"once, {last}" if value.count == 1 else f"{value.count} times, {moment(value.first_time)} to {last}"
    return f"{value.provider} logged event {value.event_id} {times}: it met another computer with its own {what}"


@rule(group="symptom", supports="relocated-not-generalized", depth="full")
def identity_conflict(subject: Subject) -> Iterator[Finding]:
    """Windows logged that it met another computer with its own identity.

    Supports: that a second computer runs this installation without a generalize in between. Alone it carries no verdict, because it does
    not show which of the two this is: the original logs it as well as the copy. Beside traces of other hardware it does.
    Against: nothing.
    Does not say: which computer is the copy. A virtual machine that was set back to a snapshot meets tickets of its own other life; the
    identity of the transaction coordinator is also shared where an image with the role was generalized badly.
    Overturned by: the snapshot of which the tickets were.
    References: Microsoft KB5068222 (LsaSrv 6167); scripting.tech, duplicate MSDTC CID (4101).
    """
    for fact in _conflicts(subject):
        yield Finding("moderate" if fact.value.count >= REPEATED else "weak", _told(fact.value), (fact,))


@rule(group="symptom", against="installed", depth="full")
def identity_conflict_of_an_ordinary_machine(subject: Subject) -> Iterator[Finding]:
    """The security authority logged repeatedly that another computer has its machine id.

    Supports: nothing by itself.
    Against: the statement that there is no sign of duplication: a second computer with this identity answered.
    Does not say: which of the two is the original.
    Overturned by: a snapshot to which this virtual machine was set back while others held its tickets.
    References: Microsoft KB5068222 (LsaSrv 6167).
    """
    for fact in _conflicts(subject):
        if fact.value.identity == "machine-id" and fact.value.count >= REPEATED:
            yield Finding("moderate", f"{_told(fact.value)}; whether this is the original or the copy, one image does not show", (fact,))
