"""Believable reports for the tests of what people see: each a story, none read from evidence."""

import hashlib

from forensic.artifacts.hardware.hardware_config import HardwareConfiguration
from forensic.artifacts.identity.computer_name import ComputerName
from forensic.artifacts.network.network import NetworkAdapter
from forensic.artifacts.setup.clone_tag import CloneTag
from forensic.artifacts.setup.image_state import ImageState
from forensic.model import (
    Account,
    DeviceId,
    Evidence,
    Fact,
    FileTime,
    Gap,
    Guid,
    HiveInfo,
    ImageReport,
    InstallationReport,
    Locator,
    Problem,
    Product,
    Profile,
    RawDigest,
    Sid,
    SourceInfo,
    Tool,
    Verdict,
    VolumeInfo,
)
from forensic.model.time import LocalTime
from forensic.reasoning.verdict import load as verdicts
from forensic.reporting.formats import Layout, console

TOOL = Tool("forensic", "0.1.0", "2026-11-22")
INSTALLED = FileTime.from_iso("2021-03-04T09:12:44.1234567Z")
MACHINE = Sid("S-1-5-21-3623811015-3361044348-30300820")
DOMAIN = Sid("S-1-5-21-1004336348-1177238915-682003330")
HOSTILE = "\x1b]0;owned\x07\x1b[2J[bold red]no[/] :smile: \u202egpj.exe\u202c a\u0300 {braces} <html>&\r\n\ttab"


def fact(
    kind, value, file, key="", name=None, offset=0x1000, *, written=INSTALLED, state="stored", raw="00", volume="p2", field="", profile=None
):
    place = Locator(volume=volume, file=file, key=key, value=name, offset=offset, field=field)
    return Fact(kind, value, place, raw, written, state, profile)


def digest(kind, text, file, key, field):
    data = hashlib.sha256(text.encode())
    return fact(kind, data.hexdigest(), file, key, field=field, raw=RawDigest(data.hexdigest(), 16))


CONFIG = "Windows/System32/config/"


def identity(machine=MACHINE, seed="one"):
    return (
        fact("machine-sid", machine, CONFIG + "SAM", r"SAM\Domains\Account", "V", 0x640C, raw="010400000000000515000000" + "c74bffd7" * 3),
        digest("lsa-boot-key", seed, CONFIG + "SYSTEM", r"ControlSet001\Control\Lsa", "class names of JD, Skew1, GBG, Data"),
        fact(
            "machine-guid",
            Guid("6e2c3f0a-5b1d-4c7e-9a8f-0d1e2f3a4b5c"),
            CONFIG + "SOFTWARE",
            r"Microsoft\Cryptography",
            "MachineGuid",
            0x2F8D34,
        ),
        fact(
            "computer-name",
            ComputerName("WS-042", "configured", 1),
            CONFIG + "SYSTEM",
            r"ControlSet001\Control\ComputerName\ComputerName",
            "ComputerName",
            0x8A14,
        ),
        fact(
            "clone-tag",
            CloneTag("Sat Dec 07 01:15:05 2019", LocalTime("2019-12-07T01:15:05.0000000")),
            CONFIG + "SYSTEM",
            "Setup",
            "CloneTag",
            0x9910,
            raw="53006100740020004400650063002000300037",
        ),
        fact(
            "image-state",
            ImageState("IMAGE_STATE_COMPLETE", "registry"),
            CONFIG + "SOFTWARE",
            r"Microsoft\Windows\CurrentVersion\Setup\State",
            "ImageState",
            0x118,
        ),
        fact("install-date", INSTALLED, CONFIG + "SOFTWARE", r"Microsoft\Windows NT\CurrentVersion", "InstallTime", 0x77120),
        fact("volume-serial", "a4e1-27c0-11d2-90ff", "", offset=0x100000 + 0x48, field="boot sector", written=None),
        fact("disk-guid", Guid("0f9d3c11-8a7b-4be4-8f3c-2f7d6f2f1e10"), "", offset=0x238, field="GPT header", written=None, volume=""),
    )


def verdict(history, strength, summary, not_excluded=(), remedies=()):
    kind = verdicts()[history]
    return Verdict(history, kind.policy, strength, summary, tuple(not_excluded), tuple(remedies), title=kind.title)


def hives():
    return (
        HiveInfo("p2 > " + CONFIG + "SAM", 65536, False, "none"),
        HiveInfo("p2 > " + CONFIG + "SECURITY", 32768, False, "none"),
        HiveInfo("p2 > " + CONFIG + "SOFTWARE", 98_566_144, True, "logs"),
        HiveInfo("p2 > " + CONFIG + "SYSTEM", 17_301_504, True, "none", ("its transaction logs are damaged at offset 0x200",)),
    )


def installation(**changes):
    parts = {
        "id": "p2/Windows",
        "volume": "p2",
        "system_root": "/Windows",
        "origin": "active",
        "product": Product("Windows 10 Pro", "Professional", "10.0", "19045", "amd64", INSTALLED),
        "era": "10",
        "role": "workstation",
        "computer_name": "WS-042",
        "machine_sid": MACHINE,
        "domain_sid": None,
        "accounts": (
            Account(Sid(f"{MACHINE}-500"), 500, "Administrator"),
            Account(Sid(f"{MACHINE}-501"), 501, "Guest"),
            Account(Sid(f"{MACHINE}-1001"), 1001, "ann"),
        ),
        "profiles": (
            Profile(Sid(f"{MACHINE}-1001"), "Users/ann", (DeviceId("msa-device-id", "0018400fd2a1c3e5"), DeviceId("sqm-user-id", "{1}"))),
            Profile(Sid("S-1-5-18"), "Windows/System32/config/systemprofile"),
        ),
        "hives": hives(),
        "facts": identity(),
        "gaps": (
            Gap("dtc-cid", "not-found", r"p2 > Windows/System32/config/SOFTWARE > Classes\CID"),
            Gap("msmq-qmid", "not-found", r"p2 > Windows/System32/config/SOFTWARE > Microsoft\MSMQ\Parameters\MachineCache > QMId"),
            Gap("msa-device-id", "not-found", r"p2 > Users/ann/NTUSER.DAT > SOFTWARE\Microsoft\IdentityCRL", profile="Users/ann"),
        ),
        "evidence": (
            Evidence(
                "clone-tag-of-media",
                "installed",
                "deployed-generalized",
                "moderate",
                "generalize",
                "The clone tag of 2019-12-07 01:15:05 is the one that the media of build 19041 carries.",
                (4,),
            ),
            Evidence(
                "specialize-hardware-is-current",
                "installed",
                "relocated-not-generalized",
                "strong",
                "hardware",
                "The only specialize run of 2021-03-04 names the mainboard and the disk that are there today.",
                (0, 6, 8),
            ),
        ),
        "verdict": verdict(
            "installed",
            "strong",
            "Windows was set up on this hardware on 2021-03-04 and nothing shows that the installation was duplicated.",
            ("a copy of this installation runs elsewhere: one image alone cannot show that",),
            ("Nothing needs to be done for this computer.",),
        ),
    }
    return InstallationReport(**(parts | changes))


VOLUMES = (
    VolumeInfo("p1", "gpt", 1_048_576, 104_857_600, "fat32", "7c2e-99a1", "SYSTEM"),
    VolumeInfo("p2", "gpt", 122_683_392, 63_800_000_512, "ntfs", "a4e127c011d290ff", "Windows"),
    VolumeInfo(
        "p3", "gpt", 63_922_683_904, 1_073_741_824, "bitlocker", not_examined="it is encrypted with BitLocker, and no key was given"
    ),
)


def report(path="evidence/ws-042.E01", installations=None, **changes):
    parts = {
        "tool": TOOL,
        "source": SourceInfo(path, "ewf", 64_996_425_728, ("ws-042.E01", "ws-042.E02"), 512, {"md5": "9e107d9d372bb6826bd81d3542a419d6"}),
        "volumes": VOLUMES,
        "installations": (installation(),) if installations is None else tuple(installations),
    }
    return ImageReport(**(parts | changes))


def ordinary():
    return report()


def relocated():
    many = [
        fact("network-adapter", NetworkAdapter(Guid(f"{n:08x}-0000-4000-8000-000000000000"), f"Intel(R) 82574L #{n}"),
             CONFIG + "SYSTEM", rf"ControlSet001\Control\Class\{{4d36e972}}\{n:04}", "NetCfgInstanceId", 0x20000 + n)
        for n in range(60)
    ]  # fmt: skip
    hardware = fact(
        "hardware-config",
        HardwareConfiguration(
            Guid("12345678-9abc-4def-8123-456789abcdef"), True, last_use=INSTALLED, manufacturer="Dell Inc.", product="OptiPlex 7050"
        ),
        CONFIG + "SYSTEM",
        r"HardwareConfig\{12345678-9abc-4def-8123-456789abcdef}",
        "SystemManufacturer",
        state="recovered",
    )
    return report(
        "evidence/lab/room 12/pc-07.vhdx",
        [
            installation(
                computer_name="PC-07",
                domain_sid=DOMAIN,
                facts=(*identity(), hardware, *many),
                gaps=(
                    *installation().gaps,
                    Gap("setupapi-log", "unreadable", "p2 > Windows/inf/setupapi.dev.log", "3 clusters from 0x4f000000 lie in a bad chunk"),
                    Gap("event-log-span", "not-looked", "p2 > Windows/System32/winevt/Logs", "not part of this depth"),
                ),
                evidence=(
                    Evidence(
                        "hardware-changed-after-specialize",
                        "relocated-not-generalized",
                        "installed",
                        "strong",
                        "hardware",
                        "Specialized on a Dell Inc. OptiPlex 7050; since 2022-10-26 the mainboard is another one.",
                        (9, 10, 11),
                    ),
                    Evidence(
                        "clone-tag-of-media",
                        "",
                        "deployed-generalized",
                        "moderate",
                        "generalize",
                        "The clone tag is that of the media.",
                        (4,),
                    ),
                    Evidence(
                        "one-owner",
                        "installed",
                        "relocated-not-generalized",
                        "weak",
                        "use",
                        "One person used the computer before and after.",
                        (3,),
                    ),
                ),
                verdict=verdict(
                    "relocated-not-generalized",
                    "indicated",
                    "The installation was specialized on one mainboard and ran later on another, and no generalize lies between.",
                    ("the mainboard was replaced", "a virtual machine was moved to another host and the former one is gone"),
                    (
                        "Examine the suspected source and compare both images.",
                        "If both are in use: deploy this one anew from a generalized master. Sysprep run now does not repair it.",
                    ),
                ),
            )
        ],
        problems=(Problem("warning", "p2 > Windows/System32/config/SYSTEM", "the hive is dirty and its logs are damaged: read as it is"),),
        stats={"bytes_read": 1_048_576, "requests": 212, "seconds": {"open": 0.012, "hives": 0.251}, "peak_memory": 41_943_040},
    )


def sealed():
    sealed_state = fact("image-state", ImageState("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE", "registry"), CONFIG + "SOFTWARE", "State")
    return report(
        "templates/win11-gold.vhdx",
        [
            installation(
                product=Product("Windows 11 Enterprise", "Enterprise", "10.0", "22631", "amd64", None),
                era="11",
                facts=tuple(sealed_state if one.kind == "image-state" else one for one in identity()),
                computer_name=None,
                accounts=(),
                profiles=(),
                evidence=(),
                verdict=verdict("sealed-generalized", "strong", "The master is generalized and waits for its first start."),
            )
        ],
    )


def failed():
    return report(
        "templates/aborted.vhdx",
        [
            installation(
                verdict=verdict(
                    "generalize-failed",
                    "proven",
                    "Sysprep began to generalize on 2024-05-06 and stopped at the Appx provider.",
                    remedies=("Repair the cause that setuperr.log names and run Sysprep again before the image is captured.",),
                )
            )
        ],
    )


def changed():
    return report(
        "evidence/old-xp.vmdk",
        [
            installation(
                id="p1/WINDOWS",
                product=Product("Microsoft Windows XP", None, "5.1", "2600", "x86", None),
                era="xp",
                verdict=verdict("sid-changed", "strong", "The SID was replaced on 2008-01-02 with the boot key left as it was."),
            )
        ],
    )


def undetermined():
    return report(
        "evidence/broken.dd",
        [
            installation(
                product=Product(),
                era=None,
                role=None,
                computer_name=None,
                machine_sid=None,
                accounts=(),
                profiles=(),
                facts=(),
                hives=(),
                gaps=(
                    Gap("machine-sid", "unreadable", "p2 > Windows/System32/config/SAM", "bytes 0x0 to 0x10000 lie in bad sectors"),
                    Gap("machine-sid", "malformed", "p2 > Windows/System32/config/SECURITY", "hive header at offset 0x0"),
                    Gap(
                        "lsa-boot-key", "malformed", "p2 > Windows/System32/config/SYSTEM", "cell at offset 0x44020: needs 76 bytes, has 12"
                    ),
                ),
                evidence=(),
                verdict=verdict("undetermined", "undetermined", "SAM, SECURITY and SYSTEM could not be read."),
            )
        ],
        problems=(
            Problem("error", "evidence/broken.dd @ 0x7540000", "4,096 bytes could not be read: input/output error"),
            Problem("warning", "GPT", "the primary header is damaged; the backup header was used"),
        ),
    )


def linux():
    volume = VolumeInfo("p1", "mbr", 1_048_576, 8_588_886_016, "ext4", label="root", not_examined="it holds a Linux file system")
    return report("evidence/server.qcow2", [], volumes=(volume,), source=SourceInfo("evidence/server.qcow2", "qcow2", 8_589_934_592))


def recovery_only():
    return report("winpe.wim.raw", [installation(id="p1/Windows", origin="recovery")])


def unreadable():
    return report(
        "evidence/notes.E01",
        [],
        source=SourceInfo("evidence/notes.E01", "unreadable", 0),
        volumes=(),
        problems=(Problem("error", "evidence/notes.E01", "named like an E01 segment, but it holds text"),),
    )


def hostile():
    return report(
        "evidence/" + HOSTILE,
        [
            installation(
                computer_name=HOSTILE,
                product=Product("[blink]Windows[/blink] " + HOSTILE, "\x1b[31mPro", "10.0", "19045", "amd64", None),
                accounts=tuple(Account(Sid(f"{MACHINE}-{1000 + n}"), 1000 + n, f"user{n}" if n else HOSTILE) for n in range(200)),
                profiles=(
                    Profile(None, "Users/" + HOSTILE, (DeviceId("msa-device-id", HOSTILE),)),
                    Profile(Sid(f"{MACHINE}-1002"), "Users/ 鍵の名前 spaces "),
                ),
                facts=(
                    *identity(),
                    fact("computer-name", ComputerName(HOSTILE, "configured"), "Users/" + HOSTILE, HOSTILE, HOSTILE, profile=HOSTILE),
                    fact(
                        "kind-of-tomorrow", {"name": HOSTILE, "\x1b[0m": [HOSTILE, 1, None, True]}, CONFIG + "SYSTEM", "MountedDevices", ""
                    ),
                    fact("computer-name", ComputerName("x" * 3000, "active"), CONFIG + "SYSTEM", "A" * 500, "B" * 500),
                ),
                gaps=(Gap("agent-id", "malformed", HOSTILE, HOSTILE),),
                evidence=(Evidence("rule", "installed", "", "weak", "group", HOSTILE, (9, 10, 11, 999)),),
                verdict=verdict("installed", "indicated", HOSTILE, ("besides " + HOSTILE,), (HOSTILE,)),
            )
        ],
        volumes=(VolumeInfo("p1", "mbr", 0, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        problems=(Problem("error", HOSTILE, HOSTILE),),
        stats={HOSTILE: HOSTILE},
    )


def with_earlier_state():
    copy = installation(
        id="p2/Windows/System32/config/RegBack",
        origin="old",
        computer_name="MASTER",
        earlier_state_of="p2/Windows",
        verdict=verdict("undetermined", "undetermined", "An earlier copy is not judged."),
    )
    return report("evidence/ws-043.E01", [installation(), copy])


def several():
    old = installation(
        id="p2/Windows.old/Windows", system_root="/Windows.old/Windows", origin="old", verdict=failed().installations[0].verdict
    )
    controller = installation(
        id="p4/WINNT",
        volume="p4",
        role="domain-controller",
        computer_name="DC1",
        domain_sid=DOMAIN,
        product=Product("Microsoft Windows 2000", "Server", "5.0", "2195", "x86", INSTALLED),
        era="2000",
        verdict=verdict("undetermined", "contradicted", "Strong evidence stands on both sides."),
    )
    return report(
        "evidence/multi boot.dd", [installation(), old, controller], source=SourceInfo("evidence/multi boot.dd", "raw", 64_996_425_728)
    )


STORIES = {
    story.__name__.replace("_", "-"): story
    for story in (
        ordinary,
        relocated,
        sealed,
        failed,
        changed,
        undetermined,
        linux,
        recovery_only,
        unreadable,
        hostile,
        with_earlier_state,
        several,
    )
}


def on_console(report, **layout):
    """The page of a report, laid out as asked."""
    return console.render_one(report, Layout(**layout))
