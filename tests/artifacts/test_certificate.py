import contextlib
import hashlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.identity.certificate import MachineCertificate, machine_certificate, terminal_server_certificate
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import member, open_hive, open_real, state
from tests.builders.hive import REG_BINARY, HiveBuilder

STORES, RCM = r"Microsoft\SystemCertificates", r"ControlSet001\Control\Terminal Server\RCM"
THUMBPRINT = "0A" * 20


def element(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + size + body


def name(text, tag=0x0C):
    return element(0x30, element(0x31, element(0x30, b"\x06\x03\x55\x04\x03", element(tag, text))))


def certificate(subject=b"DESK-1", *, version=True, start=b"210302091200Z", tag=0x0C):
    return element(0x30, element(
        0x30,
        element(0xA0, b"\x02\x01\x02") if version else b"",
        element(0x02, b"\x10\x20"),
        element(0x30, b"\x06\x01\x2a"),
        name(b"Issuer"),
        element(0x30, element(0x17 if len(start) == 13 else 0x18, start), element(0x17, b"220302091200Z")),
        name(subject, tag),
        element(0x30, bytes(200)),
    ), bytes(4))  # fmt: skip


def blob(*properties):
    return b"".join(struct.pack("<III", number, 1, len(data)) + data for number, data in properties)


def software(data, store="MY"):
    hive = HiveBuilder()
    hive.key(STORES)
    hive.value(rf"{STORES}\{store}\Certificates\{THUMBPRINT}", "Blob", REG_BINARY, data)
    return open_hive(hive)


@pytest.mark.parametrize("store", ["MY", "Remote Desktop", "SMS"])
def test_a_certificate_is_stated_with_subject_and_time(store):
    (fact,), failure = state(machine_certificate, software(blob((2, b"key"), (3, bytes(20)), (32, certificate())), store), STORES)
    assert failure is None
    assert fact.value == MachineCertificate(store, THUMBPRINT.lower(), "DESK-1", FileTime.from_iso("2021-03-02T09:12:00Z"), has_key=True)


@pytest.mark.parametrize(
    ("der", "subject", "issued"),
    [
        (certificate(version=False), "DESK-1", "2021-03-02T09:12:00.0000000Z"),
        (certificate(start=b"20510302091200Z"), "DESK-1", "2051-03-02T09:12:00.0000000Z"),
        (certificate(start=b"990302091200Z"), "DESK-1", "1999-03-02T09:12:00.0000000Z"),
        (certificate(start=b"211302091200Z"), "DESK-1", "None"),
        (certificate("Büro".encode("utf-16-be"), tag=0x1E), "Büro", "2021-03-02T09:12:00.0000000Z"),
    ],
)
def test_forms_of_certificates(der, subject, issued):
    (fact,), _ = state(machine_certificate, software(blob((32, der))), STORES)
    assert (fact.value.subject, str(fact.value.issued), fact.value.has_key) == (subject, issued, False)


@pytest.mark.parametrize("der", [certificate()[:60], b"\x30\x80", b"\x30\x02\x30\x00", b"\x30"])
def test_a_damaged_certificate_is_a_gap_beside_its_thumbprint(der):
    (fact,), failure = state(machine_certificate, software(blob((32, der))), STORES)
    assert (fact.value, isinstance(failure, Malformed)) == (MachineCertificate("MY", THUMBPRINT.lower()), True)


def test_a_damaged_list_of_properties_is_a_gap():
    facts, failure = state(machine_certificate, software(struct.pack("<III", 32, 1, 99)), STORES)
    assert (facts, isinstance(failure, Malformed)) == ([], True)


def test_certificates_of_other_stores_are_not_the_machines():
    facts, failure = state(machine_certificate, software(blob((32, certificate())), "ROOT"), STORES)
    assert (facts, isinstance(failure, NotFound)) == ([], True)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_no_blob_escapes(data):
    state(machine_certificate, software(data), STORES)
    state(machine_certificate, software(blob((32, data))), STORES)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 90), st.integers(0, 255))
def test_no_changed_byte_of_a_certificate_escapes(at, byte):
    der = bytearray(certificate())
    der[at] = byte
    with contextlib.suppress(Malformed):
        state(machine_certificate, software(blob((32, bytes(der)))), STORES)


def test_the_certificate_of_old_remote_desktop_services_is_stated_by_its_digest(real):
    (fact,), failure = state(terminal_server_certificate, open_real(real("hives/regipy/SYSTEM_WIN_10_1709")), RCM)
    assert (fact.value.store, len(fact.value.thumbprint), failure) == ("RCM", 64, None)
    hive = HiveBuilder()
    hive.key(RCM)
    assert isinstance(state(terminal_server_certificate, open_hive(hive), RCM)[1], NotFound)
    hive.value(RCM, "Certificate", REG_BINARY, b"x" * 300)
    assert state(terminal_server_certificate, open_hive(hive), RCM)[0][0].value.thumbprint == hashlib.sha256(b"x" * 300).hexdigest()


def test_the_certificate_of_a_master_s_management_client_is_stated(real):
    hive = open_hive(member(real("cases/master-sms-certificate.tar"), "config/SOFTWARE"))
    facts, failure = state(machine_certificate, hive, STORES)
    assert failure is None
    assert [fact.value for fact in facts] == [MachineCertificate("SMS", "0123456789abcdef" * 2 + "01234567")]
