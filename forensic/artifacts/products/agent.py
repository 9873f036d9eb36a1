"""Agent identity: by what a product that manages, protects or connects computers knows this one. The kind that all readers of it share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, RawDigest, Standing, always, kept

if TYPE_CHECKING:
    from forensic.model.place import Reading


class AgentId(msgspec.Struct, frozen=True):
    """One identifier of one product: as itself, or as a digest where it is or may be a secret."""

    product: str
    """E.g. `Configuration Manager client`."""
    name: str
    """What the product or its documents call the identifier, e.g. `SMS Unique Identifier`."""
    id: str | None = None
    sha256: str | None = None
    """Lower-case SHA-256 of the stored bytes, of keys and of all that lets somebody act as this computer."""


_PRODUCTS = "paths of EUCweb/BIS-F, Framework/SubCall/Preparation"


_NO_IDENTITY = frozenset({"Last SMSUID Change Date", "SMS Hardware Identifier", "SID"})
"""Of SMSCFG.ini: a date, what is made from the hardware, and a SID of which it is not documented whose it is."""
_FORMER = {"Previous SMSUID": "SMS Unique Identifier"}


def _identity(value: AgentId) -> str | None:
    """Return product, name and identifier as one; a former identifier stands under the name of the present one."""
    if value.name in _NO_IDENTITY:
        return None
    return f"{value.product} {_FORMER.get(value.name, value.name)} {value.id or value.sha256}"


def _standing(value: AgentId) -> Standing:
    return "former" if value.name in _FORMER else "current"


AGENT_ID = Kind(
    "agent-id",
    AgentId,
    "Identifier by which an installed agent or service knows this computer",
    origin=Origin.ASSIGNED,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED),
        Change.SPECIALIZE: kept(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.UNVERIFIED),
        Change.NEW_HARDWARE: kept(Basis.UNVERIFIED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: always(Basis.UNVERIFIED),
    },
    namespace="agent-id",
    identity=_identity,
    standing=_standing,
    claims=(
        Claim(
            "Made by the product after it was installed and copied with the disk; scripts that seal an image delete it by hand.",
            Basis.SOURCED,
            _PRODUCTS,
        ),
        Claim("Sysprep does not reach it unless the vendor registered a provider.", Basis.INFERRED),
        Claim(
            "Equal on two machines with different machine SIDs and boot keys: a generalized image with an agent that was not prepared "
            "for it; this alone violates no policy of Microsoft's.",
            Basis.INFERRED,
            reference.KB_314828,
        ),
        Claim("Some products notice a change of hardware or name and take a new identifier: unlike ones refute nothing.", Basis.UNVERIFIED),
    ),
    references=(_PRODUCTS,),
)


def state_secret(product: str, name: str, reading: Reading) -> Fact[AgentId]:
    """State an identifier that must not leave the image: the digest of the bytes of `reading`, also in place of `raw`."""
    digest = RawDigest.of(reading.raw)
    return msgspec.structs.replace(AGENT_ID.fact(AgentId(product, name, sha256=digest.sha256), reading), raw=digest)
