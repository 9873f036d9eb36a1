"""explain: the page of anything that a report may name."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from forensic.cli import output
from forensic.cli.command import Command
from forensic.cli.outcome import FOUND_NOTHING, Refused


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="*", metavar="NAME", help="of a page, or as Windows writes it; or of a group, such as verdicts")
    parser.add_argument(
        "--schema",
        nargs="?",
        const="report",
        choices=("report", "comparison", "groups", "holders"),
        help="print the JSON schema of a report (or of a comparison, groups, holders) instead",
    )


def _run(arguments: Namespace) -> int:
    from forensic import artifacts
    from forensic.model import KINDS, codec
    from forensic.reasoning import rule, table, verdict
    from forensic.reasoning.pair import relation
    from forensic.reporting import explanation

    if arguments.schema:
        made = {
            "report": lambda: codec.schema(verdict.load()),
            "comparison": lambda: codec.comparison_schema(relation.load()),
            "groups": lambda: codec.groups_schema(relation.load()),
            "holders": codec.holders_schema,
        }
        output.write([codec.schema_text(made[arguments.schema]())])
        return FOUND_NOTHING
    readers = artifacts.load()
    pages = explanation.pages(KINDS, readers, rule.load(), verdict.load(), relation.load(), (table.__doc__ or "", table.COLUMNS))
    asked = " ".join(arguments.name)
    group = explanation.group_named(asked, pages)
    if not asked or group:
        output.write([explanation.contents(pages, group)])
        return FOUND_NOTHING
    names = explanation.Names(pages, readers)
    meant = names.meant(asked)
    if not meant:
        raise Refused(explanation.unknown(asked, names))
    output.write([explanation.told(asked, pages, meant)])
    return FOUND_NOTHING


COMMAND = Command(
    name="explain",
    position=5,
    title="print the page of anything that a report names",
    description="Print what a fact kind, a rule, a verdict, a relation of two installations, a\n"
    "gap code, a problem code or a word of the glossary is. Names are taken as\n"
    "Windows writes them too: MachineGuid, Sysprep_succeeded.tag, 6167. Without\n"
    "NAME: list all names.",
    examples="  forensic explain\n  forensic explain verdicts\n  forensic explain machine SID\n"
    "  forensic explain SusClientId\n  forensic explain --schema > report.schema.json",
    exit_codes="exit codes:\n  0  explained\n  2  wrong usage, or there is no such name",
    run=_run,
    add_arguments=_add_arguments,
)
