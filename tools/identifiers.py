"""Identifiers: the page that says what each event does to each fact kind, from the kinds themselves; `make docs` writes it."""

from __future__ import annotations

import re
from typing import Any

from forensic.artifacts.declaration import load
from forensic.model import Change, Effect, Kind

_HEAD = """# Identifiers and what renews them

What each event does to the value of each fact kind, and how well that is known. A kind that is not listed is a trace or a state of which
nothing of the sort is known; an empty cell is an event of which nothing is known. The two passes of Sysprep stand apart: *generalize* is
its own pass, which removes what belongs to one machine and leaves CloneTag, tag and log; *specialize* is the next start, which gives the
new machine SID and the identifiers made with it. What generalize removes does not come through that start either, so both renew it.

A cell names the effect, **new** (the value that stood before stands no more), *mostly* (so it is, but for an exception) or kept, and what
it rests on: `s` a document, `o` with the number of machines on which it was observed, counted low, `i` inferred, `u` general knowledge
without a source; which document or data, the page of the kind says. *Compared as* is the row in which values of a kind stand when two
machines are compared; *former* says that they are not the machine's own of today there, *shared* that equal ones say nothing of a common
origin."""

_EXCEPTIONS = """When values stay all the same, so that copies share them. Comparing takes such a value for possible, and names the leak."""
_EFFECTS = {"always": "**new**", "usually": "*mostly*", "kept": "kept"}


def text() -> str:
    """Return the page: the table of all kinds and events, and the exceptions."""
    kinds = {kind.name: kind for artifact in load() if artifact.module.startswith("forensic.") for kind in artifact.kinds}
    rows = [kind for _, kind in sorted(kinds.items()) if kind.renews or kind.namespace]
    table = [
        "| Kind | Compared as |" + "".join(f" {change.value} |" for change in Change),
        "|---|---|" + "---|" * len(Change),
        *(f"| [{kind.name}](artifacts/{kind.name}.md) | {_row(kind)} |" + "".join(_cells(kind)) for kind in rows),
    ]
    said = [(kind, change, effect) for kind in rows for change, effect in kind.renews.items()]
    exceptions = [
        "| Kind | Event | New, unless | Basis |",
        "|---|---|---|---|",
        *(
            f"| {kind.name} | {change.value} | {_prose(effect.exception)} | {_basis(effect)} |"
            for kind, change, effect in said
            if effect.exception
        ),
    ]
    parts = (_HEAD, "\n".join(table), "## Exceptions", _EXCEPTIONS, "\n".join(exceptions))
    return "\n\n".join(parts) + "\n"


def _basis(effect: Effect) -> str:
    machines = f", {effect.machines} machine{'s' * (effect.machines != 1)}" if effect.machines else ""
    return f"{effect.basis.value}{machines}"


def _row(kind: Kind[Any]) -> str:
    if kind.namespace is None:
        return ""
    return f"`{kind.namespace}`" + (", former" if kind.standing == "former" else "") + (", shared" if kind.shared else "")


def _cells(kind: Kind[Any]) -> list[str]:
    effects = [kind.renews.get(change) for change in Change]
    return [" |" if one is None else f" {_EFFECTS[one.outcome]} {one.basis.value[0]}{one.machines or ''} |" for one in effects]


def _prose(words: str) -> str:
    return re.sub(r"([\\*_<\[\]|$])", r"\\\1", words)
