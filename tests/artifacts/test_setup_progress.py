"""What Sysprep, SetupCl and the timers of Setup left behind."""

import pytest

from forensic.artifacts.setup.setup_progress import (
    SetupclRun,
    SetupTimer,
    SysprepStatus,
    setup_timer,
    setupcl_run,
    sysprep_status,
)
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import key_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ

WRITTEN = FileTime.from_iso("2018-03-27T12:11:51.2905078Z")


def test_states_the_numbers_of_sysprep():
    path = r"Setup\Status\SysprepStatus"
    facts, failure = state(
        sysprep_status, key_hive(path, [("GeneralizationState", REG_DWORD, 7), ("CleanupState", REG_DWORD, 2)], WRITTEN), path
    )
    assert failure is None
    assert (facts[0].value, facts[0].written) == (SysprepStatus(7, 2), WRITTEN)
    facts, _ = state(sysprep_status, key_hive(path, [("GeneralizationState", REG_DWORD, 3)]), path)
    assert facts[0].value == SysprepStatus(3, None)
    assert isinstance(state(sysprep_status, key_hive(path), path)[1], NotFound)
    facts, failure = state(sysprep_status, key_hive(path, [("GeneralizationState", REG_DWORD, 7), ("CleanupState", REG_SZ, "2")]), path)
    assert facts[0].value == SysprepStatus(7, None)
    assert isinstance(failure, Malformed)


def test_states_the_run_of_setupcl_and_its_moment():
    path = r"Setup\SetupCl"
    values = [("ExecutionSuccessful", 1), ("NTSTATUS", 0), ("RunTime", 7093), ("HiveTime", 5421), ("FileACLTime", 265), ("DriveMask", 4)]
    facts, failure = state(setupcl_run, key_hive(path, [(name, REG_DWORD, number) for name, number in values], WRITTEN), path)
    assert failure is None
    assert (facts[0].value, facts[0].written) == (SetupclRun(True, 0, 7093, 5421, 265, 4), WRITTEN)
    facts, failure = state(setupcl_run, key_hive(path), path)
    assert (facts[0].value, failure) == (SetupclRun(), None)
    facts, failure = state(setupcl_run, key_hive(path, [("ExecutionSuccessful", REG_DWORD, 0), ("RunTime", REG_BINARY, b"\x01")]), path)
    assert facts[0].value.succeeded is False
    assert isinstance(failure, Malformed)


def test_joins_the_halves_of_a_timer():
    path = r"Setup\Timers\OobeBootPerf"
    halves = [("StartLow", 3384766838), ("StartHigh", 30655940), ("StopLow", 52180527), ("StopHigh", 30655941)]
    facts, failure = state(setup_timer, key_hive(path, [(name, REG_DWORD, number) for name, number in halves]), path)
    assert failure is None
    start, stop = FileTime(30655940 << 32 | 3384766838), FileTime(30655941 << 32 | 52180527)
    assert facts[0].value == SetupTimer("OobeBootPerf", start, stop)
    assert str(start).startswith("2018-03-27T12:11:51")


@pytest.mark.parametrize("halves", [[], [("StopLow", 5)], [("StopHigh", 5)], [("StopLow", 0), ("StopHigh", 0)]])
def test_a_timer_that_did_not_end_has_no_end(halves):
    path = r"Setup\Timers\OobeBootPerf"
    values = [("StartLow", 1), ("StartHigh", 30655940), *halves]
    facts, failure = state(setup_timer, key_hive(path, [(name, REG_DWORD, number) for name, number in values]), path)
    assert failure is None
    assert facts[0].value.start is not None
    assert facts[0].value.stop is None


def test_a_damaged_timer_is_stated_without_the_damaged_half():
    path = r"Setup\Timers\OobeBootPerf"
    facts, failure = state(setup_timer, key_hive(path, [("StartLow", REG_SZ, "?"), ("StartHigh", REG_DWORD, 1)]), path)
    assert facts[0].value == SetupTimer("OobeBootPerf")
    assert isinstance(failure, Malformed)
