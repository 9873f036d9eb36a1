"""DtcInstall.log: the log of MSDTC's own setup, which has every pass of Sysprep over an image to the minute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog, clock_reading
from forensic.artifacts.optional_values import Deferred
from forensic.artifacts.setup.setup_lineage import (
    HOUR,
    SETUP_LINEAGE_STEP,
    STEP_LIMIT,
    TOGETHER,
    SetupLineageStep,
    StepKind,
    Zone,
    settle,
)
from forensic.model import Fact, LocalTime

if TYPE_CHECKING:
    from forensic.volumes.tree import File

LINE_COUNT_LIMIT = 50_000
"""Lines of one log that are read at most."""
_OF_MEDIA = 24 * HOUR
"""A generalize before any specialize is the media's where it lies no longer after the installation of MSDTC; 28 minutes were seen."""
_TEXT_LIMIT = 20

_LINE = re.compile(r"(\d\d)-(\d\d)-(\d{4}) (\d\d):(\d\d) : DTC Install error = ([^,]{1,40}), (.{0,400})", re.ASCII)
_SYSPREP = re.compile(r"SysPrepDtc(Cleanup|Generalize|Specialize|OfflineSpecialize) : (Enter|Exit)\b")
_CONFIGURE = re.compile(r"(?:(Enter|Exit) MsDtcAdvancedInstaller::Configure|(Enter|Exit)ing DeployDtc)\b")
_UPGRADE = re.compile(r"CMsdtcUpgradePlugin::(\w{1,40}): (Enter|Exit)\b")
_DOWNLEVEL = re.compile(r"UpgradeApplySuccess, DownlevelVersion = (\d{1,4})\b", re.ASCII)
_NOTHING_TO_DO = "SysprepInProgress == 0"
_OFFLINE = "SysPrepDtcOfflineSpecialize called"


@artifact_file("%SystemRoot%/DtcInstall.log", SETUP_LINEAGE_STEP, since=(6, 0), depth="full")
def dtc_setup_step(file: File) -> Iterator[Fact[SetupLineageStep]]:
    r"""State each step of the lineage in DtcInstall.log.

    | Line, after `07-13-2009 21:55 : DTC Install error = 0, ` (local, month first) | Meaning |
    |---|---|
    | `Entering DeployDtc`, `Exiting DeployDtc` | MSDTC is installed; to Windows 7 |
    | `Enter MsDtcAdvancedInstaller::Configure`, `Exit …` | MSDTC is installed; Windows 10 and 11 |
    | `SysPrepDtcCleanup : Enter`, `… : Exit` | cleanup; likewise `Generalize`, `Specialize` |
    | `SysprepDtcSpecialize: SysprepInProgress == 0. DTC has been already specialized.` | a repeated specialize |
    | `SysPrepDtcOfflineSpecialize called on OS >= Win8` | an offline specialize |
    | `CMsdtcUpgradePlugin::ApplySuccess: Enter`, and the like | an upgrade |
    | `UpgradeApplySuccess, DownlevelVersion = 6` | the version before it |

    How steps are read: lines between an enter and its exit belong to it, cleanup and generalize inside a specialize too; an enter whose
    exit does not follow within an hour was broken off. A cleanup before a generalize is part of it. The time is that of the first line, of
    an upgrade that of its success. NotFound when no step stands in it, Malformed after 50,000 lines or 1,000 steps: what stands before is
    stated.
    """
    log, steps, failures = TextLog(file), _Steps(), Deferred()
    with failures:
        for line in log.find(["DTC Install error"], LINE_COUNT_LIMIT):
            if not steps.read(line):
                break
    found = list(_judged(steps.ended()))
    for begun, step in found[:STEP_LIMIT]:
        yield SETUP_LINEAGE_STEP.fact(step, log.reading(begun.line))
    settle(log, failures, len(found), "no step of MSDTC's setup in it")


class _Begun:
    """A step that was begun: its first line, and what was read of it since."""

    def __init__(self, what: str, line: Line, time: LocalTime | None) -> None:
        self.what, self.line, self.first, self.time = what, line, time, time
        self.ended = self.repeats = self.applied = False
        self.error: str | None = None
        self.from_version: int | None = None

    def is_near(self, time: LocalTime | None) -> bool:
        return self.first is None or time is None or abs(time.ticks - self.first.ticks) <= TOGETHER


class _Steps:
    """The steps as the log has them, brackets closed."""

    def __init__(self) -> None:
        self.steps: list[_Begun] = []
        self.open: _Begun | None = None
        self.plugin: _Begun | None = None

    def read(self, line: Line) -> bool:
        """Take one line; return whether more steps are wanted."""
        match = _LINE.match(line.text)
        if match is None:
            return True
        month, day, year, hour, minute, error, text = match.groups()
        time = clock_reading(year, month, day, hour, minute, "00", None)
        if self.open is not None and not self.open.is_near(time):
            self.open = None
        self._take(line, time, text)
        current = self.open or (self.steps[-1] if self.steps else None)
        if current is not None and current.error is None and error.strip() != "0" and current.is_near(time):
            current.error = error.strip()[:_TEXT_LIMIT]
        return len(self.steps) <= STEP_LIMIT

    def _take(self, line: Line, time: LocalTime | None, text: str) -> None:
        if (match := _UPGRADE.match(text)) is not None:
            self._upgrade(line, time, *match.groups())
        elif (match := _DOWNLEVEL.match(text)) is not None and self.plugin is not None:
            self.plugin.from_version = int(match[1])
        elif (match := _SYSPREP.match(text)) is not None:
            self._bracket(line, time, match[1].lower(), entered=match[2] == "Enter")
        elif (match := _CONFIGURE.match(text)) is not None:
            what = "configure" if match[1] else "deploy"
            self._bracket(line, time, what, entered=(match[1] or match[2]) == "Enter")
        elif _NOTHING_TO_DO in text and self.open is not None:
            self.open.repeats = True
        elif text.startswith(_OFFLINE) and self.open is None:
            self._begin("offlinespecialize", line, time).ended = True

    def _begin(self, what: str, line: Line, time: LocalTime | None) -> _Begun:
        self.steps.append(_Begun(what, line, time))
        self.plugin = None
        return self.steps[-1]

    def _bracket(self, line: Line, time: LocalTime | None, what: str, *, entered: bool) -> None:
        if entered and (self.open is None or self.open.what == what):
            self.open = self._begin(what, line, time)
        elif not entered and self.open is not None and self.open.what == what:
            self.open.ended, self.open = True, None
        elif not entered and self.open is None:
            last = self.steps[-1] if self.steps else None
            if last is None or last.what != f"{what}-exit" or last.first != time:
                self._begin(f"{what}-exit", line, time).ended = True

    def _upgrade(self, line: Line, time: LocalTime | None, function: str, word: str) -> None:
        self.open = None
        if self.plugin is None or not self.plugin.is_near(time):
            self.plugin = self._begin("upgrade", line, time)
        if function == "ApplySuccess":
            if word == "Enter" and not self.plugin.applied:
                self.plugin.line, self.plugin.time, self.plugin.applied = line, time, True
            self.plugin.ended |= word == "Exit"

    def ended(self) -> list[_Begun]:
        """Return the steps, cleanups that belong to a generalize left out."""
        return [
            step
            for step, after in zip_longest(self.steps, self.steps[1:])
            if not (step.what == "cleanup" and after is not None and after.what == "generalize" and step.is_near(after.first))
        ]


_KINDS: dict[str, StepKind] = {
    "cleanup": "cleanup",
    "generalize": "generalize",
    "specialize": "specialize",
    "offlinespecialize": "offline-specialize",
    "upgrade": "upgrade",
    "configure": "configure",
    "deploy": "configure",
    "configure-exit": "configure-exit-only",
    "deploy-exit": "configure-exit-only",
    "cleanup-exit": "cleanup",
    "generalize-exit": "generalize",
    "specialize-exit": "specialize",
    "offlinespecialize-exit": "offline-specialize",
}


def _judged(steps: list[_Begun]) -> Iterator[tuple[_Begun, SetupLineageStep]]:
    """Yield each step with what its neighbours make of it."""
    media: _Begun | None = None
    of_media = True  # whether nothing but the media's own steps came before
    for number, step in enumerate(steps):
        after = steps[number + 1] if number + 1 < len(steps) else None
        kind: StepKind = _KINDS[step.what]
        zone: Zone = "unknown"
        in_upgrade = kind == "specialize" and after is not None and after.what == "upgrade" and step.is_near(after.first)
        if number == 0 and step.what in {"configure", "deploy"}:
            kind, media = "media", step
        elif kind == "generalize" and of_media and _is_generalize_of(media, step):
            kind = "media-generalize"
        elif kind == "specialize" and step.repeats:
            kind = "specialize-repeat"
        if media is not None and of_media and not in_upgrade and kind in {"media", "media-generalize", "specialize"}:
            zone = "media"
        of_media &= kind in {"media", "media-generalize"}
        lacks_end = step.what.endswith("-exit") and kind != "configure-exit-only"
        complete = step.ended and not lacks_end
        yield step, SetupLineageStep(kind, step.time, zone, complete, in_upgrade, step.error, step.from_version)


def _is_generalize_of(media: _Begun | None, step: _Begun) -> bool:
    """Return whether Microsoft generalized then: media of Windows 7, which are installed, started and generalized before they ship."""
    if media is None or media.what != "deploy" or media.time is None or step.time is None:
        return False
    return 0 <= step.time.ticks - media.time.ticks <= _OF_MEDIA
