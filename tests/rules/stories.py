"""Whole believable installations as sets of facts, each with the verdicts that may come out."""

from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION, Device, DeviceGeneration
from forensic.artifacts.hardware.hardware_config import (
    HARDWARE_CONFIG,
    PORTABLE_SYSTEM,
    SYSTEM_INFORMATION,
    HardwareConfiguration,
    SystemInformation,
)
from forensic.artifacts.identity.account import ACCOUNT_SID, LocalAccount
from forensic.artifacts.identity.computer_name import COMPUTER_NAME, ComputerName
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME, DOMAIN_SID
from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY, LSA_BOOT_KEY_TIME, LsaKeyTime
from forensic.artifacts.identity.lsa_policy import LSA_POLICY_TIME
from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.identity.sid_changer import SID_CHANGER_TRACE, SidChangerTrace
from forensic.artifacts.network.dhcpv6 import DHCPV6_DUID, Duid
from forensic.artifacts.network.network import (
    MAC_ADDRESS,
    NETWORK_ADAPTER,
    NETWORK_INTERFACE,
    MacUse,
    NetworkAdapter,
    NetworkInterface,
)
from forensic.artifacts.setup.clone_tag import CLONE_TAG, CloneTag
from forensic.artifacts.setup.image_state import IMAGE_STATE, ImageState
from forensic.artifacts.setup.media_time import MEDIA_TIME, MediaTime
from forensic.artifacts.setup.setup_command import SETUP_COMMAND, SETUP_FLAG, SetupCommand, SetupFlag
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN, SYSPREP_STATUS, SetupclRun, SysprepStatus
from forensic.artifacts.setup.source_os import SOURCE_OS, SourceOs
from forensic.artifacts.setup.sysprep_tag import SYSPREP_TAG
from forensic.artifacts.setup.windows_release import INSTALL_DATE, PRODUCT_TYPE, WINDOWS_RELEASE, WindowsRelease
from forensic.artifacts.storage.disk import DISK_SIGNATURE, PARTITION, VOLUME_CREATED, PartitionPlace
from forensic.artifacts.storage.mounted_device import MOUNTED_DEVICE, MountedDevice
from forensic.artifacts.users.profile_list import PROFILE_SID, ProfileEntry
from forensic.model import FactSet, FileTime, Guid, LocalTime, MacAddress, Sid
from forensic.reasoning.subject import EarlierState, Subject
from tests.builders.facts import at, days, fact, gap

OWN = "S-1-5-21-1004336348-1177238915-682003330"
OTHER = "S-1-5-21-2222222222-3333333333-444444444"
HOME = "d1d1d1d1-0000-4000-8000-000000000001"
DOMAIN = "S-1-5-21-3623811015-3361044348-30300820"
CLASSIC = ("nt4", "2000", "xp", "2003")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

RELEASES = {
    "nt4": ("4.0", "1381", None, "2001-03-05 10:00"),
    "2000": ("5.0", "2195", None, "2003-03-05 10:00"),
    "xp": ("5.1", "2600", None, "2009-11-08 15:35"),
    "2003": ("5.2", "3790", None, "2008-03-05 10:00"),
    "vista": ("6.0", "6001", "2008-01-19 07:30", "2008-09-05 10:00"),
    "2008": ("6.0", "6001", "2008-01-19 07:30", "2009-09-05 10:00"),
    "7": ("6.1", "7601", "2010-11-20 21:30", "2011-11-10 18:14"),
    "2008r2": ("6.1", "7601", "2010-11-20 21:30", "2012-02-10 18:14"),
    "8": ("6.2", "9200", "2012-07-26 08:00", "2013-01-10 18:14"),
    "2012": ("6.2", "9200", "2012-07-26 08:00", "2013-01-10 18:14"),
    "8.1": ("6.3", "9600", "2013-08-22 15:00", "2015-12-12 02:18"),
    "2012r2": ("6.3", "9600", "2013-08-22 15:00", "2015-12-12 02:18"),
    "10": ("10.0", "19041", "2019-12-07 09:30", "2022-06-23 01:25"),
    "2016": ("10.0", "14393", "2016-07-16 13:00", "2018-06-23 01:25"),
    "2019": ("10.0", "17763", "2018-09-15 08:00", "2020-06-23 01:25"),
    "11": ("10.0", "22621", "2022-05-07 06:00", "2023-06-23 01:25"),
    "2022": ("10.0", "20348", "2021-05-08 08:30", "2023-06-23 01:25"),
    "2025": ("10.0", "26100", "2024-04-01 07:30", "2025-06-23 01:25"),
}
"""Era -> NT version, build, media time, time of setup."""
SERVERS = ("2003", "2008", "2008r2", "2012", "2012r2", "2016", "2019", "2022", "2025")


def clone_tag(time):
    """The CloneTag of a moment."""
    date, clock = str(time)[:10], str(time)[11:19]
    year, month, day = date.split("-")
    return fact(
        CLONE_TAG, CloneTag(f"Sat {MONTHS[int(month) - 1]} {day} {clock} {year}", LocalTime(f"{date}T{clock}.0000000")), key="Setup"
    )


def sid_pair(sid, when, sam=None):
    """The machine SID in both hives; `when` is the time of the SECURITY key."""
    return [
        fact(MACHINE_SID, Sid(sam or sid), written=when, key=r"SAM\Domains\Account"),
        fact(MACHINE_SID, Sid(sid), written=when, key=r"Policy\PolAcDmS"),
        fact(LSA_POLICY_TIME, "PolAcDmS", written=when, key=r"Policy\PolAcDmS"),
    ]


def accounts(sid, when, *names):
    """The built-in accounts and one for each name."""
    listed = [(500, "Administrator"), (501, "Guest"), *((1000 + number, name) for number, name in enumerate(names))]
    return [fact(ACCOUNT_SID, LocalAccount(Sid(f"{sid}-{rid}"), rid, name, when)) for rid, name in listed]


def profile(sid, path):
    """One entry of ProfileList."""
    return fact(PROFILE_SID, ProfileEntry(Sid(sid), path))


def boot_key(when, value="aa" * 32):
    """The boot key and its four times."""
    times = [fact(LSA_BOOT_KEY_TIME, LsaKeyTime(name, 1), written=when) for name in ("JD", "Skew1", "GBG", "Data")]
    return [fact(LSA_BOOT_KEY, value, written=when), *times]


def flags(**numbers):
    """Setup flags."""
    return [fact(SETUP_FLAG, SetupFlag(name, number), key="Setup") for name, number in numbers.items()]


def running():
    """Flags of a machine in use."""
    return [*flags(SystemSetupInProgress=0, SetupType=0, OOBEInProgress=0), fact(SETUP_COMMAND, SetupCommand("CmdLine", ""))]


def image_state(state, ini=None):
    """Both copies of the image state."""
    return [fact(IMAGE_STATE, ImageState(state, "registry")), fact(IMAGE_STATE, ImageState(ini or state, "state.ini"))]


def disk(signature="273c4cfe", mounted=None, start=1048576):
    """The real disk, and what MountedDevices says of C:."""
    mounted = mounted or signature
    return [
        fact(PARTITION, PartitionPlace("mbr", start, 10**10)),
        fact(DISK_SIGNATURE, signature),
        fact(MOUNTED_DEVICE, MountedDevice("\\DosDevices\\C:", "mbr", mounted, start)),
        fact(
            MOUNTED_DEVICE,
            MountedDevice(
                "\\??\\Volume{a08efec3-a076-11e5-824f-806e6f6e6963}",
                "mbr",
                mounted,
                start,
                volume_guid=Guid("a08efec3-a076-11e5-824f-806e6f6e6963"),
            ),
        ),
    ]


def volume_name(when, node):
    """A name of version 1: 100 ns since 1582-10-15, and the address of a network card."""
    stamp = int(when) + 5_748_192_000_000_000
    return Guid(f"{stamp & 0xFFFFFFFF:08x}-{stamp >> 32 & 0xFFFF:04x}-{stamp >> 48 | 0x1000:04x}-824f-{node.replace(':', '')}")


def gpt_disk(real="03939e21-9f31-4c7a-8f2e-000000000001", mounted=None):
    """The same on GPT."""
    return [
        fact(PARTITION, PartitionPlace("gpt", 1048576, 10**10, Guid(real))),
        fact(DISK_SIGNATURE, "00000000"),
        fact(MOUNTED_DEVICE, MountedDevice("\\DosDevices\\C:", "gpt", partition_guid=Guid(mounted or real))),
    ]


def hardware(identity, last, when, make="Dell Inc.", model="Latitude E6430"):
    """One hardware configuration."""
    return fact(HARDWARE_CONFIG, HardwareConfiguration(Guid(identity), last, manufacturer=make, product=model), written=when)


BOARD = "4c4c4544-0042-3210-804d-c4c04f4e3232"
VM = "25194d56-caef-8737-5c44-50fe82f3ffde"


def card(number, slot, when, *, dhcp=True, address="192.168.1.10", lease=None, device="VEN_8086&DEV_100F&SUBSYS_075015AD&REV_01"):
    """One network card: driver, connection and interface."""
    identity, instance = Guid(f"6aafc9a9-0542-4db2-8760-{number:012d}"), f"PCI\\{device}\\{slot}"
    return [
        fact(
            NETWORK_ADAPTER,
            NetworkAdapter(identity, description="Intel(R) PRO/1000 MT", component="pci\\ven_8086", instance=instance),
            written=when,
        ),
        fact(NETWORK_ADAPTER, NetworkAdapter(identity, instance=instance, name=f"Local Area Connection {number}"), written=when),
        fact(NETWORK_INTERFACE, NetworkInterface(identity, dhcp=dhcp, address=address, lease_obtained=lease), written=lease or when),
    ]


def bodies(*, then="2022-06-23 01:20", now="2024-06-05 10:00", basis="first-install", last=None):
    """The devices of two computers, of which the second came whole."""
    made = []
    for when, maker in ((at(then), "8086"), (at(now), "1022")):
        network = (Device(f"PCI\\VEN_{maker}", f"3&{maker}", when),)
        disks = (Device(f"SCSI\\Disk&Ven_{maker}", f"4&{maker}", when),)
        parts = {"processors": (maker,), "controllers": ("AHCI",), "volumes": (f"{{{maker}}}",)}
        chipset = tuple(f"PCI\\VEN_{maker}&DEV_{number}" for number in range(5))
        generation = DeviceGeneration(when, FileTime(when + days(0.01)), basis, None, 30, chipset, network=network, disks=disks, **parts)
        made.append(fact(DEVICE_GENERATION, generation))
    return made


def lone_card(when, device="VEN_100F&DEV_8086&SUBSYS_075015AD&REV_01", slot="B"):
    """The list of devices where a network card was found by itself."""
    made = DeviceGeneration(when, when, "first-install", None, 1, network=(Device(f"PCI\\{device}", slot, when),))
    return fact(DEVICE_GENERATION, made)


def duid(mac, when):
    """The DHCPv6 identity."""
    return fact(DHCPV6_DUID, Duid("0001", 1, 1, MacAddress(mac), when))


def installed(era, *, server=None, when=None, sid=OWN, media=None, build=None, product=None):
    """Facts and gaps of an installation from Microsoft's media that was never touched since; not the hardware."""
    version, own_build, media_default, setup = RELEASES[era]
    when = at(when or setup)
    media = at(media or media_default) if media_default else None
    product = product or ("ServerNT" if (era in SERVERS if server is None else server) else "WinNT")
    facts = [
        *sid_pair(sid, when),
        *accounts(sid, when, "ann"),
        profile("S-1-5-18", "%systemroot%\\system32\\config\\systemprofile"),
        profile(f"{sid}-1000", "C:\\Users\\ann" if era not in CLASSIC else "%SystemDrive%\\Documents and Settings\\ann"),
        fact(INSTALL_DATE, FileTime(when - days(0.3))),
        fact(WINDOWS_RELEASE, WindowsRelease(version=version, build=build or own_build)),
        fact(PRODUCT_TYPE, product),
        fact(COMPUTER_NAME, ComputerName("DESKTOP-1", "configured", 1)),
        fact(ACCOUNT_DOMAIN_NAME, "DESKTOP-1"),
        *running(),
    ]
    gaps = [gap(DOMAIN_SID, detail="the machine is in a workgroup: the value is empty"), gap(SYSPREP_TAG), gap(SOURCE_OS)]
    if era != "nt4":
        facts += boot_key(FileTime(when + days(0.01)))
    if media is None:
        gaps.append(gap(CLONE_TAG))
    else:
        facts += [
            clone_tag(FileTime(media - days(0.3))),
            fact(MEDIA_TIME, MediaTime(media, 300, 900, "key times")),
            fact(SETUPCL_RUN, SetupclRun(succeeded=True, status=0), written=when, key=r"Setup\SetupCl"),
            fact(SYSPREP_STATUS, SysprepStatus(7), written=when),
            *image_state("IMAGE_STATE_COMPLETE"),
        ]
    return facts, gaps


def without(facts, *kinds):
    """The facts of other kinds."""
    names = {kind.name for kind in kinds}
    return [one for one in facts if one.kind not in names]


def subject(era, facts, gaps=(), **parts):
    """A subject whose role is what the facts say."""
    types = {one.value for one in facts if one.kind == PRODUCT_TYPE.name}
    role = {"WinNT": "workstation", "ServerNT": "server", "LanmanNT": "domain-controller"}.get(min(types, default=""))
    return Subject(FactSet(facts), tuple(gaps), parts.pop("origin", "active"), era, role, **parts)


def _plain(era):
    facts, gaps = installed(era)
    if era == "nt4":
        return subject(era, facts, gaps)
    facts += disk(start=32256) if era in CLASSIC else disk()
    if era not in (*CLASSIC, "vista", "2008", "7", "2008r2"):
        facts += [hardware(BOARD, True, FileTime(at(RELEASES[era][3]) + days(300)))]
    if era not in CLASSIC:
        facts += [
            duid("ec:f4:bb:48:7f:ed", at(RELEASES[era][3])),
            *card(1, "3&267A616A&2&18", at(RELEASES[era][3]), lease=at("2026-01-01 10:00")),
        ]
    return subject(era, facts, gaps)


def _controller(era):
    """A domain controller: SID and accounts of the promotion, the domain's own SID beside them."""
    facts, gaps = installed(era, product="LanmanNT")
    promoted = FileTime(at(RELEASES[era][3]) + days(40))
    facts = without(facts, MACHINE_SID, ACCOUNT_SID, LSA_POLICY_TIME, PROFILE_SID)
    facts += [
        *sid_pair(OTHER, promoted),
        *accounts(OTHER, promoted),
        fact(DOMAIN_SID, Sid(DOMAIN)),
        profile(f"{DOMAIN}-500", "C:\\Users\\Administrator"),
        *disk(),
    ]
    return subject(era, facts, gaps[1:])


def _upgraded():
    """Windows 7 of 2011, since 2019 Windows 10: setup's clocks moved, the SID did not."""
    facts, gaps = installed("10", when="2020-05-16 08:21")
    facts = without(facts, MACHINE_SID, LSA_POLICY_TIME)
    former = SourceOs("Source OS (Updated on 5/16/2020 00:55:20)", "Windows 7", "6.1", "7601", at("2011-11-10 18:14"))
    facts += [
        *sid_pair(OWN, at("2011-11-10 18:14")),
        fact(SOURCE_OS, former, written="2020-05-16 08:21"),
        *disk(),
        hardware(BOARD, True, at("2026-01-01 10:00")),
    ]
    return subject("10", facts, gaps[:-1])


def _upgrade_rewrote_sid():
    """An upgrade that wrote everything anew but the SID's record a day later."""
    facts, gaps = installed("10", when="2020-05-16 08:21")
    facts = [*without(facts, MACHINE_SID, LSA_POLICY_TIME), *sid_pair(OWN, at("2020-05-17 07:00")), *disk()]
    return subject("10", facts, gaps)


def _deployed(era="10", *, tag=True, extra=()):
    """A clone of a master that was generalized in 2023, months after the media."""
    facts, gaps = installed(era, when="2023-09-01 08:00")
    sealed = at("2023-03-05 10:00")
    facts = [*without(facts, CLONE_TAG, ACCOUNT_SID), clone_tag(sealed), *accounts(OWN, at("2023-02-01 09:00"), "ann"), *disk(), *extra]
    if tag:
        facts.append(fact(SYSPREP_TAG, "Windows/System32/Sysprep/Sysprep_succeeded.tag", written=sealed))
        gaps = [one for one in gaps if one.artifact != SYSPREP_TAG.name]
    return subject(era, facts, gaps)


def _template_sibling():
    """A virtual machine from a generalized template whose own hardware record is still there."""
    return _deployed(
        extra=[hardware(VM, False, at("2023-03-05 09:00"), "VMware, Inc.", "VMware7,1"), hardware(BOARD, True, at("2026-01-01 10:00"))]
    )


def _reset():
    """*Reset this PC*: setup ran anew in 2025 on hardware of 2020; the volume is older."""
    facts, gaps = installed("10", when="2025-02-01 08:00")
    return subject(
        "10", [*facts, *disk(), fact(VOLUME_CREATED, at("2020-01-01 10:00")), hardware(BOARD, True, at("2026-01-01 10:00"))], gaps
    )


def _sealed(state, era="10"):
    facts, gaps = installed(era)
    facts = without(facts, CLONE_TAG, IMAGE_STATE, SETUP_FLAG, SETUP_COMMAND, SYSPREP_STATUS)
    facts += [
        clone_tag(at("2024-03-05 10:00")),
        *image_state(state),
        *flags(SystemSetupInProgress=1, SetupType=2, OOBEInProgress=1),
        fact(SETUP_COMMAND, SetupCommand("CmdLine", "oobe\\windeploy.exe")),
        fact(SYSPREP_STATUS, SysprepStatus(4)),
        fact(SYSPREP_TAG, "Windows/System32/Sysprep/Sysprep_succeeded.tag", written="2024-03-05 17:00"),
        *disk(mounted="11111111"),
    ]
    return subject(era, facts, [one for one in gaps if one.artifact != SYSPREP_TAG.name])


def _sealed_unread(*hives):
    """A sealed image of which these hives could not be read: State.ini and the tag file are all that says so."""
    whole = _sealed("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE")
    lost = {
        "SYSTEM": [CLONE_TAG, MEDIA_TIME, SETUPCL_RUN, SYSPREP_STATUS, SETUP_FLAG, SETUP_COMMAND, LSA_BOOT_KEY, LSA_BOOT_KEY_TIME],
        "SOFTWARE": [INSTALL_DATE, WINDOWS_RELEASE, PROFILE_SID],
    }
    kinds = [kind for hive in hives for kind in lost[hive]]
    facts = without(whole.facts, *kinds)
    if "SOFTWARE" in hives:
        facts = [one for one in facts if one.kind != IMAGE_STATE.name or one.value.copy != "registry"]
    return subject(None, facts, [*whole.gaps, *(gap(kind, "unreadable", f"p1 > {hives[0]}", "bad sectors") for kind in kinds)])


def _sealed_xp():
    facts, gaps = installed("xp")
    facts = [*without(facts, SETUP_FLAG, SETUP_COMMAND), clone_tag(at("2010-03-05 10:00")), *disk(mounted="11111111")]
    facts += [*flags(SystemSetupInProgress=1, SetupType=1), fact(SETUP_COMMAND, SetupCommand("CmdLine", "setup -newsetup -mini"))]
    return subject("xp", facts, [one for one in gaps if one.artifact != CLONE_TAG.name])


def _deployed_xp():
    """XP after mini-setup: the SID is of the deployment, the boot key and the installation date may be the master's."""
    facts, gaps = installed("xp")
    facts = [*without(facts, MACHINE_SID), *sid_pair(OWN, at("2010-06-05 10:00")), clone_tag(at("2010-03-05 10:00")), *disk()]
    return subject("xp", facts, [one for one in gaps if one.artifact != CLONE_TAG.name])


def _aborted(state="IMAGE_STATE_COMPLETE", number=3):
    facts, gaps = installed("2022")
    facts = [*without(facts, SYSPREP_STATUS, IMAGE_STATE), fact(SYSPREP_STATUS, SysprepStatus(number)), *image_state(state), *disk()]
    return subject("2022", facts, gaps)


def _half_installed():
    facts, gaps = installed("10")
    facts = [*without(facts, IMAGE_STATE, SETUP_FLAG, SYSPREP_STATUS, INSTALL_DATE), *image_state("IMAGE_STATE_UNDEPLOYABLE"), *disk()]
    facts += [*flags(SystemSetupInProgress=1, SetupType=2), fact(SYSPREP_STATUS, SysprepStatus(4))]
    return subject("10", facts, gaps)


def _moved_vm():
    """A VMware machine of 2022 that was copied to Hyper-V in 2024."""
    facts, gaps = installed("10")
    machines = [
        hardware(VM, False, at("2024-01-05 10:00"), "VMware, Inc.", "VMware7,1"),
        hardware("8f1b2c3d-1111-2222-3333-444455556666", True, at("2026-01-01 10:00"), "Microsoft Corporation", "Virtual Machine"),
    ]
    return subject("10", [*facts, *machines, *disk(mounted="11111111"), *bodies()], gaps)


def to_go(flag, *, usb=True):
    """Started on another computer, with or without the marks of Windows To Go."""
    facts, gaps = installed("10")
    facts += [hardware(BOARD, False, at("2024-01-05 10:00"))]
    now = HardwareConfiguration(Guid(VM), True, manufacturer="VMware, Inc.", product="VMware7,1", boot_drivers=0x14 if usb else 0)
    facts += [fact(HARDWARE_CONFIG, now, written=at("2026-01-01 10:00")), *bodies()]
    return subject("10", [*facts, *disk(), fact(PORTABLE_SYSTEM, flag)], gaps)


def _worked_example():
    """The public Windows 7 machine that was re-hosted twice (SYSTEM hive only); what a triage sees of it: two network cards."""
    setup = at("2010-11-10 18:14")
    node = "a510fcf4-5b5c-11e0-8a2f-000c2971073c"
    facts = [
        clone_tag(at("2009-07-13 21:55:53")),
        fact(MEDIA_TIME, MediaTime(at("2009-07-14 04:53"), 300, 900, "key times")),
        fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=setup),
        fact(SYSPREP_STATUS, SysprepStatus(7)),
        *boot_key(at("2010-11-10 18:20")),
        fact(PRODUCT_TYPE, "WinNT"),
        *running(),
        duid("00:0c:29:7e:7e:d3", at("2010-11-10 01:00")),
        fact(MOUNTED_DEVICE, MountedDevice("\\DosDevices\\C:", "mbr", "a5b6c7d8", 105906176)),
        fact(MOUNTED_DEVICE, MountedDevice(f"\\??\\Volume{{{node}}}", "device", text="_??_USBSTOR", volume_guid=Guid(node))),
        *card(1, "4&3AD87E0A&0&0888", at("2010-11-10 18:16"), lease=at("2010-11-10 17:06:43")),
        *card(2, "4&3AD87E0A&0&1888", at("2011-07-05 19:40"), dhcp=False, address="10.3.58.5"),
    ]
    return subject("7", facts, [gap(INSTALL_DATE, detail="no SOFTWARE hive"), gap(IMAGE_STATE), gap(MACHINE_SID)], origin="collection")


def _new_disk():
    facts, gaps = installed("10")
    return subject("10", [*facts, *disk(mounted="11111111"), hardware(BOARD, True, at("2026-01-01 10:00"))], gaps)


def _new_card():
    """The first card was replaced by one of another make; a second port and a VPN are there too."""
    facts, gaps = installed("10")
    facts += [
        duid("ec:f4:bb:48:7f:ed", at("2022-06-23 01:30")),
        fact(MAC_ADDRESS, MacUse(MacAddress("00:e0:4c:11:22:33"), "NetworkSetup2 permanent")),
        *card(1, "3&267A616A&2&18", at("2022-06-23 01:30"), lease=at("2023-01-01 10:00")),
        *card(2, "4&752EA02&0&00E1", at("2024-01-01 10:00"), lease=at("2026-01-01 10:00"), device="VEN_10EC&DEV_8168"),
        fact(
            NETWORK_ADAPTER,
            NetworkAdapter(Guid("6aafc9a9-0542-4db2-8760-000000000009"), instance="ROOT\\NET\\0000"),
            written="2025-01-01 10:00",
        ),
        *disk(),
        hardware(BOARD, True, at("2026-01-01 10:00")),
    ]
    return subject("10", facts, gaps)


def _two_cards():
    """A virtual machine with two cards of one model from the beginning, both in use."""
    facts, gaps = installed("10")
    node = "a510fcf4-5b5c-11e0-8a2f-080027710001"
    facts += [
        duid("08:00:27:49:97:16", at("2022-06-23 01:30")),
        fact(MOUNTED_DEVICE, MountedDevice(f"\\??\\Volume{{{node}}}", "device", text="_??_USBSTOR", volume_guid=Guid(node))),
        *card(1, "3&267A616A&2&18", at("2022-06-23 01:30"), lease=at("2026-01-01 10:00")),
        *card(2, "3&267A616A&2&40", at("2022-06-23 01:30"), lease=at("2026-01-01 10:01")),
        *disk(),
    ]
    return subject("10", facts, gaps)


def _newsid_xp():
    facts, gaps = installed("xp")
    facts = without(facts, MACHINE_SID, ACCOUNT_SID, LSA_POLICY_TIME, PROFILE_SID)
    facts += [
        *sid_pair(OTHER, at("2010-05-01 12:00")),
        *accounts(OTHER, at("2009-11-08 15:36"), "ann"),
        profile(f"{OTHER}-1000", "%SystemDrive%\\Documents and Settings\\ann"),
        fact(
            SID_CHANGER_TRACE, SidChangerTrace("NewSID", "EulaAccepted"), written="2010-05-01 11:58", profile="Documents and Settings/ann"
        ),
        *disk(),
    ]
    return subject("xp", facts, gaps)


def _eula_only():
    facts, gaps = installed("xp")
    facts += [
        fact(
            SID_CHANGER_TRACE, SidChangerTrace("NewSID", "EulaAccepted"), written="2010-05-01 11:58", profile="Documents and Settings/ann"
        ),
        *disk(),
    ]
    return subject("xp", facts, gaps)


def _changed_10(**earlier):
    facts, gaps = installed("10")
    facts = without(facts, MACHINE_SID, ACCOUNT_SID, LSA_POLICY_TIME, PROFILE_SID)
    facts += [
        *sid_pair(OTHER, at("2024-05-01 12:00")),
        *accounts(OTHER, at("2022-06-23 01:25"), "ann"),
        fact(MACHINE_GUID, Guid(HOME)),
        profile(f"{OWN}-1000", "C:\\Users\\ann"),
        *disk(),
    ]
    return subject("10", facts, gaps, **earlier)


def _regback():
    installed_on = fact(INSTALL_DATE, FileTime(at("2022-06-23 01:25") - days(0.3)))
    kept = [
        fact(MACHINE_GUID, Guid(HOME)),
        installed_on,
        fact(ACCOUNT_DOMAIN_NAME, "DESKTOP-1"),
        *accounts(OWN, at("2022-06-23 01:25"), "ann"),
    ]
    return EarlierState(FactSet([*sid_pair(OWN, at("2022-06-23 01:25")), *boot_key(at("2022-06-23 01:40")), *kept]))


def _snapshot():
    return EarlierState(_regback().facts, "shadow-copy", at("2023-01-05 12:00"))


def _changed_unseen(*earlier):
    """A changed SID of which only an earlier state knows."""
    facts, gaps = installed("10", sid=OTHER)
    facts += [fact(MACHINE_GUID, Guid(HOME))]
    return subject("10", [*facts, *disk(), hardware(BOARD, True, at("2026-01-01 10:00"))], gaps, earlier_states=earlier)


def _member(domain=DOMAIN):
    """A member of a domain, with profiles of its users, of another domain's, and of cloud accounts."""
    facts, gaps = installed("10")
    facts += [
        fact(DOMAIN_SID, Sid(domain)),
        profile(f"{domain}-1104", "C:\\Users\\bob"),
        profile(f"{domain}-500", "C:\\Users\\administrator.CORP"),
        profile(f"{OTHER}-1131", "C:\\Users\\carl"),
        profile("S-1-12-1-1111111111-2222222222-3333333333-4444444444", "C:\\Users\\dora"),
        *disk(),
    ]
    return subject("10", facts, gaps[1:])


def _demoted():
    """A server that was a domain controller for a year."""
    facts, gaps = installed("2019")
    back = at("2021-07-01 10:00")
    facts = [
        *without(facts, MACHINE_SID, ACCOUNT_SID, LSA_POLICY_TIME, PROFILE_SID),
        *sid_pair(OTHER, back),
        *accounts(OTHER, back),
        *disk(),
    ]
    facts += [profile(f"{OTHER}-500", "C:\\Users\\Administrator"), profile(f"{OWN}-500", "C:\\Users\\Administrator.CORP")]
    return subject("2019", facts, gaps)


def _lost(era, *names):
    """A plain installation of which whole hives are missing."""
    system = (
        CLONE_TAG,
        MEDIA_TIME,
        SETUPCL_RUN,
        SYSPREP_STATUS,
        SETUP_FLAG,
        SETUP_COMMAND,
        LSA_BOOT_KEY,
        LSA_BOOT_KEY_TIME,
        PRODUCT_TYPE,
        MOUNTED_DEVICE,
        HARDWARE_CONFIG,
    )
    hives = {"SYSTEM": system, "SAM": (ACCOUNT_SID,), "SOFTWARE": (INSTALL_DATE, WINDOWS_RELEASE, PROFILE_SID)}
    facts, gaps = installed(era)
    facts += disk()
    lost = [kind for name in names for kind in hives[name]]
    facts = without(facts, *lost)
    if "SAM" in names:
        facts = [one for one in facts if not one.place.key.startswith("SAM")]
    return subject(era, facts, [*gaps, *(gap(kind, detail="no such hive") for kind in lost)])


def _dual_boot():
    """XP on the second disk as D:, beside another Windows on C:."""
    facts, gaps = installed("xp")
    entries = (
        ("\\DosDevices\\C:", "aaaaaaaa", 32256),
        ("\\??\\Volume{1}", "aaaaaaaa", 32256),
        ("\\DosDevices\\D:", "273c4cfe", 32256),
        ("\\??\\Volume{2}", "273c4cfe", 32256),
    )
    mounted = [fact(MOUNTED_DEVICE, MountedDevice(name, "mbr", signature, start)) for name, signature, start in entries]
    return subject("xp", [*facts, fact(PARTITION, PartitionPlace("mbr", 32256, 10**9)), fact(DISK_SIGNATURE, "273c4cfe"), *mounted], gaps)


def _dual_boot_10():
    """Windows 10 as D: on the second disk."""
    facts, gaps = installed("10")
    facts = [*without(facts, PROFILE_SID), profile(f"{OWN}-1000", "D:\\Users\\ann")]
    entries = (("\\DosDevices\\C:", "aaaaaaaa"), ("\\DosDevices\\D:", "273c4cfe"))
    mounted = [fact(MOUNTED_DEVICE, MountedDevice(name, "mbr", signature, 1048576)) for name, signature in entries]
    return subject("10", [*facts, fact(PARTITION, PartitionPlace("mbr", 1048576, 10**9)), fact(DISK_SIGNATURE, "273c4cfe"), *mounted], gaps)


def _mixed_hives():
    """SAM of one computer and SECURITY of another in one folder."""
    facts, gaps = installed("10")
    facts = [*without(facts, MACHINE_SID), *sid_pair(OWN, at("2022-06-23 01:25"), sam=OTHER), *disk()]
    return subject("10", facts, gaps, origin="collection")


def _mixed_hosts():
    """SAM and SECURITY of one computer, SYSTEM and SOFTWARE of an older one."""
    facts, gaps = installed("10")
    facts = without(facts, MACHINE_SID, ACCOUNT_SID, LSA_POLICY_TIME, ACCOUNT_DOMAIN_NAME)
    facts += [
        *sid_pair(OTHER, at("2024-05-01 12:00")),
        *accounts(OTHER, at("2021-01-01 01:30"), "ann"),
        fact(ACCOUNT_DOMAIN_NAME, "LAPTOP-7"),
    ]
    return subject("10", facts, gaps, origin="collection")


def _same_board_swapped():
    """A hypervisor update spells the UUID the other way round."""
    facts, gaps = installed("10")
    machines = [
        hardware(VM, False, at("2024-01-05 10:00"), "VMware, Inc.", "VMware7,1"),
        hardware("564d1925-efca-3787-5c44-50fe82f3ffde", True, at("2026-01-01 10:00"), "VMware, Inc.", "VMware7,1"),
    ]
    return subject("10", [*facts, *machines, *disk()], gaps)


def _wim_copy():
    """The files of an installation of 2022 on a volume of 2024."""
    facts, gaps = installed("10")
    return subject("10", [*facts, *disk(), fact(VOLUME_CREATED, at("2024-05-01 10:00"))], gaps)


def _microsofts_second_media():
    """8.1 with Update: Microsoft booted and generalized its own media again, seven months after its oldest keys."""
    facts, gaps = installed("8.1")
    return subject("8.1", [*without(facts, CLONE_TAG), clone_tag(at("2014-03-18 03:20:53")), *disk()], gaps)


def _nameless_xp():
    """SAM, SECURITY and SYSTEM of an XP: nothing names the release but what SYSTEM lacks."""
    facts, gaps = installed("xp")
    gaps += [gap(kind) for kind in (SYSPREP_STATUS, SETUPCL_RUN, IMAGE_STATE)]
    return subject(None, without(facts, INSTALL_DATE, WINDOWS_RELEASE, PROFILE_SID), gaps, origin="collection")


def _on_another_disk(era, *, cards=True, listed=True):
    """Started from another disk 200 days after setup; with other network cards, or with those that it had."""
    facts, gaps = installed(era)
    done = max(one.written for one in facts if one.kind == LSA_BOOT_KEY_TIME.name)
    then = FileTime(done + days(200))
    names = [(done, "11223344"), (then, "55667788")]
    volumes = [
        MountedDevice(
            f"\\??\\Volume{{{volume_name(when, '00:1a:a0:11:22:33')}}}",
            "mbr",
            signature,
            32256,
            volume_guid=volume_name(when, "00:1a:a0:11:22:33"),
        )
        for when, signature in names
    ]
    volumes += [MountedDevice("\\DosDevices\\C:", "mbr", "55667788", 32256)]
    facts += [fact(PARTITION, PartitionPlace("mbr", 32256, 10**10)), fact(DISK_SIGNATURE, "55667788")]
    facts += [fact(MOUNTED_DEVICE, volume) for volume in volumes]
    facts += card(1, "A", done, lease=FileTime(then + days(-3 if cards else 90)))
    facts += card(2, "B", then, lease=FileTime(then + days(90)), device="VEN_10EC&DEV_8168") if cards else []
    if cards and listed:
        facts += bodies(then=str(done), now=str(then), basis="key-written" if era in CLASSIC else "first-install")
    return subject(era, facts, gaps)


def _card_made_anew(era="10"):
    """A virtual machine whose network card was deleted and made anew; its firmware stayed."""
    facts, gaps = installed(era)
    done = max(one.written for one in facts if one.kind == LSA_BOOT_KEY_TIME.name)
    then = FileTime(done + days(60))
    facts += [hardware(VM, True, FileTime(then + days(90)), "VMware, Inc.", "VMware7,1"), *disk(), duid("00:0c:29:7e:7e:d3", done)]
    name = volume_name(then, "00:0c:29:71:07:3c")
    facts += [fact(MOUNTED_DEVICE, MountedDevice(f"\\??\\Volume{{{name}}}", "device", text="_??_USBSTOR", volume_guid=name))]
    facts += [*card(1, "A", done, lease=FileTime(then - days(3))), *card(2, "B", then, lease=FileTime(then + days(9)))]
    return subject(era, [*facts, lone_card(then)], gaps)


def _clock_behind(era):
    """An empty battery: setup believed that it was the first of January 2002 (or 1996), and the SID was written after the correction."""
    wrong = at("2002-01-01 00:10" if era != "xp" else "1996-01-01 00:10")
    facts, gaps = installed(era, when=str(wrong)[:16].replace("T", " "))
    return subject(era, [*without(facts, MACHINE_SID), *sid_pair(OWN, at("2022-06-23 01:25")), *disk()], gaps)


STORIES = {
    "XP started on other hardware": (_on_another_disk("xp"), {"relocated-not-generalized"}),
    "2003 started on other hardware": (_on_another_disk("2003"), {"relocated-not-generalized"}),
    "7 started on other hardware": (_on_another_disk("7"), {"relocated-not-generalized"}),
    "XP on another disk with other cards, and no list of devices": (_on_another_disk("xp", listed=False), {"undetermined"}),
    "XP with a larger disk": (_on_another_disk("xp", cards=False), {"installed"}),
    "7 with a larger disk": (_on_another_disk("7", cards=False), {"installed"}),
    "10 with a card made anew": (_card_made_anew(), {"installed"}),
    "7 with a card made anew": (_card_made_anew("7"), {"installed"}),
    "Vista with a card made anew": (_card_made_anew("vista"), {"installed"}),
    "7 with its clock behind": (_clock_behind("7"), {"installed"}),
    "10 with its clock behind": (_clock_behind("10"), {"installed"}),
    "XP with its clock behind": (_clock_behind("xp"), {"installed"}),
    **{f"plain {era}": (_plain(era), {"installed"}) for era in RELEASES},
    **{f"domain controller {era}": (_controller(era), {"installed", "undetermined"}) for era in SERVERS},
    "upgraded to 10": (_upgraded(), {"installed"}),
    "upgrade rewrote the SID": (_upgrade_rewrote_sid(), {"installed"}),
    "deployed from a generalized master": (_deployed(), {"deployed-generalized"}),
    "bought with an image of its maker": (_deployed("11", tag=False), {"deployed-generalized"}),
    "sibling of a template": (_template_sibling(), {"deployed-generalized"}),
    "reset": (_reset(), {"installed"}),
    "8.1 with Update": (_microsofts_second_media(), {"installed", "deployed-generalized"}),
    "sealed for first start": (_sealed("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"), {"sealed-generalized"}),
    "sealed for audit": (_sealed("IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT", "2022"), {"sealed-generalized"}),
    "sealed, SYSTEM and SOFTWARE unreadable": (_sealed_unread("SYSTEM", "SOFTWARE"), {"undetermined"}),
    "sealed, SYSTEM unreadable": (_sealed_unread("SYSTEM"), {"undetermined"}),
    "sealed, SOFTWARE unreadable": (_sealed_unread("SOFTWARE"), {"undetermined"}),
    "sealed XP": (_sealed_xp(), {"sealed-generalized"}),
    "deployed XP": (_deployed_xp(), {"deployed-generalized"}),
    "begun by Sysprep's status alone": (_aborted(), {"undetermined"}),
    "undeployable": (_aborted("IMAGE_STATE_UNDEPLOYABLE"), {"generalize-failed"}),
    "half installed": (_half_installed(), {"undetermined"}),
    "moved virtual machine": (_moved_vm(), {"relocated-not-generalized"}),
    "worked example, without its devices": (_worked_example(), {"undetermined"}),
    "file of a backup, or a copy that was not started": (_new_disk(), {"installed"}),
    "files copied to a younger volume": (_wim_copy(), {"installed"}),
    "new network card": (_new_card(), {"installed"}),
    "two network cards": (_two_cards(), {"installed"}),
    "UUID spelled the other way": (_same_board_swapped(), {"installed"}),
    "NewSID on XP": (_newsid_xp(), {"sid-changed"}),
    "NewSID licence accepted": (_eula_only(), {"installed"}),
    "SID changed on 10": (_changed_10(), {"sid-changed"}),
    "SID changed on 10, with a shadow copy": (_changed_unseen(_snapshot()), {"sid-changed"}),
    "another SID in Windows.old": (_changed_unseen(EarlierState(_regback().facts, "windows-old")), {"installed", "undetermined"}),
    "SID changed on 10, with RegBack": (_changed_10(earlier_states=(_regback(),)), {"sid-changed"}),
    "member of a domain": (_member(), {"installed"}),
    "demoted domain controller": (_demoted(), {"undetermined", "installed"}),
    "dual boot XP": (_dual_boot(), {"installed"}),
    "dual boot 10": (_dual_boot_10(), {"installed"}),
    "mixed hives": (_mixed_hives(), {"undetermined"}),
    "hives of two hosts": (_mixed_hosts(), {"undetermined", "installed"}),
    "no SYSTEM": (_lost("10", "SYSTEM"), {"undetermined"}),
    "no SAM": (_lost("10", "SAM"), {"installed"}),
    "no SOFTWARE": (_lost("10", "SOFTWARE"), {"installed"}),
    "XP without SYSTEM": (_lost("xp", "SYSTEM"), {"undetermined"}),
    "XP without SOFTWARE": (_nameless_xp(), {"installed"}),
    "nothing": (Subject(FactSet([])), {"undetermined"}),
}
"""Name -> the subject, and the histories that may come out."""

__all__ = ["STORIES", "SYSTEM_INFORMATION", "SystemInformation", "installed", "subject", "to_go"]
