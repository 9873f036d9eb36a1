"""The mark in the profile of whoever ran Sysprep."""

import pytest

from forensic.artifacts.users.sysprep_user import sysprep_user
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import key_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD

PATH = r"Software\Microsoft\Windows\CurrentVersion\CloudStore"


def stated(*values):
    return state(sysprep_user, key_hive(PATH, values), PATH)


def test_the_mark_is_stated():
    (fact,), failure = stated(("IsSysPrepGeneralized", REG_DWORD, 1))
    assert (fact.value, fact.place.value, failure) == (1, "IsSysPrepGeneralized", None)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ([], NotFound),
        ([("Version", REG_DWORD, 8)], NotFound),
        ([("IsSysPrepGeneralized", REG_DWORD, 0)], NotFound),
        ([("IsSysPrepGeneralized", REG_BINARY, b"\1")], Malformed),
    ],
)
def test_what_is_no_mark_is_a_gap(values, error):
    facts, failure = stated(*values)
    assert (facts, type(failure)) == ([], error)
