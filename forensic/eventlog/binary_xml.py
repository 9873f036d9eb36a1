r"""Binary XML: the content of the records of an `.evtx` chunk.

A record holds a fragment: header `0f 01 01 00` (fragments in values often have none), then an instance of a template.

| Offset | Size | Field | Notes |
|---|---|---|---|
| 0 | 1 | token | `0c` |
| 1 | 1 | unknown | 1 |
| 2 | 4 | template id | |
| 6 | 4 | offset of the definition in the chunk | where it is 10 bytes on, the definition follows here |
| … | 4 | number of values | |
| … | 4 each | description of a value | size (2), type (1), unknown (1) |
| … | … | the values | |

The definition of a template: see `binary_xml_template`. A value of type 21 is itself a fragment; the other types see `binary_xml_value`.

Caveats: only what Windows writes is understood, everything else is Malformed. Templates can stand for far more text than they have bytes,
so what one record may unfold to is bounded.
Source: libyal, libevtx format documentation; every record of 22 public logs was compared with what the Rust library `evtx` makes of it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

from forensic.errors import Malformed
from forensic.eventlog.binary_xml_template import ATTRIBUTE, CLOSE, OPEN, TEMPLATE_TOKEN_LIMIT, TEXT, VALUE, Budget, Templates, Token
from forensic.eventlog.binary_xml_value import FRAGMENT, texts_of
from forensic.model import Sid

PART_LIMIT = 8
"""Texts and values of which one part of `System` may be made."""
DEPTH_LIMIT = 8
"""Fragments inside values inside fragments."""


class Header(msgspec.Struct, frozen=True):
    """What stands in the element `System` of an event."""

    provider: str | None
    event_id: int | None
    computer: str | None
    user_sid: Sid | None
    channel: str | None


class Fragments:
    """The fragments of one chunk; names and the plans of templates are kept."""

    def __init__(self, chunk: bytes) -> None:
        """Read from a chunk, up to its free space."""
        self._chunk = chunk
        self._plans: dict[int, _Plan | None] = {}
        self._headers: dict[tuple[Any, ...], Header] = {}
        self._templates, self._plan_budget = Templates(chunk), Budget(TEMPLATE_TOKEN_LIMIT)

    def header(self, at: int, end: int) -> tuple[Header, int | None, int | None]:
        """Return what `System` says in the fragment from `at` to `end`; Malformed when it cannot be decoded.

        Beside it EventRecordID and TimeCreated (a FILETIME), each None where the fragment has none.
        """
        template, at, sizes, kinds = self._instance(at, end)
        if template not in self._plans:
            self._plans[template] = None  # where it is damaged, once is enough
            self._plans[template] = self._plan(template)
        plan = self._plans[template]
        if plan is None:
            raise Malformed("template without the element System", template)
        starts = list(accumulate(sizes, initial=at))
        values = {}
        for number in plan.needed:
            if number < len(sizes):
                values[number] = kinds[number], self._chunk[starts[number] : starts[number + 1]]
        known = (template, *values.values())
        header = self._headers.get(known)
        if header is None:
            header = self._headers[known] = _header(plan, values)
        own: list[int | None] = []
        for place in plan.own:
            if place is not None and place < len(sizes) and sizes[place] == 8:
                own.append(int.from_bytes(self._chunk[starts[place] : starts[place + 1]], "little"))
            else:
                own.append(None)
        return header, own[0], own[1]

    def data(self, at: int, end: int, budget: Budget) -> dict[str, str]:
        """Return the values in `EventData` or `UserData` by name, or by their position where they have none.

        Malformed when the fragment cannot be decoded, or unfolds to more than `budget` allows.
        """
        data: dict[str, str] = {}
        path: list[str] = []
        texts: list[str] = []
        key, reading, is_leaf, unnamed = "", "", False, 0
        for kind, value in self._unfold(at, end, 0, budget):
            if kind == OPEN:
                path.append(value)
                texts, key, reading, is_leaf = [], "", "", True
            elif kind == ATTRIBUTE:
                reading = value
            elif kind != CLOSE:
                found = value if kind == VALUE else [value]
                if reading == "Name":
                    key += "".join(found)
                elif not reading:
                    texts += found
            elif path:
                name = path.pop()
                if is_leaf and path[1:2] in _CONTENTS:
                    if key or name != "Data":
                        data.setdefault(key or name, ", ".join(texts))
                    else:
                        for text in texts or [""]:
                            unnamed += 1
                            data[str(unnamed)] = text
                is_leaf = False
        return data

    def _unfold(self, at: int, end: int, depth: int, budget: Budget) -> Iterator[Token]:
        """Yield the tokens of a fragment with its values in their places, as lists of texts."""
        template, at, sizes, kinds = self._instance(at, end)
        starts = list(accumulate(sizes, initial=at))
        tokens, text = self._templates.definition(template)
        budget.spend(text, len(tokens))
        for kind, value in tokens:
            if kind != VALUE:
                yield kind, value
            elif value < len(sizes):
                start, stop = starts[value], starts[value + 1]
                if kinds[value] != FRAGMENT:
                    budget.spend(stop - start, 0)
                    yield VALUE, texts_of(kinds[value], self._chunk[start:stop])
                elif depth >= DEPTH_LIMIT:
                    raise Malformed("fragments in fragments", start)
                elif start < stop:
                    yield from self._unfold(start, stop, depth + 1, budget)

    def _instance(self, at: int, end: int) -> tuple[int, int, tuple[int, ...], bytes]:
        """Return offset of the definition, and of the values of an instance where the first one begins, their sizes and their types."""
        chunk = self._chunk
        if chunk[at : at + 4] == b"\x0f\x01\x01\0":
            at += 4
        if chunk[at : at + 1] != b"\x0c" or at + 14 > end:
            raise Malformed("fragment", at)
        at += 1
        template = int.from_bytes(chunk[at + 5 : at + 9], "little")
        at += 9
        if template == at:
            at += 24 + int.from_bytes(chunk[at + 20 : at + 24], "little")
        count = int.from_bytes(chunk[at : at + 4], "little")
        at += 4
        if at + 4 * count > end:
            raise Malformed("values of a template", at, 4 * count, max(0, end - at))
        table = chunk[at : at + 4 * count]
        at += 4 * count
        sizes: tuple[int, ...] = struct.unpack(f"<{2 * count}H", table)[::2]
        if at + sum(sizes) > end:
            raise Malformed("values of a template", end, at + sum(sizes) - end, 0)
        return template, at, sizes, table[2::4]

    def _plan(self, template: int) -> _Plan | None:
        """Return what `System` of a template is made of, None without it; what follows it in the template is not looked at."""
        parts: dict[tuple[str, str], list[Token]] = {place: [] for place in (*_HEADER, *_OWN)}
        path: list[str] = []
        reading = ""
        for token in self._templates.tokens(template, self._plan_budget):
            kind, value = token
            if kind == OPEN:
                path.append(value)
                reading = ""
            elif kind == ATTRIBUTE:
                reading = value
            elif kind == CLOSE:
                if path[1:] == ["System"]:
                    own = [[value for kind, value in parts.pop(place) if kind == VALUE] for place in _OWN]
                    found = [_literal(tokens) for tokens in parts.values()]
                    needed = sorted({value for tokens in parts.values() for kind, value in tokens if kind == VALUE})
                    return _Plan(found, needed, [value[0] if len(value) == 1 else None for value in own])
                path = path[:-1]
            elif path[1:2] == ["System"] and (path[-1], reading) in parts:
                parts[path[-1], reading].append(token)
                if len(parts[path[-1], reading]) > PART_LIMIT:
                    return None
        return None


class _Plan(NamedTuple):
    """Provider, event id, computer, user and channel of a template."""

    parts: list[str | list[Token]]
    """Each a text, or the tokens of which it is made."""
    needed: list[int]
    """The values that stand in them."""
    own: list[int | None]
    """The values that stand for EventRecordID and TimeCreated: apart, because each record has others."""


def _header(plan: _Plan, values: dict[int, tuple[int, bytes]]) -> Header:
    """Return what a plan says with these values, each a type and its bytes."""
    provider, number, computer, user, channel = (part if isinstance(part, str) else _resolve(part, values) for part in plan.parts)
    return Header(
        provider or None,
        int(number) if number.isascii() and number.isdecimal() else None,
        computer or None,
        Sid.parse(user) if user else None,
        channel or None,
    )


def _resolve(tokens: list[Token], values: dict[int, tuple[int, bytes]]) -> str:
    """Return the text that tokens of a plan stand for."""
    parts = []
    for kind, value in tokens:
        if kind == TEXT:
            parts.append(value)
        elif value in values:
            parts += texts_of(*values[value])
    return "".join(parts)


def _literal(tokens: list[Token]) -> str | list[Token]:
    """Return the text of tokens that need no value, else the tokens."""
    return tokens if any(kind == VALUE for kind, _ in tokens) else "".join(text for _, text in tokens)


_HEADER = (("Provider", "Name"), ("EventID", ""), ("Computer", ""), ("Security", "UserID"), ("Channel", ""))
_OWN = (("EventRecordID", ""), ("TimeCreated", "SystemTime"))
_CONTENTS = (["EventData"], ["UserData"])
