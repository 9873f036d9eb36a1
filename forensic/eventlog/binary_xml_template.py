"""Templates: what the records of an `.evtx` chunk have in common, as a sequence of tokens with places for values.

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
of characters (2), UTF-16, NUL.

Source: libyal, libevtx format documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.errors import Malformed
from forensic.model import decode_utf16

TOKEN_LIMIT, TEXT_LIMIT = 5000, 1 << 20
"""Tokens, and bytes of text, that one record may unfold to; as much text all templates of a chunk may have."""
TEMPLATE_TOKEN_LIMIT = 1 << 14
"""Tokens of all templates of a chunk: more than its bytes can spell where templates do not overlap."""

OPEN, ATTRIBUTE, TEXT, VALUE, CLOSE = range(5)

Token = tuple[int, Any]
"""`OPEN` and `ATTRIBUTE` with a name (an empty one: what follows is content), `TEXT` with a text, `VALUE` with an index, `CLOSE`."""

_RECORDS_AT = 512
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


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
            raise Malformed("records that unfold to more than events do", code="too-much")


class Templates:
    """The templates of one chunk; their names and definitions are kept."""

    def __init__(self, chunk: bytes) -> None:
        """Read from a chunk, up to its free space."""
        self._chunk = chunk
        self._names: dict[int, tuple[str, int]] = {}
        self._definitions: dict[int, tuple[list[Token], int] | Malformed] = {}
        self.budget = Budget(TEMPLATE_TOKEN_LIMIT)
        """What all definitions together may have."""

    def definition(self, template: int) -> tuple[list[Token], int]:
        """Return the tokens of a template's definition, and how many bytes of text they have; Malformed, each time, where it is damaged."""
        known = self._definitions.get(template)
        if known is None:
            before = self.budget.text
            try:
                known = list(self.tokens(template, self.budget)), before - self.budget.text
            except Malformed as error:
                known = error  # once is enough
            self._definitions[template] = known
        if isinstance(known, Malformed):
            raise known
        return known

    def tokens(self, template: int, budget: Budget) -> Iterator[Token]:
        """Yield the tokens of a template's definition; Malformed where it is damaged, or has more than `budget` allows."""
        at, end = self._bounds(template)
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

    def _bounds(self, template: int) -> tuple[int, int]:
        """Return where the tokens of a template's definition begin and end."""
        end = template + 24 + int.from_bytes(self._chunk[template + 20 : template + 24], "little")
        if template < _RECORDS_AT or end > len(self._chunk) or self._chunk[template + 24 : template + 28] != b"\x0f\x01\x01\0":
            raise Malformed("definition of a template", template)
        return template + 28, end

    def _name(self, at: int) -> tuple[str, int]:
        """Return the name whose offset stands at `at`, and where reading goes on."""
        offset = int.from_bytes(self._chunk[at : at + 4], "little")
        known = self._names.get(offset)
        if known is None:
            size = 2 * int.from_bytes(self._chunk[offset + 6 : offset + 8], "little")
            if offset < _RECORDS_AT or offset + 10 + size > len(self._chunk):
                raise Malformed("name", offset)
            known = self._names[offset] = decode_utf16(self._chunk[offset + 8 : offset + 8 + size]), 10 + size
        name, size = known
        return name, at + 4 + (size if offset == at + 4 else 0)
