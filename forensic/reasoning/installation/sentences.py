"""Sentences that several verdicts share."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.sysprep_tag import SYSPREP_TAG
from forensic.artifacts.users.msa_device_id import MSA_DEVICE_ID
from forensic.model import LocalTime
from forensic.reasoning.installation.caps import OF_EACH_HIVE, gaps_in_words, is_missing
from forensic.reasoning.installation.lineage import file_name, generalizes
from forensic.reasoning.installation.setup_time import MARGIN, clone_tag, media_of, setup
from forensic.reasoning.installation.sysprep_runs import SUCCESS_FILE, failed_run, is_of_this_setup, runs, told, told_to_generalize
from forensic.reasoning.subject import Subject, moment
from forensic.reasoning.verdict import VerdictKind

COMPARE_WITH_SOURCE = (
    "Lay it beside the suspected source: `forensic compare` shows whether both share one installation, when they parted, and whether they"
    " are two computers."
)
MOST = 3
"""Records of one sort that are told, the latest."""
_PLACES = {"sysprep-log": "Sysprep's log", "image-state-change": "the logs in Panther", SETUP_LINEAGE_STEP.name: "DtcInstall.log"}
"""Kind -> where a generalize would be on record, beside the CloneTag."""


def shows_no_generalize(subject: Subject) -> bool:
    """Return whether the place that decides was read, and nothing is on record of a generalize since the last setup pass."""
    on_record = (*sysprep_on_record(subject), *generalize_on_record(subject))
    return not on_record and bool(subject.facts.of(CLONE_TAG) or subject.has_no_clone_tag)


def window_without_generalize(subject: Subject) -> str:
    """Say what is on record of a generalize since the last setup pass; that there is no trace only where the deciding place was read."""
    done, tag = setup(subject), clone_tag(subject)
    since = f" since {moment(done.latest.time)}" if done.known else ""
    found = [*sysprep_on_record(subject), *generalize_on_record(subject)]
    if found:
        ends = f" The CloneTag is {tag[0].value.text} (local time)." if tag else ""
        return f"{'. '.join(found)}.{ends}"
    if not subject.facts.of(CLONE_TAG) and not subject.has_no_clone_tag:
        return f"Whether it was generalized{since} is not known: {_why_no_clone_tag(subject)}."
    places = [_the_clone_tag(subject), *(name for kind, name in _PLACES.items() if _was_read(subject, kind))]
    listed = f"{', '.join(places[:-1])} and {places[-1]}" if len(places) > 1 else places[0]
    return f"No trace of a generalize{since} was found; read {'were' if len(places) > 1 else 'was'} {listed}."


def _why_no_clone_tag(subject: Subject) -> str:
    for one in subject.contradictions:
        for fact in one.facts:
            if fact.kind == CLONE_TAG.name:
                return f"the CloneTag ({fact.value.text}, local time) contradicts what else is on record, and was set aside"
    return "the CloneTag could not be read"


def _the_clone_tag(subject: Subject) -> str:
    tag = clone_tag(subject)
    if tag is not None:
        of_media = "the media's own, " if media_of(subject) is not None else ""
        return f"the CloneTag ({of_media}{tag[0].value.text}, local time)"
    return "the CloneTag" if subject.facts.of(CLONE_TAG) else "SYSTEM (no CloneTag)"


def _was_read(subject: Subject, kind: str) -> bool:
    """Whether the log was there and read: one that is missing tells nothing."""
    return bool(subject.facts.named(kind)) or any(
        gap.artifact == kind and gap.reason == "not-found" and gap.code == "nothing-there" for gap in subject.gaps
    )


def sysprep_on_record(subject: Subject) -> Iterator[str]:
    """Tell the runs of Sysprep on this installation, the latest three: failed and refused ones too, and such without generalize."""
    logged = [fact.value for fact in runs(subject) if is_of_this_setup(subject, fact.value)]
    yield from dict.fromkeys(told(run) for run in logged[-MOST:])
    if any(run.result == "succeeded" for run in logged) or media_of(subject) is None or subject.facts.of(SOURCE_OS):
        return
    if not any(told_to_generalize(fact.value) for fact in runs(subject)):
        for tag in subject.facts.of(SYSPREP_TAG)[:1]:
            when = f" on {moment(tag.written)}" if tag.written else ""
            yield f"Sysprep ran to its end{when} without generalize: {SUCCESS_FILE} is there, and the CloneTag is the media's own"


def failed_since_setup(subject: Subject) -> str:
    """Tell the last run of Sysprep where it failed or was refused on this installation, to follow another sentence; else nothing."""
    failed = failed_run(subject)
    return f" {told(failed.value)}." if failed is not None and is_of_this_setup(subject, failed.value) else ""


def generalize_on_record(subject: Subject) -> Iterator[str]:
    """Tell what the logs of setup have of a generalized or deployed image, other than Microsoft's media."""
    yield from started_after_setup(subject)
    deployed = (one for one in subject.facts.named("first-boot-setup") if one.value.installation == "starting")
    days = (f" of {_day(one.value.time)}" if one.value.time else "" for one in deployed)
    for day in dict.fromkeys(days):
        yield f"The first start{day} was that of an image that had been deployed, not of setup from media (Panther)"
    logged = [f"{file_name(step.fact)} has a generalize of {_day(step.value.time)}" for step in generalizes(subject)]
    yield from dict.fromkeys(logged[-MOST:])


def started_after_setup(subject: Subject) -> Iterator[str]:
    """Tell the starts of a generalized image that Panther has later than every clock of setup; those at setup are of any media."""
    done = setup(subject)
    for fact in subject.facts.named("image-state-change"):
        change = fact.value
        late = change.time is not None and done.known and change.time.ticks > done.latest.time + MARGIN
        if late and change.before.startswith("GENERALIZE_RESEAL"):
            yield f"Panther has the first start of a generalized image on {_day(change.time)} (image state {change.before})"


def _day(time: LocalTime | None) -> str:
    return str(time)[:10]


def knows_its_computers(subject: Subject) -> bool:
    """Return whether a record was read that tells one computer from another on which it was started."""
    chipsets = any(fact.value.chipset for fact in subject.facts.named("device-generation"))
    return subject.is_portable or bool(subject.facts.of(HARDWARE_CONFIG)) or chipsets


def where_it_stayed(subject: Subject) -> str:
    """Say on which computers it was started, by the record that tells it, to follow a noun; that none was read where none was."""
    if subject.is_portable:
        return " on a drive that is carried from computer to computer"
    machines = {fact.value.id for fact in subject.facts.of(HARDWARE_CONFIG)}
    if machines:
        return (
            " that was started on more than one computer"
            if len(machines) > 1
            else " that was started on one computer only (HardwareConfig)"
        )
    found = [fact.value for fact in subject.facts.named("device-generation") if fact.value.chipset]
    if not found:
        return "; no record of the computers on which it was started was read"
    if any(set(one.chipset) != set(found[0].chipset) for one in found):
        return ", though the list of devices has more than one chipset"
    return " with the devices of one computer (list of devices)"


def nothing_to_do(subject: Subject, kind: VerdictKind, otherwise: str = "Nothing has to be done.") -> str:
    """Say that nothing has to be done only where all that decides was read; `otherwise` is what is said then."""
    if subject.depth == "triage":
        return "A triage looked at the registry alone; examine it at full depth before relying on that."
    unread = subject.incomplete or gaps_in_words(OF_EACH_HIVE, subject) or any(is_missing(one, subject) for one in kind.needs)
    return "What was read asks for nothing; examine again with what is missing before relying on that." if unread else otherwise


def new_profiles(subject: Subject) -> Iterator[str]:
    """Say what has to be done about user profiles: a device identifier in a copied profile outlives every repair of the machine."""
    if subject.facts.of(MSA_DEVICE_ID):
        yield "For push notifications each user needs a new profile as well: the device identifier lives in the old one (KB 314828)."
