"""explain: the page of anything that a report may name."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from forensic.cli import output
from forensic.cli.command import Command
from forensic.cli.outcome import FOUND_NOTHING, Refused


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME")


def _run(arguments: Namespace) -> int:
    from forensic import artifacts
    from forensic.model import KINDS
    from forensic.reasoning import rule, verdict
    from forensic.reporting import explanation

    pages = explanation.pages(KINDS, artifacts.load(), rule.load(), verdict.load())
    if arguments.name is None:
        output.write([explanation.contents(pages)])
        return FOUND_NOTHING
    if arguments.name not in pages:
        raise Refused(explanation.unknown(arguments.name, pages))
    output.write(["\n\n".join(page.text for page in pages[arguments.name])])
    return FOUND_NOTHING


COMMAND = Command(
    name="explain",
    position=5,
    title="print the page of a fact kind, a rule, a verdict or a gap code",
    description="Print what a fact kind, a rule, a verdict or a gap code is, what changes it,\n"
    "what it rests on. Without NAME: list all names.",
    examples="  forensic explain\n  forensic explain machine-sid\n  forensic explain relocated-not-generalized\n  forensic explain no-key",
    exit_codes="exit codes:\n  0  explained\n  2  wrong usage, or there is no such name",
    run=_run,
    add_arguments=_add_arguments,
)
