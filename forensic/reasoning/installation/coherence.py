"""Coherence: times and values that cannot be true beside what else is on record; no verdict rests on them.

Each check names two places that cannot both be right and sets aside the one that fewer witnesses stand beside. A contradiction is no
accusation: an edited value, a restored hive and a clock that was wrong leave it. It is told, and keeps what it contradicts from clearing
anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG
from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY_TIME
from forensic.artifacts.identity.lsa_policy import LSA_POLICY_TIME
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.windows_release import INSTALL_DATE
from forensic.model import Fact, FileTime
from forensic.reasoning.binding import FIRST_OWN_RID
from forensic.reasoning.contradiction import Contradiction
from forensic.reasoning.installation.setup_time import (
    MARGIN,
    clock_was_behind,
    clone_tag,
    is_later_than_media,
    media_of,
    setup,
)
from forensic.reasoning.subject import Subject, moment, policy_sids

ENOUGH_WITNESSES = 2
"""So many other hives and logs have to end before a time, before it is called impossible."""
Timed = tuple[str, FileTime, Fact[Any]]


def coherent(subject: Subject) -> Subject:
    """Return the subject without the facts that contradict the rest; each contradiction is kept with it."""
    for check in (_after_the_end, _younger_than_its_key, _generalize_younger_than_the_identity, _setupcl_alone, _life_after_seal):
        found = tuple(check(subject))
        if found:
            subject = subject.setting_aside(*found)
    return subject


def _decisive(subject: Subject) -> Iterator[Timed]:
    """Yield the times that verdicts rest on, each with its name and the fact that states it."""
    for sid in policy_sids(subject.facts):
        if sid.written:
            yield "the machine SID's key", sid.written, sid
    for policy in subject.facts.of(LSA_POLICY_TIME):
        if policy.written and policy.value == "PolAcDmS":
            yield "the machine SID's key", policy.written, policy
    for run in subject.facts.of(SETUPCL_RUN):
        if run.written:
            yield "the key of the SID replacement pass", run.written, run
    for key in subject.facts.of(LSA_BOOT_KEY_TIME):
        if key.written:
            yield "the boot key", key.written, key
    for date in subject.facts.of(INSTALL_DATE):
        yield "the installation date", date.value, date
    for tag in subject.facts.of(CLONE_TAG):
        if tag.value.time is not None:
            yield "the CloneTag", FileTime(tag.value.time.ticks), tag
    for machine in subject.facts.of(HARDWARE_CONFIG):
        times = [time for time in (machine.written, machine.value.last_use) if time]
        if times:
            yield "a hardware configuration", max(times), machine


def _after_the_end(subject: Subject) -> Iterator[Contradiction]:
    """A time later than everything else that the evidence has: of every other hive and log."""
    ends: dict[str, FileTime] = {}
    for history in subject.facts.named("registry-history"):
        if history.value.last is not None:
            place = history.place.hive or ""
            ends[place] = max(history.value.last, ends.get(place, history.value.last))
    for span in subject.facts.named("event-log-span"):
        if span.value.last_time is not None:
            ends[span.place.file or ""] = span.value.last_time
    for what, time, fact in _decisive(subject):
        others = [end for place, end in ends.items() if place != (fact.place.hive or fact.place.file)]
        if len(others) >= ENOUGH_WITNESSES and time > max(others) + MARGIN:
            because = f"{what} of {moment(time)} is later than all else on record, which ends {moment(max(others))}"
            yield Contradiction("time-after-the-end", because, (fact,))


def _younger_than_its_key(subject: Subject) -> Iterator[Contradiction]:
    """A value that names a moment later than its key was last written: writing it would have moved the key's time."""
    for what, time, fact in _decisive(subject):
        if fact.kind in (CLONE_TAG.name, INSTALL_DATE.name) and fact.written is not None and time > fact.written + MARGIN:
            because = f"{what} names {moment(time)}, and its key was last written {moment(fact.written)}, before that"
            yield Contradiction("value-younger-than-its-key", because, (fact,))


def _generalize_younger_than_the_identity(subject: Subject) -> Iterator[Contradiction]:
    """A CloneTag later than the media, on a computer in use whose machine SID or installation date is older than that.

    A start after a generalize renews both. An upgrade in place brings a tag of its own, and a promotion a SID: nothing is said there. Nor
    before Vista, where Sysprep can keep the SID.
    """
    tag, done = clone_tag(subject), setup(subject)
    if tag is None or subject.is_classic or subject.is_domain_controller or not subject.is_settled or subject.facts.of(SOURCE_OS):
        return
    if not is_later_than_media(subject) or clock_was_behind(subject):
        return
    limit = tag[1].ticks - MARGIN
    clocks: list[Timed] = [("the machine SID", sid.written, sid) for sid in policy_sids(subject.facts) if sid.written]
    clocks += [("the installation date", done.install.time, done.install.fact)] if done.install else []
    older = [one for one in clocks if one[1] < limit]
    if not older:
        return
    told = " and ".join(f"{what} is of {moment(time)}" for what, time, _ in older)
    because = (
        f"the CloneTag claims a generalize on {tag[0].value.text} (local time), yet {told}, though a start after a generalize renews both"
    )
    alone = [done.setupcl.fact] if done.setupcl and done.setupcl.time >= limit and len(older) == len(clocks) else []
    yield Contradiction("generalize-younger-than-the-identity", because, (tag[0], *alone), tuple(fact for _, _, fact in older))


def _setupcl_alone(subject: Subject) -> Iterator[Contradiction]:
    """The record of the SID replacement pass is later than the machine SID and the installation date: it replaced nothing then."""
    done = setup(subject)
    sids = [sid for sid in policy_sids(subject.facts) if sid.written]
    if done.setupcl is None or done.install is None or not sids or subject.facts.of(SOURCE_OS) or subject.is_domain_controller:
        return
    latest = max(sid.written for sid in sids if sid.written)
    if done.setupcl.time > max(latest, done.install.time) + MARGIN:
        because = (
            f"the SID replacement pass is recorded for {moment(done.setupcl.time)}, after the machine SID ({moment(latest)}) and the"
            f" installation date ({moment(done.install.time)}), which a setup pass renews"
        )
        yield Contradiction("setupcl-alone", because, (done.setupcl.fact,), (*sids, done.install.fact))


def _life_after_seal(subject: Subject) -> Iterator[Contradiction]:
    """The image state says sealed, and the installation was set up or used after the generalize that its CloneTag names."""
    tag = clone_tag(subject)
    if tag is None or not subject.is_sealed or subject.is_classic:
        return
    limit = tag[1].ticks + MARGIN
    lives: list[Timed] = [
        ("a start", boots.value.last_start, boots) for boots in subject.facts.named("event-boots") if boots.value.last_start
    ]
    lives += [("a start", machine.value.last_use, machine) for machine in subject.facts.of(HARDWARE_CONFIG) if machine.value.last_use]
    lives += [
        (f"the account {account.value.name}", account.value.created, account)
        for account in subject.facts.of(ACCOUNT_SID)
        if account.value.rid >= FIRST_OWN_RID and account.value.created
    ]
    lives += [("the installation date", date.value, date) for date in subject.facts.of(INSTALL_DATE)]
    later = sorted((one for one in lives if one[1] > limit), key=lambda one: (one[1], one[0]))
    if later:
        whose = "the media's" if media_of(subject) is not None else "its"
        told = ", ".join(f"{what} {moment(time)}" for what, time, _ in later[-2:])
        because = (
            f"the image state says that it was sealed and not started since, and {whose} generalize is of {tag[0].value.text} (local time),"
            f" yet later than that is {told}"
        )
        facts = (*subject.facts.of(IMAGE_STATE),)
        yield Contradiction("life-after-seal", because, facts, (tag[0], *(fact for _, _, fact in later)))
