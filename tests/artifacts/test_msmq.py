import uuid

import pytest

from forensic.artifacts.products.msmq import msmq_qmid
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, HiveBuilder

CACHE = r"Microsoft\MSMQ\Parameters\MachineCache"
ID = "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a11"


def software(name, data):
    hive = HiveBuilder()
    hive.value(CACHE, name, REG_BINARY, data)
    return open_hive(hive)


def test_the_identifier_is_stated():
    (fact,), failure = state(msmq_qmid, software("QMId", uuid.UUID(ID).bytes_le), CACHE)
    assert (fact.kind, fact.value, failure) == ("msmq-qmid", ID, None)


@pytest.mark.parametrize(("name", "error"), [("QMId", Malformed), ("Other", NotFound)])
def test_an_identifier_that_is_cut_short_or_absent_is_a_gap(name, error):
    assert isinstance(state(msmq_qmid, software(name, bytes(15)), CACHE)[1], error)
