"""Agent identity: by what a product that manages, protects or connects computers knows this one. The kind that all readers of it share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, RawDigest

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

AGENT_ID = Kind(
    "agent-id",
    AgentId,
    "Identifier by which an installed agent or service knows this computer",
    origin=Origin.ASSIGNED,
    changed_by={Change.USE: Basis.UNVERIFIED},
    kept_by={
        Change.GENERALIZE: Basis.INFERRED,
        Change.SID_CHANGER: Basis.INFERRED,
        Change.NEW_HARDWARE: Basis.UNVERIFIED,
        Change.NEW_DISK: Basis.INFERRED,
        Change.RENAME: Basis.UNVERIFIED,
    },
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
