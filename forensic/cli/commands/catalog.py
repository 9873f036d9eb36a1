"""catalog: keeping an archive: what is forgotten, merged, examined again, tried again and checked."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from forensic.cli import archive, output
from forensic.cli.command import Command
from forensic.cli.options import add_output_option
from forensic.cli.outcome import FOUND_BREACH, FOUND_NOTHING, NO_WINDOWS, UNREADABLE, Refused

if TYPE_CHECKING:
    from forensic.catalog.record import Finding

Act = Callable[[Namespace], int]


def _add_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True, prog=parser.prog)

    def action(name: str, what: str, act: Act, examples: str) -> ArgumentParser:
        made = actions.add_parser(
            name,
            help=what,
            description=f"{what[:1].upper()}{what[1:]}.",
            epilog=f"examples:\n{examples}",
            allow_abbrev=False,
            formatter_class=RawDescriptionHelpFormatter,
        )
        archive.add_catalog_option(made)
        made.set_defaults(act=act)
        return made

    example = "  forensic catalog {} --catalog archive.db{}"
    status = action("status", "say how far the work is, and what was found", _status, example.format("status", ""))
    status.add_argument("--failures", action="store_true", help="list the sources that could not be examined, with the reason of each")
    forget = action("forget", "remove images, and all that is known of them", _forget, example.format("forget", " /evidence/old-case"))
    forget.add_argument("paths", nargs="+", type=_forgettable, metavar="PATH", help="of an image, or of a folder or bucket: all below it")
    merge = action("merge", "take another catalog into this one", _merge, example.format("merge", " laptop.db"))
    merge.add_argument("other", metavar="OTHER", help="path or URL of the other catalog; it stays as it is")
    stale = action(
        "stale", "list reports that older artifacts made; the next scan examines those images again", _stale, example.format("stale", "")
    )
    stale.add_argument("--format", choices=("console", "csv", "jsonl"), default="console", metavar="FORMAT", help="console, csv, jsonl")
    stale.add_argument("--limit", type=archive.count, metavar="COUNT", help="list so many at most")
    add_output_option(stale)
    retry = action("retry-failed", "let the next scan try failed sources again", _retry, example.format("retry-failed", ""))
    retry.add_argument("paths", nargs="*", type=_path, metavar="PATH", help="only these, or all below them")
    check = action("check", "check the database, and compare its counts with what it holds", _check, example.format("check", ""))
    check.add_argument("--repair", action="store_true", help="set right what can be set right without loss")
    check.add_argument("--reports", action="store_true", help="read every report too")
    report = action(
        "report", "print the stored report of an image as JSON", _report, example.format("report", " disk.E01 | forensic show -")
    )
    report.add_argument("path", type=_path, metavar="PATH", help="of the image, as it was examined")
    add_output_option(report)


def _path(text: str) -> str:
    """Parse a path: an empty one would be above every other."""
    if not text.strip():
        raise ArgumentTypeError("an empty PATH names no image")
    return text


def _forgettable(text: str) -> str:
    """Parse a path below which all is removed."""
    from forensic.catalog.key import is_root

    if is_root(_path(text)):
        raise ArgumentTypeError(f"{text!r} is the root of everything: name folders below it; to forget all, scan into a new catalog")
    return text


def _run(arguments: Namespace) -> int:
    act: Act = arguments.act
    return act(arguments)


def _status(arguments: Namespace) -> int:
    with archive.catalog(arguments.catalog) as catalog:
        counts = catalog.counts()
        found = ", ".join(f"{count:,} {policy}" for policy, count in counts.policies.items()) or "nothing yet"
        lines = [
            f"examined {counts.done:,}   waiting {counts.waiting:,}   being examined {counts.leased:,}   failed {counts.failed:,}",
            f"images by their gravest installation: {found}",
            f"installations {counts.states:,}   not compared yet {counts.uncompared:,}",
            f"pairs judged {counts.pairs:,}   candidates not judged {counts.unjudged:,}",
        ]
        if arguments.failures:
            for one in catalog.store.failures():
                state = "set aside" if one.quarantined else "to be tried again"
                lines.append(f"{one.path}: {one.reason} ({one.tries} tries, last {one.last}; {state})")
    output.write([_harmless(line) for line in lines])
    return FOUND_NOTHING


def _forget(arguments: Namespace) -> int:
    with archive.catalog(arguments.catalog) as catalog:
        count = catalog.store.forget(arguments.paths)
    output.say(f"{count} images forgotten")
    return FOUND_NOTHING if count else NO_WINDOWS


def _merge(arguments: Namespace) -> int:
    from forensic.catalog.merging import merge

    with archive.catalog(arguments.other) as other, archive.catalog(arguments.catalog, must_exist=False) as catalog:
        if other.store.url == catalog.store.url:
            raise Refused("the two catalogs are one")
        merged = merge(catalog.store, other.store)
        compared = catalog.judge_pending()
    output.say(
        f"{merged.taken} images taken, {merged.same} are the same, {merged.older} are here as they were examined later,"
        f" {merged.waiting} wait to be examined, {merged.damaged} damaged; {merged.pairs} pairs taken, {compared} installations compared"
    )
    return FOUND_NOTHING


def _stale(arguments: Namespace) -> int:
    with archive.catalog(arguments.catalog) as catalog:
        lines = list(_stale_lines(arguments, catalog.stale()))
    if arguments.format != "console":
        output.write_utf8()
    output.write(lines, arguments.output, [arguments.catalog])
    return FOUND_NOTHING


def _stale_lines(arguments: Namespace, found: Iterator[tuple[str, dict[str, tuple[int, int]]]]) -> Iterator[str]:
    from forensic.reporting.formats.csv import BOM, lines

    if arguments.format == "csv":
        yield BOM + lines([("source", "artifacts")])
    for number, (path, artifacts) in enumerate(found):
        if arguments.limit is not None and number >= arguments.limit:
            return
        if arguments.format == "jsonl":
            made = {"source": path.encode("utf-8", "backslashreplace").decode(), "artifacts": artifacts}
            yield json.dumps(made) + "\n"
        elif arguments.format == "csv":
            yield lines([(path, " ".join(artifacts))])
        else:
            said = ", ".join(f"{name} {then} -> {now}" if then else f"{name} is new" for name, (then, now) in artifacts.items())
            yield _harmless(f"{path}: {said}")


def _retry(arguments: Namespace) -> int:
    with archive.catalog(arguments.catalog) as catalog:
        count = catalog.retry_failed(arguments.paths)
    output.say(f"{count} sources are tried again by the next scan")
    return FOUND_NOTHING


def _check(arguments: Namespace) -> int:
    found, left = _found_by_check(arguments)
    said = [f"{one.count} {one.what} ({one.name}{'' if one.name in left else ', set right'})" for one in found]
    if "damaged" in left:
        said.append(
            "restore both files of the catalog from a backup, or scan again into a new catalog;"
            " `forensic catalog merge` takes into it what another catalog has"
        )
    output.write([_harmless(line) for line in said] or ["nothing is wrong\n"])
    return FOUND_BREACH if left else FOUND_NOTHING


def _found_by_check(arguments: Namespace) -> tuple[list[Finding], set[str]]:
    """Return what is wrong, and the names of what is wrong still; of a catalog that cannot be opened for damage what its files tell."""
    from forensic.catalog.catalog import open_catalog
    from forensic.catalog.opening import damage_of
    from forensic.errors import ForensicError

    try:
        with open_catalog(arguments.catalog, must_exist=True) as catalog:
            found = catalog.check(repair=arguments.repair, reports=arguments.reports)
            return found, {one.name for one in (catalog.check(reports=arguments.reports) if arguments.repair else found)}
    except ForensicError as error:
        damaged = damage_of(arguments.catalog, error)
        if not damaged:
            raise Refused(str(error), UNREADABLE) from None
        return damaged, {one.name for one in damaged}


def _report(arguments: Namespace) -> int:
    with archive.catalog(arguments.catalog) as catalog:
        text = catalog.report_json(arguments.path)
    if text is None:
        raise Refused(f"{arguments.catalog}: has no report of {arguments.path}", NO_WINDOWS)
    output.write_utf8()
    output.write([text, "\n"], arguments.output, [arguments.catalog])
    return FOUND_NOTHING


def _harmless(line: str) -> str:
    from forensic.model import printable

    return f"{printable(line)}\n"


COMMAND = Command(
    name="catalog",
    position=14,
    title="keep an archive: status, forget, merge, stale, retry-failed, check, report",
    description="Keep a catalog that scan made. Each ACTION has its own --help.",
    examples="  forensic catalog status --catalog archive.db --failures\n"
    "  forensic catalog forget --catalog archive.db /evidence/old-case\n"
    "  forensic catalog merge --catalog archive.db laptop.db\n"
    "  forensic catalog check --catalog archive.db",
    exit_codes="exit codes:\n"
    "  0  done; check: nothing is wrong\n"
    "  1  check: something is wrong, and is still\n"
    "  2  wrong usage, or the output could not be written\n"
    "  4  forget, report: the catalog has no such image\n"
    "  5  the catalog could not be read",
    run=_run,
    add_arguments=_add_arguments,
)
