r"""TPM: what Windows noted of the security chip, and of the random seed of the firmware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key


class TpmKeyHash(msgspec.Struct, frozen=True):
    """A hash of a public key."""

    name: str
    """`EndorsementKeyHash`: of the chip's own key. `WindowsAIKHash`: of the attestation key that Windows made."""
    hash: str
    """As it is stored, hex."""


_LIST = "public list of hardware-identifier locations, of low authority"

_SEEN = "SYSTEM hives of regipy: Windows 8.1 and two of Windows 10"
_DELETED = usually(Basis.SOURCED, reference.GENERALIZE_LIST, exception="the release is older than Windows 10 1703, whose list is not known")

TPM_KEY_HASH = Kind(
    "tpm-key-hash",
    TpmKeyHash,
    "Hash of the TPM's own key",
    origin=Origin.HARDWARE,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED, reference.GENERALIZE_LIST),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: always(Basis.UNVERIFIED),
    },
    claims=[
        Claim("EndorsementKeyHash is that of the chip's own key, which no two chips share.", Basis.SOURCED, _LIST),
        Claim("It is not among what generalize deletes of the chip.", Basis.SOURCED, reference.GENERALIZE_LIST),
        Claim("A virtual chip may have been copied with its machine.", Basis.UNVERIFIED),
    ],
    references=[_LIST, reference.GENERALIZE_LIST],
)

ATTESTATION_KEY_HASH = Kind(
    "attestation-key-hash",
    TpmKeyHash,
    "Hash of the attestation key that Windows made, with or without a TPM",
    origin=Origin.RANDOM,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _SEEN, machines=3),
        Change.GENERALIZE: _DELETED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: always(Basis.UNVERIFIED),
    },
    namespace="attestation-key-hash",
    identity=lambda value: value.hash,
    claims=[
        Claim("Generalize deletes WindowsAIKHash, WindowsAIKPub and WindowsAIKBinding.", Basis.SOURCED, reference.GENERALIZE_LIST),
        Claim("It has 32 bytes, is there on virtual machines too, and differs between unrelated ones.", Basis.OBSERVED, _SEEN),
        Claim("When Windows makes a new one is not known: unlike ones refute nothing.", Basis.UNVERIFIED),
    ],
    references=[reference.GENERALIZE_LIST],
)

TPM_STATE_KEY = Kind(
    "tpm-state-key",
    str,
    "Key of the TPM driver that generalize deletes, by its name",
    origin=Origin.OBSERVED,
    renews={
        Change.GENERALIZE: _DELETED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: always(Basis.OBSERVED, "regipy SYSTEM_WIN_10_1709: the newer media's time", machines=1),
    },
    claims=[
        Claim("Generalize deletes these keys with all that is in them.", Basis.SOURCED, reference.GENERALIZE_LIST),
        Claim(
            "Installations that nobody generalized have them, empty, with the time of the media: Microsoft's own generalize of the media "
            "left them.",
            Basis.OBSERVED,
            "regipy SYSTEM_B, 2017-09-29T13:47:03; SYSTEM_WIN_10_1709, 2019-03-19T04:53:37",
        ),
        Claim("One that is older than a generalize that is claimed refutes it, from Windows 10 1703 on.", Basis.INFERRED),
        Claim("Windows 8.1 has none of them.", Basis.OBSERVED, "regipy SYSTEM_2"),
    ],
    references=[reference.GENERALIZE_LIST],
)

OFFLINE_UNIQUE_ID_SEED = Kind(
    "offline-unique-id-seed",
    str,
    "Random seed of the offline unique identifier, as a digest",
    origin=Origin.HARDWARE,
    renews={Change.GENERALIZE: _DELETED, Change.NEW_HARDWARE: always(Basis.UNVERIFIED)},
    secret=True,
    claims=[
        Claim("Generalize deletes its key.", Basis.SOURCED, reference.GENERALIZE_LIST),
        Claim("A mirror of the firmware variable OfflineUniqueIDRandomSeed.", Basis.SOURCED, _LIST),
        Claim(
            "32 bytes; not on every machine.",
            Basis.OBSERVED,
            "SYSTEM hives of regipy: present in one of Windows 10, absent in another and in one of Windows 8.1",
        ),
    ],
    references=[_LIST],
)

_KINDS = {"EndorsementKeyHash": TPM_KEY_HASH, "WindowsAIKHash": ATTESTATION_KEY_HASH}
_STATE_KEYS = (r"WMI\Admin", r"WMI\Endorsement", r"WMI\HealthCert", r"WMI\User", "KeyAttestationKeys", "PlatformQuoteKeys", "ODUID")


@artifact("SYSTEM", r"CurrentControlSet\Services\TPM\WMI", TPM_KEY_HASH, ATTESTATION_KEY_HASH, depth="full", since=(6, 2), version=2)
def tpm_key_hash(key: Key) -> Iterator[Fact[TpmKeyHash]]:
    """State the hashes of the chip's key and of the attestation key.

    REG_BINARY values `EndorsementKeyHash`, `WindowsAIKHash`, 16 to 64 bytes, not all alike.
    """
    failures, found = Deferred(), False
    for name, kind in _KINDS.items():
        with failures:
            value = key.find_value(name)
            if value is not None and 16 <= len(value.raw) <= 64 and len(set(value.raw)) > 1:
                found = True
                yield kind.fact(TpmKeyHash(name, value.raw.hex()), value)
    failures.settle()
    if not found:
        raise NotFound("no hash of a key")


@artifact("SYSTEM", r"CurrentControlSet\Services\TPM", TPM_STATE_KEY, depth="full", since=(10, 0))
def tpm_state_key(key: Key) -> Iterator[Fact[str]]:
    r"""State which keys of the driver exist that generalize deletes; the fact's `written` is the key's own time.

    Below `Services\TPM`: `WMI\Admin`, `WMI\Endorsement`, `WMI\HealthCert`, `WMI\User`, `KeyAttestationKeys`, `PlatformQuoteKeys`,
    `ODUID`. What is in them is not read. NotFound when there is none.
    """
    failures, found = Deferred(), False
    for path in _STATE_KEYS:
        with failures:
            child = key.find(path)
            if child is not None:
                found = True
                yield TPM_STATE_KEY.fact(path, child)
    failures.settle()
    if not found:
        raise NotFound("none of the keys that generalize deletes")


@artifact("SYSTEM", r"CurrentControlSet\Services\TPM\ODUID", OFFLINE_UNIQUE_ID_SEED, depth="full", since=(10, 0))
def offline_unique_id_seed(key: Key) -> Iterator[Fact[str]]:
    """State the digest of the random seed: value `RandomSeed`, 32 bytes."""
    value = key.value("RandomSeed")
    if not any(value.raw):
        raise NotFound("the seed is empty")
    yield OFFLINE_UNIQUE_ID_SEED.digest(value)
