"""Verdict `undetermined`: not determined."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.reasoning.installation.alternatives import (
    by_design,
    clock_behind,
    clock_set_in_setup,
    known_image,
    mini_setup,
    mixed,
    portable,
    preinstallation,
    promotion,
    renaming,
    supported_clone,
    upgrade,
)
from forensic.reasoning.installation.caps import DECIDING, lost
from forensic.reasoning.installation.consequences import copies_would_share
from forensic.reasoning.installation.sentences import COMPARE_WITH_SOURCE, sysprep_on_record
from forensic.reasoning.installation.sysprep_runs import failed_run
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import VerdictKind


def _opening(subject: Subject) -> str:
    found = "" if subject.is_sealed else "".join(f"{sentence}. " for sentence in sysprep_on_record(subject))
    return f"{found}What is there does not decide whether this installation was duplicated without Sysprep."


def _advice(subject: Subject) -> Iterator[str]:
    """Say what helps: for a master whose last run of Sysprep failed though its state says sealed, another one."""
    if subject.is_sealed and failed_run(subject) is not None:
        yield "Do not deploy this image: repair on the master what Sysprep's log names, and generalize it again before capturing."
    if len({fact.value for fact in subject.facts.of(MACHINE_SID)}) > 1:
        yield "Find out of which computer, and of when, SAM and SECURITY are; then examine each computer's hives in a folder of their own."
    if subject.incomplete or lost(DECIDING, subject):
        yield "Examine again with what is missing: the whole disk image rather than single hives, with the transaction logs beside them."
    yield COMPARE_WITH_SOURCE


VERDICT = VerdictKind(
    code="undetermined",
    title="Not determined",
    policy="undetermined",
    order=80,
    says="The evidence that would decide is missing or contradicts itself. The gaps say which evidence that is.",
    rests_on=("decisive facts are gaps, or strong evidence stands on both sides",),
    beware=("It is no acquittal and no suspicion. Missing evidence is never evidence.",),
    opening=_opening,
    not_excluded=("an ordinary installation as well as a duplicate: missing evidence is neither",),
    alternatives=(
        promotion,
        supported_clone,
        portable,
        mini_setup,
        upgrade,
        mixed,
        clock_behind,
        clock_set_in_setup,
        renaming,
        by_design,
        known_image,
        preinstallation,
    ),
    advice=(_advice,),
    consequences=copies_would_share,
)
