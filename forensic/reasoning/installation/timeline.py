"""Timeline: the life of one installation as an ordered story, each moment with the facts that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from forensic.artifacts.known_values.media import is_media_guid
from forensic.model import Fact, FileTime, LocalTime, TimelineEntry
from forensic.reasoning.installation.lineage import lineage_steps
from forensic.reasoning.installation.setup_time import media_moments, media_of
from forensic.reasoning.subject import Subject, account_sids, listed, policy_sids

LIMIT = 200
"""Entries of one story at most; where there are more, those of the kinds that occur most often are left out first."""
EARLIEST, LATEST = FileTime.from_iso("1993-01-01T00:00:00"), FileTime.from_iso("2100-01-01T00:00:00")
"""Windows NT is no older; a time outside says that a clock or a value was wrong, and orders nothing."""


class TimelineEvent(msgspec.Struct, frozen=True):
    """One moment before it is given its place in the story."""

    time: FileTime | LocalTime
    event: str
    what: str
    facts: tuple[Fact[Any], ...]

    @property
    def ticks(self) -> int:
        """The clock's reading; local times sort by theirs, as if they were UTC."""
        return self.time.ticks if isinstance(self.time, LocalTime) else self.time


_TOLD_STEP = 60
"""Seconds; smaller steps of the clock are its ordinary correction."""
Teller = Callable[[Subject], Iterator[TimelineEvent]]


def build_timeline(subject: Subject) -> tuple[TimelineEntry, ...]:
    """Return the story of `subject` in the order of time: the same facts in any order give the same entries."""
    told = [one for teller in _TELLERS for one in teller(subject) if EARLIEST <= one.ticks <= LATEST]
    place = {id(fact): number for number, fact in enumerate(subject.facts)}
    entries: dict[tuple[int, str, str, bool], set[int]] = {}
    for one in told:
        key = (one.ticks, one.event, one.what, isinstance(one.time, LocalTime))
        entries.setdefault(key, set()).update(place[id(fact)] for fact in one.facts if id(fact) in place)
    return tuple(
        TimelineEntry(str(FileTime(ticks)).removesuffix("Z" if local else ""), event, what, tuple(sorted(facts)), local)
        for (ticks, event, what, local), facts in sorted(_bounded(entries).items())
    )


def _bounded(entries: dict[tuple[int, str, str, bool], set[int]]) -> dict[tuple[int, str, str, bool], set[int]]:
    """Leave out entries of the most frequent events, from their middle, until the limit holds."""
    by_event: dict[str, list[tuple[int, str, str, bool]]] = {}
    for key in sorted(entries):
        by_event.setdefault(key[1], []).append(key)
    excess = len(entries) - LIMIT
    while excess > 0:
        largest = max(sorted(by_event), key=lambda event: len(by_event[event]))
        keys = by_event[largest]
        keys.pop(len(keys) // 2)
        excess -= 1
    return {key: entries[key] for keys in by_event.values() for key in keys}


def _media(subject: Subject) -> Iterator[TimelineEvent]:
    for one in media_moments(subject):
        if one.fact.kind == "media-time":
            yield TimelineEvent(
                one.time,
                "media-built",
                "the oldest keys of the hive end here, as the build of installation media leaves them (an estimate)",
                (one.fact,),
            )
    media = media_of(subject) is not None
    for fact in subject.facts.named("clone-tag"):
        if fact.value.time is not None:
            event, who = (
                ("media-generalized", "Microsoft generalized the media") if media else ("generalized", "Sysprep generalized the image")
            )
            yield TimelineEvent(fact.value.time, event, f"{who}: CloneTag {fact.value.text}", (fact,))


def _setup(subject: Subject) -> Iterator[TimelineEvent]:
    facts = subject.facts
    for fact in facts.named("setupcl-run"):
        if fact.written:
            yield TimelineEvent(fact.written, "sid-replacement-pass", "setup gave the installation its SID (SetupCl)", (fact,))
    keys = [fact for fact in facts.named("lsa-boot-key-time") if fact.written]
    for fact in sorted(keys, key=lambda one: (one.written or 0, one.value.name))[-1:]:
        yield TimelineEvent(fact.written or FileTime(0), "boot-key-written", "the boot key was made", (fact,))
    for fact in facts.named("install-date"):
        yield TimelineEvent(fact.value, "installed", "Windows was installed, by its installation date", (fact,))
    for fact in facts.named("setup-timer"):
        for time, word in ((fact.value.start, "began"), (fact.value.stop, "ended")):
            if time:
                yield TimelineEvent(time, "setup-timer", f"setup: {fact.value.name} {word}", (fact,))
    for fact in facts.named("specialize-run"):
        run = fact.value
        if run.start is not None:
            on = ""
            if run.hardware is not None:
                on = " on " + (" ".join(part for part in (run.hardware.manufacturer, run.hardware.product) if part) or "unnamed hardware")
            yield TimelineEvent(run.start, f"{run.phase}-run", f"{run.phase} ran{on}", (fact,))
    for fact in facts.named("source-os"):
        if fact.value.installed is not None:
            name = " ".join(part for part in (fact.value.product, fact.value.build and f"build {fact.value.build}") if part)
            yield TimelineEvent(fact.value.installed, "former-release-installed", f"{name or 'a former Windows'} was installed", (fact,))
        if fact.written:
            yield TimelineEvent(fact.written, "upgraded", f"upgraded in place: {fact.value.label}", (fact,))


def _sysprep(subject: Subject) -> Iterator[TimelineEvent]:
    for fact in subject.facts.named("sysprep-log"):
        if fact.value.start is not None:
            options = " ".join(fact.value.options) or "no options"
            yield TimelineEvent(fact.value.start, "sysprep-run", f"Sysprep was run ({options}): {fact.value.result}", (fact,))
    for fact in subject.facts.named("sysprep-tag"):
        if fact.written:
            yield TimelineEvent(fact.written, "sysprep-succeeded", "Sysprep ended with success, by its tag file", (fact,))
    for fact in subject.facts.named("execution-trace"):
        for time in fact.value.last_runs[:1]:
            yield TimelineEvent(time, "program-run", f"{fact.value.tool} was run ({fact.value.evidence})", (fact,))
    for fact in subject.facts.named("program-run"):
        if fact.value.last_run:
            yield TimelineEvent(fact.value.last_run, "program-run", f"{fact.value.tool} was run ({fact.value.record})", (fact,))
    for fact in subject.facts.named("sid-changer-trace"):
        if fact.written:
            yield TimelineEvent(fact.written, "sid-changer-trace", f"{fact.value.product} left {fact.value.trace}", (fact,))


_STEPS = {
    "media": "installation of MSDTC into the media",
    "media-specialize": "Microsoft specialized the media",
    "media-generalize": "Microsoft generalized the media",
    "cleanup": "cleanup without generalize",
    "specialize-repeat": "repeated specialize",
    "offline-specialize": "offline specialize",
    "upgrade": "in-place upgrade",
    "configure": "later installation of MSDTC",
    "configure-exit-only": "later configuration of MSDTC",
}
"""Steps of the lineage in words, where these are others than the step's own name."""


def _lineage(subject: Subject) -> Iterator[TimelineEvent]:
    for fact, step in lineage_steps(subject):
        if step.time is not None:
            how = ", by an in-place upgrade" if step.in_upgrade else "" if step.complete else ", broken off"
            what = f"{_STEPS.get(step.kind, step.kind)} of the lineage{how}"
            yield TimelineEvent(step.time, f"lineage-{step.kind}", what, (fact,))
    for one in subject.facts.named("image-state-change"):
        if one.value.time is not None:
            what = f"the image state went from {one.value.before} to {one.value.after}"
            yield TimelineEvent(one.value.time, "image-state-changed", what, (one,))
    for one in subject.facts.named("first-boot-setup"):
        if one.value.time is not None and one.value.installation is not None:
            how = "setup went on from media" if one.value.installation == "continuing" else "setup of a deployed image began"
            name = f" as {one.value.computer_name}" if one.value.computer_name else ""
            yield TimelineEvent(one.value.time, "first-boot", f"first start: {how}{name}", (one,))
    for one in subject.facts.named("first-sid"):
        if one.written:
            yield TimelineEvent(one.written, "first-sid-made", f"the first SID of the lineage was made: {one.value}", (one,))


def _identity(subject: Subject) -> Iterator[TimelineEvent]:
    for fact in policy_sids(subject.facts):
        if fact.written:
            yield TimelineEvent(fact.written, "machine-sid-written", f"SECURITY was given the machine SID {fact.value}", (fact,))
    if not policy_sids(subject.facts):
        for fact in account_sids(subject.facts):
            if fact.written:
                yield TimelineEvent(fact.written, "account-database-written", "the account domain of SAM was last written", (fact,))
    for one in subject.earlier_states:
        for sid in {fact.value for fact in one.facts.named("machine-sid")} if one.time else ():
            yield TimelineEvent(
                one.time or FileTime(0),
                "snapshot" if one.origin == "snapshot" else "shadow-copy",
                f"{one.words} has the machine SID {sid}",
                (),
            )


def _hardware(subject: Subject) -> Iterator[TimelineEvent]:
    for fact in subject.facts.named("hardware-config"):
        value = fact.value
        name = " ".join(part for part in (value.manufacturer, value.product) if part) or "a computer of unknown make"
        if fact.written:
            yield TimelineEvent(fact.written, "hardware-recorded", f"recorded: {name}, system UUID {value.id}", (fact,))
        if value.last_use:
            yield TimelineEvent(value.last_use, "hardware-last-used", f"last used: {name}", (fact,))
    for fact in subject.facts.named("device-generation"):
        if fact.value.basis == "first-install":
            what = listed([*fact.value.chipset, *(card.id for card in fact.value.network), *(disk.id for disk in fact.value.disks)])
            count = f"{fact.value.devices} devices were found together" if fact.value.devices > 1 else "a device was found"
            yield TimelineEvent(fact.value.first, "devices-found", f"{count}: {what or 'none of the main ones'}", (fact,))
    adapters = (fact for fact in subject.facts.named("network-adapter") if not fact.value.is_software and fact.written)
    cards = [fact for fact in adapters if not is_media_guid(fact.value.id)]
    for fact in cards:
        name = fact.value.name or fact.value.description or fact.value.id
        yield TimelineEvent(fact.written or FileTime(0), "network-card-recorded", f"recorded: network card {name}", (fact,))
    for fact in subject.facts.named("network-interface"):
        if fact.value.lease_obtained and not is_media_guid(fact.value.id):
            yield TimelineEvent(
                fact.value.lease_obtained,
                "lease-obtained",
                f"the interface {fact.value.id} obtained the address {fact.value.address}",
                (fact,),
            )
    for fact in subject.facts.named("dhcpv6-duid"):
        if fact.value.time:
            yield TimelineEvent(fact.value.time, "duid-made", f"the DHCPv6 identity was made from the card {fact.value.mac}", (fact,))
    for fact in subject.facts.named("volume-created"):
        yield TimelineEvent(fact.value, "volume-formatted", "the volume was formatted", (fact,))
    for fact in subject.facts.named("usn-journal"):
        yield TimelineEvent(fact.value.id, "change-journal-made", "the change journal of the volume was made", (fact,))


def _names(subject: Subject) -> Iterator[TimelineEvent]:
    for fact in subject.facts.named("event-rename"):
        if fact.value.old == fact.value.new:  # the name stayed
            continue
        yield TimelineEvent(fact.value.time, "renamed", f"renamed from {fact.value.old} to {fact.value.new}", (fact,))
    for fact in subject.facts.named("event-computer-name"):
        value = fact.value
        yield TimelineEvent(
            value.first_time, "logged-under-name", f"the log {value.channel} is written under the name {value.name}", (fact,)
        )
    for fact in subject.facts.named("network-setup"):
        value = fact.value
        if value.time is not None:
            ended = "" if value.status is None else " with success" if value.status == 0 else f" with error {value.status:#x}"
            aim = f" {value.domain}" if value.domain else ""
            yield TimelineEvent(value.time, value.operation, f"{value.operation}{aim} as {value.computer or 'unknown'}{ended}", (fact,))
    for fact in subject.facts.named("domain-sid"):
        if fact.written:
            yield TimelineEvent(fact.written, "domain-written", f"SECURITY was given the domain SID {fact.value}", (fact,))


def _people(subject: Subject) -> Iterator[TimelineEvent]:
    for fact in subject.facts.named("account-sid"):
        if fact.value.created:
            yield TimelineEvent(
                fact.value.created, "account-created", f"the account {fact.value.name} (RID {fact.value.rid}) was made or named", (fact,)
            )
        if fact.value.last_logon:
            yield TimelineEvent(fact.value.last_logon, "last-logon", f"last logon of {fact.value.name} (RID {fact.value.rid})", (fact,))
    keys: dict[str, Fact[Any]] = {}
    for fact in subject.facts.named("dpapi-master-key"):
        if fact.value.created and (fact.value.folder not in keys or fact.value.created < keys[fact.value.folder].value.created):
            keys[fact.value.folder] = fact
    for folder, fact in keys.items():
        yield TimelineEvent(fact.value.created, "first-master-key", f"{folder} was given its first master key", (fact,))


def _logs(subject: Subject) -> Iterator[TimelineEvent]:
    for fact in subject.facts.named("event-log-span"):
        for time, event, word in ((fact.value.first_time, "log-begins", "begins"), (fact.value.last_time, "log-ends", "ends")):
            if time:
                yield TimelineEvent(time, event, f"the event log {fact.value.channel} {word}", (fact,))
    for fact in subject.facts.named("event-log-cleared"):
        who = f" by {fact.value.user}" if fact.value.user else ""
        yield TimelineEvent(fact.value.time, "log-cleared", f"the event log {fact.value.channel} was cleared{who}", (fact,))
    for fact in subject.facts.named("event-identity-conflict"):
        value = fact.value
        yield TimelineEvent(
            value.first_time, "identity-conflict", f"{value.provider} {value.event_id}: another computer has this identity", (fact,)
        )
    for fact in subject.facts.named("event-clock-change"):
        value = fact.value
        if value.largest_back_from and value.largest_back >= _TOLD_STEP:
            hours = value.largest_back / 3600
            yield TimelineEvent(value.largest_back_from, "clock-set-back", f"the clock was set back by {hours:.1f} h", (fact,))
    for fact in subject.facts.named("event-boots"):
        for time, event, word in (
            (fact.value.first_start, "first-start-logged", "first"),
            (fact.value.last_start, "last-start-logged", "last"),
        ):
            if time:
                yield TimelineEvent(time, event, f"the {word} start that the log holds", (fact,))
    for fact in subject.facts.named("network-profile"):
        if fact.value.created is not None:
            yield TimelineEvent(fact.value.created, "network-first-used", f"first connected to the network {fact.value.name}", (fact,))


def _last_use(subject: Subject) -> Iterator[TimelineEvent]:
    """Name the latest of what only use writes: logons, leases, hives, logs, starts."""
    seen: list[tuple[FileTime, str, Fact[Any]]] = []
    for kind, read, word in _USES:
        seen += [(time, word, fact) for fact in subject.facts.named(kind) if (time := read(fact.value)) and EARLIEST <= time <= LATEST]
    if seen:
        time, word, fact = max(seen, key=lambda one: (one[0], one[1], one[2].source))
        yield TimelineEvent(time, "last-use", f"last sign of use: {word}", (fact,))


_USES: tuple[tuple[str, Callable[[Any], FileTime | None], str], ...] = (
    ("account-sid", lambda value: value.last_logon, "a logon"),
    ("network-interface", lambda value: value.lease_obtained, "an address was obtained"),
    ("profile-sid", lambda value: value.loaded, "a profile was loaded"),
    ("hardware-config", lambda value: value.last_use, "a start"),
    ("registry-history", lambda value: value.last, "a registry key was written"),
    ("event-log-span", lambda value: value.last_time, "an event was logged"),
    ("usn-journal", lambda value: value.last_record, "a file was changed"),
)

_TELLERS: tuple[Teller, ...] = (_media, _setup, _sysprep, _lineage, _identity, _hardware, _names, _people, _logs, _last_use)
