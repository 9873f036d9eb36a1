"""Lineage: the steps of setup as they are told once it is known when the media was built, Microsoft's own steps apart from its users'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from forensic.artifacts.known_values.media import is_media_step
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP, SetupLineageStep
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.model import Fact, FileTime
from forensic.reasoning.installation.setup_time import MARGIN, clone_tag, media_moments, media_of
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


def generalizes(subject: Subject) -> list[Step]:
    """Return the generalizes of the lineage that were not Microsoft's own over the media, the latest last, whichever log has it."""
    return _by_time(step for step in lineage_steps(subject) if step.value.kind == "generalize" and step.value.time is not None)


def specializes(subject: Subject) -> list[Step]:
    """Return the specializes of the lineage on a computer, the latest last: not Microsoft's own, nor that of an upgrade in place."""
    kinds = ("specialize", "offline-specialize")
    return _by_time(
        step for step in lineage_steps(subject) if step.value.kind in kinds and step.value.time is not None and not step.value.in_upgrade
    )


def _by_time(steps: Iterable[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: (step.value.time.ticks if step.value.time else 0, step.fact.source))


def sysprep_since(subject: Subject, time: int) -> list[tuple[str, Fact[Any]]]:
    """Return the dated traces of a Sysprep generalize that is younger than `time`, by more than clocks may err, each with its words."""
    limit = time + MARGIN
    found: list[tuple[str, Fact[Any]]] = [
        (f"a generalize of {str(step.value.time)[:16].replace('T', ' ')} in {file_name(step.fact)}", step.fact)
        for step in generalizes(subject)
        if step.value.time is not None and step.value.time.ticks > limit
    ]
    for run in subject.facts.named("sysprep-log"):
        value = run.value
        if value.start is not None and value.start.ticks > limit and value.result == "succeeded" and "generalize" in value.options:
            found.append((f"a generalize of {str(value.start)[:16].replace('T', ' ')} in Sysprep's log", run))
    tag = clone_tag(subject)
    if tag is not None and tag[1].ticks > limit and media_of(subject) is None and not subject.facts.of(SOURCE_OS):
        found.append((f"the CloneTag of {tag[0].value.text}", tag[0]))
    return found


def file_name(fact: Fact[Any]) -> str:
    """Return the name of the log that a step stands in."""
    return (fact.place.file or "a log").replace("\\", "/").rpartition("/")[2]


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
