"""SkipRearm."""

import pytest

from forensic.artifacts.products.licensing import kms_skip_rearm
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

KEY = r"Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform"


@pytest.mark.parametrize("number", [0, 1])
def test_states_the_number(number):
    hive = HiveBuilder()
    hive.value(KEY, "SkipRearm", REG_DWORD, number)
    facts, failure = state(kms_skip_rearm, open_hive(hive), KEY)
    assert failure is None
    assert (facts[0].value, facts[0].place.value) == (number, "SkipRearm")


def test_says_why_not():
    hive = HiveBuilder()
    hive.key(KEY)
    assert isinstance(state(kms_skip_rearm, open_hive(hive), KEY)[1], NotFound)
    hive.value(KEY, "SkipRearm", REG_SZ, "1")
    assert isinstance(state(kms_skip_rearm, open_hive(hive), KEY)[1], Malformed)
