"""examine: the report of each source, and the exit code that a script can act on."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from forensic.cli import gate, output
from forensic.cli.command import Command
from forensic.cli.options import add_isolation_options, add_key_options, add_report_options, keys_of, positive, verdict_codes
from forensic.cli.outcome import EXIT_CODES, Refused, exit_code, first_in_rank
from forensic.cli.segments import without_further

if TYPE_CHECKING:
    from forensic.metering import Progress
    from forensic.model import ImageReport
    from forensic.reporting.redaction import Redactor
    from forensic.volumes.volume_key import VolumeKey


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE")
    parser.add_argument(
        "--depth", choices=("triage", "full"), default="full", help="triage: what a first verdict needs; full: everything (default)"
    )
    parser.add_argument("--cross-check", action="store_true", help="read every decisive value with a second library too")
    parser.add_argument(
        "--reproducible", action="store_true", help="no run times, no host names, no --stats: the same bytes from every run"
    )
    parser.add_argument("--strict", action="store_true", help="let an internal error end the program with its trace")
    parser.add_argument("--stats", action="store_true", help="state bytes read, read requests, seconds per stage, peak memory")
    parser.add_argument(
        "--expect",
        metavar="CODE[,CODE]",
        type=verdict_codes,
        help="print a builder's checklist; exit 0 when every installation that counts has one of these verdicts, else 1 (3, 4 and 5 "
        "stay: incomplete, none, unread); a sealed image also needs a last Sysprep run that did not fail, and its success file",
    )
    parser.add_argument(
        "--strict-gate", action="store_true", help="with --expect: what a sealed image carries of an identity is a failure, not a warning"
    )
    parser.add_argument(
        "--verify", action="store_true", help="hash the whole content too, and compare with the hashes that the image carries"
    )
    parser.add_argument("--image", type=positive, metavar="N", help="of a WIM only the image with this number (default: all)")
    add_key_options(parser)
    add_isolation_options(parser)
    for name, what in (("case", "number or name of the case"), ("examiner", "who examines"), ("notes", "any text")):
        parser.add_argument(f"--{name}", metavar="TEXT", default="", help=f"{what}, kept in the report")
    add_report_options(parser)


def _run(arguments: Namespace) -> int:
    if arguments.strict_gate and arguments.expect is None:
        raise Refused("--strict-gate says how strict the gate of --expect is; without --expect there is none")
    if arguments.depth == "triage" and "sealed-generalized" in (arguments.expect or ()):
        raise Refused("--expect sealed-generalized needs --depth full: a triage does not look at the logs and files that decide")
    if arguments.isolate and arguments.strict:
        raise Refused("--strict shows where this process failed; with --isolate another one examines")
    arguments.sources = without_further(arguments.sources)
    codes: list[int] = []
    reports = _reports(arguments, codes, keys_of(arguments), _redactor() if arguments.redact else None)
    if arguments.expect is not None and arguments.format == "console":
        output.write_checklists(reports, arguments, partial(gate.of, expected=arguments.expect, strict=arguments.strict_gate))
    else:
        output.write_reports(reports, arguments, arguments.sources, count=len(arguments.sources))
    return first_in_rank(codes)


def _redactor() -> Redactor:
    from forensic.reporting.redaction import Redactor

    return Redactor()


def _reports(arguments: Namespace, codes: list[int], keys: Sequence[VolumeKey], redactor: Redactor | None) -> Iterator[ImageReport]:
    """Yield the report of each source, with its names replaced where a redactor is given; its exit code joins `codes`."""
    from forensic.model import Examination
    from forensic.storage.url import shown

    examine = _examiner(arguments)
    for source in arguments.sources:
        with output.progress(arguments, shown(source) if len(arguments.sources) > 1 else "") as progress:
            report = examine(
                source,
                progress,
                depth=arguments.depth,
                cross_check=arguments.cross_check,
                reproducible=arguments.reproducible,
                stats=arguments.stats and not arguments.reproducible,
                verification=arguments.verify,
                image=arguments.image,
                keys=keys,
                about=Examination(command=arguments.given, case=arguments.case, examiner=arguments.examiner, notes=arguments.notes),
            )
        if redactor is not None:
            report = redactor.redact(report)
        yield report
        checklists = gate.of(report, arguments.expect or (), strict=arguments.strict_gate)
        codes.append(exit_code(report, closed=None if arguments.expect is None else any(one.is_closed for one in checklists)))
        for one in checklists if arguments.format != "console" else ():
            for sentence in one.sentences():
                output.say(f"{report.source.path}: {one.installation.id}: {sentence}")


def _examiner(arguments: Namespace) -> Callable[..., ImageReport]:
    """Return what examines a source: this process, or a guarded one of its own."""
    if not arguments.isolate:
        from forensic import examination

        return lambda source, progress, **options: examination.examine(source, progress=progress, strict=arguments.strict, **options)
    from forensic.batch.guard import GuardMissing
    from forensic.batch.isolation import examine_isolated

    def isolated(source: str, progress: Progress | None, **options: Any) -> ImageReport:
        if progress is not None:
            progress("examine in a guarded process", 0, 0)
        limits = {"timeout": arguments.timeout, "memory": arguments.memory, "require_guard": arguments.require_guard}
        try:
            return examine_isolated(source, **limits, **options)
        except GuardMissing as error:
            raise Refused(f"--require-guard: {error}") from None

    return isolated


COMMAND = Command(
    name="examine",
    position=1,
    title="examine images or collected hives and print the report",
    description="Examine each SOURCE and print its report: the verdict, the evidence, the\n"
    "identifiers and where each was read. A SOURCE is a disk image (raw, split raw,\n"
    "E01 or Ex01 by any segment, VHD, VHDX, VMDK, QCOW2, VDI, OVA), a volume image,\n"
    "a WIM, ESD or SWM with captured images,\n"
    "a directory, zip or tar of collected files or of images, a single hive or log,\n"
    "or a mounted Windows tree, as a path or a URL (s3://, gs://, az://, https://).\n"
    "Evidence is never written to.",
    examples="  forensic examine disk.E01\n"
    "  forensic examine -v --output report.txt disk.E01\n"
    "  forensic examine --depth triage --format jsonl /evidence/*.vhdx > all.jsonl\n"
    "  forensic examine --expect sealed-generalized template.vhdx  # a builder's gate\n"
    "  forensic examine --image 2 --expect sealed-generalized install.wim",
    exit_codes=EXIT_CODES,
    run=_run,
    add_arguments=_add_arguments,
)
