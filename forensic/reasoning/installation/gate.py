"""Gate: what a sealed master has to meet before an image builder may capture it, beside its verdict."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from forensic.reasoning.installation.carried import carried
from forensic.reasoning.installation.sysprep_runs import (
    SUCCESS_FILE,
    failed_run,
    latest_run,
    success_file_is_missing,
    told,
)
from forensic.reasoning.subject import Subject

SEALED = "sealed-generalized"
"""The verdict that the gate asks for."""


class Condition(msgspec.Struct, frozen=True):
    """One condition of the gate."""

    words: str
    """What is asked for."""
    met: bool | None
    """None where nothing is on record: that closes nothing."""
    because: str
    warns: bool = False
    """Whether it closes the gate only where that is asked for."""

    def closes(self, *, strict: bool) -> bool:
        """Return whether the gate stays closed; `strict`: conditions that warn close it too."""
        return self.met is False and (strict or not self.warns)


def conditions(subject: Subject, history: str) -> tuple[Condition, ...]:
    """Return the conditions for a sealed image, or one that has this verdict; none for any other."""
    return tuple(_conditions(subject)) if subject.is_sealed or history == SEALED else ()


def _conditions(subject: Subject) -> Iterator[Condition]:
    last = latest_run(subject)
    failed = failed_run(subject) is not None
    succeeded = last is not None and last.value.result == "succeeded"
    met = False if failed else True if succeeded else None
    yield Condition("the latest run of Sysprep succeeded", met, told(last.value) if last else "no run is on record")
    missing = success_file_is_missing(subject)
    there = bool(subject.facts.named("sysprep-tag"))
    because = f"{SUCCESS_FILE} is absent" if missing else f"{SUCCESS_FILE} is there" if there else "its place was not looked at"
    yield Condition("the file that Sysprep leaves when it succeeds is there", False if missing else True if there else None, because)
    found = [what for what, _ in carried(subject)]
    yield Condition("nothing is carried that a generalize leaves", not found, "; ".join(found) or "none was found", warns=True)
