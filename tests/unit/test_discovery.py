import os
import zipfile
from types import SimpleNamespace

import pytest

from forensic import examine
from forensic.cli.outcome import exit_code
from forensic.errors import NotFound, Unreadable
from forensic.sources import DiskSource, collection, disk, evidence_source, open_source, survey
from forensic.sources.collection import propose_in_collection
from forensic.sources.disk import propose_on_volume
from forensic.sources.system_root import find_boot_paths
from forensic.storage.meter import ReadMeter
from forensic.volumes.directory import DirectoryTree
from forensic.volumes.tree import Entry, Unindexed
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder
from tests.builders.transaction_log import changed_blocks, entry, new_log

BOOT_INI = (
    b"[boot loader]\r\ndefault=multi(0)disk(0)rdisk(0)partition(2)\\OS\\XP\r\n[operating systems]\r\n"
    b'multi(0)disk(0)rdisk(0)partition(2)\\OS\\XP="Windows XP" /fastdetect\r\nsignature(12ab)disk(0)rdisk(0)partition(1)\\NT\\4 ="NT"\r\n'
)


def system(name="PC"):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value("Select", "Current", REG_DWORD, 1)
    hive.value(r"ControlSet001\Control\ComputerName\ComputerName", "ComputerName", REG_SZ, name)
    return hive.build()


def spread(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def volume(name, folder, not_examined=None):
    tree = DirectoryTree(folder) if not_examined is None else None
    return SimpleNamespace(id=name, tree=tree, not_examined=not_examined, shadow_copies=[], problems=[])


def find_collected(tree, **options):
    return propose_in_collection(tree, **options).installations


def find_installations(volume, volumes=()):
    return propose_on_volume(volume, volumes).installations


class Barred(Unindexed):
    """A tree in which one folder cannot be listed."""

    def __init__(self, tree, barred):
        self._tree, self._barred, self.volume, self.problems = tree, barred, "", tree.problems

    def open(self, path):
        self._look(path)
        return self._tree.open(path)

    def list(self, path="") -> list[Entry]:
        self._look(path)
        return self._tree.list(path)

    def _look(self, path):
        if f"{path}/".lower().startswith(f"{self._barred}/".lower()):
            raise Unreadable(f"{self._barred}: Permission denied")


def test_boot_ini_names_each_folder_once(tmp_path):
    assert find_boot_paths([DirectoryTree(spread(tmp_path, {"BOOT.INI": BOOT_INI}))]) == ["OS/XP", "NT/4"]
    assert find_boot_paths([DirectoryTree(tmp_path / "..")]) == []


def test_a_boot_ini_without_end_names_few(tmp_path):
    lines = b"".join(b"partition(1)\\%d=x\r\n" % number for number in range(20_000))
    assert len(find_boot_paths([DirectoryTree(spread(tmp_path, {"boot.ini": lines}))])) == 64


def test_the_boot_ini_of_one_volume_leads_to_a_system_root_on_another(tmp_path, monkeypatch):
    start = spread(tmp_path / "c", {"boot.ini": BOOT_INI, "WINNT/System32/config/SYSTEM": system("FIRST")})
    other = spread(tmp_path / "d", {"OS/XP/system32/config/system": system("SECOND"), "OS/2/system32/config/system": system("HIDDEN")})
    volumes = [volume("p1", start), volume("p2", other), volume("p3", tmp_path / "e", not_examined="nothing there")]
    monkeypatch.setattr(disk, "open_disk", lambda *_: SimpleNamespace(volumes=volumes, problems=[]))
    found = DiskSource(SimpleNamespace(sector_size=512, snapshots=tuple)).installations()
    assert [(one.volume.id, one.system_root) for one in found] == [("p1", "WINNT"), ("p2", "OS/XP")]


def test_an_unreadable_folder_is_no_installation_but_a_problem(tmp_path):
    tree = Barred(DirectoryTree(spread(tmp_path, {"Windows/System32/config/SYSTEM": system(), "lost+found/x": b""})), "lost+found")
    assert [one.system_root for one in find_collected(tree)] == ["Windows"]
    tree = Barred(DirectoryTree(spread(tmp_path / "b", {"lost+found/x": b""})), "lost+found")
    assert find_collected(tree) == []
    assert [(problem.where, problem.what[:16]) for problem in tree.problems] == [("lost+found", "cannot be listed")]


@pytest.mark.parametrize(
    ("folder", "code"), [("lost+found", "folder-not-searched"), ("PC2", "folder-not-read"), ("PC1/b", "folder-not-read")]
)
def test_a_folder_of_a_collection_that_is_closed_may_hold_what_is_missing(tmp_path, folder, code):
    """Nobody collects into the folders that a file system keeps for itself; in any other one hives may lie."""
    spread(tmp_path, {"PC1/SYSTEM": system(), f"{folder}/SAM": system()})
    tree = Barred(DirectoryTree(tmp_path), folder)
    assert [one.id for one in find_collected(tree)] == ["PC1"]
    assert [(problem.where, problem.code) for problem in tree.problems] == [(folder, code)]
    assert tree.problems[0].is_incomplete == (code == "folder-not-read")


@pytest.mark.parametrize("barred", ["Windows", "Windows/System32", "Windows/System32/config", "Sys/System32", "Sys/System32/config"])
def test_a_windows_that_cannot_be_read_is_an_installation_with_gaps(tmp_path, barred):
    tree = Barred(DirectoryTree(spread(tmp_path, {f"{barred[:3]}{barred[3:].split('/')[0]}/System32/config/SYSTEM": system()})), barred)
    (installation,) = find_collected(tree)
    with pytest.raises(Unreadable, match="Permission denied"):
        installation.hive("SYSTEM")


def test_a_folder_that_cannot_be_listed_is_an_unreadable_source(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    report = examine(tmp_path, strict=True)
    assert (report.source.format, report.problems[0].what) == ("unreadable", f"{tmp_path.name}: Permission denied")


@pytest.mark.parametrize("packed", [False, True])
def test_a_collection_without_hives_says_so(tmp_path, packed):
    folder = spread(tmp_path / "in", {"disk.E01": b"EVF", "notes/readme.txt": b"text"})
    source = folder
    if packed:
        source = tmp_path / "in.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for file in folder.rglob("*.*"):
                archive.write(file, file.name)
    report = examine(source, strict=True)
    assert report.installations == ()
    assert ["none of the files in it is a registry hive" in problem.what for problem in report.problems] == [True]


@pytest.mark.parametrize("given", ["", "Windows", "Windows/System32", "Windows/System32/config"])
def test_regback_is_an_earlier_copy_from_wherever_the_tree_is_given(tmp_path, given):
    config = "Windows/System32/config"
    folder = spread(tmp_path, {f"{config}/SYSTEM": system("NOW"), f"{config}/RegBack/SYSTEM": system("THEN")}) / given
    now, then = find_collected(DirectoryTree(folder))
    assert (now.origin, then.origin, then.earlier_state_of) == ("collection", "old", now.id)
    assert not then.id.startswith("/")
    assert [one.origin for one in find_collected(DirectoryTree(folder), earlier_states=False)] == ["collection"]


def test_hives_of_several_hosts_in_one_folder_are_kept_apart_by_their_names(tmp_path):
    spread(tmp_path, {f"{host}-SYSTEM.hiv": system(host) for host in ("PC-A", "PC-B")})
    assert [one.id for one in find_collected(DirectoryTree(tmp_path))] == ["pca", "pcb"]


def test_the_hives_of_a_profile_on_another_volume_are_told_with_that_volume(tmp_path):
    software = HiveBuilder(file_name="SOFTWARE")
    for number in (1001, 1002):
        key = rf"Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-21-1-2-3-{number}"
        software.value(key, "ProfileImagePath", REG_SZ, rf"{'CD'[number - 1001]}:\Home\u{number}")
    user = HiveBuilder(file_name="NTUSER.DAT")
    user.key("Software")
    config = "Windows/System32/config"
    first = {f"{config}/SOFTWARE": software.build(), f"{config}/SYSTEM": system(), "Home/u1001/NTUSER.DAT": user.build(dirty=True)}
    volumes = [
        volume("p1", spread(tmp_path / "c", first)),
        volume("p2", spread(tmp_path / "d", {"Home/u1002/NTUSER.DAT": user.build(dirty=True)})),
    ]
    for one in volumes:
        one.tree.volume = one.id
    (found,) = find_installations(volumes[0], volumes)
    assert [profile.hive("NTUSER").dirty for profile in found.profiles] == [True, True]
    found.close()
    assert [info.path for info in found.hive_infos() if info.problems] == ["Home/u1001/NTUSER.DAT", "p2 > Home/u1002/NTUSER.DAT"]


def test_a_bare_hive_whose_head_is_destroyed_is_found_by_its_name_and_mended_from_its_log(tmp_path):
    before, after = system("THEN"), system("NOW!")
    log = new_log(after, 2, [entry(after, changed_blocks(before, after), 2)])
    spread(tmp_path, {"SYSTEM": bytes(4096) + before[4096:], "SYSTEM.LOG1": log, "notes": bytes(4096) + b"hbin" + bytes(99)})
    (installation,) = examine(tmp_path, strict=True).installations
    assert installation.computer_name == "NOW!"
    assert [hive.recovered for hive in installation.hives] == ["logs"]


def test_a_bare_hive_whose_head_is_destroyed_without_a_log_is_a_gap(tmp_path):
    (installation,) = examine(spread(tmp_path, {"SYSTEM": bytes(4096) + system()[4096:]}), strict=True).installations
    assert {gap.reason for gap in installation.gaps if "SYSTEM" in gap.searched} == {"malformed"}


@pytest.mark.parametrize(("there", "program", "roaming"), [
    ([], "ProgramData", "Users/ann/AppData/Roaming"),
    (["Documents and Settings/All Users/Application Data/x", "Users/ann/Application Data/x"],
     "Documents and Settings/All Users/Application Data", "Users/ann/Application Data"),
    (["ProgramData/x", "Documents and Settings/All Users/Application Data/x", "Users/ann/AppData/Roaming/x",
      "Users/ann/Application Data/x"], "ProgramData", "Users/ann/AppData/Roaming"),
])  # fmt: skip
def test_the_data_of_programs_is_looked_for_where_this_release_has_it(tmp_path, there, program, roaming):
    files = {"Windows/System32/config/SYSTEM": system(), "Users/ann/NTUSER.DAT": HiveBuilder().build()} | dict.fromkeys(there, b"")
    tree = DirectoryTree(spread(tmp_path, files))
    (installation,) = find_collected(tree, earlier_states=False)
    (profile,) = [one for one in installation.profiles if one.path == "Users/ann"]
    assert installation.resolve("%ProgramData%/ssh")[1] == f"{program}/ssh"
    assert installation.resolve("%AppData%/Microsoft/Protect", profile)[1] == f"{roaming}/Microsoft/Protect"
    installation.tree = Barred(tree, "ProgramData")
    with pytest.raises(Unreadable):
        installation.resolve("%ProgramData%/ssh")


CURRENT_VERSION = r"Microsoft\Windows NT\CurrentVersion"


def windows(base, profiles, letter="C:"):
    """Return the hives of a Windows below `base` whose ProfileList names the folders `profiles`."""
    software = HiveBuilder(file_name="SOFTWARE")
    software.value(CURRENT_VERSION, "SystemRoot", REG_SZ, rf"{letter}\Windows")
    for number, path in enumerate(profiles, 1000):
        software.value(rf"{CURRENT_VERSION}\ProfileList\S-1-5-21-1-2-3-{number}", "ProfileImagePath", REG_SZ, path)
    config = f"{base}Windows/System32/config"
    return {f"{config}/SOFTWARE": software.build(), f"{config}/SYSTEM": system()}


def user():
    hive = HiveBuilder(file_name="NTUSER.DAT")
    hive.key("Software")
    return hive.build()


@pytest.mark.parametrize("base", ["", "C/", "uploads/auto/C%3A/"])
def test_a_profile_in_an_unusual_folder_is_found_below_the_drive_that_was_collected(tmp_path, base):
    spread(tmp_path, windows(base, [r"C:\Home\ann"]) | {f"{base}Home/ann/NTUSER.DAT": user()})
    (found,) = find_collected(DirectoryTree(tmp_path))
    assert [(profile.path, profile.sid) for profile in found.profiles] == [(f"{base}Home/ann", "S-1-5-21-1-2-3-1000")]
    assert not found.missing_profiles


@pytest.mark.parametrize(("planted", "missing", "told"), [(1, 1, []), (9, 3, ["more than 4 profiles; the rest was not looked at"])])
def test_planted_entries_of_profile_list_are_not_looked_up_without_end(tmp_path, monkeypatch, planted, missing, told):
    monkeypatch.setattr("forensic.windows.profile.PROFILE_LIMIT", 4)
    spread(tmp_path, windows("", [rf"C:\gone\{number}" for number in range(planted)]))
    (found,) = find_collected(DirectoryTree(tmp_path))
    assert not found.profiles
    assert len(found.missing_profiles) == missing
    assert [problem.what for problem in found.tree.problems] == told


def test_a_folder_that_boot_ini_names_deep_in_the_drive_has_the_drives_profiles(tmp_path):
    boot_ini = b'multi(0)disk(0)rdisk(0)partition(1)\\OS\\Windows="NT"\r\n'
    spread(tmp_path, windows("OS/", []) | {"boot.ini": boot_ini, "Documents and Settings/ann/NTUSER.DAT": user()})
    (found,) = find_installations(volume("p1", tmp_path))
    assert [profile.path for profile in found.profiles] == ["Documents and Settings/ann"]


def test_the_windows_that_was_replaced_is_not_given_the_profiles_of_the_present_one(tmp_path):
    spread(tmp_path, windows("", [r"C:\Users\ann"]) | windows("Windows.old/", [r"C:\Users\ann", r"C:\Users\bob"]))
    spread(tmp_path, {f"{folder}/NTUSER.DAT": user() for folder in ("Users/ann", "Windows.old/Users/bob")})
    now, then = find_installations(volume("p1", tmp_path))
    assert [profile.path for profile in now.profiles] == ["Users/ann"]
    assert [profile.path for profile in then.profiles] == ["Windows.old/Users/bob"]
    assert then.missing_profiles == [("S-1-5-21-1-2-3-1000", "Windows.old/Users/ann")]


def test_of_two_windows_on_one_disk_neither_is_given_the_profiles_of_the_other(tmp_path):
    spread(tmp_path / "p1", windows("", [r"C:\Users\ann", r"D:\Users\bob"]) | {"Users/bob/NTUSER.DAT": user()})
    spread(tmp_path / "p2", windows("", []) | {f"Users/{name}/NTUSER.DAT": user() for name in ("ann", "bob")})
    volumes = [volume(name, tmp_path / name) for name in ("p1", "p2")]
    for one in volumes:
        one.tree.volume = one.id
    (found,) = find_installations(volumes[0], volumes)
    assert [(one.tree.volume, one.path, one.sid is not None) for one in found.profiles] == [
        ("p2", "Users/bob", True),
        ("p1", "Users/bob", False),
    ]
    assert found.missing_profiles == [("S-1-5-21-1-2-3-1000", "Users/ann")]


def test_of_two_windows_on_one_drive_neither_is_given_a_profile_that_its_profile_list_does_not_name(tmp_path):
    parents = ("Documents and Settings/ann", "Documents and Settings/bob", "Documents and Settings/eve", "NT4/Profiles/joe")
    spread(tmp_path, windows("", [r"C:\Documents and Settings\ann"]) | {f"{folder}/NTUSER.DAT": user() for folder in parents})
    (alone,) = find_installations(volume("p1", tmp_path))
    assert [profile.path for profile in alone.profiles] == list(parents[:3])
    other = {name.replace("Windows", "NT4", 1): hive for name, hive in windows("", [r"C:\Documents and Settings\bob"]).items()}
    spread(tmp_path, other)
    nt4, xp = find_installations(volume("p1", tmp_path))
    assert [profile.path for profile in xp.profiles] == [parents[0]]
    assert [profile.path for profile in nt4.profiles] == [parents[1], parents[3]]
    assert (xp.unclaimed_profiles, nt4.unclaimed_profiles) == ([parents[1], parents[2]], [parents[0], parents[2]])
    reports = examine(tmp_path, strict=True).installations
    assert {(gap.reason, gap.searched) for gap in reports[0].gaps if gap.artifact == "profile"} >= {("not-looked", parents[2])}


def test_two_windows_whose_folders_differ_in_case_only_are_two(tmp_path):
    files = {"Windows/System32/config/SYSTEM": system("ONE"), "WINDOWS/System32/config/SYSTEM": system("TWO")}
    tree = DirectoryTree(spread(tmp_path, {**files, "BOOT.INI": b"partition(1)\\windows=x"}))
    if len(tree.list()) == 3:  # a file system that tells them apart
        assert [one.system_root for one in find_collected(tree)] == ["WINDOWS", "Windows"]


def test_a_hive_whose_root_lists_nothing_readable_is_told_by_its_name(tmp_path):
    damaged = system().replace(b"nk\x20\0", b"xk\x20\0")  # all key nodes but the root's
    tree = DirectoryTree(spread(tmp_path, {"SYSTEM": damaged, "evidence 7.hiv": damaged}))
    (found,) = find_collected(tree)
    assert found.hive_paths == {"SYSTEM": "SYSTEM"}
    assert ["damage hides which" in problem.what for problem in tree.problems if problem.where == "evidence 7.hiv"] == [True]
    infos = examine(tmp_path).installations[0].hives
    assert [info.path for info in infos] == ["SYSTEM"]
    assert infos[0].problems


def test_a_bare_hive_that_cannot_be_read_is_no_absent_one(tmp_path):
    tree = Barred(DirectoryTree(spread(tmp_path, {"SYSTEM": system(), "SAM": b"regf", "NTUSER.DAT": b"regf", "notes": b""})), "SYSTEM")
    (found,) = find_collected(tree)
    with pytest.raises(Unreadable, match="Permission denied"):
        found.hive("SYSTEM")
    tree = Barred(DirectoryTree(tmp_path), "NTUSER.DAT")
    (found,) = find_collected(tree)
    assert [problem.what.partition(":")[0] for problem in tree.problems if problem.where == "NTUSER.DAT"] == [
        "said to be a registry hive, but cannot be read as one"
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "it is empty"), (bytes(9000), "its first 4096 bytes are zeros"), (b"text" * 2000, "overwritten"), (b"regf", "said to")],
)
def test_a_file_named_like_a_machine_hive_that_is_none_is_a_malformed_hive_and_no_absent_one(tmp_path, content, said):
    report = examine(spread(tmp_path, {"SYSTEM": system(), "SAM": content}), strict=True)
    (installation,) = report.installations
    assert {gap.reason for gap in installation.gaps if gap.place.hive == "SAM"} == {"malformed"}
    found = [problem for problem in report.problems if problem.where == "SAM"]
    assert [(problem.severity, problem.code) for problem in found[:1]] == [("error", "hive-unreadable")]
    assert said in found[0].what
    assert exit_code(report) == 3


def test_a_broken_hive_beside_a_sound_one_does_not_take_its_place(tmp_path):
    spread(tmp_path, {"SYSTEM": bytes(9000), "SYSTEM.bak": system("PC")})
    (found,) = find_collected(DirectoryTree(tmp_path))
    assert found.hive_paths == {"SYSTEM": "SYSTEM.bak"}
    assert set_aside(tmp_path)[0] == [("SYSTEM", "called like a registry h")]


def test_every_place_in_a_hive_names_it_and_other_places_name_none(tmp_path):
    files = windows("", []) | {"Users/ann/NTUSER.DAT": user(), "notes.txt": b"text"}
    (found,) = find_collected(DirectoryTree(spread(tmp_path, files)))
    key = found.hive("SYSTEM").key("Select")
    value = key.value("Current")
    assert (key.place.hive, value.place.hive, value.part(0, 2).place.hive) == ("SYSTEM", "SYSTEM", "SYSTEM")
    assert str(value.place).startswith("Windows/System32/config/SYSTEM > Select > Current @ 0x")
    assert [profile.hive("NTUSER").key("Software").place.hive for profile in found.profiles] == ["NTUSER"]
    assert found.tree.open("notes.txt").place.hive == ""


def set_aside(folder):
    """Return path and reason, cut short, of what a source sets aside, and where its problems are."""
    source = open_source(str(folder), ReadMeter())
    source.installations()
    given = source.source_info("x").set_aside
    assert given == source.set_aside
    return [(one.path, one.why[:24]) for one in given], [problem.where for problem in source.problems()]


def test_nothing_is_set_aside_where_every_hive_is_examined(tmp_path):
    spread(tmp_path, windows("", []) | {"notes.txt": b"text", "Windows/System32/config/DRIVERS": system()})
    assert set_aside(tmp_path) == ([], [])


def test_hives_that_no_installation_has_are_set_aside_with_the_reason(tmp_path):
    other = HiveBuilder()
    other.key("Store")
    spread(tmp_path, {
        "a/SYSTEM": system("ONE"), "a/SYSTEM.bak": system("TWO"),
        "b/drivers.hiv": other.build(), "b/broken.hiv": b"regf", "b/notes.txt": b"text",
    })  # fmt: skip
    named, problems = set_aside(tmp_path)
    assert named == [
        ("a/SYSTEM.bak", "a second SYSTEM hive bes"),
        ("b/broken.hiv", "said to be a registry hi"),
        ("b/drivers.hiv", "a registry hive of a kin"),
        ("b/notes.txt", "no kind of file that is "),
    ]
    assert problems == ["a/SYSTEM.bak", "b/broken.hiv"]


def test_installations_beyond_the_limit_are_set_aside_file_by_file(tmp_path, monkeypatch):
    spread(tmp_path, {f"{number}/Windows/System32/config/SYSTEM": system() for number in range(3)})
    spread(tmp_path, {"9/SYSTEM": system(), "9/ann/NTUSER.DAT": user()})
    assert set_aside(tmp_path) == ([], [])
    monkeypatch.setattr(collection, "INSTALLATION_LIMIT", 2)
    named, problems = set_aside(tmp_path)
    assert [path for path, _ in named] == ["2/Windows/System32/config/SYSTEM", "9/SYSTEM", "9/ann/NTUSER.DAT"]
    assert problems == ["collection"]


def test_the_first_installation_beyond_the_limit_of_a_volume_is_named(tmp_path, monkeypatch):
    spread(tmp_path, {f"{name}/System32/config/SYSTEM": system() for name in ("A", "B", "C")})
    monkeypatch.setattr(disk, "INSTALLATION_LIMIT", 2)
    proposals = propose_on_volume(volume("p1", tmp_path))
    assert [one.id for one in proposals.installations] == ["A", "B"]
    assert [one.path for one in proposals.set_aside] == ["p1 > C"]


def test_a_collection_without_end_says_where_the_search_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(survey, "COLLECTION_LIMIT", 3)
    spread(tmp_path, {"a/SYSTEM": system(), "b/1": b"", "b/2": b"", "c/SAM": system()})
    assert set_aside(tmp_path) == ([("a", "more than 3 files; the r")], ["collection"])
    report = examine(tmp_path)
    assert [problem.code for problem in report.problems] == ["limit-reached"]
    assert exit_code(report) == 3


def test_few_of_many_that_are_set_aside_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence_source, "SET_ASIDE_LIMIT", 2)
    named = []
    for count in (2, 3, 5):
        spread(tmp_path, {f"{number}.hiv": b"regf" for number in range(count)})
        named.append([path for path, _ in set_aside(tmp_path)[0]])
    assert named == [["0.hiv", "1.hiv"], ["0.hiv", "1.hiv", ""], ["0.hiv", "1.hiv", ""]]
    assert set_aside(tmp_path)[0][2] == ("", "3 more were set aside")


def test_ids_are_unique_and_earlier_states_stay_with_their_installation(tmp_path):
    sets = {"hives/SYSTEM": system("ONE"), "ann/NTUSER.DAT": user()}
    named = {"x/PC-A_SYSTEM": system("A"), "x/PC-B_SYSTEM": system("B"), "x/pca/SYSTEM": system("C"), "x/pca/RegBack/SYSTEM": system("D")}
    found = open_source(str(spread(tmp_path, sets | named)), ReadMeter()).installations()
    assert [(one.id, one.earlier_state_of) for one in found] == [
        ("hives", None),
        ("x/pca", None),
        ("x/pcb", None),
        ("x/pca (2)", None),
        ("x/pca/RegBack", "x/pca (2)"),
        ("hives (2)", None),
    ]


def test_a_registry_copy_has_the_drive_of_its_installation(tmp_path):
    config = "OS/Windows/System32/config"
    files = {f"{config}/SYSTEM": system(), f"{config}/RegBack/SYSTEM": system(), "boot.ini": b"partition(1)\\OS\\Windows=x"}
    assert [one.drive for one in find_installations(volume("p1", spread(tmp_path, files)))] == ["", ""]


def test_a_source_that_is_not_there_fails_with_a_code(tmp_path):
    with pytest.raises(NotFound) as caught:
        open_source(str(tmp_path / "none.E01"), ReadMeter())
    assert caught.value.code == "no-file"
    with pytest.raises(NotFound):
        open_source("", ReadMeter())
