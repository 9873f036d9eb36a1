import hashlib
import json

import pytest

from forensic.artifacts.identity.lsa_secret import CachedLogons, LsaSecret, cached_logon, lsa_key_list, lsa_secret
from forensic.errors import NotFound
from forensic.model import FileTime, RawDigest
from forensic.model.codec import to_builtins
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_BINARY, REG_NONE, HiveBuilder

SECRETS = r"Policy\Secrets"
SEALED = bytes(range(1, 125))
TIME = FileTime.from_iso("2021-03-02T09:12:00.0000000Z")
UNRELATED = ["hives/ericzimmerman", "hives/m57-pat-xp", "hives/msedgewin10", "hives/regipy", "machines/win10-rathbun/Registry"]
UNRELATED = [f"{folder}/SECURITY" for folder in [*UNRELATED, "machines/win10-belkasoft/Registry"]]
UNRELATED += [f"hives/servers/win20{name}/security.reg" for name in ("08_32", "08r2_64", "12_64", "16_64", "19_64", "22_64")]


def security(*values):
    hive = HiveBuilder(file_name="SECURITY")
    hive.key(SECRETS)
    for path, data in values:
        hive.value(path, "", REG_NONE, data)
    return open_hive(hive, "SECURITY")


def test_both_forms_of_a_secret_are_stated_as_digests_with_their_times():
    times = [
        (rf"{SECRETS}\DPAPI_SYSTEM\{name}", FileTime(TIME + step).to_bytes(8, "little"))
        for name, step in (("CupdTime", 7), ("OupdTime", 0))
    ]
    hive = security((rf"{SECRETS}\DPAPI_SYSTEM\CurrVal", SEALED), (rf"{SECRETS}\DPAPI_SYSTEM\OldVal", SEALED[::-1]), *times)
    facts, failure = state(lsa_secret, hive, SECRETS)
    assert failure is None
    digests = [hashlib.sha256(data).hexdigest() for data in (SEALED, SEALED[::-1])]
    assert [fact.value for fact in facts] == [
        LsaSecret("DPAPI_SYSTEM", "current", digests[0], FileTime(TIME + 7)),
        LsaSecret("DPAPI_SYSTEM", "old", digests[1], TIME),
    ]
    assert facts[0].raw == RawDigest(digests[0], len(SEALED))
    assert SEALED[20:40].hex() not in json.dumps(to_builtins(facts))


def test_forms_without_data_are_left_out():
    hive = security((rf"{SECRETS}\_SC_RpcSs\CurrVal", b"\1" * 20), (rf"{SECRETS}\_SC_RpcSs\OldVal", b""), (rf"{SECRETS}\Odd", b"x" * 30))
    assert state(lsa_secret, hive, SECRETS) == ([], None)


def test_a_time_that_is_none_is_left_out():
    hive = security((rf"{SECRETS}\NL$KM\CurrVal", SEALED), (rf"{SECRETS}\NL$KM\CupdTime", b"\1\2\3"))
    (fact,), failure = state(lsa_secret, hive, SECRETS)
    assert (fact.value.updated, failure) == (None, None)


@pytest.mark.parametrize("name", ["PolEKList", "PolSecretEncryptionKey"])
def test_the_key_list_is_stated_as_a_digest(name):
    (fact,), failure = state(lsa_key_list, security((rf"Policy\{name}", SEALED)), "Policy")
    assert (fact.value, failure) == (LsaSecret(name, "current", hashlib.sha256(SEALED).hexdigest()), None)


def test_a_policy_without_key_list_is_not_found():
    assert isinstance(state(lsa_key_list, security(), "Policy")[1], NotFound)


def test_cached_logons_are_counted_and_never_stated():
    hive = HiveBuilder(file_name="SECURITY")
    for number in range(1, 11):
        hive.value("Cache", f"NL${number}", REG_BINARY, b"\x1a\0\x1c\0" + b"PRIVATE" if number < 3 else bytes(168))
    hive.value("Cache", "NL$Control", REG_BINARY, b"\4\0\1\0")
    (fact,), _ = state(cached_logon, open_hive(hive), "Cache")
    assert fact.value == CachedLogons(2, 10)
    assert b"PRIVATE".hex() not in json.dumps(to_builtins(fact))


@pytest.mark.parametrize(
    ("name", "used", "slots"),
    [
        ("machines/win10-belkasoft/Registry/SECURITY", 2, 10),
        ("machines/win10-rathbun/Registry/SECURITY", 0, 10),
        ("hives/m57-pat-xp/SECURITY", 0, 10),
    ],
)
def test_cached_logons_of_real_machines(real, name, used, slots):
    (fact,), _ = state(cached_logon, open_real(real(name)), "Cache")
    assert fact.value == CachedLogons(used, slots)


def test_unrelated_real_machines_share_no_secret(real):
    owners = {}
    for name in UNRELATED:
        hive = open_real(real(name))
        facts = state(lsa_secret, hive, SECRETS)[0] + state(lsa_key_list, hive, "Policy")[0]
        assert {"DPAPI_SYSTEM", "NL$KM"} <= {fact.value.name for fact in facts}
        for fact in facts:
            owners.setdefault(fact.value.sha256, set()).add(name)
    assert {len(names) for names in owners.values()} == {1}


def test_secrets_of_a_real_installation_are_as_old_as_it(real):
    facts, failure = state(lsa_secret, open_real(real("machines/win10-rathbun/Registry/SECURITY")), SECRETS)
    assert failure is None
    times = {(fact.value.name, fact.value.copy): str(fact.value.updated)[:19] for fact in facts}
    assert times == {
        ("DefaultPassword", "current"): "2022-02-05T19:31:33",
        ("DefaultPassword", "old"): "2022-02-05T19:31:32",
        ("DPAPI_SYSTEM", "current"): "2022-02-05T22:18:18",
        ("DPAPI_SYSTEM", "old"): "2022-02-05T22:17:40",
        ("NL$KM", "current"): "2022-02-05T22:17:40",
        ("NL$KM", "old"): "2022-02-05T22:17:40",
    }
