"""Gate: what a sealed master has to meet before an image builder may capture it, beside its verdict."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.windows_release import INSTALL_DATE
from forensic.model import Condition
from forensic.reasoning.installation.carried import carried
from forensic.reasoning.installation.sysprep_runs import (
    SUCCESS_FILE,
    failed_run,
    latest_run,
    success_file_is_missing,
    told,
)
from forensic.reasoning.subject import Subject, listed

SEALED = "sealed-generalized"
"""The verdict that the gate asks for."""
GENERALIZE = "Run sysprep /generalize /oobe /shutdown on the master, and capture it before it is started again."


def conditions(subject: Subject) -> tuple[Condition, ...]:
    """Return the conditions for a sealed image, each met or not."""
    return (_state(subject), *_runs(subject), _carried(subject))


def _state(subject: Subject) -> Condition:
    states = subject.facts.of(IMAGE_STATE)
    found = listed(fact.value.state for fact in states) if states else "no image state was read"
    met = subject.is_sealed if states else None
    return Condition("the image state says sealed", met, found, GENERALIZE)


def _runs(subject: Subject) -> Iterator[Condition]:
    last = latest_run(subject)
    failed = failed_run(subject) is not None
    succeeded = last is not None and last.value.result == "succeeded"
    met = False if failed else True if succeeded else None
    repair = "Repair what System32\\Sysprep\\Panther\\setuperr.log names, and generalize again."
    yield Condition("the latest run of Sysprep succeeded", met, told(last.value) if last else "no run is on record", repair)
    missing = success_file_is_missing(subject)
    there = bool(subject.facts.named("sysprep-tag"))
    found = f"{SUCCESS_FILE} is absent" if missing else f"{SUCCESS_FILE} is there" if there else "its place was not looked at"
    yield Condition(
        "the file that Sysprep leaves when it succeeds is there",
        False if missing else True if there else None,
        found,
        "Unless somebody deleted it, no run of Sysprep has succeeded here: generalize, and capture then.",
    )


def _carried(subject: Subject) -> Condition:
    found = [what for what, _ in carried(subject)]
    looked = subject.depth == "full" and bool(subject.facts.of(INSTALL_DATE)) and bool(subject.facts.of(MACHINE_SID))
    return Condition(
        "no membership, certificate or agent identity that a generalize leaves",
        False if found else True if looked else None,
        "; ".join(found) or ("none was found" if looked else "the places were not read"),
        "Remove it on the master and generalize again; every computer of this image would have it.",
        warns=True,
    )
