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

A definition: offset of the next one (4), GUID (16), size (4), then a fragment of tokens:

| Token | Field | Notes |
|---|---|---|
| 00 | end | |
| 01, 41 | start of an element | unknown (2), size (4), name (4); 41: size of the attributes (4) |
| 02, 03, 04 | end of a start tag, of an empty element, of an element | |
| 05, 45 | text | type (1), number of characters (2), UTF-16 |
| 06, 46 | attribute | name (4) |
| 07, 47 | character data | number of characters (2), UTF-16 |
| 08, 48 | character reference | number (2) |
| 09, 49 | entity reference | name (4) |
| 0a, 0b | processing instruction | not understood, never seen |
| 0d, 0e | a value goes here | its index (2), type (1); 0e may be missing |
| 0f | header of a fragment | 3 bytes |

A name is an offset in the chunk; where it is that of the next byte, the name follows there: offset of the next name (4), hash (2), number
of characters (2), UTF-16, NUL. A value of type 21 is itself a fragment.

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

from forensic.errors import ForensicError, Malformed
from forensic.model import FileTime, Guid, Sid, decode_utf16

TOKEN_LIMIT, TEXT_LIMIT = 5000, 1 << 20
"""Tokens, and bytes of text, that one record may unfold to; as much text all templates of a chunk may have."""
TEMPLATE_TOKEN_LIMIT = 1 << 14
"""Tokens of all templates of a chunk: more than its bytes can spell where templates do not overlap."""
PART_LIMIT = 8
"""Texts and values of which one part of `System` may be made."""
DEPTH_LIMIT = 8
"""Fragments inside values inside fragments."""

OPEN, ATTRIBUTE, TEXT, VALUE, CLOSE = range(5)
_STRING, _ANSI, _FRAGMENT, _ARRAY = 0x01, 0x02, 0x21, 0x80

Token = tuple[int, Any]
"""`OPEN` and `ATTRIBUTE` with a name (an empty one: what follows is content), `TEXT` with a text, `VALUE` with an index, `CLOSE`."""


class Header(msgspec.Struct, frozen=True):
    """What stands in the element `System` of an event."""

    provider: str | None
    event_id: int | None
    computer: str | None
    user_sid: Sid | None


class Budget:
    """How many tokens, and how many bytes of text, may still be unfolded."""

    def __init__(self, tokens: int = TOKEN_LIMIT, text: int = TEXT_LIMIT) -> None:
        """Start with these; the defaults are for one record."""
        self.tokens, self.text = tokens, text

    def spend(self, text: int, tokens: int = 1) -> None:
        """Take from it; Malformed when it is used up."""
        self.tokens -= tokens
        self.text -= text
        if self.tokens < 0 or self.text < 0:
            raise Malformed("records that unfold to more than events do")


class Fragments:
    """The fragments of one chunk; names and the plans of templates are kept."""

    def __init__(self, chunk: bytes) -> None:
        """Read from a chunk, up to its free space."""
        self._chunk = chunk
        self._names: dict[int, tuple[str, int]] = {}
        self._plans: dict[int, _Plan | None] = {}
        self._headers: dict[tuple[Any, ...], Header] = {}
        self._definitions: dict[int, tuple[list[Token], int]] = {}
        self._budget, self._plan_budget = Budget(TEMPLATE_TOKEN_LIMIT), Budget(TEMPLATE_TOKEN_LIMIT)

    def header(self, at: int, end: int) -> Header:
        """Return what `System` says in the fragment from `at` to `end`; Malformed when it cannot be decoded."""
        template, at, sizes, kinds = self._instance(at, end)
        if template not in self._plans:
            self._plans[template] = None  # where it is damaged, once is enough
            self._plans[template] = self._plan(template)
        plan = self._plans[template]
        if plan is None:
            raise Malformed("template without the element System", template)
        values = {}
        for number in plan.needed:
            if number < len(sizes):
                start = at + sum(sizes[:number])
                values[number] = kinds[number], self._chunk[start : start + sizes[number]]
        known = (template, *values.values())
        header = self._headers.get(known)
        if header is None:
            header = self._headers[known] = _header(plan, values)
        return header

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
        tokens, text = self._definition(template)
        budget.spend(text, len(tokens))
        for kind, value in tokens:
            if kind != VALUE:
                yield kind, value
            elif value < len(sizes):
                start, stop = starts[value], starts[value + 1]
                if kinds[value] != _FRAGMENT:
                    budget.spend(stop - start, 0)
                    yield VALUE, _texts(kinds[value], self._chunk[start:stop])
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
        parts: dict[tuple[str, str], list[Token]] = {place: [] for place in _HEADER}
        path: list[str] = []
        reading = ""
        start, end = self._bounds(template)
        for token in self._tokens(start, end, self._plan_budget):
            kind, value = token
            if kind == OPEN:
                path.append(value)
                reading = ""
            elif kind == ATTRIBUTE:
                reading = value
            elif kind == CLOSE:
                if path[1:] == ["System"]:
                    found = [_literal(tokens) for tokens in parts.values()]
                    return _Plan(found, sorted({value for tokens in parts.values() for kind, value in tokens if kind == VALUE}))
                path = path[:-1]
            elif path[1:2] == ["System"] and (path[-1], reading) in parts:
                parts[path[-1], reading].append(token)
                if len(parts[path[-1], reading]) > PART_LIMIT:
                    return None
        return None

    def _definition(self, template: int) -> tuple[list[Token], int]:
        """Return the tokens of a template's definition, and how many bytes of text they have."""
        known = self._definitions.get(template)
        if known is None:
            start, end = self._bounds(template)
            self._definitions[template] = [], 0  # where it is damaged, once is enough
            before = self._budget.text
            tokens = list(self._tokens(start, end, self._budget))
            known = self._definitions[template] = tokens, before - self._budget.text
        return known

    def _bounds(self, template: int) -> tuple[int, int]:
        """Return where the tokens of a template's definition begin and end."""
        end = template + 24 + int.from_bytes(self._chunk[template + 20 : template + 24], "little")
        if template < 512 or end > len(self._chunk) or self._chunk[template + 24 : template + 28] != b"\x0f\x01\x01\0":
            raise Malformed("definition of a template", template)
        return template + 28, end

    def _tokens(self, at: int, end: int, budget: Budget) -> Iterator[Token]:
        chunk, spend = self._chunk, budget.spend
        in_attributes = False
        while at < end:
            token = chunk[at]
            kind = token & 0x3F
            spend(0)
            if kind == 0x01:
                name, at = self._name(at + 7)
                spend(len(name), 0)
                if token & 0x40:
                    at += 4
                yield OPEN, name
            elif kind == 0x06:
                name, at = self._name(at + 1)
                spend(len(name), 0)
                in_attributes = True
                yield ATTRIBUTE, name
            elif kind in {0x0D, 0x0E}:
                yield VALUE, int.from_bytes(chunk[at + 1 : at + 3], "little")
                at += 4
            elif kind in {0x05, 0x07}:
                at += 2 if kind == 0x05 else 1
                size = 2 * int.from_bytes(chunk[at : at + 2], "little")
                spend(size, 0)
                yield TEXT, decode_utf16(chunk[at + 2 : at + 2 + size])
                at += 2 + size
            elif kind == 0x02:
                if in_attributes:
                    in_attributes = False
                    yield ATTRIBUTE, ""  # what follows is content
                at += 1
            elif kind in {0x03, 0x04}:
                in_attributes = False
                yield CLOSE, None
                at += 1
            elif kind == 0x08:
                yield TEXT, decode_utf16(chunk[at + 1 : at + 3])
                at += 3
            elif kind == 0x09:
                name, at = self._name(at + 1)
                spend(len(name), 0)
                yield TEXT, _ENTITIES.get(name, f"&{name};")
            elif kind == 0x00:
                return
            else:
                raise Malformed(f"token {token:#04x}", at)
        raise Malformed("end of a template", at)

    def _name(self, at: int) -> tuple[str, int]:
        """Return the name whose offset stands at `at`, and where reading goes on."""
        offset = int.from_bytes(self._chunk[at : at + 4], "little")
        known = self._names.get(offset)
        if known is None:
            size = 2 * int.from_bytes(self._chunk[offset + 6 : offset + 8], "little")
            if offset < 512 or offset + 10 + size > len(self._chunk):
                raise Malformed("name", offset)
            known = self._names[offset] = decode_utf16(self._chunk[offset + 8 : offset + 8 + size]), 10 + size
        name, size = known
        return name, at + 4 + (size if offset == at + 4 else 0)


class _Plan(NamedTuple):
    """Provider, event id, computer and user of a template."""

    parts: list[str | list[Token]]
    """Each a text, or the tokens of which it is made."""
    needed: list[int]
    """The values that stand in them."""


def _header(plan: _Plan, values: dict[int, tuple[int, bytes]]) -> Header:
    """Return what a plan says with these values, each a type and its bytes."""
    provider, number, computer, user = (part if isinstance(part, str) else _resolve(part, values) for part in plan.parts)
    return Header(
        provider or None,
        int(number) if number.isascii() and number.isdecimal() else None,
        computer or None,
        Sid.parse(user) if user else None,
    )


def _resolve(tokens: list[Token], values: dict[int, tuple[int, bytes]]) -> str:
    """Return the text that tokens of a plan stand for."""
    parts = []
    for kind, value in tokens:
        if kind == TEXT:
            parts.append(value)
        elif value in values:
            parts += _texts(*values[value])
    return "".join(parts)


def _texts(kind: int, data: bytes) -> list[str]:
    """Return a value as text: one, or as many as an array has."""
    if kind == _ARRAY | _STRING:
        texts = decode_utf16(data).split("\0")
        return texts[:-1] if data and not texts[-1] else texts
    if kind & _ARRAY:
        size = _SIZES.get(kind & ~_ARRAY)
        if size is None:
            return [data.hex()]
        return [_text(kind & ~_ARRAY, data[at : at + size]) for at in range(0, len(data), size)]
    return [_text(kind, data)]


def _literal(tokens: list[Token]) -> str | list[Token]:
    """Return the text of tokens that need no value, else the tokens."""
    return tokens if any(kind == VALUE for kind, _ in tokens) else "".join(text for _, text in tokens)


def _text(kind: int, data: bytes) -> str:
    """Return one value as text: numbers in decimal or, as Windows shows them, in hexadecimal; bytes in hexadecimal."""
    if kind == _STRING:
        return decode_utf16(data).removesuffix("\0")
    if kind == _ANSI:
        return data.rstrip(b"\0").decode("cp1252", "backslashreplace")
    layout = _NUMBERS.get(kind)
    if layout is not None:
        return str(layout.unpack(data)[0]) if len(data) == layout.size else data.hex()
    if kind in {_SID, _GUID}:
        try:
            return Sid.from_bytes(data) if kind == _SID else Guid.from_bytes(data)
        except ForensicError:
            return data.hex()
    if kind == _FILETIME and len(data) == 8:
        return str(FileTime.from_bytes_le(data))
    if kind == _BOOLEAN:
        return "true" if any(data) else "false"
    if kind == _SYSTEMTIME and len(data) == 16:
        year, month, _, day, hour, minute, second, thousandth = struct.unpack("<8H", data)
        return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{thousandth:03}"
    if kind in _HEXADECIMAL:
        return hex(int.from_bytes(data, "little"))
    return data.hex()


_HEADER = (("Provider", "Name"), ("EventID", ""), ("Computer", ""), ("Security", "UserID"))
_CONTENTS = (["EventData"], ["UserData"])
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_NUMBERS = {kind: struct.Struct(f"<{code}") for kind, code in enumerate("bBhHiIqQfd", 0x03)}
_BOOLEAN, _GUID, _SIZE, _FILETIME, _SYSTEMTIME, _SID = 0x0D, 0x0F, 0x10, 0x11, 0x12, 0x13
_HEXADECIMAL = {_SIZE, 0x14, 0x15}
_SIZES = {kind: layout.size for kind, layout in _NUMBERS.items()} | {
    _BOOLEAN: 4,
    _GUID: 16,
    _FILETIME: 8,
    _SYSTEMTIME: 16,
    0x14: 4,
    0x15: 8,
}
