"""Assigned identifiers: the identifiers that Windows Setup gave, found or sent, by logs that later changes leave alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog
from forensic.artifacts.setup.panther_log import OOBE, SETUP, UPGRADE, each, time_of
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, LocalTime, Origin, Sid, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File

_GUID = r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?"
_ASSIGNED = re.compile(r"CryptoSysPrep_Specialize: assigned CAPI machine guid \"?" + _GUID)
_ADMINISTRATOR = re.compile(r"Admin profile (S-1-5-21(?:-\d{1,10}){3}-500) was not found", re.ASCII)
_ACCOUNT = re.compile(r"SidString\W{1,8}(S-1-5-21(?:-\d{1,10}){4})(?![\d-])", re.ASCII)
_DEVICE = re.compile(r"OneSettings: DeviceId \[" + _GUID + r"\]")
_AZURE = "Panther logs of a Server 2012 R2 deployed in Azure, published by their owner"
_MEDIA = "Panther/setupact.log of a Windows 10 1709 from media, published by its owner"
_BOTH = "Panther logs of a Server 2012 R2 deployed in Azure and of a Windows 10 1709 from media, published by their owners"
_TOOL = "setupact.log of the media creation tool on a Windows 11, published by its owner"
_READ = "public setup logs, described without their text"


class SetupLogSid(msgspec.Struct, frozen=True):
    """An account that setup names by its SID."""

    sid: Sid
    prefix: Sid
    """The machine SID that the account belonged to; of an account of a domain, the domain's."""
    where: Literal["administrator-profile", "migrated-account"]
    time: LocalTime | None = None


ASSIGNED_MACHINE_GUID = Kind(
    "assigned-machine-guid",
    Guid,
    "MachineGuid that specialize assigned, by the log of Windows Setup",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _MEDIA, machines=1),
        Change.SPECIALIZE: always(Basis.OBSERVED, _AZURE, machines=1),
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="machine-guid",
    standing="former",
    claims=(
        Claim("Specialize gives the machine a MachineGuid, and logs it: on deployed images and from media alike.", Basis.OBSERVED, _BOTH),
        Claim(
            "Setup from media assigns one before, in Windows PE, that specialize replaces three minutes later: it is not stated.",
            Basis.OBSERVED,
            _MEDIA,
        ),
        Claim("Unlike the MachineGuid of the registry: it was changed since by something other than this specialize.", Basis.INFERRED),
        Claim(
            "Windows 11 images whose owners took the step out of Specialize.xml assign none.",
            Basis.SOURCED,
            "public scripts of image builders",
        ),
        Claim("Programs that change a SID or a MachineGuid do not know this log.", Basis.INFERRED),
    ),
    references=(_BOTH,),
)

SETUP_LOG_SID = Kind(
    "setup-log-sid",
    SetupLogSid,
    "Account that the logs of Windows Setup name by its SID",
    origin=Origin.OBSERVED,
    renews={Change.SETUP: always(Basis.INFERRED), Change.SID_CHANGER: kept(Basis.INFERRED)},
    namespace="machine-sid",
    identity=lambda value: value.prefix,
    standing="former",
    claims=(
        Claim(
            "OOBE looks for the profile of the built-in Administrator, RID 500, by the machine SID of that moment.", Basis.OBSERVED, _READ
        ),
        Claim("An upgrade in place lists the local accounts that it migrates, with their SIDs.", Basis.OBSERVED, _READ),
        Claim("An account of a domain may stand there too: then the prefix is the domain's.", Basis.INFERRED),
        Claim("Programs that change a SID do not know these logs.", Basis.INFERRED),
    ),
    references=(_READ,),
)

ONESETTINGS_DEVICE_ID = Kind(
    "onesettings-device-id",
    Guid,
    "Device id that setup sent to OneSettings, by its log",
    origin=Origin.RANDOM,
    renews={Change.SETUP: always(Basis.INFERRED), Change.UPGRADE: kept(Basis.UNVERIFIED), Change.SID_CHANGER: kept(Basis.INFERRED)},
    namespace="sqm-machine-id",
    standing="former",
    claims=(
        Claim("The media creation tool and an upgrade log the device id with which they ask for settings.", Basis.OBSERVED, _TOOL),
        Claim("It is the SQM identifier of the machine.", Basis.INFERRED),
    ),
    references=(_TOOL,),
)


@artifact_file(SETUP, ASSIGNED_MACHINE_GUID, since=(6, 0), depth="full")
def assigned_machine_guid(file: File) -> Iterator[Fact[Guid]]:
    """State each MachineGuid that specialize assigned: `…CryptoSysPrep_Specialize: assigned CAPI machine guid "…"`.

    `CryptoSetup assigned CAPI machine guid "…"`, of Windows PE, is left out. NotFound when there is none.
    """
    yield from each(file, ["CryptoSysPrep_Specialize: assigned CAPI machine guid"], ASSIGNED_MACHINE_GUID, _assigned)


def _assigned(_: TextLog, line: Line) -> Guid | None:
    match = _ASSIGNED.search(line.text)
    return None if match is None else Guid.parse(match[1])


@artifact_file(OOBE, SETUP_LOG_SID, since=(6, 0), depth="full")
def administrator_sid(file: File) -> Iterator[Fact[SetupLogSid]]:
    """State each SID of the built-in Administrator in Panther/UnattendGC/setupact.log: `Admin profile S-1-5-21-…-500 was not found`."""
    yield from each(file, ["Admin profile S-1-5-21-"], SETUP_LOG_SID, _administrator)


def _administrator(_: TextLog, line: Line) -> SetupLogSid | None:
    return _account_of(line, _ADMINISTRATOR, "administrator-profile")


@artifact_file(SETUP, SETUP_LOG_SID, since=(6, 0), depth="full")
def upgrade_account_sid(file: File) -> Iterator[Fact[SetupLogSid]]:
    """State each account that an upgrade migrated, from its setupact.log in Panther: `SidString` and a SID of the form S-1-5-21-a-b-c-rid.

    Most installations are no upgrades, and have none.
    """
    yield from each(file, ["SidString"], SETUP_LOG_SID, _migrated)


@artifact_file(UPGRADE, SETUP_LOG_SID, since=(6, 0), depth="full")
def upgrade_account_sid_of_media(file: File) -> Iterator[Fact[SetupLogSid]]:
    """State each account that an upgrade migrated, from its setupact.log in `$WINDOWS.~BT`.

    Caveat: the folder alone shows no upgrade; setup of Windows 11 24H2 from media works there too.
    """
    yield from each(file, ["SidString"], SETUP_LOG_SID, _migrated)


def _migrated(_: TextLog, line: Line) -> SetupLogSid | None:
    return _account_of(line, _ACCOUNT, "migrated-account")


def _account_of(line: Line, pattern: re.Pattern[str], where: Literal["administrator-profile", "migrated-account"]) -> SetupLogSid | None:
    match = pattern.search(line.text)
    if match is None:
        return None
    sid = Sid.parse(match[1])
    return SetupLogSid(sid, sid.prefix, where, time_of(line))


@artifact_file(SETUP, ONESETTINGS_DEVICE_ID, since=(10, 0), depth="full")
def onesettings_device_id(file: File) -> Iterator[Fact[Guid]]:
    """State the device id of each request to OneSettings in Panther/setupact.log: `OneSettings: DeviceId [{…}]`."""
    yield from each(file, ["OneSettings: DeviceId ["], ONESETTINGS_DEVICE_ID, _device)


@artifact_file(UPGRADE, ONESETTINGS_DEVICE_ID, since=(10, 0), depth="full")
def onesettings_device_id_of_media(file: File) -> Iterator[Fact[Guid]]:
    """State the device id of each request to OneSettings in the log of an upgrade, in `$WINDOWS.~BT`."""
    yield from each(file, ["OneSettings: DeviceId ["], ONESETTINGS_DEVICE_ID, _device)


def _device(_: TextLog, line: Line) -> Guid | None:
    match = _DEVICE.search(line.text)
    return None if match is None else Guid.parse(match[1])
