"""Network setup: when the computer joined a domain or a workgroup and was renamed, by NetSetup.LOG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.declaration import artifact_file
from forensic.artifacts.logs.text_log import Line, TextLog, clock_reading
from forensic.artifacts.optional_values import Deferred
from forensic.model import Basis, Change, Claim, Fact, Kind, LocalTime, Origin, always

if TYPE_CHECKING:
    from forensic.volumes.tree import File

LINE_COUNT_LIMIT = 50_000
"""Lines of interest in the log that are read at most."""
_TEXT_LIMIT = 256
_TIME = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)(?::(\d{3}))?\s")
_MACHINE = re.compile(r"NetpMachineValidToJoin: '([^']*)'|^\S+ \S+\s+(?:Machine|HostName): (\S+)")
_DOMAIN = re.compile(r"^\S+ \S+\s+Domain: (\S+)")
_WORKGROUP = re.compile(r"joining computer '([^']*)' to workgroup '([^']*)'")
_RENAME = re.compile(r"NetpChangeMachineName: from '([^']*)' to '([^']*)'")
_STATUS = re.compile(r"(NetpDoDomainJoin|NetpChangeMachineName|NetpUnJoinDomain): status: +(0x[0-9a-fA-F]{1,8})")
_WORDS = (
    "NetpDoDomainJoin",
    "NetpMachineValidToJoin: '",
    "Machine: ",
    "HostName: ",
    "Domain: ",
    "to workgroup '",
    "NetpChangeMachineName: ",
    "NetpUnJoinDomain",
)

_JOIN_LOGS = "Microsoft SupportArticles-docs, netsetup.log of domain joins"
_RENAME_LOGS = "Microsoft SupportArticles-docs, error 0x5 when you rename a computer that is member of a domain"


class NetworkSetup(msgspec.Struct, frozen=True):
    """One change of membership or name."""

    operation: Literal["join", "join-workgroup", "join-domain", "unjoin", "rename", "account-update"]
    """`join`: begun, and the log does not say what to. `account-update`: a rename from a name to the same one, as joins do."""
    time: LocalTime | None = None
    computer: str | None = None
    """Name of the computer, in a rename the new one."""
    former_name: str | None = None
    domain: str | None = None
    """Domain or workgroup."""
    status: int | None = None
    """Windows error code; 0 is success, None where the log does not say it."""


NETWORK_SETUP = Kind(
    "network-setup",
    NetworkSetup,
    "Change of name, domain or workgroup, by NetSetup.LOG",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.OBSERVED, "published NetSetup.LOG of Windows PE (MININT-…) and of a Windows 10 (2021)", machines=2),
        Change.DOMAIN_JOIN: always(Basis.SOURCED, _JOIN_LOGS),
        Change.RENAME: always(Basis.SOURCED, _RENAME_LOGS),
    },
    claims=(
        Claim("Names the computer, the domain and the error code of each join.", Basis.SOURCED, _JOIN_LOGS),
        Claim("Names the old and the new name of a renamed member of a domain.", Basis.SOURCED, _RENAME_LOGS),
        Claim(
            "Setup joins a workgroup, with the name that it gave the computer.",
            Basis.OBSERVED,
            "published NetSetup.LOG of Windows PE (MININT-…) and of a Windows 10 (2021)",
        ),
        Claim("Lines of leaving a domain begin with NetpUnJoinDomain.", Basis.UNVERIFIED),
        Claim("Lines are added at the end: names of a master stay in the log of a copy.", Basis.INFERRED),
        Claim("Whether generalize clears it is not known.", Basis.UNVERIFIED),
    ),
    references=(_JOIN_LOGS, _RENAME_LOGS),
)


@artifact_file("%SystemRoot%/debug/NetSetup.LOG", NETWORK_SETUP, since=(5, 0), depth="full")
def network_setup(file: File) -> Iterator[Fact[NetworkSetup]]:
    """State each join and rename in NetSetup.LOG.

    | Line, after `03/06/2025 11:29:05:537 ` (local time, month first) | Field |
    |---|---|
    | `NetpDoDomainJoin` | a join begins |
    | `NetpMachineValidToJoin: 'PC8'`, `  HostName: PC8`, `  Machine: PC8` | computer |
    | `NetpJoinWorkgroup: joining computer 'PC8' to workgroup 'WORKGROUP'` | workgroup |
    | `  Domain: contoso.local` | domain |
    | `NetpDoDomainJoin: status: 0x0` | status; the join ends |
    | `NetpChangeMachineName: from 'PC8' to 'PC9' using '…' [0x1000]` | a rename; equal names update the account |

    Accounts that were used are not stated. Malformed after 50,000 lines of interest.
    """
    log, now, failures = TextLog(file), _Change(), Deferred()
    with failures:
        for line in log.find(_WORDS, LINE_COUNT_LIMIT):
            if now.line is not None and now.is_followed_by(line):
                yield NETWORK_SETUP.fact(now.stated(), log.reading(now.line))
                now = _Change()
            if now.read(line) and now.line is not None:
                yield NETWORK_SETUP.fact(now.stated(), log.reading(now.line))
                now = _Change()
    if now.line is not None:
        yield NETWORK_SETUP.fact(now.stated(), log.reading(now.line))
    failures.settle()
    log.settle()


class _Change:
    """What was read of one change so far."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self.operation: Literal["join", "join-workgroup", "join-domain", "unjoin", "rename", "account-update"] = "join"
        self.computer: str | None = None
        self.former: str | None = None
        self.domain: str | None = None
        self.status: int | None = None

    def is_followed_by(self, line: Line) -> bool:
        """Return whether `line` begins another change."""
        if "NetpUnJoinDomain" in line.text:
            return self.operation != "unjoin"
        return line.text.rstrip().endswith("NetpDoDomainJoin") or _RENAME.search(line.text) is not None

    def read(self, line: Line) -> bool:
        """Take one line; return whether it ends the change."""
        text = line.text
        if self.line is None:
            if text.rstrip().endswith("NetpDoDomainJoin"):
                self.line = line
                return False
            if "NetpUnJoinDomain" in text:
                self.line, self.operation = line, "unjoin"
            elif (match := _RENAME.search(text)) is not None:
                self.line, self.operation = line, "account-update" if match[1].lower() == match[2].lower() else "rename"
                self.former, self.computer = match[1][:_TEXT_LIMIT], match[2][:_TEXT_LIMIT]
                return False
            else:
                return False
        if (match := _WORKGROUP.search(text)) is not None:
            self.operation, self.computer, self.domain = "join-workgroup", match[1][:_TEXT_LIMIT], match[2][:_TEXT_LIMIT]
        elif (match := _MACHINE.search(text)) is not None:
            self.computer = self.computer or (match[1] or match[2])[:_TEXT_LIMIT]
        elif self.operation == "join" and (match := _DOMAIN.search(text)) is not None:
            self.operation, self.domain = "join-domain", match[1][:_TEXT_LIMIT]
        elif (match := _STATUS.search(text)) is not None:
            self.status = int(match[2], 16)
            return True
        return False

    def stated(self) -> NetworkSetup:
        """Return the change."""
        match = None if self.line is None else _TIME.match(self.line.text)
        time = None
        if match is not None:
            month, day, year, *rest = match.groups()
            time = clock_reading(year, month, day, *rest)
        return NetworkSetup(self.operation, time, self.computer, self.former, self.domain, self.status)
