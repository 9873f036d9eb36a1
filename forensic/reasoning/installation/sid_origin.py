"""SID origin: what shows that setup itself gave the machine its SID, and nothing replaced it since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.identity.assigned_identifier import SETUP_LOG_SID
from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.identity.first_sid import FIRST_SID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.logs.event_log import EVENT_USER_SID
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
    for sid in policy_sids(subject.facts):
        near = [clock for clock in done.known if sid.written and abs(sid.written - clock.time) <= MARGIN]
        if sid.written and near:
            yield f"its key was written {moment(sid.written)}, within setup, and not since", (sid, *(clock.fact for clock in near))
            break
    domains = {fact.value for fact in subject.facts.of(DOMAIN_SID)}
    strangers = [
        fact.value.first_time
        for fact in subject.facts.of(EVENT_USER_SID)
        if fact.value.prefix not in sids | domains and not is_media_sid(fact.value.prefix)
    ]
    for seen in subject.facts.of(EVENT_USER_SID):
        value = seen.value
        near = [clock for clock in done.known if abs(value.first_time - clock.time) <= MARGIN]
        if value.prefix in sids and near and value.first_time < min(strangers, default=value.first_time + 1):
            yield f"its accounts logged events in {value.channel} from {moment(value.first_time)} on", (seen, *(one.fact for one in near))
            break
    for kind, words in ((FIRST_SID, "the log of the security authority has it as the first"), (SETUP_LOG_SID, "a log of setup names it")):
        for fact in subject.facts.of(kind):
            if fact.value in sids:
                yield words, (fact,)
                break


def is_of_setup(subject: Subject) -> bool:
    """Return whether anything shows that."""
    return next(witnesses(subject), None) is not None
