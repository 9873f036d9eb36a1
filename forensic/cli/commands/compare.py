"""compare: the relation of every pair of states, when they parted, what collides, and the family tree."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from typing import Any

from forensic.cli import given, interruption, output
from forensic.cli.command import Command
from forensic.cli.options import add_key_options, add_layout_options, add_output_option, keys_of
from forensic.cli.outcome import UNREADABLE, comparison_codes, first_in_rank
from forensic.reporting import comparisons


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", action=_TwoSources)
    parser.add_argument(
        "--format", choices=comparisons.names(), metavar="FORMAT", default="console", help=f"{', '.join(comparisons.names())}"
    )
    parser.add_argument("--reproducible", action="store_true", help="the same bytes from every run")
    add_key_options(parser)
    add_output_option(parser)
    parser.add_argument("--print-all", action="store_true", help="html: open what is folded away, also on paper")
    add_layout_options(parser)


class _TwoSources(Action):
    """Takes two sources or more, or one file of saved reports, which may hold several."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, _: str | None = None) -> None:
        """Keep the sources, or end with the usage."""
        if len(values) < 2 and not given.is_saved(values[0]):
            parser.error("two sources are needed, or a file of saved reports")
        setattr(namespace, self.dest, values)


def _run(arguments: Namespace) -> int:
    from forensic.comparison import compare

    unread: list[str] = []
    reports = list(given.reports(arguments.sources, arguments, unread, keys=keys_of(arguments)))
    compared = compare(reports)
    interruption.check()
    output.write_comparison(compared, arguments)
    for sentence in unread:
        output.say(sentence)
    return first_in_rank([*comparison_codes(compared), *[UNREADABLE] * bool(unread)])


COMMAND = Command(
    name="compare",
    position=2,
    title="compare images: one lineage or not, two machines or one, when they parted",
    description="Compare the installations of each SOURCE: their relation, whether Sysprep ran\n"
    "between, when they parted, what collides; of three and more the family tree.\n"
    "A SOURCE is what examine takes, or a saved JSON report (made at full depth).",
    examples="  forensic compare office-01.E01 office-02.vhdx\n"
    "  forensic compare a.json b.json c.E01\n"
    "  forensic compare --format html --output comparison.html *.json",
    exit_codes="exit codes:\n"
    "  0  compared; nothing found that policy forbids\n"
    "  1  a violation or a suspected one was found\n"
    "  2  wrong usage, or the output could not be written\n"
    "  3  a pair is undetermined, or evidence is known to be missing\n"
    "  4  fewer than two Windows installations were found\n"
    "  5  a source could not be read at all",
    run=_run,
    add_arguments=_add_arguments,
)
