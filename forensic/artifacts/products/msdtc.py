r"""MSDTC identifiers: by what Distributed Transaction Coordinators know one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key


class DtcIdentity(msgspec.Struct, frozen=True):
    """One contact identifier."""

    id: Guid
    role: str
    """What the key's `Description` says: `MSDTC`, `MSDTCUIS`, `MSDTCTIPGW`, `MSDTCXATM`."""


_DUPLICATE = "scripting.tech, 2016-07-05, detect duplicate MSDTC CID"

_LOGS = "DtcInstall.log of two Windows 7 and of Windows 10 15063 and 19041: specialize installs the contacts"

DTC_CID = Kind(
    "dtc-cid",
    DtcIdentity,
    "MSDTC CID: identifier by which transaction coordinators know one another",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _LOGS, machines=3),
        Change.GENERALIZE: always(Basis.SOURCED, f"{_DUPLICATE}; {reference.GENERALIZE_XML}"),
        Change.SPECIALIZE: always(Basis.OBSERVED, _LOGS, machines=4),
        Change.SID_CHANGER: kept(Basis.INFERRED, reference.NEWSID),
        Change.UPGRADE: always(Basis.OBSERVED, "DtcInstall.log of an upgrade to Windows 10 15063", machines=1),
        Change.RENAME: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.SOURCED, _DUPLICATE),
        Change.NEW_DISK: kept(Basis.SOURCED, _DUPLICATE),
    },
    namespace="dtc-cid",
    identity=lambda value: value.id,
    claims=[
        Claim("Machines that were copied without Sysprep share it; a proper Sysprep makes new ones.", Basis.SOURCED, _DUPLICATE),
        Claim(
            "Specialize makes new ones, on a plain installation and on an upgrade too; from Windows 10 on it clears the former ones first.",
            Basis.OBSERVED,
            _LOGS,
        ),
        Claim("Two that share it cannot have transactions with one another: event 4101 says so.", Basis.SOURCED, _DUPLICATE),
        Claim("`msdtc -uninstall` and `-install` make new ones, and leave keys of that time.", Basis.SOURCED, _DUPLICATE),
        Claim("NewSID does not name it among what it changes.", Basis.INFERRED, reference.NEWSID),
        Claim("No SOFTWARE hive with the key was among the public data: its form is taken from documents only.", Basis.UNVERIFIED),
    ],
    references=[_DUPLICATE, reference.NEWSID],
)


@artifact("SOFTWARE", "Classes", DTC_CID, depth="full", since=(5, 0))
def dtc_cid(key: Key) -> Iterator[Fact[DtcIdentity]]:
    r"""State the contact identifiers of MSDTC.

    In the SOFTWARE hive, `Classes\CID` and, since 2008, `Classes\CID.Local`: subkeys named by a GUID, with or without braces, each with a
    subkey `Description` whose default value begins with `MSDTC`. At most 256 subkeys of each are read.
    """
    failures, found = Deferred(), False
    for name in ("CID", "CID.Local"):
        holder = key.find(name)
        for child in () if holder is None else islice(holder.keys(), 256):
            with failures:
                description = child.find("Description")
                value = None if description is None else description.find_value("")
                if value is not None and value.text().upper().startswith("MSDTC"):
                    found = True
                    yield DTC_CID.fact(DtcIdentity(Guid.parse(child.name), value.text()), child)
    failures.settle()
    if not found:
        raise NotFound("no contact identifier of MSDTC")
