"""Configuration passes, and the programs that Setup starts."""

import pytest

from forensic.artifacts.setup.unattend_pass import ChildCompletion, UnattendPass, child_completion, unattend_pass
from forensic.errors import Malformed
from tests.artifacts.reading import key_hive, state
from tests.builders.hive import REG_DWORD, REG_SZ


@pytest.mark.parametrize(
    ("read", "path", "value"),
    [
        (unattend_pass, r"Setup\Status\UnattendPasses", UnattendPass("specialize", 9)),
        (child_completion, r"Setup\Status\ChildCompletion", ChildCompletion("setup.exe", 3)),
    ],
)
def test_states_each_pass_and_each_program(read, path, value):
    facts, failure = state(read, key_hive(path, [("bad", REG_SZ, "?"), (value.name, REG_DWORD, value.result)]), path)
    assert [(fact.value, fact.place.value) for fact in facts] == [(value, value.name)]
    assert isinstance(failure, Malformed)
    assert state(read, key_hive(path), path) == ([], None)
