"""Completion: what a shell may offer for each word of a command line, written as a script from the parser itself."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

SHELLS = ("bash", "zsh", "fish")


class Option(NamedTuple):
    """One option of a command."""

    names: tuple[str, ...]
    help: str
    takes: bool
    """Whether a value follows."""
    choices: tuple[str, ...]
    """Values that are possible; none: a file or any text."""


class Words(NamedTuple):
    """What may follow one command."""

    name: str
    title: str
    options: tuple[Option, ...]
    values: tuple[str, ...]
    """What may stand where it takes arguments, where that is not a file."""


def words(parser: argparse.ArgumentParser) -> list[Words]:
    """Return the commands of a parser, with what may follow each."""
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001  argparse has no other way
    titles = {action.dest: action.help or "" for action in commands._get_subactions()}  # noqa: SLF001
    return [_words(name, titles.get(name, ""), one) for name, one in commands.choices.items()]


def _words(name: str, title: str, parser: argparse.ArgumentParser) -> Words:
    options, values = [], list[str]()
    for action in parser._actions:  # noqa: SLF001
        choices = tuple(map(str, action.choices or ()))
        if action.option_strings:
            options.append(Option(tuple(action.option_strings), _plain(action.help or ""), action.nargs != 0, choices))
        else:
            values += choices
    return Words(name, _plain(title), tuple(options), tuple(values))


def _plain(text: str) -> str:
    """Return the first clause of a help text, without what a shell would take for its own."""
    return re.sub(r"[^\w ,./()=-]", "", re.split(r"[;:]|\. ", text)[0]).strip()


def script(shell: str, commands: Sequence[Words]) -> str:
    """Return the script for one shell."""
    return "\n".join({"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands)) + "\n"


def _bash(commands: Sequence[Words]) -> Iterator[str]:
    yield "# forensic: completion for bash. Put it into ~/.local/share/bash-completion/completions/forensic, or source it."
    yield "_forensic() {"
    yield '    local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" words=""'
    yield "    COMPREPLY=()"
    yield '    if [ "$COMP_CWORD" -eq 1 ]; then'
    yield f'        words="{" ".join([one.name for one in commands] + ["--help", "--version"])}"'
    yield "    else"
    yield '        case "$command $before" in'
    for command in commands:
        for option in command.options:
            if option.takes:
                patterns = "|".join(f'"{command.name} {name}"' for name in option.names)
                reply = f'words="{" ".join(option.choices)}"' if option.choices else 'COMPREPLY=($(compgen -f -- "$current")); return'
                yield f"            {patterns}) {reply} ;;"
    yield '            *) case "$command" in'
    for command in commands:
        every = [name for option in command.options for name in option.names] + list(command.values)
        yield f'                {command.name}) words="{" ".join(every)}" ;;'
    yield "            esac ;;"
    yield "        esac"
    yield "    fi"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$current"))'
    yield '    [ "${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))'
    yield "}"
    yield "complete -o filenames -F _forensic forensic"


def _zsh(commands: Sequence[Words]) -> Iterator[str]:
    yield "#compdef forensic"
    yield "# forensic: completion for zsh. Put it as _forensic into a folder of $fpath, or source it after compinit."
    yield "_forensic() {"
    yield "    local -a commands"
    yield "    commands=("
    yield from (f"        '{one.name}:{one.title}'" for one in commands)
    yield "    )"
    yield "    if (( CURRENT == 2 )); then"
    yield "        _describe command commands"
    yield "        return"
    yield "    fi"
    yield "    local command=$words[2]"
    yield "    shift words"
    yield "    (( CURRENT-- ))"
    yield "    case $command in"
    for command in commands:
        yield f"        {command.name})"
        specs = [spec for option in command.options for spec in _zsh_specs(option)]
        rest = f"'*:name:({' '.join(command.values)})'" if command.values else "'*:file:_files'"
        yield "            _arguments \\"
        yield from (f"                {spec} \\" for spec in specs)
        yield f"                {rest} ;;"
    yield "    esac"
    yield "}"
    yield 'if [ "$funcstack[1]" = _forensic ]; then _forensic "$@"; else compdef _forensic forensic; fi'


def _zsh_specs(option: Option) -> Iterator[str]:
    value = "" if not option.takes else f":value:({' '.join(option.choices)})" if option.choices else ":value:_files"
    for name in option.names:
        yield f"'{name}[{option.help}]{value}'"


def _fish(commands: Sequence[Words]) -> Iterator[str]:
    yield "# forensic: completion for fish. Put it into ~/.config/fish/completions/forensic.fish."
    for command in commands:
        yield f"complete -c forensic -n __fish_use_subcommand -f -a {command.name} -d '{command.title}'"
    for command in commands:
        seen = f"complete -c forensic -n '__fish_seen_subcommand_from {command.name}'"
        for option in command.options:
            flags = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            value = "" if not option.takes else f" -x -a '{' '.join(option.choices)}'" if option.choices else " -r"
            yield f"{seen} {flags}{value} -d '{option.help}'"
        if command.values:
            yield f"{seen} -f -a '{' '.join(command.values)}'"
