"""Sysprep's own log."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup import sysprep_log as module
from forensic.artifacts.setup.sysprep_log import SysprepErrorLine, sysprep_error, sysprep_log
from forensic.artifacts.setup.sysprep_run import SysprepAction, SysprepProvider, SysprepRun
from forensic.errors import Malformed, NotFound
from forensic.model import LocalTime
from tests.builders.file import MemoryFile, stated


def line(text, time="2025-07-22 21:55:35", level="Info", code="          "):
    return f"{time}, {level:<10} {code} SYSPRP {text}\r\n"


BEGIN = line("=" * 56) + line("===          Beginning of a new sysprep run          ===") + line("The time is now 2025-07-22 21:55:35")
OPTIONS = "".join(
    line(f"ParseCommands:Found supported command line option '{name}'") for name in ("GENERALIZE", "OOBE", "SHUTDOWN", "MODE")
)
MODE = line("WinMain:Sysprep mode [vm]; was specified")
CALL = line(r"ActionPlatform::LaunchModule: Executing method 'Sysprep_Clean_Validate_Opk' from C:\Windows\System32\spopk.dll")
GOOD = line(r"ActionPlatform::LaunchModule: Successfully executed 'Sysprep_Clean_Validate_Opk' from C:\Windows\System32\spopk.dll")
BAD = line(
    "ActionPlatform::LaunchModule: Failure occurred while executing 'SysprepGeneralize' "
    r"from C:\Windows\System32\AppxSysprep.dll; dwRet = 0x3cf2",
    level="Error",
)
HIT = line("WinMain:Hit failure while processing sysprep generalize internal providers; hr = 0x80073cf2", level="Error", code="[0x0f00d8]")
TAG = line(r"FCreateTagFile:Successfully created tag file C:\Windows\System32\Sysprep\Sysprep_succeeded.tag", "2025-07-22 22:01:00")
CLOSE = line("Shutting down SysPrep log", "2025-07-22 22:01:05")
START, END = LocalTime("2025-07-22T21:55:35.0000000"), LocalTime("2025-07-22T22:01:05.0000000")


def runs(text, read=sysprep_log):
    data = text.encode() if isinstance(text, str) else text
    facts, failure = stated(read, MemoryFile(data, "Windows/System32/Sysprep/Panther/setupact.log"))
    return [fact.value for fact in facts], failure


def test_states_a_run_that_succeeded():
    found, failure = runs(BEGIN + OPTIONS + MODE + CALL + GOOD + TAG + CLOSE)
    assert failure is None
    assert found == [
        SysprepRun(
            START,
            END,
            ("generalize", "oobe", "shutdown", "mode"),
            mode="vm",
            result="succeeded",
            providers=(SysprepProvider("Sysprep_Clean_Validate_Opk", r"C:\Windows\System32\spopk.dll", "succeeded", seconds=0),),
            phase="validation",
        )
    ]
    assert found[0].completed


def test_states_a_run_that_failed_with_its_first_error_and_the_provider():
    found, _ = runs(BEGIN + OPTIONS + CALL + GOOD + BAD + HIT + CLOSE)
    assert found[0].result == "failed"
    assert found[0].errors == 2
    assert found[0].first_error.startswith("SYSPRP ActionPlatform::LaunchModule: Failure occurred")
    assert found[0].providers[-1] == SysprepProvider(
        "SysprepGeneralize", r"C:\Windows\System32\AppxSysprep.dll", "failed", "dwRet = 0x3cf2"
    )
    assert (found[0].phase, found[0].executed, found[0].code) == ("execution", ("generalize",), "0x80073cf2")
    assert not found[0].completed


def test_errors_that_did_not_stop_the_run_leave_it_a_success():
    found, _ = runs(BEGIN + OPTIONS + line("SPPNP: Failed to queue enumerated driver packages. Err = 0x57", level="Error") + TAG + CLOSE)
    assert (found[0].result, found[0].errors) == ("succeeded", 1)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (BEGIN + OPTIONS + CALL, "cut-off"),
        (BEGIN + CLOSE, "ended"),
        (BEGIN + OPTIONS + HIT, "failed"),
        (BEGIN + line("WinMain: Unable to parse command-line arguments to sysprep; GLE = 0x0", level="Error") + CLOSE, "failed"),
        (BEGIN + OPTIONS + line("FCreateTagFile:Tag file X does not already exist, no need to delete anything"), "cut-off"),
    ],
)
def test_says_how_a_run_ended(text, result):
    assert runs(text)[0][0].result == result


def test_states_each_run_of_a_log_that_was_not_cleared():
    found, _ = runs(BEGIN + HIT + CLOSE + BEGIN.replace("07-22", "07-23") + OPTIONS + TAG + CLOSE.replace("07-22", "07-23"))
    assert [(run.result, run.start.time[:10]) for run in found] == [("failed", "2025-07-22"), ("succeeded", "2025-07-23")]


def test_a_run_whose_beginning_is_missing_is_stated():
    found, failure = runs(OPTIONS + TAG)
    assert failure is None
    assert found[0].result == "succeeded"


def test_a_run_from_the_dialog_names_its_phases_and_no_options():
    text = line("WinMain:Displaying dialog box for user to choose sysprep mode...") + line(
        "WinMain:Pre-validing 'cleanup' internal providers."
    )
    text += line(r"SysprepSession::Validate: Beginning action execution from C:\Windows\System32\Sysprep\ActionFiles\Generalize.xml")
    found, _ = runs(BEGIN + text + TAG + CLOSE)
    assert (found[0].options, found[0].dialog, found[0].phases) == ((), True, ("cleanup", "generalize"))


def test_reads_the_lines_of_windows_7():
    opened = line(r"Initialized SysPrep log at C:\Windows\System32\sysprep\Panther")
    bad = r"LaunchDll: Failure occurred while executing 'C:\Windows\System32\slc.dll, SLReArmWindows', returned error code -1073425657"
    hit = line("WinMain: Hit failure while processing sysprep generalize providers; hr = 0xc004d307", level="Error")
    found, _ = runs(opened + OPTIONS + line(bad, level="Error") + hit + CLOSE + opened + OPTIONS + TAG)
    assert [run.result for run in found] == ["failed", "succeeded"]
    assert found[0].providers == (
        SysprepProvider("SLReArmWindows", r"C:\Windows\System32\slc.dll", "failed", "returned error code -1073425657"),
    )


OPK = r"C:\Windows\System32\spopk.dll"


@pytest.mark.parametrize(
    "lines",
    [
        (f"LaunchDll:Found '{OPK},X'; executing it", f"LaunchDll:Successfully executed '{OPK},X' without error"),
        (
            f"ActionPlatform::LaunchModule: Found 'X' in {OPK}; executing it",
            f"ActionPlatform::LaunchModule: Successfully executed 'X' from {OPK} without error",
        ),
        (f"ActionPlatform::LaunchModule: Successfully executed 'X' from {OPK} without error",),
        (
            f"ActionPlatform::LaunchModule: Executing method 'X' from {OPK}",
            f"ActionPlatform::LaunchModule: Successfully executed 'X' from {OPK}",
        ),
    ],
    ids=["7", "8-1607", "1709", "1903"],
)
def test_a_provider_is_one_however_a_release_spells_it(lines):
    (run,), _ = runs(BEGIN + "".join(map(line, lines)))
    assert [(one.name, one.module, one.result) for one in run.providers] == [("X", OPK, "succeeded")]


def test_the_function_of_windows_7_stands_behind_the_last_comma():
    (run,), _ = runs(BEGIN + line(r"LaunchDll:Found 'C:\a,b\x.dll,Func'; executing it"))
    assert run.providers == (SysprepProvider("Func", r"C:\a,b\x.dll"),)
    (run,), _ = runs(BEGIN + line("RunDlls:Found 'x' somewhere"))
    assert run.providers == ()


def test_a_provider_that_hangs_has_a_call_and_no_end_and_one_that_took_long_its_seconds():
    call = line(f"ActionPlatform::LaunchModule: Found 'X' in {OPK}; executing it", "2025-07-22 21:55:35")
    (run,), _ = runs(BEGIN + call)
    assert (run.result, run.providers) == ("cut-off", (SysprepProvider("X", OPK),))
    end = line(f"ActionPlatform::LaunchModule: Successfully executed 'X' from {OPK} without error", "2025-07-22 21:59:37")
    assert runs(BEGIN + call + end)[0][0].providers[0].seconds == 242
    assert runs(BEGIN + call + end.replace("21:59", "20:59"))[0][0].providers[0].seconds is None


CHECKED = line("WinMain:Pre-validing 'generalize' internal providers.") + line(
    r"SysprepSession::Validate: Beginning action execution from C:\Windows\System32\Sysprep\ActionFiles\Generalize.xml"
)
EXECUTED = line("WinMain:Processing 'generalize' internal provider request.") + line(
    r"SysprepSession::Execute: Beginning action execution from C:\Windows\System32\Sysprep\ActionFiles\Generalize.xml"
)
REFUSED = line("RunExternalDlls:Not running DLLs; either the machine is in an invalid state, dwRet = 0x1f", level="Error")


@pytest.mark.parametrize(
    ("text", "phase", "executed"),
    [
        ("", None, ()),
        (CHECKED, "validation", ()),
        (CHECKED + CALL.replace("Validate", "Strange"), "validation", ()),
        (CHECKED + HIT.replace("processing", "pre-validate"), "validation", ()),
        (CHECKED + EXECUTED, "execution", ("generalize",)),
        (CALL, "validation", ()),
        (CALL.replace("_Validate", ""), "execution", ()),
        (REFUSED + HIT, "validation", ()),
        (HIT, "execution", ("generalize",)),
        (line("ActionPlatform::DeleteValue: Deleting registry value N under key K"), "execution", ()),
        (CHECKED + line("ActionPlatform::DeleteValue: Deleting registry value N under key K"), "validation", ()),
    ],
)
def test_says_how_far_a_run_came(text, phase, executed):
    (run,), _ = runs(BEGIN + text)
    assert (run.phase, run.executed) == (phase, executed)


def test_states_declared_actions_and_the_component_of_the_one_that_failed():
    good = line("ActionPlatform::DeleteValue: Deleting registry value N under key K")
    none = line("ActionPlatform::DeleteValue: Registry value N to be deleted does not exist under key K", level="Warning")
    bad = line("ActionPlatform::DeleteValue: Error from RegDeleteValueW for value N under key K; dwRet = 0x5", level="Error")
    bad += line("SysprepSession::ExecuteInternal: Error in executing action for Windows-SenseClient-Service; dwRet = 0x5", level="Error")
    (run,), _ = runs(BEGIN + EXECUTED + good + none + bad)
    assert run.actions == (
        SysprepAction("DeleteValue", "Deleting registry value N under key K", "info"),
        SysprepAction("DeleteValue", "Registry value N to be deleted does not exist under key K", "warning"),
        SysprepAction("DeleteValue", "Error from RegDeleteValueW for value N under key K; dwRet = 0x5", "error"),
    )
    assert run.component == "Windows-SenseClient-Service"
    (run,), _ = runs(BEGIN + EXECUTED + good * 250)
    assert (len(run.actions), run.actions_omitted, run.component) == (200, 50, None)


def test_a_run_that_deleted_the_tag_file_had_one_before_it_that_succeeded():
    deleted = line(r"FCreateTagFile:Successfully deleted tag file C:\Windows\System32\Sysprep\Sysprep_succeeded.tag")
    (run,), _ = runs(BEGIN + deleted + CLOSE)
    assert (run.deleted_tag, run.result) == (True, "ended")
    assert not runs(BEGIN + TAG + CLOSE)[0][0].deleted_tag


def test_an_edited_log_with_more_ends_than_beginnings_has_a_run_for_each_end():
    clock = line("The time is now 2025-07-22 22:01:05")
    found, _ = runs(BEGIN + OPTIONS + CLOSE + clock + TAG + CLOSE + clock + BEGIN + CLOSE + clock)
    assert [(run.headless, run.result) for run in found] == [(False, "ended"), (True, "succeeded"), (False, "ended")]


def test_a_run_that_stopped_at_its_first_line_is_one_of_its_own():
    rule = line("=" * 56)
    assert [run.headless for run in runs(BEGIN + HIT + rule)[0]] == [False, False]
    head = rule + line("===          Beginning of a new sysprep run          ===")
    assert len(runs(head + rule + head + rule)[0]) == 2


def test_runs_without_end_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "RUN_LIMIT", 3)
    found, failure = runs(BEGIN * 5)
    assert len(found) == 3
    assert failure.code == "too-much"


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"2025-01-01 00:00:00, Info IBS no run here\n" * 10, b"\0" * 4096])
def test_a_log_without_sysprep_is_not_found(data):
    found, failure = runs(data)
    assert found == []
    assert isinstance(failure, NotFound)


def test_reads_utf_16_alike():
    text = BEGIN + OPTIONS + MODE + CALL + GOOD + TAG + CLOSE
    assert runs(text.encode("utf-16")) == runs(text)


def test_many_providers_are_counted_and_many_lines_bounded(monkeypatch):
    found, failure = runs(BEGIN + "".join(CALL.replace("Opk", str(number)) for number in range(600)))
    assert failure is None
    assert (len(found[0].providers), found[0].providers_omitted) == (500, 100)
    monkeypatch.setattr(module, "LINE_COUNT_LIMIT", 1_000)
    found, failure = runs(BEGIN + OPTIONS.replace("MODE", "X") * 300)
    assert isinstance(failure, Malformed)
    assert found[0].options == ("generalize", "oobe", "shutdown", "x")


def test_states_the_errors_of_setuperr_log():
    found, failure = runs(BAD + HIT, sysprep_error)
    assert failure is None
    assert found[1] == SysprepErrorLine("SYSPRP " + HIT.partition("SYSPRP ")[2].rstrip(), START, "0x80073cf2")
    assert found[0].code is None
    assert runs("", sysprep_error) == ([], None)
    found, failure = runs(HIT * 101, sysprep_error)
    assert (len(found), type(failure)) == (100, Malformed)


@given(some.binary(max_size=60), some.integers(0, 2500))
@settings(max_examples=200, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(noise, at):
    data = (BEGIN + OPTIONS + MODE + CALL + GOOD + BAD + HIT + TAG + CLOSE).encode()
    runs(data[:at] + noise + data[at + len(noise) // 2 :])
    runs(noise + data[at:], sysprep_error)
