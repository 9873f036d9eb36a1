"""The computer's names, in every control set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.key import Key

NameRole = Literal["configured", "active", "hostname", "nv-hostname"]


class ComputerName(msgspec.Struct, frozen=True):
    """One name and what it serves for."""

    name: str
    role: NameRole
    control_set: int | None = None


COMPUTER_NAME = Kind(
    "computer-name",
    ComputerName,
    "Computer name: NetBIOS and DNS host names, as configured in each control set",
    origin=Origin.CHOSEN,
    renews={
        Change.SETUP: always(Basis.UNVERIFIED),
        Change.SPECIALIZE: always(Basis.SOURCED, "4sysops.com, Why Sysprep is an obligatory Windows deployment tool (part 1)"),
        Change.RENAME: always(Basis.UNVERIFIED),
    },
    claims=(
        Claim(
            "Sysprep drops the name; the next start gives the machine another one.",
            Basis.SOURCED,
            "4sysops.com, Why Sysprep is an obligatory Windows deployment tool (part 1)",
        ),
        Claim("NewSID could rename the machine in the same run.", Basis.SOURCED, "Sysinternals, NewSID"),
        Claim(
            "Setup of Vista and 2008 makes random names, WIN-…, that repeat: equal default names of these releases are no evidence.",
            Basis.SOURCED,
            "Microsoft KB 970485 and KB 973033",
        ),
        Claim(
            "Copies are almost always renamed: unlike names refute nothing, and vendors' machines have equal ones everywhere.",
            Basis.OBSERVED,
            "event logs of real copies: one machine SID under several names",
        ),
        Claim("A control set that is no longer in use can keep a former name.", Basis.OBSERVED, "regipy SYSTEM (Windows 7): ControlSet002"),
        Claim(
            "The default value `mnmsrvc` of the ComputerName key is a constant and no name.", Basis.OBSERVED, "hives of Windows 7 and 10"
        ),
    ),
    references=("https://learn.microsoft.com/en-us/sysinternals/downloads/newsid",),
)


@artifact("SYSTEM", r"ControlSet*\Control\ComputerName", COMPUTER_NAME)
def computer_name(key: Key) -> Iterator[Fact[ComputerName]]:
    """State the NetBIOS computer name of one control set.

    | Key | Value | Role |
    |---|---|---|
    | `ComputerName` | `ComputerName` | configured: used from the next start on |
    | `ActiveComputerName` | `ComputerName` | active: of the running system; seldom stored in a hive, for the key is volatile |

    The last-written time of the first key is the time of the last rename, or of the start that followed Setup.
    """
    yield from _state(key.key("ComputerName"), {"ComputerName": "configured"})
    if (active := key.find("ActiveComputerName")) is not None:
        yield from _state(active, {"ComputerName": "active"})


@artifact("SYSTEM", r"ControlSet*\Services\Tcpip\Parameters", COMPUTER_NAME)
def host_name(key: Key) -> Iterator[Fact[ComputerName]]:
    """State the DNS host name of one control set: values `Hostname` and `NV Hostname` (the one that outlives a restart).

    Unlike the NetBIOS name it may be longer than 15 characters and keeps the case in which it was typed.
    """
    yield from _state(key, {"Hostname": "hostname", "NV Hostname": "nv-hostname"})


def _state(key: Key, roles: dict[str, NameRole]) -> Iterator[Fact[ComputerName]]:
    failures, found = Deferred(), False
    for name, role in roles.items():
        with failures:
            value = key.find_value(name)
            if value is not None and (text := value.text()):
                found = True
                yield COMPUTER_NAME.fact(ComputerName(text, role, key.place.control_set), value)
    failures.settle()
    if not found:
        raise NotFound(f"no name in {' or '.join(roles)}")
