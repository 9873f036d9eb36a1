"""show: saved reports rendered again, and with `--rejudge` judged again by today's rules."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forensic.cli import output
from forensic.cli.command import Command
from forensic.cli.options import add_report_options
from forensic.cli.outcome import FOUND_NOTHING, UNREADABLE, Refused

if TYPE_CHECKING:
    from forensic.model import ImageReport


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="REPORT.json")
    parser.add_argument("--rejudge", action="store_true", help="judge the facts of each report by today's rules first")
    add_report_options(parser)


def _run(arguments: Namespace) -> int:
    saved = [report for name in arguments.files for report in _read(name)]
    reports: Iterable[ImageReport] = saved
    if arguments.rejudge:
        from forensic import examination

        reports = map(examination.rejudge, saved)
    if arguments.redact:
        from forensic.reporting.redaction import redacted

        reports = redacted(reports)
    output.write_reports(reports, arguments, arguments.files, count=len(saved))
    return FOUND_NOTHING


def _read(name: str) -> Sequence[ImageReport]:
    from forensic.errors import Malformed
    from forensic.model import codec

    try:
        return codec.decode_all(output.read_standard_input() if name == "-" else Path(name).read_bytes())
    except OSError as error:
        raise Refused(f"{name}: cannot be read: {error.strerror or error}", UNREADABLE) from None
    except Malformed as error:
        raise Refused(f"{name}: {error}", UNREADABLE) from None


COMMAND = Command(
    name="show",
    position=3,
    title="render saved reports again; needs no image",
    description="Render saved JSON reports again: one report, an array, or one per line.\n"
    "REPORT.json may be - for standard input. With --rejudge, evidence, verdict and\n"
    "timeline are made anew from the facts and gaps that the report holds.",
    examples="  forensic show report.json\n"
    "  forensic show -v all.jsonl\n"
    "  forensic show --rejudge --format json report.json > judged-today.json\n"
    "  forensic examine --format json disk.E01 | forensic show -",
    exit_codes="exit codes:\n"
    "  0  shown\n"
    "  2  wrong usage, or the output could not be written\n"
    "  5  a file could not be read or is not a report",
    run=_run,
    add_arguments=_add_arguments,
)
