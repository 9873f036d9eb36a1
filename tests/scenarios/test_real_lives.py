"""Real machines, their files arranged as they lay on the drive: what is stated is right, and nothing innocent is accused."""

import shutil
from pathlib import PurePosixPath

import pytest

from forensic import examine
from tests.conftest import real_files

ACCUSING = {"violation", "suspect"}
CONFIG = "Windows/System32/config"
CONTROLLERS = sorted({PurePosixPath(name).parent.name for name in real_files("hives/servers")})
PLACES = {
    "Registry": CONFIG,
    "Registry/LocalService": "Windows/ServiceProfiles/LocalService",
    "Registry/NetworkService": "Windows/ServiceProfiles/NetworkService",
    "Logs": "Windows/System32/winevt/Logs",
    "Amcache": "Windows/AppCompat/Programs",
}
USER_FILES = ("NTUSER", "UsrClass")
NTFS = {"Secure_SDS": "$Secure_$SDS", "Boot": "$Boot"}


def place(name):
    """Where a file of the collections lay; None for those of no known place."""
    folder, _, file = name.rpartition("/")
    if file == "setupapi.dev.log":
        return f"Windows/INF/{file}"
    if folder == "NTFS":
        return NTFS.get(file)
    if folder == "Registry" and file.upper().startswith("NTUSER"):
        return f"Users/user/{file}"
    if folder == "Registry" and file.upper().startswith("USRCLASS"):
        return f"Users/user/AppData/Local/Microsoft/Windows/{file}"
    return f"{PLACES[folder]}/{file}" if folder in PLACES else None


@pytest.fixture
def arrange(real, tmp_path):
    """Give `arrange({"hives/x/SAM": "Windows/…"})`: the folder where the real files lie as they did on the drive."""

    def copy(places):
        for name, target in places.items():
            path = tmp_path / "drive" / target
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(real(name), path)
        return tmp_path / "drive"

    return copy


def judged(folder):
    report = examine(folder, strict=True)
    (installation,) = [one for one in report.installations if one.earlier_state_of is None]
    return installation


def kinds(installation):
    return {fact.kind for fact in installation.facts}


@pytest.mark.parametrize("machine", ["win10-rathbun", "win10-belkasoft"])
def test_a_collected_windows_10_is_not_accused(arrange, machine):
    base = f"machines/{machine}/"
    places = {name: place(name.removeprefix(base)) for name in real_files(base.rstrip("/"))}
    if not places:
        pytest.skip(f"real data absent: {base}")
    found = judged(arrange({name: target for name, target in places.items() if target}))
    assert found.verdict.policy not in ACCUSING, found.verdict
    assert not any(one.strength == "strong" and one.supports == "sid-changed" for one in found.evidence)
    assert {"machine-sid", "former-sid", "event-log-span", "event-computer-name", "event-user-sid"} <= kinds(found)
    assert len({fact.value for fact in found.facts if fact.kind == "machine-sid"}) == 1
    assert any(fact.value.prefix == found.machine_sid and fact.value.owners for fact in found.facts if fact.kind == "former-sid")
    assert found.timeline
    assert len(found.timeline) <= 200


@pytest.mark.parametrize("name", CONTROLLERS)
def test_a_domain_controller_is_not_accused(arrange, name):
    found = judged(arrange({f"hives/servers/{name}/{hive.lower()}.reg": f"{CONFIG}/{hive}" for hive in ("SAM", "SECURITY")}))
    assert found.verdict.policy not in ACCUSING
    assert found.machine_sid is not None
    assert found.domain_sid != found.machine_sid


def test_m57_pat_is_not_accused(arrange):
    base = "hives/m57-pat-xp/"
    found = judged(arrange({f"{base}{hive}": f"WINDOWS/system32/config/{hive}" for hive in ("SAM", "SECURITY", "SYSTEM")}))
    assert found.verdict.policy not in ACCUSING
    assert found.verdict.history == "installed"
    assert found.era in (None, "xp")


def test_a_log_of_2017_and_a_registry_of_2020_are_one_machine(arrange):
    system, log = "hives/regipy/SYSTEM_WIN_10_1709", "logs/desktop-2kgm189-2017-system.evtx"
    names = real_files("logs")
    log = next((name for name in names if "2kgm189" in name.lower()), log)
    found = judged(arrange({system: f"{CONFIG}/SYSTEM", log: "Windows/System32/winevt/Logs/System.evtx"}))
    assert found.verdict.policy not in ACCUSING, found.verdict
    assert "DESKTOP-2KGM189" in {fact.value.name.partition(".")[0].upper() for fact in found.facts if fact.kind == "event-computer-name"}
    assert found.computer_name == "DESKTOP-2KGM189"
    assert "upgraded" in {one.event for one in found.timeline}
    assert any("in-place upgrade" in text for text in found.verdict.not_excluded)
