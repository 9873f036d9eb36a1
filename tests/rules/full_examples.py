"""Examples and counter-examples of the rules over facts of a full examination."""

import msgspec

from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION, Device, DeviceGeneration
from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION, HardwareConfiguration, SystemInformation
from forensic.artifacts.identity.account import ACCOUNT_SID, LocalAccount
from forensic.artifacts.identity.computer_name import COMPUTER_NAME, ComputerName
from forensic.artifacts.identity.domain import DOMAIN_NAME, DOMAIN_SID, DomainName
from forensic.artifacts.identity.former_sid import FORMER_SID, FormerSid
from forensic.artifacts.identity.lsa_secret import LSA_SECRET, LsaSecret
from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.identity.machine_key import MACHINE_KEY_FILE, MachineKeyFile
from forensic.artifacts.identity.sid_changer import SID_CHANGER_TRACE, SidChangerTrace
from forensic.artifacts.logs.event_conflict import EVENT_IDENTITY_CONFLICT, EventIdentityConflict
from forensic.artifacts.logs.event_identity import MACHINE_GUID_PREFIX, MachineGuidPrefix
from forensic.artifacts.logs.event_log import EVENT_USER_SID, EventUserSid
from forensic.artifacts.logs.execution import EXECUTION_TRACE, ExecutionTrace
from forensic.artifacts.network.net_setup import NETWORK_SETUP, NetworkSetup
from forensic.artifacts.network.network import MAC_ADDRESS, NETWORK_INTERFACE, MacUse, NetworkInterface
from forensic.artifacts.setup.clone_tag import CLONE_TAG, CloneTag
from forensic.artifacts.setup.media_time import MEDIA_TIME, MediaTime
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN, SetupclRun
from forensic.artifacts.setup.source_os import SOURCE_OS, SourceOs
from forensic.artifacts.setup.specialize_run import SPECIALIZE_RUN, RunHardware, SpecializeRun
from forensic.artifacts.setup.sysprep_log import SYSPREP_LOG
from forensic.artifacts.setup.sysprep_run import SysprepProvider, SysprepRun
from forensic.artifacts.setup.sysprep_tag import SETUPCL_FILE, SYSPREP_FOLDER
from forensic.artifacts.setup.windows_release import INSTALL_DATE, PRODUCT_TYPE, WINDOWS_RELEASE, WindowsRelease
from forensic.artifacts.storage.bcd import BCD_DEVICE, BcdDevice
from forensic.artifacts.storage.disk import DISK_SIGNATURE, PARTITION, VOLUME_CREATED, PartitionPlace
from forensic.artifacts.storage.mounted_device import MOUNTED_DEVICE, MountedDevice
from forensic.artifacts.storage.object_id import OBJECT_ID_MAC, ObjectIdMac
from forensic.artifacts.storage.storage_space import STORAGE_SPACE_ID, StorageSpaceId
from forensic.artifacts.users.dpapi import DPAPI_MASTER_KEY, DpapiMasterKey
from forensic.artifacts.users.profile_list import PROFILE_SID, ProfileEntry
from forensic.artifacts.users.program_run import PROGRAM_RUN, ProgramRun
from forensic.model import FactSet, FileTime, Guid, LocalTime, MacAddress, Sid
from forensic.reasoning.subject import Subject
from tests.builders.facts import at, days, fact, gap
from tests.rules.stories import (
    BOARD,
    DOMAIN,
    OTHER,
    OWN,
    VM,
    accounts,
    boot_key,
    clone_tag,
    duid,
    flags,
    hardware,
    image_state,
    profile,
    running,
    sid_pair,
    volume_name,
)

SETUP = at("2022-06-23 01:25")
LATER = at("2024-05-01 12:00")
MEDIA = fact(MEDIA_TIME, MediaTime(at("2019-12-07 09:50"), 300, 900, "key times"))
SETUPCL = fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=SETUP)
INSTALLED = fact(INSTALL_DATE, SETUP)
COMPLETE = image_state("IMAGE_STATE_COMPLETE")
SEALED = image_state("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE")
WORKGROUP = gap(DOMAIN_SID, detail="the machine is in a workgroup: the value is empty")
MEDIA_TAG, MASTER_TAG = clone_tag(at("2019-12-07 09:18:25")), clone_tag(at("2022-03-01 10:00"))
WHOLE = [SETUPCL, *boot_key(at("2022-06-23 01:30")), INSTALLED, *running(), *COMPLETE]
VOLUME = fact(VOLUME_CREATED, FileTime(SETUP - days(0.05)))
ANN = [*sid_pair(OWN, LATER), *accounts(OWN, SETUP, "ann"), profile(f"{OWN}-1000", "C:\\Users\\ann")]
CONTROLLER = fact(PRODUCT_TYPE, "LanmanNT")
KEYS = fact(FORMER_SID, FormerSid(Sid(OTHER), "dpapi-folder", 1, (1000,)), profile="Users/ann")
FILES = fact(FORMER_SID, FormerSid(Sid(OTHER), "security-descriptor", 90, (500, 513, 1000), owners=40, groups=40, access=50))
BIN = fact(FORMER_SID, FormerSid(Sid(OTHER), "recycle-bin", 1, (1000,)))
OPENED_ELSEWHERE = [
    fact(FORMER_SID, FormerSid(Sid(OWN), "security-descriptor", 301, (513, 1000), owners=245, groups=270, access=279, first_id=808)),
    fact(FORMER_SID, FormerSid(Sid(OTHER), "security-descriptor", 217, (513, 1000), owners=5, groups=5, access=217, first_id=1569)),
]
LOGGED = fact(EVENT_USER_SID, EventUserSid("System", Sid(OTHER), 90, 40, 200, 900, FileTime(SETUP + days(1)), FileTime(LATER - days(1))))
RAN = ProgramRun("NewSID", "C:\\Tools\\newsid.exe", "UserAssist", LATER, 1)
TRACE = SidChangerTrace("NewSID", "EulaAccepted")
GUID, FORMER_GUID = Guid("11111111-2222-4333-8444-555555555555"), Guid("99999999-2222-4333-8444-555555555555")

ONE_MACHINE = hardware(BOARD, True, LATER)
TWO_MACHINES = [hardware(BOARD, False, SETUP), hardware(VM, True, LATER, "VMware, Inc.", "VMware7,1")]
JUNK_MACHINE = hardware("03000200-0400-0500-0006-000700080009", True, LATER)
SECOND_RECORD = fact(HARDWARE_CONFIG, HardwareConfiguration(Guid(BOARD), True, number=1), written=LATER)
NO_FIRMWARE = gap(HARDWARE_CONFIG)
DELL, LENOVO = SystemInformation("Dell Inc.", "Latitude"), SystemInformation("LENOVO", "20XW")
VMWARE = SystemInformation("VMware, Inc.", "VMware20,1")
ON_DELL = SpecializeRun("specialize", GUID, LocalTime("2022-06-23T03:25:00.0000000"), hardware=RunHardware(100, "Dell Inc.", "Latitude "))
ON_NOTHING = SpecializeRun("specialize", GUID, LocalTime("2022-06-23T03:25:00.0000000"))
CARD = MacAddress("ec:f4:bb:48:7f:ed")


def sysmon(prefix, when):
    return fact(MACHINE_GUID_PREFIX, MachineGuidPrefix(prefix, "DESK-1", 9, 1, 9, when, when))


def body(when, chipset, **parts):
    """One set of devices."""
    time = at(when)
    made = {"processors": ("Intel",), "controllers": ("AHCI",)} | parts
    return fact(DEVICE_GENERATION, DeviceGeneration(time, FileTime(time + days(0.01)), "first-install", None, 30, chipset, **made))


FIRST_BODY = body("2022-06-23 01:20", ("VEN_8086&DEV_1E55",))
SECOND_BODY = body(
    "2024-03-05 10:00",
    ("VEN_1022&DEV_790E",),
    network=(Device("PCI\\VEN_10EC", "4&1", at("2024-03-05 10:00")),),
    disks=(Device("SCSI\\Disk", "4&2", at("2024-03-05 10:00")),),
)
FIRST_BODY_7, SECOND_BODY_7 = (
    body(when, chipset, network=SECOND_BODY.value.network, disks=SECOND_BODY.value.disks)
    for when, chipset in (("2010-11-10 18:15", ("VEN_8086&DEV_7190",)), ("2011-07-05 19:33", ("VEN_8086&DEV_1E55",)))
)
SECOND_BOARD = body("2024-03-05 10:00", ("VEN_1022&DEV_790E",))
MORE_OF_THE_SAME = body("2024-03-05 10:00", ("VEN_8086&DEV_1E55",))
DOCK = body("2024-03-05 10:00", ("VEN_8086&DEV_15D2", "VEN_8086&DEV_15D3", "VEN_8086&DEV_15DA"), processors=(),
            network=SECOND_BODY.value.network, disks=SECOND_BODY.value.disks)  # fmt: skip
CHIPSET = tuple(f"VEN_1022&DEV_790{number}" for number in range(4))
SAME_PROCESSOR = body("2024-03-05 10:00", CHIPSET, processors=(), disks=SECOND_BODY.value.disks)


def found(when, chipset, **parts):
    """One set of devices as XP keeps it: last found then."""
    made = body(when, chipset, **parts)
    return fact(DEVICE_GENERATION, msgspec.structs.replace(made.value, basis="key-written"))


WHOLE_AT_SETUP = body("2022-06-23 01:20", CHIPSET, network=SECOND_BODY.value.network, disks=SECOND_BODY.value.disks)
FOUND_LATE = fact(DEVICE_GENERATION, msgspec.structs.replace(SECOND_BODY.value, basis="key-written"))
STICK = Device("USBSTOR\\Disk&Ven_SanDisk", "1", LATER)


def parts(when="2024-03-05 10:00", **given):
    """Parts of a computer that were found without its chipset."""
    bare = {"network": SECOND_BODY.value.network, "disks": SECOND_BODY.value.disks, "processors": (), "controllers": ()}
    return body(when, (), **(bare | given))


NEW_PARTS, NEW_VOLUME = parts(), parts(disks=(), volumes=("{v}",))
NEW_PARTS_BY_KEY = fact(DEVICE_GENERATION, msgspec.structs.replace(NEW_PARTS.value, basis="key-written"))
BATTERY = at("2002-01-01 00:10")
AT_FIRST = [fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=BATTERY), *boot_key(BATTERY), fact(INSTALL_DATE, BATTERY)]
ON_VMWARE = msgspec.structs.replace(ON_DELL, hardware=RunHardware(100, "VMware, Inc.", "VMware7,1"))
VIRTUAL_NOW = fact(SYSTEM_INFORMATION, VMWARE)
FIRST_CARD, VM_DUID = duid(CARD, SETUP), duid("00:0c:29:7e:7e:d3", SETUP)
VM_CARD, MAKERS_CARD = (fact(MAC_ADDRESS, MacUse(MacAddress(mac), "NetworkSetup2 permanent")) for mac in ("00:0c:29:71:07:3c", CARD))
VM_GUID = volume_name(LATER, "00:0c:29:71:07:3c")
VM_NAME = fact(MOUNTED_DEVICE, MountedDevice(f"\\??\\Volume{{{VM_GUID}}}", "device", text="_??_USBSTOR", volume_guid=VM_GUID))
XP = [*boot_key(SETUP), INSTALLED, *running()]
NO_TAG = gap(CLONE_TAG)
SEARCHED = (gap(SETUPCL_FILE), gap(SYSPREP_FOLDER))
LEFT, IN_USE = found("2023-03-01 10:00", ("VEN_8086&DEV_1E55",)), found("2024-03-05 10:00", ("VEN_1022&DEV_790E",))
PLACE, SIGNED = fact(PARTITION, PartitionPlace("mbr", 1048576, 10**10)), fact(DISK_SIGNATURE, "273c4cfe")
BOOT_OTHER = fact(BCD_DEVICE, BcdDevice(GUID, "21000001", "mbr", disk_signature="aaaaaaaa"))
BOOT_THIS = fact(BCD_DEVICE, BcdDevice(GUID, "21000001", "mbr", disk_signature="273c4cfe"))


def run(when, result, *providers, options=("generalize", "oobe"), **parts):
    """One run of Sysprep in its log; without `phase` one that set something to work."""
    listed = tuple(SysprepProvider(name, result=outcome) for name, outcome in providers)
    parts = {"phase": "execution", "executed": ("generalize",)} | parts
    return fact(SYSPREP_LOG, SysprepRun(LocalTime(when), options=options, result=result, providers=listed, **parts))


RUN_OF_TAG = run("2022-03-01T09:58:00.0000000", "succeeded")
FAILED = run("2024-03-01T09:58:00.0000000", "failed", ("Sysprep_Generalize_Pnp", "failed"))
FAILED_CHECK = run("2024-03-01T09:58:00.0000000", "failed", ("SysprepGeneralizeValidate", "failed"), phase="validation", executed=())


def release(build):
    """A Windows of this build."""
    return fact(WINDOWS_RELEASE, WindowsRelease(build=build))


def spaces(made):
    """An identifier of Storage Spaces that was made then."""
    return fact(STORAGE_SPACE_ID, StorageSpaceId("ControlId", GUID, at(made)))


CLAIMED = [*WHOLE, MEDIA, MASTER_TAG, release("18362")]
CONFLICT = EventIdentityConflict("machine-id", "LsaSrv", 6167, 12, 100, 300, at("2025-10-01 08:00"), at("2025-10-09 08:00"))
ONCE = EventIdentityConflict("machine-id", "LsaSrv", 6167, 1, 100, 100, at("2025-10-01 08:00"), at("2025-10-01 08:00"))
TRANSACTIONS = EventIdentityConflict("dtc-cid", "MSDTC", 4101, 5, 100, 300, at("2025-10-01 08:00"), at("2025-10-09 08:00"))

ADAPTER = Guid("6aafc9a9-0542-4db2-8760-000000000001")
PRESENT = [
    fact(MAC_ADDRESS, MacUse(CARD, "NetworkSetup2 permanent", ADAPTER)),
    fact(NETWORK_INTERFACE, NetworkInterface(ADAPTER, dhcp=True, lease_obtained=at("2024-01-01 10:00"))),
]
DEPLOYED = [*WHOLE, MEDIA, MASTER_TAG, *PRESENT]
OLD_IDS = fact(OBJECT_ID_MAC, ObjectIdMac(CARD, 40, at("2021-05-01 10:00"), at("2025-01-01 10:00")))
NEW_IDS = fact(OBJECT_ID_MAC, ObjectIdMac(CARD, 40, at("2022-06-24 10:00"), at("2025-01-01 10:00")))
MASTERS_IDS = fact(OBJECT_ID_MAC, ObjectIdMac(MacAddress("00:0c:29:7e:7e:d3"), 40, at("2021-05-01 10:00"), at("2022-02-01 10:00")))
OLD_DUID = duid("ec:f4:bb:48:7f:ed", at("2021-05-01 10:00"))
OLD_NAME = volume_name(at("2021-05-01 10:00"), CARD)
OLD_VOLUME = fact(MOUNTED_DEVICE, MountedDevice(f"\\??\\Volume{{{OLD_NAME}}}", "device", text="_??_USBSTOR", volume_guid=OLD_NAME))
MEMBER = [
    fact(DOMAIN_SID, Sid(DOMAIN)),
    fact(DOMAIN_NAME, DomainName("CORP", "corp.example")),
    fact(COMPUTER_NAME, ComputerName("PC-7", "configured", 1)),
]
JOINED = fact(NETWORK_SETUP, NetworkSetup("join-domain", LocalTime("2021-06-01T10:00:00.0000000"), "PC-7", None, "corp.example", 0))
JOINED_LATER = fact(NETWORK_SETUP, NetworkSetup("join-domain", LocalTime("2022-07-01T10:00:00.0000000"), "PC-7", None, "CORP", 0))
WORKED = [
    fact(DPAPI_MASTER_KEY, DpapiMasterKey(GUID, f"{DOMAIN}-{rid}", at("2021-07-01 10:00")), profile=f"Users/u{rid}") for rid in (1104, 1105)
]
PEOPLE = [
    fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-{rid}"), rid, name, at(when)))
    for rid, name, when in ((1001, "ann", "2020-05-01 10:00"), (1002, "bob", "2020-09-01 10:00"), (1003, "cy", "2021-02-01 10:00"))
]

FIRST_HERE = [
    fact(FORMER_SID, msgspec.structs.replace(FILES.value, first_id=300)),
    fact(FORMER_SID, FormerSid(Sid(OWN), "security-descriptor", 301, (513, 1000), owners=245, groups=270, access=279, first_id=808)),
]
OLDER_VOLUME = fact(VOLUME_CREATED, at("2020-01-01 10:00"))
LATE_TAG = clone_tag(at("2024-03-05 10:00"))
UPGRADED = fact(SOURCE_OS, SourceOs("Source OS (Updated on 6/23/2022 00:55:20)", "Windows 7", "6.1", "7601", at("2011-11-10 18:14")))
PASSWORD = fact(LSA_SECRET, LsaSecret("$MACHINE.ACC", "current", "aa" * 32, at("2021-07-01 10:00")))
INSTALLED_BEFORE = body("2021-05-01 10:00", ("A",), network=(Device("PCI", "1", at("2021-05-01 10:00"), mac=CARD),))
BACKUP = fact(PROFILE_SID, ProfileEntry(Sid(f"{OWN}-1000"), "C:\\Users\\ann", backup=True))
FORMER_KEY = fact(MACHINE_KEY_FILE, MachineKeyFile(FORMER_GUID, "RSA/MachineKeys", 1, (), LATER, LATER, 1))
BARE_BOARD = body("2024-03-05 10:00", CHIPSET, processors=(), controllers=("AHCI",))
NOT_JOINED = [
    fact(NETWORK_SETUP, msgspec.structs.replace(JOINED.value, **change))
    for change in ({"status": 5}, {"operation": "rename"}, {"time": None}, {"computer": "PC-8"}, {"domain": "OTHER"})
]
HIRED_TOGETHER = [
    fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-{rid}"), rid, str(rid), FileTime(at("2021-02-01 10:00") + days(rid - 1001))))
    for rid in (1001, 1002, 1003)
]


def of(facts, *gaps, **parts):
    """A subject."""
    return Subject(FactSet(facts), tuple(gaps), **parts)


OLD_KEY, YOUNG_KEY = (
    fact(DPAPI_MASTER_KEY, DpapiMasterKey(GUID, f"{OTHER}-1000", at(when)), profile="Users/ann")
    for when in ("2021-07-01 10:00", "2022-07-01 10:00")
)

FULL_EXAMPLES = [
    ("sid-changer-trace", of([*WHOLE, fact(SID_CHANGER_TRACE, TRACE, written="2022-01-01 10:00")]), "weak", "before the last setup"),
    ("sid-changer-trace", of([*WHOLE, fact(SID_CHANGER_TRACE, TRACE, written="2022-07-01 10:00")]), "moderate", "NewSID left EulaAccepted"),
    ("master-keys-of-former-sid", of([*WHOLE, MASTER_TAG, MEDIA, *ANN, KEYS, YOUNG_KEY], WORKGROUP), "moderate", "lie in a folder of"),
    ("master-keys-of-former-sid", of([*WHOLE, MASTER_TAG, MEDIA, *ANN, KEYS, OLD_KEY], WORKGROUP), "weak", "lie in a folder of"),
    ("master-keys-of-former-sid", of([*WHOLE, MEDIA_TAG, *ANN, KEYS, OLD_KEY], WORKGROUP), "weak", "lie in a folder of"),
    (
        "sid-changer-ran",
        of([*WHOLE, fact(EXECUTION_TRACE, ExecutionTrace("NewSID", "prefetch", None, 1, (LATER,)))]),
        "moderate",
        "(prefetch)",
    ),
    ("master-keys-of-former-sid", of([*ANN, KEYS, MEDIA_TAG], WORKGROUP), "moderate", f"lie in a folder of {OTHER}-1000"),
    ("files-of-former-sid", of([*WHOLE, MEDIA_TAG, *ANN, FILES, BIN, VOLUME], WORKGROUP), "moderate", "and in the recycle bin"),
    ("files-of-former-sid", of([*WHOLE, MEDIA_TAG, *ANN, FILES, LOGGED, VOLUME], WORKGROUP), "moderate", "and in the event log System"),
    ("files-of-former-sid", of([*WHOLE, *ANN, FILES, VOLUME], WORKGROUP), "weak", "stands in 90 security descriptors"),
    ("files-of-former-sid", of([*WHOLE, MEDIA_TAG, *ANN, *FIRST_HERE, BIN, VOLUME], WORKGROUP), "moderate", "and in the recycle bin"),
    ("files-of-former-sid", of([*WHOLE, MEDIA_TAG, *ANN, FILES, BIN, OLDER_VOLUME], WORKGROUP), "weak", "and in the recycle bin"),
    ("files-of-former-sid", of([*WHOLE, MASTER_TAG, MEDIA, *ANN, FILES, BIN, VOLUME], WORKGROUP), "weak", "and in the recycle bin"),
    ("files-of-former-sid", of([*WHOLE, MEDIA_TAG, UPGRADED, *ANN, FILES, BIN, VOLUME], WORKGROUP), "weak", "and in the recycle bin"),
    ("life-before-generalize", of([*DEPLOYED, *MEMBER, PASSWORD, OLD_DUID]), "moderate", "its password in the domain was set 2021-07-01"),
    ("hardware-before-generalize", of([*DEPLOYED, INSTALLED_BEFORE]), "moderate", "the card was installed with the card ec:f4:bb:48:7f:ed"),
    (
        "files-of-former-sid",
        of([*WHOLE, *ANN, FILES, BIN, fact(VOLUME_CREATED, at("2020-01-01 10:00"))], WORKGROUP),
        "weak",
        "the recycle bin",
    ),
    ("events-of-former-sid", of([*WHOLE, *ANN, LOGGED, KEYS], WORKGROUP), "moderate", "logged events in System from 2022-06-24"),
    ("events-of-former-sid", of([*WHOLE, *ANN, LOGGED], WORKGROUP), "weak", "the machine SID of today was written 2024-05-01"),
    ("sid-changer-ran", of([*WHOLE, fact(PROGRAM_RUN, RAN)]), "moderate", "NewSID was run last 2024-05-01 12:00:00 UTC"),
    ("sid-changer-ran", of([*WHOLE, CONTROLLER, fact(PROGRAM_RUN, RAN)]), "weak", "NewSID was run"),
    ("sid-changer-ran", of([*WHOLE, *sid_pair(OWN, SETUP), fact(PROGRAM_RUN, RAN)]), "weak", "NewSID was run last 2024-05-01"),
    ("sid-changer-ran", of([*WHOLE, *sid_pair(OWN, LATER), fact(PROGRAM_RUN, RAN)]), "moderate", "NewSID was run last 2024-05-01"),
    (
        "machine-guid-was-another",
        of(
            [
                *WHOLE,
                fact(MACHINE_GUID, GUID),
                fact(MACHINE_KEY_FILE, MachineKeyFile(FORMER_GUID, "RSA/MachineKeys", 1, (), LATER, LATER, 1)),
            ]
        ),
        "weak",
        f"ends in {FORMER_GUID}; MachineGuid is {GUID}",
    ),
    (
        "events-have-another-machine-guid",
        of([*WHOLE, fact(MACHINE_GUID, GUID), sysmon(FORMER_GUID[:8], LATER)]),
        "weak",
        f"begin with {FORMER_GUID[:8]}; MachineGuid is {GUID}",
    ),
    (
        "specialized-on-other-hardware",
        of([SETUPCL, *COMPLETE, *TWO_MACHINES, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, LENOVO)]),
        "strong",
        "it was specialized on Dell Inc. Latitude (2022-06-23), and the last start was on LENOVO 20XW",
    ),
    (
        "specialized-on-other-hardware",
        of([SETUPCL, *COMPLETE, ONE_MACHINE, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, LENOVO)]),
        "weak",
        "no specialize pass is on record since; but no record of firmware names a second machine",
    ),
    (
        "specialized-on-other-hardware",  # a virtual machine with the system UUID of the computer that it was made of
        of([SETUPCL, *COMPLETE, ONE_MACHINE, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, VMWARE)]),
        "strong",
        "the last start was on VMware, Inc. VMware20,1; no specialize pass is on record since",
    ),
    (
        "specialized-on-this-hardware",
        of([SETUPCL, *COMPLETE, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, DELL)]),
        "moderate",
        "it was specialized on Dell Inc. Latitude, the make and model of the last start",
    ),
    (
        "second-hardware-set",
        of([SETUPCL, *COMPLETE, *TWO_MACHINES, FIRST_BODY, SECOND_BODY]),
        "strong",
        "disks, network cards, processors; setup was",
    ),
    ("second-hardware-set", of([SETUPCL, *COMPLETE, FIRST_BODY, SECOND_BODY], era="7"), "strong", "disks, network cards, processors"),
    (
        "second-hardware-set",
        of([SETUPCL, *COMPLETE, FIRST_BODY, SECOND_BODY], NO_FIRMWARE),
        "strong",
        "disks, network cards, processors",
    ),
    (
        "second-hardware-set",
        of([SETUPCL, *COMPLETE, JUNK_MACHINE, FIRST_BODY, SECOND_BODY], era="10"),
        "strong",
        "disks, network cards, processors; setup was",
    ),
    (
        "second-hardware-set",
        of([SETUPCL, *COMPLETE, ONE_MACHINE, FIRST_BODY, SECOND_BODY], era="10"),
        "weak",
        "; but no record of firmware names a second machine",
    ),
    ("second-hardware-set", of([SETUPCL, *COMPLETE, FIRST_BODY, SECOND_BODY], era="10"), "weak", "; but no record of firmware names"),
    (
        "second-hardware-set",
        of([SETUPCL, *COMPLETE, SECOND_RECORD, FIRST_BODY, SECOND_BODY], era="10"),
        "strong",
        "disks, network cards, processors; setup was",
    ),
    (
        "second-hardware-set",
        of([SETUPCL, *COMPLETE, FIRST_BODY, SECOND_BOARD], era="7"),
        "moderate",
        "another chipset (VEN_1022&DEV_790E beside",
    ),
    ("second-hardware-set", of([SETUPCL, *COMPLETE, FIRST_BODY, SAME_PROCESSOR], era="7"), "moderate", "and disks; setup was"),
    (
        "hardware-set-left-behind",
        of([*XP, LEFT, IN_USE], NO_TAG, *SEARCHED, era="xp"),
        "moderate",
        "with the chipset VEN_8086&DEV_1E55, was last found 2023-03-01 10:14:24 UTC, and since then another, with VEN_1022&DEV_790E, last",
    ),
    (
        "hardware-set-left-behind",  # devices without a date of installation
        of([SETUPCL, *boot_key(SETUP), INSTALLED, *running(), *COMPLETE, LEFT, IN_USE], era="7"),
        "moderate",
        "and since then another, with VEN_1022&DEV_790E, last 2024-03-05 10:14:24 UTC; setup was 2022-06-23 01:25:00 UTC",
    ),
    (
        "hardware-set-left-behind",  # without a boot key the pass dates setup, and beside one it does not
        of([SETUPCL, *running(), *COMPLETE, LEFT, IN_USE], era="7"),
        "moderate",
        "; setup was 2022-06-23 01:25:00 UTC",
    ),
    (
        "hardware-set-left-behind",
        of([SETUPCL, *boot_key(at("2022-06-23 01:30")), *running(), *COMPLETE, LEFT, IN_USE], era="7"),
        "moderate",
        "; setup was 2022-06-23 01:30:00 UTC",
    ),
    (
        "hardware-set-left-behind",  # Sysprep lies there, and the machine SID is still that of setup
        of([*XP, *sid_pair(OWN, SETUP), fact(SYSPREP_FOLDER, "sysprep/sysprep.inf"), LEFT, IN_USE], NO_TAG, era="xp"),
        "moderate",
        "with the chipset VEN_8086&DEV_1E55, was last found 2023-03-01 10:14:24 UTC",
    ),
    (
        "hardware-set-younger-than-setup",
        of([*WHOLE, *TWO_MACHINES, SECOND_BODY], era="10"),
        "moderate",
        (
            "the devices of the computer were found 2024-03-05 10:00:00 UTC (VEN_1022&DEV_790E), and those of setup, which was"
            " 2022-06-23 01:30:00 UTC, are not on record"
        ),
    ),
    ("hardware-set-younger-than-setup", of([*WHOLE, SECOND_BODY], era="7"), "moderate", "are not on record"),
    ("hardware-set-younger-than-setup", of([*WHOLE, ONE_MACHINE, SECOND_BODY], era="10"), "weak", "names a second machine"),
    (
        "disk-and-card-replaced",
        of([*WHOLE, FIRST_BODY, NEW_PARTS], era="10"),
        "moderate",
        "on 2024-03-05 10:00:00 UTC the disk SCSI\\Disk and the network card PCI\\VEN_10EC were found new at one time",
    ),
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, NEW_VOLUME], era="7"), "moderate", "the disk {v} and the network card"),
    (
        "card-of-a-maker-then-of-a-hypervisor",
        of([*WHOLE, VIRTUAL_NOW, FIRST_CARD, VM_CARD]),
        "moderate",
        "the DHCPv6 identity was made with ec:f4:bb:48:7f:ed, a card of a maker of hardware, and 00:0c:29:71:07:3c, a card of a hypervisor",
    ),
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, *TWO_MACHINES, FIRST_CARD, VM_NAME]), "moderate", "and 00:0c:29:71:07:3c, a card"),
    (
        "boot-store-names-other-disk",
        of([PLACE, SIGNED, *COMPLETE, BOOT_OTHER]),
        "weak",
        "places Windows on the disk signature aaaaaaaa, not on 273c4cfe",
    ),
    ("generalize-of-master-logged", of([*DEPLOYED, RUN_OF_TAG]), "moderate", "Sysprep's log of 2022-03-01 09:58:00 (local time) ends"),
    ("generalize-of-seal-logged", of([MEDIA, MASTER_TAG, *SEALED, RUN_OF_TAG]), "moderate", "ends with success"),
    ("generalize-failed-in-log", of([*WHOLE, FAILED]), "moderate", "says that the generalize failed in Sysprep_Generalize_Pnp"),
    ("generalize-failed-in-log", of([*WHOLE, FAILED_CHECK]), "weak", "it ended in its checks"),
    ("storage-ids-older-than-generalize", of([*CLAIMED, spaces("2021-01-01 10:00")]), "moderate", "made 2021-01-01 10:00:00 UTC"),
    ("storage-ids-older-than-generalize", of([*CLAIMED[:-1], release("19041"), spaces("2021-01-01 10:00")]), "weak", "before it"),
    (
        "seal-though-run-failed",
        of([*SEALED, FAILED]),
        "moderate",
        "of that very run, 2024-03-01 09:58:00 (local time), says that it failed",
    ),
    ("identity-conflict", of([fact(EVENT_IDENTITY_CONFLICT, CONFLICT)]), "moderate", "LsaSrv logged event 6167 12 times"),
    ("identity-conflict", of([fact(EVENT_IDENTITY_CONFLICT, TRANSACTIONS)]), "moderate", "MSDTC logged event 4101 5 times"),
    ("identity-conflict", of([fact(EVENT_IDENTITY_CONFLICT, ONCE)]), "weak", "event 6167 once, 2025-10-01 08:00:00 UTC: it met"),
    ("identity-conflict-of-an-ordinary-machine", of([fact(EVENT_IDENTITY_CONFLICT, CONFLICT)]), "moderate", "one image does not show"),
    ("hardware-before-generalize", of([*DEPLOYED, OLD_IDS]), "weak", "files were given object ids with the card ec:f4:bb:48:7f:ed"),
    ("hardware-before-generalize", of([*DEPLOYED, OLD_DUID]), "moderate", "the DHCPv6 identity was made with the card ec:f4:bb:48:7f:ed"),
    ("hardware-before-generalize", of([*DEPLOYED, OLD_IDS, OLD_DUID]), "strong", "a card of this very computer"),
    (
        "hardware-before-generalize",  # nothing dates the generalize but the setup that followed
        of([*WHOLE, MEDIA, MEDIA_TAG, *PRESENT, OLD_IDS]),
        "weak",
        "before the setup of 2022-06-23 01:30:00 UTC, by which it got its identity, files were given object ids with the card",
    ),
    (
        "hardware-before-generalize",
        of([*WHOLE, MEDIA, MEDIA_TAG, *PRESENT, OLD_IDS, OLD_DUID]),
        "moderate",
        "before the setup of 2022-06-23 01:30:00 UTC, by which it got its identity, files were given object ids with the card",
    ),
    (
        "hardware-before-generalize",
        of([*WHOLE, MEDIA, MEDIA_TAG, *PRESENT, OLD_IDS, OLD_DUID, RUN_OF_TAG]),
        "strong",
        "before the generalize that Sysprep logged 2022-03-01, files were given object ids with the card",
    ),
    (
        "life-before-generalize",
        of([*DEPLOYED, *MEMBER, JOINED, OLD_DUID]),
        "moderate",
        "joined its domain corp.example under its name of today",
    ),
    ("life-before-generalize", of([*DEPLOYED, *MEMBER, *WORKED, OLD_DUID]), "moderate", "users of its domain worked on it"),
    ("life-before-generalize", of([*DEPLOYED, *MEMBER, *WORKED, OLD_IDS]), "weak", "users of its domain worked on it"),
    ("life-before-generalize", of([*DEPLOYED, *PEOPLE]), "weak", "people were given accounts over months (ann, bob, cy"),
]

FULL_COUNTER_EXAMPLES = [
    ("master-keys-of-former-sid", of([*WHOLE, *ANN[3:], KEYS], WORKGROUP)),  # its own SID is not known
    ("master-keys-of-former-sid", of([*WHOLE, *ANN[:-1], BACKUP, KEYS], WORKGROUP)),  # an entry that Windows set aside
    ("events-of-former-sid", of([*WHOLE, *sid_pair(OWN, None), LOGGED], WORKGROUP)),
    ("events-of-former-sid", of([*running(), *COMPLETE, *ANN, LOGGED], WORKGROUP)),
    ("machine-guid-was-another", of([*running(), fact(MACHINE_GUID, GUID), FORMER_KEY])),
    ("events-have-another-machine-guid", of([*WHOLE, fact(MACHINE_GUID, GUID), sysmon(GUID[:8], LATER)])),
    ("events-have-another-machine-guid", of([*WHOLE, fact(MACHINE_GUID, GUID), sysmon(FORMER_GUID[:8], SETUP)])),
    ("events-have-another-machine-guid", of([*WHOLE, sysmon(FORMER_GUID[:8], LATER)])),
    ("events-have-another-machine-guid", of([*running(), fact(MACHINE_GUID, GUID), sysmon(FORMER_GUID[:8], LATER)])),
    ("machine-guid-was-another", of([*WHOLE[:-6], *SEALED, fact(MACHINE_GUID, GUID), FORMER_KEY])),
    ("specialized-on-other-hardware", of([SETUPCL, LATE_TAG, *COMPLETE, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, LENOVO)])),
    (
        "specialized-on-other-hardware",  # two control sets name two machines
        of([SETUPCL, *COMPLETE, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, LENOVO), fact(SYSTEM_INFORMATION, DELL)]),
    ),
    ("specialized-on-this-hardware", of([SETUPCL, *SEALED, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, DELL)])),
    ("second-hardware-set", of([SETUPCL, *SEALED, FIRST_BODY, SECOND_BODY])),
    ("second-hardware-set", of([SETUPCL, LATE_TAG, *COMPLETE, FIRST_BODY, SECOND_BODY])),
    ("second-hardware-set", of([SETUPCL, *COMPLETE, FIRST_BODY, BARE_BOARD])),
    ("hardware-set-left-behind", of([*boot_key(SETUP), *flags(SystemSetupInProgress=1), LEFT, IN_USE], NO_TAG, *SEARCHED, era="xp")),
    ("boot-store-names-other-disk", of([PLACE, SIGNED, *SEALED, BOOT_OTHER])),
    ("boot-store-names-other-disk", of([PLACE, *COMPLETE, BOOT_OTHER])),  # the disk's own signature is not known
    ("life-before-generalize", of([*DEPLOYED, *MEMBER, OLD_IDS, *NOT_JOINED])),
    ("life-before-generalize", of([*DEPLOYED, *MEMBER[1:], JOINED, PASSWORD, OLD_DUID])),  # it is in no domain
    ("life-before-generalize", of([*DEPLOYED, *HIRED_TOGETHER])),
    ("hardware-before-generalize", of([*DEPLOYED, duid("ec:f4:bb:48:7f:ed", None)])),
    ("hardware-before-generalize", of([*DEPLOYED[:-1], OLD_IDS])),  # no lease: not shown to be of this computer
    ("master-keys-of-former-sid", of([*ANN, KEYS])),
    ("master-keys-of-former-sid", of([*ANN, KEYS, fact(DOMAIN_SID, Sid(OTHER))])),
    ("master-keys-of-former-sid", of([*ANN, KEYS, CONTROLLER], WORKGROUP)),
    (
        "master-keys-of-former-sid",
        of([*ANN, fact(FORMER_SID, FormerSid(Sid(OTHER), "dpapi-folder", 1, (1001,)), profile="Users/ann")], WORKGROUP),
    ),
    ("files-of-former-sid", of([*WHOLE, *ANN, FILES, BIN, VOLUME])),
    ("files-of-former-sid", of([*WHOLE, *ANN, *OPENED_ELSEWHERE, BIN, VOLUME], WORKGROUP)),
    (
        "files-of-former-sid",
        of(
            [*WHOLE, *ANN, VOLUME, fact(FORMER_SID, FormerSid(Sid(OTHER), "security-descriptor", 3, (513,), groups=3)), BIN],
            WORKGROUP,
        ),
    ),
    ("events-of-former-sid", of([*WHOLE, *ANN, LOGGED, fact(DOMAIN_SID, Sid(OTHER))])),
    ("events-of-former-sid", of([*WHOLE, *sid_pair(OWN, SETUP), LOGGED], WORKGROUP)),
    ("sid-changer-ran", of([*WHOLE, fact(PROGRAM_RUN, ProgramRun("Sysprep", "C:\\Windows\\sysprep.exe", "BAM", LATER))])),
    (
        "machine-guid-was-another",
        of(
            [
                *WHOLE,
                fact(MACHINE_GUID, GUID),
                fact(MACHINE_KEY_FILE, MachineKeyFile(FORMER_GUID, "RSA/MachineKeys", 1, (), SETUP, SETUP, 1)),
            ]
        ),
    ),
    ("specialized-on-other-hardware", of([SETUPCL, *COMPLETE, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, DELL)])),
    ("specialized-on-other-hardware", of([SETUPCL, *COMPLETE, fact(SPECIALIZE_RUN, ON_NOTHING), fact(SYSTEM_INFORMATION, LENOVO)])),
    (
        "specialized-on-other-hardware",
        of(
            [
                fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=LATER),
                *COMPLETE,
                fact(SPECIALIZE_RUN, ON_DELL),
                fact(SYSTEM_INFORMATION, LENOVO),
            ]
        ),
    ),
    ("specialized-on-other-hardware", of([SETUPCL, *SEALED, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, LENOVO)])),
    ("specialized-on-this-hardware", of([SETUPCL, *COMPLETE, fact(SPECIALIZE_RUN, ON_DELL), fact(SYSTEM_INFORMATION, LENOVO)])),
    ("second-hardware-set", of([SETUPCL, *COMPLETE, FIRST_BODY, MORE_OF_THE_SAME])),
    ("second-hardware-set", of([SETUPCL, *COMPLETE, SECOND_BODY])),
    ("second-hardware-set", of([SETUPCL, *COMPLETE, FIRST_BODY, DOCK])),
    ("hardware-set-left-behind", of([*XP, LEFT, IN_USE, fact(CLONE_TAG, CloneTag("01020304", None))], era="xp")),
    ("hardware-set-left-behind", of([*XP, LEFT, IN_USE], NO_TAG, era="xp")),  # not searched for Sysprep
    ("hardware-set-left-behind", of([*WHOLE, LATE_TAG, LEFT, IN_USE], era="7")),  # generalized, by its CloneTag
    ("hardware-set-left-behind", of([*WHOLE, found("2021-03-01 10:00", ("VEN_8086&DEV_1E55",)), IN_USE], era="7")),  # of the master
    ("hardware-set-left-behind", of([*running(), *COMPLETE, LEFT, IN_USE], era="7")),  # no clock of setup
    ("hardware-set-left-behind", of([*XP, LEFT, found("2023-03-02 10:00", ("VEN_1022&DEV_790E",))], NO_TAG, *SEARCHED, era="xp")),
    ("hardware-set-left-behind", of([*WHOLE, *TWO_MACHINES, fact(SPECIALIZE_RUN, ON_VMWARE), LEFT, IN_USE], era="10")),  # came home
    ("hardware-set-younger-than-setup", of([*WHOLE, *TWO_MACHINES, FIRST_BODY, SECOND_BODY])),
    ("hardware-set-younger-than-setup", of([*WHOLE, *TWO_MACHINES, SECOND_BOARD])),  # neither card nor disk
    ("hardware-set-younger-than-setup", of([*WHOLE, *TWO_MACHINES, WHOLE_AT_SETUP])),
    *(
        ("hardware-set-younger-than-setup", of([*WHOLE, *TWO_MACHINES, body("2024-03-05 10:00", CHIPSET, **{part: kept})]))
        for part, kept in (("network", SECOND_BODY.value.network), ("disks", SECOND_BODY.value.disks))
    ),
    ("hardware-set-younger-than-setup", of([*WHOLE, *TWO_MACHINES, DOCK])),
    ("hardware-set-younger-than-setup", of([*WHOLE, *TWO_MACHINES, FOUND_LATE])),  # by the times of the keys
    ("hardware-set-younger-than-setup", of([*WHOLE, SECOND_BODY], era="xp")),
    ("hardware-set-younger-than-setup", of([*WHOLE, *SEALED, *TWO_MACHINES, SECOND_BODY])),
    ("hardware-set-younger-than-setup", of([*WHOLE, LATE_TAG, *TWO_MACHINES, SECOND_BODY])),
    ("hardware-set-younger-than-setup", of([*WHOLE[1:], *TWO_MACHINES, SECOND_BODY])),  # a clock that is missing may have moved
    ("hardware-set-younger-than-setup", of([*AT_FIRST, MEDIA, *running(), *COMPLETE, SECOND_BODY], era="7")),  # the clock was wrong
    (
        "hardware-set-younger-than-setup",  # the last start was on the computer of the specialize pass
        of([*WHOLE, *TWO_MACHINES, SECOND_BODY, fact(SPECIALIZE_RUN, ON_VMWARE)]),
    ),
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, SECOND_BODY])),  # a whole set: told by another rule
    ("disk-and-card-replaced", of([*WHOLE, NEW_PARTS])),
    ("disk-and-card-replaced", of([*WHOLE, found("2022-06-23 01:20", ("VEN_8086&DEV_1E55",)), NEW_PARTS])),
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, parts("2022-06-24 10:00")])),  # within setup
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, parts(network=())])),
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, parts(network=(Device("USB\\VID_0BDA", "1", LATER),))])),
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, parts(disks=())])),
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, parts(disks=(STICK,))])),
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, parts(disks=(STICK,), volumes=("{v}",))])),  # the volume is that of the stick
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, NEW_PARTS_BY_KEY])),
    ("disk-and-card-replaced", of([*WHOLE, FIRST_BODY, NEW_PARTS], era="2003")),
    ("disk-and-card-replaced", of([*WHOLE, *SEALED, FIRST_BODY, NEW_PARTS])),
    ("disk-and-card-replaced", of([*WHOLE, LATE_TAG, FIRST_BODY, NEW_PARTS])),
    ("disk-and-card-replaced", of([*AT_FIRST, MEDIA, *running(), *COMPLETE, FIRST_BODY, NEW_PARTS])),
    ("disk-and-card-replaced", of([*running(), *COMPLETE, FIRST_BODY, NEW_PARTS])),
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, VIRTUAL_NOW, FIRST_CARD])),
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, VIRTUAL_NOW, FIRST_CARD, MAKERS_CARD])),
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, VIRTUAL_NOW, VM_DUID, VM_CARD, MAKERS_CARD])),  # virtual from the beginning
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, VIRTUAL_NOW, duid("02:15:5d:00:00:01", SETUP), VM_CARD])),  # made up by software
    (
        "card-of-a-maker-then-of-a-hypervisor",
        of([*WHOLE, fact(SYSTEM_INFORMATION, DELL), FIRST_CARD, VM_CARD]),
    ),  # a host of virtual machines
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, ONE_MACHINE, FIRST_CARD, VM_CARD])),
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, FIRST_CARD, VM_CARD])),
    ("card-of-a-maker-then-of-a-hypervisor", of([*running(), *COMPLETE, VIRTUAL_NOW, FIRST_CARD, VM_CARD])),
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, *SEALED, VIRTUAL_NOW, FIRST_CARD, VM_CARD])),
    ("card-of-a-maker-then-of-a-hypervisor", of([*WHOLE, LATE_TAG, VIRTUAL_NOW, FIRST_CARD, VM_CARD])),
    ("hardware-set-left-behind", of([*XP, found("2023-03-01 10:00", ("VEN_1022&DEV_790E",)), IN_USE], NO_TAG, *SEARCHED, era="xp")),
    ("hardware-set-left-behind", of([*XP, found("2023-03-01 10:00", ("A", "B"), processors=()), IN_USE], NO_TAG, *SEARCHED, era="xp")),
    ("hardware-set-left-behind", of([*XP, FIRST_BODY, SECOND_BODY], NO_TAG, *SEARCHED, era="xp")),
    ("second-hardware-set", of([fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=LATER), *COMPLETE, FIRST_BODY, SECOND_BODY])),
    ("boot-store-names-other-disk", of([PLACE, SIGNED, *COMPLETE, BOOT_OTHER, BOOT_THIS])),
    ("generalize-of-master-logged", of([*DEPLOYED, run("2022-03-01T09:58:00.0000000", "succeeded", options=("oobe",))])),
    ("generalize-of-master-logged", of([*WHOLE, MEDIA, MEDIA_TAG, run("2019-12-07T09:58:00.0000000", "succeeded")])),
    ("generalize-of-seal-logged", of([*DEPLOYED, RUN_OF_TAG])),
    ("generalize-failed-in-log", of([*WHOLE, RUN_OF_TAG])),
    ("seal-though-run-failed", of([*SEALED, FAILED, run("2024-03-02T09:58:00.0000000", "succeeded")])),
    ("seal-though-run-failed", of([*WHOLE, FAILED])),
    ("storage-ids-older-than-generalize", of([*CLAIMED, spaces("2022-06-23 01:25")])),
    ("storage-ids-older-than-generalize", of([*CLAIMED[:-1], release("14393"), spaces("2021-01-01 10:00")])),
    ("storage-ids-older-than-generalize", of([*WHOLE, MEDIA, MEDIA_TAG, release("18362"), spaces("2021-01-01 10:00")])),
    ("generalize-failed-in-log", of([*WHOLE, run("2022-03-01T09:58:00.0000000", "failed", ("Sysprep_Generalize_Pnp", "failed"))])),
    ("identity-conflict", of(WHOLE)),
    ("identity-conflict-of-an-ordinary-machine", of([fact(EVENT_IDENTITY_CONFLICT, ONCE), fact(EVENT_IDENTITY_CONFLICT, TRANSACTIONS)])),
    ("hardware-before-generalize", of([*DEPLOYED, NEW_IDS, MASTERS_IDS])),
    ("hardware-before-generalize", of([*WHOLE, MEDIA, MEDIA_TAG, *PRESENT, NEW_IDS])),
    ("hardware-before-generalize", of([*WHOLE, MEDIA, MEDIA_TAG, UPGRADED, *PRESENT, OLD_IDS])),  # an upgrade keeps what was before
    ("hardware-before-generalize", of([*WHOLE[1:], MEDIA, MEDIA_TAG, *PRESENT, OLD_IDS])),  # a clock of setup is missing
    ("hardware-before-generalize", of([*WHOLE, MEDIA, MEDIA_TAG, *SEALED, *PRESENT, OLD_IDS])),
    ("hardware-before-generalize", of([*WHOLE, *PRESENT, OLD_IDS], NO_TAG, era="xp")),
    (
        "hardware-before-generalize",  # the card came after the run that Sysprep logged, and before setup
        of([*WHOLE, MEDIA, MEDIA_TAG, *PRESENT, OLD_IDS, run("2021-04-01T09:58:00.0000000", "succeeded")]),
    ),
    ("life-before-generalize", of([*DEPLOYED, *MEMBER, JOINED_LATER, OLD_IDS, *PEOPLE[:2]])),
]
"""The rule, and facts of which it must make nothing."""
