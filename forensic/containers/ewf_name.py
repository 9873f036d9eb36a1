"""Names of EWF segment files: E01 to E99, then EAA to ZZZ; S01, SAA … of SMART."""

from __future__ import annotations

import re
from collections.abc import Callable


def numbering(letter: str) -> Callable[[str], int | None]:
    """Return how extensions of the family of `letter` (E or S) are read: 01 to 99 after it, then three letters from EAA (SAA) on."""

    def number(extension: str) -> int | None:
        text = extension.upper()
        if re.fullmatch(letter + r"[0-9]{2}", text):
            return int(text[1:])
        if re.fullmatch(r"[A-Z]{3}", text):
            value = ((ord(text[0]) - ord(letter)) * 26 + ord(text[1]) - ord("A")) * 26 + ord(text[2]) - ord("A")
            return 100 + value if value >= 0 else None
        return None

    return number


def segment_name(stem: str, extension: str, number: int) -> str:
    """Return the name of segment `number` beside the one with this extension."""
    return f"{stem}.{segment_extension(extension, number)}"


def segment_extension(extension: str, number: int) -> str:
    """Return the extension of segment `number` beside the one with this extension."""
    letter = extension[0].upper() if extension[1:].isdigit() else "E"
    if number < 100:
        text = f"{letter}{number:02d}"
    else:
        high, low = divmod(number - 100, 26)
        text = chr(ord(letter) + high // 26) + chr(ord("A") + high % 26) + chr(ord("A") + low)
    return text.lower() if extension.islower() else text
