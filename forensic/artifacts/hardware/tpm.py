r"""TPM: what Windows noted of the security chip, and of the random seed of the firmware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key


class TpmKeyHash(msgspec.Struct, frozen=True):
    """A hash of a public key of the chip, or of the system where there is no chip."""

    name: str
    """`EndorsementKeyHash` or `WindowsAIKHash`."""
    hash: str
    """As it is stored, hex."""


_LIST = "public list of hardware-identifier locations, of low authority"

TPM_KEY_HASH = Kind(
    "tpm-key-hash",
    TpmKeyHash,
    "Hash of a key of the TPM",
    origin=Origin.HARDWARE,
    renews={Change.SID_CHANGER: kept(Basis.INFERRED), Change.RENAME: kept(Basis.INFERRED), Change.NEW_HARDWARE: always(Basis.UNVERIFIED)},
    claims=[
        Claim("EndorsementKeyHash is that of the chip's own key, which no two chips share.", Basis.SOURCED, _LIST),
        Claim(
            "WindowsAIKHash has 32 bytes, is there on virtual machines too, and differs between unrelated ones.",
            Basis.OBSERVED,
            "SYSTEM hives of regipy: Windows 8.1 and two of Windows 10",
        ),
        Claim("A virtual chip may have been copied with its machine.", Basis.UNVERIFIED),
    ],
    references=[_LIST],
)

OFFLINE_UNIQUE_ID_SEED = Kind(
    "offline-unique-id-seed",
    str,
    "Random seed of the offline unique identifier, as a digest",
    origin=Origin.HARDWARE,
    renews={Change.NEW_HARDWARE: always(Basis.UNVERIFIED)},
    secret=True,
    claims=[
        Claim("A mirror of the firmware variable OfflineUniqueIDRandomSeed.", Basis.SOURCED, _LIST),
        Claim(
            "32 bytes; not on every machine.",
            Basis.OBSERVED,
            "SYSTEM hives of regipy: present in one of Windows 10, absent in another and in one of Windows 8.1",
        ),
    ],
    references=[_LIST],
)

_NAMES = ("EndorsementKeyHash", "WindowsAIKHash")


@artifact("SYSTEM", r"CurrentControlSet\Services\TPM\WMI", TPM_KEY_HASH, depth="full", since=(6, 2))
def tpm_key_hash(key: Key) -> Iterator[Fact[TpmKeyHash]]:
    """State the hashes of the chip's keys: REG_BINARY values `EndorsementKeyHash`, `WindowsAIKHash`, 16 to 64 bytes, not all alike."""
    failures, found = Deferred(), False
    for name in _NAMES:
        with failures:
            value = key.find_value(name)
            if value is not None and 16 <= len(value.raw) <= 64 and len(set(value.raw)) > 1:
                found = True
                yield TPM_KEY_HASH.fact(TpmKeyHash(name, value.raw.hex()), value)
    failures.settle()
    if not found:
        raise NotFound("no hash of a key")


@artifact("SYSTEM", r"CurrentControlSet\Services\TPM\ODUID", OFFLINE_UNIQUE_ID_SEED, depth="full", since=(10, 0))
def offline_unique_id_seed(key: Key) -> Iterator[Fact[str]]:
    """State the digest of the random seed: value `RandomSeed`, 32 bytes."""
    value = key.value("RandomSeed")
    if not any(value.raw):
        raise NotFound("the seed is empty")
    yield OFFLINE_UNIQUE_ID_SEED.digest(value)
