"""Options that several commands have, and what they accept."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError

from forensic.reporting import formats


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


def positive(text: str) -> int:
    """Parse a number from 1."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:
        raise ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _width(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 80 <= int(text[:9]) <= 200:
        raise ArgumentTypeError(f"{text!r} is not a width from 80 to 200")
    return int(text)
