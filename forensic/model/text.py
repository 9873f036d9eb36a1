"""Text that came from evidence: decoded, compared, and made harmless before a person or a program sees it."""

from __future__ import annotations

import re
import unicodedata

_HARMLESS = frozenset({"L", "N", "P", "S", "M"})
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters, marks and symbols that show nothing (fillers, variation selectors): a name would look like another one."""

_ACTING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What JSON may hold as it is, and what is not only shown. Below a space nothing of it stands as it is."""


def printable(text: str) -> str:
    r"""Return `text` with every character that could act on a terminal or hide itself written as an escape.

    Letters, digits, punctuation, symbols, marks and the plain space stay. Control, format (bidirectional
    overrides, zero-width joiners), private, surrogate and separator characters and blank letters become
    `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_printable_character(character) for character in text)


def _printable_character(character: str) -> str:
    if character == " " or (unicodedata.category(character)[0] in _HARMLESS and not _BLANK.match(character)):
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def inert(text: str) -> str:
    r"""Return JSON text in which controls that a terminal or a page would obey (C1, bidirectional, separators) are written as `\uNNNN`."""
    return _ACTING.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def decode_utf16(data: bytes) -> str:
    r"""Decode UTF-16LE without losing a byte: lone surrogates and an odd last byte become `\xNN` escapes.

    Two different byte strings never decode to one text that was valid, and the result can always be encoded.
    """
    return data.decode("utf-16-le", "backslashreplace")


def upcase(name: str) -> str:
    """Return a name in upper case, as Windows compares names of files and of registry keys and values.

    One UTF-16 unit to one, and never from or to ASCII otherwise than within it; the micro sign stays. The upper case table of NTFS volumes
    differs in rare scripts, by release; a volume's own table is asked where an index is ordered by it.
    """
    return name.upper() if name.isascii() else "".join(map(_upcase_character, name))


def _upcase_character(character: str) -> str:
    upper = character.upper()
    is_one_unit = len(upper) == 1 and upper <= "\uffff"
    return upper if is_one_unit and upper.isascii() == character.isascii() and character != "\xb5" else character
