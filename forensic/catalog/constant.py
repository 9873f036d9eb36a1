r"""Constant: values that strangers share, as a vendor's fixed identifier: kept in a file that people edit, and used for no pair.

The file has a line for each value, namespace and value separated by a tab, and what else stands behind further tabs is a note. Empty lines
and those that begin with `#` say nothing. In a value `\t`, `\n`, `\r` and `\\` stand for tab, line feed, carriage return and backslash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from forensic.errors import Malformed
from forensic.model import KINDS, Fact, ImageReport, InstallationReport
from forensic.model.archive import Constant
from forensic.reasoning.pair.side import Side

LIMIT = 100_000
"""Values that a file may have."""
HEAD = """\
# Values that unrelated images share: proposed by `forensic groups --propose-constants`.
# Keep the lines whose value is no identifier (a vendor's constant, a default, a template's leftover), delete the others, and
# read the file back with --constants. Namespace, value, and a note, separated by tabs; \\t \\n \\r \\\\ in values.
"""
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def written(proposed: Collection[Constant]) -> Iterator[str]:
    """Yield the text of a file of constants."""
    yield HEAD
    for one in proposed:
        yield "\t".join(map(_escaped, (one.namespace, one.value, one.note))) + "\n"


def read(text: str) -> dict[tuple[str, str], str]:
    """Return namespace and value -> note of a file of constants; Malformed, with the number of the line, where it is none."""
    found: dict[tuple[str, str], str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        namespace, tab, rest = line.partition("\t")
        value, _, note = rest.partition("\t")
        namespace = namespace.strip()
        if not tab or not value:
            raise Malformed(f"line {number} of the constants is not a namespace, a tab and a value")
        if KINDS.named(namespace) is None:
            raise Malformed(f"line {number} of the constants: {namespace!r} is not a known kind of identifier")
        found[namespace, _plain(value)] = _plain(note.strip())
        if len(found) > LIMIT:
            raise Malformed(f"the constants are more than {LIMIT:,}")
    return found


def without(report: ImageReport, constants: Mapping[tuple[str, str], str] | Collection[tuple[str, str]]) -> ImageReport:
    """Return a report as if it had never stated these values; the same one where it states none of them."""
    if not constants:
        return report
    changed = tuple(_without(one, constants) for one in report.installations)
    if all(new is old for new, old in zip(changed, report.installations, strict=True)):
        return report
    return msgspec.structs.replace(report, installations=changed)


def side_without(side: Side, constants: Collection[tuple[str, str]]) -> Side:
    """Return a side whose table state lacks these values: those of facts that hold others too."""
    current, former = (
        {name: kept for name, values in one.items() if (kept := {text: of for text, of in values.items() if (name, text) not in constants})}
        for one in (side.state.current, side.state.former)
    )
    return msgspec.structs.replace(side, state=msgspec.structs.replace(side.state, current=current, former=former))


def _without(one: InstallationReport, constants: Collection[tuple[str, str]]) -> InstallationReport:
    facts = tuple(fact for fact in one.facts if not _is_constant(fact, constants))
    machine, domain = (
        None if sid is not None and (name, str(sid)) in constants else sid
        for name, sid in (("machine-sid", one.machine_sid), ("domain-sid", one.domain_sid))
    )
    if len(facts) == len(one.facts) and machine == one.machine_sid and domain == one.domain_sid:
        return one
    return msgspec.structs.replace(one, facts=facts, machine_sid=machine, domain_sid=domain)


def _is_constant(fact: Fact[object], constants: Collection[tuple[str, str]]) -> bool:
    kind = KINDS.named(fact.kind)
    values = [] if kind is None else list(kind.identifiers(fact.value))
    return bool(values) and all((one.namespace, one.text) in constants for one in values)


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _plain(text: str) -> str:
    parts = text.split("\\\\")
    for short, character in (("\\t", "\t"), ("\\n", "\n"), ("\\r", "\r")):
        parts = [part.replace(short, character) for part in parts]
    return "\\".join(parts)
