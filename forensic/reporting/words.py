"""Values in words that a person reads: harmless, whole, and without a word of the program's inside."""

from __future__ import annotations

from forensic.model import printable


def shown(text: str) -> str:
    """Return text from evidence so that it is harmless, visible where it is empty, and its outer spaces can be seen."""
    harmless = printable(text)
    if not harmless:
        return "(empty)"
    return f'"{harmless}"' if harmless != harmless.strip() or "  " in harmless else harmless


def bytes_in_words(size: int) -> str:
    """Return e.g. `60.5 GiB (64,996,425,728 bytes)`."""
    for power, unit in reversed(tuple(enumerate(("KiB", "MiB", "GiB", "TiB", "PiB"), 1))):
        if size >= 1024**power:
            tenths = (size * 10 + 1024**power // 2) // 1024**power
            return f"{tenths // 10}.{tenths % 10} {unit} ({size:,} bytes)"
    return f"{size:,} bytes"


def value_in_words(value: object) -> str:
    """Return the value of a fact in one line: the parts that it has as `name: value`, separated by semicolons."""
    if isinstance(value, dict):
        if value.keys() == {"time", "local"}:
            return f"{shown(str(value['time']))} (local time)"
        said = [f"{name_in_words(name)}: {value_in_words(part)}" for name, part in value.items() if part is not None]
        return "; ".join(said) or "(no parts)"
    if isinstance(value, list | tuple):
        return ", ".join(value_in_words(part) for part in value) or "(none)"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shown(str(value))


def name_in_words(name: object) -> str:
    """Return the name of a part of a value as people write it: `last_logon` as `last logon`."""
    return shown(str(name)).replace("_", " ")
