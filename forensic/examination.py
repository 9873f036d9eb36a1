"""Examination: the whole way from a source to its report, readable in one screen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any, get_args

import msgspec

from forensic import __version__
from forensic.artifacts.collector import Collected, collect
from forensic.containers import open_image
from forensic.errors import ForensicError
from forensic.metering import Metering, Progress
from forensic.model import Depth, FactSet, ImageReport, InstallationReport, Problem, SourceInfo, Tool, printable
from forensic.reasoning import KNOWLEDGE
from forensic.reasoning.identity import identify
from forensic.reasoning.installation import judge
from forensic.reasoning.installation.timeline import build_timeline
from forensic.reasoning.subject import EarlierState, Subject
from forensic.sources.source import EvidenceSource, open_source
from forensic.windows.installation import Installation

TOOL = Tool(name="forensic", version=__version__, knowledge=KNOWLEDGE)
UNREADABLE = "unreadable"
"""`source.format` in the report of a source that could not be read at all."""


def examine(
    source: str | os.PathLike[str],
    *,
    depth: Depth = "full",
    cross_check: bool = False,
    reproducible: bool = False,
    strict: bool = False,
    stats: bool = False,
    progress: Progress | None = None,
) -> ImageReport:
    """Examine one source and return its report.

    `source` is a disk or volume image, a folder or zip of collected hives, or a mounted Windows tree. `depth` is `triage` for what identity
    and a first verdict need, `full` for everything. `cross_check` reads every hive with the second reader too. `strict` lets unexpected
    exceptions propagate instead of stating them as problems. `stats` adds the work done, unless the report is to be `reproducible`.
    A source that cannot be read does not raise: the report says why, and its `source.format` is `unreadable`.
    """
    if depth not in get_args(Depth):
        raise ValueError(f"depth is {depth!r}, expected one of {get_args(Depth)}")
    path, metering = os.fsdecode(source), Metering(progress)
    try:
        with metering.stage("open"), closing(open_source(path, metering.reads)) as evidence_source:
            report = _examine(evidence_source, path, metering, depth=depth, cross_check=cross_check, strict=strict)
    except ForensicError as error:
        report = ImageReport(TOOL, SourceInfo(path, UNREADABLE, 0), problems=(Problem("error", path, str(error)),))
    except Exception as error:  # a defect of ours may not take the other sources of a batch along
        if strict:
            raise
        what = f"internal error, {type(error).__name__}: {printable(str(error))}; --strict shows where"
        report = ImageReport(TOOL, SourceInfo(path, UNREADABLE, 0), problems=(Problem("error", path, what),))
    report = msgspec.structs.replace(report, depth=depth, cross_check=cross_check)
    return metering.with_stats(report) if stats and not reproducible else report


def _examine(
    evidence_source: EvidenceSource, path: str, metering: Metering, *, depth: Depth, cross_check: bool, strict: bool
) -> ImageReport:
    with metering.stage("find installations"):
        installations = evidence_source.installations(copies=depth == "full", cross_check=cross_check)
    collected = []
    for number, installation in enumerate(installations):
        with metering.stage("read artifacts", number, len(installations)):
            core = installation.earlier_state_of is not None  # of an earlier state the facts that identify it are enough
            collected.append(collect(installation, depth="triage" if core else depth, strict=strict))
            installation.close()
    with metering.stage("judge"):
        reports = tuple(
            _judged(installation, found, _earlier(installation, installations, collected), depth)
            for installation, found in zip(installations, collected, strict=True)
        )
    problems = [*evidence_source.problems(), *(problem for found in collected for problem in found.problems)]
    problems += [
        Problem("warning", hive.path if " > " in hive.path else f"{report.volume} > {hive.path}".removeprefix(" > "), what)
        for report in reports
        for hive in report.hives
        for what in hive.problems
    ]
    return ImageReport(TOOL, evidence_source.source_info(path), evidence_source.volume_infos(), reports, tuple(problems))


def _earlier(installation: Installation, installations: Sequence[Installation], collected: Sequence[Collected]) -> tuple[EarlierState, ...]:
    """Return what witnesses of other times say of this installation: copies of its registry, shadow copies, Windows.old beside it."""
    found = []
    for copy, facts in zip(installations, collected, strict=True):
        if copy.earlier_state_of == installation.id and copy.origin == "shadow-copy":
            snapshot = copy.volume and copy.volume.shadow_copy
            found.append(EarlierState(FactSet(facts.facts), "shadow-copy", snapshot.created if snapshot else None))
        elif copy.earlier_state_of == installation.id:
            found.append(EarlierState(FactSet(facts.facts)))
        elif copy.origin == "old" and copy.earlier_state_of is None and copy.tree is installation.tree and installation.origin == "active":
            found.append(EarlierState(FactSet(facts.facts), "windows-old"))
    return tuple(found)


def _judged(installation: Installation, collected: Collected, earlier: tuple[EarlierState, ...], depth: Depth) -> InstallationReport:
    release, facts = installation.release, FactSet(collected.facts)
    subject = Subject(facts, tuple(collected.gaps), installation.origin, release.era, release.role, earlier)
    evidence, verdict = judge(subject, depth)
    identity = identify(facts, control_set=installation.control_set)
    return InstallationReport(
        id=installation.id,
        volume=installation.tree.volume,
        system_root=f"/{installation.system_root or ''}",
        origin=installation.origin,
        earlier_state_of=installation.earlier_state_of,
        product=release.product,
        era=release.era,
        role=release.role,
        computer_name=identity.computer_name,
        machine_sid=identity.machine_sid,
        domain_sid=identity.domain_sid,
        accounts=identity.accounts,
        profiles=identity.profiles,
        hives=tuple(installation.hive_infos()),
        facts=tuple(collected.facts),
        gaps=tuple(collected.gaps),
        evidence=evidence,
        verdict=verdict,
        timeline=build_timeline(subject),
    )


def verify(path: str | os.PathLike[str], progress: Progress | None = None) -> dict[str, Any]:
    """Hash the whole content of an image and compare with the hashes that its container stores.

    Returns `stored` and `computed` (name to lower-case hex), `verdict` (`match`, `mismatch` or `none-stored`) and `problems`.
    Raises a ForensicError when the image cannot be opened. A part that cannot be read is a mismatch: `problems` says where.
    """
    from forensic.containers.verification import hash_image

    with closing(open_image(path)) as image:
        stored, computed = dict(image.stored_hashes), {}
        advance = None if progress is None else partial(_advance, progress, image.size)
        try:
            computed = hash_image(image, sorted({*stored, "md5", "sha1", "sha256"}), advance)
            agree = all(computed[name] == value for name, value in stored.items())
            verdict = "none-stored" if not stored else "match" if agree else "mismatch"
        except ForensicError as error:
            verdict = "mismatch"
            if all(problem.what != str(error) for problem in image.problems):  # the container may have said it
                image.problems.append(Problem("error", os.fspath(path), str(error)))
        return {"stored": stored, "computed": computed, "verdict": verdict, "problems": list(image.problems)}


def _advance(progress: Progress, total: int, done: int) -> None:
    progress("hash the content", done, total)
