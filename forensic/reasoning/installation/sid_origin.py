"""SID origin: what shows that setup itself gave the machine its SID, and nothing replaced it since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.known_values.media import is_media_sid
from forensic.model import Fact
from forensic.reasoning.installation.setup_time import MARGIN, setup
from forensic.reasoning.subject import Subject, moment, policy_sids

Witness = tuple[str, tuple[Fact[Any], ...]]


def witnesses(subject: Subject) -> Iterator[Witness]:
    """Yield each place that shows the machine SID of today to be that of setup, in words and with its facts.

    The key of the SID in SECURITY was written within setup and not since; accounts with it logged events within two days of setup, and none
    with another SID did before; the logs of setup and of the security authority name it.
    """
    sids = {fact.value for fact in subject.facts.of(MACHINE_SID)}
    done = setup(subject)
    if len(sids) != 1 or subject.is_domain_controller:
        return
    states = [{fact.value for fact in state.facts.of(MACHINE_SID)} for state in subject.earlier_states]
    changed = any(then and not then & sids for then in states)  # then the key's time is no witness: both SIDs would be of one setup
    for sid in policy_sids(subject.facts) if not changed else ():
        near = [clock for clock in done.known if sid.written and abs(sid.written - clock.time) <= MARGIN]
        if sid.written and near:
            yield f"its key was written {moment(sid.written)}, within setup, and not since", (sid, *(clock.fact for clock in near))
            break
    domains = {fact.value for fact in subject.facts.of(DOMAIN_SID)}
    strangers = [
        fact.value.first_time
        for fact in subject.facts.named("event-user-sid")
        if fact.value.prefix not in sids | domains and not is_media_sid(fact.value.prefix)
    ]
    for seen in sorted(subject.facts.named("event-user-sid"), key=lambda one: (one.value.first_time, one.value.channel, one.source)):
        value = seen.value
        near = [clock for clock in done.known if abs(value.first_time - clock.time) <= MARGIN]
        if value.prefix in sids and near and value.first_time < min(strangers, default=value.first_time + 1):
            yield f"its accounts logged events in {value.channel} from {moment(value.first_time)} on", (seen, *(one.fact for one in near))
            break
    for first in subject.facts.named("first-sid"):
        if first.value in sids:
            yield "the log of the security authority has it as the first", (first,)
            break
    for logged in subject.facts.named("setup-log-sid"):
        if logged.value.where == "administrator-profile" and logged.value.prefix in sids:  # an upgrade lists what it found
            yield "a log of setup names it", (logged,)
            break


def is_of_setup(subject: Subject) -> bool:
    """Return whether anything shows that."""
    return next(witnesses(subject), None) is not None
