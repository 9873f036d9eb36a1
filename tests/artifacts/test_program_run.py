import codecs
import struct

import pytest

from forensic.artifacts.users.program_run import ProgramRun, background_activity, user_assist
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_BINARY, REG_DWORD, HiveBuilder

ASSIST = r"Software\Microsoft\Windows\CurrentVersion\Explorer\UserAssist"
COUNT = rf"{ASSIST}\{{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}}\Count"
BAM = r"ControlSet001\Services\bam"
SID = "S-1-5-21-1000-2000-3000-1001"
TIME = FileTime.from_iso("2021-03-02T09:12:00.0000000Z")


def new(runs=3, time=TIME):
    return struct.pack("<II", 0, runs).ljust(60, b"\0") + time.to_bytes(8, "little") + bytes(4)


def assist(*entries):
    hive = HiveBuilder(file_name="NTUSER.DAT")
    hive.key(COUNT)
    for name, data in entries:
        hive.value(COUNT, codecs.encode(name, "rot13"), REG_BINARY, data)
    return state(user_assist, open_hive(hive), ASSIST)


@pytest.mark.parametrize(
    ("path", "tool"),
    [
        (r"{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\Sysprep\sysprep.exe", "Sysprep"),
        (r"C:\Tools\NewSID.exe", "NewSID"),
        (r"C:\ghost\GHSTWALK.EXE", "Ghost Walker"),
        (r"D:\sidchg64.exe", "SIDCHG"),
        (r"D:\sidchg64-2.0p.exe", "SIDCHG"),
        (r"D:\disk2vhd64.exe", "Disk2vhd"),
        (r"{0139D44E-6AFE-49F2-8690-3DAFCAE6FFB8}\AccessData\FTK Imager\FTK Imager.lnk", "FTK Imager"),
        ("ghost32.exe", "Ghost"),
    ],
)
def test_a_program_of_the_table_is_stated(path, tool):
    (fact,), failure = assist((path, new()))
    assert (fact.value, failure) == (ProgramRun(tool, path, "UserAssist", TIME, 3), None)


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Program Files\Pestudio\pestudio.exe",
        r"C:\Images\viewer.exe",
        r"C:\sysprep\notes.exe",
        "UEME_CTLSESSION",
        "ghostwriter.exe",
        r"D:\sidchg\notes.exe",
    ],
)
def test_other_programs_are_nobodys_business(path):
    facts, failure = assist((path, new()))
    assert (facts, isinstance(failure, NotFound)) == ([], True)


def test_the_old_form_counts_from_five():
    (fact,), _ = assist((r"UEME_RUNPATH:C:\Sysprep\sysprep.exe", struct.pack("<IIQ", 1, 7, TIME)))
    assert (fact.value.tool, fact.value.runs, fact.value.last_run) == ("Sysprep", 2, TIME)


def test_a_program_that_never_ran_has_no_time():
    (fact,), _ = assist(("sysprep.exe", new(0, FileTime(0))))
    assert (fact.value.runs, fact.value.last_run) == (0, None)


def test_a_damaged_entry_is_a_gap_beside_the_others():
    facts, failure = assist((r"C:\newsid.exe", b"\1\2\3"), (r"D:\newsid.exe", new()))
    assert (len(facts), isinstance(failure, Malformed)) == (1, True)


@pytest.mark.parametrize("path", [r"State\UserSettings", "UserSettings"])
def test_background_activity_is_stated_with_its_user(path):
    hive = HiveBuilder(file_name="SYSTEM")
    key = rf"{BAM}\{path}\{SID}"
    hive.value(key, r"\Device\HarddiskVolume2\Windows\System32\Sysprep\sysprep.exe", REG_BINARY, TIME.to_bytes(8, "little") + bytes(16))
    hive.value(key, r"\Device\HarddiskVolume2\Windows\System32\dwm.exe", REG_BINARY, bytes(24))
    hive.value(key, "Version", REG_DWORD, 1)
    (fact,), failure = state(background_activity, open_hive(hive, "SYSTEM"), BAM)
    assert failure is None
    assert (fact.value.tool, fact.value.record, fact.value.last_run, fact.value.user) == ("Sysprep", "BAM", TIME, SID)


def test_background_activity_that_is_damaged_or_of_other_programs_is_a_gap():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(BAM)
    assert isinstance(state(background_activity, open_hive(hive), BAM)[1], NotFound)
    hive.value(rf"{BAM}\UserSettings\{SID}", "sysprep.exe", REG_BINARY, b"\1")
    assert isinstance(state(background_activity, open_hive(hive), BAM)[1], Malformed)


def test_runs_of_a_real_profile(real):
    facts, failure = state(user_assist, open_real(real("hives/regipy/NTUSER_BAGMRU.DAT")), ASSIST)
    assert failure is None
    runs = {fact.value.path.lower().rpartition("\\")[2]: str(fact.value.last_run) for fact in facts}
    assert {fact.value.tool for fact in facts} == {"FTK Imager"}
    assert runs == {
        "accessdata_ftk_imager_4.5.0_(x64).exe": "None",
        "ftk imager.exe": "2021-08-23T10:59:57.3370000Z",
        "ftk imager.lnk": "2021-08-23T10:59:57.3360000Z",
    }


@pytest.mark.parametrize("name", ["hives/m57-pat-xp/NTUSER.DAT", "hives/regipy/NTUSER-WSL.DAT", "hives/regipy/NTUSER_with_winscp.DAT"])
def test_real_profiles_without_such_runs_are_not_found(real, name):
    facts, failure = state(user_assist, open_real(real(name)), ASSIST)
    assert (facts, isinstance(failure, NotFound)) == ([], True)


def test_real_background_activity_is_stated(real):
    facts, failure = state(background_activity, open_real(real("hives/regipy/SYSTEM_WIN_10_1709")), BAM)
    assert failure is None
    assert {(fact.value.tool, fact.value.user) for fact in facts} == {("FTK Imager", "S-1-5-21-2595688666-2948619230-3055395256-1001")}
    assert str(facts[0].value.last_run) == "2020-04-21T08:43:42.9619431Z"


def test_real_background_activity_of_other_programs_is_not_found(real):
    facts, failure = state(background_activity, open_real(real("hives/regipy/SYSTEM_B")), BAM)
    assert (facts, isinstance(failure, NotFound)) == ([], True)
