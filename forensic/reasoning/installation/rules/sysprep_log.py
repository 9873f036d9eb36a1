"""Rules over the log of Sysprep: what did its last run say?"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.setup.sysprep_log import SYSPREP_LOG
from forensic.artifacts.setup.sysprep_run import SysprepRun
from forensic.model import Fact
from forensic.reasoning.installation.setup_time import MARGIN, clone_tag, is_later_than_media, setup
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject


def _last(subject: Subject) -> Fact[SysprepRun] | None:
    """Return the last run of the log that was told to generalize and says when."""
    runs = [fact for fact in subject.facts.of(SYSPREP_LOG) if fact.value.start is not None]
    last = max(runs, key=lambda fact: (fact.value.start.ticks if fact.value.start else 0, fact.source), default=None)
    return last if last is not None and "generalize" in last.value.options else None


def _is_of_tag(subject: Subject, run: SysprepRun) -> bool:
    tag = clone_tag(subject)
    return tag is not None and run.start is not None and abs(tag[1].ticks - run.start.ticks) <= MARGIN and is_later_than_media(subject)


@rule(group="sysprep-log", supports="deployed-generalized", depth="full")
def generalize_of_master_logged(subject: Subject) -> Iterator[Finding]:
    """Sysprep's log ends with a generalize that succeeded, at the time of the CloneTag; the computer is in use since.

    Supports: deployment from a master that was generalized. The log of the run travels with the image.
    Against: nothing.
    Does not say: whether the master had been copied from another computer before.
    Overturned by: a log that was put there.
    References: Microsoft KB 929828; setupact.log of Windows Server 2022 and Windows 11.
    """
    run = _last(subject)
    if run is not None and subject.is_settled and run.value.result == "succeeded" and _is_of_tag(subject, run.value):
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
    run = _last(subject)
    if run is not None and subject.is_sealed and run.value.result == "succeeded" and _is_of_tag(subject, run.value):
        yield Finding("moderate", f"Sysprep's log of {_when(run.value)} ends with success, and it was told to generalize", (run,))


@rule(group="generalize-run", supports="generalize-failed", depth="full")
def generalize_failed_in_log(subject: Subject) -> Iterator[Finding]:
    """The last run in Sysprep's log was told to generalize, was made on this installation after its setup, and failed.

    Supports: a generalize that was begun and did not finish: strong where the log shows that a provider had begun to generalize, weak
    where the run ended in its checks, which change nothing.
    Against: nothing.
    Does not say: that the installation is damaged; what the providers had done before the failure is in the log.
    Overturned by: a later run; a sealed image state; a setup pass after the run.
    References: Microsoft KB 929828; public image-building diaries.
    """
    run, done = _last(subject), setup(subject)
    if run is None or run.value.start is None or run.value.result != "failed" or not done.known or subject.is_sealed:
        return
    if run.value.start.ticks <= done.latest.time + MARGIN or subject.flag("SystemSetupInProgress") != 0:
        return
    names = [one.name.lower() for one in run.value.providers]
    begun = [name for name in names if "generalize" in name and "validate" not in name]
    failed = next((one.name for one in run.value.providers if one.result == "failed"), None)
    because = f"Sysprep's log of {_when(run.value)} says that the generalize failed"
    because += f" (in {failed})" if failed else f": {run.value.first_error}" if run.value.first_error else ""
    because += "" if begun else "; it ended in its checks, before anything was generalized"
    yield Finding("strong" if begun else "weak", because, (run,))


def _when(run: SysprepRun) -> str:
    return f"{str(run.start)[:19].replace('T', ' ')} (local time)"
