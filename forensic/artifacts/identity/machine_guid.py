"""MachineGuid of the cryptographic services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key

_RUSTDESK = "https://github.com/rustdesk/rustdesk/issues/1205"
_MEDIA = "Panther/setupact.log of a Windows 10 1709 from media, published by its owner"
_SYSMON = "event logs of fs02 and fs03 (mdecrevoisier/EVTX-to-MITRE-Attack): Sysmon's ids begin with one MachineGuid under both names"
_NEWSID = "https://learn.microsoft.com/en-us/sysinternals/downloads/newsid"

MACHINE_GUID = Kind(
    "machine-guid",
    Guid,
    "MachineGuid: random identifier of the cryptographic services' machine store",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _MEDIA, machines=1),
        Change.SPECIALIZE: usually(
            Basis.OBSERVED,
            reference.SPECIALIZE_LOGS,
            exception="the builders of the image took the step out of Specialize.xml, as some do from Windows 11 22H2 on",
            machines=3,
        ),
        Change.SID_CHANGER: kept(Basis.INFERRED, _NEWSID),
        Change.DC_PROMOTION: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.OBSERVED, _SYSMON, machines=1),
        Change.NEW_HARDWARE: kept(Basis.INFERRED, _RUSTDESK),
        Change.NEW_DISK: kept(Basis.INFERRED, _RUSTDESK),
    },
    decisive=True,
    namespace="machine-guid",
    known_values=EMPTY_GUIDS,
    claims=(
        Claim("Users of machines copied without Sysprep report that they share it, and what breaks by that.", Basis.SOURCED, _RUSTDESK),
        Claim(
            "Specialize assigns a new one, and logs it: capisp.dll, `CryptoSysPrep_Specialize: assigned CAPI machine guid`.",
            Basis.OBSERVED,
            reference.SPECIALIZE_LOGS,
        ),
        Claim("Setup from media assigns one in Windows PE before, which specialize replaces.", Basis.OBSERVED, _MEDIA),
        Claim(
            "On Windows 11 22H2 and later builders of images take that step out of Specialize.xml where it fails: a fleet that was "
            "properly generalized may then share one MachineGuid, beside unlike SIDs.",
            Basis.SOURCED,
            "public scripts of image builders (Hydra, Nerdio)",
        ),
        Claim("What an upgrade in place does to it is not known.", Basis.UNVERIFIED),
        Claim(
            "Sysmon's ProcessGuid and LogonGuid begin with its first 32 bits: event logs show it without a hive.",
            Basis.OBSERVED,
            _SYSMON,
        ),
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

    Equal on two machines it speaks for one installation that was copied and not generalized in between; on Windows 11 22H2 and later only
    beside equal SIDs.
    """
    value = key.value("MachineGuid")
    yield MACHINE_GUID.fact(Guid.parse(value.text()), value)
