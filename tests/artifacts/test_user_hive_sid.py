"""Whose hive it is, by the access rights on its root."""

import struct

import pytest

from forensic.artifacts.users.user_hive_sid import user_hive_sid
from forensic.errors import NotFound
from tests.artifacts.reading import open_hive, open_real, read_all
from tests.builders.hive import HiveBuilder, security_descriptor
from tests.builders.sam import sid_bytes

ANN, BOB = "S-1-5-21-1004336348-1177238915-682003330-1001", "S-1-5-21-1004336348-1177238915-682003330-1002"


def hive(*sids):
    """Return the root of a hive to which these have access."""
    entries = b"".join(struct.pack("<BBHI", 0, 2, 8 + len(sid_bytes(sid)), 0xF003F) + sid_bytes(sid) for sid in sids)
    acl = struct.pack("<BBHHH", 2, 0, 8 + len(entries), len(sids), 0) + entries
    owner = sid_bytes("S-1-5-18")
    descriptor = struct.pack("<BBHIIII", 1, 0, 0x8004, 20 + len(acl), 20 + len(acl), 0, 20) + acl + owner
    return open_hive(HiveBuilder(file_name="NTUSER.DAT", security=descriptor), "NTUSER.DAT").root


def test_states_the_user():
    (fact,), failure = read_all(user_hive_sid, hive(ANN, "S-1-5-18", "S-1-5-32-544", "S-1-5-12"))
    assert failure is None
    assert (fact.kind, fact.value, fact.raw.hex() if isinstance(fact.raw, bytes) else fact.raw) == (
        "user-hive-sid",
        ANN,
        sid_bytes(ANN).hex(),
    )
    assert fact.place.field == "security descriptor"


def test_states_each_account_once():
    facts, _ = read_all(user_hive_sid, hive(ANN, BOB, ANN))
    assert [fact.value for fact in facts] == [ANN, BOB]


def test_a_hive_of_nobody_is_a_gap():
    root = open_hive(HiveBuilder(file_name="NTUSER.DAT", security=security_descriptor()), "NTUSER.DAT").root
    facts, failure = read_all(user_hive_sid, root)
    assert facts == []
    assert isinstance(failure, NotFound)


REAL = {
    "hives/regipy/NTUSER_BAGMRU.DAT": "S-1-5-21-2177727556-426307209-2251493295-1001",
    "hives/regipy/UsrClass.dat": "S-1-5-21-2734969515-1644526556-1039763013-1001",
    "hives/m57-pat-xp/NTUSER.DAT": "S-1-5-21-1292428093-1645522239-1547161642-1003",
}


@pytest.mark.parametrize("name", REAL)
def test_states_real_hives(real, name):
    facts, failure = read_all(user_hive_sid, open_real(real(name)).root)
    assert ([fact.value for fact in facts], failure) == ([REAL[name]], None)
