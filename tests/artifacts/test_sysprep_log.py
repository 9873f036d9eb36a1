"""Sysprep's own log."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup import sysprep_log as module
from forensic.artifacts.setup.sysprep_log import SysprepErrorLine, SysprepProvider, SysprepRun, sysprep_error, sysprep_log
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
            providers=(SysprepProvider("Sysprep_Clean_Validate_Opk", r"C:\Windows\System32\spopk.dll", "succeeded"),),
        )
    ]


def test_states_a_run_that_failed_with_its_first_error_and_the_provider():
    found, _ = runs(BEGIN + OPTIONS + CALL + GOOD + BAD + HIT + CLOSE)
    assert found[0].result == "failed"
    assert found[0].errors == 2
    assert found[0].first_error.startswith("SYSPRP ActionPlatform::LaunchModule: Failure occurred")
    assert found[0].providers[-1] == SysprepProvider(
        "SysprepGeneralize", r"C:\Windows\System32\AppxSysprep.dll", "failed", "dwRet = 0x3cf2"
    )


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
    assert found[1] == SysprepErrorLine("SYSPRP " + HIT.partition("SYSPRP ")[2].rstrip(), START)
    assert runs("", sysprep_error) == ([], None)
    found, failure = runs(HIT * 101, sysprep_error)
    assert (len(found), type(failure)) == (100, Malformed)


@given(some.binary(max_size=60), some.integers(0, 2500))
@settings(max_examples=200, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(noise, at):
    data = (BEGIN + OPTIONS + MODE + CALL + GOOD + BAD + HIT + TAG + CLOSE).encode()
    runs(data[:at] + noise + data[at + len(noise) // 2 :])
    runs(noise + data[at:], sysprep_error)
