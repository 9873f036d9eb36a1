"""Command: what one file in `commands` declares."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple


class Command(NamedTuple):
    """One command: what its help says, which arguments it takes, and what it does."""

    name: str
    position: int
    """Where it stands in the list of commands: what most people need first has the smallest number."""
    title: str
    """One line for the list of commands."""
    description: str
    """What its own help says first, in lines of at most 80 columns."""
    examples: str
    """Lines that can be typed, indented by two."""
    exit_codes: str
    """The closing section of its help."""
    run: Callable[[Namespace], int]
    """Does it and returns the exit code."""
    add_arguments: Callable[[ArgumentParser], None] = lambda _: None
    """Adds its arguments."""
