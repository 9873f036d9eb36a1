import hashlib

from forensic.artifacts.products.licensing_store import LicensingState, kms_host, licensing_state
from forensic.errors import NotFound
from forensic.model import RawDigest
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder

PLATFORM = r"Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform"


def test_sealed_values_are_stated_as_digests():
    hive, data = HiveBuilder(), bytes(range(64))
    hive.value(r"WPA\8DEC0AF1-7P-1", "", REG_BINARY, data)
    hive.value(r"WPA\SigningHash-X", "SigningHashData", REG_BINARY, data[::-1])
    hive.value(r"WPA\PnP", "seed", REG_BINARY, b"seed")
    facts, failure = state(licensing_state, open_hive(hive), "WPA")
    digest = hashlib.sha256(data).hexdigest()
    assert failure is None
    assert [fact.value.name for fact in facts] == ["8DEC0AF1-7P-1", "SigningHash-X"]
    assert (facts[0].value, facts[0].raw) == (LicensingState("8DEC0AF1-7P-1", digest), RawDigest(digest, 64))


def test_a_key_without_sealed_values_is_not_found():
    hive = HiveBuilder()
    hive.value(r"WPA\PnP", "", REG_BINARY, bytes(16))
    assert isinstance(state(licensing_state, open_hive(hive), "WPA")[1], NotFound)


def test_unrelated_real_machines_share_names_and_no_value(real):
    owners, counts = {}, []
    for name in ("regipy/SYSTEM_2", "regipy/SYSTEM_B", "regipy/SYSTEM_WIN_10_1709", "m57-pat-xp/SYSTEM"):
        facts, failure = state(licensing_state, open_real(real(f"hives/{name}")), "WPA")
        assert failure is None
        counts.append(len(facts))
        for fact in facts:
            owners.setdefault(fact.value.sha256, set()).add(name)
    assert {len(names) for names in owners.values()} == {1}
    assert all(counts)


def test_the_activation_host_is_stated_where_it_was_set():
    hive = HiveBuilder()
    hive.value(PLATFORM, "KeyManagementServiceName", REG_SZ, "kms.contoso.example")
    (fact,), failure = state(kms_host, open_hive(hive), PLATFORM)
    assert (fact.value, failure) == ("kms.contoso.example", None)
    hive.remove(PLATFORM, "KeyManagementServiceName")
    assert isinstance(state(kms_host, open_hive(hive), PLATFORM)[1], NotFound)
