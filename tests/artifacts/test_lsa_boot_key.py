import hashlib
import json

import pytest

from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY, LsaKeyTime, lsa_boot_key, lsa_boot_key_time
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime, RawDigest
from forensic.model.codec import to_builtins
from forensic.registry.hive import Hive
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import HiveBuilder
from tests.builders.source import Bytes
from tests.builders.transaction_log import changed_blocks, dirty, entry, new_log

LSA = r"ControlSet001\Control\Lsa"
PARTS = {"JD": "95f34087", "Skew1": "ef01f6b8", "GBG": "9b56efd8", "Data": "e6a42778"}
BYTES = bytes.fromhex("95f34087ef01f6b89b56efd8e6a42778")
DIGEST = hashlib.sha256(BYTES).hexdigest()
TIMES = [FileTime.from_iso(f"2009-11-08T15:37:47.468750{digit}Z") for digit in range(4)]


def system(**changes):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(LSA)
    for (name, text), time in zip((PARTS | changes).items(), TIMES, strict=True):
        if text is not None:
            hive.key(rf"{LSA}\{name}", written=time, class_name=text)
    return open_hive(hive, "SYSTEM")


def test_the_boot_key_is_stated_as_the_digest_of_its_unpermuted_bytes():
    (fact,), failure = state(lsa_boot_key, system(), LSA)
    assert failure is None
    assert (fact.kind, fact.value, fact.raw) == ("lsa-boot-key", DIGEST, RawDigest(DIGEST, 16))
    assert (fact.place.key, fact.place.field, fact.place.control_set) == (LSA, "class names of JD, Skew1, GBG, Data", 1)
    assert fact.written == TIMES[3]


def test_a_boot_key_of_which_a_part_came_from_a_log_is_recovered():
    hives = []
    for text in ("00000000", PARTS["GBG"]):
        hive = HiveBuilder(file_name="SYSTEM")
        for name, own in (PARTS | {"GBG": text}).items():
            hive.key(rf"{LSA}\{name}", class_name=own)
        hives.append(hive.build())
    before, after = hives
    log = new_log(before, 10, [entry(after, changed_blocks(before, after), 10)])
    read = Hive(Bytes(dirty(before, primary=11, secondary=10)), logs=[Bytes(log)])
    (fact,), _ = state(lsa_boot_key, read, LSA)
    assert (fact.value, fact.state) == (DIGEST, "recovered")
    (fact,), _ = state(lsa_boot_key, open_hive(after), LSA)
    assert (fact.value, fact.state) == (DIGEST, "stored")


def test_the_boot_key_itself_never_leaves_the_hive():
    facts, _ = state(lsa_boot_key, system(), LSA)
    times, _ = state(lsa_boot_key_time, system(), LSA)
    text = json.dumps(to_builtins(facts + times))
    assert BYTES.hex() not in text
    assert not any(part in text for part in PARTS.values())
    assert LSA_BOOT_KEY.secret


def test_upper_and_lower_case_digits_spell_the_same_key():
    (fact,), _ = state(lsa_boot_key, system(JD="95F34087"), LSA)
    assert fact.value == DIGEST


@pytest.mark.parametrize("text", ["95f3408", "95f340877", "95f3408x", "\uff19\uff15f34087"])
def test_class_names_that_are_not_eight_hex_digits_are_malformed(text):
    facts, failure = state(lsa_boot_key, system(Skew1=text), LSA)
    assert facts == []
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize("name", PARTS)
def test_an_absent_key_or_class_name_is_not_found(name):
    for text in (None, ""):
        facts, failure = state(lsa_boot_key, system(**{name: text}), LSA)
        assert facts == []
        assert isinstance(failure, NotFound)


def test_the_time_of_each_of_the_four_keys_is_stated():
    facts, failure = state(lsa_boot_key_time, system(), LSA)
    assert failure is None
    assert [(fact.value, fact.written) for fact in facts] == [(LsaKeyTime(name, 1), time) for name, time in zip(PARTS, TIMES, strict=True)]
    assert {fact.place.field for fact in facts} == {"last-written time"}
    assert facts[0].raw == TIMES[0].to_bytes(8, "little").hex()


def test_times_before_an_absent_key_are_stated_beside_the_gap():
    facts, failure = state(lsa_boot_key_time, system(GBG=None), LSA)
    assert [fact.value.name for fact in facts] == ["JD", "Skew1"]
    assert isinstance(failure, NotFound)
