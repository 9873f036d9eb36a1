"""Examination: the whole way from a source to its report, readable in one screen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_args

import msgspec

from forensic import __version__
from forensic.artifacts.collector import Collected, collect
from forensic.containers import open_image
from forensic.containers.image import Image
from forensic.errors import ForensicError
from forensic.metering import Metering, Progress
from forensic.model import CrossCheck, Depth, Examination, ImageReport, InstallationReport, Problem, SourceInfo, Tool, printable
from forensic.model.report import MINOR, Verification
from forensic.reasoning import KNOWLEDGE
from forensic.reasoning.judgement import judged
from forensic.sources import EvidenceSource, open_source
from forensic.storage.location import Where
from forensic.storage.meter import ReadMeter
from forensic.storage.url import shown
from forensic.volumes.volume_key import VolumeKey
from forensic.windows.installation import Installation

TOOL = Tool(name="forensic", version=__version__, knowledge=KNOWLEDGE)
NOTHING_SAID = Examination()
UNREADABLE = "unreadable"
"""`source.format` in the report of a source that could not be read at all."""


def examine(  # noqa: PLR0913  options: each is named at the call
    source: Where,
    *,
    depth: Depth = "full",
    cross_check: bool = False,
    reproducible: bool = False,
    strict: bool = False,
    stats: bool = False,
    verification: bool = False,
    image: int | None = None,
    keys: Sequence[VolumeKey] = (),
    about: Examination = NOTHING_SAID,
    progress: Progress | None = None,
) -> ImageReport:
    """Examine one source and return its report.

    `source` is a disk or volume image, a folder or archive of collected files or images, a single hive or log, or a mounted Windows tree,
    by its path, its URL or its `Location`. What of a URL may be a signature or a password is not in the report.
    `depth` is `triage` for what identity and a first verdict need, `full` for everything. `cross_check` reads every hive with a second
    library too. `strict` lets unexpected exceptions propagate instead of stating them as problems. `stats` adds the work done, unless the
    report is to be `reproducible`. `verification` hashes the whole content and compares it with the hashes that the container stores.
    `image` is the number of the only image of a WIM that is examined; `keys` are tried on encrypted volumes
    (`volumes.volume_key.read_keys`). What `about` says of case, examiner, notes and command is kept in the report; the command, and when it
    was made, only where it need not be `reproducible`.
    A source that cannot be read does not raise: the report says why, and its `source.format` is `unreadable`.
    """
    if depth not in get_args(Depth):
        raise ValueError(f"depth is {depth!r}, expected one of {get_args(Depth)}")
    given = os.fsdecode(source) if isinstance(source, (str, bytes, os.PathLike)) else source
    metering, started = Metering(progress), datetime.now(UTC)
    path = shown(given if isinstance(given, str) else given.path)
    try:
        with metering.stage("open"), closing(open_source(given, metering.reads, image=image, keys=keys)) as evidence:
            report = _extract(evidence, path, metering, depth=depth, cross_check=cross_check, strict=strict)
            if verification:
                with metering.stage("hash the content"):
                    report = _verified(report, evidence, progress)
        with metering.stage("judge"):
            report = judged(report)
    except ForensicError as error:
        code = "limit-reached" if error.code == "too-much" else "source-unreadable"
        report = unreadable(path, str(error), depth, cross_check=cross_check, code=code)
    except MemoryError:
        if strict:
            raise
        what = "more memory was needed than there is"
        report = unreadable(path, what, depth, cross_check=cross_check, code="out-of-memory")
    except Exception as error:  # a defect of ours may not take the other sources of a batch along
        if strict:
            raise
        what = f"internal error, {type(error).__name__}: {printable(str(error))}; --strict shows where"
        report = unreadable(path, what, depth, cross_check=cross_check, code="internal-error")
    made = msgspec.structs.replace(about, depth=depth, cross_check=_cross_checked(report), command=tuple(map(shown, about.command)))
    if reproducible:
        made = msgspec.structs.replace(made, command=())
    else:
        seconds = round((datetime.now(UTC) - started).total_seconds(), 3)
        made = msgspec.structs.replace(made, started=f"{started:%Y-%m-%dT%H:%M:%S}Z", seconds=seconds)
    report = msgspec.structs.replace(report, examination=made)
    return metering.with_stats(report) if stats and not reproducible else report


def _cross_checked(report: ImageReport) -> CrossCheck:
    counts = [hive.cross_check for one in report.installations for hive in one.hives if hive.cross_check]
    return CrossCheck(sum(one.agree for one in counts), sum(one.differ for one in counts), sum(one.one_reader for one in counts))


def _verified(report: ImageReport, evidence: EvidenceSource, progress: Progress | None) -> ImageReport:
    """Return the report with the hashes of the content, and whether they are those that the container stores; collections have none."""
    image = evidence.content()
    if image is None:
        return report
    stored, computed, verdict = _hashed(image, report.source.path, progress)
    problems = list(report.problems)
    told = {(one.code, one.where, one.what) for one in problems}
    problems += [one for one in evidence.problems() if (one.code, one.where, one.what) not in told]
    if verdict == "mismatch":
        what = "the content does not have the hashes that the container stores" if stored else "not all of the content can be read"
        problems.append(Problem("error", report.source.path, what, "hash-mismatch"))
    source = msgspec.structs.replace(report.source, verification=verdict, computed_hashes=computed)
    return msgspec.structs.replace(report, source=source, problems=tuple(problems))


def unreadable(path: str, why: str, depth: Depth, *, cross_check: bool, code: str = "source-unreadable") -> ImageReport:
    """Return the report of a source of which nothing could be read, and `why`; `code` is one of `model.problem.CODES`."""
    problem = Problem("error", path, why, code)
    return ImageReport(TOOL, SourceInfo(path, UNREADABLE, 0), problems=(problem,), depth=depth, cross_check=cross_check)


def rejudge(report: ImageReport) -> ImageReport:
    """Return a saved report judged by the knowledge of this version; its facts and gaps stay as they were stated."""
    return msgspec.structs.replace(judged(report), tool=msgspec.structs.replace(report.tool, knowledge=KNOWLEDGE), schema_minor=MINOR)


def _extract(evidence: EvidenceSource, path: str, metering: Metering, *, depth: Depth, cross_check: bool, strict: bool) -> ImageReport:
    """Return the report with the facts and gaps of every installation, before anybody judges them."""
    with metering.stage("find installations"):
        installations = evidence.installations(earlier_states=depth == "full", cross_check=cross_check)
    reports, problems, hive_problems = [], list[Problem](), list[Problem]()
    for number, installation in enumerate(installations):
        with metering.stage("read artifacts", number, len(installations)):
            core = installation.earlier_state_of is not None  # of an earlier state the facts that identify it are enough
            found = collect(installation, depth="triage" if core else depth, strict=strict)
            problems += found.problems
            reports.append(_stated(installation, found))
            hive_problems += installation.problems()
            installation.close()
    problems = [*_changed(metering.reads), *_told_once(evidence.problems(), problems, hive_problems)]
    return ImageReport(
        TOOL,
        evidence.source_info(path),
        evidence.volume_infos(),
        tuple(reports),
        tuple(problems),
        depth=depth,
        cross_check=cross_check,
    )


def _told_once(of_source: Sequence[Problem], of_facts: list[Problem], of_hives: list[Problem]) -> list[Problem]:
    """Return all problems; a hive that cannot be read is told by who found the file, who says more, and of its installation."""
    unreadable = {one.where: one.installation for one in of_hives if one.code == "hive-unreadable"}
    named = [
        msgspec.structs.replace(one, installation=unreadable.get(one.where, one.installation)) if one.code == "hive-unreadable" else one
        for one in of_source
    ]
    told = {one.where for one in of_source if one.code == "hive-unreadable"}
    return [*named, *of_facts, *(one for one in of_hives if one.code != "hive-unreadable" or one.where not in told)]


def _changed(reads: ReadMeter) -> list[Problem]:
    what = "changed while it was read: its size or the time of its last change is another one than when it was opened, or it is gone"
    return [Problem("error", path, what, "changed-while-read") for path in reads.changed()]


def _stated(installation: Installation, collected: Collected) -> InstallationReport:
    release = installation.release
    return InstallationReport(
        id=installation.id,
        volume=installation.tree.volume,
        system_root=f"/{installation.system_root or ''}",
        origin=installation.origin,
        earlier_state_of=installation.earlier_state_of,
        product=release.product,
        era=release.era,
        role=release.role,
        control_set=installation.control_set,
        hives=tuple(installation.hive_infos()),
        facts=tuple(collected.facts),
        gaps=tuple(collected.gaps),
        extraction=collected.extraction,
    )


def verify(path: str | os.PathLike[str], progress: Progress | None = None) -> dict[str, Any]:
    """Hash the whole content of an image and compare with the hashes that its container stores.

    Returns `stored` and `computed` (name to lower-case hex), `verdict` (`match`, `mismatch` or `none-stored`) and `problems`.
    Raises a ForensicError when the image cannot be opened. A part that cannot be read is a mismatch: `problems` says where.
    """
    with closing(open_image(path)) as image:
        stored, computed, verdict = _hashed(image, shown(os.fsdecode(path)), progress)
        return {"stored": stored, "computed": computed, "verdict": verdict, "problems": [*_changed(image.meter), *image.problems]}


def _hashed(image: Image, path: str, progress: Progress | None) -> tuple[dict[str, str], dict[str, str], Verification]:
    from forensic.containers.verification import hash_image

    stored, computed = dict(image.stored_hashes), dict[str, str]()
    advance = None if progress is None else partial(_advance, progress, image.size)
    try:
        computed = hash_image(image, sorted({*stored, "md5", "sha1", "sha256"}), advance)
    except ForensicError as error:
        if all(problem.what != str(error) for problem in image.problems):  # the container may have said it
            image.problems.append(Problem("error", path, str(error), "damaged-chunk"))
        return stored, computed, "mismatch"
    agree = all(computed[name] == value for name, value in stored.items())
    return stored, computed, "none-stored" if not stored else "match" if agree else "mismatch"


def _advance(progress: Progress, total: int, done: int) -> None:
    progress("hash the content", done, total)
