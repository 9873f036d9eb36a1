"""Runs of Sysprep that are on record: which was the last, what it was told, how far it came, and whether its success file is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.setup.setup_progress import SYSPREP_STATUS
from forensic.artifacts.setup.sysprep_run import SysprepRun
from forensic.artifacts.setup.sysprep_tag import SYSPREP_TAG
from forensic.model import Fact
from forensic.reasoning.installation.setup_time import DAY, MARGIN, setup
from forensic.reasoning.subject import COMPLETE, Subject

AT_REST, BEGUN = 7, 3
"""GeneralizationState: 7 no generalize is outstanding (on every plain installation too), 3 begun and not finished."""
SUCCESS_FILE = "Sysprep_succeeded.tag"


def runs(subject: Subject) -> tuple[Fact[SysprepRun], ...]:
    """Return the runs of the log that say when and what, in the order of the log.

    A run of which only the first line stands says nothing: the log was cut there, or Sysprep was started and closed.
    """
    told = (fact for fact in subject.facts.named("sysprep-log") if fact.value.start is not None and _says_something(fact.value))
    return tuple(sorted(told, key=_order))


def _says_something(run: SysprepRun) -> bool:
    return run.phase is not None or bool(run.options) or run.dialog or run.result in ("succeeded", "failed")


def _order(fact: Fact[SysprepRun]) -> tuple[int, int, str]:
    return fact.place.offset or 0, fact.value.start.ticks if fact.value.start else 0, fact.source


def latest_run(subject: Subject) -> Fact[SysprepRun] | None:
    """Return the last run of the log, of whatever purpose."""
    return next(reversed(runs(subject)), None)


def told_to_generalize(run: SysprepRun) -> bool:
    """Return whether the run was told to generalize: by its options, or, chosen in the dialog, by its phases."""
    return "generalize" in run.options or "generalize" in run.phases


def was_refused(run: SysprepRun) -> bool:
    """Return whether the run failed in its checks, which change nothing."""
    return run.result == "failed" and run.phase != "execution"


def step_of(run: SysprepRun) -> str:
    """Return where and with which code a run failed: `SysprepGeneralizeValidate of AppxSysprep.dll, 0x80073cf2`; or nothing.

    Of a declared action the component is named, as `Windows-SenseClient-Service`; the code is Sysprep's own, else that of the provider.
    """
    provider = next((one for one in run.providers if one.result == "failed"), None)
    where = run.component or (provider.name if provider else "")
    if provider and where == provider.name and provider.module:
        where += f" of {provider.module.replace('/', chr(92)).rpartition(chr(92))[2]}"
    code = run.code or (provider.detail if provider else None) or ("" if where else run.first_error)
    return ", ".join(part for part in (where, code) if part)


def day_of(run: SysprepRun) -> str:
    """Return the day on which the run began, local time."""
    return str(run.start)[:10]


def told(run: SysprepRun) -> str:
    """Return what the log says of a run, as a sentence without a full stop."""
    how = "with generalize" if told_to_generalize(run) else "without generalize"
    begun = f"Sysprep was run {how} on {day_of(run)}"
    step = f" ({step_of(run)})" if step_of(run) else ""
    if run.result == "succeeded":
        return f"{begun}, with success"
    if run.result == "failed":
        return f"{begun} and {'refused' if was_refused(run) else 'failed in the midst of its work'}{step}"
    return f"{begun}; its log {'breaks off' if run.result == 'cut-off' else 'does not say how it ended'}"


def is_of_this_setup(subject: Subject, run: SysprepRun) -> bool:
    """Return whether the run was made on this installation as it is now: not clearly before its last setup pass."""
    done = setup(subject)
    return run.start is not None and done.known != () and run.start.ticks > done.latest.time - MARGIN


def failed_run(subject: Subject) -> Fact[SysprepRun] | None:
    """Return the last run of the log where it failed, and no success file is younger."""
    last = latest_run(subject)
    if last is None or last.value.result != "failed":
        return None
    end = last.value.end or last.value.start
    finished = (fact.written for fact in subject.facts.of(SYSPREP_TAG) if fact.written)
    return None if end is not None and any(time > end.ticks + DAY for time in finished) else last


def succeeded_last(subject: Subject) -> bool:
    """Return whether the last run of the log generalized, with success."""
    last = latest_run(subject)
    return last is not None and last.value.result == "succeeded" and told_to_generalize(last.value)


def success_file_is_missing(subject: Subject) -> bool:
    """Return whether the success file is not there, in a folder that was read: in a collection only where it has a log of that folder."""
    collected = bool(subject.facts.named("sysprep-log")) or bool(subject.facts.named("sysprep-error"))
    return subject.absent(SYSPREP_TAG) and (subject.origin != "collection" or collected)


def begun_state(subject: Subject) -> tuple[Fact[Any], ...]:
    """Return the facts by which the registry says that a generalize was begun and did not finish."""
    return tuple(fact for fact in subject.facts.of(SYSPREP_STATUS) if fact.value.generalization_state == BEGUN)


def is_at_rest(subject: Subject) -> bool:
    """Return whether image state and status both say that nothing is outstanding: what failed was repaired, or changed nothing."""
    states = [fact.value.generalization_state for fact in subject.facts.of(SYSPREP_STATUS)]
    return subject.image_states == {COMPLETE} and bool(states) and all(state == AT_REST for state in states)


def errors_of_execution(subject: Subject) -> Iterator[Fact[Any]]:
    """Yield the lines of setuperr.log with which a generalize gave up in the midst of its work, on this installation after its setup."""
    done = setup(subject)
    for fact in subject.facts.named("sysprep-error"):
        value = fact.value
        in_work = value.code is not None and "failure while processing sysprep" in value.text
        if in_work and value.time is not None and done.known and value.time.ticks > done.latest.time - MARGIN:
            yield fact
