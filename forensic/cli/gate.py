"""The gate for image builders: the conditions of each sealed image that was expected, as sentences and as open or closed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from forensic.cli.outcome import counting_installations

if TYPE_CHECKING:
    from forensic.model import ImageReport
    from forensic.reasoning.installation.gate import Condition


class Gate(NamedTuple):
    """The gate before one installation."""

    id: str
    conditions: tuple[Condition, ...]
    is_expected: bool
    """Whether the verdict is one that was asked for; where it is not, that is said as the reason."""

    def is_closed(self, *, strict: bool) -> bool:
        """Return whether a condition closes it."""
        return any(one.closes(strict=strict) for one in self.conditions)

    def sentences(self, *, strict: bool) -> Iterator[str]:
        """Yield each condition, met or not, and in the end why the gate is closed though the verdict is the expected one."""
        for one in self.conditions:
            state = {True: "met", False: "warning" if one.warns and not strict else "not met", None: "not known"}[one.met]
            yield f"{self.id}: {state}: {one.words} ({one.because})"
        closing = [one.because for one in self.conditions if one.closes(strict=strict)]
        if closing and self.is_expected:
            yield f"{self.id}: the gate is closed: {'; '.join(closing)}"


def of(report: ImageReport, expected: Collection[str]) -> list[Gate]:
    """Return the gate of each installation that counts, where a sealed image was expected and the installation is one."""
    if not expected or report.source.format == "unreadable":
        return []
    from forensic.reasoning.installation.gate import SEALED, conditions
    from forensic.reasoning.subject import Subject

    if SEALED not in expected:
        return []
    found = ((one, conditions(Subject.of(report, one.id), one.verdict.history)) for one in counting_installations(report))
    return [Gate(one.id, asked, one.verdict.history in expected) for one, asked in found if asked]
