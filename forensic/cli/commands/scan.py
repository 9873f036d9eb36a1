"""scan: find every source below paths, examine what is new, keep what was learned in a catalog, and go on where a scan stopped."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from forensic.cli import archive, interruption, output
from forensic.cli.command import Command
from forensic.cli.options import add_limits
from forensic.cli.outcome import FOUND_NOTHING, SOME_FAILED, Refused

if TYPE_CHECKING:
    from forensic.batch.event import Event
    from forensic.batch.executor import Executor
    from forensic.batch.source_list import Listed
    from forensic.batch.summary import Summary
    from forensic.reporting.scan_progress import ScanProgress

GRAVE = 5
"""Images in breach, and suspected ones, that the closing words name where no line was written for each image."""
NAMED = 20
"""Failures and places that the closing words name."""


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("--catalog", required=True, metavar="URL", help="file of the catalog (made where there is none), or postgresql://…")
    parser.add_argument(
        "--from", dest="list", metavar="FILE", help="take the sources listed there: a path a line, or CSV; - is standard input"
    )
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="GLOB", help="leave out files and folders so called; may be repeated"
    )
    parser.add_argument("--tag", action="append", default=[], metavar="TEXT", help="keep this with each source; may be repeated")
    parser.add_argument(
        "--depth", choices=("triage", "full"), default="full", help="triage: what a first verdict needs; full: everything (default)"
    )
    parser.add_argument("--cross-check", action="store_true", help="read every decisive value with a second library too")
    parser.add_argument("--workers", type=_count, default=0, metavar="N", help="images at once (default: one for each processor)")
    parser.add_argument("--cluster", metavar="ADDRESS", help="examine on a Dask cluster, as tcp://host:8786, or local")
    add_limits(parser)
    parser.add_argument("--tries", type=_count, default=3, metavar="N", help="for a source that ends its reader (default: 3)")
    parser.add_argument("--nice", type=int, choices=range(20), default=0, metavar="N", help="let other programs go first, 0 to 19")
    parser.add_argument("--rejudge", action="store_true", help="judge stored reports by today's rules first; without PATH nothing else")
    archive.add_constants_option(parser)
    parser.add_argument(
        "--format", choices=("console", "jsonl"), default="console", metavar="FORMAT", help="console, or jsonl: each report as a line"
    )
    parser.add_argument("--on-finish", metavar="CMD", help="run this when it is over; the summary is JSON on its standard input")
    for name, what in (("case", "number or name of the case"), ("examiner", "who examines"), ("notes", "any text")):
        parser.add_argument(f"--{name}", metavar="TEXT", default="", help=f"{what}, kept in the reports")
    parser.add_argument("--stats", action="store_true", help="say what was read, which guard was on, and how many readers were ended")
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="no progress, no line for each image")
    loudness.add_argument("-v", "--verbose", action="count", default=0, help="a line for each image also on a terminal")


def _run(arguments: Namespace) -> int:
    from forensic.batch.guard import GuardMissing
    from forensic.batch.plan import Plan
    from forensic.batch.scan import scan
    from forensic.errors import ForensicError
    from forensic.model import Examination

    if not arguments.paths and arguments.list is None and not arguments.rejudge and arguments.constants is None:
        raise Refused("nothing to scan: give a PATH, or a list with --from")
    constants = None if arguments.constants is None else archive.constants(arguments.constants)
    _spare_evidence(arguments)
    if arguments.format == "jsonl":
        output.write_utf8()
    plan = Plan(
        workers=arguments.workers,
        depth=arguments.depth,
        cross_check=arguments.cross_check,
        timeout=arguments.timeout,
        memory=arguments.memory,
        tries=arguments.tries,
        nice=arguments.nice,
        require_guard=arguments.require_guard,
        about=Examination(command=arguments.given, case=arguments.case, examiner=arguments.examiner, notes=arguments.notes),
    )
    with interruption.noticed():
        try:
            with _Watcher(arguments) as watcher:
                summary = scan(
                    arguments.paths,
                    catalog=arguments.catalog,
                    executor=_executor(arguments.cluster),
                    listed=_listed(arguments.list),
                    exclude=arguments.exclude,
                    tags=arguments.tag,
                    rejudge=arguments.rejudge,
                    constants=constants,
                    watcher=watcher,
                    stop=interruption.has_come,
                    plan=plan,
                )
        except ForensicError as error:
            raise Refused(str(error)) from None
        except OSError as error:
            if arguments.cluster is None:
                raise
            raise Refused(f"--cluster {arguments.cluster}: {error}") from None
        except GuardMissing as error:
            raise Refused(f"--require-guard: {error}") from None
        _close(arguments, summary, watcher.grave)
    return FOUND_NOTHING if summary.is_whole else SOME_FAILED


def _spare_evidence(arguments: Namespace) -> None:
    """Refuse a catalog that lies in what is scanned."""
    from forensic.storage.url import is_url, local_path

    if "://" in arguments.catalog:
        return
    catalog = Path(os.path.realpath(arguments.catalog))
    for path in arguments.paths:
        local = local_path(path) if is_url(path) else path
        if local is not None and catalog.is_relative_to(os.path.realpath(local)):
            raise Refused(f"{arguments.catalog}: lies in {path}, which is scanned; evidence is never written to")


def _executor(address: str | None) -> Executor | None:
    if address is None:
        return None
    from forensic.batch.cluster import Cluster

    return Cluster(address)


def _listed(name: str | None) -> Iterator[Listed]:
    """Yield what a list names, as it comes."""
    from forensic.batch.source_list import NoList, read_list

    if name is None:
        return
    try:
        if name == "-":
            if sys.stdin is None:
                raise Refused("--from -: standard input is closed")
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
            yield from read_list(sys.stdin)
            return
        with Path(name).open(encoding="utf-8", errors="surrogateescape", newline="") as lines:
            yield from read_list(lines)
    except OSError as error:
        raise Refused(f"--from {name}: cannot be read: {error.strerror}") from None
    except NoList as error:
        raise Refused(f"--from {name}: {error}") from None


class _Watcher:
    """Shows a scan: progress on a terminal, otherwise a line for each image."""

    def __init__(self, arguments: Namespace) -> None:
        self._arguments, self._stack = arguments, ExitStack()
        self._progress: ScanProgress | None = None
        watched = not arguments.quiet and sys.stderr is not None and sys.stderr.isatty()
        if watched:
            from forensic.reporting.scan_progress import ScanProgress

            self._progress = ScanProgress(sys.stderr)
        interactive = watched and sys.stdout is not None and sys.stdout.isatty()
        self._lines = arguments.format == "console" and not arguments.quiet and (not interactive or bool(arguments.verbose))
        self.grave: dict[str, list[str]] = {"violation": [], "suspect": []}
        """By policy the first images that have it, where nothing else says which they are."""

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._stack.enter_context(self._progress)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def happened(self, event: Event) -> None:
        """Write a line, or a report."""
        from forensic.batch.event import Examined, Said
        from forensic.model import printable

        if isinstance(event, Said):
            output.say(event.sentence)
            return
        if isinstance(event, Examined):
            words, short = event.headline.words(), event.headline.short()
            self._remember(event.headline.policy, f"{event.job.path}: {words}")
            if self._arguments.format == "jsonl":
                from forensic.catalog.entry import json_of

                output.write_on(f"{json_of(event.entry.body)}\n")
        else:
            words = short = f"{'FAILED, is tried again' if event.again else 'FAILED'}: {event.reason}"
        line = f"{event.job.path}: {words}"
        if self._progress is not None:
            self._progress.found(f"{Path(event.job.path).name or event.job.path}: {short}")
        if self._lines:
            output.write_on(f"{printable(line)}\n")

    def _remember(self, policy: str, line: str) -> None:
        if not self._lines and len(some := self.grave.get(policy, [])) < GRAVE and policy in self.grave:
            some.append(line)

    def progressed(self, summary: Summary) -> None:
        """Draw how far it is."""
        if self._progress is None:
            return
        if summary.rejudging:
            self._progress.show(summary.rejudged, summary.rejudged + summary.rejudging, "judging stored reports by today's rules")
            return
        done = summary.done + summary.failed
        words = [f"{summary.rate:.1f}/s" if summary.seconds > 1 and done else "", *_found(summary)]
        words += [f"{summary.failed} failed"] * bool(summary.failed) + [
            _size(summary.bytes_read) + " read",
            *["searching"] * summary.searching,
            *["comparing"] * summary.comparing,
        ]
        self._progress.show(done, done + summary.waiting, ", ".join(filter(None, words)))


def _found(summary: Summary) -> list[str]:
    return [f"{summary.policies[code]} {word}" for code, word in _POLICIES.items() if summary.policies.get(code)]


_POLICIES = {
    "violation": "in breach",
    "suspect": "suspected",
    "undetermined": "undetermined",
    "compliant": "compliant",
    "none-found": "with nothing found",
    "none": "without a Windows",
}
"""Policy of an image -> what is counted, in words."""


def _close(arguments: Namespace, summary: Summary, grave: Mapping[str, list[str]]) -> None:
    """Say what was done and what is next, and run what is to be run then."""
    text = "".join(f"{line}\n" for line in _words(arguments, summary, [*grave["violation"], *grave["suspect"]][:GRAVE]))
    if arguments.format == "jsonl":
        print(text, end="", file=sys.stderr)
    else:
        output.write_on(text)
    if arguments.on_finish:
        import msgspec

        told = subprocess.run(arguments.on_finish, shell=True, input=msgspec.json.encode(summary), check=False)  # noqa: S602  the user's own command
        if told.returncode:
            output.say(f"--on-finish: {arguments.on_finish} ended with exit code {told.returncode}")


def _words(arguments: Namespace, summary: Summary, grave: Sequence[str]) -> Iterator[str]:
    from forensic.catalog.location import without_password
    from forensic.model import printable

    catalog = without_password(arguments.catalog)
    found = ", ".join(_found(summary))
    if arguments.rejudge:
        judged = _counted(summary.rejudged, "stored report was", "stored reports were", "judged by today's rules")
        yield judged if summary.rejudged or summary.stopped else "all stored reports are judged by today's rules already"
    searched = bool(arguments.paths) or arguments.list is not None
    none = searched and not (summary.done or summary.unchanged or summary.failed or summary.set_aside_before or summary.stopped)
    if searched:
        yield (
            "nothing to examine was found there"
            if none
            else f"{summary.done} examined in {summary.seconds:.0f} s{f': {found}' if found else ''}"
        )
    if grave and not arguments.quiet:
        yield from (f"  {printable(line)}" for line in grave)
        if (more := summary.policies.get("violation", 0) + summary.policies.get("suspect", 0) - len(grave)) > 0:
            yield f"  and {more} more in breach or suspected"
    if summary.unchanged:
        yield f"{summary.unchanged} unchanged since they were examined"
    if summary.failed:
        yield f"{summary.failed} failed:"
        yield from (f"  {printable(f'{one.path}: {one.reason}')}" for one in summary.failures[:NAMED])
        if summary.failed > NAMED:
            yield f"  and {summary.failed - NAMED} more"
    if summary.set_aside_before:
        again = f"forensic catalog retry-failed --catalog {shlex.quote(catalog)}"
        yield f"{summary.set_aside_before} failed before, and are as they were: {again}"
    lost = [place for place in summary.left_out if place.lost or arguments.verbose]
    yield from (f"not searched: {printable(f'{place.path}: {place.what}')}" for place in lost[:NAMED])
    more = len(summary.left_out) + summary.left_out_more - len(lost[:NAMED])
    if more:
        named = "" if arguments.verbose else ": -v names them"
        yield f"{more} places left out (links, archives that are not opened, second names of one file){named}"
    if arguments.stats:
        yield from _stats(summary)
    if summary.stopped:
        if summary.rejudging:
            saved = f"What was judged is saved; {_counted(summary.rejudging, 'stored report waits', 'stored reports wait')}."
        else:
            yet = ", and not all were found yet" if summary.searching else ""
            is_saved = "What was examined is saved"
            if summary.unsaved:
                is_saved = f"{_counted(summary.unsaved, 'result', 'results')} could not be saved; what was saved before stays"
            saved = f"{is_saved}; {_counted(summary.waiting, 'source waits', 'sources wait')}{yet}."
        yield f"Stopped: {printable(summary.stopped)}. {saved} This goes on from there:"
        yield f"  {printable(shlex.join(arguments.given))}"
    elif not none:
        if summary.grouped:
            yield _counted(summary.grouped, "installation is", "installations are", "related to others in the catalog")
        yield f"Next: forensic groups --catalog {shlex.quote(catalog)}"


def _counted(count: int, one: str, many: str, rest: str = "") -> str:
    return f"{count} {one if count == 1 else many}{f' {rest}' if rest else ''}"


def _stats(summary: Summary) -> Iterator[str]:
    yield f"read {_size(summary.bytes_read)} in {summary.requests} reads; {summary.rate:.2f} sources a second"
    if summary.network_requests:
        yield f"over the network {_size(summary.network_bytes)} in {summary.network_requests} requests, without listings"
    yield f"{summary.compared} states compared"
    yield f"readers: {summary.children} started, {summary.killed} ended before their time"
    yield from (f"guard: {part.name} {'on' if part.on else 'OFF'}: {part.detail}" for part in summary.guard)


def _size(count: int) -> str:
    from forensic.reporting.wording import short_size

    return short_size(count)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1024:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to 1024")
    return int(text)


COMMAND = Command(
    name="scan",
    position=11,
    title="examine everything below folders into a catalog; go on where it stopped",
    description="Find every source below each PATH (images by their first segment, archives,\n"
    "folders of collected files), examine what is new or has changed, and store the\n"
    "reports in the catalog. Whatever ends a scan, the same command goes on. Each\n"
    "source is read by a guarded process with a time-out and a memory limit.",
    examples="  forensic scan /evidence --catalog archive.db\n"
    "  forensic scan --from images.csv --tag seized --catalog archive.db\n"
    "  forensic scan --rejudge --catalog archive.db",
    exit_codes="exit codes:\n"
    "  0  finished, whatever was found\n"
    "  2  wrong usage, or the catalog cannot be used\n"
    "  6  some sources failed, or folders could not be searched; or it stopped\n"
    "     before its end: the last lines say why\n"
    "Interrupted: 130 (SIGTERM 143, SIGHUP 129); what was stored stays.",
    run=_run,
    add_arguments=_add_arguments,
)
