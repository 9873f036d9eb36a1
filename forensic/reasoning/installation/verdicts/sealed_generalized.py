"""Verdict `sealed-generalized`: generalized master, not started since."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_command import SETUP_FLAG
from forensic.reasoning.installation.alternatives import (
    as_shipped,
    by_design,
    clock_behind,
    clock_set_in_setup,
    kept_sid,
    known_image,
    mini_setup,
    preinstallation,
    promotion,
    renaming,
    skip_rearm,
    supported_clone,
    upgrade,
)
from forensic.reasoning.installation.caps import EVIDENCE_INCOMPLETE, FACTS_MISSING, LOGS_NOT_LOOKED
from forensic.reasoning.installation.carried import carried
from forensic.reasoning.installation.consequences import agents_collide
from forensic.reasoning.installation.sentences import nothing_to_do
from forensic.reasoning.installation.sysprep_runs import SUCCESS_FILE, success_file_is_missing
from forensic.reasoning.installation.vetoes import (
    ACCUSATION_PENDING,
    CONTRADICTED,
    EVIDENCE_AGAINST_CLEARING,
    IMAGE_STATE_UNREAD,
    SYSTEM_UNREAD,
)
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Cap, Carries, VerdictKind

_UNTAGGED = Cap(
    "success-file-missing",
    "The file that Sysprep leaves when it succeeds is not there, though its place was read.",
    lambda case: (
        [f"{SUCCESS_FILE} is absent: the last run of Sysprep did not succeed, or somebody deleted the file"]
        if success_file_is_missing(case.subject)
        else None
    ),
)


def _opening(subject: Subject) -> str:
    told = "It is a generalized image that was not started since: a sealed master"
    if success_file_is_missing(subject):
        return f"{told}, though the file that Sysprep leaves when it succeeds ({SUCCESS_FILE}) is absent."
    found = [what for what, _ in carried(subject)]
    return f"{told}, but it carries what a generalize leaves: {'; '.join(found)}." if found else f"{told}, ready to be deployed."


def _advice(subject: Subject) -> Iterator[str]:
    """Say what has to be done before the image is captured."""
    found = [what for what, _ in carried(subject)]
    yield from (f"Remove before capture: {what}; every computer of this image would have it." for what in found)
    if success_file_is_missing(subject):
        yield "Find out why that file is missing (System32\\Sysprep\\Panther\\setuperr.log); if nobody deleted it, generalize again."
    elif found:
        yield "Do that on the master, generalize it again, and capture it then: starting it to remove them ends the sealed state."
    else:
        then = "deploy this image" if subject.origin == "master" else "capture and deploy this image"
        yield nothing_to_do(subject, VERDICT, f"Nothing has to be done: {then}.")


VERDICT = VerdictKind(
    code="sealed-generalized",
    title="Generalized master, not started since",
    policy="compliant",
    order=10,
    says="Sysprep generalized this installation, and it has not been started since: a sealed master, ready to be deployed.",
    rests_on=(
        "the image state says that it waits for its first start (out-of-box experience or audit mode)",
        "setup is armed to run at the next start",
        "event logs and network adapters are cleared, and nothing was written after the generalize",
    ),
    beware=(
        "It says nothing of copies that were taken before the generalize.",
        "Every computer of the image would share what a generalize leaves: membership, certificates of management, identities of agents.",
    ),
    opening=_opening,
    carries=(
        Carries("one-strong-of-three", strong=1, groups=3, gives="proven"),
        Carries("one-strong", strong=1, groups=1, gives="strong"),
        Carries("two-moderate", strong=0, groups=2, gives="strong"),
        Carries("one-moderate", strong=0, groups=1, gives="indicated"),
    ),
    vetoes=(EVIDENCE_AGAINST_CLEARING, SYSTEM_UNREAD, IMAGE_STATE_UNREAD, CONTRADICTED, ACCUSATION_PENDING),
    caps=(EVIDENCE_INCOMPLETE, FACTS_MISSING, LOGS_NOT_LOOKED, _UNTAGGED),
    needs=(IMAGE_STATE, SETUP_FLAG, CLONE_TAG),
    not_excluded=("copies that were taken before the generalize",),
    alternatives=(
        promotion,
        supported_clone,
        mini_setup,
        kept_sid,
        upgrade,
        clock_behind,
        clock_set_in_setup,
        renaming,
        as_shipped,
        skip_rearm,
        by_design,
        known_image,
        preinstallation,
    ),
    advice=(_advice,),
    consequences=agents_collide,
)
