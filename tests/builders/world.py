r"""A small world of computers: installations with a life, from which every artifact is derived so that they agree with one another.

```python
world = World(seed=7)
pc = world.computer("Contoso", "Desk 3")
life = Life(world, RELEASES["10"])
life.install(pc, "2021-03-02T09:10:00Z", name="DESK-1")
life.add_user("ann", "2021-03-02T09:40:00Z")
life.use("2021-09-01T16:00:00Z")
clone = life.copy()
clone.boot(world.computer("Contoso", "Desk 4"), "2021-09-02T08:00:00Z")
files = clone.files()          # path below the drive root -> bytes
```

What happens to each identifier follows `forensic explain`; where that says *inferred* or *unverified*, so is this world.
"""

import copy
import datetime as dt
import random
import struct
import uuid
from dataclasses import dataclass, field

from forensic.model import FileTime, Guid, MacAddress, Sid
from tests.builders import world_registry
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_QWORD, REG_SZ, HiveBuilder, security_descriptor

SECOND = 10_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = FileTime(0)
NET_CLASS = "{4D36E972-E325-11CE-BFC1-08002BE10318}"


def at(time) -> FileTime:
    """Take a FileTime or its text."""
    return FileTime.from_iso(time) if isinstance(time, str) else FileTime(time)


class World:
    """The source of everything random, the same for the same seed."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)

    def bytes(self, size):
        return self.random.randbytes(size)

    def guid(self) -> Guid:
        return Guid(str(uuid.UUID(bytes=self.bytes(16), version=4)))

    def guid_v1(self, time, mac) -> Guid:
        stamp = int(time) + 5_748_192_000_000_000 + self.random.randrange(10_000)
        low, mid, high = stamp & 0xFFFFFFFF, stamp >> 32 & 0xFFFF, stamp >> 48 | 0x1000
        return Guid(f"{low:08x}-{mid:04x}-{high:04x}-{0x8000 | self.random.randrange(0x3FFF):04x}-{mac.replace(':', '')}")

    def sid(self) -> Sid:
        return Sid("S-1-5-21-" + "-".join(str(self.random.randrange(1 << 28, 1 << 32)) for _ in range(3)))

    def moment(self, time, spread=MINUTE) -> FileTime:
        return FileTime(at(time) + self.random.randrange(spread))

    def computer(self, manufacturer="Contoso", product="Desk 3", *, gpt=False, oui="3c:52:82", start=1 << 20) -> "Computer":
        return Computer(
            uuid=self.guid(),
            manufacturer=manufacturer,
            product=product,
            serial=f"SN{self.random.randrange(10**8):08}",
            mac=MacAddress.from_bytes(bytes.fromhex(oui.replace(":", "")) + self.bytes(3)),
            slot=f"3&{self.random.randrange(1 << 32):08x}&0&{self.random.choice(('C8', '28', '0888', '1888'))}",
            disk=Disk(
                signature=None if gpt else self.random.randrange(1, 1 << 32),
                guid=self.guid() if gpt else None,
                partition_guid=self.guid() if gpt else None,
                start=start,
            ),
        )


@dataclass(frozen=True)
class Disk:
    """What the partition table of a computer's disk carries."""

    signature: int | None
    guid: Guid | None = None
    partition_guid: Guid | None = None
    start: int = 1 << 20
    bus: str = "SATA"
    """Or `USB`, from which Windows is started then."""

    @property
    def mounted(self) -> bytes:
        """The data by which MountedDevices names the system volume."""
        if self.signature is not None:
            return struct.pack("<IQ", self.signature, self.start)
        return b"DMIO:ID:" + uuid.UUID(self.partition_guid).bytes_le


@dataclass(frozen=True)
class Computer:
    """A body of hardware."""

    uuid: Guid
    manufacturer: str
    product: str
    serial: str
    mac: MacAddress
    slot: str
    disk: Disk
    network_card: str = r"PCI\VEN_8086&DEV_153A&SUBSYS_309F17AA&REV_04"
    network_name: str = "Intel(R) Ethernet Connection I217-LM"


@dataclass(frozen=True)
class Release:
    """A Windows release as it comes on its media."""

    era: str
    version: str
    build: str
    name: str
    media: str
    edition: str | None = None
    clone_tag: str | None = None
    lab: str | None = None
    server: bool = False

    @property
    def hive(self) -> tuple[int, int]:
        """Version of the hive format."""
        return (1, 2) if self.nt < (5, 0) else (1, 3) if self.nt < (10, 0) else (1, 5)

    @property
    def nt(self) -> tuple[int, int]:
        major, _, minor = self.version.partition(".")
        return int(major), int(minor)

    @property
    def root(self) -> str:
        return "WINNT" if self.nt < (5, 1) else "Windows"

    @property
    def profiles(self) -> str:
        return "WINNT/Profiles" if self.nt < (5, 0) else "Documents and Settings" if self.nt < (6, 0) else "Users"


_RELEASES = """
era    | NT   | build | product name                    | edition        | server | media time           | clone tag                | lab
nt4    | 4.0  | 1381  | Windows NT                      |                |        | 1996-10-14T01:38:00Z |                          |
2000   | 5.0  | 2195  | Microsoft Windows 2000          |                |        | 1999-11-30T09:31:00Z |                          |
xp     | 5.1  | 2600  | Microsoft Windows XP            |                |        | 2008-04-14T05:42:00Z |                          | 2600.xpsp.080413-2111
2003   | 5.2  | 3790  | Microsoft Windows Server 2003   |                | yes    | 2007-02-17T06:06:00Z |                          | 3790.srv03_sp2_rtm.070216-1710
vista  | 6.0  | 6002  | Windows Vista (TM) Business     | Business       |        | 2009-04-11T06:20:00Z | Sat Apr 11 00:36:32 2009 | 6002.18005.amd64fre.lh_sp2rtm.090410-1830
2008   | 6.0  | 6002  | Windows Server (R) 2008 Standard | ServerStandard | yes   | 2009-04-11T06:20:00Z | Sat Apr 11 00:36:32 2009 | 6002.18005.amd64fre.lh_sp2rtm.090410-1830
7      | 6.1  | 7600  | Windows 7 Professional          | Professional   |        | 2009-07-14T04:45:00Z | Mon Jul 13 21:55:53 2009 | 7600.16385.amd64fre.win7_rtm.090713-1255
2008r2 | 6.1  | 7600  | Windows Server 2008 R2 Standard | ServerStandard | yes    | 2009-07-14T04:45:00Z | Mon Jul 13 21:55:53 2009 | 7600.16385.amd64fre.win7_rtm.090713-1255
8.1    | 6.3  | 9600  | Windows 8.1 Pro                 | Professional   |        | 2014-03-18T09:43:00Z | Tue Mar 18 03:20:53 2014 | 9600.17031.amd64fre.winblue_gdr.140221-1952
2012r2 | 6.3  | 9600  | Windows Server 2012 R2 Standard | ServerStandard | yes    | 2014-03-18T09:43:00Z | Tue Mar 18 03:20:53 2014 | 9600.17031.amd64fre.winblue_gdr.140221-1952
10     | 10.0 | 19045 | Windows 10 Pro                  | Professional   |        | 2019-12-07T09:14:00Z | Sat Dec 07 09:18:25 2019 | 19041.1.amd64fre.vb_release.191206-1406
2019   | 10.0 | 17763 | Windows Server 2019 Standard    | ServerStandard | yes    | 2018-09-15T07:19:00Z | Sat Sep 15 00:34:54 2018 | 17763.1.amd64fre.rs5_release.180914-1434
11     | 10.0 | 22631 | Windows 10 Pro                  | Professional   |        | 2022-05-07T05:24:00Z | Sat May 07 05:41:10 2022 | 22621.1.amd64fre.ni_release.220506-1250
2025   | 10.0 | 26100 | Windows Server 2025 Standard    | ServerStandard | yes    | 2024-04-01T07:21:00Z | Mon Apr 01 07:36:14 2024 | 26100.1.amd64fre.ge_release.240331-1435
"""  # noqa: E501  a table


def _release(row: str) -> Release:
    era, version, build, name, edition, server, media, clone_tag, lab = (cell.strip() or None for cell in row.split("|"))
    return Release(era, version, build, name, media, edition, clone_tag, lab, bool(server))


RELEASES = {release.era: release for release in map(_release, _RELEASES.strip().splitlines()[1:])}
"""Builds and lab strings are real; clone tags of 7, 8.1 and 10 too, those of the others are made up to fit."""

POLICY_REVISIONS = {(4, 0): 3, (5, 0): 5, (5, 1): 7, (5, 2): 7, (6, 0): 10, (6, 1): 11, (6, 3): 12, (10, 0): 18}
"""Minor version of the LSA's database by NT version: real hives of XP, 2008, 2008 R2, 2012 R2, 2019, 2022 and 10; 3 and 5 are made up."""


@dataclass
class User:
    name: str
    rid: int
    created: FileTime
    sid: Sid | None = None
    logon: FileTime = NEVER
    device_id: str | None = None
    sqm_id: Guid | None = None
    player_id: Guid | None = None
    sid_changer: bool = False


@dataclass
class Adapter:
    guid: Guid
    computer: Computer
    seen: FileTime
    lease: FileTime | None = None


@dataclass
class State:
    """All that a life has written into an installation so far."""

    name: str = "MINWINPC"
    old_name: str | None = None
    sid: Sid | None = None
    sid_written: FileTime = NEVER
    boot_key: bytes = b""
    specialized: FileTime | None = None
    finished: FileTime | None = None
    install: FileTime | None = None
    clone_tag: str | None = None
    machine_guid: Guid | None = None
    hardware_profile: Guid | None = None
    sus_id: Guid | None = None
    sus_disk: str | None = None
    sqm_id: Guid | None = None
    duid: bytes | None = None
    users: list[User] = field(default_factory=list)
    adapters: list[Adapter] = field(default_factory=list)
    hardware: list[tuple[Computer, FileTime]] = field(default_factory=list)
    mounted: list[tuple[str, bytes]] = field(default_factory=list)
    mounted_written: FileTime = NEVER
    domain: tuple[str, str, Sid] | None = None
    domain_written: FileTime = NEVER
    controller: bool = False
    image_state: str = "IMAGE_STATE_COMPLETE"
    file_state: str | None = None
    generalization: int = 7
    tag: FileTime | None = None
    setup: dict = field(default_factory=dict)
    source_os: list[tuple[str, Release, FileTime]] = field(default_factory=list)
    last_use: FileTime = NEVER
    changed: FileTime = NEVER
    """When a SID changer ran."""
    former: list[Sid] = field(default_factory=list)
    """Machine SIDs that were replaced, the oldest first: what the volume was once told of them stays."""
    former_logged: list[Sid] = field(default_factory=list)
    """Those of them that the event logs hold: none from before a generalize."""
    former_guids: list[Guid] = field(default_factory=list)
    keeps_devices: bool = False
    """Whether the next specialize pass leaves the records of devices, as answer files may say."""


class Life:
    """One installation and what happened to it."""

    def __init__(self, world: World, release: Release):
        self.world, self.release, self.state = world, release, State()
        self.state.clone_tag = release.clone_tag
        self.computer: Computer | None = None

    def copy(self) -> "Life":
        """Return a block copy of the disk as it is now; the world goes on for both."""
        other = copy.copy(self)
        other.state = copy.deepcopy(self.state)
        return other

    def install(self, computer: Computer, time, name="DESK-1") -> "Life":
        """Install from media and answer the first questions."""
        self._specialize(computer, at(time), name)
        self.state.install = self.state.finished
        return self

    def boot(self, computer: Computer, time, name=None) -> "Life":
        """Start on a computer; a sealed installation is specialized there, any other just finds new devices."""
        time, state = at(time), self.state
        if state.image_state.startswith("IMAGE_STATE_GENERALIZE") or state.setup.get("CmdLine", "").endswith("-mini"):
            self._specialize(computer, time, name or "DEPLOYED")
            state.install = state.finished
        elif computer is not self.computer:
            self._meet(computer, time)
        state.last_use = max(state.last_use, time)
        return self

    def _specialize(self, computer: Computer, time: FileTime, name: str) -> None:
        """Do what the specialize pass (to 2003: the graphical half of setup) does on the first boot."""
        state, world = self.state, self.world
        state.specialized, state.name = world.moment(time), name
        if state.sid is not None:
            state.former.append(state.sid)
            state.former_guids.append(state.machine_guid)
        state.former_logged = []
        state.sid, state.sid_written = world.sid(), FileTime(state.specialized + 2 * MINUTE)
        state.boot_key = world.bytes(16)
        state.machine_guid, state.sqm_id, state.sus_id = world.guid(), world.guid(), world.guid()
        state.sus_disk = computer.serial
        node = "80:6e:6f:6e:69:63" if self.release.nt >= (6, 0) else "80:6d:61:72:69:6f"
        state.hardware_profile = world.guid_v1(state.specialized, node)
        if self.release.nt == (6, 1):
            state.hardware_profile = Guid("e29ac6c0-7037-11de-816d-806e6f6e6963")
        state.finished = FileTime(state.specialized + 18 * MINUTE)
        if not state.keeps_devices:
            state.adapters, state.hardware, state.mounted = [], [], []
        state.image_state, state.file_state, state.generalization, state.setup = "IMAGE_STATE_COMPLETE", None, 7, {}
        if state.keeps_devices and self.computer is computer:
            for adapter in state.adapters:
                adapter.lease = FileTime(state.finished + HOUR)
            return
        state.duid = None
        for user in state.users:
            user.sid = None
        self._meet(computer, state.specialized)

    def _meet(self, computer: Computer, time: FileTime) -> None:
        """Do what Plug and Play does on hardware that it has not seen yet."""
        state, world = self.state, self.world
        self.computer = computer
        state.hardware.append((computer, time))
        state.adapters.append(Adapter(world.guid(), computer, world.moment(time), FileTime(time + 3 * MINUTE)))
        volume = world.guid_v1(time, computer.mac if state.mounted else "80:6e:6f:6e:69:63")
        state.mounted = [(name, data) for name, data in state.mounted if name != r"\DosDevices\C:"]
        state.mounted += [(rf"\??\Volume{{{volume}}}", computer.disk.mounted), (r"\DosDevices\C:", computer.disk.mounted)]
        state.mounted_written = world.moment(time)
        if state.duid is None and self.release.nt >= (6, 0):
            seconds = (int(time) - int(FileTime.from_unix(946_684_800))) // SECOND
            state.duid = struct.pack(">HHI", 1, 1, max(0, seconds) & 0xFFFFFFFF) + bytes.fromhex(computer.mac.replace(":", ""))

    def add_user(self, name: str, time, *, device_id: str | None = None) -> "Life":
        """Create a local account, and its profile by the first logon."""
        world, rid = self.world, (1001 if self.release.nt >= (6, 0) else 1003) + len(self.state.users)
        user = User(name, rid, world.moment(time), logon=world.moment(time), sqm_id=world.guid(), player_id=world.guid())
        if self.release.nt >= (6, 2):
            user.device_id = device_id or f"0018{world.bytes(6).hex()}"
        self.state.users.append(user)
        self.state.last_use = max(self.state.last_use, user.logon)
        return self

    def use(self, until) -> "Life":
        """Work with it until then."""
        self.state.last_use = at(until)
        for user in self.state.users:
            user.logon = at(until)
        return self

    def rename(self, name: str, time) -> "Life":
        self.state.old_name, self.state.name = self.state.name, name
        self.state.last_use = at(time)
        return self

    def join(self, netbios: str, dns: str, domain_sid: Sid, time) -> "Life":
        self.state.domain, self.state.domain_written = (netbios, dns, domain_sid), at(time)
        return self

    def promote(self, netbios: str, dns: str, time) -> "Life":
        """Become the first domain controller: the machine's SID becomes the domain's, and the registry gets a fresh one."""
        state = self.state
        state.domain, state.domain_written, state.controller = (netbios, dns, state.sid), at(time), True
        state.sid, state.sid_written = self.world.sid(), self.world.moment(time)
        state.users = []
        return self

    def change_sid(self, time, tool="NewSID") -> "Life":
        """Let a SID changer run: new SID, everything else as it was."""
        state = self.state
        state.former.append(state.sid)
        state.former_logged.append(state.sid)
        state.sid, state.sid_written = self.world.sid(), self.world.moment(time)
        state.changed = state.sid_written
        if tool == "NewSID" and state.users:
            state.users[0].sid_changer = True
        return self

    def generalize(self, time, *, mode="OOBE", keeps_devices=False) -> "Life":
        """Run Sysprep with generalize and shut down; with `keeps_devices` as an answer file with PersistAllDeviceInstalls has it."""
        state, time = self.state, at(time)
        state.clone_tag, state.keeps_devices = asctime(time), keeps_devices
        if not keeps_devices:
            state.adapters, state.hardware, state.duid = [], [], None
        state.sqm_id = state.sus_id = None
        state.last_use = time
        if self.release.nt >= (6, 0):
            state.image_state, state.generalization, state.tag = f"IMAGE_STATE_GENERALIZE_RESEAL_TO_{mode}", 4, time
            state.setup = {"CmdLine": r"oobe\windeploy.exe", "SetupType": 2, "SystemSetupInProgress": 1, "OOBEInProgress": 1}
        else:
            state.setup = {"CmdLine": "setup -newsetup -mini", "SetupType": 1, "SystemSetupInProgress": 1, "MiniSetupInProgress": 1}
        return self

    def abort_generalize(self, time) -> "Life":
        """Start Sysprep and let a provider fail."""
        self.state.generalization, self.state.image_state = 3, "IMAGE_STATE_UNDEPLOYABLE"
        self.state.last_use = at(time)
        return self

    def upgrade(self, release: Release, time) -> "Life":
        """Upgrade in place: the SID stays, Setup runs again over media of the new release."""
        state, time = self.state, at(time)
        state.source_os.append((f"Source OS (Updated on {asctime(time)})", self.release, state.install))
        self.release, state.clone_tag = release, release.clone_tag
        state.specialized = self.world.moment(time)
        state.install = state.finished = FileTime(state.specialized + 30 * MINUTE)
        return self

    # What a life leaves on disk.

    def files(self) -> dict[str, bytes]:
        """Return path below the drive root and content of every file that matters."""
        release, state = self.release, self.state
        config = f"{release.root}/System32/config"
        hives = {name: getattr(self, f"_{name.lower()}")() for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM")}
        hives |= {f"NTUSER {user.name}": self._ntuser(user) for user in state.users}
        world_registry.add(hives, self)
        files = {f"{config}/{name}": hives[name].build() for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM")}
        files[f"{config}/DEFAULT"] = self._ntuser(None).build()
        for user in state.users:
            folder = f"{release.profiles}/{user.name}"
            files[f"{folder}/NTUSER.DAT"] = hives[f"NTUSER {user.name}"].build()
            local = "AppData/Local" if release.nt >= (6, 0) else "Local Settings/Application Data"
            if release.nt >= (5, 0):
                files[f"{folder}/{local}/Microsoft/Windows/UsrClass.dat"] = self._usrclass(user).build()
        if release.nt >= (6, 0):
            text = f"[State]\r\nImageState={state.file_state or state.image_state}\r\n"
            files[f"{release.root}/Setup/State/State.ini"] = text.encode("utf-16")
            if state.tag is not None:
                files[f"{release.root}/System32/Sysprep/Sysprep_succeeded.tag"] = b""
        files[f"{release.root}/explorer.exe"] = b"MZ"
        return files

    def drive(self) -> dict[str, bytes]:
        """Return the files of the drive with the logs and what the volume remembers: all that a full examination reads."""
        from tests.builders import world_event_log, world_setup_log, world_volume

        state = self.state
        return {
            **world_setup_log.traces(self),
            **world_event_log.traces(self, state.former_logged),
            **world_volume.traces(self, state.former, state.former_guids),
            **self.files(),
        }

    def _sam(self) -> HiveBuilder:
        state, domain = self.state, r"SAM\Domains\Account"
        hive = self._hive("SAM", state.sid_written)
        sid, descriptor = sid_bytes(state.sid), security_descriptor()
        table = struct.pack(
            "<12I", 0, len(descriptor), 1, len(descriptor), len(sid), 0, len(descriptor) + 24, 0, 0, len(descriptor) + 24, 0, 0
        )
        tail = self.state.name.encode("utf-16-le") if self.release.nt < (5, 0) else b""
        hive.key(domain, written=state.last_use)
        hive.value(domain, "V", REG_BINARY, table + descriptor + sid + tail)
        created = self._sam_created()
        fixed = struct.pack("<HHIQ", 3 if self.release.nt >= (10, 0) else 2, 1, 1, created)
        hive.value(domain, "F", REG_BINARY, fixed.ljust(368 if self.release.nt >= (10, 0) else 240, b"\0"))
        builtin = [User("Administrator", 500, state.finished), User("Guest", 501, state.finished)]
        for user in builtin + ([] if state.controller else state.users):
            users = rf"{domain}\Users"
            hive.key(rf"{users}\{user.rid:08X}", written=max(user.logon, user.created))
            hive.value(rf"{users}\{user.rid:08X}", "V", REG_BINARY, self._user_v(user))
            flags = 0x211 if user.rid in (500, 501) else 0x210
            hive.value(rf"{users}\{user.rid:08X}", "F", REG_BINARY, _fixed(user, flags))
            hive.key(rf"{users}\Names\{user.name}", written=user.created)
            hive.value(rf"{users}\Names\{user.name}", "", user.rid, b"")
        hive.key(r"SAM\Domains\Builtin", written=state.finished)
        return hive

    def _sam_created(self) -> FileTime:
        if (6, 0) <= self.release.nt <= (6, 3) and not self.state.controller:
            return FileTime(at(self.release.media) - HOUR)
        return self.state.sid_written

    @staticmethod
    def _user_v(user: User) -> bytes:
        name, descriptor = user.name.encode("utf-16-le"), security_descriptor()
        descriptor += b"\0" * (-len(descriptor) % 4)
        entries = [(0, len(descriptor), 0), (len(descriptor), len(name), 0)] + [(len(descriptor) + len(name), 0, 0)] * 15
        return b"".join(struct.pack("<III", *entry) for entry in entries) + descriptor + name

    def _security(self) -> HiveBuilder:
        state, finished = self.state, self.state.finished
        hive = self._hive("SECURITY", finished)
        hive.key(r"Policy\PolAcDmS", written=state.sid_written)
        hive.value(r"Policy\PolAcDmS", "", 0, sid_bytes(state.sid))
        hive.key(r"Policy\PolAcDmN", written=state.finished)
        hive.value(r"Policy\PolAcDmN", "", 0, unicode_string(state.name))
        hive.key(r"Policy\PolPrDmN", written=state.domain_written or finished)
        hive.key(r"Policy\PolPrDmS", written=state.domain_written or finished)
        netbios, dns, sid = state.domain or ("WORKGROUP", "", None)
        hive.value(r"Policy\PolPrDmN", "", 0, unicode_string(netbios))
        hive.value(r"Policy\PolPrDmS", "", 0, sid_bytes(sid) if sid else b"")
        if self.release.nt >= (5, 0):
            hive.key(r"Policy\PolDnDDN", written=state.domain_written or finished)
            hive.value(r"Policy\PolDnDDN", "", 0, unicode_string(dns))
        hive.key(r"Policy\PolRevision", written=at(self.release.media) if self.release.nt >= (6, 0) else finished)
        hive.value(r"Policy\PolRevision", "", 0, struct.pack("<HH", POLICY_REVISIONS[self.release.nt], 1))
        if self.release.nt >= (6, 0):
            hive.key(r"Policy\PolOldSyskey", written=state.specialized)
            hive.key(r"Policy\PolEKList", written=state.specialized)
            hive.value(r"Policy\PolEKList", "", 0, self.world.bytes(172))
        return hive

    def _software(self) -> HiveBuilder:
        release, state = self.release, self.state
        hive = self._hive("SOFTWARE", state.last_use)
        current = r"Microsoft\Windows NT\CurrentVersion"
        hive.key(current, written=state.install or state.finished)
        version = "6.3" if release.nt >= (10, 0) else release.version
        for name, value in {
            "ProductName": release.name,
            "CurrentVersion": version,
            "CurrentBuildNumber": release.build,
            "CurrentBuild": release.build,
            "EditionID": release.edition,
            "BuildLabEx" if release.nt >= (6, 0) else "BuildLab": release.lab,
            "ProductId": "00330-80000-00000-AA367",
            "SystemRoot": rf"C:\{release.root}",
            "InstallationType": ("Server" if release.server else "Client") if release.nt >= (6, 0) else None,
        }.items():
            if value is not None:
                hive.value(current, name, REG_SZ, value)
        if state.install is not None:
            hive.value(current, "InstallDate", REG_DWORD, (int(state.install) - 116_444_736_000_000_000) // SECOND)
            if release.nt >= (10, 0):
                hive.value(current, "InstallTime", REG_QWORD, int(state.install))
        if release.nt >= (10, 0):
            for name, number in (("CurrentMajorVersionNumber", 10), ("CurrentMinorVersionNumber", 0), ("UBR", 2006)):
                hive.value(current, name, REG_DWORD, number)
        self._profile_list(hive, current)
        if release.nt >= (5, 1):
            hive.key(r"Microsoft\Cryptography", written=state.specialized)
            hive.value(r"Microsoft\Cryptography", "MachineGuid", REG_SZ, state.machine_guid)
        update = r"Microsoft\Windows\CurrentVersion\WindowsUpdate"
        if state.sus_id and release.nt >= (5, 0):
            hive.key(update, written=state.finished)
            hive.value(update, "SusClientId", REG_SZ, state.sus_id)
            serial = state.sus_disk.encode("utf-16-le")
            hive.value(update, "SusClientIdValidation", REG_BINARY, bytes([6, 2, len(serial), 0, 0, 0]) + serial)
        if release.nt >= (6, 0):
            if state.sqm_id:
                hive.value(r"Microsoft\SQMClient", "MachineId", REG_SZ, f"{{{state.sqm_id.upper()}}}")
            setup = r"Microsoft\Windows\CurrentVersion\Setup\State"
            hive.key(setup, written=state.finished)
            hive.value(setup, "ImageState", REG_SZ, state.image_state)
        for number, adapter in enumerate(state.adapters):
            card = rf"{current}\NetworkCards\{number + 1}"
            hive.key(card, written=adapter.seen)
            hive.value(card, "ServiceName", REG_SZ, f"{{{adapter.guid.upper()}}}")
            hive.value(card, "Description", REG_SZ, adapter.computer.network_name)
        return hive

    def _profile_list(self, hive: HiveBuilder, current: str) -> None:
        release, state = self.release, self.state
        entries = [(Sid("S-1-5-18"), r"%systemroot%\system32\config\systemprofile", state.finished)] if release.nt >= (5, 1) else []
        base = "%SystemRoot%\\Profiles" if release.nt < (5, 0) else "C:\\" + release.profiles.replace("/", "\\")
        entries += [(self.sid_of(user), rf"{base}\{user.name}", user.logon) for user in state.users]
        for sid, path, written in entries:
            key = rf"{current}\ProfileList\{sid}"
            hive.key(key, written=written)
            hive.value(key, "ProfileImagePath", REG_EXPAND_SZ, path)
            hive.value(key, "Sid", REG_BINARY, sid_bytes(sid))
            hive.value(key, "State", REG_DWORD, 0)

    def sid_of(self, user: User) -> Sid:
        return Sid(f"{user.sid or self.state.sid}-{user.rid}")

    def _system(self) -> HiveBuilder:
        release, state = self.release, self.state
        hive = self._hive("SYSTEM", state.last_use)
        for name, number in (("Current", 1), ("Default", 1), ("Failed", 0), ("LastKnownGood", 1)):
            hive.value("Select", name, REG_DWORD, number)
        control, services = r"ControlSet001\Control", r"ControlSet001\Services"
        hive.value(rf"{control}\ComputerName\ComputerName", "ComputerName", REG_SZ, state.name)
        hive.value(rf"{control}\ComputerName\ActiveComputerName", "ComputerName", REG_SZ, state.name)
        product = "LanmanNT" if state.controller else "ServerNT" if release.server else "WinNT"
        hive.value(rf"{control}\ProductOptions", "ProductType", REG_SZ, product)
        architecture = "AMD64" if release.nt >= (6, 0) else "x86"
        hive.value(rf"{control}\Session Manager\Environment", "PROCESSOR_ARCHITECTURE", REG_SZ, architecture)
        if release.nt >= (5, 0):
            for position, name in enumerate(("JD", "Skew1", "GBG", "Data")):
                part = state.boot_key[position * 4 : position * 4 + 4].hex()
                hive.key(rf"{control}\Lsa\{name}", written=FileTime(state.specialized + 150 * SECOND), class_name=part)
        profile = rf"{control}\IDConfigDB\Hardware Profiles\0001"
        hive.key(profile, written=state.specialized)
        if release.nt >= (5, 0):
            hive.value(profile, "HwProfileGuid", REG_SZ, f"{{{state.hardware_profile}}}")
        media = at(release.media)
        for number in range(220):
            hive.key(rf"{services}\Driver{number:03}", written=FileTime(media + number // 40 * SECOND))
            hive.value(rf"{services}\Driver{number:03}", "Start", REG_DWORD, 3)
        self._network(hive, control, services)
        for name, data in state.mounted if release.nt >= (5, 0) else ():
            hive.value("MountedDevices", name, REG_BINARY, data)
        hive.key("MountedDevices", written=state.mounted_written)
        self._setup(hive)
        if release.nt >= (6, 2):
            self._hardware(hive, control)
        return hive

    def _network(self, hive: HiveBuilder, control: str, services: str) -> None:
        parameters = rf"{services}\Tcpip\Parameters"
        hive.value(parameters, "Hostname", REG_SZ, self.state.name)
        hive.value(parameters, "NV Hostname", REG_SZ, self.state.name)
        for number, adapter in enumerate(self.state.adapters):
            interface = rf"{parameters}\Interfaces\{{{adapter.guid}}}"
            hive.key(interface, written=adapter.lease)
            hive.value(interface, "EnableDHCP", REG_DWORD, 1)
            hive.value(interface, "DhcpIPAddress", REG_SZ, f"10.1.{number}.{20 + number}")
            hive.value(interface, "LeaseObtainedTime", REG_DWORD, (int(adapter.lease) - 116_444_736_000_000_000) // SECOND)
            instance = rf"{adapter.computer.network_card}\{adapter.computer.slot}"
            driver = rf"{control}\Class\{NET_CLASS.lower()}\{number:04}"
            hive.key(driver, written=adapter.seen)
            hive.value(driver, "NetCfgInstanceId", REG_SZ, f"{{{adapter.guid.upper()}}}")
            hive.value(driver, "DriverDesc", REG_SZ, adapter.computer.network_name)
            hive.value(driver, "MatchingDeviceId", REG_SZ, adapter.computer.network_card.lower())
            hive.value(driver, "ComponentId", REG_SZ, adapter.computer.network_card.lower())
            hive.value(driver, "DeviceInstanceID", REG_SZ, instance)
            connection = rf"{control}\Network\{NET_CLASS}\{{{adapter.guid.upper()}}}\Connection"
            hive.key(connection, written=adapter.seen)
            hive.value(connection, "Name", REG_SZ, "Ethernet" if number == 0 else f"Ethernet {number + 1}")
            hive.value(connection, "PnpInstanceID", REG_SZ, instance)
            if self.release.nt >= (10, 0):
                kernel = rf"{control}\NetworkSetup2\Interfaces\{{{adapter.guid.upper()}}}\Kernel"
                address = bytes.fromhex(adapter.computer.mac.replace(":", ""))
                hive.key(kernel, written=adapter.seen)
                hive.value(kernel, "PermanentAddress", REG_BINARY, address)
                hive.value(kernel, "CurrentAddress", REG_BINARY, address)
        if self.state.duid is not None:
            hive.value(rf"{services}\Tcpip6\Parameters", "Dhcpv6DUID", REG_BINARY, self.state.duid)

    def _setup(self, hive: HiveBuilder) -> None:
        release, state = self.release, self.state
        hive.key("Setup", written=state.last_use)
        setup = {"SystemSetupInProgress": 0, "SetupType": 0, "CmdLine": "setup -newsetup" if release.nt < (5, 1) else ""}
        if release.nt >= (6, 0):
            setup |= {"OOBEInProgress": 0, "SetupPhase": 0, "RestartSetup": 0}
        if release.nt >= (6, 2):
            setup["RespecializeCmdLine"] = r"Sysprep\sysprep.exe /respecialize /quiet"
        for name, value in (setup | state.setup).items():
            hive.value("Setup", name, REG_SZ if isinstance(value, str) else REG_DWORD, value)
        if state.clone_tag is not None:
            if release.nt >= (6, 0):
                hive.value("Setup", "CloneTag", REG_MULTI_SZ, [state.clone_tag])
            else:
                hive.value("Setup", "CloneTag", REG_SZ, state.clone_tag)
        if release.nt < (6, 0):
            return
        hive.key(r"Setup\SetupCl", written=FileTime(state.specialized + MINUTE))
        for name, value in (
            ("ExecutionSuccessful", 1),
            ("RunTime", 0),
            ("HiveTime", 0),
            ("FileACLTime", 0),
            ("DriveMask", 4),
            ("NTSTATUS", 0),
        ):
            hive.value(r"Setup\SetupCl", name, REG_DWORD, value)
        status = r"Setup\Status\SysprepStatus"
        hive.key(status, written=state.specialized)
        hive.value(status, "GeneralizationState", REG_DWORD, state.generalization)
        hive.value(r"Setup\Status\UnattendPasses", "specialize", REG_DWORD, 9)
        hive.value(r"Setup\Status\UnattendPasses", "oobeSystem", REG_DWORD, 9)
        hive.value(r"Setup\Status\ChildCompletion", "setup.exe", REG_DWORD, 3)
        hive.value(r"Setup\Status\ChildCompletion", "oobeldr.exe", REG_DWORD, 3)
        for name, start, stop in (
            ("SpecializePassPerf", state.specialized, state.specialized + 4 * MINUTE),
            ("OobeSystemPerf", state.finished - 5 * MINUTE, state.finished),
        ):
            for label, moment in (("Start", start), ("Stop", stop)):
                hive.value(rf"Setup\Timers\{name}", f"{label}Low", REG_DWORD, moment & 0xFFFFFFFF)
                hive.value(rf"Setup\Timers\{name}", f"{label}High", REG_DWORD, moment >> 32)
        for label, release_before, installed in state.source_os:
            key = rf"Setup\{label}"
            hive.key(key, written=state.specialized)
            hive.value(key, "ProductName", REG_SZ, release_before.name)
            hive.value(key, "CurrentBuild", REG_SZ, release_before.build)
            hive.value(key, "InstallDate", REG_DWORD, (int(installed) - 116_444_736_000_000_000) // SECOND)

    def _hardware(self, hive: HiveBuilder, control: str) -> None:
        state = self.state
        for computer, seen in state.hardware:
            key = rf"HardwareConfig\{{{computer.uuid}}}"
            hive.key(key, written=seen)
            for name, text in _description(computer).items():
                hive.value(key, name, REG_SZ, text)
            if computer.disk.bus == "USB":
                hive.value(key, "BootDriverFlags", REG_DWORD, 0x14)
        if state.hardware:
            hive.value("HardwareConfig", "LastConfig", REG_SZ, f"{{{state.hardware[-1][0].uuid}}}")
            for name, text in _description(state.hardware[-1][0]).items():
                hive.value(rf"{control}\SystemInformation", name, REG_SZ, text)

    def _ntuser(self, user: User | None) -> HiveBuilder:
        release, when = self.release, self.state.last_use
        hive = self._hive("NTUSER.DAT" if user else "DEFAULT", when)
        hive.key(r"Software\Microsoft\Windows\CurrentVersion", written=when)
        hive.key("Environment", written=self.state.finished)
        if user is None:
            return hive
        if release.nt >= (5, 0):
            player = r"Software\Microsoft\MediaPlayer\Player\Settings"
            hive.key(player, written=user.created)
            hive.value(player, "Client ID", REG_SZ, f"{{{user.player_id.upper()}}}")
        if release.nt >= (6, 0):
            hive.value(r"Software\Microsoft\SQMClient", "UserId", REG_SZ, f"{{{user.sqm_id.upper()}}}")
        if user.device_id is not None:
            properties = r"Software\Microsoft\IdentityCRL\ExtendedProperties"
            hive.key(properties, written=user.created)
            hive.value(properties, "LID", REG_SZ, user.device_id.upper())
            token = r"Software\Microsoft\IdentityCRL\Immersive\production\Token\{D6D5A677-0872-4AB0-9442-BB792FCE85C5}"
            hive.key(token, written=user.created)
            hive.value(token, "DeviceId", REG_SZ, user.device_id.upper())
            hive.value(token, "DeviceTicket", REG_BINARY, b"ticket of " + self.sid_of(user).encode() * 5)
            hive.key(r"Software\Microsoft\Windows\CurrentVersion\PushNotifications\wpnidm", written=user.created)
        if user.sid_changer:
            hive.key(r"Software\Sysinternals\NewSID", written=self.state.changed)
            hive.value(r"Software\Sysinternals\NewSID", "EulaAccepted", REG_DWORD, 1)
        return hive

    def _usrclass(self, user: User) -> HiveBuilder:
        hive = self._hive("UsrClass.dat", user.created)
        hive.key("Local Settings", written=user.created)
        return hive

    def _hive(self, name: str, written: FileTime) -> HiveBuilder:
        hive = HiveBuilder(version=self.release.hive, root="ROOT", file_name=name, written=written)
        hive.written = written
        return hive


def asctime(time) -> str:
    """Return the time as CloneTag spells it, on a computer whose clock shows UTC."""
    moment = dt.datetime(1601, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=int(time) // 10)
    return moment.strftime("%a %b %d %H:%M:%S %Y")


def sid_bytes(sid: Sid) -> bytes:
    """Return a SID in its binary form."""
    authority, *parts = [int(part) for part in sid.split("-")[2:]]
    return struct.pack("<BB", 1, len(parts)) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


def unicode_string(text: str) -> bytes:
    """Return a UNICODE_STRING as the policy keys hold it: length, maximum, offset, text."""
    data = text.encode("utf-16-le")
    return struct.pack("<HHI", len(data), len(data) + 2, 8 if data else 0) + data


def _fixed(user: User, flags: int) -> bytes:
    """Return the fixed data of an account."""
    record = bytearray(80)
    struct.pack_into("<QQQQ", record, 8, user.logon, 0, user.created, 0x7FFFFFFFFFFFFFFF)
    struct.pack_into("<I", record, 48, user.rid)
    struct.pack_into("<I", record, 56, flags)
    return bytes(record)


def _description(computer: Computer) -> dict[str, str]:
    return {
        "SystemManufacturer": computer.manufacturer,
        "SystemProductName": computer.product,
        "BIOSVendor": computer.manufacturer,
        "BIOSVersion": "1.21",
        "BIOSReleaseDate": "03/14/2019",
        "BaseBoardManufacturer": computer.manufacturer,
        "BaseBoardProduct": f"{computer.product} board",
    }


__all__ = ["DAY", "HOUR", "MINUTE", "RELEASES", "SECOND", "Computer", "Disk", "Life", "Release", "User", "World", "asctime", "at"]
