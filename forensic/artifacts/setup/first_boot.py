"""First boot: how setup ran at the first start of an image, by the logs in Panther: states, build, name, media or deployed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog
from forensic.artifacts.optional_values import Deferred
from forensic.artifacts.setup.panther_log import FACT_LIMIT, OOBE, SETUP, each, settle, time_of, zone_at
from forensic.artifacts.setup.setup_lineage import Zone
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, Kind, LocalTime, Origin, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File

LINE_COUNT_LIMIT = 10_000
"""Lines of interest in one log that are read at most."""

_STATE = re.compile(r"(?:\[([\w.]{1,40})\] )?OrchestrateUpdateImageState: Updating image state from \[(\w{1,80})\] --> \[(\w{1,80})\]")
_STARTING, _CONTINUING = "we are starting an installation", "we are continuing an installation"
_BUILD = re.compile(r"Build version is (\d{1,5}(?:\.\d{1,6}){1,3})", re.ASCII)
_NAME = re.compile(r"Callback_ComputerName_Validate:Computer name is (\S{1,64})")
_MODE = re.compile(r"Sysprep mode in registry is (\S{1,40})")
_MODE_CODE = re.compile(r"Windeploy: Sysprep mode is \[(0x[0-9a-fA-F]{1,8})\]")
_GENERALIZATION = re.compile(r"Found generalization state \[(0x[0-9a-fA-F]{1,8})\]")
_AZURE = "Panther logs of a Server 2012 R2 deployed in Azure, published by their owner"
_MEDIA = "Panther/setupact.log of a Windows 10 1709 from media, published by its owner"
_BOTH = "Panther logs of a Server 2012 R2 deployed in Azure and of a Windows 10 1709 from media, published by their owners"


class ImageStateChange(msgspec.Struct, frozen=True):
    """One change of the image state, by the program that made it."""

    before: str
    """Without `IMAGE_STATE_`: `GENERALIZE_RESEAL_TO_OOBE`, `UNDEPLOYABLE`, `SPECIALIZE_RESEAL_TO_OOBE`, `COMPLETE`, …"""
    after: str
    time: LocalTime | None = None
    zone: Zone = "unknown"
    offset: int | None = None
    """Minutes east of UTC, where a line of the component store nearby gives UTC too."""
    program: str | None = None
    """`setup.exe`, `windeploy.exe`, `oobeldr.exe`."""


class FirstBootSetup(msgspec.Struct, frozen=True):
    """One beginning of setup at the first start of an image."""

    installation: Literal["starting", "continuing"] | None = None
    """`continuing`: setup from media, after its part in Windows PE. `starting`: an image that was deployed otherwise starts."""
    time: LocalTime | None = None
    zone: Zone = "unknown"
    offset: int | None = None
    """Minutes east of UTC."""
    build: str | None = None
    computer_name: str | None = None
    """As setup had it; an answer file or a person may give another one later."""
    sysprep_mode: str | None = None
    """`vm`, or the number that WinDeploy names; None where none was set."""
    generalization_state: str | None = None
    """`GeneralizationState` that WinDeploy found, `0x4` for a generalized image."""


IMAGE_STATE_CHANGE = Kind(
    "image-state-change",
    ImageStateChange,
    "Change of the image state, by the logs of Windows Setup",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _MEDIA, machines=1),
        Change.SPECIALIZE: always(Basis.OBSERVED, _AZURE, machines=1),
        Change.SID_CHANGER: kept(Basis.INFERRED),
    },
    claims=(
        Claim(
            "Every first start goes GENERALIZE_RESEAL_TO_OOBE, UNDEPLOYABLE, SPECIALIZE_RESEAL_TO_OOBE, UNDEPLOYABLE, COMPLETE: "
            "UNDEPLOYABLE stands during specialize and during OOBE of any machine.",
            Basis.OBSERVED,
            _AZURE,
        ),
        Claim(
            "The first two changes stand in Panther/setupact.log, the last two in Panther/UnattendGC/setupact.log.",
            Basis.OBSERVED,
            _AZURE,
        ),
        Claim(
            "Times are local, in the media's zone until setup sets its own; lines of the component store give UTC beside them. When the "
            "zone is set the digits stay at first, and a later correction moves them.",
            Basis.OBSERVED,
            _BOTH,
        ),
    ),
    references=(_BOTH,),
)

FIRST_BOOT_SETUP = Kind(
    "first-boot-setup",
    FirstBootSetup,
    "Setup at the first start of an image: from media or deployed, build, name, mode of Sysprep",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, _MEDIA, machines=1),
        Change.SPECIALIZE: always(Basis.OBSERVED, _AZURE, machines=1),
        Change.SID_CHANGER: kept(Basis.INFERRED),
    },
    claims=(
        Claim("Setup from media *continues an installation* at the first start, a deployed image *starts* one.", Basis.OBSERVED, _BOTH),
        Claim("The name is the one of that moment: WIN- and eleven characters on both machines seen.", Basis.OBSERVED, _BOTH),
        Claim("An image that was sealed with /mode:vm says so at its first start.", Basis.OBSERVED, _AZURE),
        Claim("WinDeploy finds generalization state 4 in a generalized image, Microsoft's media included.", Basis.OBSERVED, _AZURE),
    ),
    references=(_BOTH,),
)


@artifact_file(SETUP, IMAGE_STATE_CHANGE, since=(6, 0), depth="full")
def image_state_change(file: File) -> Iterator[Fact[ImageStateChange]]:
    r"""State each change of the image state in Panther/setupact.log, those of setup.exe.

    | Line, after `2021-09-27 04:03:44, Info                         ` (local time) | Field |
    |---|---|
    | `[setup.exe] OrchestrateUpdateImageState: Updating image state from [IMAGE_STATE_A] --> [IMAGE_STATE_B]` | program, before, after |
    | `CSI    00000001@2021/9/27:11:03:50.426 …` | UTC: with the line's own time it gives the offset |

    The zone is known where such a line stands within 64 KiB and an hour, and no zone was set in between. NotFound when there is no change.
    """
    yield from each(file, ["Updating image state from ["], IMAGE_STATE_CHANGE, _state)


@artifact_file(OOBE, IMAGE_STATE_CHANGE, since=(6, 0), depth="full")
def image_state_change_of_oobe(file: File) -> Iterator[Fact[ImageStateChange]]:
    """State each change of the image state in Panther/UnattendGC/setupact.log, those of WinDeploy and OobeLdr; lines as of setup.exe."""
    yield from each(file, ["Updating image state from ["], IMAGE_STATE_CHANGE, _state)


def _state(log: TextLog, line: Line) -> ImageStateChange | None:
    match = _STATE.search(line.text)
    if match is None:
        return None
    before, after = (state.removeprefix("IMAGE_STATE_") for state in match.group(2, 3))
    return ImageStateChange(before, after, time_of(line), *zone_at(log, line), match[1])


@artifact_file(SETUP, FIRST_BOOT_SETUP, since=(6, 0), depth="full")
def first_boot_setup(file: File) -> Iterator[Fact[FirstBootSetup]]:
    r"""State how setup began at each first start, from Panther/setupact.log.

    | Line | Field |
    |---|---|
    | `PrepareSetupForFirstBootPhase:Working directory is […]; we are starting an installation` (or `continuing`) | installation |
    | `Build version is 6.3.9600.16384 (…)` | build |
    | `Callback_ComputerName_Validate:Computer name is WIN-…` | computer name |
    | `SysprepSession::CreateXPathForSelection: Sysprep mode in registry is vm` | mode; `<null>` for none |

    The first line begins one, the first of each other line below it belongs to it. NotFound when setup began none.
    """
    words = [_STARTING, _CONTINUING, "Build version is ", "Callback_ComputerName_Validate:", "Sysprep mode in registry is "]
    log, failures, begun, count = TextLog(file), Deferred(), None, 0
    with failures:
        for line in log.find(words, LINE_COUNT_LIMIT):
            if "PrepareSetupForFirstBootPhase" in line.text and (_STARTING in line.text or _CONTINUING in line.text):
                if begun is not None:
                    yield FIRST_BOOT_SETUP.fact(begun[1], log.reading(begun[0]))
                installation: Literal["starting", "continuing"] = "starting" if _STARTING in line.text else "continuing"
                begun, count = None, count + 1
                if count > FACT_LIMIT:
                    raise Malformed(f"{file.path}: more than {FACT_LIMIT} first starts", code="too-much")
                begun = line, FirstBootSetup(installation, time_of(line), *zone_at(log, line))
            elif begun is not None:
                begun = begun[0], _with(begun[1], line.text)
    if begun is not None:
        yield FIRST_BOOT_SETUP.fact(begun[1], log.reading(begun[0]))
    settle(log, failures, count, "setup began no first start in it")


def _with(begun: FirstBootSetup, text: str) -> FirstBootSetup:
    for name, pattern in (("build", _BUILD), ("computer_name", _NAME), ("sysprep_mode", _MODE)):
        match = pattern.search(text)
        if match is not None and getattr(begun, name) is None and match[1] != "<null>":
            return msgspec.structs.replace(begun, **{name: match[1]})
    return begun


@artifact_file(OOBE, FIRST_BOOT_SETUP, since=(6, 2), depth="full")
def windeploy_run(file: File) -> Iterator[Fact[FirstBootSetup]]:
    """State what WinDeploy found at each first start, from Panther/UnattendGC/setupact.log.

    | Line | Field |
    |---|---|
    | `[windeploy.exe] Windeploy: Sysprep mode is [0x1]; …` | mode; `0x0` for none |
    | `[windeploy.exe] Found generalization state [0x4], …` | generalization state |

    NotFound when it found no state.
    """
    log, failures, mode, count = TextLog(file), Deferred(), None, 0
    with failures:
        for line in log.find(["Windeploy: Sysprep mode is [", "Found generalization state ["], 2 * FACT_LIMIT):
            if (match := _MODE_CODE.search(line.text)) is not None:
                mode = match[1].lower()
            elif (match := _GENERALIZATION.search(line.text)) is not None:
                count += 1
                found = FirstBootSetup(None, time_of(line), *zone_at(log, line), sysprep_mode=mode, generalization_state=match[1].lower())
                yield FIRST_BOOT_SETUP.fact(found, log.reading(line))
                mode = None
    settle(log, failures, count, "WinDeploy found no state in it")
