import hashlib

import pytest

from forensic.artifacts.hardware.tpm import TpmKeyHash, offline_unique_id_seed, tpm_key_hash, tpm_state_key
from forensic.errors import NotFound
from forensic.model import FileTime, RawDigest
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_BINARY, HiveBuilder

WMI, ODUID = r"ControlSet001\Services\TPM\WMI", r"ControlSet001\Services\TPM\ODUID"


def system(path, *values):
    hive = HiveBuilder()
    hive.key(path)
    for name, data in values:
        hive.value(path, name, REG_BINARY, data)
    return open_hive(hive)


def test_hashes_of_keys_are_stated():
    hive = system(WMI, ("EndorsementKeyHash", bytes(range(32))), ("WindowsAIKHash", bytes(range(32, 64))))
    facts, failure = state(tpm_key_hash, hive, WMI)
    assert failure is None
    assert [fact.value for fact in facts] == [
        TpmKeyHash("EndorsementKeyHash", bytes(range(32)).hex()),
        TpmKeyHash("WindowsAIKHash", bytes(range(32, 64)).hex()),
    ]
    assert [fact.kind for fact in facts] == ["tpm-key-hash", "attestation-key-hash"]


@pytest.mark.parametrize("data", [b"", bytes(32), b"\xff" * 32, b"abc", bytes(range(65))])
def test_what_is_no_hash_is_not_found(data):
    assert isinstance(state(tpm_key_hash, system(WMI, ("WindowsAIKHash", data)), WMI)[1], NotFound)


def test_the_seed_is_stated_as_a_digest_only():
    seed = bytes(range(32))
    (fact,), failure = state(offline_unique_id_seed, system(ODUID, ("RandomSeed", seed)), ODUID)
    digest = hashlib.sha256(seed).hexdigest()
    assert (fact.value, fact.raw, failure) == (digest, RawDigest(digest, 32), None)
    assert isinstance(state(offline_unique_id_seed, system(ODUID, ("RandomSeed", bytes(32))), ODUID)[1], NotFound)
    assert isinstance(state(offline_unique_id_seed, system(ODUID), ODUID)[1], NotFound)


def test_real_machines_have_unlike_hashes(real):
    hashes = [
        state(tpm_key_hash, open_real(real(f"hives/regipy/SYSTEM_{name}")), WMI)[0][0].value.hash for name in ("2", "B", "WIN_10_1709")
    ]
    assert [text[:8] for text in hashes] == ["17d47d33", "fefd24ab", "5ed3aa51"]
    assert len(state(offline_unique_id_seed, open_real(real("hives/regipy/SYSTEM_WIN_10_1709")), ODUID)[0]) == 1


def test_the_keys_that_generalize_deletes_are_stated_with_their_times():
    hive = HiveBuilder()
    path, time = r"ControlSet001\Services\TPM", FileTime.from_iso("2017-09-29T13:47:03.0000000Z")
    for name in (r"WMI\Endorsement", "ODUID", "Other"):
        hive.key(rf"{path}\{name}", written=time)
    facts, failure = state(tpm_state_key, open_hive(hive), path)
    assert failure is None
    assert [(fact.value, fact.written) for fact in facts] == [(r"WMI\Endorsement", time), ("ODUID", time)]
    assert isinstance(state(tpm_state_key, system(rf"{path}\Enum"), path)[1], NotFound)


@pytest.mark.parametrize(
    ("hive", "count", "untouched", "time"), [("B", 6, 6, "2017-09-29T13:47:03"), ("WIN_10_1709", 7, 4, "2019-03-19T04:53:37")]
)
def test_real_machines_have_the_keys_of_their_media(real, hive, count, untouched, time):
    path = r"ControlSet001\Services\TPM"
    facts, _ = state(tpm_state_key, open_real(real(f"hives/regipy/SYSTEM_{hive}")), path)
    assert len(facts) == count
    assert [str(fact.written)[:19] for fact in facts].count(time) == untouched  # the upgrade of the other wrote three
    assert isinstance(state(tpm_state_key, open_real(real("hives/regipy/SYSTEM_2")), path)[1], NotFound)
