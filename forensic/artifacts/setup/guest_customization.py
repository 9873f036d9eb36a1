"""Guest customization: the runs in which VMware's tools customized a virtual machine, and what Sysprep was told to do, by their log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog, clock_reading
from forensic.artifacts.optional_values import Deferred
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, LocalTime, Origin, Span, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File

RUN_LIMIT = 200
"""Runs of one log, of two lines each, that are stated at most."""
_INVOKED, _PARAMETERS = "GuestCustUtil invoked", "Params: "
_OPERATION = re.compile(r"Params: ([\w-]{1,40})")
_SEAL = re.compile(r'-sealparam "([^"]{0,300})"')
_OPTION = re.compile(r"(?:^|\s)/(\w{1,40})")
_TIME = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_LOGS = "guestcust.log published by administrators (pastebin ETpuLX3U, a gist of sprokopiak)"
_API = "VMware API, CustomizationWinOptions, changeSID"


class GuestCustomization(msgspec.Struct, frozen=True):
    """One call of the customization."""

    time: LocalTime | None = None
    """As the line has it; in which zone is not known."""
    operation: str | None = None
    """E.g. `customize`; None where the log has only that the program was called."""
    options: tuple[str, ...] = ()
    """What Sysprep was told, in lower case and without values, e.g. `generalize`, `oobe`."""


GUEST_CUSTOMIZATION = Kind(
    "guest-customization",
    GuestCustomization,
    "Run of VMware's guest customization, and what it told Sysprep",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: kept(Basis.UNVERIFIED), Change.SID_CHANGER: kept(Basis.INFERRED)},
    claims=(
        Claim(
            'The tools seal the copy by Sysprep: `Params: customize -sealparam "/quiet /generalize /oobe /reboot"`.', Basis.OBSERVED, _LOGS
        ),
        Claim("From Vista on the SID is always changed; a request to keep it is an error.", Basis.SOURCED, _API),
        Claim("It runs on the copy, after deployment: the generalize is no older than the copy.", Basis.INFERRED),
        Claim("That it was called does not say that it succeeded: Sysprep's own log does.", Basis.INFERRED),
        Claim("How the beginning of the lines spells the time is not documented.", Basis.UNVERIFIED),
    ),
    references=(_LOGS, _API),
)


@artifact_file("%SystemRoot%/Temp/vmware-imc/guestcust.log", GUEST_CUSTOMIZATION, depth="full")
def guest_customization(file: File) -> Iterator[Fact[GuestCustomization]]:
    """State each call of the customization in guestcust.log: `GuestCustUtil invoked.`, with the `Params:` that follow.

    Of the parameters, among which passwords may be, only the operation and the options of Sysprep are stated. NotFound when there is no
    call, Malformed after 400 lines of interest.
    """
    log, failures, found, call = TextLog(file), Deferred(), False, None
    with failures:
        for line in log.find([_INVOKED, _PARAMETERS], 2 * RUN_LIMIT):
            if _PARAMETERS in line.text:
                yield GUEST_CUSTOMIZATION.fact(_read(line, call), _without_secrets(log.reading(line), log.encoding))
                call, found = None, True
            else:
                if call is not None:
                    yield GUEST_CUSTOMIZATION.fact(GuestCustomization(_time(call)), log.reading(call))
                call, found = line, True
    if call is not None:
        yield GUEST_CUSTOMIZATION.fact(GuestCustomization(_time(call)), log.reading(call))
    failures.settle()
    log.settle()
    if not found:
        raise NotFound("no call of the customization in it")


def _read(line: Line, call: Line | None) -> GuestCustomization:
    operation, seal = _OPERATION.search(line.text), _SEAL.search(line.text)
    options = () if seal is None else tuple(dict.fromkeys(option.lower() for option in _OPTION.findall(seal[1])))
    time = _time(line) or (None if call is None else _time(call))
    return GuestCustomization(time, None if operation is None else operation[1], options)


def _without_secrets(span: Span, encoding: str) -> Span:
    """Return the place of a line of parameters, of whose bytes passwords may be a part, with those of the operation alone."""
    match = _OPERATION.search(span.raw.decode(encoding, "replace"))
    return Span(span.place, b"" if match is None else match[0].encode(encoding), span.written, span.state)


def _time(line: Line) -> LocalTime | None:
    match = _TIME.search(line.text[:80])
    return None if match is None else clock_reading(*match.groups(), None)
