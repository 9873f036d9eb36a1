r"""Identifiers of the customer experience improvement program (SQM): one for the machine, one for each user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key

_REMOVED = usually(
    Basis.SOURCED,
    reference.JAPAN_MACHINE_ID,
    exception="a process crashed during generalize, and error reporting made the value again inside the master",
)

SQM_MACHINE_ID = Kind(
    "sqm-machine-id",
    Guid,
    "SQM machine identifier",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.INFERRED),
        Change.GENERALIZE: _REMOVED,
        Change.SPECIALIZE: _REMOVED,
        Change.SID_CHANGER: kept(Basis.INFERRED, reference.NEWSID),
        Change.UPGRADE: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="sqm-machine-id",
    known_values=EMPTY_GUIDS,
    claims=[
        Claim(
            "Generalize removes it, and every machine deployed from the image makes a new one.", Basis.SOURCED, reference.JAPAN_MACHINE_ID
        ),
        Claim(
            "The provider SqmSysprepGeneralize removes it, and SqmSysprepSpecialize makes the new one.",
            Basis.SOURCED,
            f"{reference.GENERALIZE_XML}; {reference.SPECIALIZE_LOGS}",
        ),
        Claim(
            "When a process crashes during generalize, error reporting makes it again inside the master; all machines that were correctly "
            "deployed from it share it.",
            Basis.SOURCED,
            reference.JAPAN_MACHINE_ID,
        ),
        Claim("So an equal value beside unlike machine SIDs and boot keys speaks for that defect, and not for a copy.", Basis.INFERRED),
        Claim("NewSID and Ghost Walker do not touch it.", Basis.INFERRED, reference.NEWSID),
    ],
    references=[reference.JAPAN_MACHINE_ID, reference.NEWSID],
)

SQM_USER_ID = Kind(
    "sqm-user-id",
    Guid,
    "SQM user identifier of a profile",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: always(Basis.OBSERVED, "NTUSER hives of regipy and win10-rathbun, 2017 to 2024", machines=2),
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="sqm-user-id",
    known_values=EMPTY_GUIDS,
    claims=[
        Claim(
            "Each user's profile has its own, written minutes after the profile was made.",
            Basis.OBSERVED,
            "NTUSER hives of regipy and win10-rathbun, 2017 to 2024",
        ),
        Claim("Equal in two profiles: one profile, copied. It does not tell whether the machine was generalized.", Basis.INFERRED),
    ],
    references=[reference.JAPAN_MACHINE_ID],
)


@artifact("SOFTWARE", r"Microsoft\SQMClient", SQM_MACHINE_ID, since=(6, 0))
def sqm_machine_id(key: Key) -> Iterator[Fact[Guid]]:
    r"""State the SQM identifier of the machine.

    In the SOFTWARE hive, `Microsoft\SQMClient`, value `MachineId`: text, a GUID in braces. Windows Vista and later. The value is removed by
    generalize: a sealed image has none, and that is its normal state.
    """
    value = key.value("MachineId")
    yield SQM_MACHINE_ID.fact(Guid.parse(value.text()), value)


@artifact("NTUSER", r"Software\Microsoft\SQMClient", SQM_USER_ID, since=(6, 0))
def sqm_user_id(key: Key) -> Iterator[Fact[Guid]]:
    r"""State the SQM identifier of a user.

    In the profile's NTUSER.DAT, `Software\Microsoft\SQMClient`, value `UserId`: text, a GUID in braces. Windows Vista and later.
    """
    value = key.value("UserId")
    yield SQM_USER_ID.fact(Guid.parse(value.text()), value)
