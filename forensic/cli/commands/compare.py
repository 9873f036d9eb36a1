"""compare: the relation of every pair of states, when they parted, what collides, and the family tree."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensic.cli import interruption, output
from forensic.cli.command import Command
from forensic.cli.options import add_key_options, add_layout_options, add_output_option, keys_of
from forensic.cli.outcome import FOUND_BREACH, FOUND_NOTHING, NO_WINDOWS, UNDETERMINED, UNREADABLE, first_in_rank
from forensic.reporting import comparisons

if TYPE_CHECKING:
    from forensic.model import ImageReport
    from forensic.model.pair import ComparisonReport
    from forensic.volumes.volume_key import VolumeKey

_SAVED = (b"{", b"[")
"""How a saved JSON report begins; no image does."""


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", action=_TwoSources)
    parser.add_argument(
        "--format", choices=comparisons.names(), metavar="FORMAT", default="console", help=f"{', '.join(comparisons.names())}"
    )
    parser.add_argument("--reproducible", action="store_true", help="the same bytes from every run")
    add_key_options(parser)
    add_output_option(parser)
    parser.add_argument("--print-all", action="store_true", help="html: open what is folded away, also on paper")
    add_layout_options(parser)


class _TwoSources(Action):
    """Takes two sources or more, or one file of saved reports, which may hold several."""

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, _: str | None = None) -> None:
        """Keep the sources, or end with the usage."""
        if len(values) < 2 and not _is_saved(values[0]):
            parser.error("two sources are needed, or a file of saved reports")
        setattr(namespace, self.dest, values)


def _run(arguments: Namespace) -> int:
    from forensic.comparison import compare

    unread: list[str] = []
    reports = list(_reports(arguments, keys_of(arguments), unread))
    compared = compare(reports)
    interruption.check()
    output.write_comparison(compared, arguments)
    unread += [f"{report.source.path}: {report.problems[0].what}" for report in reports if report.source.format == "unreadable"]
    for sentence in unread:
        output.say(sentence)
    return first_in_rank([*_codes(compared), *[UNREADABLE] * bool(unread)])


def _reports(arguments: Namespace, keys: Sequence[VolumeKey], unread: list[str]) -> Iterator[ImageReport]:
    """Yield the report of each source: loaded where a saved one was given, else made at full depth, which a comparison needs.

    A saved one that cannot be read keeps nobody from comparing the others: the sentence about it goes to `unread`.
    """
    from forensic import examination
    from forensic.errors import Malformed
    from forensic.model import codec

    for source in arguments.sources:
        if _is_saved(source):
            try:
                yield from codec.decode_all(Path(source).read_bytes())
            except OSError as error:
                unread.append(f"{source}: cannot be read: {error.strerror or error}")
            except Malformed as error:
                unread.append(f"{source}: {error}")
            continue
        with output.progress(arguments, source) as progress:
            yield examination.examine(source, reproducible=arguments.reproducible, keys=keys, progress=progress)


def _is_saved(source: str) -> bool:
    path = Path(source)
    if path.suffix.lower() not in (".json", ".jsonl") or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_SAVED)
    except OSError:  # whoever examines it says why
        return False


def _codes(compared: ComparisonReport) -> list[int]:
    codes: list[int] = []
    policies = {pair.policy for pair in compared.pairs}
    if policies & {"violation", "suspect"}:
        codes.append(FOUND_BREACH)
    if "undetermined" in policies or compared.problems:
        codes.append(UNDETERMINED)
    codes.append(FOUND_NOTHING if len(compared.sources) > 1 else NO_WINDOWS)
    return codes


COMMAND = Command(
    name="compare",
    position=2,
    title="compare images: one lineage or not, two machines or one, when they parted",
    description="Compare the installations of each SOURCE: their relation, whether Sysprep ran\n"
    "between, when they parted, what collides; of three and more the family tree.\n"
    "A SOURCE is what examine takes, or a saved JSON report (made at full depth).",
    examples="  forensic compare office-01.E01 office-02.vhdx\n"
    "  forensic compare a.json b.json c.E01\n"
    "  forensic compare --format html --output comparison.html *.json",
    exit_codes="exit codes:\n"
    "  0  compared; nothing found that policy forbids\n"
    "  1  a violation or a suspected one was found\n"
    "  2  wrong usage, or the output could not be written\n"
    "  3  a pair is undetermined, or evidence is known to be missing\n"
    "  4  fewer than two Windows installations were found\n"
    "  5  a source could not be read at all",
    run=_run,
    add_arguments=_add_arguments,
)
