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
    output.write([diagnosis.render(parts, READ, _guard())])
    return 0 if diagnosis.sound(parts) else 1


def _guard() -> list[tuple[str, bool, str]]:
    """Return each part of the guard, whether it is on in a process that was just started to try it, and what it does; or why not."""
    try:
        from forensic.batch.trial import tried

        return [(part.name, part.on, part.detail) for part in tried()]
    except (ImportError, OSError) as error:  # a library is missing, which the parts name
        return [("guard", False, f"cannot be tried here: {error}")]


COMMAND = Command(
    name="doctor",
    position=6,
    title="say which formats and parts work on this machine",
    description="Try every library that this program uses and say what works here.",
    examples="  forensic doctor",
    exit_codes="exit codes:\n  0  all needed parts work\n  1  a needed part does not work\n  2  wrong usage",
    run=_run,
)
