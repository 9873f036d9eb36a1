"""Marks of Windows PE."""

from forensic.artifacts.setup.preinstallation_mark import mini_nt, win_pe
from forensic.errors import NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_SZ, HiveBuilder

VERSION = r"Microsoft\Windows NT\CurrentVersion"


def software(*, key=False, kind="Client"):
    hive = HiveBuilder(file_name="SOFTWARE")
    hive.value(VERSION, "InstallationType", REG_SZ, kind)
    if key:
        hive.key(rf"{VERSION}\WinPE")
    return open_hive(hive)


def test_states_each_mark_of_software_by_its_name():
    facts, failure = state(win_pe, software(key=True, kind="WindowsPE"), VERSION)
    assert failure is None
    assert [fact.value for fact in facts] == ["WinPE", "InstallationType"]
    assert facts[0].place.key == rf"{VERSION}\WinPE"


def test_an_ordinary_windows_has_no_mark():
    facts, failure = state(win_pe, software(), VERSION)
    assert facts == []
    assert isinstance(failure, NotFound)


def test_states_the_key_that_silences_the_event_log():
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(r"ControlSet001\Control\MiniNT")
    facts, _ = state(mini_nt, open_hive(hive), r"ControlSet001\Control")
    assert [fact.value for fact in facts] == ["MiniNT"]
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(r"ControlSet001\Control")
    facts, failure = state(mini_nt, open_hive(hive), r"ControlSet001\Control")
    assert (facts, type(failure)) == ([], NotFound)
