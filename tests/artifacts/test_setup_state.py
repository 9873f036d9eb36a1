"""What Setup, Sysprep and SetupCl left behind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup.setup_state import (
    ChildCompletion,
    ImageState,
    SetupclRun,
    SetupCommand,
    SetupFlag,
    SetupTimer,
    SysprepStatus,
    UnattendPass,
    _decode,
    child_completion,
    image_state,
    image_state_file,
    setup_command,
    setup_flag,
    setup_timer,
    setupcl_run,
    sysprep_status,
    unattend_pass,
)
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import FileTime
from forensic.volumes.directory import DirectoryTree
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_SZ, HiveBuilder

STATE = r"Microsoft\Windows\CurrentVersion\Setup\State"
WRITTEN = FileTime.from_iso("2018-03-27T12:11:51.2905078Z")


def key(path, values=(), **settings):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(path, written=WRITTEN)
    for name, kind, data in values:
        hive.value(path, name, kind, data)
    return open_hive(hive)


def file_facts(folder, content):
    path = folder / "Windows/Setup/State/State.ini"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    try:
        return list(image_state_file(DirectoryTree(folder).open("Windows/Setup/State/State.ini"))), None
    except ForensicError as error:
        return [], error


def test_states_the_image_state_of_the_registry():
    facts, failure = state(image_state, key(STATE, [("ImageState", REG_SZ, "IMAGE_STATE_COMPLETE")]), STATE)
    assert failure is None
    assert facts[0].value == ImageState("IMAGE_STATE_COMPLETE", "registry")
    assert isinstance(state(image_state, key(STATE), STATE)[1], NotFound)
    assert isinstance(state(image_state, key(STATE, [("ImageState", REG_DWORD, 3)]), STATE)[1], Malformed)


@pytest.mark.parametrize(
    "content",
    [
        b"[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n",
        "\ufeff[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n".encode("utf-16-le"),
        "\ufeff[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n".encode("utf-16-be"),
        b"\xef\xbb\xbf[State]\n imagestate = IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE",
    ],
)
def test_states_the_image_state_of_the_file_in_every_encoding(tmp_path, content):
    facts, failure = file_facts(tmp_path, content)
    assert failure is None
    assert facts[0].value == ImageState("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE", "state.ini")
    assert facts[0].place.file == "Windows/Setup/State/State.ini"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[State]\r\n", b"\0" * 70_000])
def test_a_file_without_the_line_is_malformed(tmp_path, content):
    facts, failure = file_facts(tmp_path, content)
    assert not facts
    assert isinstance(failure, Malformed)


def test_a_hostile_line_is_read_in_linear_time(tmp_path):
    facts, _ = file_facts(tmp_path, b"ImageState=a" + b" " * 60_000 + b"x")
    assert facts[0].value.state.startswith("a ")


@settings(max_examples=200, deadline=None)
@given(some.binary(max_size=60), some.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"ImageState="]))
def test_any_content_is_decoded_to_text_that_a_report_can_carry(content, start):
    assert isinstance(_decode(start + content).encode(), bytes)


def test_states_the_numbers_of_sysprep():
    path = r"Setup\Status\SysprepStatus"
    facts, failure = state(sysprep_status, key(path, [("GeneralizationState", REG_DWORD, 7), ("CleanupState", REG_DWORD, 2)]), path)
    assert failure is None
    assert (facts[0].value, facts[0].written) == (SysprepStatus(7, 2), WRITTEN)
    facts, _ = state(sysprep_status, key(path, [("GeneralizationState", REG_DWORD, 3)]), path)
    assert facts[0].value == SysprepStatus(3, None)
    assert isinstance(state(sysprep_status, key(path), path)[1], NotFound)
    facts, failure = state(sysprep_status, key(path, [("GeneralizationState", REG_DWORD, 7), ("CleanupState", REG_SZ, "2")]), path)
    assert facts[0].value == SysprepStatus(7, None)
    assert isinstance(failure, Malformed)


def test_states_the_run_of_setupcl_and_its_moment():
    path = r"Setup\SetupCl"
    values = [("ExecutionSuccessful", 1), ("NTSTATUS", 0), ("RunTime", 7093), ("HiveTime", 5421), ("FileACLTime", 265), ("DriveMask", 4)]
    facts, failure = state(setupcl_run, key(path, [(name, REG_DWORD, number) for name, number in values]), path)
    assert failure is None
    assert (facts[0].value, facts[0].written) == (SetupclRun(True, 0, 7093, 5421, 265, 4), WRITTEN)
    facts, failure = state(setupcl_run, key(path), path)
    assert (facts[0].value, failure) == (SetupclRun(), None)
    facts, failure = state(setupcl_run, key(path, [("ExecutionSuccessful", REG_DWORD, 0), ("RunTime", REG_BINARY, b"\x01")]), path)
    assert facts[0].value.succeeded is False
    assert isinstance(failure, Malformed)


def test_joins_the_halves_of_a_timer():
    path = r"Setup\Timers\OobeBootPerf"
    halves = [("StartLow", 3384766838), ("StartHigh", 30655940), ("StopLow", 52180527), ("StopHigh", 30655941)]
    facts, failure = state(setup_timer, key(path, [(name, REG_DWORD, number) for name, number in halves]), path)
    assert failure is None
    start, stop = FileTime(30655940 << 32 | 3384766838), FileTime(30655941 << 32 | 52180527)
    assert facts[0].value == SetupTimer("OobeBootPerf", start, stop)
    assert str(start).startswith("2018-03-27T12:11:51")


@pytest.mark.parametrize("halves", [[], [("StopLow", 5)], [("StopHigh", 5)], [("StopLow", 0), ("StopHigh", 0)]])
def test_a_timer_that_did_not_end_has_no_end(halves):
    path = r"Setup\Timers\OobeBootPerf"
    values = [("StartLow", 1), ("StartHigh", 30655940), *halves]
    facts, failure = state(setup_timer, key(path, [(name, REG_DWORD, number) for name, number in values]), path)
    assert failure is None
    assert facts[0].value.start is not None
    assert facts[0].value.stop is None


def test_a_damaged_timer_is_stated_without_the_damaged_half():
    path = r"Setup\Timers\OobeBootPerf"
    facts, failure = state(setup_timer, key(path, [("StartLow", REG_SZ, "?"), ("StartHigh", REG_DWORD, 1)]), path)
    assert facts[0].value == SetupTimer("OobeBootPerf")
    assert isinstance(failure, Malformed)


def test_states_commands_also_where_they_are_empty():
    values = [("CmdLine", REG_SZ, ""), ("OemDuplicatorString", REG_SZ, "Master 7"), ("Else", REG_SZ, "no")]
    facts, failure = state(setup_command, key("Setup", values), "Setup")
    assert failure is None
    assert [fact.value for fact in facts] == [SetupCommand("CmdLine", ""), SetupCommand("OemDuplicatorString", "Master 7")]


def test_joins_a_command_that_is_a_list():
    facts, failure = state(setup_command, key("Setup", [("CmdLine", REG_MULTI_SZ, ["setup", "-newsetup"])]), "Setup")
    assert failure is None
    assert facts[0].value == SetupCommand("CmdLine", "setup -newsetup")


def test_a_damaged_command_or_flag_hides_no_other():
    values = [("CmdLine", REG_DWORD, 1), ("RespecializeCmdLine", REG_SZ, "x"), ("SetupType", REG_DWORD, 2), ("SetupPhase", REG_SZ, "")]
    facts, failure = state(setup_command, key("Setup", values), "Setup")
    assert [fact.value.name for fact in facts] == ["RespecializeCmdLine"]
    assert isinstance(failure, Malformed)
    facts, failure = state(setup_flag, key("Setup", values), "Setup")
    assert [fact.value for fact in facts] == [SetupFlag("SetupType", 2)]
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize(
    ("read", "path", "value"),
    [
        (unattend_pass, r"Setup\Status\UnattendPasses", UnattendPass("specialize", 9)),
        (child_completion, r"Setup\Status\ChildCompletion", ChildCompletion("setup.exe", 3)),
    ],
)
def test_states_each_pass_and_each_program(read, path, value):
    facts, failure = state(read, key(path, [("bad", REG_SZ, "?"), (value.name, REG_DWORD, value.result)]), path)
    assert [(fact.value, fact.place.value) for fact in facts] == [(value, value.name)]
    assert isinstance(failure, Malformed)
    assert state(read, key(path), path) == ([], None)
