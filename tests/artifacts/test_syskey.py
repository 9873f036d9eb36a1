"""SYSKEY of Windows NT 4.0."""

import hashlib
import json

import pytest

from forensic.artifacts.identity.syskey import SYSKEY, Syskey, syskey
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime, RawDigest
from forensic.model.codec import to_builtins
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_DWORD, HiveBuilder

LSA = r"ControlSet001\Control\Lsa"
PARTS = {"JD": "95f34087", "Skew1": "ef01f6b8", "GBG": "9b56efd8", "Data": "e6a42778"}
KEY = bytes.fromhex("".join(PARTS.values()))
DIGEST = hashlib.sha256(KEY).hexdigest()
TIME = FileTime.from_iso("1998-03-02T09:12:00.0000000Z")


def system(parts, mode=None):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(LSA)
    for name, text in parts.items():
        hive.key(rf"{LSA}\{name}", written=TIME, class_name=text)
    if mode is not None:
        hive.value(LSA, "SecureBoot", REG_DWORD, mode)
    return open_hive(hive, "SYSTEM")


def test_the_boot_key_of_a_machine_with_syskey_is_a_digest():
    (fact,), failure = state(syskey, system(PARTS, 1), LSA)
    assert failure is None
    assert (fact.value, fact.raw, fact.written) == (Syskey(True, DIGEST, 1, 1), RawDigest(DIGEST, 16), TIME)
    assert KEY.hex() not in json.dumps(to_builtins([fact]))
    assert [(one.namespace, one.text) for one in SYSKEY.identifiers(fact.value)] == [("lsa-boot-key", DIGEST)]


@pytest.mark.parametrize("parts", [{}, dict.fromkeys(PARTS), {"JD": None}])
def test_a_machine_without_class_names_never_had_syskey(parts):
    (fact,), failure = state(syskey, system(parts), LSA)
    assert (fact.value, failure) == (Syskey(in_use=False, control_set=1), None)
    assert list(SYSKEY.identifiers(fact.value)) == []


@pytest.mark.parametrize("parts", [{"JD": "95f34087"}, PARTS | {"GBG": None}, PARTS | {"GBG": "9b56efd"}, PARTS | {"Data": "zzzzzzzz"}])
def test_class_names_of_some_are_damage(parts):
    facts, failure = state(syskey, system(parts), LSA)
    assert (facts, type(failure)) == ([], Malformed)


def test_the_hive_of_a_later_release_is_left_to_the_boot_key():
    facts, failure = state(syskey, system(PARTS | {"Kerberos": None}), LSA)
    assert (facts, type(failure)) == ([], NotFound)


@pytest.mark.parametrize("name", ["m57-pat-xp/SYSTEM", "regipy/SYSTEM_2", "regipy/SYSTEM_B", "regipy/SYSTEM_WIN_10_1709"])
def test_real_hives_of_later_releases_are_told_apart(real, name):
    facts, failure = state(syskey, open_real(real(f"hives/{name}")), LSA)
    assert (facts, type(failure)) == ([], NotFound)
