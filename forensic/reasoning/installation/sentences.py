"""Sentences that several verdicts share."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.users.msa_device_id import MSA_DEVICE_ID
from forensic.reasoning.installation.setup_time import clone_tag, setup
from forensic.reasoning.subject import Subject, moment

COMPARE_WITH_SOURCE = (
    "Examine the suspected source as well (`forensic examine` each) and compare machine SID, boot key, MachineGuid and hardware of both"
    " reports: only that shows whether two computers share one installation."
)


def window_without_generalize(subject: Subject) -> str:
    """Name the stretch of time without a generalize: from the last setup pass on."""
    done, tag = setup(subject), clone_tag(subject)
    told = f"No trace of a generalize since {moment(done.latest.time)} was found" if done.known else "No trace of a generalize was found"
    return told + (f"; the CloneTag is {tag[0].value.text} (local time)." if tag else ".")


def where_it_stayed(subject: Subject) -> str:
    """Say how long it has stayed where it is, as far as the records go."""
    if subject.is_portable:
        return "on a drive that is carried from computer to computer"
    return "that stayed where it was upgraded" if subject.facts.of(SOURCE_OS) else "that stayed where it was set up"


def new_profiles(subject: Subject) -> Iterator[str]:
    """Say what has to be done about user profiles: a device identifier in a copied profile outlives every repair of the machine."""
    if subject.facts.of(MSA_DEVICE_ID):
        yield "For push notifications each user needs a new profile as well: the device identifier lives in the old one (KB 314828)."
