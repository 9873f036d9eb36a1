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
    page = pages.get(arguments.name)
    if page is None:
        raise Refused(explanation.unknown(arguments.name, pages))
    output.write([page.text])
    return FOUND_NOTHING


COMMAND = Command(
    name="explain",
    position=4,
    title="print the page of a fact kind, a rule or a verdict",
    description="Print what a fact kind, a rule or a verdict is, what changes it, what it rests\non. Without NAME: list all names.",
    examples="  forensic explain\n  forensic explain machine-sid\n  forensic explain relocated-not-generalized",
    exit_codes="exit codes:\n  0  explained\n  2  wrong usage, or there is no such name",
    run=_run,
    add_arguments=_add_arguments,
)
