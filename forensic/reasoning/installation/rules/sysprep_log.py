"""Rules over the log of Sysprep: what did its last run say?"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.sysprep_run import SysprepRun
from forensic.model import Fact
from forensic.reasoning.installation.first_start import under_way
from forensic.reasoning.installation.setup_time import MARGIN, clone_tag, is_later_than_media
from forensic.reasoning.installation.sysprep_runs import (
    SUCCESS_FILE,
    errors_of_execution,
    failed_run,
    is_at_rest,
    is_of_this_setup,
    latest_run,
    step_of,
    success_file_is_missing,
    told_to_generalize,
    was_refused,
)
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject


def _success(subject: Subject) -> Fact[SysprepRun] | None:
    """Return the last run of the log where it generalized with success, at the time of a CloneTag that is not the media's."""
    run, tag = latest_run(subject), clone_tag(subject)
    if run is None or run.value.start is None or run.value.result != "succeeded" or not told_to_generalize(run.value):
        return None
    agrees = tag is not None and abs(tag[1].ticks - run.value.start.ticks) <= MARGIN and is_later_than_media(subject)
    return run if agrees else None


@rule(group="sysprep-log", supports="deployed-generalized", depth="full")
def generalize_of_master_logged(subject: Subject) -> Iterator[Finding]:
    """Sysprep's log ends with a generalize that succeeded, at the time of the CloneTag; the computer is in use since.

    Supports: deployment from a master that was generalized. The log of the run travels with the image.
    Against: nothing.
    Does not say: whether the master had been copied from another computer before.
    Overturned by: a log that was put there.
    References: Microsoft KB 929828; setupact.log of Windows Server 2022 and Windows 11.
    """
    run = _success(subject)
    if run is not None and subject.is_settled:
        yield Finding("moderate", f"Sysprep's log of {_when(run.value)} ends with success, and it was told to generalize", (run,))


@rule(group="sysprep-log", supports="sealed-generalized", depth="full")
def generalize_of_seal_logged(subject: Subject) -> Iterator[Finding]:
    """Sysprep's log ends with a generalize that succeeded, and the image waits for its first start.

    Supports: a sealed master.
    Against: nothing.
    Does not say: what happened to copies taken before.
    Overturned by: image states that say otherwise.
    References: Microsoft KB 929828; setupact.log of Windows Server 2022 and Windows 11.
    """
    run = _success(subject)
    if run is not None and subject.is_sealed:
        yield Finding("moderate", f"Sysprep's log of {_when(run.value)} ends with success, and it was told to generalize", (run,))


@rule(group="sysprep-log", against="sealed-generalized", depth="full")
def seal_though_run_failed(subject: Subject) -> Iterator[Finding]:
    """The image state says sealed, and the last run of Sysprep failed.

    Supports: nothing.
    Against: a sealed master: Sysprep arms the first start when it succeeded, and deletes its success file when it is run again.
    Does not say: what set the state: an earlier run that had succeeded, or a hand.
    Overturned by: a success file that is younger than the run.
    References: public reports of Server 2019 templates whose cleanup failed with 0x2; published setupact.log of Sysprep.
    """
    run = failed_run(subject)
    if run is not None and subject.is_sealed:
        missing = f"; {SUCCESS_FILE} is absent" if success_file_is_missing(subject) else ""
        because = (
            f"the image state says sealed, yet Sysprep's log of that very run, {_when(run.value)}, says that it failed{_step(run.value)}"
        )
        yield Finding("moderate", because + missing, (run, *subject.facts.of(IMAGE_STATE)))


@rule(group="sysprep-log", supports="generalize-failed", depth="full")
def generalize_failed_in_log(subject: Subject) -> Iterator[Finding]:
    """The last run in Sysprep's log was told to generalize, was made on this installation, and failed; or setuperr.log says so.

    Supports: a generalize that was begun and did not finish: moderate where the run had set providers or actions to work, weak where it
    ended in its checks, which change nothing, or where image state and status both say that nothing is outstanding.
    Against: nothing.
    Does not say: that the installation is damaged; what the providers had done before the failure is in the log.
    Overturned by: a later run; a sealed image state; a setup pass after the run.
    References: Microsoft KB 929828; public image-building diaries; actions/runner-images, issue 9659.
    """
    if subject.is_sealed or under_way(subject):
        return
    run, at_rest = failed_run(subject), is_at_rest(subject)
    rest = "; yet nothing is outstanding by the image state and the status" if at_rest else ""
    if run is not None and told_to_generalize(run.value) and is_of_this_setup(subject, run.value):
        refused = was_refused(run.value)
        because = f"Sysprep's log of {_when(run.value)} says that the generalize failed{_step(run.value)}"
        because += "; it ended in its checks, before anything was generalized" if refused else rest
        yield Finding("weak" if refused or at_rest else "moderate", because, (run,))
    elif latest_run(subject) is None:
        for error in [*errors_of_execution(subject)][-1:]:
            because = f"Sysprep's list of errors says that it gave up in the midst of its work ({error.value.code})"
            yield Finding("weak" if at_rest else "moderate", because + rest, (error,))


def _step(run: SysprepRun) -> str:
    return f" in {step_of(run)}" if step_of(run) else ""


def _when(run: SysprepRun) -> str:
    return f"{str(run.start)[:19].replace('T', ' ')} (local time)"
