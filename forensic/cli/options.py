"""Options that several commands have, and what they accept."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError

from forensic.reporting import formats

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


def _width(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 80 <= int(text[:9]) <= 200:
        raise ArgumentTypeError(f"{text!r} is not a width from 80 to 200")
    return int(text)
