"""Verdict `installed`: ordinary installation."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN
from forensic.reasoning.installation.alternatives import (
    by_design,
    cleared,
    clock_behind,
    clock_set_in_setup,
    known_image,
    mini_setup,
    portable,
    preinstallation,
    promotion,
    renaming,
    reset,
    supported_clone,
    upgrade,
)
from forensic.reasoning.installation.caps import (
    CONTRADICTION,
    EVIDENCE_INCOMPLETE,
    FACTS_MISSING,
    IDENTITY_UNREAD,
    MEDIA_UNKNOWN,
    OTHER_HARDWARE,
)
from forensic.reasoning.installation.consequences import copies_would_share
from forensic.reasoning.installation.sentences import (
    knows_its_computers,
    nothing_to_do,
    started_after_setup,
    where_it_stayed,
    window_without_generalize,
)
from forensic.reasoning.installation.sysprep_runs import failed_run, is_of_this_setup, told, told_to_generalize, was_refused
from forensic.reasoning.installation.vetoes import ACCUSATION_PENDING, EVIDENCE_AGAINST_CLEARING, MEDIA_UNREAD, SID_UNREAD, SYSTEM_UNREAD
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import Cap, Carries, Case, VerdictKind


def _opening(subject: Subject) -> str:
    return f"{window_without_generalize(subject)} It looks like an ordinary installation{where_it_stayed(subject)}."


def _begun(case: Case) -> list[str] | None:
    subject, failed = case.subject, failed_run(case.subject)
    found = list(started_after_setup(subject))
    if (
        failed is not None
        and told_to_generalize(failed.value)
        and is_of_this_setup(subject, failed.value)
        and not was_refused(failed.value)
    ):
        found.append(f"{told(failed.value)}: a part of its identifiers may have been renewed or removed")
    return found or None


def _advice(subject: Subject) -> Iterator[str]:
    """Say what has to be done: nothing, but before it becomes the master of others."""
    failed = failed_run(subject)
    if subject.origin == "master":
        yield (
            "As a backup of one computer it is in order. Deploy it to no other computer: it was captured without a generalize; run that"
            " first, and capture it again."
        )
    elif failed is not None and told_to_generalize(failed.value) and is_of_this_setup(subject, failed.value):
        yield "Nothing, as long as it stays one computer. Before it is captured, repair what Sysprep named and generalize it again."
    elif any(started_after_setup(subject)):
        yield "Nothing, as long as it stays one computer. Panther and the clocks of setup disagree on its first start: ask who deployed it."
    else:
        unknown = "What was read asks for nothing; on which computers it was started, nothing of it tells."
        yield nothing_to_do(subject, VERDICT, "Nothing has to be done." if knows_its_computers(subject) else unknown)
    yield "Where a copy is suspected, lay both images side by side: `forensic compare`."


_BEGUN = Cap(
    "generalize-on-record",
    "A generalize was begun on this installation, or a log of setup has one after the last setup pass: that is not undone.",
    _begun,
)


VERDICT = VerdictKind(
    code="installed",
    title="Ordinary installation",
    policy="none-found",
    order=70,
    says="Windows was set up on this hardware in the ordinary way, and no sign of duplication was found.",
    rests_on=(
        "the CloneTag is the one that the installation media carries, or there is none",
        "the hardware that was there when Windows was specialized is the hardware of today",
        "the machine SID, the boot key and the setup records were made within one setup",
    ),
    beware=(
        "One image shows one machine: a copy that was never started elsewhere looks the same as its original.",
        "Whether a second computer carries the same installation is seen only by comparing both.",
        "A reset to factory state runs the same setup passes as a new installation.",
    ),
    opening=_opening,
    carries=(
        Carries("four-moderate", strong=0, groups=4, gives="strong"),
        Carries("two-moderate", strong=0, groups=2, gives="indicated"),
    ),
    vetoes=(EVIDENCE_AGAINST_CLEARING, SYSTEM_UNREAD, MEDIA_UNREAD, ACCUSATION_PENDING, SID_UNREAD),
    caps=(EVIDENCE_INCOMPLETE, IDENTITY_UNREAD, FACTS_MISSING, MEDIA_UNKNOWN, CONTRADICTION, OTHER_HARDWARE, _BEGUN),
    needs=(SETUPCL_RUN, CLONE_TAG, IMAGE_STATE, MACHINE_SID),
    not_excluded=("an image shows one computer: a copy that was never started elsewhere looks the same as its original",),
    alternatives=(
        promotion,
        supported_clone,
        portable,
        mini_setup,
        upgrade,
        reset,
        clock_behind,
        clock_set_in_setup,
        cleared,
        renaming,
        by_design,
        known_image,
        preinstallation,
    ),
    advice=(_advice,),
    consequences=copies_would_share,
)
