"""Checklist: the conditions that an image builder asks of an image, each met or not, and the reason in one line."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from forensic.model import Condition, InstallationReport


class Checklist(msgspec.Struct, frozen=True):
    """The conditions of one installation."""

    installation: InstallationReport
    conditions: tuple[Condition, ...]
    strict: bool
    """Whether conditions that warn close the gate too."""
    incomplete: bool = False
    """Whether evidence is known to be missing: then the gate is not open, whatever was met."""

    @property
    def is_closed(self) -> bool:
        """Whether a condition closes the gate."""
        return any(one.closes(strict=self.strict) for one in self.conditions)

    @property
    def reason(self) -> str:
        """Why the gate is open or closed, in one line."""
        closing = [one for one in self.conditions if one.closes(strict=self.strict)]
        if closing:
            return f"the gate is closed: {'; '.join(one.found for one in closing)}"
        if self.incomplete:
            return "the gate is not open: what was read closes nothing, but evidence is known to be missing"
        unknown = sum(one.met is None for one in self.conditions)
        warned = sum(one.met is False for one in self.conditions)
        remarks = [f"{unknown} not known"] * bool(unknown) + [f"{warned} with a warning"] * bool(warned)
        return f"the gate is open: {len(self.conditions)} conditions" + (f", {', '.join(remarks)}" if remarks else ", all met")

    def sentences(self) -> Iterator[str]:
        """Yield each condition, and the reason in the end."""
        for one in self.conditions:
            yield f"{one.state(strict=self.strict)}: {one.words} ({one.found})"
        yield self.reason
