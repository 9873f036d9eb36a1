"""Histories of Sysprep's own runs: sealed twice, between the passes, refused, failed, without generalize; each with its innocent twin."""

from forensic.model import FileTime
from tests.artifacts.test_dtc_install import MEDIA_10, seal, specialize_of_10
from tests.artifacts.test_first_boot import begin, change
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ
from tests.builders.world import DAY, HOUR, MINUTE
from tests.builders.world_setup_log import clock, provider_lines
from tests.scenarios.histories import aborted, begun, deployed, sealed, with_value

TAG = "Sysprep_succeeded.tag"
GENERALIZE, PLAIN = ("GENERALIZE", "OOBE", "SHUTDOWN"), ("OOBE", "SHUTDOWN")
CODE = "0x80073cf2"
THUMBPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


def sysprep_run(life, end, options=GENERALIZE, failure=None, *, again=False):
    """The lines of one run: with `failure` "checks" or "work" one that ended there; `again` deletes the file of an earlier success."""
    phase = "generalize" if "GENERALIZE" in options else "cleanup"
    file = rf"C:\Windows\System32\Sysprep\ActionFiles\{phase.title()}.xml"
    calls, good, bad = provider_lines(int(life.release.build), "SLReArmWindows", r"C:\Windows\System32\slc.dll")
    lines = ["=" * 56, "===          Beginning of a new sysprep run          ===", f"The time is now {clock(end - 5 * MINUTE, '', '-')}"]
    lines += [rf"FCreateTagFile:Successfully deleted tag file C:\Windows\System32\Sysprep\{TAG}"] * again
    lines += [f"ParseCommands:Found supported command line option '{option}'" for option in options]
    lines += [f"WinMain:Pre-validing '{phase}' internal providers.", f"SysprepSession::Validate: Beginning action execution from {file}"]
    if failure != "checks":
        lines += [
            f"WinMain:Processing '{phase}' internal provider request.",
            f"SysprepSession::Execute: Beginning action execution from {file}",
        ]
    lines += [*calls, bad if failure else good]
    words = {"checks": "pre-validate", "work": "processing"}
    if failure:
        lines.append(f"WinMain:Hit failure while {words[failure]} sysprep {phase} internal providers; hr = {CODE}")
    else:
        lines.append(rf"FCreateTagFile:Successfully created tag file C:\Windows\System32\Sysprep\{TAG}")
    errors = (bad, lines[-1] if failure else bad)
    text = ""
    for words in [*lines, "Shutting down SysPrep log"]:
        text += f"{clock(end, '', '-')}, {'Error' if words in errors else 'Info':<21} SYSPRP {words}\r\n"
    return text


def first_line(end):
    """Only the first line of a run that was opened and closed."""
    return f"{clock(end, '', '-')}, Info                  SYSPRP {'=' * 56}\r\n"


def sysprep_log(life, *texts):
    """Sysprep's log with these runs."""
    return {f"{life.release.root}/System32/Sysprep/Panther/setupact.log": "".join(texts).encode()}


def dtc_log(life, text):
    """DtcInstall.log."""
    return {f"{life.release.root}/DtcInstall.log": text.encode()}


def minute(time):
    """A time as DtcInstall.log has it."""
    text = str(FileTime(time))
    return f"{text[5:7]}-{text[8:10]}-{text[:4]} {text[11:16]}"


def panther(life, when, word):
    """The logs of a first start that came to its end, of a deployed image ("starting") or from media ("continuing")."""
    at = clock(when, "", "-")
    begins = begin(word, at) + change(when=at) + change("UNDEPLOYABLE", "SPECIALIZE_RESEAL_TO_OOBE", at)
    ends = change("SPECIALIZE_RESEAL_TO_OOBE", "UNDEPLOYABLE", at, "[windeploy.exe] ") + change(
        "UNDEPLOYABLE", "COMPLETE", at, "[oobeldr.exe] "
    )
    root = f"{life.release.root}/Panther"
    return {f"{root}/setupact.log": begins.encode(), f"{root}/UnattendGC/setupact.log": ends.encode()}


def between(seed, era, *, flags):
    """A deployed image that was captured after specialize and before the end of OOBE, with the flags of setup or without them."""
    life, start = deployed(seed, era)
    state = life.state
    state.image_state = "IMAGE_STATE_UNDEPLOYABLE"
    state.setup = {"CmdLine": r"oobe\windeploy.exe", "SetupType": 2, "SystemSetupInProgress": 1, "OOBEInProgress": 1} if flags else {}
    return life, start


def with_values(life, *values):
    """Several `with_value` of one life, of different hives."""
    files = {}
    for value in values:
        files |= with_value(life, *value)
    return files


def gate(add):
    """Add them."""
    _seals(add)
    _between_the_passes(add)
    _in_use(add)


def _seals(add):
    for seed, era in enumerate(("10", "2019"), 3000):
        life, start = sealed(seed, era)
        when = life.state.tag
        twice = sysprep_log(life, sysprep_run(life, when - 10 * DAY), sysprep_run(life, when, again=True), first_line(when + HOUR))
        lineage = MEDIA_10 + specialize_of_10(minute(start)) + seal(minute(when - 10 * DAY)) + specialize_of_10(minute(when - 9 * DAY))
        add(
            f"{era}: a master sealed twice, both in its logs",
            life,
            "sealed-generalized",
            added=twice | dtc_log(life, lineage + seal(minute(when))),
        )
        life, _ = sealed(seed + 10, era)
        when = life.state.tag
        failed = sysprep_log(life, sysprep_run(life, when - DAY), sysprep_run(life, when, failure="work", again=True))
        add(f"{era}: sealed, though the log of that run failed", life, "undetermined", innocent=False, explanation=f"{TAG} is absent",
            missing=(TAG,), added=failed)  # fmt: skip
        life, _ = sealed(seed + 20, era)
        when = life.state.tag
        repaired = sysprep_log(life, sysprep_run(life, when - DAY, failure="work"), sysprep_run(life, when))
        add(f"{era}: sealed, after a run that had failed", life, "sealed-generalized", added=repaired)
        life, _ = sealed(seed + 30, era)
        agent = with_value(
            life, "SOFTWARE", r"Microsoft\Windows\CurrentVersion\DSC", "AgentId", REG_SZ, "9E9F7C4A-2D11-11EC-8C5B-00155D010203"
        )
        add(f"{era}: sealed, with the AgentId of DSC", life, "sealed-generalized", added=agent)
        life, _ = sealed(seed + 40, era)
        key = rf"Microsoft\SystemCertificates\SMS\Certificates\{THUMBPRINT}"
        add(
            f"{era}: sealed, with a certificate of SMS",
            life,
            "sealed-generalized",
            added=with_value(life, "SOFTWARE", key, "Blob", REG_BINARY, b""),
        )


def _between_the_passes(add):
    for seed, era in enumerate(("10", "2019"), 3100):
        life, _ = between(seed, era, flags=True)
        add(f"{era}: deployed, taken between specialize and the end of OOBE", life, "undetermined", explanation="end of its first start")
        life, _ = between(seed + 10, era, flags=False)
        begins = panther(life, life.state.specialized, "starting")
        name = f"{life.release.root}/Panther/UnattendGC/setupact.log"
        begins[name] = begins[name].splitlines(keepends=True)[0]
        add(
            f"{era}: deployed, taken during OOBE, as Panther tells",
            life,
            "undetermined",
            explanation="end of its first start",
            added=begins,
        )
        life, _ = deployed(seed + 20, era)
        add(
            f"{era}: deployed, its first start came to the end",
            life,
            "deployed-generalized",
            added=panther(life, life.state.specialized, "starting"),
        )
        life, _ = aborted(seed + 30, era)
        failed = sysprep_log(life, sysprep_run(life, life.state.last_use, failure="work"))
        add(f"{era}: generalize failed in the midst of its work", life, "generalize-failed", innocent=False, added=failed)


def _in_use(add):
    for seed, era in enumerate(("8.1", "10", "2025"), 3200):
        life, start = begun(seed, era)
        refused = sysprep_log(life, sysprep_run(life, start + 150 * DAY, failure="checks"))
        add(
            f"{era}: Sysprep with generalize was refused, still in use",
            life,
            "installed",
            explanation="and refused (SLReArmWindows",
            added=refused,
        )
        life, start = begun(seed + 10, era)
        failed = sysprep_log(life, sysprep_run(life, start + 150 * DAY, failure="work"))
        add(f"{era}: a generalize failed and was mended by hand, still in use", life, "installed", explanation="in the midst of its work",
            added=failed)  # fmt: skip
        life, start = begun(seed + 20, era)
        life.state.tag = FileTime(start + 150 * DAY)
        plain = sysprep_log(life, sysprep_run(life, start + 150 * DAY, PLAIN))
        add(
            f"{era}: Sysprep without generalize, by its log",
            life,
            "installed",
            explanation="Sysprep was run without generalize",
            added=plain,
        )
        life, start = begun(seed + 30, era)
        status = with_value(life, "SYSTEM", r"Setup\Status\SysprepStatus", "GeneralizationState", REG_DWORD, 3)
        add(f"{era}: a GeneralizationState of 3 was planted", life, "undetermined", explanation="GeneralizationState is 3", added=status)
    life, start = begun(3300, "10")
    lineage = dtc_log(life, MEDIA_10 + specialize_of_10(minute(start)))
    add("10: plain, with its bracketed specialize in DtcInstall.log", life, "installed", explanation="No trace of a generalize",
        added=lineage | panther(life, life.state.specialized, "continuing"))  # fmt: skip
    life, start = deployed(3301, "10")
    lineage = dtc_log(
        life, MEDIA_10 + specialize_of_10(minute(start)) + seal(minute(start + 210 * DAY)) + specialize_of_10(minute(start + 230 * DAY))
    )
    add("10: deployed, with the seal of its master in DtcInstall.log", life, "deployed-generalized", added=lineage)
    life, start = begun(3302, "2019")
    late = panther(life, start + 40 * DAY, "starting")
    add("2019: the logs of another first start in Panther", life, "installed", explanation="first start of a generalized image", added=late)
