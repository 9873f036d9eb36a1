import struct

import pytest

from forensic.artifacts.identity.domain import DomainName, account_domain_name, domain_name, domain_sid, machine_account_sid
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import HiveBuilder
from tests.builders.sam import counted_string, sid_bytes

DOMAIN = "S-1-5-21-3064058907-2826536974-2889819764"


def security(**values):
    hive = HiveBuilder(file_name="SECURITY")
    for name, data in values.items():
        hive.key(rf"Policy\{name}")
        if data is not None:
            hive.value(rf"Policy\{name}", "", 0, data)
    return open_hive(hive, "SECURITY")


def test_the_domain_sid_of_a_member_is_stated():
    (fact,), failure = state(domain_sid, security(PolPrDmS=sid_bytes(DOMAIN)), r"Policy\PolPrDmS")
    assert failure is None
    assert (fact.kind, fact.value, fact.raw) == ("domain-sid", DOMAIN, sid_bytes(DOMAIN).hex())
    assert (fact.place.key, fact.place.value) == (r"Policy\PolPrDmS", "")


def test_a_workgroup_has_no_domain_sid_and_the_gap_says_so():
    facts, failure = state(domain_sid, security(PolPrDmS=b""), r"Policy\PolPrDmS")
    assert facts == []
    assert isinstance(failure, NotFound)
    assert "workgroup" in str(failure)


@pytest.mark.parametrize("data", [b"\x01", sid_bytes(DOMAIN)[:-1], sid_bytes(DOMAIN + "-1000"), sid_bytes("S-1-5-18"), b"\xff" * 24])
def test_a_malformed_domain_sid_is_malformed(data):
    facts, failure = state(domain_sid, security(PolPrDmS=data), r"Policy\PolPrDmS")
    assert facts == []
    assert isinstance(failure, Malformed)


def test_the_machine_account_of_a_member_is_stated():
    (fact,), failure = state(machine_account_sid, security(PolMachineAccountS=sid_bytes(DOMAIN + "-2101")), r"Policy\PolMachineAccountS")
    assert failure is None
    assert (fact.kind, fact.value, fact.value.rid) == ("machine-account-sid", DOMAIN + "-2101", 2101)


@pytest.mark.parametrize(
    ("data", "kind"), [(b"", NotFound), (None, NotFound), (sid_bytes(DOMAIN), Malformed), (sid_bytes(DOMAIN + "-2101")[:-2], Malformed)]
)
def test_a_machine_account_that_is_absent_or_malformed_is_a_gap_of_that_sort(data, kind):
    facts, failure = state(machine_account_sid, security(PolMachineAccountS=data), r"Policy\PolMachineAccountS")
    assert facts == []
    assert isinstance(failure, kind)


def test_the_names_of_a_domain_are_stated_together():
    hive = security(PolPrDmN=counted_string("CORP"), PolDnDDN=counted_string("corp.example"))
    (fact,), failure = state(domain_name, hive, "Policy")
    assert failure is None
    assert (fact.kind, fact.value) == ("domain-name", DomainName("CORP", "corp.example"))
    assert (fact.place.key, fact.raw) == (r"Policy\PolPrDmN", "CORP".encode("utf-16-le").hex())


@pytest.mark.parametrize("extra", [{}, {"PolDnDDN": b""}, {"PolDnDDN": None}, {"PolDnDDN": counted_string("")}])
def test_a_workgroup_has_a_name_and_no_dns_name(extra):
    (fact,), failure = state(domain_name, security(PolPrDmN=counted_string("WORKGROUP"), **extra), "Policy")
    assert failure is None
    assert fact.value == DomainName("WORKGROUP", None)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"PolPrDmN": b""}, NotFound),
        ({"PolPrDmN": None}, NotFound),
        ({"PolAcDmN": b""}, NotFound),
        ({"PolPrDmN": b"\x04\0\x06\0"}, Malformed),
        ({"PolPrDmN": counted_string("CORP")[:10]}, Malformed),
        ({"PolPrDmN": counted_string("CORP"), "PolDnDDN": struct.pack("<HHI", 500, 502, 8)}, Malformed),
    ],
)
def test_a_domain_name_that_is_absent_or_malformed_is_a_gap_of_that_sort(values, kind):
    facts, failure = state(domain_name, security(**values), "Policy")
    assert facts == []
    assert isinstance(failure, kind)


def test_the_account_domain_name_is_stated_without_its_nul():
    (fact,), failure = state(account_domain_name, security(PolAcDmN=counted_string("M57-PAT")), r"Policy\PolAcDmN")
    assert failure is None
    assert (fact.kind, fact.value) == ("account-domain-name", "M57-PAT")


@pytest.mark.parametrize(
    ("data", "kind"), [(b"", NotFound), (None, NotFound), (b"\x02", Malformed), (struct.pack("<HHI", 9, 9, 8), Malformed)]
)
def test_an_account_domain_name_that_is_absent_or_malformed_is_a_gap_of_that_sort(data, kind):
    facts, failure = state(account_domain_name, security(PolAcDmN=data), r"Policy\PolAcDmN")
    assert facts == []
    assert isinstance(failure, kind)
