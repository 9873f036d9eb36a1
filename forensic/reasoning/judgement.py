"""Judgement: what the stored facts of a report mean by the knowledge of today; the same for a report just made and one loaded from disk."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from forensic.model import FactSet, Gap, ImageReport, InstallationReport, StateComparison
from forensic.reasoning import table
from forensic.reasoning.binding import earlier_states_of
from forensic.reasoning.identity import identify
from forensic.reasoning.installation import judge
from forensic.reasoning.installation.caps import DECIDING, IDENTITY_UNREAD, OF_EACH_HIVE, is_missing
from forensic.reasoning.installation.setup_time import media_moments
from forensic.reasoning.installation.timeline import build_timeline
from forensic.reasoning.logged_identity import logged_release
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import load


def judged(report: ImageReport) -> ImageReport:
    """Return the report with identity, evidence, verdict and timeline of each installation made anew from its facts and gaps."""
    report = msgspec.structs.replace(report, installations=tuple(map(_released, report.installations)))
    return msgspec.structs.replace(report, installations=tuple(_judged(report, one) for one in report.installations))


def _released(one: InstallationReport) -> InstallationReport:
    """Return the installation with the release that its logs name, where no hive names one."""
    if one.era is not None or one.product.version is not None:
        return one
    product, era = logged_release(FactSet(one.facts))
    return msgspec.structs.replace(one, product=msgspec.structs.replace(product, architecture=one.product.architecture), era=era)


def _judged(report: ImageReport, one: InstallationReport) -> InstallationReport:
    subject = Subject.of(report, one.id)
    evidence, verdict = judge(subject, report.depth)
    identity = identify(subject.facts, control_set=one.control_set)
    return msgspec.structs.replace(
        one,
        computer_name=identity.computer_name,
        machine_sid=identity.machine_sid,
        domain_sid=identity.domain_sid,
        accounts=identity.accounts,
        profiles=identity.profiles,
        gaps=_weighted(one.gaps, subject, verdict.history),
        evidence=evidence,
        verdict=verdict,
        timeline=build_timeline(subject),
        earlier_states=tuple(_compared(report, subject, one)),
    )


def _compared(report: ImageReport, subject: Subject, one: InstallationReport) -> Iterator[StateComparison]:
    """Lay each earlier state beside what the installation is now, the earlier one as A."""
    media = max((one.time for one in media_moments(subject)), default=None)
    now = table.State.of(subject.facts, subject.gaps, media)
    for state, then in zip(earlier_states_of(report, one), subject.earlier_states, strict=True):
        found = table.compare(table.State.of(then.facts, state.gaps, media), now)
        columns = tuple(column.name for column in found.explained_by)
        yield StateComparison(state.id, then.words, found.lineage, columns, tuple(row.stated() for row in found.rows))


def _weighted(gaps: tuple[Gap, ...], subject: Subject, verdict: str) -> tuple[Gap, ...]:
    """Return the gaps with whether what is absent decides: a fact that the verdict needs, or of those that tell the verdicts apart.

    A fact that another place states does not decide any more, but for those that each hive has; nor one that the release never had.
    """
    judged_as = load()[verdict]
    kinds = (judged_as.needs or tuple(DECIDING)) + (OF_EACH_HIVE if IDENTITY_UNREAD in judged_as.caps else ())
    deciding = {kind.name for kind in kinds if kind in OF_EACH_HIVE or is_missing(kind, subject)}
    found = ((gap, gap.artifact in deciding) for gap in gaps)
    return tuple(gap if gap.decides == decides else msgspec.structs.replace(gap, decides=decides) for gap, decides in found)
