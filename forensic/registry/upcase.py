"""Upper case as the registry folds names to compare and to hash them."""

from __future__ import annotations


def upcase(name: str) -> str:
    """Return a name in upper case: one UTF-16 unit to one, and never from or to ASCII otherwise than within it."""
    return name.upper() if name.isascii() else "".join(map(_upcase_character, name))


def _upcase_character(character: str) -> str:
    upper = character.upper()
    one_unit = len(upper) == 1 and upper <= "\uffff"
    return upper if one_unit and upper.isascii() == character.isascii() and character != "\xb5" else character
