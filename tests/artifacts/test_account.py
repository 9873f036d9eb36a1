import json

import pytest

from forensic.artifacts.identity.account import account_sid
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from forensic.model.codec import to_builtins
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY
from tests.builders.sam import ACCOUNT, MACHINE, SECRET, account_f, account_v, add_account, domain_v, sam

CREATED = FileTime.from_iso("2009-11-10T19:18:56.5781250Z")
LOGON = FileTime.from_iso("2009-12-08T01:45:07.4843750Z")
PAT = rf"{ACCOUNT}\Users\000003EB"


def hive_with_pat():
    hive = sam()
    add_account(hive, 500, "Administrator", control=0x211)
    add_account(hive, 1003, "Pat", created=CREATED, last_logon=LOGON)
    return hive


def accounts(hive):
    return state(account_sid, open_hive(hive, "SAM"), ACCOUNT)


def test_each_account_is_stated_with_its_sid_name_and_times():
    facts, failure = accounts(hive_with_pat())
    assert failure is None
    assert [fact.value.rid for fact in facts] == [500, 1003]
    pat = facts[1]
    assert (pat.kind, pat.value.sid, pat.value.name) == ("account-sid", f"{MACHINE}-1003", "Pat")
    assert (pat.value.created, pat.value.last_logon, pat.value.password_last_set, pat.value.disabled) == (CREATED, LOGON, None, False)
    assert facts[0].value.disabled
    assert (pat.place.key, pat.place.value, pat.raw) == (PAT, "V", "Pat".encode("utf-16-le").hex())


def test_no_secret_leaves_the_hive():
    facts, _ = accounts(hive_with_pat())
    assert SECRET.hex() in hive_with_pat().build().hex()
    assert SECRET.hex() not in json.dumps(to_builtins(facts))


def test_an_account_database_without_accounts_states_nothing():
    hive = sam()
    hive.key(rf"{ACCOUNT}\Users\Names")
    assert accounts(hive) == ([], None)


def test_a_name_without_a_key_of_its_own_has_no_creation_time():
    hive = hive_with_pat()
    hive.remove(rf"{ACCOUNT}\Users\Names\Pat")
    facts, failure = accounts(hive)
    assert failure is None
    assert facts[1].value.created is None


def test_names_are_matched_without_regard_to_case():
    hive = hive_with_pat()
    hive.value(PAT, "V", REG_BINARY, account_v("PAT"))
    facts, _ = accounts(hive)
    assert (facts[1].value.name, facts[1].value.created) == ("PAT", CREATED)


def test_a_name_without_a_rid_is_a_gap_beside_all_accounts():
    hive = hive_with_pat()
    hive.key(rf"{ACCOUNT}\Users\Names\Zoe")
    facts, failure = accounts(hive)
    assert [fact.value.rid for fact in facts] == [500, 1003]
    assert isinstance(failure, NotFound)
    assert "Zoe" in str(failure)


def test_without_the_names_the_accounts_are_stated_without_creation_times():
    hive = hive_with_pat()
    hive.remove(rf"{ACCOUNT}\Users\Names")
    facts, failure = accounts(hive)
    assert [fact.value.created for fact in facts] == [None, None]
    assert isinstance(failure, NotFound)


def test_a_names_key_that_belongs_to_another_rid_gives_no_creation_time():
    hive = hive_with_pat()
    hive.value(rf"{ACCOUNT}\Users\Names\Pat", "", 1004, b"")
    facts, _ = accounts(hive)
    assert facts[1].value.created is None


def test_a_name_with_a_backslash_is_not_taken_for_a_path():
    hive = hive_with_pat()
    hive.value(PAT, "V", REG_BINARY, account_v("Pat\\x"))
    facts, failure = accounts(hive)
    assert failure is None
    assert (facts[1].value.name, facts[1].value.created) == ("Pat\\x", None)


def test_times_of_never_are_none():
    hive = hive_with_pat()
    hive.value(PAT, "F", REG_BINARY, account_f(1003, last_logon=0, password_last_set=0x7FFFFFFFFFFFFFFF))
    facts, _ = accounts(hive)
    assert (facts[1].value.last_logon, facts[1].value.password_last_set) == (None, None)


@pytest.mark.parametrize(
    ("value", "data", "words"),
    [
        ("V", b"", "descriptors of account 1003 at offset 0x0: needs 204 bytes, has 0"),
        ("V", bytes(203), "needs 204 bytes, has 203"),
        ("V", account_v("Pat")[:210], "part of value 'V'"),
        ("V", bytes(12) + b"\xff" * 8 + bytes(300), "part of value 'V'"),
        ("V", account_v("Pat")[:16] + bytes([60]) + account_v("Pat")[17:], "name of account 1003 runs into other data"),
        ("F", bytes(59), "fixed data of account 1003"),
        ("F", account_f(500), "carries the RID 500"),
    ],
)
def test_one_malformed_account_leaves_the_others_alone(value, data, words):
    hive = hive_with_pat()
    add_account(hive, 1004, "Quinn")
    hive.value(PAT, value, REG_BINARY, data)
    facts, failure = accounts(hive)
    assert {fact.value.rid for fact in facts} >= {500, 1004}
    assert isinstance(failure, Malformed)
    assert words in str(failure)


def test_an_account_whose_rid_was_altered_is_stated_by_its_key_beside_the_gap():
    hive = hive_with_pat()
    hive.value(PAT, "F", REG_BINARY, account_f(500))
    facts, failure = accounts(hive)
    assert facts[1].value.sid == f"{MACHINE}-1003"
    assert failure is not None


def test_a_key_that_is_no_rid_is_malformed():
    hive = hive_with_pat()
    hive.key(rf"{ACCOUNT}\Users\Unknown")
    facts, failure = accounts(hive)
    assert len(facts) == 2
    assert isinstance(failure, Malformed)
    assert "'Unknown'" in str(failure)


@pytest.mark.parametrize("data", [bytes(10), domain_v("S-1-5-32-544"), domain_v(b"\x02")])
def test_without_a_sound_domain_value_no_account_is_stated(data):
    hive = hive_with_pat()
    hive.value(ACCOUNT, "V", REG_BINARY, data)
    facts, failure = accounts(hive)
    assert facts == []
    assert isinstance(failure, Malformed)


def test_a_database_without_the_users_key_is_not_found():
    facts, failure = accounts(sam())
    assert facts == []
    assert isinstance(failure, NotFound)
