r"""Licensing store: the sealed state of product activation that the registry holds, as digests, and the activation host."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, RawDigest, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key


class LicensingState(msgspec.Struct, frozen=True):
    """One sealed value."""

    name: str
    """Of the key below `WPA`: equal for all installations of a product and edition."""
    sha256: str


LICENSING_STATE = Kind(
    "licensing-state",
    LicensingState,
    "Licensing state: sealed values of product activation, as digests",
    origin=Origin.RANDOM,
    renews={Change.SETUP: always(Basis.INFERRED), Change.SID_CHANGER: kept(Basis.INFERRED), Change.USE: always(Basis.UNVERIFIED)},
    secret=True,
    namespace="licensing-state",
    shared=True,
    identity=lambda value: f"{value.name} {value.sha256}",
    claims=[
        Claim(
            "The names of the keys are constants: an XP and an unrelated 2003 share two of them.",
            Basis.OBSERVED,
            "SYSTEM hives of M57, PyRegedit and regipy",
        ),
        Claim(
            "No value is equal on two of the machines that were compared.",
            Basis.OBSERVED,
            "SYSTEM hives of SENSEI (8.1), two of Windows 10, M57 (XP)",
        ),
        Claim(
            "Equal ones occur between strangers all the same: they never speak for a common origin.",
            Basis.OBSERVED,
            "a comparison of 23 groups of real machines",
        ),
        Claim("Sysprep rearms the store unless told not to (SkipRearm).", Basis.INFERRED),
    ],
)

KMS_HOST = Kind(
    "kms-host",
    str,
    "Activation host (KMS) that the machine was told to use",
    origin=Origin.CHOSEN,
    claims=[
        Claim("A setting of the organization: equal on all its machines.", Basis.UNVERIFIED),
        Claim("A host of another organization is that of the master.", Basis.INFERRED),
    ],
)

_KEYS = 64
_EMPTY = 16


@artifact("SYSTEM", "WPA", LICENSING_STATE, depth="full", since=(5, 1))
def licensing_state(key: Key) -> Iterator[Fact[LicensingState]]:
    r"""State the digests of the sealed values of activation.

    In the SYSTEM hive, below `WPA`: since 7 the default values of `8DEC0AF1-0341-4b93-85CD-72606C2DF94C-…` and others; on XP and 2003
    `SigningHashData` and `DigitalProductID` of `SigningHash-…` and `Key-…`. Values of at most 16 bytes are left out, at most 64 keys read.
    """
    failures, found = Deferred(), False
    for child in islice(key.keys(), _KEYS):
        for name in ("", "SigningHashData", "DigitalProductID"):
            with failures:
                value = child.find_value(name)
                if value is not None and len(value.raw) > _EMPTY:
                    found = True
                    yield LICENSING_STATE.fact(LicensingState(child.name, RawDigest.of(value.raw).sha256), value)
    failures.settle()
    if not found:
        raise NotFound("no sealed value")


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform", KMS_HOST, depth="full", since=(6, 0))
def kms_host(key: Key) -> Iterator[Fact[str]]:
    """State the activation host: REG_SZ value `KeyManagementServiceName`."""
    value = key.value("KeyManagementServiceName")
    yield KMS_HOST.fact(value.text(), value)
