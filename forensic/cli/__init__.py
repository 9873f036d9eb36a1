"""The command line: arguments, streams and exit codes, nothing else.

Whatever is not needed for `forensic --version` is imported where it is used.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import NoReturn, TextIO

    from forensic.model import ImageReport, InstallationReport
    from forensic.reporting.progress import Progress

FOUND_NOTHING, FOUND_BREACH, WRONG_USAGE, UNDETERMINED, NO_WINDOWS, UNREADABLE = range(6)
INTERNAL_ERROR, INTERRUPTED, PIPE_CLOSED = 70, 130, 141
RANKING = (UNREADABLE, FOUND_BREACH, UNDETERMINED, NO_WINDOWS, FOUND_NOTHING)
"""Exit codes over several sources: the first of these that occurred."""

EXPORTS = ("csv", "html", "timesketch", "case")
"""Formats with a module of that name in `forensic.reporting`."""

EXIT_CODES = """\
exit codes:
  0  examined; nothing found that policy forbids
  1  a violation or a suspected one was found (with --expect: not as expected)
  2  wrong usage, or the output could not be written
  3  examined but undetermined: evidence is missing
  4  no Windows installation found (a recovery environment is none)
  5  a source could not be read at all
With several sources the first of 5, 1, 3, 4, 0 that occurred. Active and
collected installations count; former ones (Windows.old, shadow copies) only
where a source holds no other. Interrupted: 130. A defect of this program: 70."""

OWN_CODES = {
    "show": "exit codes:\n  0  shown\n  2  wrong usage, or the output could not be written\n  5  a file could not be read or is no report",
    "verify": "exit codes:\n  0  the content has the stored hashes, or none are stored\n  1  it does not have them\n"
    "  2  wrong usage, or the output could not be written\n  5  the image could not be read at all",
    "explain": "exit codes:\n  0  explained\n  2  wrong usage, or there is no such name",
    "doctor": "exit codes:\n  0  all needed parts work\n  1  a needed part does not work\n  2  wrong usage",
}


def run() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - `2>&-`: else what is said would go to standard output
    try:
        code = main(sys.argv[1:])
    except Exception:  # noqa: BLE001 - 1, the code of an uncaught exception, says that a breach was found
        import traceback

        traceback.print_exc()
        code = INTERNAL_ERROR
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            continue  # that was said already, or nobody is there to hear it
    os._exit(code)  # all is written and closed: to take the interpreter apart would only cost time, a fifteenth of a triage


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        if list(arguments) == ["--version"]:
            from forensic import __version__

            _write([f"forensic {__version__}\n"], None, [])
            return 0
        _tolerate(sys.stdout)
        _tolerate(sys.stderr)
        parsed = _parser().parse_args(arguments)
        if getattr(parsed, "format", "console") != "console":
            _tolerate(sys.stdout, encoding="utf-8", newline="\n")  # JSON is UTF-8 whatever the terminal speaks (RFC 8259, 8.1)
        command: Callable[[argparse.Namespace], int] = parsed.command
        code = command(parsed)
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away, as `head` does. What is still buffered must not raise again when the interpreter leaves.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except _Refused as refused:
        _say(str(refused))
        return refused.code
    return code


class _Refused(Exception):
    """A command cannot be carried out; the sentence is for the person who gave it."""

    def __init__(self, sentence: str, code: int = WRONG_USAGE) -> None:
        super().__init__(sentence)
        self.code = code


def _say(sentence: str) -> None:
    from contextlib import suppress

    from forensic.model import printable

    with suppress(OSError):  # the exit code stands, whoever reads
        print(f"forensic: {printable(sentence)}", file=sys.stderr)


def _tolerate(stream: TextIO | None, encoding: str | None = None, newline: str | None = None) -> None:
    """Make a stream write what its encoding lacks as escapes, instead of failing."""
    import io

    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=encoding, errors="backslashreplace", newline=newline)


# The arguments.


def _parser() -> argparse.ArgumentParser:
    import argparse

    from forensic import __version__

    def formatter(prog: str) -> argparse.HelpFormatter:
        return argparse.RawDescriptionHelpFormatter(prog, width=78)  # else argparse imports shutil to ask the terminal

    def described(
        name: str, help_: str, description: str, examples: str, command: Callable[[argparse.Namespace], int]
    ) -> argparse.ArgumentParser:
        epilog = f"examples:\n{examples}\n\n{OWN_CODES.get(name, EXIT_CODES)}"
        parser = commands.add_parser(
            name,
            help=help_,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=formatter,
        )
        parser.set_defaults(command=command)
        return parser

    top = argparse.ArgumentParser(
        prog="forensic",
        description="Tells from disk images alone whether a Windows installation was duplicated\nwithout Sysprep.",
        epilog="examples:\n  forensic examine disk.E01\n  forensic examine --expect sealed-generalized template.vhdx\n"
        f"  forensic COMMAND --help\n\n{EXIT_CODES}",
        allow_abbrev=False,
        formatter_class=formatter,
    )
    top.add_argument("--version", action="version", version=f"forensic {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True, prog=top.prog)

    examine = described(
        "examine",
        "examine images or collected hives and print the report",
        "Examine each SOURCE and print its report: the verdict, the evidence, the\n"
        "identifiers and where each was read. A SOURCE is a disk image (raw, split raw,\n"
        "E01 or Ex01 by its first segment, VHD, VHDX, VMDK, QCOW2, VDI), a volume image,\n"
        "a directory or zip of collected hives, or a mounted Windows tree. Evidence is\n"
        "never written to.",
        "  forensic examine disk.E01\n  forensic examine -v --output report.txt disk.E01\n"
        "  forensic examine --depth triage --format jsonl /evidence/*.vhdx > all.jsonl\n"
        "  forensic examine --expect sealed-generalized template.vhdx  # a builder's gate",
        _examine,
    )
    examine.add_argument("sources", nargs="+", metavar="SOURCE")
    examine.add_argument(
        "--depth", choices=("triage", "full"), default="full", help="triage: what a first verdict needs; full: everything (default)"
    )
    examine.add_argument("--cross-check", action="store_true", help="read every decisive value with a second reader too")
    examine.add_argument(
        "--reproducible", action="store_true", help="no run times, no host names, no --stats: the same bytes from every run"
    )
    examine.add_argument("--strict", action="store_true", help="let an internal error end the program with its trace")
    examine.add_argument("--stats", action="store_true", help="state bytes read, read requests, seconds per stage, peak memory")
    examine.add_argument(
        "--expect",
        metavar="CODE[,CODE]",
        type=_codes,
        help="exit 0 when every installation that counts has one of these verdicts, 1 otherwise; 4 and 5 stay (nothing could be judged)",
    )
    _add_output(examine)

    show = described(
        "show",
        "render saved reports again; needs no image",
        "Render saved JSON reports again: one report, an array, or one per line.\nREPORT.json may be - for standard input.",
        "  forensic show report.json\n  forensic show -v all.jsonl\n  forensic examine --format json disk.E01 | forensic show -",
        _show,
    )
    show.add_argument("files", nargs="+", metavar="REPORT.json")
    _add_output(show)

    verify = described(
        "verify",
        "compute an image's hashes and compare them with the stored ones",
        "Read the whole content of IMAGE, compute its hashes and compare them with those\nthat the image carries.",
        "  forensic verify disk.E01\n  forensic verify --format json disk.E01",
        _verify,
    )
    verify.add_argument("image", metavar="IMAGE")
    verify.add_argument("--format", choices=("console", "json"), default="console", help="default: console")
    verify.add_argument("--output", metavar="FILE", help="write there instead of to standard output; never over evidence")
    verify.add_argument("-q", "--quiet", action="store_true", help="no progress; console: one line")

    explain = described(
        "explain",
        "print the page of a fact kind, a rule or a verdict",
        "Print what a fact kind, a rule or a verdict is, what changes it, what it rests\non. Without NAME: list all names.",
        "  forensic explain\n  forensic explain machine-sid\n  forensic explain relocated-not-generalized",
        _explain,
    )
    explain.add_argument("name", nargs="?", metavar="NAME")

    described(
        "doctor",
        "say which formats and parts work on this machine",
        "Try every library that this program uses and say what works here.",
        "  forensic doctor",
        _doctor,
    )
    return top


def _add_output(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command with reports has."""
    parser.add_argument(
        "--format",
        choices=("console", "json", "jsonl", *EXPORTS),
        default="console",
        help="default: console; csv: facts; timesketch: JSONL; case: CASE/UCO JSON-LD",
    )
    parser.add_argument("--output", metavar="FILE", help="write there instead of to standard output; never over evidence")
    parser.add_argument(
        "--width", type=_width, metavar="N", help="columns of the console report, 80 to 200 (default: the terminal's, else 100)"
    )
    parser.add_argument("--no-color", action="store_true", help="no colour; also NO_COLOR=1, TERM=dumb, or no terminal")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="no progress; console: one line per installation")
    loudness.add_argument("-v", "--verbose", action="store_true", help="console: every fact with its source, every gap, hives, volumes")


def _codes(text: str) -> tuple[str, ...]:
    from argparse import ArgumentTypeError

    from forensic.model import History

    known = [history.value for history in History]
    codes = tuple(code.strip() for code in text.split(","))
    for code in codes:
        if code not in known:
            raise ArgumentTypeError(f"{code!r} is no verdict; verdicts are {', '.join(known)}")
    return codes


def _width(text: str) -> int:
    from argparse import ArgumentTypeError

    if not text.isascii() or not text.isdigit() or not 80 <= int(text[:9]) <= 200:
        raise ArgumentTypeError(f"{text!r} is no width from 80 to 200")
    return int(text)


# The commands.


def _examine(arguments: argparse.Namespace) -> int:
    from forensic import examination

    codes: list[int] = []

    def reports() -> Iterator[ImageReport]:
        for source in arguments.sources:
            with _progress(arguments, source if len(arguments.sources) > 1 else "") as progress:
                report = examination.examine(
                    source,
                    depth=arguments.depth,
                    cross_check=arguments.cross_check,
                    reproducible=arguments.reproducible,
                    strict=arguments.strict,
                    stats=arguments.stats and not arguments.reproducible,
                    progress=progress,
                )
            yield report
            codes.append(exit_code(report, arguments.expect))

    _write(_rendered(reports(), arguments, several=len(arguments.sources) > 1), arguments.output, arguments.sources)
    return next(code for code in RANKING if code in codes)


def exit_code(report: ImageReport, expected: Sequence[str] | None = None) -> int:
    """Return the exit code that one report stands for; says why on standard error where it is not as `expected`."""
    if report.source.format == "unreadable":
        return UNREADABLE
    counting = _counting(report)
    if not counting:
        return NO_WINDOWS
    if expected is not None:
        unlike = [one for one in counting if one.verdict.history.value not in expected]
        for one in unlike:
            found = f"{one.id} is {one.verdict.history.value}: {one.verdict.summary}"
            _say(f"{report.source.path}: expected {' or '.join(expected)}, but {found}")
        return FOUND_BREACH if unlike else FOUND_NOTHING
    policies = {one.verdict.policy for one in counting}
    if policies & {"violation", "suspect"}:
        return FOUND_BREACH
    return UNDETERMINED if "undetermined" in policies else FOUND_NOTHING


def _counting(report: ImageReport) -> list[InstallationReport]:
    """Return the installations that the exit code speaks of."""
    whole = [one for one in report.installations if one.origin != "recovery" and one.earlier_state_of is None]
    return [one for one in whole if one.origin in ("active", "collection")] or whole


def _show(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from forensic.errors import Malformed
    from forensic.model import codec

    reports: list[ImageReport] = []
    for name in arguments.files:
        try:
            data = _standard_input() if name == "-" else Path(name).read_bytes()
            reports += codec.decode_all(data)
        except OSError as error:
            raise _Refused(f"{name}: cannot be read: {error.strerror or error}", UNREADABLE) from None
        except Malformed as error:
            raise _Refused(f"{name}: {error}", UNREADABLE) from None
    _write(_rendered(reports, arguments, several=len(reports) > 1), arguments.output, arguments.files)
    return 0


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise OSError("standard input is closed")
    return sys.stdin.buffer.read()


def _verify(arguments: argparse.Namespace) -> int:
    from forensic import examination
    from forensic.errors import ForensicError
    from forensic.reporting import verification

    try:
        with _progress(arguments) as progress:
            result = examination.verify(arguments.image, progress)
    except (ForensicError, OSError) as error:
        said = str(error)
        raise _Refused(said if said.startswith(arguments.image) else f"{arguments.image}: {said}", UNREADABLE) from None
    text = verification.render(arguments.image, result, as_json=arguments.format == "json", brief=arguments.quiet)
    _write([text], arguments.output, [arguments.image])
    return FOUND_BREACH if result["verdict"] == "mismatch" else 0


def _explain(arguments: argparse.Namespace) -> int:
    from forensic import artifacts
    from forensic.model import KINDS
    from forensic.reasoning import rule
    from forensic.reporting import explanation

    pages = explanation.pages(KINDS, artifacts.load(), rule.load())
    if arguments.name is None:
        _write([explanation.contents(pages)], None, [])
        return 0
    page = pages.get(arguments.name)
    if page is None:
        raise _Refused(explanation.unknown(arguments.name, pages))
    _write([page.text], None, [])
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from forensic import __version__
    from forensic.containers.formats import OPENED
    from forensic.reporting import diagnosis

    parts = diagnosis.diagnose(__version__, OPENED)
    _write([diagnosis.render(parts, OPENED)], None, [])
    return 0 if diagnosis.sound(parts) else 1


# The streams.


def _progress(arguments: argparse.Namespace, title: str = "") -> AbstractContextManager[Progress | None]:
    from contextlib import nullcontext

    if arguments.quiet or sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    from forensic.reporting.progress import Progress

    return Progress(sys.stderr, title)


def _rendered(reports: Iterable[ImageReport], arguments: argparse.Namespace, *, several: bool) -> Iterator[str]:
    """Render each report as soon as it is there."""
    if arguments.format == "jsonl":
        for report in reports:
            yield report.to_json(indent=None) + "\n"
    elif arguments.format == "json":
        if several:
            yield from _array(reports)
        else:
            for report in reports:
                yield report.to_json() + "\n"
    elif arguments.format in EXPORTS:
        from importlib import import_module

        yield from import_module(f"forensic.reporting.{arguments.format}").render(reports)
    else:
        yield from _printed(reports, arguments, several=several)


def _array(reports: Iterable[ImageReport]) -> Iterator[str]:
    from textwrap import indent

    lead = "[\n"
    for report in reports:
        yield lead + indent(report.to_json(), "  ")
        lead = ",\n"
    yield "\n]\n"


def _printed(reports: Iterable[ImageReport], arguments: argparse.Namespace, *, several: bool) -> Iterator[str]:
    from forensic.reporting import console

    terminal = not arguments.output and sys.stdout is not None and sys.stdout.isatty()
    width = arguments.width or (_terminal_width() if terminal else console.PAPER_WIDTH)
    color = terminal and not arguments.no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    plain = not arguments.output and not (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    verbosity = -1 if arguments.quiet else int(arguments.verbose)
    seen: list[str] = []  # of each report its line or two of the overview: there may be thousands
    for report in reports:
        lead = "\n\n" if seen else ""
        yield lead + console.render(report, width=width, color=color, verbosity=verbosity, plain=plain)
        if several and verbosity >= 0:
            seen.append(console.summary(report, width=width, color=color, plain=plain))
    if seen:
        yield "\n" + console.overview(seen, width=width, color=color, plain=plain)


def _terminal_width() -> int:
    from shutil import get_terminal_size

    return max(80, min(get_terminal_size().columns, 200))


def _write(chunks: Iterable[str], output: str | None, sources: Sequence[str]) -> None:
    """Write to standard output as it comes, or to a file that appears whole or not at all."""
    if output is None:
        if sys.stdout is None:
            raise _Refused("standard output is closed: there is nowhere to write; --output FILE or >/dev/null says where")
        try:
            for chunk in chunks:
                sys.stdout.write(chunk)
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _Refused(f"standard output cannot be written: {error.strerror}") from None
        return
    from pathlib import Path

    target = Path(output).resolve()
    _spare_evidence(output, target, sources)
    if target.exists() and not target.is_file():
        _write_to(output, target, chunks)  # a device or a pipe: nothing to replace
        return
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        _write_to(output, partial, chunks)
        partial.replace(target)
    except OSError as error:
        raise _Refused(f"{output}: cannot be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)


def _write_to(name: str, path: Path, chunks: Iterable[str]) -> None:
    try:
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            for chunk in chunks:
                file.write(chunk)
    except OSError as error:
        raise _Refused(f"{name}: cannot be written: {error.strerror}") from None


def _spare_evidence(output: str, target: Path, sources: Sequence[str]) -> None:
    """Refuse an output that may be evidence: a source, a file in a source directory, one that is write-protected, an image or no text."""
    for source in sources:
        real = type(target)(source).resolve()
        if target == real or real in target.parents or (target.exists() and real.exists() and target.samefile(real)):
            raise _Refused(f"{output}: is, or lies in, the source {source}; evidence is never written to")
    if target.is_dir():
        raise _Refused(f"{output}: is a directory")
    if target.is_file():
        try:
            with target.open("rb") as file:
                head = file.read(4096)
        except OSError as error:
            raise _Refused(f"{output}: cannot be read before it is replaced: {error.strerror}") from None
        if not target.stat().st_mode & 0o222:
            raise _Refused(f"{output}: exists and is write-protected; choose another name")
        if b"\0" in head or head.startswith(b"# Disk DescriptorFile"):  # the text part of a VMDK, which may be a source's parent
            raise _Refused(f"{output}: exists and is no plain text, so it may be evidence; choose another name or remove it")
