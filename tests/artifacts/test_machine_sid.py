import pytest

from forensic.artifacts.identity.machine_sid import MACHINE_SID, SAM_DOMAIN_CREATED, machine_sid, machine_sid_of_policy, sam_domain_created
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime, Sid
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder
from tests.builders.sam import ACCOUNT, MACHINE, domain_v, sam, sid_bytes, table

POLICY = r"Policy\PolAcDmS"
WRITTEN = FileTime.from_iso("2009-11-08T15:35:15.2187500Z")


def sam_with(value, data):
    hive = sam()
    hive.value(ACCOUNT, value, REG_BINARY, data)
    return open_hive(hive, "SAM")


def security(data, kind=0):
    hive = HiveBuilder(file_name="SECURITY")
    hive.key(POLICY, written=WRITTEN)
    if data is not None:
        hive.value(POLICY, "", kind, data)
    return open_hive(hive, "SECURITY")


def test_the_machine_sid_is_stated_from_the_descriptor_table_of_sam():
    hive = sam()
    hive.key(ACCOUNT, written=WRITTEN)
    data = hive.build()
    (fact,), failure = state(machine_sid, open_hive(data, "SAM"), ACCOUNT)
    assert failure is None
    assert (fact.kind, fact.value, type(fact.value)) == ("machine-sid", MACHINE, Sid)
    assert fact.raw == sid_bytes(MACHINE).hex()
    assert (fact.place.file, fact.place.key, fact.place.value) == ("SAM", ACCOUNT, "V")
    assert data[fact.place.offset :].startswith(sid_bytes(MACHINE))
    assert fact.written == WRITTEN
    assert fact.state == "stored"


def test_text_behind_the_sid_as_on_nt_4_does_not_mislead():
    value = domain_v("S-1-5-21-247810356-1021781772-2498087", text="DOMAIN")
    assert value[-12:] != sid_bytes("S-1-5-21-247810356-1021781772-2498087")[-12:]
    (fact,), _ = state(machine_sid, sam_with("V", value), ACCOUNT)
    assert fact.value == "S-1-5-21-247810356-1021781772-2498087"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "needs 48 bytes, has 0"),
        (bytes(47), "needs 48 bytes, has 47"),
        (bytes(48), "needs 8 bytes, has 0"),
        (domain_v()[:-1], "part of value 'V'"),
        (domain_v(sid_bytes(MACHINE)[:20]), "SID"),
        (domain_v(b"\x02" + sid_bytes(MACHINE)[1:]), "SID revision"),
        (domain_v("S-1-5-21-1-2-3-500"), "not of the form"),
        (domain_v("S-1-5-32-544"), "not of the form"),
        (domain_v(sid_bytes(MACHINE) + bytes(4)), "28 bytes"),
        (table(4, {})[:12] + b"\xf0\xff\xff\xff\x18\0\0\0" + bytes(100), "part of value 'V'"),
    ],
)
def test_a_malformed_domain_value_of_sam_is_malformed(data, words):
    facts, failure = state(machine_sid, sam_with("V", data), ACCOUNT)
    assert facts == []
    assert isinstance(failure, Malformed)
    assert words in str(failure)


def test_an_absent_value_or_key_of_sam_is_not_found():
    hive = sam()
    hive.remove(ACCOUNT, "V")
    _, failure = state(machine_sid, open_hive(hive), ACCOUNT)
    assert isinstance(failure, NotFound)
    assert "'V'" in str(failure)
    _, failure = state(machine_sid, open_hive(HiveBuilder()), ACCOUNT)
    assert isinstance(failure, NotFound)


def test_the_machine_sid_is_stated_from_the_security_policy_with_the_time_of_its_key():
    (fact,), failure = state(machine_sid_of_policy, security(sid_bytes(MACHINE)), POLICY)
    assert failure is None
    assert (fact.kind, fact.value, fact.written) == ("machine-sid", MACHINE, WRITTEN)
    assert str(fact.place).startswith(r"SECURITY > Policy\PolAcDmS > (default) @ 0x")


def test_an_empty_or_absent_policy_value_is_not_found():
    for data in (b"", None):
        facts, failure = state(machine_sid_of_policy, security(data), POLICY)
        assert facts == []
        assert isinstance(failure, NotFound)


@pytest.mark.parametrize(
    "data",
    [
        b"\x01",
        sid_bytes(MACHINE)[:-1],
        sid_bytes(MACHINE) + b"\0",
        sid_bytes("S-1-5-18"),
        sid_bytes("S-1-5-80-1-2-3"),
        sid_bytes(MACHINE + "-500"),
    ],
)
def test_a_malformed_policy_value_is_malformed(data):
    facts, failure = state(machine_sid_of_policy, security(data), POLICY)
    assert facts == []
    assert isinstance(failure, Malformed)


def test_the_type_of_the_policy_value_does_not_matter():
    (fact,), _ = state(machine_sid_of_policy, security(sid_bytes(MACHINE), REG_SZ), POLICY)
    assert fact.value == MACHINE


def test_the_creation_time_of_the_account_domain_is_stated_and_no_more_bytes_than_that():
    (fact,), failure = state(sam_domain_created, open_hive(sam()), ACCOUNT)
    assert failure is None
    assert str(fact.value) == "2009-11-08T15:35:15.2656250Z"
    assert fact.raw == "7a836d118960ca01"
    assert fact.place.value == "F"
    (short,), failure = state(sam_domain_created, sam_with("F", bytes(8) + bytes.fromhex(fact.raw)), ACCOUNT)
    assert (short.value, failure) == (fact.value, None)


@pytest.mark.parametrize("data", [b"", bytes(15)])
def test_short_fixed_data_of_the_account_domain_are_malformed(data):
    facts, failure = state(sam_domain_created, sam_with("F", data), ACCOUNT)
    assert facts == []
    assert isinstance(failure, Malformed)


def test_the_known_media_times_of_the_account_domain_are_constants():
    assert FileTime.from_iso("2013-08-22T14:45:11.0121636Z") in SAM_DOMAIN_CREATED.known_values
    assert MACHINE_SID.decisive
