"""Pages of fact kinds: what changes their values, where each is read, and how well that is known."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, Protocol

from forensic.model import Basis, Change, Effect, Kind
from forensic.model.codec import to_builtins
from forensic.reporting.explanation.layout import WIDTH, Page, filled, head, listed, refilled
from forensic.reporting.explanation.rule import Rule
from forensic.reporting.explanation.verdict import Verdict
from forensic.reporting.validation import real_data_of
from forensic.reporting.wording import value_in_words

EVENTS = {
    Change.SETUP: "Windows Setup",
    Change.GENERALIZE: "Sysprep's generalize",
    Change.SPECIALIZE: "the next start after a generalize (specialize)",
    Change.SID_CHANGER: "a SID changer",
    Change.UPGRADE: "an upgrade in place",
    Change.DC_PROMOTION: "promotion or demotion of a domain controller",
    Change.DOMAIN_JOIN: "joining or leaving a domain",
    Change.RENAME: "a rename",
    Change.NEW_HARDWARE: "new hardware",
    Change.NEW_DISK: "a copy to another disk or volume",
    Change.NEW_PROFILE: "a new user profile",
    Change.USE: "ordinary use",
}
_VERSIONS: dict[tuple[int, ...], str] = {
    (4, 0): "NT 4.0", (5, 0): "2000", (5, 1): "XP", (5, 2): "2003", (6, 0): "Vista", (6, 1): "7", (6, 2): "8", (6, 3): "8.1", (10, 0): "10",
}  # fmt: skip
BASES = (
    f"How well a claim is founded: {Basis.SOURCED.value}, a document says so; {Basis.OBSERVED.value}, seen in real hives, a small sample;"
    f" {Basis.INFERRED.value}, reasoned from these; {Basis.UNVERIFIED.value}, general knowledge without a source."
)


class Reader(Protocol):
    """What a page says of an artifact: the declaration of one place that is read."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kinds(self) -> tuple[Kind[Any], ...]:
        """The kinds that it states."""

    @property
    def place(self) -> str:
        """`registry`, `file`, `folder`, `events` or `disk`."""

    @property
    def hive(self) -> str:
        """The hive; empty for files and disk structures."""

    @property
    def path(self) -> str:
        """Key path or file path."""

    @property
    def depth(self) -> str:
        """The depth from which it is read."""

    @property
    def since(self) -> tuple[int, ...] | None:
        """First NT version on which the place exists."""

    @property
    def until(self) -> tuple[int, ...] | None:
        """Last NT version on which the place exists."""

    @property
    def documentation(self) -> str:
        """Its docstring."""


def uses_in_words(kind: Kind[Any], rules: Mapping[str, Rule], verdicts: Mapping[str, Verdict]) -> list[str]:
    """Return which rules look at a kind, and which verdicts need it, one sentence each."""
    looking = [name for name, rule in rules.items() if kind.name in rule.reads]
    needing = [code for code, verdict in verdicts.items() if kind in verdict.needs]
    said = [f"Rules that look at it, themselves or by what they ask: {', '.join(sorted(looking))}."] if looking else []
    return said + ([f"Verdicts that need it, to be more than indicated: {', '.join(needing)}."] if needing else [])


def kind_page(kind: Kind[Any], readers: list[Reader], rules: Mapping[str, Rule], verdicts: Mapping[str, Verdict]) -> Page:
    """Return the page of one fact kind, read by these artifacts, used by those rules and verdicts that say so."""
    parts = [head(kind.name, "fact kind", kind.title)]
    nature = [f"Origin of its values: {kind.origin.value}."]
    if kind.secret:
        nature.append("It is a secret: only the SHA-256 of the stored bytes is stated.")
    if kind.decisive:
        nature.append("It is decisive: --cross-check reads it with a second library too.")
    parts.append(filled(" ".join(nature)))
    parts += [listed(title, lines) for title, lines in changes_in_words(kind)]
    parts += [
        f"Read from {place_in_words(reader)}{eras_in_words(reader)}\n"
        + textwrap.indent(f"{refilled(reader.documentation)}\n\n{filled(validation_in_words(reader), WIDTH - 2)}", "  ")
        for reader in readers
    ]
    parts += map(filled, uses_in_words(kind, rules, verdicts))
    if kind.claims:
        said = [claim.text + " (" + claim.basis.value + (f": {claim.source}" if claim.source else "") + ")" for claim in kind.claims]
        parts.append(listed("What is known, and how well", said))
    if kind.known_values:
        parts.append(
            listed(
                "Values that never count: they come from media, vendors or defaults",
                [value_in_words(to_builtins(value)) for value in kind.known_values],
            )
        )
    if kind.references:
        parts.append(listed("References", list(kind.references)))
    if kind.renews or kind.claims:
        parts.append(filled(BASES))
    return Page("Fact kind", kind.title, "\n\n".join(parts) + "\n")


def place_in_words(reader: Reader) -> str:
    """Return where an artifact is read from: hive and key, file, folder, or event log."""
    if reader.place == "events":
        return f"the event log {reader.path}"
    if reader.place == "folder":
        return f"the folder {reader.path}"
    if reader.hive:
        return f"{reader.hive}: {reader.path}" if reader.path else f"the whole hive {reader.hive}"
    return reader.path or "the volume and the disk below it"


def validation_in_words(reader: Reader) -> str:
    """Return on which real data an artifact was tried, or that there was none to try it on."""
    names = real_data_of(reader.name)
    if not names:
        return "Validated on written data only: no real data at hand holds what it states."
    return f"Validated on real data that holds it: {'; '.join(names)}."


def changes_in_words(kind: Kind[Any]) -> list[tuple[str, list[str]]]:
    """Return what is known to renew the values of `kind`, and what to leave them alone: a title and a line for each change."""
    kinds_of_effect = (("A new value is given by", kind.renewed_by), ("Left alone by", kind.kept_by))
    lines = [
        (title, [effect_in_words(EVENTS[change], effect) for change, effect in kind.renews.items() if holds(change)])
        for title, holds in kinds_of_effect
    ]
    return [(title, said) for title, said in lines if said]


def effect_in_words(event: str, effect: Effect) -> str:
    """Return one line: the event, its exception, and what that rests on, e.g. `a rename (observed on 2 machines: hives of …)`."""
    rests_on = effect.basis.value + (f" on {effect.machines} machine{'s' * (effect.machines != 1)}" if effect.machines else "")
    said = event + (f", unless {effect.exception}" if effect.exception else "")
    return f"{said} ({rests_on}{f': {effect.source}' if effect.source else ''})"


def eras_in_words(reader: Reader) -> str:
    """Return between which Windows the place exists, in brackets; empty where it is not bounded."""
    since, until = reader.since and _version(reader.since), reader.until and _version(reader.until)
    if since and until:
        return f" (Windows {since} to {until})"
    if since:
        return f" (since Windows {since})"
    return f" (up to Windows {until})" if until else ""


def _version(version: tuple[int, ...]) -> str:
    name = _VERSIONS.get(version[:2], ".".join(map(str, version[:2])))
    return f"{name} build {version[2]}" if len(version) > 2 else name
