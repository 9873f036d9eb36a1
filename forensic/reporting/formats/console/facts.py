"""Facts: what was read and where; without `-vv` the identifiers, and what the evidence rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from forensic.model import Fact, InstallationReport
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import fact_in_words, labelled, name_in_words, part_in_words, shown, value_in_words

KIND_LIMIT = 4
"""Facts of one kind that a report without `-vv` lists, beside those that the evidence rests on."""

IDENTIFIERS = (
    "machine-sid", "domain-sid", "lsa-boot-key", "machine-guid", "agent-id", "hardware-profile-guid", "sus-client-id", "sqm-machine-id",
    "product-id", "install-date", "clone-tag", "media-time", "image-state", "sysprep-status", "sysprep-tag", "setupcl-run",
    "specialize-run", "computer-name", "dtc-cid", "msmq-qmid", "hardware-config", "system-information", "smbios", "dhcpv6-duid",
    "network-adapter", "mac-address", "disk-signature", "disk-guid", "volume-serial", "volume-created", "former-sid",
    "sid-changer-trace", "source-os",
)  # fmt: skip
"""Kinds of which a report without `-vv` lists the facts, in this order."""

VALUE_ROOM, PLACE_ROOM = 66, 36
"""Columns for a value, and the fewest for its place, where both stand on one line."""


def write_facts(page: Page, one: InstallationReport) -> None:
    """Write every fact, or without `-vv` a table of those that matter most."""
    if page.everything:
        page.heading(f"Facts ({len(one.facts)})")
        for number, fact in enumerate(one.facts):
            _write_fact(page, number, fact)
        if not one.facts:
            page.put("none found")
        return
    chosen = _chosen(one)
    page.heading("Identifiers (numbers as in the evidence)")
    if not chosen:
        page.put("none found")
    _write_table(page, one, chosen)
    page.rest(len(one.facts) - len(chosen), "facts")


def _chosen(one: InstallationReport) -> list[int]:
    cited = {number for evidence in one.evidence for number in evidence.facts}
    by_kind: dict[str, list[int]] = {kind: [] for kind in IDENTIFIERS}
    for number, fact in enumerate(one.facts):
        listed = by_kind.setdefault(fact.kind, [])
        if number in cited or (fact.kind in IDENTIFIERS and len(listed) < KIND_LIMIT):
            listed.append(number)
    return [number for numbers in by_kind.values() for number in numbers]


def _write_table(page: Page, one: InstallationReport, numbers: Sequence[int]) -> None:
    """Write facts in columns: number, kind, value, and where it lies, on a line of its own where there is no room."""
    leads = {number: f"[{number}]".rjust(len(f"[{max(numbers)}]")) + f" {shown(one.facts[number].kind)}" for number in numbers}
    column = min(2 + max((cell_len(lead) for lead in leads.values()), default=0) + 2, 34)
    room = page.width - column - VALUE_ROOM
    for number in numbers:
        value = fact_in_words(one.facts[number])
        where = Text(_place(one.facts[number]), "dim")
        lead = Text(leads[number])
        if room >= PLACE_ROOM and where.cell_len <= room and lead.cell_len <= column - 4 and cell_len(value) <= VALUE_ROOM - 2:
            lead.pad_right(column - 2 - lead.cell_len)
            where.pad_left(VALUE_ROOM - cell_len(value))
            page.line(Text.assemble("  ", lead, value, where))
        else:
            page.put(value, lead=lead, column=column)
            page.put(where, indent=column)


def _place(fact: Fact[Any]) -> str:
    """Return where a fact lies, whole; of a key without a value, when it was written is most of what it tells."""
    said = shown(fact.source)
    if fact.written is None or not fact.place.key or fact.place.value is not None:
        return said
    return f"{said} {fact.written}" if fact.place.field == "last-written time" else f"{said}, written {fact.written}"


def _write_fact(page: Page, number: int, fact: Fact[Any]) -> None:
    page.put(Text(shown(fact.kind), "bold"), lead=f"[{number}]", column=8)
    value = labelled(fact)
    rows: list[tuple[str, Text | str]] = []
    if isinstance(value, dict) and value.keys() != {"time", "local"}:
        rows += [(name_in_words(name), Text(part_in_words(name, part), "bold")) for name, part in value.items()]
    else:
        rows.append(("value", Text(value_in_words(value), "bold")))
    rows.append(("source", fact.source))
    if fact.profile is not None:
        rows.append(("profile", shown(fact.profile)))
    rows.append(("written", str(fact.written) if fact.written is not None else "no time is kept there"))
    if isinstance(fact.raw, str):
        rows.append(("raw", shown(fact.raw)))
    else:
        rows.append(("raw", f"{fact.raw.length:,} bytes with SHA-256 {shown(fact.raw.sha256)}"))
    if fact.state == "recovered":
        rows.append(("state", "recovered from a transaction log"))
    page.rows(rows, indent=8)
