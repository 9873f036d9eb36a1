"""Rows: labels and values, as the templates list them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from forensic.model import Fact, InstallationReport
from forensic.reporting.wording import fact_in_words, labelled, part_in_words

TITLE_LIMIT = 80
"""Characters of a value that the line of a closed fact shows, where the value is much longer."""


def identity(one: InstallationReport) -> list[tuple[str, object | None]]:
    """Return who an installation is; None where that is not known."""
    product = one.product
    return [
        ("machine SID", one.machine_sid),
        ("computer name", one.computer_name),
        ("domain SID", one.domain_sid),
        ("role", one.role and one.role.replace("-", " ")),
        ("product", product.name),
        ("edition", product.edition),
        ("architecture", product.architecture),
        ("version", product.version and f"NT {product.version}"),
        ("build", product.build),
        ("era", one.era),
        ("installed", product.installed),
        ("system root", one.system_root),
        ("volume", one.volume or None),
    ]


def facts_by_kind(one: InstallationReport) -> dict[str, list[int]]:
    """Return the positions of the facts of each kind."""
    found: dict[str, list[int]] = {}
    for index, fact in enumerate(one.facts):
        found.setdefault(fact.kind, []).append(index)
    return found


def brief(fact: Fact[Any]) -> str:
    """Return a value in one line, cut where it is long: the open fact has all of it."""
    text = fact_in_words(fact)
    return f"{text[:TITLE_LIMIT]}… (open for all of it)" if len(text) > TITLE_LIMIT * 2 else text


def value_parts(fact: Fact[Any]) -> Iterable[tuple[str, str]]:
    """Return the parts of a value in words, with their names; one that has no parts is called `value`."""
    value = labelled(fact)
    parts = value if isinstance(value, dict) and value.keys() != {"time", "local"} else {"value": value}
    return [(name, part_in_words(name, part)) for name, part in parts.items()]


def place_rows(fact: Fact[Any]) -> list[tuple[str, object]]:
    """Return where a fact was read, and when that was written."""
    place = fact.place
    named = [
        ("volume", place.volume),
        ("file", place.file),
        ("control set", place.control_set),
        ("key", place.key),
        ("value name", "(default)" if place.value == "" else place.value),
        ("field", place.field),
    ]
    found: list[tuple[str, object]] = [(label, part) for label, part in named if part not in (None, "")]
    found += [("offset", f"{place.offset:#x} ({place.offset:,})")] if place.offset is not None else []
    found += [("profile", fact.profile)] if fact.profile is not None else []
    found.append(("last written", fact.written if fact.written is not None else "no time is kept there"))
    found.append(("state", "recovered from a transaction log" if fact.state == "recovered" else "stored"))
    return found


def dump(fact: Fact[Any]) -> str:
    """Return stored bytes with their offsets in the file, hexadecimal and printable ASCII; empty where the report has none that can be."""
    if not isinstance(fact.raw, str):
        return ""
    try:
        data = bytes.fromhex(fact.raw)
    except ValueError:  # a saved report may claim anything
        return ""
    base, sign = (fact.place.offset, "") if fact.place.offset is not None else (0, "+")
    return "\n".join(
        f"{sign}{base + at:08x}  {data[at : at + 16].hex(' '):47}  "
        + "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data[at : at + 16])
        for at in range(0, len(data), 16)
    )
