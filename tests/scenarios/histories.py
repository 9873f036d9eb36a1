"""Histories whose truth is known, because they were made: what happened, and the verdict that has to come out."""

from dataclasses import dataclass, field, replace
from importlib import import_module

from forensic.model import FileTime, Guid
from tests.builders.event_log import Logged, evtx
from tests.builders.hive import REG_DWORD, REG_SZ
from tests.builders.world import DAY, HOUR, RELEASES, Adapter, Disk, Life, World, at
from tests.builders.world_volume import usn_max
from tests.scenarios import coherence_histories
from tests.scenarios.domain_histories import add_domains

FOREIGN = "d7d7d7d7-1111-4222-8333-444455556666"


@dataclass
class Scenario:
    """One installation with a known history."""

    name: str
    life: Life
    expected: frozenset
    """Verdicts that are right."""
    innocent: bool
    """Whether nothing happened that Microsoft's policy forbids."""
    explanation: str = ""
    """The innocent explanation that has to be named, where one applies."""
    missing: tuple = ()
    """Files that are left out."""
    added: dict = field(default_factory=dict)
    """Files that are put there."""


def begun(seed, era, days=400, *, users=1, computer=None):
    """A life that began so many days after its media was made; a fraction is a part of a day."""
    world, release = World(seed), RELEASES[era]
    start = FileTime(at(release.media) + int(days * DAY))
    life = Life(world, release).install(computer or world.computer(), start, name="PC-ONE")
    for number in range(users):
        life.add_user(("ann", "bob", "cy", "dora")[number], FileTime(start + HOUR + number * 40 * DAY))
    return life.use(FileTime(start + 200 * DAY)), start


def deployed(seed, era, *, users=1, **parts):
    """A sibling of a master that was generalized in time."""
    life, start = begun(seed, era, users=users)
    life.generalize(FileTime(start + 210 * DAY), **parts)
    other = life.world.computer("Fabrikam", "Tower 9", oui="00:1a:a0")
    return life.boot(other, FileTime(start + 230 * DAY), name="SIB-1").use(FileTime(start + 500 * DAY)), start


def moved(seed, era, make="Fabrikam", product="Tower 9"):
    """Started on other hardware without a generalize."""
    life, start = begun(seed, era)
    life.boot(life.world.computer(make, product, oui="00:1a:a0"), FileTime(start + 210 * DAY))
    return life.rename("PC-COPY", FileTime(start + 210 * DAY + HOUR)).use(FileTime(start + 400 * DAY)), start


def after_use(seed, era):
    """A copy that worked on its target in the domain before somebody generalized it there."""
    life, start = begun(seed, era, users=4)
    target = life.world.computer("Fabrikam", "Tower 9", oui="00:1a:a0")
    life.boot(target, FileTime(start + 210 * DAY)).rename("PC-COPY", FileTime(start + 211 * DAY))
    life.join("CORP", "corp.example", life.world.sid(), FileTime(start + 212 * DAY))
    life.generalize(FileTime(start + 400 * DAY), keeps_devices=True).boot(target, FileTime(start + 401 * DAY), name="PC-COPY")
    return life.use(FileTime(start + 500 * DAY)), start


def changed(seed, era):
    life, start = begun(seed, era)
    return life.change_sid(FileTime(start + 150 * DAY)).use(FileTime(start + 250 * DAY)), start


def aborted(seed, era):
    life, start = begun(seed, era)
    return life.abort_generalize(FileTime(start + 250 * DAY)), start


def sealed(seed, era, mode="OOBE"):
    life, start = begun(seed, era)
    return life.generalize(FileTime(start + 210 * DAY), mode=mode), start


def upgraded(seed, era, after):
    life, start = begun(seed, era)
    when = FileTime(max(start, at(RELEASES[after].media)) + 300 * DAY)
    return life.upgrade(RELEASES[after], when).use(FileTime(when + 400 * DAY)), start


def promoted(seed, era):
    life, start = begun(seed, era)
    return life.promote("CORP", "corp.example", FileTime(start + 100 * DAY)).use(FileTime(start + 300 * DAY)), start


def joined(seed, era):
    life, start = begun(seed, era)
    life.rename("PC-TWO", FileTime(start + 90 * DAY)).join("CORP", "corp.example", life.world.sid(), FileTime(start + 91 * DAY))
    return life.use(FileTime(start + 300 * DAY)), start


def reset(seed, era):
    """*Reset this PC*: setup anew on the same hardware, users gone."""
    life, start = begun(seed, era)
    life.state.users = []
    computer = life.computer
    life.install(computer, FileTime(start + 300 * DAY), name="DESKTOP-NEW")
    life.state.former, life.state.former_guids = life.state.former[-1:], life.state.former_guids[-1:]
    return life.add_user("ann", FileTime(start + 300 * DAY + HOUR)).use(FileTime(start + 450 * DAY)), start


def met_its_duplicate(life):
    """The System log of a machine that met its duplicate twelve times."""
    first = life.state.last_use - 20 * DAY
    events = [Logged(6167, FileTime(first + number * DAY), "LsaSrv", life.state.name, data=["PC-ONE", "PC-ONE"]) for number in range(12)]
    return {f"{life.release.root}/System32/winevt/Logs/System.evtx": evtx(events, channel="System")}


def with_value(life, hive, key, name, kind, value):
    """Let the life's hive of this name hold one more value."""
    built = getattr(life, f"_{hive.lower()}")()
    built.value(key, name, kind, value)
    return {f"{life.release.root}/System32/config/{hive}": built.build()}


def stray_sam(life):
    """SAM of another computer in place of its own."""
    other, _ = begun(999, life.release.era)
    return {path: data for path, data in other.files().items() if path.endswith("/SAM")}


def larger_disk(seed, era):
    """The same computer with a larger disk, onto which everything was copied."""
    life, start = begun(seed, era)
    state, computer = life.state, life.computer
    life.boot(replace(computer, disk=Disk(0x12345678)), FileTime(start + 100 * DAY))
    state.hardware, state.adapters = [(life.computer, state.hardware[0][1])], state.adapters[:1]
    state.adapters[0].lease = FileTime(start + 190 * DAY)
    return life.use(FileTime(start + 200 * DAY)), start


def new_card(seed, era):
    """A virtual machine whose network card was deleted and made anew, with another address."""
    life, start = begun(seed, era)
    card = replace(life.computer, mac=life.world.computer().mac, slot="3&1&0&1888")
    life.state.adapters[0].lease = FileTime(start + 50 * DAY)
    life.state.adapters.append(Adapter(life.world.guid(), card, FileTime(start + 60 * DAY), FileTime(start + 190 * DAY)))
    name = life.world.guid_v1(start + 60 * DAY, card.mac)
    life.state.mounted.append((rf"\??\Volume{{{name}}}", "_??_USBSTOR#Disk".encode("utf-16-le")))
    return life, start


def behind(seed, era, *, late_sid=False):
    """Set up with an empty battery: the clock began in 2000 and was corrected afterwards; with `late_sid` before the SID was written."""
    world = World(seed)
    life, now = Life(world, RELEASES[era]).install(world.computer(), "2000-01-01T00:00:00Z", name="PC-ONE"), at("2024-01-01T00:00:00Z")
    if late_sid:
        life.state.sid_written = FileTime(now)
    return life.add_user("ann", FileTime(now + HOUR)).use(FileTime(now + 100 * DAY)), now


def _unseen(add):
    """Add histories that were tried on the finished judgement."""
    for seed, era in enumerate(("2000", "xp", "2003", "vista", "2008"), 1000):
        add(f"{era}: copied to another computer without mini-setup or generalize", moved(seed, era)[0], "relocated-not-generalized",
            innocent=False, explanation="another board, disk or network card")  # fmt: skip
    for seed, era in enumerate(("xp", "vista", "7", "10"), 1010):
        add(f"{era}: disk replaced by a larger one", larger_disk(seed, era)[0], "installed")
    add("10: network card of the virtual machine made anew", new_card(1020, "10")[0], "installed")
    for seed, era in enumerate(("xp", "7", "10"), 1030):
        add(f"{era}: set up in the year 2000 by its clock", behind(seed, era)[0], "installed", explanation="clock errors during setup")
        life, _ = behind(seed + 10, era, late_sid=True)
        add(f"{era}: clock corrected from 2000 in the middle of setup", life, "installed", explanation="clock errors during setup")
    life, start = deployed(1050, "10")
    life.upgrade(RELEASES["11"], FileTime(start + 900 * DAY)).use(FileTime(start + 1200 * DAY))
    add("10: deployed from a generalized master, then upgraded to 11", life, "installed", explanation="in-place upgrade")
    life, _ = begun(1051, "7")
    for era in ("8.1", "10", "11"):
        when = FileTime(max(life.state.last_use, at(RELEASES[era].media)) + 100 * DAY)
        life.upgrade(RELEASES[era], when).use(FileTime(when + 100 * DAY))
    add("7: upgraded to 8.1, 10 and 11", life, "installed", explanation="in-place upgrade")
    life, start = begun(1052, "10")
    life.abort_generalize(FileTime(start + 205 * DAY)).generalize(FileTime(start + 206 * DAY))
    add("10: generalize failed, then succeeded", life.copy(), "sealed-generalized")
    life.boot(life.world.computer("Fabrikam", "Tower 9"), FileTime(start + 230 * DAY), name="SIB-1").use(FileTime(start + 300 * DAY))
    add("10: sibling of a master whose first generalize had failed", life, "deployed-generalized")
    life, start = begun(1053, "10", users=0)
    life.generalize(FileTime(start + 30 * DAY), keeps_devices=True).boot(life.computer, FileTime(start + 90 * DAY), name="LAPTOP-X")
    life.add_user("ann", FileTime(start + 90 * DAY)).use(FileTime(start + 400 * DAY))
    add("10: started in audit mode by its maker, generalized there, sold", life, "deployed-generalized", explanation="factory")
    life, start = begun(1054, "10")
    life.state.tag = FileTime(start + 205 * DAY)
    add("10: Sysprep without generalize, started again", life.use(FileTime(start + 300 * DAY)), "installed")
    life, start = begun(1055, "10")
    life.state.image_state = "IMAGE_STATE_UNDEPLOYABLE"
    life.state.setup = {"SystemSetupInProgress": 1, "SetupType": 1, "CmdLine": r"oobe\windeploy.exe"}
    add("10: specialize broke off", life, "undetermined")
    for seed, era in enumerate(("2008", "2019"), 1060):
        life, start = promoted(seed, era)
        life.state.controller, life.state.domain = False, None
        life.state.sid, life.state.sid_written = life.world.sid(), FileTime(start + 250 * DAY)
        add(f"{era}: promoted to domain controller and demoted", life.use(FileTime(start + 300 * DAY)), "installed", "undetermined")


def carried(seed, to_go):
    """A drive with Windows on it that was started on three computers; `to_go`: 1 as Windows To Go on USB, 0 as no such thing."""
    first = World(seed).computer()
    drive = replace(first.disk, bus="USB") if to_go else first.disk
    life, start = begun(seed, "10", computer=replace(first, disk=drive))
    for number, (make, model, oui) in enumerate((("Fabrikam", "Tower 9", "00:1a:a0"), ("Initech", "Box 3", "00:21:86"))):
        computer = life.world.computer(make, model, oui=oui)
        life.boot(replace(computer, disk=drive) if to_go else computer, FileTime(start + (210 + number * 30) * DAY))
    life.use(FileTime(start + 300 * DAY))
    return life, with_value(life, "SYSTEM", r"ControlSet001\Control", "PortableOperatingSystem", REG_DWORD, to_go)


def resized(seed, era, then, now):
    """A virtual machine with one identity whose model changed since setup: what Setup logged names the former one."""
    life, _ = begun(seed, era, computer=World(seed).computer(*then))
    log = "Windows/INF/setupapi.setup.log"
    logged = {log: life.drive()[log]}
    life.computer = replace(life.computer, product=now)
    life.state.hardware = [(life.computer, life.state.hardware[0][1])]
    life.state.adapters[0].computer = life.computer
    return life, logged


def mini_setup_unmarked(seed, era):
    """Sold with mini-setup, by a tool that left no CloneTag: the SID is two months younger than the rest."""
    life, start = begun(seed, era)
    life.state.sid_written = FileTime(start + 60 * DAY)
    return life


def converted(seed, era, make, product):
    """A physical computer made a virtual machine that kept its system UUID: firmware has one record, with the names of the last start."""
    life, start = begun(seed, era)
    log = "Windows/INF/setupapi.setup.log"
    logged = {log: life.drive()[log]}
    copy = replace(life.world.computer(make, product, oui="00:50:56"), uuid=life.computer.uuid)
    first = life.state.hardware[0][1]
    life.boot(copy, FileTime(start + 210 * DAY)).use(FileTime(start + 300 * DAY))
    life.state.hardware = [(copy, first)]
    return life, logged


def _hidden(add):
    """Add forbidden histories that look like innocent ones, each beside the innocent one that it looks like."""
    for seed, era in enumerate(("2000", "xp", "2003"), 1200):
        for number, file in enumerate(("sysprep/sysprep.inf", f"{RELEASES[era].root}/System32/setupcl.exe")):
            add(f"{era}: copied to another computer, {file} lies there", moved(seed + 10 * number, era)[0], "relocated-not-generalized",
                innocent=False, explanation="mini-setup", added={file: b"MZ"})  # fmt: skip
            life, start = moved(seed + 10 * number + 20, era)
            life.state.sid_written = FileTime(start + 210 * DAY)
            add(f"{era}: deployed with mini-setup that left {file} and no CloneTag", life, "installed", "undetermined",
                explanation="mini-setup", added={file: b"MZ"})  # fmt: skip
    for seed, era in enumerate(("10", "11", "2025"), 1250):
        life, log = converted(seed, era, "VMware, Inc.", "VMware20,1")
        add(f"{era}: made a virtual machine that kept the system UUID", life, "relocated-not-generalized", innocent=False, added=log)
        life, log = converted(seed + 10, era, "Contoso Corporation", "Desk 3 G2")
        life.state.adapters = life.state.adapters[:1]
        add(f"{era}: firmware that names its computer anew", life, "installed", added=log)
    for seed, era in enumerate(("xp", "7", "10", "2025"), 1270):
        life, _ = begun(seed, era)
        for hive in ("SAM", "SECURITY", "SOFTWARE"):
            add(f"{era}: {hive} is missing", life, "installed", explanation="missing from", missing=(hive,))
    life, start = begun(1280, "xp")
    life.generalize(FileTime(start + 210 * DAY)).boot(life.world.computer("Fabrikam", "Tower 9"), FileTime(start + 230 * DAY), name="SIB-1")
    add("xp: deployed with mini-setup, SOFTWARE is missing", life, "undetermined", missing=("SOFTWARE",))


def _doubted(add):
    """Add histories that an opposing witness would bring up."""
    life, mark = carried(1100, 1)
    add("10: Windows To Go on three computers", life, "installed", explanation="Windows To Go", added=mark)
    life, mark = carried(1101, 0)
    add("10: drive started on three computers, no Windows To Go", life, "relocated-not-generalized", innocent=False, added=mark)
    for seed, era in enumerate(("vista", "7"), 1110):
        add(f"{era}: network card of the virtual machine made anew", new_card(seed, era)[0], "installed")
    life, log = resized(1120, "11", ("Amazon EC2", "t3.medium"), "m5.large")
    add("11: virtual machine given another size", life, "installed", added=log)
    life, start = begun(1121, "10", computer=World(1121).computer("QEMU", "Standard PC (i440FX + PIIX, 1996)"))
    other = replace(life.computer, product="Standard PC (Q35 + ICH9, 2009)", slot="3&2&0&18")
    add("10: virtual machine given another chipset", life.boot(other, FileTime(start + 210 * DAY)).use(FileTime(start + 300 * DAY)),
        "installed")  # fmt: skip
    for seed, era in enumerate(("2000", "xp", "2003"), 1130):
        setupcl = {f"{RELEASES[era].root}/System32/setupcl.exe": b"MZ"}
        add(f"{era}: mini-setup that left no CloneTag", mini_setup_unmarked(seed, era), "installed", "undetermined",
            explanation="mini-setup", added=setupcl)  # fmt: skip
    life, start = begun(1140, "10")
    life.state.former, life.state.former_guids = [life.world.sid()], [life.world.guid()]
    life.state.users[0].sid_changer, life.state.changed = True, FileTime(start + 30 * DAY)
    add("10: profile taken over from a computer where NewSID had run", life, "installed")
    for seed, how, mark in (
        (1160, "cloned as Microsoft supports it", {"Windows/NTDS/DCCloneConfig.20200706-071900.xml": b"<?xml?>"}),
        (1161, "copied", {}),
    ):
        life, start = promoted(seed, "2019")
        life.boot(life.world.computer("Microsoft Corporation", "Virtual Machine", oui="00:15:5d"), FileTime(start + 260 * DAY))
        expected = "undetermined" if mark else "relocated-not-generalized"
        life.use(FileTime(start + 300 * DAY))
        add(f"2019: domain controller {how}", life, expected, innocent=bool(mark), explanation="DCCloneConfig", added=mark)
    life, _ = deployed(1150, "xp")
    add("xp: deployed with mini-setup on other hardware", life, "deployed-generalized", explanation="-nosidgen")


def scenarios():  # noqa: PLR0915  a list, one statement for each history
    """Every scenario, in the order of the table."""
    found = []

    def add(name, life, *expected, innocent=True, explanation="", missing=(), added=None):
        found.append(Scenario(name, life, frozenset(expected), innocent, explanation, missing, added or {}))

    for seed, era in enumerate(
        ("nt4", "2000", "xp", "2003", "vista", "2008", "7", "2008r2", "8.1", "2012r2", "10", "2019", "11", "2025"), 100
    ):
        add(f"{era}: set up and used for 200 days", begun(seed, era)[0], "installed")
    add("10: renamed by its first setup, RTC off by hours", begun(120, "10")[0], "installed", explanation="renamed during setup")
    for seed, era in enumerate(("7", "10", "2019"), 130):
        add(f"{era}: renamed and joined to a domain", joined(seed, era)[0], "installed")
    for seed, era in enumerate(("2003", "2008r2", "2019", "2025"), 140):
        add(f"{era}: promoted to domain controller", promoted(seed, era)[0], "installed", "undetermined", explanation="domain controller")
    for seed, (before, after) in enumerate((("7", "10"), ("8.1", "10"), ("10", "11")), 150):
        add(f"{before}: upgraded in place to {after}", upgraded(seed, before, after)[0], "installed", explanation="in-place upgrade")
    for seed, era in enumerate(("10", "11"), 160):
        life, start = reset(seed, era)
        journal = {"$Extend/$Max": usn_max(start)}
        add(f"{era}: reset to factory state on its hardware", life, "installed", explanation="Reset this PC", added=journal)

    for seed, era in enumerate(("vista", "7", "8.1", "10", "11", "2019", "2025"), 200):
        add(f"{era}: deployed from a generalized master", deployed(seed, era)[0], "deployed-generalized", explanation="master maintained")
    add("10: bought, generalized by its maker", deployed(210, "10", users=0)[0], "deployed-generalized", explanation="factory")
    life, start = deployed(211, "10", users=4)
    life.join("CORP", "corp.example", life.world.sid(), FileTime(start + 240 * DAY))
    add("10: sibling of a master that four users had used, joined later", life, "deployed-generalized", explanation="WerSvc")
    life, _ = deployed(212, "10")
    rearm = with_value(life, "SOFTWARE", r"Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform", "SkipRearm", REG_DWORD, 1)
    add("10: deployed with SkipRearm", life, "deployed-generalized", explanation="SkipRearm", added=rearm)
    life, start = begun(213, "10")
    life.generalize(FileTime(start + 210 * DAY), keeps_devices=True).boot(life.computer, FileTime(start + 215 * DAY), name="MASTER")
    add("10: the master itself, captured and started again", life.use(FileTime(start + 300 * DAY)), "deployed-generalized",
        explanation="master maintained")  # fmt: skip
    life, start = begun(214, "xp")
    life.generalize(FileTime(start + 210 * DAY)).boot(life.world.computer("Fabrikam", "Tower 9"), FileTime(start + 230 * DAY), name="SIB-1")
    add("xp: deployed with mini-setup", life.use(FileTime(start + 400 * DAY)), "deployed-generalized")

    for seed, (era, mode) in enumerate((("7", "OOBE"), ("10", "OOBE"), ("2019", "AUDIT"), ("2025", "OOBE"), ("xp", "OOBE")), 300):
        add(f"{era}: generalized and sealed ({mode})", sealed(seed, era, mode)[0], "sealed-generalized")

    for seed, era in enumerate(("7", "2008r2", "8.1", "10", "11", "2019", "2025"), 400):
        add(f"{era}: copied to another computer without a generalize", moved(seed, era)[0], "relocated-not-generalized", innocent=False,
            explanation="another board, disk or network card")  # fmt: skip
    add("10: made a virtual machine (VMware) of a computer", moved(410, "10", "VMware, Inc.", "VMware Virtual Platform")[0],
        "relocated-not-generalized", innocent=False, explanation="re-hosted virtual machine")  # fmt: skip
    life, start = begun(411, "10")
    twin = life.world.computer()
    add("10: copied to a computer of the same model", life.boot(twin, FileTime(start + 210 * DAY)).use(FileTime(start + 400 * DAY)),
        "relocated-not-generalized", innocent=False, explanation="another board")  # fmt: skip

    for seed, era in enumerate(("xp", "2003", "7", "8.1", "10", "11"), 500):
        add(f"{era}: SID changed by NewSID", changed(seed, era)[0], "sid-changed", innocent=False,
            explanation="hives restored from a backup")  # fmt: skip
    for seed, era in enumerate(("10", "11", "2019"), 600):
        add(f"{era}: copied, used in a domain, generalized there", after_use(seed, era)[0], "generalized-after-use", innocent=False,
            explanation="maintained for months")  # fmt: skip
    for seed, era in enumerate(("7", "10", "2019", "2025"), 700):
        add(f"{era}: generalize failed", aborted(seed, era)[0], "generalize-failed", innocent=False)

    for seed, era in enumerate(("7", "10", "2019"), 900):
        life, start = deployed(seed, era)
        life.boot(life.world.computer("Initech", "Box 3", oui="00:21:86"), FileTime(start + 600 * DAY)).use(FileTime(start + 700 * DAY))
        add(f"{era}: deployed in order, then copied without a generalize", life, "relocated-not-generalized", innocent=False)
        life, start = deployed(seed + 10, era)
        life.change_sid(FileTime(start + 600 * DAY)).use(FileTime(start + 700 * DAY))
        add(f"{era}: deployed in order, then given another SID by NewSID", life, "sid-changed", innocent=False)
    life, start = begun(920, "10")
    life.change_sid(FileTime(start + 50 * DAY)).generalize(FileTime(start + 100 * DAY))
    life.boot(life.world.computer("Fabrikam", "Tower 9"), FileTime(start + 120 * DAY), name="SIB-1")
    add("10: sibling of a master on which NewSID had run", life.use(FileTime(start + 300 * DAY)), "deployed-generalized")
    life, start = sealed(921, "10")
    life.boot(life.world.computer("Fabrikam", "Tower 9"), FileTime(start + 230 * DAY), name="A").use(FileTime(start + 300 * DAY))
    add("10: master of a second version, sealed again", life.generalize(FileTime(start + 310 * DAY)), "sealed-generalized")
    life, start = begun(922, "11")
    for name, day in (("A", 10), ("B", 100)):
        life.join(name, f"{name.lower()}.example", life.world.sid(), FileTime(start + day * DAY))
    add("11: member of one domain, then of another", life.use(FileTime(start + 300 * DAY)), "installed")
    life, _ = upgraded(923, "7", "10")
    used = life.state.last_use
    life.boot(life.world.computer("Initech", "Box 3", oui="00:21:86"), FileTime(used + DAY)).use(FileTime(used + 100 * DAY))
    add("7: upgraded to 10, then copied", life, "relocated-not-generalized", innocent=False, explanation="in-place upgrade")
    life, _ = begun(924, "10")
    life.state.image_state = "IMAGE_STATE_SPECIALIZE_RESEAL_TO_AUDIT"
    add("10: in audit mode", life, "undetermined")
    life, _ = sealed(925, "10")
    life.state.setup = {"SetupType": 0, "SystemSetupInProgress": 0, "CmdLine": ""}
    add("10: sealed, and setup was disarmed", life, "undetermined")

    for seed, era in enumerate(("7", "10"), 800):
        add(f"{era}: SYSTEM is missing", begun(seed, era)[0], "undetermined", missing=("SYSTEM",))
    add("10: sealed, SYSTEM and SOFTWARE are missing", sealed(810, "10")[0], "undetermined", missing=("SYSTEM", "SOFTWARE"))
    life, _ = begun(811, "10")
    add("10: SAM of another computer", life, "undetermined", explanation="restored hives", added=stray_sam(life))
    life, _ = begun(812, "2025")
    add("2025: meets its duplicate (event 6167)", life, "undetermined", innocent=False, added=met_its_duplicate(life))
    life, _ = begun(813, "10")
    add("10: provisioned by Citrix", life, "installed", explanation="same SID by design", added={"Personality.ini": b"[StringData]\r\n"})
    life, _ = begun(814, "10")
    key = with_value(life, "SYSTEM", r"ControlSet001\Control\MiniNT", "", REG_SZ, "")
    add("10: MiniNT planted to silence the event log", life, "installed", added=key)
    life, _ = begun(815, "10")
    life.state.machine_guid, life.state.former_guids = Guid(FOREIGN), [life.state.machine_guid]
    add("10: MachineGuid edited by a program", life, "installed")
    life, start = begun(816, "10")
    life.state.install = FileTime(life.state.specialized - 9 * HOUR)
    add("10: clock set back by nine hours during setup", life, "installed", explanation="clock errors during setup")
    _unseen(add)
    _doubted(add)
    _hidden(add)
    import_module("tests.scenarios.gate_histories").gate(add)
    coherence_histories.add(add, begun, moved, deployed)
    add_domains(add)
    return found


__all__ = ["Scenario", "begun", "scenarios"]
