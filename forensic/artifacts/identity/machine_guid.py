"""MachineGuid of the cryptographic services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_RUSTDESK = "https://github.com/rustdesk/rustdesk/issues/1205"
_NEWSID = "https://learn.microsoft.com/en-us/sysinternals/downloads/newsid"

MACHINE_GUID = Kind(
    "machine-guid",
    Guid,
    "MachineGuid: random identifier of the cryptographic services' machine store",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.UNVERIFIED),
        Change.SPECIALIZE: always(Basis.UNVERIFIED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.UNVERIFIED),
    },
    decisive=True,
    namespace="machine-guid",
    known_values=EMPTY_GUIDS,
    claims=(
        Claim("Users of machines copied without Sysprep report that they share it, and what breaks by that.", Basis.SOURCED, _RUSTDESK),
        Claim("Sysprep makes a new one at deployment; in which pass was not documented.", Basis.UNVERIFIED),
        Claim("NewSID and GhostWalker list what they change, and it is not among it.", Basis.INFERRED, _NEWSID),
        Claim(
            "It is easily edited, and programs that disguise hardware rewrite it: one unlike MachineGuid never refutes a common origin.",
            Basis.SOURCED,
            "public lists of hardware-identifier locations, of low authority",
        ),
        Claim(
            "The names of files below ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys end with it: a second copy.",
            Basis.SOURCED,
            "public mimikatz output",
        ),
        Claim("Windows NT 4.0 has the key without the value.", Basis.OBSERVED, "NT 4.0 hive of aiowinreg"),
    ),
    references=(_RUSTDESK, "https://github.com/rustdesk/rustdesk/issues/11506", _NEWSID),
)


@artifact("SOFTWARE", r"Microsoft\Cryptography", MACHINE_GUID, since=(5, 0))
def machine_guid(key: Key) -> Iterator[Fact[Guid]]:
    """State the MachineGuid, text without braces in value `MachineGuid`.

    Equal on two machines it speaks for one installation that was copied and not generalized in between.
    """
    value = key.value("MachineGuid")
    yield MACHINE_GUID.fact(Guid.parse(value.text()), value)
