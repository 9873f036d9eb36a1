"""What Setup is to do at the next start."""

from forensic.artifacts.setup.setup_command import SetupCommand, SetupFlag, setup_command, setup_flag
from forensic.errors import Malformed
from tests.artifacts.reading import key_hive, state
from tests.builders.hive import REG_DWORD, REG_MULTI_SZ, REG_SZ


def test_states_commands_also_where_they_are_empty():
    values = [("CmdLine", REG_SZ, ""), ("OemDuplicatorString", REG_SZ, "Master 7"), ("Else", REG_SZ, "no")]
    facts, failure = state(setup_command, key_hive("Setup", values), "Setup")
    assert failure is None
    assert [fact.value for fact in facts] == [SetupCommand("CmdLine", ""), SetupCommand("OemDuplicatorString", "Master 7")]


def test_joins_a_command_that_is_a_list():
    facts, failure = state(setup_command, key_hive("Setup", [("CmdLine", REG_MULTI_SZ, ["setup", "-newsetup"])]), "Setup")
    assert failure is None
    assert facts[0].value == SetupCommand("CmdLine", "setup -newsetup")


def test_a_damaged_command_or_flag_hides_no_other():
    values = [("CmdLine", REG_DWORD, 1), ("RespecializeCmdLine", REG_SZ, "x"), ("SetupType", REG_DWORD, 2), ("SetupPhase", REG_SZ, "")]
    facts, failure = state(setup_command, key_hive("Setup", values), "Setup")
    assert [fact.value.name for fact in facts] == ["RespecializeCmdLine"]
    assert isinstance(failure, Malformed)
    facts, failure = state(setup_flag, key_hive("Setup", values), "Setup")
    assert [fact.value for fact in facts] == [SetupFlag("SetupType", 2)]
    assert isinstance(failure, Malformed)
