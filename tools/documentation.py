"""Documentation: writes what is generated in docs/ from the program's own declarations: `python -m tools.documentation`, `make docs`.

What it writes is checked in; a test says when it is stale.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forensic import artifacts
from forensic.artifacts.declaration import Artifact
from forensic.model import Effect, Kind, codec
from forensic.model.gap import CODES as GAPS
from forensic.model.judgement import POLICY_WORDS
from forensic.model.problem import CODES as PROBLEMS
from forensic.reasoning import rule, table, verdict
from forensic.reasoning.installation import weighing
from forensic.reasoning.pair import relation
from forensic.reporting.explanation.gap import NO_EVIDENCE
from forensic.reporting.explanation.glossary import GLOSSARY
from forensic.reporting.explanation.kind import BASES, EVENTS, eras_in_words, place_in_words
from forensic.reporting.explanation.problem import INCOMPLETE, WHOLE
from forensic.reporting.explanation.relation import CELLS, OBSERVED, WEIGHTS, columns_in_words, lists_of
from forensic.reporting.validation import real_data_of
from forensic.reporting.wording import REASON_WORDS, value_in_words
from tools import collection, formats, identifiers

DOCS = Path(__file__).resolve().parent.parent / "docs"
GENERATED = {
    "formats.md": "Images that are read",
    "collect/README.md": "Collecting from a live computer",
    "collect/collect.ps1": "Collecting: a PowerShell script",
    "collect/SysprepForensic.tkape": "Collecting: a KAPE target",
    "collect/Custom.Windows.SysprepForensic.yaml": "Collecting: a Velociraptor artifact",
    "verdicts.md": "Verdicts",
    "relations.md": "Relations of two installations",
    "rules/README.md": "Rules",
    "identifiers.md": "Identifiers and what renews them",
    "gaps.md": "Gap codes",
    "problems.md": "Problem codes",
    "glossary.md": "Glossary",
    "report.schema.json": "JSON schema of the report",
    "comparison.schema.json": "JSON schema of a comparison",
    "groups.schema.json": "JSON schema of the groups of an archive",
    "holders.schema.json": "JSON schema of who holds a value in an archive",
}
"""Generated pages of which there is one: path -> title in the index."""
RULE_LIMIT = 8
"""Rules that the page of a fact kind names."""


def pages() -> dict[str, str]:
    """Return every generated file below docs/, with its text."""
    readers = [one for one in artifacts.load() if one.module.startswith("forensic.")]  # tests declare some of their own
    kinds = {kind.name: kind for one in readers for kind in one.kinds}
    return {
        "README.md": _index(kinds),
        "report.schema.json": codec.schema_text(codec.schema(verdict.load())),
        "comparison.schema.json": codec.schema_text(codec.comparison_schema(relation.load())),
        "groups.schema.json": codec.schema_text(codec.groups_schema(relation.load())),
        "holders.schema.json": codec.schema_text(codec.holders_schema()),
        "rules/README.md": _rules(),
        "verdicts.md": _verdicts(),
        "relations.md": _relations(),
        "identifiers.md": identifiers.text(),
        "gaps.md": _gaps(),
        "problems.md": _problems(),
        "glossary.md": _glossary(),
        "formats.md": formats.page(),
        **collection.files(),
        **{f"rules/{name}.md": _rule(one) for name, one in rule.load().items()},
        **{f"artifacts/{name}.md": _kind(kinds[name], [one for one in readers if kinds[name] in one.kinds]) for name in sorted(kinds)},
    }


# Markdown.


def _prose(text: str, pattern: str) -> str:
    """Return text of a declaration as Markdown: what matches the pattern outside code stands for itself."""
    parts = text.split("`")
    return "`".join(part if number % 2 else re.sub(pattern, r"\\\1", part) for number, part in enumerate(parts))


def _text(text: str) -> str:
    return _prose(text, r"([\\*_<\[\]])")


def _docstring(text: str) -> str:
    """Return a docstring: its tables, lists and code are Markdown already, a `*` inside a line is a wildcard."""
    return _prose(text, r"(?m)(?<!^)([*<])")


def _items(items: Iterable[str]) -> str:
    return "\n".join(f"* {item}" for item in items)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


# Pages.


def _index(kinds: Mapping[str, Kind[Any]]) -> str:
    """Return the index of docs/: what people wrote, then what is generated."""
    places = ("walk-*.md", "[!w]*.md", "decisions/*.md")
    written = [path for place in places for path in sorted(DOCS.glob(place)) if path.name != "README.md"]
    names = {path.relative_to(DOCS).as_posix(): path for path in written}
    heads = (
        f"[{path.read_text(encoding='utf-8').partition(chr(10))[0].lstrip('# ')}]({name})"
        for name, path in names.items()
        if name not in GENERATED
    )
    generated = (f"[{title}]({name})" for name, title in GENERATED.items())
    facts = (f"[{name}](artifacts/{name}.md): {_text(kinds[name].title)}" for name in sorted(kinds))
    parts = ["# Documentation", _items(heads), "Made from the program itself by `make docs`:", _items(generated), "## Fact kinds"]
    parts += [f"What can be stated, and where it is read. Numbers in brackets are sources, at the end of each page. {BASES}", _items(facts)]
    return "\n\n".join(parts) + "\n"


class _Sources:
    """The documents and data that one page names: each is written once, at its end, and has a number in the text."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, source: str) -> str:
        """Return the number of a source in brackets, after a blank; nothing where there is none."""
        return f" [{self._numbers.setdefault(source, len(self._numbers) + 1)}]" if source else ""

    def listed(self) -> list[str]:
        """Return the section that names them all."""
        lines = [f"{number}. {_link(source)}" for source, number in self._numbers.items()]
        return ["## Sources", "\n".join(lines)] if lines else []


def _link(source: str) -> str:
    return f"<{source}>" if source.startswith("http") and " " not in source else _text(source)


def _kind(kind: Kind[Any], readers: Sequence[Artifact]) -> str:
    """Return the page of one fact kind: what it is, what changes it, where it is read, how well that is known."""
    sources = _Sources()
    nature = [f"Origin of its values: {kind.origin.value}."]
    nature += ["It is a secret: only the SHA-256 of the stored bytes is stated."] * kind.secret
    nature += ["It is decisive: `--cross-check` reads it with a second library too."] * kind.decisive
    parts = [f"# {kind.name}", _text(kind.title), " ".join(nature)]
    for title, holds in (("A new value is given by", kind.renewed_by), ("Left alone by", kind.kept_by)):
        lines = [_effect(EVENTS[change], effect, sources) for change, effect in kind.renews.items() if holds(change)]
        parts += [f"**{title}**", _items(lines)] if lines else []
    for one in readers:
        parts += [f"## Read from `{place_in_words(one)}`{eras_in_words(one)}"]
        parts += [*["Read at full depth only."] * (one.depth == "full"), _docstring(one.documentation)]
        names = real_data_of(one.name)
        parts.append(f"Real data that holds it: {_text('; '.join(names))}." if names else "Tried on written data only.")
    parts += _uses(kind)
    if kind.claims:
        said = (f"{_text(one.text)} ({one.basis.value}{sources.cite(one.source)})" for one in kind.claims)
        parts += ["## What is known, and how well", _items(said)]
    if kind.known_values:
        values = (f"`{value_in_words(codec.to_builtins(value))}`" for value in kind.known_values)
        parts += ["## Values that never count", _items(values)]
    for reference in kind.references:
        sources.cite(reference)
    return "\n\n".join([*parts, *sources.listed()]) + "\n"


def _effect(event: str, effect: Effect, sources: _Sources) -> str:
    machines = f" on {effect.machines} machine{'s' * (effect.machines != 1)}" if effect.machines else ""
    said = event + (f", unless {effect.exception}" if effect.exception else "")
    return f"{_text(said)} ({effect.basis.value}{machines}{sources.cite(effect.source)})"


def _uses(kind: Kind[Any]) -> list[str]:
    """Return where a kind counts; the rules, where they are many, by their number: each names the kinds that it looks at."""
    rules = sorted(name for name, one in rule.load().items() if kind.name in one.reads)
    named = (
        ", ".join(f"[{name}](../rules/{name}.md)" for name in rules)
        if len(rules) <= RULE_LIMIT
        else f"{len(rules)} [rules](../rules/README.md)"
    )
    lines = [f"Looked at by {named}."] if rules else []
    needing = [code for code, verdict_kind in verdict.load().items() if any(one.name == kind.name for one in verdict_kind.needs)]
    lines += [f"Needed by verdicts, to be more than indicated: {', '.join(needing)}."] if needing else []
    return ["## Where it counts", _items(lines)] if lines else []


def _verdicts() -> str:
    """Return the page of all verdicts."""
    parts = [
        "# Verdicts",
        "What `forensic` concludes over one installation: the codes of `verdict.history`, in the order in which they are tried.",
    ]
    for code, kind in verdict.load().items():
        parts += [f"## {code}", f"**{_text(kind.title)}.** {_text(kind.says)}"]
        parts.append(f"Policy: `{kind.policy}`, {POLICY_WORDS[kind.policy]} (KB 314828).")
        parts += ["Rests on traces such as", _items(map(_text, kind.rests_on)), "Beware", _items(map(_text, kind.beware))]
        if kind.carries:
            rows = ((f"`{row.name}`", row.documentation, row.gives) for row in kind.carries)
            parts.append(_table(("Row", "Evidence that carries it", "Strength"), rows))
        if kind.beside:
            parts.append(f"Causes that count only beside others: {', '.join(sorted(kind.beside))}.")
        if kind.needs:
            parts.append(f"Facts that it needs, to be more than indicated: {', '.join(f'`{one.name}`' for one in kind.needs)}.")
        for title, conditions in (("Not counted", kind.set_aside), ("Not given", kind.vetoes), ("Indicated at most", kind.caps)):
            if conditions:
                parts += [f"{title} where", _items(f"`{one.name}`: {_text(one.because)}" for one in conditions)]
    return "\n\n".join(parts) + "\n"


def _relations() -> str:
    """Return the page of all relations, and of the table from which they come."""
    parts = [
        "# Relations of two installations",
        "What `forensic compare` concludes over a pair: the codes of `pairs[].relation`, the gravest first.",
    ]
    for code, kind in relation.load().items():
        parts += [f"## {code}", f"**{_text(kind.title)}.** {_text(kind.says)}"]
        parts.append(f"Policy: `{kind.policy}`, {POLICY_WORDS[kind.policy]} (KB 314828).")
        for title, said in lists_of(kind):
            parts += [title, _items(map(_text, said))]
    head, _, body = inspect.cleandoc(table.__doc__ or "").partition("\n")
    parts += ["## The hypothesis table", head, _docstring(body.strip())]
    for title, said in (("Columns", tuple(columns_in_words(table.COLUMNS))), ("What is observed", OBSERVED), ("Cells", CELLS)):
        parts += [title, _items(map(_text, said))]
    return "\n\n".join([*parts, WEIGHTS]) + "\n"


def _gaps() -> str:
    """Return the page of all gap codes, by reason."""
    parts = ["# Gap codes", f"What exactly is absent where a fact could not be stated: `gaps[].code` of a report. {NO_EVIDENCE}"]
    for reason, words in REASON_WORDS.items():
        rows = ((f"`{code}`", _text(gap.title), _text(gap.says)) for code, gap in GAPS.items() if gap.reason == reason)
        parts += [f"## {reason}: {words}", _table(("Code", "Name", "What it says"), rows)]
    return "\n\n".join(parts) + "\n"


def _problems() -> str:
    """Return the page of all problem codes: those by which evidence is missing, then the others."""
    parts = ["# Problem codes", "What is wrong with the evidence or with its reading: `problems[].code` of a report."]
    for incomplete, title, words in ((True, "Evidence is missing", INCOMPLETE), (False, "Nothing is missing", WHOLE)):
        found = ((code, one) for code, one in PROBLEMS.items() if one.incomplete == incomplete)
        rows = ((f"`{code}`", _text(one.title), _text(one.effect), _text(one.remedy)) for code, one in found)
        parts += [f"## {title}", words, _table(("Code", "Problem", "What follows", "What helps"), rows)]
    return "\n\n".join(parts) + "\n"


def _glossary() -> str:
    """Return the page of the words, by section."""
    parts = ["# Glossary", "The words of the field and ours, each said once. Words in *italics* have their own line."]
    for section, words in GLOSSARY.items():
        parts += [f"## {section}", _table(("Word", "Meaning"), words.items())]
    return "\n\n".join(parts) + "\n"


def _rule(one: rule.Rule) -> str:
    """Return the page of one rule, from its docstring: a paragraph for each section."""
    title, _, body = inspect.cleandoc(one.documentation).partition("\n")
    sections = re.sub(r"^(Supports|Against|Does not say|Overturned by|References):", r"\n**\1:**", body.strip(), flags=re.MULTILINE)
    codes = [f"{verb} `{history}`" for verb, history in (("supports", one.supports), ("speaks against", one.against)) if history]
    kinds = ", ".join(f"[{name}](../artifacts/{name}.md)" for name in sorted(one.reads))
    cause = f"It {', '.join(codes)}. Cause: `{one.group}`."
    return f"# {one.name}\n\n{title}\n\n{cause}\n{sections}\n\nLooks at {kinds}.\n"


def _rules() -> str:
    """Return how evidence becomes a verdict, and the list of rules."""
    head, _, body = inspect.cleandoc(weighing.__doc__ or "").partition("\n")
    parts = [f"# Rules\n\n{head}\n{body}"]
    parts.append("The rows of each verdict stand on the [page of verdicts](../verdicts.md). Evidence of one cause counts once.")
    return "\n\n".join([*parts, _items(f"[{name}]({name}.md): {one.title}" for name, one in rule.load().items())]) + "\n"


def main() -> None:
    """Write every page, and remove those of kinds and rules that are gone."""
    made = pages()
    for path in (*DOCS.glob("artifacts/*.md"), *DOCS.glob("rules/*.md")):
        if path.relative_to(DOCS).as_posix() not in made:
            path.unlink()
    for name, text in made.items():
        target = DOCS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
