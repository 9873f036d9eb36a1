"""One run of Sysprep: what the lines of its log say of it, in the spellings of Windows 7 to 11."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.logs.text_log import local_time
from forensic.model import LocalTime

if TYPE_CHECKING:
    from forensic.artifacts.logs.text_log import Line

PROVIDER_LIMIT = 500
"""Providers of one run that are stated at most."""
ACTION_LIMIT = 200
"""Declared actions of one run that are stated at most."""
TEXT_LIMIT = 300
LINE_LIMIT = 2_000
"""Characters of one line that are looked at; Sysprep's own have a few hundred."""
_SECOND = 10_000_000

_BEGIN = "Beginning of a new sysprep run"
_OPENED = "Initialized SysPrep log"
_CLOSED = "Shutting down SysPrep log"
_CLOCK = "The time is now "
_DIALOG = "Displaying dialog box for user to choose"
_TAGGED = "Successfully created tag file"
_UNTAGGED = "Successfully deleted tag file"
_REFUSED = "Not running DLLs"
_RULE = "SYSPRP ========"
WORDS = (
    _RULE, _BEGIN, _OPENED, _CLOCK, _CLOSED, _DIALOG, _TAGGED, _UNTAGGED, "Found supported command line option ", "Sysprep mode [",
    "ActionFiles\\", "internal provider", "external provider", "RunRegistryDlls:", "ActionPlatform::Delete", "ActionPlatform::Set",
    "ActionPlatform::Create", "Executing method ", "; executing it", "Successfully executed ", "Failure occurred while executing ",
    ", Error ",
)  # fmt: skip
"""What stands in the lines that say something of a run."""

_HALTED = ("Hit failure", "halting sysprep", "Unable to parse command-line")
_OPTION = re.compile(r"Found supported command line option '([^']*)'")
_MODE = re.compile(r"Sysprep mode \[([^\]]{0,64})\]")
_PHASE = re.compile(r"ActionFiles\\(\w{1,40})\.xml|'(\w{1,40})' (?:internal|external) provider|\\SysPrep\\(\w{1,40})\\\{", re.IGNORECASE)
_STEP = re.compile(r"SysprepSession::(Validate|Execute): |WinMain:(Pre-|Processing )")
_PROVIDER = re.compile(
    r"(Executing method|Found|Successfully executed|Failure occurred while executing) '([^']{1,400})'"
    r"(?: (?:from|in) ([^;,]{1,400}?))?(?: without error)?\s*(?:[;,] ?(.{1,300}))?$"
)
_CALLS = ("Executing method", "Found")
_ACTION = re.compile(r"ActionPlatform::((?:Delete|Set|Create)\w{1,40}): (.{1,300})")
_COMPONENT = re.compile(r"Error in executing action for ([^;]{1,300})")
_HIT = re.compile(r"Hit failure while (pre-validate|processing) sysprep (\w{1,40}) .{0,40}; hr = (0x[0-9a-fA-F]{1,8})")
_LEVEL = re.compile(r"^[^,]*, (Info|Warning|Error)\s+(?:\[[^\]]*\]\s*)?(.*)")


class SysprepProvider(msgspec.Struct, frozen=True):
    """One provider that a run called: a function that cleans or generalizes one subject."""

    name: str
    module: str | None = None
    result: Literal["succeeded", "failed", "unknown"] = "unknown"
    """`unknown`: no line says how it ended."""
    detail: str | None = None
    """What the log says of a failure, e.g. `dwRet = 0x3cf2`."""
    seconds: int | None = None
    """From its call to its end, where the log has both."""


class SysprepAction(msgspec.Struct, frozen=True):
    """One action that an action file declares and Sysprep itself does, without a provider."""

    operation: str
    """E.g. `DeleteValue`."""
    text: str
    """What the log says, e.g. `Deleting registry value N under key K`."""
    level: str
    """`info` where it was done, `warning` where there was nothing to do, `error` where it failed."""


class SysprepRun(msgspec.Struct, frozen=True):
    """One run of Sysprep."""

    start: LocalTime | None = None
    end: LocalTime | None = None
    """Of the last line that was read of this run."""
    options: tuple[str, ...] = ()
    """Command line options in lower case, e.g. `generalize`, `oobe`, `shutdown`, in the order of the log."""
    dialog: bool = False
    """Whether a person chose in the dialog; then the options are not in the log, and the phases tell."""
    phases: tuple[str, ...] = ()
    """Phases whose providers were checked or called, in lower case, e.g. `cleanup`, `generalize`."""
    mode: str | None = None
    """`vm`: for virtual machines on the same host hardware, devices are kept."""
    result: Literal["succeeded", "failed", "ended", "cut-off"] = "cut-off"
    """`succeeded`: the tag file was made. `failed`: it was not, and a provider or the program said that it failed. `ended`: neither, and
    the log was closed. `cut-off`: the log stops without an end, as where a provider hangs."""
    errors: int = 0
    """Lines of the level Error, those included that did not stop the run."""
    first_error: str | None = None
    providers: tuple[SysprepProvider, ...] = ()
    providers_omitted: int = 0
    phase: Literal["validation", "execution"] | None = None
    """How far it came. `validation`: only the checks, which change nothing. `execution`: providers or actions were set to work."""
    executed: tuple[str, ...] = ()
    """Phases whose execution began, in lower case."""
    code: str | None = None
    """HRESULT with which it stopped, e.g. `0x80073cf2`."""
    component: str | None = None
    """Component whose declared action failed first."""
    actions: tuple[SysprepAction, ...] = ()
    actions_omitted: int = 0
    deleted_tag: bool = False
    """Whether it deleted a tag file at its start: an earlier run had succeeded."""
    headless: bool = False
    """Whether its first lines are missing: the log was cut, or edited."""

    @property
    def completed(self) -> bool:
        """Whether its execution came to the end."""
        return self.result == "succeeded"


def error_of(text: str) -> str | None:
    """Return what a line of the level Error says, None of another line."""
    match = _LEVEL.match(text)
    return None if match is None or match[1] != "Error" else match[2][:TEXT_LIMIT]


def stop_code(text: str) -> str | None:
    """Return the HRESULT of the line with which Sysprep gives up, None of another line."""
    match = _HIT.search(text)
    return None if match is None else match[3].lower()


class RunReader:
    """What was read of one run so far."""

    def __init__(self) -> None:
        """Start without a line."""
        self.first: Line | None = None
        self.start: LocalTime | None = None
        self.end: LocalTime | None = None
        self.options: dict[str, None] = {}
        self.phases: dict[str, None] = {}
        self.executed: dict[str, None] = {}
        self.mode: str | None = None
        self.errors = self.omitted = self.actions_omitted = self.rules = 0
        self.first_error: str | None = None
        self.code: str | None = None
        self.component: str | None = None
        self.providers: list[SysprepProvider] = []
        self.actions: list[SysprepAction] = []
        self.step: Literal["validation", "execution"] | None = None
        self.called: LocalTime | None = None
        self.head, self.time = "", local_time("")
        self.begun = self.opened = self.body = self.dialog = False
        self.tagged = self.untagged = self.closed = self.halted = self.refused = self.worked = False

    def is_over_at(self, text: str) -> bool:
        """Return whether this line is the first one of the next run."""
        if self.first is None:
            return False
        if _RULE in text:
            return self.body or self.rules == 2
        if _BEGIN in text:
            return self.body or self.begun
        return (self.opened and _OPENED in text) or (self.closed and "SYSPRP" in text and _CLOCK not in text)

    def read(self, line: Line) -> None:
        """Take one line of interest."""
        self.first, text = self.first or line, line.text[:LINE_LIMIT]
        time = self._time_of(text[:32])
        self.start, self.end = self.start or time, time or self.end
        self.rules += _RULE in text
        self.begun |= _BEGIN in text
        self.body |= _RULE not in text and _BEGIN not in text
        self.opened |= _OPENED in text
        self.closed |= _CLOSED in text
        self.dialog |= _DIALOG in text
        self.tagged |= _TAGGED in text
        self.untagged |= _UNTAGGED in text
        self.refused |= _REFUSED in text
        if (match := _OPTION.search(text)) is not None:
            self.options.setdefault(match[1].lower())
        elif (match := _MODE.search(text)) is not None:
            self.mode = match[1].lower()
        self._take_phase(text)
        if (match := _PROVIDER.search(text)) is not None and (match[1] != "Found" or match[4]):
            self._take_provider(time, match)
        elif (match := _ACTION.search(text)) is not None:
            self._take_action(text, match[1], match[2])
        self._take_error(text)

    def _time_of(self, head: str) -> LocalTime | None:
        if head != self.head:  # many lines share their second
            self.head, self.time = head, local_time(head)
        return self.time

    def _take_phase(self, text: str) -> None:
        step = _STEP.search(text)
        if step is not None:
            self.step = "validation" if "Validate" in step.groups() or "Pre-" in step.groups() else "execution"
        match = _PHASE.search(text)
        if match is None:
            return
        phase = (match[1] or match[2] or match[3]).lower()
        self.phases.setdefault(phase)
        if (step is not None and self.step == "execution") or (match[3] and "validat" not in text.lower()):
            self.executed.setdefault(phase)

    def _take_provider(self, time: LocalTime | None, match: re.Match[str]) -> None:
        what, name, module, detail = match.groups()
        if module is None and "," in name:
            module, _, name = (part.strip() for part in name.rpartition(","))  # as Windows 7 spells it
        module, name = module and module[:TEXT_LIMIT], name[:TEXT_LIMIT]
        self.worked |= self.step == "execution" or (self.step is None and "validat" not in name.lower())
        if what in _CALLS:
            self.called = time
            self._add(SysprepProvider(name, module))
            return
        result: Literal["succeeded", "failed"] = "succeeded" if what == "Successfully executed" else "failed"
        known = self.providers[-1] if self.providers else None
        if known is not None and known.name == name and known.result == "unknown":
            seconds = None if time is None or self.called is None else (time.ticks - self.called.ticks) // _SECOND
            took = None if seconds is None or seconds < 0 else seconds  # a clock that was set back says nothing
            self.providers[-1] = SysprepProvider(name, module, result, detail and detail[:TEXT_LIMIT], took)
        else:
            self._add(SysprepProvider(name, module, result, detail and detail[:TEXT_LIMIT]))

    def _add(self, provider: SysprepProvider) -> None:
        if len(self.providers) < PROVIDER_LIMIT:
            self.providers.append(provider)
        else:
            self.omitted += 1

    def _take_action(self, text: str, operation: str, what: str) -> None:
        level = _LEVEL.match(text)
        self.worked |= self.step != "validation"
        if len(self.actions) < ACTION_LIMIT:
            self.actions.append(SysprepAction(operation, what, "info" if level is None else level[1].lower()))
        else:
            self.actions_omitted += 1

    def _take_error(self, text: str) -> None:
        error = error_of(text)
        if error is None:
            return
        self.errors += 1
        self.first_error = self.first_error or error
        self.halted |= any(words in text for words in _HALTED)
        if self.component is None and (match := _COMPONENT.search(text)) is not None:
            self.component = match[1]
        if (match := _HIT.search(text)) is not None:
            self.code = match[3].lower()
            self.phases.setdefault(match[2].lower())
            if match[1] == "processing" and not self.refused:
                self.executed.setdefault(match[2].lower())

    def run(self) -> SysprepRun:
        """Return the run."""
        failed = self.halted or any(provider.result == "failed" for provider in self.providers)
        result: Literal["succeeded", "failed", "ended", "cut-off"]
        result = "succeeded" if self.tagged else "failed" if failed else "ended" if self.closed else "cut-off"
        phase: Literal["validation", "execution"] | None
        phase = "execution" if self.executed or self.worked else "validation" if self.providers or self.phases else None
        return SysprepRun(
            self.start,
            self.end,
            tuple(self.options),
            self.dialog,
            tuple(self.phases),
            self.mode,
            result,
            self.errors,
            self.first_error,
            tuple(self.providers),
            self.omitted,
            phase,
            tuple(self.executed),
            self.code,
            self.component,
            tuple(self.actions),
            self.actions_omitted,
            self.untagged,
            headless=not (self.rules or self.begun or self.opened),
        )
