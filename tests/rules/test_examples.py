"""Every rule: an example with the exact evidence, and a counter-example that it has to leave alone."""

import msgspec
import pytest

from forensic.artifacts.hardware.hardware_config import SYSTEM_INFORMATION, SystemInformation
from forensic.artifacts.identity.computer_name import COMPUTER_NAME, ComputerName
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME, DOMAIN_SID
from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.identity.sid_changer import SID_CHANGER_TRACE, SidChangerTrace
from forensic.artifacts.network.dhcpv6 import DHCPV6_DUID, Duid
from forensic.artifacts.network.network import MAC_ADDRESS, NETWORK_ADAPTER, MacUse
from forensic.artifacts.setup.clone_tag import CLONE_TAG, CloneTag
from forensic.artifacts.setup.image_state import IMAGE_STATE, ImageState
from forensic.artifacts.setup.media_time import MEDIA_TIME, MediaTime
from forensic.artifacts.setup.setup_command import SETUP_COMMAND, SetupCommand
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN, SYSPREP_STATUS, SetupclRun, SysprepStatus
from forensic.artifacts.setup.source_os import SOURCE_OS, SourceOs
from forensic.artifacts.setup.sysprep_tag import SETUPCL_FILE, SYSPREP_FOLDER, SYSPREP_TAG
from forensic.artifacts.setup.windows_release import INSTALL_DATE, PRODUCT_TYPE, WINDOWS_RELEASE, WindowsRelease
from forensic.artifacts.storage.disk import DISK_SIGNATURE, PARTITION, VOLUME_CREATED, PartitionPlace
from forensic.artifacts.storage.mounted_device import MOUNTED_DEVICE, MountedDevice
from forensic.model import FactSet, Guid, LocalTime, MacAddress, Sid
from forensic.reasoning.rule import load
from forensic.reasoning.subject import EarlierState, Subject
from tests.builders.facts import at, fact, gap
from tests.rules.domain_stories import DOMAIN_COUNTER_EXAMPLES, DOMAIN_EXAMPLES
from tests.rules.full_examples import DEPLOYED, FULL_COUNTER_EXAMPLES, FULL_EXAMPLES, MEMBER, PASSWORD
from tests.rules.full_examples import OLD_DUID as DUID_OF_BEFORE
from tests.rules.lineage_examples import LINEAGE_COUNTER_EXAMPLES, LINEAGE_EXAMPLES, lineage_step
from tests.rules.stories import (
    BOARD,
    HOME,
    OTHER,
    OWN,
    VM,
    accounts,
    boot_key,
    card,
    disk,
    duid,
    flags,
    gpt_disk,
    hardware,
    image_state,
    profile,
    running,
    sid_pair,
    volume_name,
)

RULES = load()
SETUP = at("2022-06-23 01:25")
THIRD = "S-1-5-21-7-7-7"
MEDIA_TAG = fact(CLONE_TAG, CloneTag("Sat Dec 07 09:18:25 2019", LocalTime("2019-12-07T09:18:25.0000000")))
LATE_TAG = fact(CLONE_TAG, CloneTag("Tue Mar 05 10:00:00 2024", LocalTime("2024-03-05T10:00:00.0000000")))
MASTER_TAG = fact(CLONE_TAG, CloneTag("Tue Mar 01 10:00:00 2022", LocalTime("2022-03-01T10:00:00.0000000")))
ODD_TAG = fact(CLONE_TAG, CloneTag("01020304", None))
MEDIA = fact(MEDIA_TIME, MediaTime(at("2019-12-07 09:50"), 300, 900, "key times"))
LAB = fact(WINDOWS_RELEASE, WindowsRelease(build="99999", build_lab="18362.1.amd64fre.19h1_release.190318-1202"))
LAB_TAG = fact(CLONE_TAG, CloneTag("Tue Mar 19 04:00:00 2019", LocalTime("2019-03-19T04:00:00.0000000")))
SETUPCL = fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=SETUP)
COMPLETE = image_state("IMAGE_STATE_COMPLETE")
SEALED = image_state("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE")
WORKSTATION, SERVER = fact(PRODUCT_TYPE, "WinNT"), fact(PRODUCT_TYPE, "ServerNT")
CONTROLLER = fact(PRODUCT_TYPE, "LanmanNT")
TAG_FILE = fact(SYSPREP_TAG, "Windows/System32/Sysprep/Sysprep_succeeded.tag", written="2022-03-01 18:00")
INSTALLED = fact(INSTALL_DATE, SETUP)
NAMED = [fact(COMPUTER_NAME, ComputerName("PC", "configured", 1)), fact(ACCOUNT_DOMAIN_NAME, "PC")]
WORKGROUP = gap(DOMAIN_SID, detail="the machine is in a workgroup: the value is empty")
LATE_SID = sid_pair(OWN, at("2024-05-01 12:00"))
WHOLE = [SETUPCL, *boot_key(at("2022-06-23 01:30")), INSTALLED, *running(), *COMPLETE, *NAMED]
TRACE = SidChangerTrace("NewSID", "EulaAccepted")
NIC = MacAddress("ec:f4:bb:48:7f:ed")
PERMANENT = fact(MAC_ADDRESS, MacUse(NIC, "NetworkSetup2 permanent"))
FIRST_CARD = card(1, "4&3AD87E0A&0&0888", SETUP, lease=at("2022-06-24 10:00"))
MEDIA_ADAPTER = Guid("e29ac6c2-7037-11de-816d-806e6f6e6963")
TWIN = card(2, "4&3AD87E0A&0&1888", at("2023-07-05 19:40"), dhcp=False)
NODE = Guid("a510fcf4-5b5c-11e0-8a2f-000c2971073c")
NODE_ENTRY = fact(MOUNTED_DEVICE, MountedDevice(f"\\??\\Volume{{{NODE}}}", "device", text="_??_USBSTOR", volume_guid=NODE))
OLD_DUID = duid("00:0c:29:7e:7e:d3", SETUP)
DELL, LENOVO = SystemInformation("Dell Inc.", "Latitude"), SystemInformation("LENOVO", "20XW")
VMWARE = SystemInformation("VMware, Inc.", "VMware20,1")
CLASSIC = {"era": "xp"}


def of(facts, *gaps, **parts):
    return Subject(FactSet(facts), tuple(gaps), **parts)


EARLIER = EarlierState(FactSet([*sid_pair(OTHER, SETUP), *boot_key(SETUP)]))
SNAPSHOT = EarlierState(EARLIER.facts, "shadow-copy", at("2023-01-05 12:00"))
WINDOWS_OLD = EarlierState(EARLIER.facts, "windows-old")
EARLIER_REKEYED = EarlierState(FactSet([*sid_pair(OTHER, SETUP), *boot_key(SETUP, "bb" * 32)]))
HOME_GUID = fact(MACHINE_GUID, Guid(HOME))
STAYED = [INSTALLED, HOME_GUID, *boot_key(SETUP, "cc" * 32)]
OF_ONE_SETUP = FactSet([*sid_pair(OTHER, SETUP), INSTALLED, HOME_GUID])
EARLIER_OF_ONE_SETUP = EarlierState(OF_ONE_SETUP)
SNAPSHOT_OF_ONE_SETUP = EarlierState(OF_ONE_SETUP, "shadow-copy", at("2023-01-05 12:00"))
WINDOWS_OLD_OF_ONE_SETUP = EarlierState(OF_ONE_SETUP, "windows-old")
SNAPSHOT_REKEYED = EarlierState(EARLIER_REKEYED.facts, "shadow-copy", at("2023-01-05 12:00"))
CARD_SENTENCE = (
    "the card PCI\\VEN_8086&DEV_100F&SUBSYS_075015AD&REV_01\\4&3AD87E0A&0&0888 had its last lease"
    " 2022-06-24 10:00:00 UTC, and a card of the"
    " same model, PCI\\VEN_8086&DEV_100F&SUBSYS_075015AD&REV_01\\4&3AD87E0A&0&1888, was set up 2023-07-05 19:40:00 UTC; setup was"
    " 2022-06-23 01:25:00 UTC"
)
LATE_SENTENCE = (
    f"the machine SID {OWN} was written 2024-05-01 12:00:00 UTC, after all of setup, whose last record is the boot key of the security"
    " authority of 2022-06-23 01:30:00 UTC"
)

CHANGED_XP = [*boot_key(at("2022-06-23 01:30")), INSTALLED, *flags(SystemSetupInProgress=0, SetupType=0), *NAMED, WORKSTATION, *LATE_SID,
              *accounts(OWN, SETUP, "ann")]  # fmt: skip
KEPT = "local accounts of earlier date are still there (Administrator, Guest, ann), so the account database was not made anew"
TRACES_OF_SYSPREP = (
    fact(SETUPCL_FILE, "Windows/System32/setupcl.exe"),
    fact(SYSPREP_FOLDER, "sysprep/sysprep.inf"),
    fact(SETUP_COMMAND, SetupCommand("OemDuplicatorString", "office image 3")),
)
SEARCHED = (gap(SETUPCL_FILE), gap(SYSPREP_FOLDER))
ADAPTER = NETWORK_ADAPTER.name
COPIED_XP = [WORKSTATION, *flags(SetupType=0), *sid_pair(OWN, SETUP), *boot_key(SETUP)]
BEFORE, UPGRADE = at("2021-06-01 12:00"), fact(SOURCE_OS, SourceOs("Source OS (Updated on 6/23/2022 01:25:00)"))
MOVE, SMALL, LARGE = at("2023-07-05 19:40"), "273c4cfe", "99887766"
SEVEN = [SETUPCL, *boot_key(SETUP), INSTALLED, *COMPLETE]


def named(signature, when, offset=1048576, node="00:0c:29:71:07:3c"):
    """A volume with a name of that time."""
    guid = volume_name(when, node)
    return fact(MOUNTED_DEVICE, MountedDevice(f"\\??\\Volume{{{guid}}}", "mbr", disk_signature=signature, offset=offset, volume_guid=guid))


def lettered(letter, signature, offset=1048576):
    """A drive letter."""
    return fact(MOUNTED_DEVICE, MountedDevice(f"\\DosDevices\\{letter}:", "mbr", disk_signature=signature, offset=offset))


SYSPREP_SINCE = lineage_step("generalize", "2023-01-01T10:00")
SPECIALIZED_THEN = [lineage_step("specialize", "2022-06-23T03:25"), lineage_step("specialize", "2024-05-01T14:00", 200)]
VOLUMES = [named(SMALL, SETUP), named(LARGE, MOVE), lettered("C", LARGE)]
OLD_CARD = card(1, "A", SETUP, lease=at("2023-07-01 10:00"))
OTHER_CARD = card(2, "B", MOVE, lease=at("2024-01-01 10:00"), device="VEN_10EC&DEV_8168")
RENAMED = (
    "the volume of the system, on the disk 99887766, was named 2023-07-05 19:40:00 UTC; the one that was named 2022-06-23 01:25:00 UTC,"
    " when Windows was set up, is on the disk 273c4cfe and has no drive letter any more"
)
CARDS_TOO = "the network cards changed in the same days"
BEHIND = at("2001-01-01 00:10")
EARLY = [fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=BEHIND), *boot_key(BEHIND), fact(INSTALL_DATE, BEHIND)]

LATER_CARD = card(3, "C", at("2024-07-05 19:40"), device="VEN_10EC&DEV_8168")
UNDEPLOYABLE = image_state("IMAGE_STATE_UNDEPLOYABLE")
MINI_SETUP = fact(SETUP_COMMAND, SetupCommand("CmdLine", "setup -newsetup -mini"))
WINDEPLOY = fact(SETUP_COMMAND, SetupCommand("CmdLine", "oobe\\windeploy.exe"))
EVE = at("2022-06-22 10:00")
IN_SETUP = flags(SystemSetupInProgress=1)
LONG = "desktop-of-the-head-of-it"
FORMER = (
    f"an earlier copy of the hives has the machine SID {OTHER} (written 2022-06-23 01:25:00 UTC), and now it is {OWN}; the boot key is the"
    " same in both"
)

NAMELESS = [
    fact(MOUNTED_DEVICE, MountedDevice("\\??\\Volume", "device", volume_guid=Guid(guid)))
    for guid in ("a510fcf4-5b5c-41e0-8a2f-000c2971073c", "a510fcf4-5b5c-11e0-8a2f-806e6f6e6963")
]


def marked(*facts, **marks):
    """The same adapters, marked otherwise."""
    return [
        msgspec.structs.replace(one, value=msgspec.structs.replace(one.value, **marks)) if one.kind == ADAPTER else one for one in facts
    ]


def elsewhere(*facts):
    """The same adapters on USB."""
    return [
        one
        for each in facts
        for one in marked(each, **({"instance": each.value.instance.replace("PCI", "USB")} if each.kind == ADAPTER else {}))
    ]


MOVED_XP = [*boot_key(SETUP), INSTALLED, *running(), *VOLUMES, *OLD_CARD, *OTHER_CARD]

EXAMPLES = [
    (
        "clone-tag-of-media",
        of([MEDIA_TAG]),
        "moderate",
        (
            "the CloneTag, Sat Dec 07 09:18:25 2019, is the one that Microsoft's media of Windows 10 2004 to"
            " 22H2 (10.0.19041 to 19045) carries"
        ),
    ),
    (
        "clone-tag-of-media",
        of([LAB_TAG, LAB]),
        "moderate",
        (
            "the CloneTag, Tue Mar 19 04:00:00 2019 (local time), agrees with the stamp of the build laboratory (2019-03-18 12:02:00 UTC):"
            " it is the media's own"
        ),
    ),
    (
        "clone-tag-later-than-media",
        of([MASTER_TAG, MEDIA, SETUPCL]),
        "moderate",
        (
            "the CloneTag, Tue Mar 01 10:00:00 2022 (local time), is later than key times that the media left"
            " behind (2019-12-07 09:50:00 UTC) and"
            " not later than the SID replacement pass of setup (2022-06-23 01:25:00 UTC): a generalize came"
            " before this computer's own setup"
        ),
    ),
    (
        "clone-tag-later-than-media",
        of([MASTER_TAG, *running()], **CLASSIC),
        "moderate",
        "the CloneTag, Tue Mar 01 10:00:00 2022 (local time), stands; on this release only Sysprep writes it",
    ),
    (
        "clone-tag-later-than-media",
        of([ODD_TAG, *running()], era="nt4"),
        "weak",
        "there is a CloneTag without a date (01020304); on this release only Sysprep writes one",
    ),
    (
        "clone-tag-of-seal",
        of([LATE_TAG, MEDIA, *SEALED]),
        "moderate",
        "the CloneTag, Tue Mar 05 10:00:00 2024 (local time), is not the installation media's: this image was generalized",
    ),
    (
        "no-clone-tag",
        of(flags(SetupType=0), gap(CLONE_TAG), **CLASSIC),
        "moderate",
        "SYSTEM was read and has no CloneTag, which before Windows Vista only Sysprep leaves",
    ),
    (
        "clone-tag-after-setup",
        of([LATE_TAG, SETUPCL, *COMPLETE]),
        "moderate",
        (
            "the CloneTag, Tue Mar 05 10:00:00 2024 (local time), is later than the SID replacement pass of"
            " setup (2022-06-23 01:25:00 UTC),"
            " yet no setup pass is outstanding"
        ),
    ),
    (
        "sysprep-tag-of-master",
        of([TAG_FILE, MASTER_TAG, MEDIA, *COMPLETE]),
        "moderate",
        (
            "the file Windows/System32/Sysprep/Sysprep_succeeded.tag, written 2022-03-01 18:00:00 UTC, is of the time of the CloneTag:"
            " Sysprep ended with success there"
        ),
    ),
    (
        "sysprep-tag-of-master",
        of([TAG_FILE, MEDIA_TAG, MEDIA, *COMPLETE]),
        "weak",
        (
            "the file Windows/System32/Sysprep/Sysprep_succeeded.tag, written 2022-03-01 18:00:00 UTC, shows"
            " that Sysprep ended with success on"
            " this lineage once"
        ),
    ),
    (
        "sysprep-tag-of-seal",
        of([TAG_FILE, *SEALED]),
        "moderate",
        "the file Windows/System32/Sysprep/Sysprep_succeeded.tag is there, which Sysprep leaves when it succeeds",
    ),
    ("image-state-sealed", of(SEALED), "strong", "the image state is IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE in registry and in state.ini"),
    ("image-state-sealed", of(SEALED[:1]), "moderate", "the image state is IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE in registry"),
    (
        "image-states-differ",
        of([SEALED[0], COMPLETE[1]]),
        "moderate",
        "the copies of the image state disagree: registry says IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE, state.ini says IMAGE_STATE_COMPLETE",
    ),
    ("setup-outstanding", of(flags(SystemSetupInProgress=1)), "moderate", "a setup pass is outstanding: SystemSetupInProgress is 1"),
    (
        "setup-outstanding",
        of([fact(IMAGE_STATE, ImageState("IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE", "registry"))]),
        "moderate",
        "a setup pass is outstanding: the image state in registry is IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE",
    ),
    ("image-state-complete", of(COMPLETE), "weak", "the image state is IMAGE_STATE_COMPLETE: specialize and first start ended"),
    (
        "setup-armed",
        of([*SEALED, *flags(SetupType=2), fact(SETUP_COMMAND, SetupCommand("CmdLine", "oobe\\windeploy.exe"))]),
        "moderate",
        'setup will run at the next start: CmdLine is "oobe\\windeploy.exe", SetupType is 2',
    ),
    (
        "setup-armed",
        of([MASTER_TAG, fact(SETUP_COMMAND, SetupCommand("CmdLine", "setup -newsetup -mini"))], **CLASSIC),
        "strong",
        'mini-setup will run at the next start: CmdLine is "setup -newsetup -mini" beside a CloneTag',
    ),
    (
        "seal-not-armed",
        of([*SEALED, *flags(SetupType=0)]),
        "moderate",
        "SetupType is 0: setup will not run at the next start, though the image state says that it has to",
    ),
    (
        "generalize-unfinished",
        of([fact(SYSPREP_STATUS, SysprepStatus(3)), *COMPLETE, *running()], gap(SYSPREP_TAG)),
        "moderate",
        (
            "GeneralizationState is 3 (begun, not finished; 7 would be nothing outstanding), though the image state is COMPLETE;"
            " no setup is at work"
        ),
    ),
    (
        "generalize-unfinished",
        of([fact(SYSPREP_STATUS, SysprepStatus(3)), *UNDEPLOYABLE, *running()], gap(SYSPREP_TAG), origin="collection"),
        "moderate",
        "GeneralizationState is 3 (begun, not finished; 7 would be nothing outstanding); no setup is at work",
    ),
    (
        "setup-clocks-agree",
        of([SETUPCL, INSTALLED, *running(), *sid_pair(OWN, SETUP)[1:2]]),
        "moderate",
        (
            "the SID replacement pass of setup, the installation date and the machine SID are of one setup, 2022-06-23 01:25:00 UTC to"
            " 2022-06-23 01:25:00 UTC"
        ),
    ),
    (
        "names-of-two-computers",
        of([NAMED[0], fact(ACCOUNT_DOMAIN_NAME, "LAB-17")], origin="collection"),
        "moderate",
        "SECURITY names the computer LAB-17, SYSTEM PC: these may be hives of two computers",
    ),
    ("machine-sid-copies-agree", of(sid_pair(OWN, SETUP)), "moderate", f"SAM and SECURITY hold the same machine SID, {OWN}"),
    ("machine-sid-copies-differ", of(sid_pair(OWN, SETUP, sam=OTHER)), "moderate", f"SAM holds the machine SID {OTHER}, SECURITY {OWN}"),
    (
        "machine-sid-later-than-setup",
        of([*WHOLE, WORKSTATION, *LATE_SID, *accounts(OWN, SETUP, "ann")]),
        "strong",
        (
            f"{LATE_SENTENCE}; local accounts of earlier date are still there (Administrator, Guest, ann), so the account"
            " database was not made anew"
        ),
    ),
    (
        "machine-sid-later-than-setup",
        of([*WHOLE, SERVER, *LATE_SID, *accounts(OWN, SETUP, "ann")]),
        "strong",
        f"{LATE_SENTENCE}; local accounts of earlier date are still there (ann), so the account database was not made anew",
    ),
    ("machine-sid-later-than-setup", of([*WHOLE, WORKSTATION, *LATE_SID]), "moderate", LATE_SENTENCE),
    (
        "machine-sid-later-than-setup",
        of(CHANGED_XP, gap(CLONE_TAG), *SEARCHED, **CLASSIC),
        "strong",
        f"{LATE_SENTENCE}; {KEPT}",
    ),
    (
        "machine-sid-later-than-setup",
        of(CHANGED_XP, gap(CLONE_TAG), gap(SETUPCL_FILE, "not-looked"), **CLASSIC),
        "moderate",
        f"{LATE_SENTENCE}; {KEPT}",
    ),
    (
        "machine-sid-later-than-setup",
        of([*WHOLE, SERVER, *LATE_SID, *accounts(OWN, SETUP)]),
        "weak",
        f"{LATE_SENTENCE}; a promotion to domain controller and back is not excluded",
    ),
    (
        "machine-sid-later-than-setup",
        of([*WHOLE[:-1], WORKSTATION, *LATE_SID]),
        "moderate",
        f"{LATE_SENTENCE}; it is not shown that the hives are of one computer",
    ),
    (
        "earlier-copy-has-another-sid",
        of([WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(WINDOWS_OLD,)),
        "moderate",
        (
            f"Windows.old has the machine SID {OTHER} (written 2022-06-23 01:25:00 UTC), and now it is {OWN}; the boot key is the same in"
            " both"
        ),
    ),
    (
        "shadow-copy-has-another-sid",
        of([WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(SNAPSHOT,), era="7"),
        "strong",
        (
            f"a shadow copy of 2023-01-05 12:00:00 UTC has the machine SID {OTHER} (written 2022-06-23 01:25:00 UTC), and now it is {OWN};"
            " the boot key is the same in both"
        ),
    ),
    (
        "earlier-copy-has-another-sid",
        of([WORKSTATION, *sid_pair(OWN, MOVE), *boot_key(MOVE)], earlier_states=(EARLIER,)),
        "weak",
        (
            f"an earlier copy of the hives has the machine SID {OTHER} (written 2022-06-23 01:25:00 UTC), and now"
            f" it is {OWN}; the boot key is the"
            " same in both, but was written again since, as a setup pass does, which gives a new SID"
        ),
    ),
    (
        "earlier-copy-has-another-sid",
        of([WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER,), era="8.1"),
        "strong",
        FORMER,
    ),
    *(  # it is not shown that a specialize of Windows 10 renews the boot key
        (
            "earlier-copy-has-another-sid",
            of([WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER,), era=era),
            "moderate",
            FORMER,
        )
        for era in ("10", None)
    ),
    (
        "earlier-copy-has-another-sid",  # nor does it have to, where the rest of the setup stayed
        of([WORKSTATION, *sid_pair(OWN, SETUP), *STAYED], earlier_states=(EARLIER_OF_ONE_SETUP,), era="10"),
        "strong",
        FORMER.replace("the boot key is the same in both", "the other identifiers that belong to one setup stayed"),
    ),
    (
        "shadow-copy-has-another-sid",
        of([WORKSTATION, *sid_pair(OWN, SETUP), *STAYED], earlier_states=(SNAPSHOT_OF_ONE_SETUP,), era="10"),
        "strong",
        FORMER.replace("an earlier copy of the hives", "a shadow copy of 2023-01-05 12:00:00 UTC").replace(
            "the boot key is the same in both", "the other identifiers that belong to one setup stayed"
        ),
    ),
    (
        "shadow-copy-has-another-sid",
        of([WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(SNAPSHOT,), era="10"),
        "moderate",
        FORMER.replace("an earlier copy of the hives", "a shadow copy of 2023-01-05 12:00:00 UTC"),
    ),
    (
        "earlier-copy-has-another-sid",
        of([WORKSTATION, *sid_pair(OWN, SETUP), *STAYED], earlier_states=(WINDOWS_OLD_OF_ONE_SETUP,), era="7"),
        "moderate",
        FORMER.replace("an earlier copy of the hives", "Windows.old").replace(
            "the boot key is the same in both", "the other identifiers that belong to one setup stayed"
        ),
    ),
    (
        "profile-of-former-sid",
        of([*NAMED, *sid_pair(OWN, SETUP), *accounts(OWN, SETUP, "ann"), profile(f"{OTHER}-1000", "C:\\Users\\ann")], WORKGROUP),
        "moderate",
        f"the profile C:\\Users\\ann belongs to {OTHER}-1000, and the local account ann is {OWN}-1000: same name and RID",
    ),
    (
        "profile-of-former-sid",
        of([*NAMED, *sid_pair(OWN, SETUP), profile(f"{OTHER}-1131", "C:\\Users\\bob")], WORKGROUP),
        "weak",
        f"the profile C:\\Users\\bob belongs to {OTHER}-1131, which is neither of this machine nor of its domain",
    ),
    (
        "sid-changer-trace",
        of([fact(SID_CHANGER_TRACE, TRACE, written=SETUP, profile="Users/ann")]),
        "moderate",
        "NewSID left EulaAccepted in the profile Users/ann, written 2022-06-23 01:25:00 UTC",
    ),
    (
        "sid-changer-trace",  # an upgrade came since, and the SID is still the one that was written then
        of([*WHOLE, UPGRADE, *sid_pair(OWN, BEFORE), fact(SID_CHANGER_TRACE, TRACE, written=BEFORE, profile="Users/ann")]),
        "moderate",
        "NewSID left EulaAccepted in the profile Users/ann, written 2021-06-01 12:00:00 UTC",
    ),
    (
        "sid-changer-trace",
        of([*WHOLE, UPGRADE, *sid_pair(OWN, SETUP), fact(SID_CHANGER_TRACE, TRACE, written=BEFORE, profile="Users/ann")]),
        "weak",
        "NewSID left EulaAccepted in the profile Users/ann, written 2021-06-01 12:00:00 UTC, before the last upgrade",
    ),
    (
        "sid-changer-trace",
        of([*WHOLE, *sid_pair(OWN, SETUP), fact(SID_CHANGER_TRACE, TRACE, written=BEFORE, profile="Users/ann")]),
        "weak",
        (
            "NewSID left EulaAccepted in the profile Users/ann, written 2021-06-01 12:00:00 UTC, before the last setup, which gave the"
            " machine a new SID anyway"
        ),
    ),
    (
        "sid-changer-trace",
        of([*WHOLE, *LATE_SID, fact(SID_CHANGER_TRACE, TRACE, written="2024-05-01 12:00", profile="Users/ann")]),
        "moderate",
        "NewSID left EulaAccepted in the profile Users/ann, written 2024-05-01 12:00:00 UTC",
    ),
    (
        "sid-changer-trace",
        of([*WHOLE, *sid_pair(OWN, SETUP), fact(SID_CHANGER_TRACE, TRACE, written="2024-05-01 12:00", profile="Users/ann")]),
        "weak",
        (
            "NewSID left EulaAccepted in the profile Users/ann, written 2024-05-01 12:00:00 UTC; the machine SID was written by setup, and"
            " not since"
        ),
    ),
    (
        "sid-changer-trace",
        of([fact(SID_CHANGER_TRACE, SidChangerTrace("NewSID", "EulaAccepted", 60), profile="Users/ann")]),
        "weak",
        "NewSID left EulaAccepted in the profile Users/ann, beside 60 others of the same seconds",
    ),
    (
        "disk-is-known",
        of(disk()),
        "moderate",
        (
            "MountedDevices names the disk signature 273c4cfe of this disk"
            " (\\??\\Volume{a08efec3-a076-11e5-824f-806e6f6e6963}, \\DosDevices\\C:)"
        ),
    ),
    (
        "disk-is-known",
        of(gpt_disk()),
        "moderate",
        "MountedDevices names the partition GUID 03939e21-9f31-4c7a-8f2e-000000000001 of this disk (\\DosDevices\\C:)",
    ),
    (
        "disk-is-another",
        of([*disk(mounted="11111111"), *COMPLETE]),
        "weak",
        (
            "MountedDevices has C: on the disk signature 11111111, the disk has 273c4cfe, and no entry names"
            " this disk: the volume was copied to"
            " another disk and not started there since, or the disk was signed anew"
        ),
    ),
    (
        "disk-is-another",
        of([*gpt_disk(mounted="aaaaaaaa-9f31-4c7a-8f2e-000000000001"), *COMPLETE]),
        "weak",
        (
            "MountedDevices has C: on the partition GUID aaaaaaaa-9f31-4c7a-8f2e-000000000001, the disk has"
            " 03939e21-9f31-4c7a-8f2e-000000000001,"
            " and no entry names this disk: the volume was copied to another disk and not started there since, or the disk was signed anew"
        ),
    ),
    (
        "volume-is-younger",
        of([*WHOLE, fact(VOLUME_CREATED, at("2024-01-01 10:00"))]),
        "weak",
        (
            "the volume was formatted 2024-01-01 10:00:00 UTC, after the setup of the Windows on it, whose last"
            " record is the boot key of the"
            " security authority of 2022-06-23 01:30:00 UTC"
        ),
    ),
    (
        "one-hardware-configuration",
        of([hardware(BOARD, True, SETUP)]),
        "moderate",
        f"every start was on one machine, Dell Inc. Latitude E6430, system UUID {BOARD}",
    ),
    (
        "other-hardware-configuration",
        of([SETUPCL, *COMPLETE, hardware(VM, False, at("2023-01-05 10:00"), "VMware, Inc.", "VMware7,1"), hardware(BOARD, True, SETUP)]),
        "strong",
        (
            f"started on VMware, Inc. VMware7,1 (system UUID {VM}, last recorded 2023-01-05 10:00:00 UTC) and"
            " last on Dell Inc. Latitude E6430"
            f" (system UUID {BOARD}); it was specialized 2022-06-23 01:25:00 UTC, and not since"
        ),
    ),
    (
        "other-hardware-configuration",
        of([SETUPCL, *COMPLETE, hardware(VM, False, at("2023-01-05 10:00")), hardware(BOARD, True, SETUP)]),
        "moderate",
        (
            f"started on Dell Inc. Latitude E6430 (system UUID {VM}, last recorded 2023-01-05 10:00:00 UTC) and"
            " last on Dell Inc. Latitude E6430"
            f" (system UUID {BOARD}); it was specialized 2022-06-23 01:25:00 UTC, and not since"
        ),
    ),
    (
        "earlier-copy-names-other-hardware",
        of(
            [*COMPLETE, *boot_key(SETUP), hardware(BOARD, False, SETUP), hardware(VM, True, SETUP), fact(SYSTEM_INFORMATION, LENOVO)],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP), fact(SYSTEM_INFORMATION, DELL)])),),
        ),
        "moderate",
        "an earlier copy of the hives, with the same boot key, names Dell Inc. Latitude, and the last start was on LENOVO 20XW",
    ),
    (
        "earlier-copy-names-other-hardware",
        of(
            [*COMPLETE, *boot_key(SETUP), hardware(BOARD, True, SETUP), fact(SYSTEM_INFORMATION, LENOVO)],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP), fact(SYSTEM_INFORMATION, DELL)])),),
        ),
        "weak",
        "an earlier copy of the hives, with the same boot key, names Dell Inc. Latitude, and the last start was on LENOVO 20XW",
    ),
    (
        "earlier-copy-names-other-hardware",  # a virtual machine with the system UUID of the computer that it was made of
        of(
            [*COMPLETE, *boot_key(SETUP), hardware(BOARD, True, SETUP), fact(SYSTEM_INFORMATION, VMWARE)],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP), fact(SYSTEM_INFORMATION, DELL)])),),
        ),
        "moderate",
        "an earlier copy of the hives, with the same boot key, names Dell Inc. Latitude, and the last start was on VMware, Inc. VMware20,1",
    ),
    (
        "first-network-card-present",
        of([duid(NIC, SETUP), PERMANENT]),
        "weak",
        "the DHCPv6 identity was made from ec:f4:bb:48:7f:ed, a card that is on record",
    ),
    (
        "first-network-card-gone",
        of([duid("ec:f4:bb:00:00:01", SETUP), PERMANENT, *COMPLETE]),
        "weak",
        "the DHCPv6 identity was made from ec:f4:bb:00:00:01, and no card on record has this address",
    ),
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *FIRST_CARD, *TWIN]), "weak", CARD_SENTENCE),
    (
        "network-card-replaced-by-twin",
        of([SETUPCL, *COMPLETE, *FIRST_CARD, *TWIN, OLD_DUID, NODE_ENTRY], era="7"),
        "moderate",
        f"{CARD_SENTENCE}; addresses of several cards are on record: 00:0c:29:71:07:3c, 00:0c:29:7e:7e:d3",
    ),
    (
        "clone-tag-of-seal",
        of([MASTER_TAG, MINI_SETUP], **CLASSIC),
        "moderate",
        "the CloneTag, Tue Mar 01 10:00:00 2022 (local time), is not the installation media's: this image was generalized",
    ),
    ("setup-armed", of([MINI_SETUP], **CLASSIC), "moderate", 'mini-setup will run at the next start: CmdLine is "setup -newsetup -mini"'),
    (
        "sysprep-tag-of-master",
        of([fact(SYSPREP_TAG, "Sysprep_succeeded.tag"), *COMPLETE]),
        "weak",
        "the file Sysprep_succeeded.tag shows that Sysprep ended with success on this lineage once",
    ),
    (
        "sysprep-tag-of-master",
        of([fact(SYSPREP_TAG, "x.tag", written="2019-12-07 09:30"), MEDIA_TAG, MEDIA, *COMPLETE]),
        "weak",
        "the file x.tag, written 2019-12-07 09:30:00 UTC, shows that Sysprep ended with success on this lineage once",
    ),
    (
        "image-undeployable",
        of([*UNDEPLOYABLE, *running()], gap(SYSPREP_TAG)),
        "moderate",
        (
            "the image state in registry is IMAGE_STATE_UNDEPLOYABLE; the image state in state.ini is IMAGE_STATE_UNDEPLOYABLE;"
            " no setup is at work"
        ),
    ),
    (
        "setup-outstanding",
        of([*UNDEPLOYABLE[:1], *IN_SETUP]),
        "moderate",
        (
            "a setup pass is outstanding: SystemSetupInProgress is 1, the image state in registry is IMAGE_STATE_UNDEPLOYABLE;"
            " so stands every computer between specialize and the end of its first start"
        ),
    ),
    (
        "machine-sid-later-than-setup",
        of(
            [
                *WHOLE[:-2],
                fact(COMPUTER_NAME, ComputerName(LONG, "configured", 1)),
                fact(ACCOUNT_DOMAIN_NAME, LONG[:15].upper()),
                WORKSTATION,
                *LATE_SID,
            ]
        ),
        "moderate",
        LATE_SENTENCE,
    ),
    (
        "machine-sid-later-than-setup",
        of([*WHOLE[:-2], WORKSTATION, *LATE_SID, profile(f"{OWN}-1000", "C:\\Users\\ann")]),
        "moderate",
        LATE_SENTENCE,
    ),
    (
        "earlier-copy-has-another-sid",
        of([WORKSTATION, *sid_pair(OWN, SETUP)[1:], *boot_key(SETUP)], earlier_states=(EARLIER,), era="7"),
        "moderate",
        FORMER,
    ),
    ("earlier-copy-has-another-sid", of([SERVER, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER,)), "weak", FORMER),
    ("earlier-copy-has-another-sid", of([*sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER,)), "moderate", FORMER),
    (
        "earlier-copy-has-another-sid",
        of(
            [SERVER, *sid_pair(OWN, SETUP), *boot_key(SETUP), *accounts(OWN, at("2022-01-01 10:00"), "ann")],
            earlier_states=(EARLIER,),
            era="2012r2",
        ),
        "strong",
        FORMER,
    ),
    (
        "earlier-copy-has-another-sid",
        of(COPIED_XP, gap(CLONE_TAG), *SEARCHED, earlier_states=(EARLIER,), **CLASSIC),
        "strong",
        FORMER,
    ),
    (
        "earlier-copy-has-another-sid",
        of(COPIED_XP, gap(CLONE_TAG), gap(SETUPCL_FILE, "not-looked"), earlier_states=(EARLIER,), **CLASSIC),
        "moderate",
        FORMER,
    ),
    (
        "earlier-copy-has-another-sid",
        of(
            [WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)],
            earlier_states=(EarlierState(FactSet([*sid_pair(OTHER, SETUP)[:1], *boot_key(SETUP)])),),
            era="7",
        ),
        "strong",
        FORMER.replace(" (written 2022-06-23 01:25:00 UTC)", ""),
    ),
    (
        "profile-of-former-sid",
        of(
            [
                *NAMED,
                *sid_pair(OWN, SETUP),
                *accounts(OWN, SETUP, "ann"),
                fact(DOMAIN_SID, Sid("S-1-5-21-9-9-9")),
                profile(f"{OTHER}-1000", "C:\\Users\\ann"),
            ]
        ),
        "moderate",
        f"the profile C:\\Users\\ann belongs to {OTHER}-1000, and the local account ann is {OWN}-1000: same name and RID",
    ),
    (
        "sid-changer-trace",
        of([SETUPCL, fact(SID_CHANGER_TRACE, TRACE, written="2022-06-22 01:25", profile="Users/ann")]),
        "weak",
        (
            "NewSID left EulaAccepted in the profile Users/ann, written 2022-06-22 01:25:00 UTC, before the last setup, which gave the"
            " machine a new SID anyway"
        ),
    ),
    (
        "sid-changer-trace",
        of([SETUPCL, fact(SID_CHANGER_TRACE, TRACE)]),
        "moderate",
        "NewSID left EulaAccepted in the profile of an unknown user",
    ),
    (
        "network-card-replaced-by-twin",
        of([*boot_key(SETUP), *running(), *FIRST_CARD, *TWIN], gap(CLONE_TAG), *SEARCHED, **CLASSIC),
        "weak",
        CARD_SENTENCE,
    ),
    (
        "network-card-replaced-by-twin",  # names of version 4, of placeholders and of cards made up by software name no card
        of([SETUPCL, *COMPLETE, *FIRST_CARD, *TWIN, OLD_DUID, *NAMELESS, duid("02:15:5d:00:00:01", SETUP)], era="7"),
        "weak",
        CARD_SENTENCE,
    ),
    (
        "other-hardware-configuration",  # of media that is known: what was used on the day before is no master's
        of([SETUPCL, MEDIA_TAG, *COMPLETE, hardware(VM, False, EVE), hardware(BOARD, True, SETUP)]),
        "moderate",
        (
            f"started on Dell Inc. Latitude E6430 (system UUID {VM}, last recorded 2022-06-22 10:00:00 UTC) and last on Dell Inc. Latitude"
            f" E6430 (system UUID {BOARD}); it was specialized 2022-06-23 01:25:00 UTC, and not since"
        ),
    ),
    (
        "one-hardware-configuration",
        of([hardware(BOARD, True, SETUP, None, " ")]),
        "moderate",
        f"every start was on one machine, a computer of unknown make, system UUID {BOARD}",
    ),
    (
        "earlier-copy-names-other-hardware",
        of(
            [*COMPLETE, *boot_key(SETUP), *sid_pair(OWN, SETUP), fact(SYSTEM_INFORMATION, LENOVO)],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP), *sid_pair(OWN, SETUP), fact(SYSTEM_INFORMATION, DELL)])),),
        ),
        "weak",
        "an earlier copy of the hives, with the same boot key, names Dell Inc. Latitude, and the last start was on LENOVO 20XW",
    ),
    (
        "setup-outstanding",
        of(UNDEPLOYABLE[:1]),
        "moderate",
        "a setup pass is outstanding: the image state in registry is IMAGE_STATE_UNDEPLOYABLE",
    ),
    (
        "profile-of-former-sid",  # the hives may be of two computers
        of([*sid_pair(OWN, SETUP), *accounts(OWN, SETUP, "ann"), profile(f"{OTHER}-1000", "C:\\Users\\ann")], WORKGROUP),
        "weak",
        f"the profile C:\\Users\\ann belongs to {OTHER}-1000, which is neither of this machine nor of its domain",
    ),
    ("system-volume-named-later", of([*SEVEN, *VOLUMES], era="7"), "weak", RENAMED),
    ("system-volume-named-later", of([*SEVEN, *VOLUMES, *OTHER_CARD], era="7"), "weak", RENAMED),  # no card before
    ("system-volume-named-later", of([*SEVEN, *VOLUMES, *OLD_CARD, *LATER_CARD], era="7"), "weak", RENAMED),  # another one, much later
    ("system-volume-named-later", of([*SEVEN, *VOLUMES, *OLD_CARD, *OTHER_CARD], era="7"), "moderate", f"{RENAMED}; {CARDS_TOO}"),
    (
        "system-volume-named-later",
        of(MOVED_XP, gap(CLONE_TAG), *SEARCHED, **CLASSIC),
        "moderate",
        f"{RENAMED}; {CARDS_TOO}",
    ),
    *(  # files of Sysprep lie there, and the machine SID is still that of setup
        (
            "system-volume-named-later",
            of([*MOVED_XP, trace, *sid_pair(OWN, SETUP)], gap(CLONE_TAG), **CLASSIC),
            "moderate",
            f"{RENAMED}; {CARDS_TOO}",
        )
        for trace in TRACES_OF_SYSPREP
    ),
]

COUNTER_EXAMPLES = [
    ("system-volume-named-later", of(MOVED_XP, gap(CLONE_TAG), **CLASSIC)),  # not searched for Sysprep
    *(  # mini-setup gave the SID when the computer was another
        ("system-volume-named-later", of([*MOVED_XP, trace, *sid_pair(OWN, MOVE)], gap(CLONE_TAG), **CLASSIC))
        for trace in TRACES_OF_SYSPREP
    ),
    ("clone-tag-of-media", of([LATE_TAG, MEDIA])),
    ("clone-tag-of-media", of([MEDIA_TAG, *SEALED])),
    ("clone-tag-of-media", of([MASTER_TAG])),
    ("clone-tag-later-than-media", of([MEDIA_TAG, MEDIA, SETUPCL])),
    ("clone-tag-later-than-media", of([MASTER_TAG, SETUPCL])),
    ("clone-tag-later-than-media", of([LATE_TAG, MEDIA, SETUPCL])),
    ("clone-tag-later-than-media", of([MASTER_TAG, MEDIA, SETUPCL, *SEALED])),
    ("clone-tag-of-seal", of([LATE_TAG, MEDIA, *COMPLETE])),
    ("clone-tag-of-seal", of([MEDIA_TAG, MEDIA, *SEALED])),
    ("no-clone-tag", of([], gap(CLONE_TAG), **CLASSIC)),
    ("no-clone-tag", of(flags(SetupType=0), gap(CLONE_TAG, "unreadable"), **CLASSIC)),
    ("no-clone-tag", of(flags(SetupType=0), gap(CLONE_TAG), era="10")),
    ("clone-tag-after-setup", of([MASTER_TAG, SETUPCL, *COMPLETE])),
    ("clone-tag-after-setup", of([LATE_TAG, SETUPCL, *SEALED])),
    ("sysprep-tag-of-master", of([TAG_FILE, *SEALED])),
    ("sysprep-tag-of-seal", of([TAG_FILE, *COMPLETE])),
    ("image-state-sealed", of(COMPLETE)),
    ("image-state-sealed", of([SEALED[0], COMPLETE[1]])),
    ("image-states-differ", of(SEALED)),
    ("setup-outstanding", of([*COMPLETE, *running()])),
    ("setup-outstanding", of([*SEALED, *flags(SetupType=2)])),
    ("image-state-complete", of(SEALED)),
    ("setup-armed", of([*COMPLETE, *flags(SetupType=0), fact(SETUP_COMMAND, SetupCommand("CmdLine", "oobe\\windeploy.exe"))])),
    ("setup-armed", of([fact(SETUP_COMMAND, SetupCommand("CmdLine", "setup -newsetup"))], **CLASSIC)),
    ("seal-not-armed", of([*SEALED, *flags(SetupType=2)])),
    ("seal-not-armed", of(SEALED)),
    ("generalize-unfinished", of([fact(SYSPREP_STATUS, SysprepStatus(7)), *COMPLETE, *running()], gap(SYSPREP_TAG))),
    ("generalize-unfinished", of([fact(SYSPREP_STATUS, SysprepStatus(3)), *SEALED, *running()], gap(SYSPREP_TAG))),
    ("generalize-unfinished", of([fact(SYSPREP_STATUS, SysprepStatus(3)), *COMPLETE, *flags(SystemSetupInProgress=1)], gap(SYSPREP_TAG))),
    ("setup-clocks-agree", of([SETUPCL, fact(INSTALL_DATE, at("2024-01-01 10:00")), *running()])),
    ("setup-clocks-agree", of([SETUPCL, *running()])),
    ("setup-clocks-agree", of([*sid_pair(OWN, SETUP), *running()])),
    ("names-of-two-computers", of(NAMED, origin="collection")),
    ("names-of-two-computers", of([NAMED[0], fact(ACCOUNT_DOMAIN_NAME, "LAB-17")])),
    ("names-of-two-computers", of([NAMED[0]], origin="collection")),
    ("machine-sid-copies-agree", of(sid_pair(OWN, SETUP, sam=OTHER))),
    ("machine-sid-copies-agree", of(sid_pair(OWN, SETUP)[:1])),
    ("machine-sid-copies-differ", of(sid_pair(OWN, SETUP))),
    ("machine-sid-later-than-setup", of([*WHOLE, CONTROLLER, *LATE_SID, *accounts(OWN, SETUP, "ann")])),
    ("machine-sid-later-than-setup", of([*WHOLE, WORKSTATION, *LATE_SID], role="domain-controller")),
    ("machine-sid-later-than-setup", of([*WHOLE, WORKSTATION, *sid_pair(OWN, at("2022-06-24 20:00"))])),
    ("machine-sid-later-than-setup", of([*WHOLE, WORKSTATION, *LATE_SID, fact(INSTALL_DATE, at("2024-05-01 02:00"))])),
    ("machine-sid-later-than-setup", of([*WHOLE[1:], WORKSTATION, *LATE_SID])),
    ("machine-sid-later-than-setup", of([*WHOLE[1:], WORKSTATION, *LATE_SID], **CLASSIC)),
    *(
        (rule, of([*CHANGED_XP, trace], gap(CLONE_TAG), earlier_states=(EARLIER,), **CLASSIC))
        for trace in TRACES_OF_SYSPREP
        for rule in ("machine-sid-later-than-setup", "earlier-copy-has-another-sid", "no-clone-tag")
    ),
    ("earlier-copy-has-another-sid", of([WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER_REKEYED,))),
    ("shadow-copy-has-another-sid", of([WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(SNAPSHOT_REKEYED,))),
    *(  # a dated trace of Sysprep that is younger than the copy explains the other SID
        (rule, of([WORKSTATION, *sid_pair(OWN, MOVE), *STAYED, SYSPREP_SINCE], earlier_states=(state,), era="10"))
        for rule, state in (
            ("earlier-copy-has-another-sid", EARLIER_OF_ONE_SETUP),
            ("shadow-copy-has-another-sid", SNAPSHOT_OF_ONE_SETUP),
        )
    ),
    (
        "machine-sid-later-than-setup",
        of([*WHOLE, WORKSTATION, *LATE_SID, *SPECIALIZED_THEN]),
    ),  # the log of the lineage tells of another pass
    ("shadow-copy-has-another-sid", of([WORKSTATION, *sid_pair(OTHER, SETUP), *boot_key(SETUP)], earlier_states=(SNAPSHOT,))),
    ("shadow-copy-has-another-sid", of([CONTROLLER, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(SNAPSHOT,))),
    ("shadow-copy-has-another-sid", of([WORKSTATION, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER,))),
    ("earlier-copy-has-another-sid", of([WORKSTATION, *sid_pair(OTHER, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER,))),
    ("earlier-copy-has-another-sid", of([CONTROLLER, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER,))),
    ("profile-of-former-sid", of([*sid_pair(OWN, SETUP), profile(f"{OWN}-1000", "C:\\Users\\ann")], WORKGROUP)),
    ("profile-of-former-sid", of([*sid_pair(OWN, SETUP), fact(DOMAIN_SID, Sid(OTHER)), profile(f"{OTHER}-1104", "C:\\Users\\bob")])),
    ("profile-of-former-sid", of([*sid_pair(OWN, SETUP), profile(f"{OTHER}-1131", "C:\\Users\\bob")])),
    ("profile-of-former-sid", of([*sid_pair(OWN, SETUP), profile("S-1-12-1-1-2-3-4", "C:\\Users\\dora")], WORKGROUP)),
    ("sid-changer-trace", of([])),
    ("disk-is-known", of(disk(mounted="11111111"))),
    ("disk-is-known", of([fact(PARTITION, PartitionPlace("none", 0, 10)), *disk()[2:]])),
    ("disk-is-another", of([*disk(), *COMPLETE])),
    ("disk-is-another", of([*disk(mounted="11111111"), *SEALED])),
    ("disk-is-another", of(disk(mounted="11111111"))),
    ("disk-is-another", of([*disk(mounted="11111111"), *COMPLETE, profile(f"{OWN}-1000", "D:\\Users\\ann")])),
    (
        "disk-is-another",
        of([*disk(mounted="11111111")[2:], fact(DISK_SIGNATURE, "00000000"), fact(PARTITION, PartitionPlace("mbr", 1, 2)), *COMPLETE]),
    ),
    ("volume-is-younger", of([*WHOLE, fact(VOLUME_CREATED, at("2022-01-01 10:00"))])),
    ("volume-is-younger", of([SETUPCL, *COMPLETE, fact(VOLUME_CREATED, at("2024-01-01 10:00"))])),
    ("one-hardware-configuration", of([hardware(BOARD, True, SETUP), hardware(VM, False, SETUP)])),
    ("one-hardware-configuration", of([hardware("ffffffff-ffff-ffff-ffff-ffffffffffff", True, SETUP)])),
    ("other-hardware-configuration", of([SETUPCL, *COMPLETE, hardware(VM, False, at("2022-03-05 10:00")), hardware(BOARD, True, SETUP)])),
    ("other-hardware-configuration", of([*COMPLETE, hardware(VM, False, at("2023-01-05 10:00")), hardware(BOARD, True, SETUP)])),
    ("other-hardware-configuration", of([SETUPCL, *SEALED, hardware(VM, False, at("2023-01-05 10:00")), hardware(BOARD, True, SETUP)])),
    (
        "other-hardware-configuration",
        of(
            [SETUPCL, *COMPLETE, hardware(VM, False, at("2023-01-05 10:00")), hardware("564d1925-efca-3787-5c44-50fe82f3ffde", True, SETUP)]
        ),
    ),
    (
        "other-hardware-configuration",
        of(
            [
                SETUPCL,
                *COMPLETE,
                hardware("03000200-0400-0500-0006-000700080009", False, at("2023-01-05 10:00")),
                hardware(BOARD, True, SETUP),
            ]
        ),
    ),
    (
        "earlier-copy-names-other-hardware",
        of(
            [*COMPLETE, *boot_key(SETUP), fact(SYSTEM_INFORMATION, LENOVO)],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP, "bb" * 32), fact(SYSTEM_INFORMATION, DELL)])),),
        ),
    ),
    (
        "earlier-copy-names-other-hardware",
        of(
            [*COMPLETE, *boot_key(SETUP), fact(SYSTEM_INFORMATION, DELL)],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP), fact(SYSTEM_INFORMATION, DELL)])),),
        ),
    ),
    ("first-network-card-present", of([duid("ec:f4:bb:00:00:01", SETUP), PERMANENT])),
    ("first-network-card-gone", of([duid(NIC, SETUP), PERMANENT, *COMPLETE])),
    ("first-network-card-gone", of([duid("02:15:5d:00:00:01", SETUP), PERMANENT, *COMPLETE])),
    ("first-network-card-gone", of([duid(NIC, SETUP), *COMPLETE])),
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *FIRST_CARD, *card(2, "4&3AD87E0A&0&1888", SETUP, dhcp=False)])),
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *card(1, "A", SETUP, lease=at("2026-01-01 10:00")), *TWIN])),
    (
        "network-card-replaced-by-twin",
        of([SETUPCL, *COMPLETE, *FIRST_CARD, *card(2, "B", at("2023-07-05 19:40"), device="VEN_10EC&DEV_8168")]),
    ),
    ("network-card-replaced-by-twin", of([SETUPCL, *SEALED, *FIRST_CARD, *TWIN])),
    ("network-card-replaced-by-twin", of([MASTER_TAG, *boot_key(SETUP), *running(), *FIRST_CARD, *TWIN], **CLASSIC)),
    ("system-volume-named-later", of([*SEVEN, named(SMALL, SETUP), lettered("C", SMALL), named(LARGE, MOVE)], era="7")),  # a disk more
    ("system-volume-named-later", of([*SEVEN, *VOLUMES, lettered("D", SMALL)], era="7")),  # the other disk has data, and had at setup
    ("system-volume-named-later", of([*SEVEN, named(LARGE, MOVE), lettered("C", LARGE)], era="7")),  # nothing of the time of setup
    ("system-volume-named-later", of([*SEVEN, NODE_ENTRY, named(LARGE, MOVE), lettered("C", LARGE)], era="7")),  # a stick
    ("system-volume-named-later", of([*SEVEN, named(SMALL, SETUP, 32256), named(SMALL, MOVE), lettered("C", SMALL)], era="7")),  # one disk
    ("system-volume-named-later", of([*SEVEN, *VOLUMES, named(LARGE, SETUP)], era="7")),  # another name of that volume is as old
    ("system-volume-named-later", of([*SEVEN, *VOLUMES], era="10")),
    ("system-volume-named-later", of([*SEVEN, *VOLUMES])),
    ("system-volume-named-later", of([*boot_key(SETUP), INSTALLED, *running(), MASTER_TAG, *VOLUMES], **CLASSIC)),
    ("machine-sid-later-than-setup", of([*LATE_SID, *EARLY, *running(), WORKSTATION, MEDIA, *COMPLETE])),
    ("clone-tag-after-setup", of([MEDIA_TAG, MEDIA, *EARLY, *COMPLETE])),
    ("clone-tag-later-than-media", of([MASTER_TAG, *IN_SETUP], **CLASSIC)),  # setup is at work, and may write one
    ("clone-tag-later-than-media", of([ODD_TAG, *IN_SETUP], **CLASSIC)),
    ("clone-tag-later-than-media", of([ODD_TAG, *running()], era="10")),
    ("clone-tag-later-than-media", of([MASTER_TAG, MEDIA])),  # no clock of setup
    ("clone-tag-of-seal", of([MASTER_TAG, MEDIA, MINI_SETUP])),  # a command of older releases
    ("clone-tag-of-seal", of([MASTER_TAG, *running()], **CLASSIC)),
    ("clone-tag-of-seal", of([MINI_SETUP], **CLASSIC)),
    ("sysprep-tag-of-master", of([TAG_FILE, MASTER_TAG, MEDIA, *IN_SETUP])),
    ("seal-not-armed", of([*COMPLETE, *running()])),
    ("setup-outstanding", of([*IN_SETUP, MASTER_TAG, MINI_SETUP], **CLASSIC)),  # sealed, as Sysprep left it
    ("setup-outstanding", of([UNDEPLOYABLE[0], COMPLETE[1], *running()])),
    ("setup-armed", of([*SEALED, *flags(SetupType=0), WINDEPLOY])),
    ("setup-armed", of([*SEALED, *flags(SetupType=2), fact(SETUP_COMMAND, SetupCommand("CmdLine", "other.exe"))])),
    ("setup-armed", of([*COMPLETE, *flags(SetupType=2), WINDEPLOY])),
    ("setup-clocks-agree", of([SETUPCL, INSTALLED, *IN_SETUP])),
    ("setup-clocks-agree", of([INSTALLED, *running(), *sid_pair(OWN, SETUP)])),  # nothing of SYSTEM
    ("machine-sid-later-than-setup", of([SETUPCL, *boot_key(SETUP), INSTALLED, *IN_SETUP, *NAMED, WORKSTATION, *LATE_SID])),
    (
        "profile-of-former-sid",  # in a domain users of other domains are ordinary
        of([*NAMED, *sid_pair(OWN, SETUP), fact(DOMAIN_SID, Sid("S-1-5-21-9-9-9")), profile(f"{OTHER}-1131", "C:\\Users\\bob")]),
    ),
    ("one-hardware-configuration", of([hardware(BOARD, False, SETUP)])),  # none of them is the last
    ("one-hardware-configuration", of([])),
    (
        "other-hardware-configuration",
        of([SETUPCL, LATE_TAG, *COMPLETE, hardware(VM, False, at("2023-01-05 10:00")), hardware(BOARD, True, SETUP)]),
    ),
    ("other-hardware-configuration", of([SETUPCL, *COMPLETE, hardware(VM, False, EVE), hardware(BOARD, True, SETUP)])),
    ("other-hardware-configuration", of([SETUPCL, *COMPLETE, hardware(VM, False, None), hardware(BOARD, True, SETUP)])),
    (
        "earlier-copy-names-other-hardware",
        of(
            [*boot_key(SETUP), fact(SYSTEM_INFORMATION, LENOVO), *IN_SETUP],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP), fact(SYSTEM_INFORMATION, DELL)])),),
        ),
    ),
    (
        "earlier-copy-names-other-hardware",
        of(
            [*COMPLETE, *boot_key(SETUP), *sid_pair(OWN, SETUP), fact(SYSTEM_INFORMATION, LENOVO)],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP), *sid_pair(OTHER, SETUP), fact(SYSTEM_INFORMATION, DELL)])),),
        ),
    ),
    (
        "earlier-copy-names-other-hardware",  # a make that is not stated is no other make
        of(
            [*COMPLETE, *boot_key(SETUP), fact(SYSTEM_INFORMATION, SystemInformation(None, "Latitude"))],
            earlier_states=(EarlierState(FactSet([*boot_key(SETUP), fact(SYSTEM_INFORMATION, SystemInformation("Dell Inc.", None))])),),
        ),
    ),
    ("first-network-card-present", of([duid(NIC, SETUP), fact(MAC_ADDRESS, MacUse(NIC, "NetworkAddress"))])),  # set by hand
    ("first-network-card-gone", of([duid("ec:f4:bb:00:00:01", SETUP), PERMANENT])),  # setup may be at work
    ("first-network-card-gone", of([duid("ec:f4:bb:00:00:01", SETUP), fact(MAC_ADDRESS, MacUse(NIC, "NetworkAddress")), *COMPLETE])),
    ("first-network-card-gone", of([fact(DHCPV6_DUID, Duid("0001", 2, None, None, None)), PERMANENT, *COMPLETE])),
    ("network-card-replaced-by-twin", of([INSTALLED, *COMPLETE, *FIRST_CARD, *TWIN])),  # neither pass nor boot key
    ("network-card-replaced-by-twin", of([SETUPCL, LATE_TAG, *COMPLETE, *FIRST_CARD, *TWIN])),  # generalized, by its CloneTag
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *FIRST_CARD, *TWIN[:2]])),  # the second one was never set up
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *FIRST_CARD, *card(2, "B", MOVE, dhcp=False, address=None)])),
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *card(1, "A", SETUP), *TWIN])),  # the first never had a lease
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *elsewhere(*FIRST_CARD), *elsewhere(*TWIN)])),
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *FIRST_CARD, *marked(*TWIN, instance=r"ROOT\NET\0000")])),
    ("network-card-replaced-by-twin", of([SETUPCL, *COMPLETE, *FIRST_CARD, *marked(*TWIN, id=MEDIA_ADAPTER)])),
    ("image-undeployable", of([*UNDEPLOYABLE, *IN_SETUP], gap(SYSPREP_TAG))),
    ("image-undeployable", of([*UNDEPLOYABLE, *flags(OOBEInProgress=1)])),
    ("image-undeployable", of([*COMPLETE, *running()])),
    ("generalize-unfinished", of([fact(SYSPREP_STATUS, SysprepStatus(3)), *UNDEPLOYABLE, *flags(SetupType=2)])),
    ("machine-sid-copies-differ", of([*sid_pair(OWN, SETUP)[:1], *sid_pair(OTHER, SETUP)[:1]])),  # two in SAM, none in SECURITY
    ("machine-sid-later-than-setup", of([*WHOLE, WORKSTATION, *sid_pair(OWN, None)])),
    ("machine-sid-later-than-setup", of([*WHOLE[1:], MASTER_TAG, WORKSTATION, *LATE_SID], **CLASSIC)),
    ("earlier-copy-has-another-sid", of([WORKSTATION, *sid_pair(OWN, SETUP, sam=THIRD), *boot_key(SETUP)], earlier_states=(EARLIER,))),
    ("earlier-copy-has-another-sid", of([WORKSTATION, *sid_pair(OWN, SETUP)], earlier_states=(EARLIER,))),
    (
        "earlier-copy-has-another-sid",
        of([WORKSTATION, *flags(SetupType=0), MASTER_TAG, *sid_pair(OWN, SETUP), *boot_key(SETUP)], earlier_states=(EARLIER,), **CLASSIC),
    ),
    ("profile-of-former-sid", of([*NAMED, profile(f"{OTHER}-1131", "C:\\Users\\bob")], WORKGROUP)),  # its own SID is not known
    (
        "profile-of-former-sid",
        of([*NAMED, *sid_pair(OWN, SETUP), profile(f"{OTHER}-1131", "C:\\Users\\bob")], WORKGROUP, role="domain-controller"),
    ),
    (
        "profile-of-former-sid",
        of([*NAMED, *sid_pair(OWN, SETUP), profile(f"{OTHER}-1131", "C:\\Users\\bob")], gap(MACHINE_SID, detail="a workgroup")),
    ),
    ("disk-is-known", of([fact(PARTITION, PartitionPlace("gpt", 0, 10)), *disk()[2:]])),
    ("disk-is-another", of([*disk(mounted="11111111"), SETUPCL, LATE_TAG, *COMPLETE])),  # generalized, by its CloneTag
    ("volume-is-younger", of([*WHOLE, *IN_SETUP, *UNDEPLOYABLE, fact(VOLUME_CREATED, at("2024-01-01 10:00"))])),
    ("volume-is-younger", of([*WHOLE, *(fact(VOLUME_CREATED, at(f"2024-01-0{day} 10:00")) for day in (1, 2))])),
    ("system-volume-named-later", of([SETUPCL, *boot_key(SETUP), INSTALLED, *IN_SETUP, *VOLUMES], era="7")),
    ("system-volume-named-later", of([*SEVEN, *VOLUMES, lettered("C", "55555555")], era="7")),  # two volumes are C:
    ("system-volume-named-later", of([*SEVEN, *VOLUMES, LATE_TAG], era="7")),
]


@pytest.mark.parametrize(("name", "subject", "strength", "because"), EXAMPLES)
def test_example(name, subject, strength, because):
    (found,) = RULES[name].evidence(subject)
    assert (found.strength, found.because) == (strength, because)
    assert found.rule == name
    assert found.facts
    rule = RULES[name]
    assert found.supports == (rule.supports or "")
    assert found.against == (rule.against or "")
    assert found.group == rule.group


@pytest.mark.parametrize(("name", "subject", "strength", "part"), [*FULL_EXAMPLES, *DOMAIN_EXAMPLES, *LINEAGE_EXAMPLES])
def test_full_example(name, subject, strength, part):
    (found,) = RULES[name].evidence(subject)
    assert found.strength == strength
    assert part in found.because
    assert found.facts


@pytest.mark.parametrize(
    ("name", "subject"), [*COUNTER_EXAMPLES, *FULL_COUNTER_EXAMPLES, *DOMAIN_COUNTER_EXAMPLES, *LINEAGE_COUNTER_EXAMPLES]
)
def test_counter_example(name, subject):
    assert list(RULES[name].evidence(subject)) == []


def test_evidence_points_at_the_facts_it_names():
    subject = of([WORKSTATION, *sid_pair(OWN, SETUP)])
    (found,) = RULES["machine-sid-copies-agree"].evidence(subject)
    assert [list(subject.facts)[place].kind for place in found.facts] == [MACHINE_SID.name] * 2
    assert found.facts == (1, 2)


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_has_example_and_counter_example(name):
    assert name in {example[0] for example in (*EXAMPLES, *FULL_EXAMPLES, *DOMAIN_EXAMPLES, *LINEAGE_EXAMPLES)}
    assert name in {
        example[0] for example in (*COUNTER_EXAMPLES, *FULL_COUNTER_EXAMPLES, *DOMAIN_COUNTER_EXAMPLES, *LINEAGE_COUNTER_EXAMPLES)
    }


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_says_what_it_does_not_say(name):
    rule = RULES[name]
    assert rule.title.endswith(".")
    for section in ("Supports:", "Against:", "Does not say:", "Overturned by:", "References:"):
        assert f"\n{section}" in rule.documentation, section
    assert ("Against: nothing." in rule.documentation) == (rule.against is None)
    assert (rule.supports is not None) or "Supports: nothing" in rule.documentation


def test_a_driver_update_is_no_new_card():
    """The second card's driver key is young, its connection is not among the facts though the first card's is."""
    (found,) = RULES["network-card-replaced-by-twin"].evidence(
        of([SETUPCL, *COMPLETE, *FIRST_CARD, TWIN[0], TWIN[2], OLD_DUID, NODE_ENTRY], era="7")
    )
    assert found.strength == "weak"


def test_a_card_made_anew_in_one_machine_is_a_weak_sign_since_windows_8():
    """Records of firmware tell two machines apart there; where they name two, the cards may count."""
    facts = [SETUPCL, *COMPLETE, *FIRST_CARD, *TWIN, OLD_DUID, NODE_ENTRY, hardware(BOARD, BOARD, SETUP)]
    more = [*facts, hardware(VM, BOARD, SETUP)]
    strengths = [next(RULES["network-card-replaced-by-twin"].evidence(of(one, era="10"))).strength for one in (facts, more)]
    assert strengths == ["weak", "moderate"]


def test_a_volume_named_with_the_new_address_confirms_the_time():
    node = Guid("97a3038a-a73d-11e0-82ca-001aa05011f5")
    entry = fact(MOUNTED_DEVICE, MountedDevice(f"\\??\\Volume{{{node}}}", "device", text="_??_USBSTOR", volume_guid=node))
    setup = fact(SETUPCL_RUN, SetupclRun(succeeded=True), written="2010-11-10 18:15")
    old = card(1, "A", at("2010-11-10 18:15"), lease=at("2010-11-10 18:17"))
    for when, strength in (("2011-07-05 19:33", "moderate"), ("2012-07-05 19:33", "weak")):
        new = card(2, "B", at(when))
        (found,) = RULES["network-card-replaced-by-twin"].evidence(
            of([setup, *COMPLETE, old[0], old[2], new[0], new[2], OLD_DUID, entry], era="7")
        )
        assert found.strength == strength


def test_one_card_that_is_both_oldest_and_youngest_hides_nothing():
    both = card(1, "A", at("2024-01-01 10:00"), lease=at("2022-06-24 10:00"))
    (found,) = RULES["network-card-replaced-by-twin"].evidence(of([SETUPCL, *COMPLETE, *both, *TWIN]))
    assert "\\A had its last lease" in found.because


def test_port_neighbours_and_placeholders_are_no_other_cards():
    from forensic.reasoning.installation.rules.network import _are_rivals, is_real

    assert _are_rivals(MacAddress("00:0c:29:7e:7e:d3"), MacAddress("00:0c:29:71:07:3c"))
    assert not _are_rivals(MacAddress("00:0c:29:7e:7e:d3"), MacAddress("00:0c:29:7e:7e:d4"))
    assert _are_rivals(MacAddress("00:0c:29:7e:7e:d3"), MacAddress("ec:f4:bb:48:7f:ed"))
    assert not is_real(MacAddress("80:6e:6f:6e:69:63"))
    assert not is_real(MacAddress("80:6d:61:72:69:6f"))
    assert is_real(MacAddress("00:0c:29:7e:7e:d3"))
    assert not is_real(MacAddress("02:15:5d:00:00:01"))


def test_volume_names_made_without_a_card_are_no_addresses():
    from forensic.reasoning.installation.rules.network import _recorded

    for node in ("806e6f6e6963", "806d6172696f"):
        guid = Guid(f"a08efec3-a076-11e5-824f-{node}")
        entry = fact(MOUNTED_DEVICE, MountedDevice("\\??\\Volume", "mbr", "1", 1, volume_guid=guid))
        assert _recorded(of([entry])) == {}


def test_a_password_and_the_one_before_it_written_at_one_time_are_said_once():
    former = msgspec.structs.replace(PASSWORD, value=msgspec.structs.replace(PASSWORD.value, copy="old"))
    found = list(RULES["life-before-generalize"].evidence(of([*DEPLOYED, *MEMBER, PASSWORD, former, DUID_OF_BEFORE])))
    (told,) = [one for one in found if "password" in one.because]
    assert len(told.facts) > 1
