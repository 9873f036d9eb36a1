"""examine: the report of each source, and the exit code that a script can act on."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.cli import gate, output
from forensic.cli.command import Command
from forensic.cli.options import add_report_options, verdict_codes
from forensic.cli.outcome import EXIT_CODES, exit_code, first_in_rank, unexpected

if TYPE_CHECKING:
    from forensic.model import ImageReport


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
        help="exit 0 when every installation that counts has one of these verdicts, 1 otherwise; 4 and 5 stay (nothing could be judged); a "
        "sealed image also needs a last Sysprep run that did not fail, and its success file",
    )
    parser.add_argument(
        "--strict-gate", action="store_true", help="with --expect: what a sealed image carries of an identity is a failure, not a warning"
    )
    add_report_options(parser)


def _run(arguments: Namespace) -> int:
    from forensic import examination

    codes: list[int] = []
    several = len(arguments.sources) > 1

    def reports() -> Iterator[ImageReport]:
        for source in arguments.sources:
            with output.progress(arguments, source if several else "") as progress:
                report = examination.examine(
                    source,
                    depth=arguments.depth,
                    cross_check=arguments.cross_check,
                    reproducible=arguments.reproducible,
                    strict=arguments.strict,
                    stats=arguments.stats and not arguments.reproducible,
                    progress=progress,
                )
            yield report
            gates = gate.of(report, arguments.expect or ())
            closed = any(one.is_closed(strict=arguments.strict_gate) for one in gates)
            codes.append(exit_code(report, arguments.expect, closed=closed))
            if arguments.expect is not None:
                _say_what_is_unexpected(report, arguments.expect)
            for one in gates:
                for sentence in one.sentences(strict=arguments.strict_gate):
                    output.say(f"{report.source.path}: {sentence}")

    output.write_reports(reports(), arguments, arguments.sources, several=several)
    return first_in_rank(codes)


def _say_what_is_unexpected(report: ImageReport, expected: tuple[str, ...]) -> None:
    for one in unexpected(report, expected):
        found = f"{one.id} is {one.verdict.history}: {one.verdict.summary}"
        output.say(f"{report.source.path}: expected {' or '.join(expected)}, but {found}")


COMMAND = Command(
    name="examine",
    position=1,
    title="examine images or collected hives and print the report",
    description="Examine each SOURCE and print its report: the verdict, the evidence, the\n"
    "identifiers and where each was read. A SOURCE is a disk image (raw, split raw,\n"
    "E01 or Ex01 by any segment, VHD, VHDX, VMDK, QCOW2, VDI), a volume image,\n"
    "a directory or zip of collected hives and logs, a single hive or log, or a\n"
    "mounted Windows tree. Evidence is never written to.",
    examples="  forensic examine disk.E01\n"
    "  forensic examine -v --output report.txt disk.E01\n"
    "  forensic examine --depth triage --format jsonl /evidence/*.vhdx > all.jsonl\n"
    "  forensic examine --expect sealed-generalized template.vhdx  # a builder's gate",
    exit_codes=EXIT_CODES,
    run=_run,
    add_arguments=_add_arguments,
)
