"""TSSysprep.log: the log of the terminal services' part in Sysprep, which has generalizes and specializes to the second."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog, clock_reading
from forensic.artifacts.optional_values import Deferred
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP, STEP_LIMIT, TOGETHER, SetupLineageStep, settle
from forensic.model import Fact, LocalTime

if TYPE_CHECKING:
    from forensic.volumes.tree import File

LINE_COUNT_LIMIT = 20_000
"""Lines of interest in one log that are read at most."""
_BEGIN = "Initializing Message Log:TSSysprep.dll"
_END = "Terminating Log"
_BLOCK = re.compile(_BEGIN + r" (\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_ENTERED = re.compile(r"Entering (\w{1,20}SysPrep(Backup|Generalize|Restore))\b", re.ASCII)
_LEFT = re.compile(r"Leaving (\w{1,20}SysPrep\w{1,20})|(\w{1,20}SysPrep\w{1,20}) completed", re.ASCII)


@artifact_file("%SystemRoot%/TSSysprep.log", SETUP_LINEAGE_STEP, since=(6, 0), depth="full")
def ts_setup_step(file: File) -> Iterator[Fact[SetupLineageStep]]:
    r"""State each generalize and specialize in TSSysprep.log.

    One block for each function that Sysprep calls:

    | Line | Meaning |
    |---|---|
    | `*******Initializing Message Log:TSSysprep.dll 07/23/12 15:20:59` | a block begins; local time, month first, two digits of the year |
    | `sysprep.cpp(247)Entering LSMSysPrepBackup`, `… RdpSysPrepGeneralize`, `… RCMSysPrepGeneralize` | part of generalize |
    | `sysprep.cpp(283)Entering LSMSysPrepRestore`, `… RdpSysPrepRestore`, `… RCMSysPrepRestore` | part of specialize |
    | `sysprep.cpp(291)Leaving LSMSysPrepRestore`, `sysprep.cpp(267)LSMSysPrepBackup completed` | the function ended |

    How steps are read: blocks of one pass that follow one another within an hour are one step, with the time of the first; in specialize
    RCM comes two minutes after the others. A function that generalize calls again is another generalize. Warnings and errors are
    ordinary. A block without its beginning, in a log that was cut, is left out. The generalizes of Microsoft's media do not stand in it;
    seen on Windows 7 SP1 alone. NotFound when no step stands in it, Malformed after 20,000 lines or 1,000 steps: what stands before is
    stated.
    """
    log, steps, failures = TextLog(file), _Steps(), Deferred()
    with failures:
        for line in log.find([_BEGIN, "SysPrep", _END], LINE_COUNT_LIMIT):
            steps.read(line)
            if len(steps.steps) > STEP_LIMIT:
                break
    for step in steps.steps[:STEP_LIMIT]:
        yield SETUP_LINEAGE_STEP.fact(step.stated(), log.reading(step.line))
    settle(log, failures, len(steps.steps), "no step of the terminal services in it")


class _Step:
    """What was read of one pass so far."""

    def __init__(self, block: Line, time: LocalTime | None, *, generalizes: bool) -> None:
        self.line, self.time, self.last, self.generalizes = block, time, time, generalizes
        self.entered: set[str] = set()
        self.left: set[str] = set()

    def takes(self, function: str, time: LocalTime | None, *, generalizes: bool) -> bool:
        """Return whether a function called at `time` belongs to this pass."""
        if self.generalizes != generalizes or (generalizes and function in self.entered):
            return False
        return self.last is None or time is None or abs(time.ticks - self.last.ticks) <= TOGETHER

    def stated(self) -> SetupLineageStep:
        """Return the step."""
        return SetupLineageStep("generalize" if self.generalizes else "specialize", self.time, complete=self.entered <= self.left)


class _Steps:
    """The passes in the order of the log."""

    def __init__(self) -> None:
        self.steps: list[_Step] = []
        self.block: tuple[Line, LocalTime | None] | None = None

    def read(self, line: Line) -> None:
        """Take one line of interest."""
        if _BEGIN in line.text:
            match = _BLOCK.search(line.text)
            if match is None:
                self.block = line, None
            else:
                month, day, year, *clock = match.groups()
                self.block = line, clock_reading(f"20{year}", month, day, *clock, None)
        elif _END in line.text:
            self.block = None
        elif self.block is not None:
            self._function(*self.block, line.text)

    def _function(self, block: Line, time: LocalTime | None, text: str) -> None:
        if (match := _ENTERED.search(text)) is not None:
            generalizes = match[2] != "Restore"
            if not self.steps or not self.steps[-1].takes(match[1], time, generalizes=generalizes):
                self.steps.append(_Step(block, time, generalizes=generalizes))
            self.steps[-1].entered.add(match[1])
            self.steps[-1].last = time or self.steps[-1].last
        elif (match := _LEFT.search(text)) is not None and self.steps:
            self.steps[-1].left.add(match[1] or match[2])
