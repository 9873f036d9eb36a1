import hashlib

import pytest

from forensic.artifacts.hardware.tpm import TpmKeyHash, offline_unique_id_seed, tpm_key_hash
from forensic.errors import NotFound
from forensic.model import RawDigest
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
