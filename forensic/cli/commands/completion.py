"""completion: the script by which a shell completes command lines of this program."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from forensic.cli import output
from forensic.cli.command import Command
from forensic.cli.completion import SHELLS
from forensic.cli.outcome import FOUND_NOTHING


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def _run(arguments: Namespace) -> int:
    from forensic.cli import completion

    output.write([completion.script(arguments.shell, completion.words(arguments.parser))])
    return FOUND_NOTHING


COMMAND = Command(
    name="completion",
    position=7,
    title="print the completion script of a shell",
    description="Print the script by which SHELL completes commands, options and their values.",
    examples="  forensic completion bash > ~/.local/share/bash-completion/completions/forensic\n"
    "  forensic completion zsh > ~/.zfunc/_forensic\n"
    "  forensic completion fish > ~/.config/fish/completions/forensic.fish",
    exit_codes="exit codes:\n  0  printed\n  2  wrong usage, or it could not be written",
    run=_run,
    add_arguments=_add_arguments,
)
