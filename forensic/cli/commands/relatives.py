"""relatives: which images of a catalog are related to one that just came in; or who holds a value, where there is no image."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING

from forensic.cli import archive, given, interruption, output
from forensic.cli.command import Command
from forensic.cli.options import add_layout_options, add_output_option
from forensic.cli.outcome import FOUND_NOTHING, NO_WINDOWS, UNREADABLE, Refused, comparison_codes, first_in_rank
from forensic.reporting import comparisons, holders

if TYPE_CHECKING:
    from forensic.model import Identifier

DEFAULT_LIMIT = 50


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="what examine takes, or a saved JSON report")
    archive.add_catalog_option(parser)
    parser.add_argument(
        "--identifier", action="append", default=[], metavar="NAMESPACE=VALUE", help="who holds this value; may be repeated"
    )
    parser.add_argument("--identifiers", metavar="FILE.csv", help="the same for a list: namespace and value in each line")
    parser.add_argument(
        "--format", choices=comparisons.names(), metavar="FORMAT", default="console", help=f"{', '.join(comparisons.names())}"
    )
    parser.add_argument(
        "--limit", type=archive.count, metavar="COUNT", default=DEFAULT_LIMIT, help=f"judge so many candidates ({DEFAULT_LIMIT})"
    )
    archive.add_constants_option(parser)
    parser.add_argument("--reproducible", action="store_true", help="the same bytes from every run")
    add_output_option(parser)
    parser.add_argument("--print-all", action="store_true", help="html: open what is folded away, also on paper")
    add_layout_options(parser)


def _run(arguments: Namespace) -> int:
    asked = _asked(arguments)
    if bool(asked) == bool(arguments.sources):
        raise Refused("give sources, or values by --identifier or --identifiers, and not both")
    return _holders(arguments, asked) if asked else _relatives(arguments)


def _asked(arguments: Namespace) -> list[Identifier]:
    from forensic.catalog.holders import identifier, identifiers
    from forensic.errors import Malformed

    try:
        found = [identifier(text) for text in arguments.identifier]
    except Malformed as error:
        raise Refused(f"--identifier: {error}") from None
    if arguments.identifiers:
        try:
            found += identifiers(archive.text(arguments.identifiers))
        except Malformed as error:
            raise Refused(f"{arguments.identifiers}: {error}") from None
        if not found:
            raise Refused(f"{arguments.identifiers}: names no value")
    return found


def _holders(arguments: Namespace, asked: list[Identifier]) -> int:
    from forensic.catalog.holders import holders_of

    if arguments.format not in holders.names():
        raise Refused(f"who holds a value is printed as {', '.join(holders.names())}")
    with archive.catalog(arguments.catalog) as catalog:
        report = holders_of(catalog.store, asked)
        interruption.check()
        output.write_page(partial(holders.render, arguments.format, report), arguments, [arguments.catalog])
    return FOUND_NOTHING if report.held else NO_WINDOWS


def _relatives(arguments: Namespace) -> int:
    from forensic.catalog.relatives import relatives_of

    constants, unread = archive.constants(arguments.constants), list[str]()
    with archive.catalog(arguments.catalog) as catalog:
        reports = list(given.reports(arguments.sources, arguments, unread))
        report = relatives_of(catalog.store, reports, limit=arguments.limit, constants=constants)
        waiting = catalog.counts()
    interruption.check()
    output.write_comparison(report, arguments, [*arguments.sources, arguments.catalog])
    for sentence in unread:
        output.say(sentence)
    if waiting.waiting or waiting.leased:
        output.say(f"{waiting.waiting + waiting.leased} sources of the catalog are not examined yet: relatives among them are not known")
    codes = [code for code in comparison_codes(report) if code != NO_WINDOWS] + [FOUND_NOTHING if report.sources else NO_WINDOWS]
    return first_in_rank([*codes, *[UNREADABLE] * bool(unread)])


COMMAND = Command(
    name="relatives",
    position=13,
    title="say which images of a catalog are related to one, or hold a value",
    description="Examine each SOURCE (or load its saved report, made at full depth) and judge\n"
    "it against the images of a catalog that share a value that identifies. The\n"
    "catalog stays as it is. Where there is no image, --identifier asks who holds a\n"
    "value: machine-sid, machine-guid, machine-guid-prefix (what the ids of Sysmon\n"
    "begin with), msa-device-id, sus-client-id and every other kind that identifies.",
    examples="  forensic relatives --catalog archive.db seized.E01\n"
    "  forensic relatives --catalog archive.db --format csv report.json\n"
    "  forensic relatives --catalog archive.db --identifier machine-sid=S-1-5-21-1-2-3\n"
    "  forensic relatives --catalog archive.db --identifiers from-the-log.csv",
    exit_codes="exit codes:\n"
    "  0  compared; nothing found that policy forbids; or a value is held\n"
    "  1  a violation or a suspected one was found\n"
    "  2  wrong usage, or the output could not be written\n"
    "  3  a pair is undetermined, or evidence is known to be missing\n"
    "  4  the source holds no Windows installation; or nobody holds a value\n"
    "  5  a source or the catalog could not be read at all",
    run=_run,
    add_arguments=_add_arguments,
)
