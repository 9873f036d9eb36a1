r"""Certificates of the machine: who it claims to be, to remote desktops, management and others."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, RawDigest, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key


class MachineCertificate(msgspec.Struct, frozen=True):
    """One certificate."""

    store: str
    """`MY`, `Remote Desktop`, `SMS`, …; `RCM` for the one of old remote desktop services."""
    thumbprint: str
    """SHA-1 as the key is named, lower case; for `RCM` the SHA-256 of the stored value."""
    subject: str | None = None
    """Last common name of the subject."""
    issued: FileTime | None = None
    """From when it is valid."""
    has_key: bool = False
    """Whether it names a private key of this machine."""


_TERMCERT = "keydet89/RegRipper3.0, termcert.pl"
_BISF = "EUCweb/BIS-F, Framework/SubCall/Preparation"
_RDP = "Microsoft, Remote Desktop listener certificate configurations"

_SHELLS = "ie-knowledge.com (2025): certificates of generalized machines without usable keys"
_MINI_SETUP = "Windows Registry Guide, second edition: what Sysprep changes on Windows XP"
_RENEWED = usually(
    Basis.SOURCED,
    f"{reference.GENERALIZE_XML}; TSSysprep.log of a Windows 7 SP1 that was sealed once",
    exception="it is not that of remote desktops: others may stay, though their private keys open no more",
)

MACHINE_CERTIFICATE = Kind(
    "machine-certificate",
    MachineCertificate,
    "Certificate of the machine, by its thumbprint",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.INFERRED),
        Change.GENERALIZE: _RENEWED,
        Change.SPECIALIZE: _RENEWED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: always(Basis.UNVERIFIED),
    },
    namespace="machine-certificate",
    identity=lambda value: value.thumbprint if value.has_key or value.store == "RCM" else None,
    claims=[
        Claim("Equal thumbprints of certificates with a private key: one machine's certificate was copied.", Basis.INFERRED),
        Claim("Without a private key it may be any certificate of an organization, equal on all its machines.", Basis.INFERRED),
        Claim(
            "The certificate of remote desktops is signed by the machine itself, and its subject is the computer's name.",
            Basis.SOURCED,
            _RDP,
        ),
        Claim(
            "Generalize removes it (RCMSysPrepGeneralize) and specialize resets the keys of remote desktops (RCMSysPrepRestore).",
            Basis.SOURCED,
            f"{reference.GENERALIZE_XML}; TSSysprep.log of a Windows 7 SP1 that was sealed once",
        ),
        Claim("Generalize also calls a provider for the machine's keys, CAPISysPrep_Generalize.", Basis.SOURCED, reference.GENERALIZE_XML),
        Claim(
            "Private keys of other certificates open no more after a generalize, because the system's master key is new; the certificates "
            "may stay as shells.",
            Basis.SOURCED,
            _SHELLS,
        ),
        Claim("On Windows XP Sysprep removes certificates and templates.", Basis.SOURCED, _MINI_SETUP),
        Claim("It is renewed about every six months; its subject may be a former name.", Basis.UNVERIFIED),
        Claim("Those of SMS, Operations Manager and the Monitoring Agent are deleted where an image is sealed.", Basis.SOURCED, _BISF),
        Claim("Old remote desktop services keep one in SYSTEM, `Terminal Server\\RCM`.", Basis.SOURCED, _TERMCERT),
        Claim("Such a value is still there on Windows 10.", Basis.OBSERVED, "SYSTEM of DESKTOP-2KGM189"),
    ],
    references=[_TERMCERT, _BISF, _RDP],
)

STORES = ("MY", "Remote Desktop", "SMS", "Operations Manager", "Microsoft Monitoring Agent", "WindowsServerUpdateServices", "ConfigMgr")
"""Stores that hold the machine's own certificates."""
_CERTIFICATE, _PRIVATE_KEY = 32, 2
_COMMON_NAME = b"\x06\x03\x55\x04\x03"
_TIME = re.compile(rb"(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")
_LIMIT = 256


@artifact("SOFTWARE", r"Microsoft\SystemCertificates", MACHINE_CERTIFICATE, depth="full", since=(5, 0))
def machine_certificate(key: Key) -> Iterator[Fact[MachineCertificate]]:
    r"""State the certificates in the stores of the machine itself.

    Below the key: store, `Certificates`, SHA-1 thumbprint; value `Blob`, properties one behind the other:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 4 | property | 2 names the private key, 32 is the certificate in DER |
    | 4 | 4 | unknown | 1 |
    | 8 | 4 | size | |
    | 12 | size | data | |

    Of the certificate the common name of the subject and the beginning of its validity are read (RFC 5280). At most 256 of each store.
    """
    failures, found = Deferred(), False
    for store in STORES:
        holder = key.find(rf"{store}\Certificates")
        for child in () if holder is None else islice(holder.keys(), _LIMIT):
            with failures:
                found = True
                value = child.value("Blob")
                properties = _properties(value.raw)
                subject, issued = None, None
                with failures:
                    subject, issued = _identity(properties.get(_CERTIFICATE, b""))
                certificate = MachineCertificate(store, child.name.lower(), subject, issued, _PRIVATE_KEY in properties)
                yield MACHINE_CERTIFICATE.fact(certificate, value)
    failures.settle()
    if not found:
        raise NotFound("the stores of the machine hold no certificate")


@artifact("SYSTEM", r"CurrentControlSet\Control\Terminal Server\RCM", MACHINE_CERTIFICATE, depth="full", since=(5, 0))
def terminal_server_certificate(key: Key) -> Iterator[Fact[MachineCertificate]]:
    """State the certificate of old remote desktop services: value `Certificate`, in a form of its own, by the SHA-256 of the whole."""
    value = key.value("Certificate")
    yield MACHINE_CERTIFICATE.fact(MachineCertificate("RCM", RawDigest.of(value.raw).sha256), value)


def _properties(blob: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 12 <= len(blob):
        number, size = (int.from_bytes(blob[start : start + 4], "little") for start in (at, at + 8))
        if at + 12 + size > len(blob):
            raise Malformed("property of a certificate", at, 12 + size, len(blob) - at)
        found.setdefault(number, blob[at + 12 : at + 12 + size])
        at += 12 + size
    return found


def _identity(der: bytes) -> tuple[str | None, FileTime | None]:
    """Return common name of the subject and beginning of validity: the sixth and fifth part of a certificate's content (RFC 5280, 4.1)."""
    if not der:
        return None, None
    body = _content(_content(der, 0)[0], 0)[0]
    parts, at = list[bytes](), 0
    while at < len(body) and len(parts) < 6:
        content, end = _content(body, at)
        if body[at] != 0xA0:  # the version, which the first one leaves out
            parts.append(content)
        at = end
    if len(parts) < 5:
        raise Malformed("certificate has too few parts")
    validity, subject = parts[3], parts[4]
    place = subject.rfind(_COMMON_NAME)
    name = None
    if place >= 0:
        start = place + len(_COMMON_NAME)
        text, _ = _content(subject, start)
        name = text.decode("utf-16-be" if subject[start] == 0x1E else "utf-8", "backslashreplace")
    return name, _time(_content(validity, 0)[0])


def _content(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the content of the DER element at `at`, and where the next one starts."""
    if at + 2 > len(data):
        raise Malformed("element of a certificate", at, 2, max(0, len(data) - at))
    size, start = data[at + 1], at + 2
    if size >= 0x80:
        width = size & 0x7F
        if not 1 <= width <= 4:
            raise Malformed("length in a certificate", at)
        size, start = int.from_bytes(data[start : start + width], "big"), start + width
    if start + size > len(data):
        raise Malformed("element of a certificate", at, size, max(0, len(data) - start))
    return data[start : start + size], start + size


def _time(text: bytes) -> FileTime | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    year += 0 if len(match[1]) == 4 else 1900 if year >= 50 else 2000
    try:
        return FileTime.from_unix(int(dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC).timestamp()))
    except ValueError:
        return None
