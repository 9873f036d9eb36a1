"""Output: standard streams that never fail silently, files that appear whole or not at all, and evidence that is never written to."""

from __future__ import annotations

import io
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from forensic.cli import interruption
from forensic.cli.outcome import Refused

if TYPE_CHECKING:
    from forensic.model import ImageReport
    from forensic.model.pair import ComparisonReport
    from forensic.reporting.checklist import Checklist
    from forensic.reporting.formats import Layout
    from forensic.reporting.progress import Progress


# Standard streams.


def open_standard_error() -> None:
    """Make sure that there is a standard error: after `2>&-` what is said there would go to standard output."""
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives


def escape_what_streams_cannot_write() -> None:
    """Let the standard streams write what their encoding lacks as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def settle() -> None:
    """Flush the standard streams; what they cannot take was said already, and may not change the exit code as the interpreter leaves."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(sentence: str) -> None:
    """Say one sentence on standard error."""
    from forensic.model import printable

    with suppress(OSError):  # the exit code stands, whoever reads
        print(f"forensic: {printable(sentence)}", file=sys.stderr)


def read_standard_input() -> bytes:
    """Return all of standard input; OSError where it is closed."""
    if sys.stdin is None:
        raise OSError("standard input is closed")
    return sys.stdin.buffer.read()


def progress(arguments: Namespace, title: str = "") -> AbstractContextManager[Progress | None]:
    """Return the progress to draw on standard error; of None where nobody watches."""
    if arguments.quiet or sys.stderr is None or not sys.stderr.isatty():
        return nullcontext()
    from forensic.reporting.progress import Progress

    return Progress(sys.stderr, title)


# Reports.


def write_reports(reports: Iterable[ImageReport], arguments: Namespace, sources: Sequence[str], *, count: int) -> None:
    """Write each of `count` reports as soon as it is there, in the format and to the place that were asked for."""
    from forensic.reporting import formats

    if arguments.format != "console":
        write_utf8()
    layout, pending = _layout(arguments, several=count > 1), list[str]()
    if arguments.output:
        write(formats.render(arguments.format, reports, layout), arguments.output, sources)
        return

    def followed() -> Iterator[ImageReport]:
        """Write what the report before was rendered to once the next one is asked for."""
        for number, report in enumerate(reports, 1):
            interruption.check()
            yield report
            if number < count:
                _flush(pending, last=False)

    for chunk in formats.render(arguments.format, followed(), layout):
        pending.append(chunk)
    _flush(pending, last=True)


def _flush(pending: list[str], *, last: bool) -> None:
    """Write a whole report, or nothing of it."""
    text = "".join(pending)
    pending.clear()
    with interruption.writing(last=last):
        _write_to_standard_output([text])


def write_on(text: str) -> None:
    """Write a part of what a long command says, as it comes."""
    with interruption.writing(last=False):
        _write_to_standard_output([text])


def write_checklists(reports: Iterable[ImageReport], arguments: Namespace, check: Callable[[ImageReport], Sequence[Checklist]]) -> None:
    """Write what an image builder sees of each report instead of all of it; with `-q` the reason alone."""
    from forensic.reporting.formats.console import checklist

    layout = _layout(arguments, several=len(arguments.sources) > 1)
    write((checklist.render(report, check(report), layout) for report in reports), arguments.output, arguments.sources)


def write_comparison(report: ComparisonReport, arguments: Namespace, sources: Sequence[str] | None = None) -> None:
    """Write a comparison in the format and to the place that were asked for; `sources` are what may not be written to."""
    from forensic.reporting import comparisons

    write_page(
        lambda layout: comparisons.render(arguments.format, report, layout), arguments, arguments.sources if sources is None else sources
    )


def write_page(render: Callable[[Layout], Iterable[str]], arguments: Namespace, sources: Sequence[str]) -> None:
    """Write one page, which `render` lays out, in the format and to the place that were asked for, whole or not at all."""
    if arguments.format != "console":
        write_utf8()
    chunks = render(_layout(arguments, several=False))
    if arguments.output:
        write(chunks, arguments.output, sources)
    else:
        _flush(list(chunks), last=True)


def write_utf8() -> None:
    """Let standard output speak UTF-8 whatever the terminal speaks, as what programs read must (RFC 8259, 8.1)."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _layout(arguments: Namespace, *, several: bool) -> Layout:
    from forensic.reporting.formats import PAPER_WIDTH, Layout

    terminal = not arguments.output and sys.stdout is not None and sys.stdout.isatty()
    return Layout(
        width=arguments.width or (_terminal_width() if terminal else PAPER_WIDTH),
        color=terminal and not arguments.no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        plain=not arguments.output and not (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf"),
        verbosity=-1 if arguments.quiet else min(arguments.verbose, 2),
        print_all=getattr(arguments, "print_all", False),
        several=several,
    )


def _terminal_width() -> int:
    from shutil import get_terminal_size

    return max(80, min(get_terminal_size().columns, 200))


# Text.

_PIECE = 512
"""Characters that are written at a time. Of more than its buffer holds, Python loses the rest when a signal comes while a pipe is full
(seen with 3.11)."""
_PARTIAL: set[Path] = set()
"""Files beside the outputs that are not finished yet."""


def write(chunks: Iterable[str], output: str | None = None, sources: Sequence[str] = ()) -> None:
    """Write to standard output as it comes, or to the file `output`, which appears whole or not at all.

    Refused where it cannot be written, and where `output` may be evidence: one of `sources`, or what looks like an image.
    """
    if output is None:
        text = "".join(chunks)
        with interruption.writing(last=True):
            _write_to_standard_output([text])
        return
    with _refusing(output):
        target = Path(output).resolve()
        _spare_evidence(output, target, sources)
        special = target.exists() and not target.is_file()
    if special:
        _write_to(output, target, chunks)  # a device or a pipe: nothing to replace
        return
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    _PARTIAL.add(partial)
    try:
        _write_to(output, partial, chunks)
        with _refusing(output), interruption.writing(last=True):
            partial.replace(target)
    finally:
        remove_partial_files()


def remove_partial_files() -> None:
    """Remove what was begun and not finished."""
    for partial in tuple(_PARTIAL):
        with suppress(OSError):  # a name that is too long was refused already
            partial.unlink(missing_ok=True)
        _PARTIAL.discard(partial)


def _write_to_standard_output(chunks: Iterable[str]) -> None:
    if sys.stdout is None:
        raise Refused("standard output is closed: there is nowhere to write; --output FILE or >/dev/null says where")
    for chunk in chunks:
        for at in range(0, len(chunk), _PIECE):
            with _refusing("standard output"):
                sys.stdout.write(chunk[at : at + _PIECE])
                sys.stdout.flush()


def _write_to(name: str, path: Path, chunks: Iterable[str]) -> None:
    with _refusing(name):
        file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        for chunk in chunks:
            interruption.check()
            with _refusing(name):
                file.write(chunk)
    finally:
        with _refusing(name):
            file.close()


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn what the system says against writing into one sentence; around the writing alone, so that it takes no error of ours."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused(f"{name}: cannot be written: {error.strerror}") from None
    except RuntimeError as error:  # what pathlib makes of a loop of links before Python 3.13
        raise Refused(f"{name}: cannot be written: {error}") from None


def _spare_evidence(output: str, target: Path, sources: Sequence[str]) -> None:
    """Refuse an output that may be evidence: a source, a file in a source directory, one that is write-protected, an image or no text."""
    from forensic.storage.url import is_url, local_path

    for source in sources:
        path = local_path(source) if is_url(source) else source
        if path is None:  # in a store, or on a web server
            continue
        real = Path(path).resolve()
        if target == real or real in target.parents or (target.exists() and real.exists() and target.samefile(real)):
            raise Refused(f"{output}: is, or lies in, the source {source}; evidence is never written to")
    if target.is_dir():
        raise Refused(f"{output}: is a directory")
    if target.is_file():
        try:
            with target.open("rb") as file:
                head = file.read(4096)
        except OSError as error:
            raise Refused(f"{output}: cannot be read before it is replaced: {error.strerror}") from None
        if not target.stat().st_mode & 0o222:
            raise Refused(f"{output}: exists and is write-protected; choose another name")
        if b"\0" in head or head.startswith(b"# Disk DescriptorFile"):  # the text part of a VMDK, which may be a source's parent
            raise Refused(f"{output}: exists and is not plain text, so it may be evidence; choose another name or remove it")
