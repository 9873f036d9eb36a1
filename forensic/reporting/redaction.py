r"""Redaction: a report that may leave the house, in which names of computers, people, domains and the examiner's folders are replaced.

`HOST-1`, `USER-1`, `DOMAIN-1`, `NETWORK-1`, `FOLDER-1` stand for one name each, in whichever case and place it is written, in every
report of one run: what was equal stays equal. What Windows itself calls so on every computer (`Administrator`, `WORKGROUP`) is kept; so
are SIDs, whose machine part is what is compared, and GUIDs. The names are taken from the facts whose kinds hold them (`NAMES`), from the
folders of users, and from paths on servers, `\\server\…`; then they are replaced in every text of the report.

Bytes that would give a name away are removed: the raw bytes of a fact whose value or place changed, and of any other that hold a name.
Case, examiner and notes were given by the person who asked for the report, and stay but for the names in them. A name that is also a
word is replaced in sentences too.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal, TypeVar

import msgspec

from forensic.model import Fact, ImageReport, InstallationReport
from forensic.model.codec import to_builtins
from forensic.reporting.name_finder import IDENTIFIER, NameFinder

_DATED = re.compile(r"(.+)-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d")
PACKED = "packed"
"""End of the names of parts that hold hashes of records by which two reports are compared: a name can be guessed from its hash."""
N = TypeVar("N", bound=msgspec.Struct)
Label = Literal["HOST", "USER", "DOMAIN", "NETWORK", "FOLDER"]

NAMES: dict[str, dict[str, Label]] = {
    "account-domain-name": {"": "HOST"},
    "account-sid": {"name": "USER"},
    "cloud-join": {"user_sha256": "USER"},
    "computer-name": {"name": "HOST"},
    "device-census": {"device_name": "HOST"},
    "domain-name": {"netbios": "DOMAIN", "dns": "DOMAIN"},
    "event-account": {"name": "USER", "domain": "DOMAIN"},
    "event-computer-name": {"name": "HOST"},
    "event-domain-name": {"computer": "HOST", "machine_accounts": "HOST", "name": "DOMAIN"},
    "event-log-cleared": {"user": "USER"},
    "event-peer": {"name": "HOST", "user": "USER"},
    "event-rename": {"old": "HOST", "new": "HOST"},
    "first-boot-setup": {"computer_name": "HOST"},
    "hyperv-guest": {"machine": "HOST", "host": "HOST", "physical_host": "HOST"},
    "kms-host": {"": "HOST"},
    "link-tracker": {"machine": "HOST"},
    "machine-certificate": {"subject": "HOST"},
    "machine-guid-prefix": {"computer": "HOST"},
    "network-interface": {"domain": "DOMAIN"},
    "network-profile": {"name": "NETWORK"},
    "network-setup": {"computer": "HOST", "former_name": "HOST", "domain": "DOMAIN"},
    "network-signature": {"dns_suffix": "DOMAIN", "first_name": "NETWORK"},
    "scheduled-task": {"author": "USER"},
    "task-identity": {"computer": "HOST", "users": "USER"},
    "task-owner": {"name": "USER"},
    "update-client": {"dns_name": "HOST"},
}
"""Kind -> part of its value (empty: the whole value) -> what is called so there. A test says when a kind with text was forgotten."""

KEPT = frozenset(
    """
    administrator, administrators, guest, guests, defaultaccount, wdagutilityaccount, helpassistant, support_388945a0, sysprep, system,
    localsystem, local service, localservice, network service, networkservice, systemprofile, trustedinstaller, everyone, interactive,
    nt authority, nt service, builtin, window manager, font driver host, public, default, default user, default.migrated, all users,
    defaultuser0, defaultuser1, defaultuser100000, desktop.ini, workgroup, mshome, localhost, minwinpc, unidentified network, microsoft,
    microsoft corporation, windows, user, users, admin, owner, test, computer, pc, client, server, machine, local, localdomain, home, none
    """.replace("\n", " ")
    .replace("    ", "")
    .strip()
    .split(", ")
)
"""Names that Windows gives on every computer, and words that name nobody."""

CODES = frozenset({
    "against", "artifact", "caps", "code", "decided_by", "event", "filesystem", "format", "group", "hive", "history", "kind", "knowledge",
    "namespace", "rule", "schema", "started", "supports", "time", "version",
})  # fmt: skip
"""Fields of a report's own nouns that hold codes and no text."""

_NETWORK = re.compile(r"(?:network|netzwerk|réseau|red|rete)\s*\d*", re.IGNORECASE)
_USER_FOLDER = re.compile(
    r"(?:^|[\\/:>]\s?)(?<!Account\\)(?<!Builtin\\)(?:Users|Documents and Settings|(?:WINNT|Windows)[\\/]+Profiles)[\\/]+([^\\/:\"<>|]+)",
    re.IGNORECASE,
)
_SERVER = re.compile(r"(?<![\\\w:])\\\\(?![?.]\\)([^\\/\s\"<>|]+)\\")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[\da-fA-F]*:[\da-fA-F:.]*")
_HEX = re.compile(r"(?:[0-9a-f]{2}){6,}")
_DIGESTS = (32, 40, 64)
"""Hexadecimal digits of an MD5, SHA-1, SHA-256: bytes that hold no name."""


class Redactor:
    """Replaces names in the reports of one run by one mapping."""

    def __init__(self) -> None:
        """Start without any name."""
        self._names = NameFinder()
        self._counts: dict[str, int] = {}
        self._folder_labels: dict[str, str] = {}
        self._folders: dict[re.Pattern[str], str] = {}
        self._directory = ""

    def redact(self, report: ImageReport) -> ImageReport:
        """Return the report with its names replaced."""
        for one in report.installations:
            self._learn(one)
        folders = {re.split(r"[\\/]", path)[-1] for path in _profiles(report)}
        for text in _texts(report):
            for found in _USER_FOLDER.finditer(text):
                self._add(found[1] if found[1] in folders else re.split(r"[\s,;']", found[1])[0], "USER")
            for found in _SERVER.finditer(text):
                self._add(found[1], "HOST")
        self._learn_folders(report)
        made = report.examination
        about = msgspec.structs.replace(self._struct(made), command=tuple(map(self._argument, made.command)), redacted=True)
        return msgspec.structs.replace(self._struct(report), examination=about)

    # Learning.

    def _learn(self, one: InstallationReport) -> None:
        if one.computer_name:
            self._add(one.computer_name, "HOST")
        for fact in one.facts:
            parts = NAMES.get(fact.kind, {})
            plain = to_builtins(fact.value) if parts else None
            for part, label in parts.items():
                said = plain if not part else plain.get(part) if isinstance(plain, dict) else None
                for name in said if isinstance(said, list) else [said]:
                    if isinstance(name, str):
                        self._add(name, label)

            if fact.kind == "agent-id" and (dated := _DATED.fullmatch(str(getattr(fact.value, "id", None) or ""))):
                self._add(dated[1], "HOST")  # GLPI and FusionInventory call a computer by its name and the time of the first run

    def _add(self, name: str, label: Label) -> None:
        r"""Learn a name: the parts of `DOMAIN\user`, `user@domain` and `host.domain` by themselves."""
        *domains, name = name.strip().strip("\0").rstrip("$").split("\\")
        if label == "HOST" and "." in name and not _ADDRESS.fullmatch(name):
            name, _, domain = name.partition(".")
            domains.append(domain.partition(":")[0])
        elif label == "USER" and "@" in name.strip("@"):
            name, _, domain = name.partition("@")
            domains.append(domain)
        for one, its in (*((domain, "DOMAIN") for domain in domains), (name, label)):
            if one.casefold() not in KEPT and one not in self._names and not _is_of_windows(one, its):
                self._names.add(one, self._next(its))

    def _next(self, label: str) -> str:
        self._counts[label] = self._counts.get(label, 0) + 1
        return f"{label}-{self._counts[label]}"

    # Replacing.

    def _text(self, text: str) -> str:
        for folder, label in self._folders.items():
            text = folder.sub(label, text)
        replaced = self._names.replaced(text)
        bytes_stated = len(replaced) not in _DIGESTS and _HEX.fullmatch(replaced)
        return "" if bytes_stated and self._gives_away(replaced) else replaced

    def _gives_away(self, digits: str) -> bool:
        try:
            return self._names.gives_away(bytes.fromhex(digits))
        except ValueError:  # a saved report may claim anything
            return True

    def _value(self, value: Any) -> Any:
        if type(value) is str:  # SIDs, GUIDs and times are texts of types of their own
            return self._text(value)
        if isinstance(value, Fact):
            return self._fact(value)
        if isinstance(value, msgspec.Struct):
            return self._struct(value)
        if isinstance(value, dict):
            return {name: self._value(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self._value, value))
        return value

    def _struct(self, noun: N) -> N:
        parts = {name: self._value(getattr(noun, name)) for name in _free_fields(type(noun))}
        return msgspec.structs.replace(noun, **parts)

    def _fact(self, fact: Fact[Any]) -> Fact[Any]:
        value, place = _without_samples(self._value(fact.value)), self._struct(fact.place)
        shows = value != fact.value or place != fact.place or (isinstance(fact.raw, str) and self._gives_away(fact.raw))
        profile = None if fact.profile is None else self._text(fact.profile)
        return msgspec.structs.replace(fact, value=value, place=place, profile=profile, raw="" if shows else fact.raw)

    # Folders of the examiner.

    def _learn_folders(self, report: ImageReport) -> None:
        path = report.source.path
        self._directory = path if report.source.format == "directory" else ""
        head = path if report.source.format == "directory" else re.split(r"[\\/][^\\/]*$", path)[0] if re.search(r"[\\/]", path) else ""
        if head.strip("./\\"):
            self._folders = {re.compile(rf"(?<![\w./\\-]){re.escape(head)}(?=[\\/\s:;,]|$)"): self._path(head)}

    def _argument(self, argument: str) -> str:
        """Return an argument of the command with the folders of every path in it replaced."""
        option, equals, value = argument.partition("=")
        if option.startswith("-") and equals:
            return f"{option}={self._argument(value)}"
        if argument == self._directory:
            return self._path(argument)
        head, name = re.fullmatch(r"((?:.*[\\/])?)([^\\/]*)", argument, re.DOTALL).groups()  # type: ignore[union-attr]
        return self._path(head) + self._text(name)

    def _path(self, path: str) -> str:
        parts = re.split(r"([\\/]+)", path)
        return "".join(
            part if number % 2 or re.fullmatch(r"|\.\.?|~|\w+:", part) else self._folder(part) for number, part in enumerate(parts)
        )

    def _folder(self, name: str) -> str:
        if name not in self._folder_labels:
            self._folder_labels[name] = self._next("FOLDER")
        return self._folder_labels[name]


def redacted(reports: Iterable[ImageReport]) -> Iterator[ImageReport]:
    """Yield each report with its names replaced; all by one mapping."""
    redactor = Redactor()
    for report in reports:
        yield redactor.redact(report)


def _is_of_windows(name: str, label: str) -> bool:
    """Return whether it is no name but an identifier, an address, a variable such as `%SystemRoot%`, or a network's ordinary name."""
    if name.startswith("%") or not any(map(str.isalnum, name)) or IDENTIFIER.fullmatch(name) or _ADDRESS.fullmatch(name):
        return True
    return label == "NETWORK" and _NETWORK.fullmatch(name) is not None


@cache
def _free_fields(noun: type) -> tuple[str, ...]:
    """Return the fields of a noun that may hold text: not those with codes."""
    ours = noun.__module__.startswith("forensic.model")
    hints = typing.get_type_hints(noun)
    return tuple(name for name in noun.__struct_fields__ if not _is_code(hints[name]) and not (ours and name in CODES))  # type: ignore[attr-defined]


def _is_code(hint: Any) -> bool:
    inner = [part for part in typing.get_args(hint) if part is not type(None)]
    return typing.get_origin(hint) is Literal or (bool(inner) and all(typing.get_origin(part) is Literal for part in inner))


def _profiles(report: ImageReport) -> Iterator[str]:
    """Yield the folders of users, whose names may have blanks; in a sentence nobody can tell where such a name ends."""
    for one in report.installations:
        yield from (profile.path for profile in one.profiles)
        yield from (fact.profile for fact in one.facts if fact.profile)
        yield from (gap.profile for gap in one.gaps if gap.profile)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a noun."""
    if type(value) is str:
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _without_samples(value: Any) -> Any:
    """Return the value of a fact without hashes from which names could be guessed; such a report cannot be compared any more."""
    names = [name for name in getattr(value, "__struct_fields__", ()) if name.endswith(PACKED)]
    return msgspec.structs.replace(value, **dict.fromkeys(names, b"")) if names else value
