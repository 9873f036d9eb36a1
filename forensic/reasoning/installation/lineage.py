"""Lineage: the steps of setup as they are told once it is known when the media was built, Microsoft's own steps apart from its users'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from forensic.artifacts.known_values.media import is_media_step
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP, SetupLineageStep
from forensic.model import Fact, FileTime
from forensic.reasoning.installation.setup_time import MARGIN, media_moments
from forensic.reasoning.subject import Subject


class Step(NamedTuple):
    """One step, and the fact that states it."""

    fact: Fact[SetupLineageStep]
    value: SetupLineageStep
    """As the fact has it, but for steps of Microsoft over the media: they are `media-specialize` and `media-generalize`."""


def lineage_steps(subject: Subject) -> Iterator[Step]:
    """Yield the steps of each log, in the order of the log.

    A log alone does not tell that Microsoft specialized and generalized the media of a service pack: it looks like a master that was
    sealed within hours. The day tells it.
    """
    media = [moment.time for moment in media_moments(subject)]
    logs: dict[tuple[str | None, str | None], list[Fact[SetupLineageStep]]] = {}
    for fact in subject.facts.of(SETUP_LINEAGE_STEP):
        logs.setdefault((fact.place.volume, fact.place.file), []).append(fact)
    for facts in logs.values():
        facts.sort(key=lambda fact: fact.place.offset or 0)
        yield from map(Step, facts, apart([fact.value for fact in facts], media))


def apart(steps: list[SetupLineageStep], media: Iterable[FileTime]) -> Iterator[SetupLineageStep]:
    """Yield the steps of one log; those up to the last generalize that lies at a moment of the media are Microsoft's own."""
    moments = tuple(media)
    last = max((number for number, step in enumerate(steps) if step.kind == "generalize" and _is_near(step, moments)), default=-1)
    for number, step in enumerate(steps):
        if number <= last and step.kind == "specialize":
            yield msgspec.structs.replace(step, kind="media-specialize", zone="media")
        elif number <= last and step.kind == "generalize":
            yield msgspec.structs.replace(step, kind="media-generalize", zone="media")
        elif number == last + 1 and last >= 0 and step.kind == "specialize":
            yield msgspec.structs.replace(step, zone="media")
        else:
            yield step


def _is_near(step: SetupLineageStep, moments: tuple[FileTime, ...]) -> bool:
    if is_media_step(step.minute):
        return True
    return step.time is not None and any(abs(step.time.ticks - moment) <= MARGIN for moment in moments)
