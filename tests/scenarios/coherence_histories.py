"""Histories in which evidence is planted, foreign or from another time, each beside the innocent or the guilty one that it looks like."""

from dataclasses import replace

from forensic.model import FileTime
from tests.builders.hive import REG_DWORD, REG_SZ
from tests.builders.world import DAY, HOUR, RELEASES, asctime

CONFIG = "Windows/System32/config"


def lsa_log(sid):
    """The log in which the security authority names the machine SID that it generated at the first setup."""
    lines = ("In LsapSetRandomDomainSid()", "LsapSetRandomDomainSid: LsapGenerateRandomDomainSid returned: 0x0. DomainSid is below.")
    text = "".join(f"[ 6/ 5 13:04:47] 640.644>  - {line}\r\n" for line in (*lines, f"Sid = {sid}"))
    return {"Windows/lsasetup.log": text.encode("utf-16-le")}


def dtc_log(media, *steps):
    """DtcInstall.log from media on; a step is its kind and time. From Windows 8 on a specialize calls cleanup and generalize itself."""
    blocks = [("Enter MsDtcAdvancedInstaller::Configure", media), ("Exit MsDtcAdvancedInstaller::Configure", media)]
    for kind, time in steps:
        inner = ("Generalize", "Cleanup") if kind == "Specialize" else ()
        names = [f"SysPrepDtc{name} : Enter" for name in (kind, *inner)]
        names += [f"SysPrepDtc{name} : Exit" for name in (*inner[::-1], kind)]
        blocks += [(name, time) for name in names]
    text = "".join(f"{_minute(time)} : DTC Install error = 0, {name}, d:\\os\\src\\dtc.cpp (10)\r\n" for name, time in blocks)
    return {"Windows/DtcInstall.log": text.encode("ascii")}


def _minute(time):
    day, clock = str(time)[:10], str(time)[11:16]
    return f"{day[5:7]}-{day[8:10]}-{day[:4]} {clock}"


def back(life, folder):
    """The hives of a life as an earlier copy that Windows keeps in a folder of its configuration."""
    hives = {path.rpartition("/")[2]: data for path, data in life.files().items() if path.startswith(f"{CONFIG}/")}
    return {f"{CONFIG}/{folder}/{name}": hives[name] for name in ("SAM", "SECURITY", "SYSTEM", "SOFTWARE")}


def by_turns(begun, seed, *, home):
    """One disk started by turns on its own computer and in a virtual machine; with `home` last on its own."""
    life, start = begun(seed, "10")
    own = life.computer
    guest = replace(life.world.computer("QEMU", "Standard PC (Q35 + ICH9, 2009)", oui="52:54:00"), disk=own.disk)
    life.boot(guest, FileTime(start + 210 * DAY))
    log = "Windows/INF/setupapi.setup.log"
    logged = {log: life.drive()[log]}
    if home:
        life.computer, life.state.hardware = own, life.state.hardware[::-1]
        life.state.adapters[0].lease = FileTime(start + 260 * DAY + HOUR)
    return life.use(FileTime(start + 300 * DAY)), logged


def dressed(life, start):
    """Five values planted offline into a copy that is in use, so that it looks like a sealed master."""
    when = FileTime(start + 900 * DAY)
    system, software = life._system(), life._software()
    for name, kind, value in (("CloneTag", REG_SZ, asctime(when)), ("CmdLine", REG_SZ, r"oobe\windeploy.exe"), ("SetupType", REG_DWORD, 2),
                              ("SystemSetupInProgress", REG_DWORD, 1)):  # fmt: skip
        system.value("Setup", name, kind, value)
    state = "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"
    software.value(r"Microsoft\Windows\CurrentVersion\Setup\State", "ImageState", REG_SZ, state)
    return {
        f"{CONFIG}/SYSTEM": system.build(),
        f"{CONFIG}/SOFTWARE": software.build(),
        "Windows/Setup/State/State.ini": f"[State]\r\nImageState={state}\r\n".encode("utf-16"),
        "Windows/System32/Sysprep/Sysprep_succeeded.tag": b"",
    }


def add(add, begun, moved, deployed):
    """Add the histories; the functions are those that make the plain ones."""
    life, log = by_turns(begun, 1300, home=True)
    add("10: its disk started by turns in a virtual machine, last at home", life, "installed", added=log)
    life, log = by_turns(begun, 1301, home=False)
    add("10: its disk taken into a virtual machine for good", life, "relocated-not-generalized", innocent=False, added=log)

    life, start = moved(1310, "10")
    add("10: copied, then dressed as a sealed master", life, "undetermined", innocent=False, added=dressed(life, start))
    life, start = moved(1310, "10")
    life.generalize(FileTime(start + 410 * DAY))
    add("10: master that had been moved, then sealed", life, "sealed-generalized")

    for seed, era in ((1320, "7"), (1321, "10")):
        life, _ = begun(seed, era)
        other, _ = begun(seed + 5, era)
        other.state.users[0].created = FileTime(other.state.users[0].created + DAY)
        foreign = back(life, "RegBack") | {
            path: data for path, data in back(other, "RegBack").items() if path.endswith(("SAM", "SECURITY"))
        }
        add(f"{era}: RegBack holds SAM and SECURITY of another computer", life, "installed", added=foreign)
        life, start = begun(seed + 10, era)
        before = back(life, "RegBack")
        life.change_sid(FileTime(start + 250 * DAY)).use(FileTime(start + 300 * DAY))
        add(f"{era}: SID changed, RegBack is from before", life, "sid-changed", innocent=False, added=before)

    life, start = begun(1340, "2019")
    add("2019: refreshed media brought its own lsasetup.log", life, "installed", added=lsa_log(life.world.sid()))
    life, start = begun(1341, "10")
    first = life.state.sid
    life.change_sid(FileTime(start + 150 * DAY), tool="SIDCHG").use(FileTime(start + 250 * DAY))
    logs = lsa_log(first) | dtc_log(RELEASES["10"].media, ("Specialize", FileTime(start)))
    add("10: SID changed, the first one is in lsasetup.log", life, "sid-changed", innocent=False, added=logs)
    life, start = begun(1342, "10")
    logs = lsa_log(life.state.sid) | dtc_log(RELEASES["10"].media, ("Specialize", FileTime(start)))
    add("10: plain media, whose specialize calls generalize itself", life, "installed", added=logs)

    life, start = deployed(1350, "11")
    life.state.machine_guid = life.state.former_guids[-1]
    add("11: of a fleet with one MachineGuid, each with a SID of its own", life, "deployed-generalized")
    life, start = deployed(1351, "10")
    logs = dtc_log(RELEASES["10"].media, ("Specialize", FileTime(start)), ("Generalize", FileTime(start + 210 * DAY)),
                   ("Specialize", FileTime(start + 230 * DAY)))  # fmt: skip
    add("10: deployed from a generalized master, by the log of its lineage", life, "deployed-generalized", added=logs)
