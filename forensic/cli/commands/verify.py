"""verify: the hashes of an image's content beside those that it carries."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from forensic.cli import output
from forensic.cli.command import Command
from forensic.cli.options import add_output_option
from forensic.cli.outcome import FOUND_BREACH, FOUND_NOTHING, UNREADABLE, Refused


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE")
    parser.add_argument("--format", choices=("console", "json"), default="console", help="default: console")
    add_output_option(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress; console: one line")


def _run(arguments: Namespace) -> int:
    from forensic import examination
    from forensic.errors import ForensicError
    from forensic.reporting import verification
    from forensic.storage.url import shown

    name = shown(arguments.image)
    try:
        with output.progress(arguments) as progress:
            result = examination.verify(arguments.image, progress)
    except (ForensicError, OSError) as error:
        said = str(error)
        raise Refused(said if said.startswith(name) else f"{name}: {said}", UNREADABLE) from None
    if arguments.format == "json":
        output.write_utf8()
    text = verification.render(name, result, as_json=arguments.format == "json", brief=arguments.quiet)
    output.write([text], arguments.output, [arguments.image])
    return FOUND_BREACH if result["verdict"] == "mismatch" else FOUND_NOTHING


COMMAND = Command(
    name="verify",
    position=4,
    title="compute an image's hashes and compare them with the stored ones",
    description="Read the whole content of IMAGE, a path or a URL, compute its hashes and\ncompare them with those that the image carries.",
    examples="  forensic verify disk.E01\n  forensic verify --format json disk.E01",
    exit_codes="exit codes:\n"
    "  0  the content has the stored hashes, or none are stored\n"
    "  1  it does not have them\n"
    "  2  wrong usage, or the output could not be written\n"
    "  5  the image could not be read at all",
    run=_run,
    add_arguments=_add_arguments,
)
