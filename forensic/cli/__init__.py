"""The command line: arguments, streams and exit codes, thin over the library.

One file for each command lies in `commands`; `parser` builds their arguments, `output` writes what they print, `outcome` says what the
exit codes mean. A command imports the rooms that it uses when it runs, so that `forensic --help` stays quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from forensic.cli import interruption, output
from forensic.cli.outcome import INTERNAL_ERROR, PIPE_CLOSED, Refused


def run() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    output.open_standard_error()
    try:
        interruption.install()
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # where nothing had begun, or everything was done
        sys.exit(_interrupted())
    except Exception:  # noqa: BLE001 - 1, the code of an uncaught exception, says that a breach was found
        import traceback

        with suppress(OSError):  # the exit code stands, whoever reads
            traceback.print_exc()
        sys.exit(INTERNAL_ERROR)
    finally:
        interruption.over()
        output.settle()


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; SystemExit where argparse ends the program (`--help`, wrong usage)."""
    from forensic.cli.parser import build_parser

    try:
        output.escape_what_streams_cannot_write()
        parser = build_parser()
        parsed = parser.parse_args(arguments)
        parsed.given, parsed.parser = ("forensic", *arguments), parser
        code: int = parsed.run(parsed)
        interruption.check()
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:  # the reader went away, as `head` does
        return PIPE_CLOSED
    except Refused as refused:
        output.say(str(refused))
        return refused.code
    except Exception:
        if interruption.has_come():  # native code made an error of the interrupt
            return _interrupted()
        raise
    return code


def _interrupted() -> int:
    """Clean up, say so, and return the exit code."""
    code, word = interruption.came()
    interruption.over()
    output.remove_partial_files()
    output.say(word)
    return code
