r"""MSMQ identifier: by what Message Queuing knows this computer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts.declaration import artifact
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_BISF = "EUCweb/BIS-F, Framework/SubCall/Preparation"

MSMQ_QMID = Kind(
    "msmq-qmid",
    Guid,
    "MSMQ QMId: identifier of this computer's queue manager",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: kept(Basis.INFERRED, _BISF),
        Change.SPECIALIZE: kept(Basis.INFERRED, _BISF),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED, _BISF),
        Change.NEW_DISK: kept(Basis.INFERRED, _BISF),
    },
    namespace="msmq-qmid",
    claims=[
        Claim(
            "Sysprep does not change it by itself: images need `MSMQ\\Parameters\\SysPrep` set to 1, and it is new at the next start of "
            "the service.",
            Basis.SOURCED,
            _BISF,
        ),
        Claim(
            "On Server 2019 to 2025 Message Queuing registers a provider for generalize; what it does is not documented.",
            Basis.SOURCED,
            "public build notes of 2026",
        ),
        Claim("Machines that share it lose messages to one another.", Basis.UNVERIFIED),
        Claim("Equal on two machines it shows a common image with Message Queuing installed, generalized or not.", Basis.INFERRED),
    ],
    references=[_BISF],
)


@artifact("SOFTWARE", r"Microsoft\MSMQ\Parameters\MachineCache", MSMQ_QMID, depth="full", since=(5, 0))
def msmq_qmid(key: Key) -> Iterator[Fact[Guid]]:
    """State the QMId: REG_BINARY value `QMId`, a GUID of 16 bytes."""
    value = key.value("QMId")
    if len(value.raw) != 16:
        raise Malformed("QMId", value.place.offset, 16, len(value.raw))
    yield MSMQ_QMID.fact(Guid.from_bytes(value.raw), value)
