"""Parser: the arguments of all commands, built from what each command declares."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from forensic import __version__
from forensic.cli import commands, output
from forensic.cli.command import Command
from forensic.cli.outcome import EXIT_CODES

EXAMPLES = """\
  forensic examine disk.E01
  forensic examine --expect sealed-generalized template.vhdx
  forensic COMMAND --help"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; what it returns has the command's function as `run`."""
    top = argparse.ArgumentParser(
        prog="forensic",
        description="Tells from disk images alone whether a Windows installation was duplicated\nwithout Sysprep.",
        epilog=_epilog(EXAMPLES, EXIT_CODES),
        allow_abbrev=False,
        formatter_class=_formatter,
    )
    top.add_argument("--version", action=_PrintVersion, nargs=0, help="show program's version number and exit")
    subparsers = top.add_subparsers(metavar="COMMAND", required=True, prog=top.prog)
    for command in load_commands():
        parser = subparsers.add_parser(
            command.name,
            help=command.title,
            description=command.description,
            epilog=_epilog(command.examples, command.exit_codes),
            allow_abbrev=False,
            formatter_class=_formatter,
        )
        command.add_arguments(parser)
        parser.set_defaults(run=command.run)
    return top


def load_commands() -> list[Command]:
    """Return the `COMMAND` of every module in `commands`, in the order of their positions: a new command is one new file there."""
    names = (path.stem for path in Path(commands.__path__[0]).glob("[!_]*.py"))
    modules = (import_module(f"{commands.__name__}.{name}") for name in names)
    return sorted((module.COMMAND for module in modules), key=lambda command: command.position)


class _PrintVersion(argparse.Action):
    """Prints the version as everything else is printed: argparse's own action takes a full disk for success."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        output.write([f"forensic {__version__}\n"])
        parser.exit()


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, width=78)  # the same help everywhere


def _epilog(examples: str, exit_codes: str) -> str:
    return f"examples:\n{examples}\n\n{exit_codes}"
