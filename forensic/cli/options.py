"""Options that several commands have, and what they accept."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from forensic.reporting import formats

if TYPE_CHECKING:
    from forensic.volumes.volume_key import VolumeKey

KEY_VARIABLE = "FORENSIC_KEY"
"""Environment variable that holds one key of an encrypted volume, as a line of a key file."""
_SIZE = re.compile(r"(\d{1,15})\s*(?:([KMGT])(?:i?B)?|B)?", re.IGNORECASE)


def add_report_options(parser: ArgumentParser) -> None:
    """Add the options that every command with reports has."""
    parser.add_argument(
        "--format",
        choices=formats.names(),
        metavar="FORMAT",
        default="console",
        help=f"{', '.join(formats.names())}; default: console; csv: verdicts, facts; timesketch: JSONL; case: JSON-LD",
    )
    add_output_option(parser)
    parser.add_argument("--print-all", action="store_true", help="html: open what is folded away, also on paper")
    add_layout_options(parser)


def add_layout_options(parser: ArgumentParser) -> None:
    """Add the options that say how text is laid out, and how much of it there is."""
    parser.add_argument(
        "--redact", action="store_true", help="replace names of computers, people, domains and folders, each by one label everywhere"
    )
    parser.add_argument(
        "--width", type=_width, metavar="N", help="columns of the console report, 80 to 200 (default: the terminal's, else 100)"
    )
    parser.add_argument("--no-color", action="store_true", help="no colour; also NO_COLOR=1, TERM=dumb, or no terminal")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="no progress; console: one line each")
    loudness.add_argument(
        "-v", "--verbose", action="count", default=0, help="console: all evidence and sources; -vv: gaps, raw bytes, hives too"
    )


def add_isolation_options(parser: ArgumentParser) -> None:
    """Add `--isolate` and what goes with it."""
    parser.add_argument("--isolate", action="store_true", help="read each source in a guarded process: for evidence that nobody trusts")
    add_limits(parser)


def add_limits(parser: ArgumentParser) -> None:
    """Add what a guarded process may take."""
    parser.add_argument(
        "--timeout", type=_seconds, default=600.0, metavar="SECONDS", help="for one source in a guarded process (default: 600)"
    )
    parser.add_argument("--memory", type=_memory, default=2 << 30, metavar="SIZE", help="the same, as 512M or 4G (default: 2G)")
    parser.add_argument("--require-guard", action="store_true", help="refuse where the guard is not complete: forensic doctor says what is")


def add_key_options(parser: ArgumentParser) -> None:
    """Add the options that say where the keys of encrypted volumes are; a key itself never stands on a command line."""
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        help="text file with keys of BitLocker volumes: recovery keys anywhere in it, else 'password: …', 'startup: FILE.BEK', or one "
        f"password a line; or a .BEK file; also {KEY_VARIABLE}=KEY in the environment",
    )
    parser.add_argument("--ask-key", action="store_true", help="ask for a key of BitLocker volumes on the terminal, unseen")


def keys_of(arguments: Namespace) -> tuple[VolumeKey, ...]:
    """Return the keys of encrypted volumes that the options and the environment name; Refused where they are none."""
    if not arguments.key_file and not arguments.ask_key and not os.environ.get(KEY_VARIABLE):
        return ()
    from getpass import getpass

    from forensic.cli.outcome import Refused
    from forensic.errors import ForensicError
    from forensic.volumes.volume_key import parse_keys, read_keys

    keys: tuple[VolumeKey, ...] = ()
    try:
        if arguments.key_file:
            keys += read_keys(arguments.key_file)
        if told := os.environ.get(KEY_VARIABLE):
            keys += parse_keys(told, KEY_VARIABLE)
        if arguments.ask_key:
            if sys.stdin is None or not sys.stdin.isatty():
                raise Refused("--ask-key needs a terminal to ask on")
            keys += parse_keys(getpass("Key of the encrypted volume: "), "what was typed")
    except ForensicError as error:
        raise Refused(str(error)) from None
    return keys


def add_output_option(parser: ArgumentParser) -> None:
    """Add `--output`."""
    parser.add_argument("--output", metavar="FILE", help="write there instead of to standard output; never over evidence")


def verdict_codes(text: str) -> tuple[str, ...]:
    """Parse `CODE[,CODE]`: codes of verdicts."""
    from forensic.reasoning import verdict

    known = list(verdict.load())
    codes = tuple(code.strip() for code in text.split(","))
    for code in codes:
        if code not in known:
            raise ArgumentTypeError(f"{code!r} is not a known verdict; verdicts are {', '.join(known)}")
    return codes


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 1e6:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 1 on")
    return seconds


def _memory(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    size = 0 if match is None else int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[(match[2] or "").upper()]
    if not 128 << 20 <= size <= 1 << 50:
        raise ArgumentTypeError(f"{text!r} is not a size of at least 128M, as 512M or 4G")
    return size


def positive(text: str) -> int:
    """Parse a number from 1."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:
        raise ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _width(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 80 <= int(text[:9]) <= 200:
        raise ArgumentTypeError(f"{text!r} is not a width from 80 to 200")
    return int(text)
