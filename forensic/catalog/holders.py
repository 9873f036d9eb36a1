"""Holders: who has a value, where there is no image and only that: after an event 6167, from a list of another team, from a log."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from forensic.catalog.grouping import member
from forensic.catalog.key import PREFIX
from forensic.catalog.store import Store
from forensic.errors import Malformed
from forensic.examination import TOOL
from forensic.model import KINDS, Guid, Identifier, Sid
from forensic.model.archive import Held, HoldersReport
from forensic.reasoning.pair.meeting import DOMAIN

LIMIT = 100_000
"""Values that a list may have."""
_HEADS = frozenset({"namespace", "kind", "identifier"})
_SHOWN = 60
"""Characters of a value that a sentence against it repeats."""
_HEX = 8
"""Digits of a MachineGuid that Sysmon's ids begin with."""


def holders_of(store: Store, asked: Iterable[Identifier]) -> HoldersReport:
    """Return the states that hold the values, each as what: its own today, one that it had before, the SID of its domain."""
    wanted = list(dict.fromkeys(asked))
    held = tuple(
        Held(
            member(one.state),
            "machine-guid" if one.namespace == PREFIX else one.namespace,
            value.text,
            one.standing,
            one.state.history,
            one.state.policy,
        )
        for value in wanted
        for one in store.holders(value.namespace, value.text)
    )
    return HoldersReport(store.url, TOOL, tuple((value.namespace, value.text) for value in wanted), held)


def identifier(text: str) -> Identifier:
    """Return the identifier that `NAMESPACE=VALUE` names, in the spelling of reports; Malformed, with the reason, where it names none."""
    namespace, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise Malformed(f"{_cut(text)!r} is not NAMESPACE=VALUE, such as machine-sid=S-1-5-21-…")
    return _spelled(namespace.strip().lower(), value.strip())


def identifiers(text: str) -> list[Identifier]:
    """Return the identifiers of a CSV list: namespace and value in each line, further columns are not looked at.

    Malformed, with the number of the line, where a line names none. Lines that begin with `#` and a first line with names of columns are
    passed over.
    """
    found: list[Identifier] = []
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    except csv.Error as error:
        raise Malformed(f"the list is no CSV: {error}") from None
    for number, row in enumerate(rows, 1):
        if not row or not "".join(row).strip() or row[0].startswith("#") or (number == 1 and row[0].strip().lower() in _HEADS):
            continue
        try:
            found.append(_spelled(row[0].strip().lower(), row[1].strip()) if len(row) > 1 else identifier(row[0]))
        except Malformed as error:
            raise Malformed(f"line {number} of the list: {error}") from None
        if len(found) > LIMIT:
            raise Malformed(f"the list has more than {LIMIT:,} values")
    return found


def namespaces() -> tuple[str, ...]:
    """Return what may stand before the `=`: the kinds that identify."""
    from forensic.artifacts.index import KINDS as NAMES

    return tuple(sorted(name for name in NAMES if (kind := KINDS.named(name)) is not None and kind.namespace is not None))


def _spelled(name: str, value: str) -> Identifier:
    kind = KINDS.named(name)
    if kind is None or kind.namespace is None:
        raise Malformed(f"{_cut(name)!r} is not a kind of identifier; those are {', '.join(namespaces())}")
    namespace = DOMAIN if name == DOMAIN else kind.namespace
    if namespace in ("machine-sid", DOMAIN):
        try:
            sid = Sid.parse(value)
        except Malformed:
            raise Malformed(f"{_cut(value)!r} is no SID, as {name} is: S-1-5-21-…") from None
        return Identifier(namespace, str(sid.prefix if sid.is_account else sid), "current")
    if namespace == "machine-guid-prefix":
        digits = value.strip("{}").lower()[:_HEX]
        if len(digits) < _HEX or any(digit not in "0123456789abcdef" for digit in digits):
            raise Malformed(f"{_cut(value)!r} does not begin with the eight hexadecimal digits of a MachineGuid, as Sysmon's ids do")
        return Identifier(namespace, digits, "current")
    try:
        return Identifier(namespace, str(Guid.parse(value)), "current")
    except Malformed:
        if kind.type is Guid:
            raise Malformed(f"{_cut(value)!r} is no GUID, as {name} is") from None
    plain = value.lower() if value.isascii() and _is_hexadecimal(value) else value
    return Identifier(namespace, plain, "current")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _is_hexadecimal(value: str) -> bool:
    return all(character in "0123456789abcdefABCDEF:-" for character in value)
