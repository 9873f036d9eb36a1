"""groups: the groups of related images in a catalog, the gravest first, or one of them in full."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from functools import partial
from typing import TYPE_CHECKING

from forensic.cli import archive, interruption, output
from forensic.cli.command import Command
from forensic.cli.options import add_layout_options, add_output_option
from forensic.cli.outcome import FOUND_BREACH, FOUND_NOTHING, Refused, comparison_codes, first_in_rank
from forensic.reporting import comparisons, groups

if TYPE_CHECKING:
    from forensic.catalog.catalog import Catalog
    from forensic.catalog.grouping import Wanted

HTML_STATES = 5000
"""Installations that one HTML file shows."""
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d)?)?Z?)?)?)?")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("number", nargs="?", type=archive.count, metavar="N", help="the number of one group: all of it")
    archive.add_catalog_option(parser)
    formats = sorted({*groups.names(), *comparisons.names()})
    parser.add_argument("--format", choices=formats, metavar="FORMAT", default="console", help=f"{', '.join(formats)}")
    parser.add_argument("--limit", type=archive.count, metavar="COUNT", help="show so many groups at most")
    parser.add_argument("--since", type=_moment, metavar="DATE", help="groups with an image stored then or later, such as 2026-11-01")
    parser.add_argument(
        "--only", action="append", default=[], type=_policy_or_relation, metavar="WHAT", help="a policy or relation, such as violation"
    )
    parser.add_argument("--tag", action="append", default=[], metavar="TAG", help="groups with an image that has the tag")
    archive.add_constants_option(parser)
    parser.add_argument("--propose-constants", metavar="FILE", help="write the values that strangers share to FILE instead")
    parser.add_argument("--judge", action="store_true", help="judge the pairs first that are not judged yet")
    parser.add_argument("--keep", action="store_true", help="keep the groups in the catalog, for Datasette and other readers of it")
    add_output_option(parser)
    parser.add_argument("--print-all", action="store_true", help="html: open what is folded away, also on paper")
    add_layout_options(parser)


def _moment(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-01")
    return text


def _policy_or_relation(text: str) -> str:
    from forensic.model.judgement import POLICY_WORDS
    from forensic.reasoning.pair.relation import load

    known = [*POLICY_WORDS, *load()]
    if text not in known:
        raise ArgumentTypeError(f"{text!r} is neither a policy nor a relation; those are {', '.join(known)}")
    return text


def _run(arguments: Namespace) -> int:
    from forensic.catalog.grouping import Wanted

    constants = archive.constants(arguments.constants)
    wanted = Wanted(frozenset(arguments.only), arguments.since or "", frozenset(arguments.tag), arguments.limit)
    with archive.catalog(arguments.catalog) as catalog:
        if arguments.constants:
            changed = catalog.use_constants(constants)
            output.say(f"{changed} constants of the catalog changed" if changed else "the catalog has these constants already")
        if arguments.judge:
            output.say(f"{catalog.judge_pending(unjudged=True)} installations compared")
        if arguments.keep:
            output.say(f"{catalog.keep_groups()} installations of groups kept")
        interruption.check()
        if arguments.propose_constants:
            return _propose(catalog, arguments)
        return _one(catalog, arguments) if arguments.number else _all(catalog, arguments, wanted)


def _propose(catalog: Catalog, arguments: Namespace) -> int:
    from forensic.catalog.constant import written
    from forensic.catalog.proposing import proposed

    found = list(proposed(catalog.store))
    output.write(written(found), arguments.propose_constants, [arguments.catalog])
    output.say(f"{arguments.propose_constants}: {len(found)} values proposed; read them before they are used")
    return FOUND_NOTHING


def _all(catalog: Catalog, arguments: Namespace, wanted: Wanted) -> int:
    from forensic.catalog.grouping import grouped, in_full, list_groups

    report = list_groups(catalog.store, wanted)
    if arguments.format == "html":
        numbers = {one.number for one in report.groups}
        chosen, states = [], 0
        for one in grouped(catalog.store):
            if one.number in numbers and states + len(one.group.members) <= HTML_STATES:
                chosen.append(one)
                states += len(one.group.members)
        if len(chosen) < len(numbers):
            output.say(
                f"the HTML shows {len(chosen)} of {len(numbers)} groups: those with {HTML_STATES} installations in all; --limit chooses"
            )
        output.write_page(partial(comparisons.render, "html", in_full(catalog.store, chosen)), arguments, [arguments.catalog])
    else:
        output.write_page(partial(groups.render, arguments.format, report), arguments, [arguments.catalog])
    policies = {group.policy for group in report.groups}
    return FOUND_BREACH if policies & {"violation", "suspect"} else FOUND_NOTHING


def _one(catalog: Catalog, arguments: Namespace) -> int:
    from forensic.catalog.grouping import grouped, in_full

    found = grouped(catalog.store)
    if not 1 <= arguments.number <= len(found):
        known = f"its groups have the numbers 1 to {len(found)}" if found else "it has no groups"
        raise Refused(f"{arguments.catalog}: there is no group {arguments.number}: {known}")
    if arguments.format not in comparisons.names():
        raise Refused(f"one group is printed as {', '.join(comparisons.names())}")
    report = in_full(catalog.store, found[arguments.number - 1 : arguments.number])
    output.write_comparison(report, arguments, [arguments.catalog])
    return first_in_rank(comparison_codes(report))


COMMAND = Command(
    name="groups",
    position=12,
    title="list the groups of related images in a catalog, the gravest first",
    description="List the groups of installations of a catalog that descend from one: their\n"
    "relation, when they parted, what collides and on how many machines. With N\n"
    "print all of one group: its family tree, its pairs, what to do. Groups rest on\n"
    "pairs that were judged as their images came in; what is not judged yet is said.",
    examples="  forensic groups --catalog archive.db\n"
    "  forensic groups --catalog archive.db 3\n"
    "  forensic groups --catalog archive.db --only violation --since 2026-11-01\n"
    "  forensic groups --catalog archive.db --format html --output groups.html\n"
    "  forensic groups --catalog archive.db --propose-constants constants.tsv\n"
    "  forensic groups --catalog archive.db --constants constants.tsv",
    exit_codes="exit codes:\n"
    "  0  listed; no group that is shown breaks the policy\n"
    "  1  a group that is shown breaks the policy, or may\n"
    "  2  wrong usage, or the output could not be written\n"
    "  3  with N: a pair of the group is undetermined\n"
    "  5  the catalog could not be read",
    run=_run,
    add_arguments=_add_arguments,
)
