"""Lineage of setup: the cleanups, generalizes, specializes and upgrades of an image, from media on, by logs that outlive them all.

`dtc_install` and `ts_sysprep` read them. They are only ever appended to, and no pass of Sysprep clears them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.known_values.media import is_media_step
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Kind, LocalTime, Origin, always, kept

if TYPE_CHECKING:
    from forensic.artifacts.logs.text_log import TextLog
    from forensic.artifacts.optional_values import Deferred

STEP_LIMIT = 1_000
"""Steps of one log that are stated at most."""
HOUR = 3600 * 10_000_000
TOGETHER = HOUR
"""What lies further apart, by the log's own digits, is not one step: what was begun before was broken off."""

StepKind = Literal[
    "media", "media-specialize", "media-generalize", "cleanup", "generalize", "specialize", "specialize-repeat", "offline-specialize",
    "upgrade", "configure", "configure-exit-only",
]  # fmt: skip
"""`media`: MSDTC was installed into the image, which is the first step of a log. `media-generalize`: Microsoft generalized the image.
`media-specialize` is never stated: whether a specialize was Microsoft's own takes knowledge of the media. `cleanup`: Sysprep without
/generalize, or one that got no further. `specialize-repeat`: called again, and it found nothing to do. `configure`: MSDTC was installed
again, by servicing or setup; `configure-exit-only`: the log has the end of it alone."""
Zone = Literal["known", "media", "unknown"]
"""What zone a log's clock reading is in. `known`: a line beside it gives UTC too. `media`: the zone that the media was built with, which
setup keeps until it sets its own."""

_LOGS = "five DtcInstall.log published by their owners: two of Windows 7, and of Windows 10 15063 and 19041, Windows 11 22000"
_SEALED = "DtcInstall.log of a Windows 7 that was sealed twice, and of one that came from plain media"
_PLAIN = "DtcInstall.log of a Windows 10 19041 from plain media, and of an upgrade to 15063"


class SetupLineageStep(msgspec.Struct, frozen=True):
    """One moment of a lineage: what was done to the image, on whichever computer it was then."""

    kind: StepKind
    time: LocalTime | None = None
    """Of the step's first line; DtcInstall.log has minutes, TSSysprep.log seconds."""
    zone: Zone = "unknown"
    complete: bool = True
    """Whether the log has its end too."""
    in_upgrade: bool = False
    """A specialize that an upgrade in place ran: no deployment."""
    error: str | None = None
    """The first error code that is not 0, as the log writes it."""
    from_version: int | None = None
    """Of an upgrade: major version of the Windows NT that was there before."""

    @property
    def minute(self) -> str | None:
        """The clock's reading to the minute."""
        return None if self.time is None else self.time.time[:16]


def _identity(step: SetupLineageStep) -> str | None:
    """Return what copies of one lineage have in common: the step and its minute; None of a step that Microsoft's media brings along."""
    of_media = step.kind.startswith("media") or is_media_step(step.minute)
    return None if of_media or step.minute is None else f"{step.kind} {step.minute}"


SETUP_LINEAGE_STEP = Kind(
    "setup-lineage-step",
    SetupLineageStep,
    "Step of the lineage: a cleanup, generalize, specialize or upgrade, from Microsoft's media on",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _LOGS, machines=5),
        Change.GENERALIZE: kept(Basis.OBSERVED, _SEALED, machines=2),
        Change.SPECIALIZE: kept(Basis.OBSERVED, _SEALED, machines=2),
        Change.UPGRADE: always(Basis.OBSERVED, "DtcInstall.log of an upgrade to Windows 10 15063", machines=1),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED, _SEALED),
        Change.NEW_DISK: kept(Basis.INFERRED, _SEALED),
    },
    namespace="setup-lineage-step",
    identity=_identity,
    claims=(
        Claim(
            "Each pass adds its lines at the end of the log: a deployed copy still has the steps of its master, and those of the media.",
            Basis.OBSERVED,
            _SEALED,
        ),
        Claim("The first lines are those of Microsoft's media: the installation of MSDTC.", Basis.OBSERVED, _LOGS),
        Claim(
            "The media's generalize of Windows 7 is that of its CloneTag, to the minute.",
            Basis.OBSERVED,
            "Mon Jul 13 21:55:53 2009, and the log's 07-13-2009 21:55",
        ),
        Claim(
            "Media of a service pack were specialized and generalized once more by Microsoft. The log does not tell that from a master "
            "that was sealed within hours: the day does.",
            Basis.OBSERVED,
            "DtcInstall.log of a Windows 7 SP1 from plain media: 2010-11-20 18:43 and 19:58",
        ),
        Claim(
            "On Windows 10 specialize itself calls cleanup and generalize, inside its own lines: only one outside of them is Sysprep's.",
            Basis.OBSERVED,
            _PLAIN,
        ),
        Claim(
            "On Windows 7 specialize is called again at the first start after a seal, a minute later, and finds nothing to do.",
            Basis.OBSERVED,
            "DtcInstall.log of a Windows 7 that was sealed twice",
        ),
        Claim(
            "An upgrade in place starts a log of its own, with the newer media first, and runs a specialize in the minute of its own "
            "lines: no deployment.",
            Basis.OBSERVED,
            "DtcInstall.log of an upgrade to Windows 10 15063",
        ),
        Claim(
            "The end of an installation of MSDTC without its beginning is servicing or setup, not media.",
            Basis.OBSERVED,
            "DtcInstall.log of a Windows 11 22000",
        ),
        Claim(
            "Absence proves nothing: some logs of Windows 10 and 11 have no specialize at all, and clean-up scripts delete the file.",
            Basis.OBSERVED,
            "DtcInstall.log of a Windows 11 22000",
        ),
        Claim(
            "Times are local, and setup keeps the media's zone until it sets its own: the digits stay and UTC moves, by up to 14 hours. "
            "The order of the file is the order of the steps.",
            Basis.OBSERVED,
            "DtcInstall.log and WindowsUpdate.log of one Windows 7 SP1: 12.5 hours",
        ),
        Claim("What an offline specialize means is not settled.", Basis.UNVERIFIED),
        Claim("A SID changer does not know these logs.", Basis.INFERRED),
    ),
    references=(_LOGS,),
)


def settle(log: TextLog, failures: Deferred, steps: int, absent: str) -> None:
    """Raise what was kept back: more steps than are stated, what the log could not give, or NotFound with `absent` where none stands."""
    failures.settle()
    if steps > STEP_LIMIT:
        raise Malformed(f"{log.file.path}: more than {STEP_LIMIT} steps", code="too-much")
    log.settle()
    if not steps:
        raise NotFound(absent)
