"""Several computers, and several states of one, in one folder."""

import zipfile

import pytest

from forensic import examine
from forensic.sources.file_sharing import HiveSet, host_of, nearest
from forensic.sources.shadow_folder import is_shadow, present_of
from tests.builders.event_log import evtx
from tests.builders.hive import HiveBuilder
from tests.unit.test_contained_image import system
from tests.unit.test_discovery import spread, user

LOGS = "Windows/System32/winevt/Logs"


def log(name):
    return evtx([])


def found(tmp_path, files):
    """Return id -> paths of the files and hives that were given to it, and the codes of problems."""
    report = examine(spread(tmp_path, files), strict=True)
    given = {}
    from forensic.sources import open_source
    from forensic.storage.meter import ReadMeter

    source = open_source(str(tmp_path), ReadMeter())
    for one in source.installations():
        paths = [*one.hive_paths.values(), *(path for hives in (one.profile_paths or {}).values() for path in hives.values())]
        given[one.id] = sorted([*paths, *(path for _, path in (one.files.items() if one.files else ()))])
    return given, [problem.code for problem in report.problems if problem.code], source.set_aside


def test_logs_in_folders_of_their_own_go_to_the_host_in_their_path(tmp_path):
    files = {f"hives/{host}/SYSTEM": system(host) for host in ("PC1", "PC2")}
    files |= {f"logs/{host}/{LOGS}/System.evtx": log(host) for host in ("PC1", "pc2")} | {"users/PC2/ann/NTUSER.DAT": user()}
    files |= {"setup/PC1/Panther/setupact.log": b"x"}
    given, codes, set_aside = found(tmp_path, files)
    assert given == {
        "hives/PC1": ["hives/PC1/SYSTEM", f"logs/PC1/{LOGS}/System.evtx", "setup/PC1/Panther/setupact.log"],
        "hives/PC2": ["hives/PC2/SYSTEM", f"logs/pc2/{LOGS}/System.evtx", "users/PC2/ann/NTUSER.DAT"],
    }
    assert (codes, set_aside) == ([], ())


def test_category_folders_of_one_computer_are_one(tmp_path):
    files = {"registry/SYSTEM": system(), "eventlogs/System.evtx": log(""), "setup/setupact.log": b"x", "users/ann/NTUSER.DAT": user()}
    given, codes, set_aside = found(tmp_path, files)
    assert list(map(len, given.values())) == [4]
    assert (codes, set_aside) == ([], ())


def test_logs_of_a_computer_without_hives_are_one_of_their_own(tmp_path):
    files = {f"hives/{host}/SYSTEM": system(host) for host in ("PC1", "PC2")} | {"logs/PC3/System.evtx": log("PC3")}
    given, codes, _ = found(tmp_path, files)
    assert given["PC3"] == ["logs/PC3/System.evtx"]
    assert codes == ["two-computers"]


def test_two_logs_of_one_channel_in_two_folders_are_two_installations(tmp_path):
    hosts, names = ("PC1", "PC2"), ("Security", "System")
    given, codes, set_aside = found(tmp_path, {f"logs/{host}/{name}.evtx": log(host) for host in hosts for name in names})
    assert given == {host: [f"logs/{host}/{name}.evtx" for name in names] for host in hosts}
    assert (codes, set_aside) == (["two-computers"], ())


def test_two_logs_of_one_channel_in_one_folder_are_one_and_one_set_aside(tmp_path):
    given, codes, set_aside = found(tmp_path, {"SYSTEM": system(), "System.evtx": log(""), "PC_System.evtx": log("")})
    assert list(map(len, given.values())) == [2]
    assert [one.path for one in set_aside] == ["System.evtx"]
    assert codes == []


def test_a_log_whose_name_names_the_host_goes_to_it(tmp_path):
    files = {f"PC-{one}_SYSTEM": system(one) for one in "AB"} | {f"PC-{one}_System.evtx": log(one) for one in "AB"}
    given, codes, _ = found(tmp_path, files)
    assert given == {f"pc{one}": [f"PC-{one.upper()}_SYSTEM", f"PC-{one.upper()}_System.evtx"] for one in "ab"}
    assert codes == []


@pytest.mark.parametrize("name", ["VSS1", "ShadowCopy1", "HarddiskVolumeShadowCopy3", "vss_2", "%5C%5C.%5CHarddiskVolumeShadowCopy1"])
def test_what_a_shadow_copy_held_is_an_earlier_state(tmp_path, name):
    config = "Windows/System32/config"
    files = {f"C/{config}/SYSTEM": system("NOW"), f"{name}/{config}/SYSTEM": system("THEN"), f"C/{config}/RegBack/SYSTEM": system("BACK")}
    report = examine(spread(tmp_path, files), strict=True)
    assert [(one.origin, one.earlier_state_of, one.computer_name) for one in report.installations] == [
        ("collection", None, "NOW"), ("old", "C/Windows", "BACK"), ("shadow-copy", "C/Windows", "THEN"),
    ]  # fmt: skip
    assert [one.computer_name for one in examine(tmp_path, depth="triage", strict=True).installations] == ["NOW"]


def test_bare_hives_of_a_shadow_copy_are_an_earlier_state_with_its_logs(tmp_path):
    files = {"C/SYSTEM": system("NOW"), "C/System.evtx": log(""), "VSS1/SYSTEM": system("THEN"), "VSS1/System.evtx": log("")}
    given, codes, set_aside = found(tmp_path, files | {"VSS2/Security.evtx": log("")})
    assert given == {"C": ["C/SYSTEM", "C/System.evtx"], "VSS1": ["VSS1/SYSTEM", "VSS1/System.evtx"]}
    assert [one.path for one in set_aside] == ["VSS2/Security.evtx"]
    assert codes == []
    (now, then) = examine(tmp_path, strict=True).installations
    assert (then.origin, then.earlier_state_of) == ("shadow-copy", now.id)


def test_a_shadow_copy_without_its_drive_stands_alone(tmp_path):
    report = examine(spread(tmp_path, {"VSS1/Windows/System32/config/SYSTEM": system("THEN")}), strict=True)
    assert [(one.origin, one.earlier_state_of) for one in report.installations] == [("shadow-copy", None)]


def test_which_drive_a_shadow_copy_is_of():
    assert present_of("x/VSS1/C/Windows", ["x/C/Windows", "y/C/Windows"]) == "x/C/Windows"
    assert present_of("x/VSS1/Windows", ["x/C/Windows", "y/C/Windows"]) == "x/C/Windows"
    assert present_of("VSS1/Windows", ["C/Windows", "D/Windows"]) is None
    assert present_of("C/Windows", ["C/Windows"]) is None
    assert present_of("VSS1/Windows", ["VSS2/Windows"]) is None
    assert [is_shadow(name) for name in ("VSS1/a", "vssadmin", "Shadow", "shadowcopy12")] == [True, False, False, True]


def test_host_names_are_what_is_left_of_a_path():
    assert host_of(f"logs/PC1/C/{LOGS}") == ("pc1",)
    assert host_of("uploads/auto/C%3A/Windows") == host_of("") == ()
    one, two = HiveSet("a", "a"), HiveSet("b", "b")
    assert [nearest(path, [one, two]) for path in ("a/x", "b/x", "c/x", "x")] == [one, two, None, None]
    assert nearest("c/x", [one]) is one
    assert nearest("c/x", []) is None


def test_a_letter_that_is_a_folder_names_no_log(tmp_path):
    given, codes, _ = found(
        tmp_path, {f"{name}/SYSTEM": system(name) for name in ("case-a", "case-b")} | {"logs/Application.evtx": log("")}
    )
    assert given == {"case-a": ["case-a/SYSTEM"], "case-b": ["case-b/SYSTEM"], "files": ["logs/Application.evtx"]}
    assert codes == ["two-computers"]
    own = [HiveSet("x/a", "x"), HiveSet("x/pcb", "x"), HiveSet("b", "b")]
    assert [nearest(f"c/{name}", own) for name in ("Application.evtx", "System_PC-B.evtx", "A_System.evtx")] == [None, own[1], own[0]]


def test_amcache_goes_the_same_way(tmp_path):
    cache = HiveBuilder(file_name="Amcache.hve")
    cache.key("Root")
    files = {f"hives/{host}/SYSTEM": system(host) for host in ("PC1", "PC2")} | {"other/PC2/Amcache.hve": cache.build()}
    given, _, _ = found(tmp_path, files)
    assert given["hives/PC2"] == ["hives/PC2/SYSTEM", "other/PC2/Amcache.hve"]


@pytest.mark.parametrize(("name", "of_system"), [("DEFAULT", True), ("PC_default.hiv", True), ("NTUSER_default.DAT", False)])
def test_the_hive_default_is_of_the_systems_profile_and_of_no_user(tmp_path, name, of_system):
    """It lies beside the machine's hives: in a flat folder, beside a user's too."""
    classes = HiveBuilder(file_name="UsrClass.dat")
    classes.key("Local Settings")
    spread(tmp_path, {"r/SYSTEM": system(), f"r/{name}": user(), "r/UsrClass.dat": classes.build()})
    from forensic.sources import open_source
    from forensic.storage.meter import ReadMeter

    (one,) = open_source(str(tmp_path), ReadMeter()).installations()
    expected = {"r/systemprofile": {"NTUSER": f"r/{name}"}, "r": {"USRCLASS": "r/UsrClass.dat"}}
    assert one.profile_paths == (expected if of_system else {"r": {"NTUSER": f"r/{name}", "USRCLASS": "r/UsrClass.dat"}})


@pytest.mark.parametrize("folder", ["", "Windows/System32/config/"])
def test_a_hive_that_is_not_unpacked_is_one_problem(tmp_path, monkeypatch, folder):
    monkeypatch.setattr("forensic.storage.unpacked.LEAST", 9000)
    with zipfile.ZipFile(tmp_path / "case.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}SYSTEM", system())
        archive.writestr(f"{folder}SOFTWARE", system() + bytes(900_000))
    report = examine(tmp_path / "case.zip", strict=True)
    told = [(problem.code, problem.what) for problem in report.problems if problem.where == f"{folder}SOFTWARE"]
    assert [code for code, _ in told] == ["limit-reached"]
    assert "SOFTWARE" not in told[0][1]
