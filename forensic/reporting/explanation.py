"""The pages of `forensic explain`: one for every fact kind, rule and verdict, made from what the program itself declares."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from forensic.model import Basis, Change, Effect, Kind, Policy
from forensic.model.codec import to_builtins
from forensic.model.judgement import POLICY_WORDS
from forensic.reporting.validation import real_data_of
from forensic.reporting.wording import value_in_words

WIDTH = 96
"""Columns of a page."""

_EVENTS = {
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


class Rule(Protocol):
    """What a page says of a rule."""

    @property
    def supports(self) -> str | None:
        """The verdict that it speaks for."""

    @property
    def against(self) -> str | None:
        """The verdict that it speaks against."""

    @property
    def group(self) -> str:
        """The cause that it sees."""

    @property
    def title(self) -> str:
        """One line."""

    @property
    def documentation(self) -> str:
        """Its docstring."""


class Verdict(Protocol):
    """What a page says of a verdict."""

    @property
    def title(self) -> str:
        """The verdict in a few words."""

    @property
    def policy(self) -> Policy:
        """What it means under Microsoft's policy."""

    @property
    def says(self) -> str:
        """What it says."""

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Traces from which it is drawn."""

    @property
    def beware(self) -> tuple[str, ...]:
        """What else leaves such traces."""

    @property
    def carries(self) -> Sequence[Row]:
        """Rows that carry it."""

    @property
    def vetoes(self) -> Sequence[Condition]:
        """Conditions under which it is not given."""

    @property
    def caps(self) -> Sequence[Condition]:
        """Conditions under which it is indicated at most."""

    @property
    def set_aside(self) -> Sequence[Condition]:
        """Conditions under which some evidence does not carry it."""


class Row(Protocol):
    """A row that carries a verdict."""

    @property
    def name(self) -> str:
        """Its name, as reports give it."""

    @property
    def gives(self) -> str:
        """The strength that it gives."""

    @property
    def documentation(self) -> str:
        """What it asks for."""


class Condition(Protocol):
    """A veto, a cap, or evidence set aside."""

    @property
    def name(self) -> str:
        """Its name, as reports give it."""

    @property
    def because(self) -> str:
        """What it is about."""


class Page(msgspec.Struct, frozen=True):
    """One page."""

    group: str
    title: str
    text: str


def pages(
    kinds: Mapping[str, Kind[Any]], readers: Iterable[Reader], rules: Mapping[str, Rule], verdicts: Mapping[str, Verdict]
) -> dict[str, Page]:
    """Return all pages by name: fact kinds, rules and verdicts, each in the order of their names."""
    places: dict[str, list[Reader]] = {name: [] for name in kinds}
    for reader in readers:
        for kind in reader.kinds:
            places[kind.name].append(reader)
    made = {name: _kind_page(kinds[name], places[name]) for name in sorted(kinds)}
    made |= {name: _rule_page(name, rules[name]) for name in sorted(rules)}
    return made | {code: _verdict_page(code, verdicts[code]) for code in verdicts}


def contents(pages: Mapping[str, Page]) -> str:
    """Return the list of all names with their titles, by group."""
    column = max(len(name) for name in pages) + 4
    lines: list[str] = []
    group = ""
    for name, page in pages.items():
        if page.group != group:
            group = page.group
            lines += ["", f"{group}s"] if lines else [f"{group}s"]
        lines.append(textwrap.fill(page.title, WIDTH, initial_indent=f"  {name}".ljust(column), subsequent_indent=" " * column))
    return "\n".join(lines) + "\n"


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


def unknown(name: str, pages: Mapping[str, Page]) -> str:
    """Return the sentence for a name that has no page, with the names that come nearest."""
    import difflib

    near = difflib.get_close_matches(name.lower().replace("_", "-"), pages, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `forensic explain` lists all names"
    return f"there is no fact kind, rule or verdict {name!r}{hint}"


def _kind_page(kind: Kind[Any], readers: list[Reader]) -> Page:
    parts = [_head(kind.name, "fact kind", kind.title)]
    nature = [f"Origin of its values: {kind.origin.value}."]
    if kind.secret:
        nature.append("It is a secret: only the SHA-256 of the stored bytes is stated.")
    if kind.decisive:
        nature.append("It is decisive: --cross-check reads it with a second reader too.")
    parts.append(_filled(" ".join(nature)))
    parts += [_listed(title, lines) for title, lines in changes_in_words(kind)]
    parts += [
        f"Read from {place_in_words(reader)}{_eras(reader)}\n"
        + textwrap.indent(f"{_refilled(reader.documentation)}\n\n{_filled(validation_in_words(reader), WIDTH - 2)}", "  ")
        for reader in readers
    ]
    if kind.claims:
        said = [claim.text + " (" + claim.basis.value + (f": {claim.source}" if claim.source else "") + ")" for claim in kind.claims]
        parts.append(_listed("What is known, and how well", said))
    if kind.known_values:
        parts.append(
            _listed(
                "Values that never count: they come from media, vendors or defaults",
                [value_in_words(to_builtins(value)) for value in kind.known_values],
            )
        )
    if kind.references:
        parts.append(_listed("References", list(kind.references)))
    if kind.renews or kind.claims:
        parts.append(_filled(_BASES))
    return Page("Fact kind", kind.title, "\n\n".join(parts) + "\n")


def changes_in_words(kind: Kind[Any]) -> list[tuple[str, list[str]]]:
    """Return what is known to renew the values of `kind`, and what to leave them alone: a title and a line for each change."""
    kinds_of_effect = (("A new value is given by", kind.renewed_by), ("Left alone by", kind.kept_by))
    lines = [
        (title, [effect_in_words(_EVENTS[change], effect) for change, effect in kind.renews.items() if holds(change)])
        for title, holds in kinds_of_effect
    ]
    return [(title, said) for title, said in lines if said]


def effect_in_words(event: str, effect: Effect) -> str:
    """Return one line: the event, its exception, and what that rests on, e.g. `a rename (observed on 2 machines: hives of …)`."""
    rests_on = effect.basis.value + (f" on {effect.machines} machine{'s' * (effect.machines != 1)}" if effect.machines else "")
    said = event + (f", unless {effect.exception}" if effect.exception else "")
    return f"{said} ({rests_on}{f': {effect.source}' if effect.source else ''})"


_BEGINS = re.compile(r"[-*|]|[0-9]+\. |[A-Z][a-z]+(?: [a-z]+){0,2}:(?: |$)")
"""What begins a line of its own: an entry of a list, a row of a table, a field such as `Supports:`."""

_BASES = (
    f"How well a claim is founded: {Basis.SOURCED.value}, a document says so; {Basis.OBSERVED.value}, seen in real hives, a small sample;"
    f" {Basis.INFERRED.value}, reasoned from these; {Basis.UNVERIFIED.value}, general knowledge without a source."
)


def _rule_page(name: str, rule: Rule) -> Page:
    speaks = [f"Speaks for {rule.supports}."] if rule.supports else []
    speaks += [f"Speaks against {rule.against}."] if rule.against else []
    parts = [_head(name, "rule", rule.title), _refilled(rule.documentation.partition("\n")[2])]
    parts.append(_filled(" ".join([*speaks, f"Cause: {rule.group}; evidence of one cause is counted once."])))
    return Page("Rule", rule.title, "\n\n".join(part for part in parts if part) + "\n")


def _verdict_page(code: str, verdict: Verdict) -> Page:
    parts = [
        _head(code, "verdict", verdict.title),
        _filled(verdict.says),
        _filled(f"Policy: {verdict.policy}, {POLICY_WORDS[verdict.policy]} (KB 314828)."),
        _listed("Rests on traces such as", list(verdict.rests_on)),
        _listed("Beware", list(verdict.beware)),
    ]
    if verdict.carries:
        parts.append(
            _listed(
                "Carried, from the first row that holds, by", [f"{one.name}: {one.documentation}; {one.gives}" for one in verdict.carries]
            )
        )
    for title, rows in (("Not counted", verdict.set_aside), ("Not given", verdict.vetoes), ("Indicated at most", verdict.caps)):
        if rows:
            parts.append(_listed(title, [f"{one.name}: {one.because}" for one in rows]))
    return Page("Verdict", verdict.title, "\n\n".join(parts) + "\n")


def _head(name: str, group: str, title: str) -> str:
    first = f"{name} ({group})"
    return f"{first}\n{'=' * len(first)}\n\n{_filled(title)}"


def _filled(text: str, width: int = WIDTH) -> str:
    return textwrap.fill(text, width, break_on_hyphens=False, break_long_words=False)


def _refilled(documentation: str) -> str:
    """Return a docstring with its paragraphs, entries of lists and fields filled anew; tables stay as they are."""
    lines: list[str] = []
    for line in inspect.cleandoc(documentation).split("\n"):
        if lines and line and lines[-1] and not _BEGINS.match(line) and not lines[-1].startswith("|"):
            lines[-1] += f" {line.lstrip()}"
        else:
            lines.append(line)
    return "\n".join(line if line.startswith("|") else _filled(line, WIDTH - 2) for line in lines)


def _listed(title: str, items: list[str]) -> str:
    whole = textwrap.TextWrapper(WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False, break_long_words=False)
    lines = [whole.fill(item) for item in items]
    return "\n".join([f"{title}:", *lines])


def _eras(reader: Reader) -> str:
    since, until = reader.since and _version(reader.since), reader.until and _version(reader.until)
    if since and until:
        return f" (Windows {since} to {until})"
    if since:
        return f" (since Windows {since})"
    return f" (up to Windows {until})" if until else ""


def _version(version: tuple[int, ...]) -> str:
    name = _VERSIONS.get(version[:2], ".".join(map(str, version[:2])))
    return f"{name} build {version[2]}" if len(version) > 2 else name
