"""Binding: what belongs together in one report, decided here and nowhere else, from stated facts alone.

The sources propose installations by where their files lie; whether the hives, copies and logs of one belong to it is a question of what
they say. An earlier state (RegBack, the repair folder, a shadow copy, Windows.old) is linked to its installation by id.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.model import ImageReport, InstallationReport


def earlier_states_of(report: ImageReport, one: InstallationReport) -> Iterator[InstallationReport]:
    """Yield the installations of `report` that tell of `one` at other times, in the order of the report.

    These are the earlier copies of its registry and its shadow copies, which name it, and for an active installation the Windows.old on the
    same volume: an upgrade leaves that, and a new installation beside an old one too.
    """
    for other in report.installations:
        beside = other.origin == "old" and other.earlier_state_of is None and other.volume == one.volume and one.origin == "active"
        if other is not one and (other.earlier_state_of == one.id or beside):
            yield other
