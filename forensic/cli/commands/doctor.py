"""doctor: what works on this machine."""

from __future__ import annotations

from argparse import Namespace

from forensic.cli import output
from forensic.cli.command import Command


def _run(_: Namespace) -> int:
    from forensic import __version__
    from forensic.containers.formats import READ
    from forensic.reporting import diagnosis

    parts = diagnosis.diagnose(__version__, READ)
    output.write([diagnosis.render(parts, READ)])
    return 0 if diagnosis.sound(parts) else 1


COMMAND = Command(
    name="doctor",
    position=6,
    title="say which formats and parts work on this machine",
    description="Try every library that this program uses and say what works here.",
    examples="  forensic doctor",
    exit_codes="exit codes:\n  0  all needed parts work\n  1  a needed part does not work\n  2  wrong usage",
    run=_run,
)
