r"""Control set: the tree of settings in SYSTEM from which Windows starts; a hive has several, and `Select` says which was in use.

| Value of the key `Select` | Tells |
|---|---|
| `Current` | number of the set of the running, or last running, system |
| `Default` | number of the set for the next start |
| `LastKnownGood` | number of the set of the last start at which somebody logged on |
| `Failed` | number of the set that was given up; not read |

The set with the number 1 is the key `ControlSet001`. Source: Microsoft, "What are Control Sets? What is CurrentControlSet?" (KB 100010).
"""

from __future__ import annotations

import re

from forensic.errors import ForensicError, NotFound
from forensic.registry.hive import Hive

_CONTROL_SET = re.compile(r"ControlSet(\d{3})", re.IGNORECASE)
_CHOICES = ("Current", "Default", "LastKnownGood")


def control_set_names(system: Hive) -> list[str]:
    """Return the names of all control sets of a SYSTEM hive, in order."""
    return sorted(key.name for key in system.root.keys() if _CONTROL_SET.fullmatch(key.name))


def current_control_set(system: Hive) -> str:
    """Return the name of the control set that was in use; the first one where `Select` names none that is there; NotFound without any."""
    names = {name.lower(): name for name in control_set_names(system)}
    for choice in _CHOICES:
        number = _select(system, choice)
        if number is not None and f"controlset{number:03}" in names:
            return names[f"controlset{number:03}"]
    if not names:
        raise NotFound("the SYSTEM hive has no control set", code="no-key")
    return min(names.values())


def _select(system: Hive, choice: str) -> int | None:
    try:
        return system.key("Select").value(choice).number()
    except ForensicError:
        return None  # the next choice, or the first control set, serves
