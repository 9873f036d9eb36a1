"""Regenerates what is generated in docs/: `make docs`. A test compares, so that nobody forgets."""

import inspect
import json
import re
from pathlib import Path

from forensic import artifacts
from forensic.model import codec
from forensic.model.judgement import POLICY_WORDS
from forensic.reasoning import verdict
from forensic.reasoning.installation import weighing
from forensic.reasoning.rule import load
from forensic.reporting import explanation
from forensic.reporting.wording import value_in_words
from tools import identifiers

DOCS = Path(__file__).resolve().parents[2] / "docs"


def pages():
    """Every generated file below docs/, with its text."""
    rules = {f"rules/{name}.md": _rule(rule) for name, rule in load().items()}
    readers = [one for one in artifacts.load() if one.module.startswith("forensic.")]  # tests declare some of their own
    kinds = {kind.name: kind for one in readers for kind in one.kinds}
    facts = {f"artifacts/{name}.md": _kind(kinds[name], [one for one in readers if kinds[name] in one.kinds]) for name in sorted(kinds)}
    return {
        "README.md": _index(kinds),
        "report.schema.json": json.dumps(codec.schema(verdict.load()), indent=2) + "\n",
        "rules/README.md": _rules(),
        "verdicts.md": _verdicts(),
        "identifiers.md": identifiers.text(),
        **rules,
        **facts,
    }


def _prose(text, pattern):
    """Text of a declaration as Markdown: what matches the pattern outside code stands for itself."""
    parts = text.split("`")
    return "`".join(part if number % 2 else re.sub(pattern, r"\\\1", part) for number, part in enumerate(parts))


def _text(text):
    return _prose(text, r"([\\*_<\[\]])")


def _docstring(text):
    """A docstring: its tables, lists and code are Markdown already, a `*` inside a line is a wildcard."""
    return _prose(text, r"(?m)(?<!^)([*<])")


def _items(items):
    return "\n".join(f"* {item}" for item in items)


def _kind(kind, readers):
    """The page of one fact kind: what it is, what changes it, where it is read, how well that is known."""
    nature = [f"Origin of its values: {kind.origin.value}."]
    nature += ["It is a secret: only the SHA-256 of the stored bytes is stated."] * kind.secret
    nature += ["It is decisive: `--cross-check` reads it with a second reader too."] * kind.decisive
    parts = [f"# {kind.name}", _text(kind.title), " ".join(nature)]
    for title, lines in explanation.changes_in_words(kind):
        parts += [f"**{title}**", _items(map(_text, lines))]
    for one in readers:
        parts += [f"## Read from `{explanation.place_in_words(one)}`{explanation._eras(one)}"]
        parts += [*["Read at full depth only."] * (one.depth == "full"), _docstring(one.documentation)]
        parts.append(_text(explanation.validation_in_words(one)))
    if kind.claims:
        said = (f"{_text(one.text)} (*{one.basis.value}*{f': {_text(one.source)}' if one.source else ''})" for one in kind.claims)
        parts += ["## What is known, and how well", _items(said)]
    if kind.known_values:
        values = (f"`{value_in_words(codec.to_builtins(value))}`" for value in kind.known_values)
        parts += ["## Values that never count", "They come from media, vendors or defaults.", _items(values)]
    if kind.references:
        parts += [
            "## References",
            _items(f"<{one}>" if one.startswith("http") and " " not in one else _text(one) for one in kind.references),
        ]
    if kind.renews or kind.claims:
        parts.append(explanation._BASES)
    return "\n\n".join(parts) + "\n"


def _verdicts():
    """The page of all verdicts."""
    parts = [
        "# Verdicts",
        "What `forensic` concludes over one installation: the codes of `verdict.history`, in the order in which they are tried.",
    ]
    for code, kind in verdict.load().items():
        parts += [f"## {code}", f"**{_text(kind.title)}.** {_text(kind.says)}"]
        parts.append(f"Policy: `{kind.policy}`, {POLICY_WORDS[kind.policy]} (KB 314828).")
        parts += ["Rests on traces such as", _items(map(_text, kind.rests_on)), "Beware", _items(map(_text, kind.beware))]
        if kind.carries:
            rows = [f"| `{row.name}` | {row.documentation} | {row.gives} |" for row in kind.carries]
            parts.append("\n".join(["| Row | Evidence that carries it | Strength |", "|---|---|---|", *rows]))
        if kind.beside:
            parts.append(f"Groups that count only beside others: {', '.join(sorted(kind.beside))}.")
        for title, conditions in (("Not counted", kind.set_aside), ("Not given", kind.vetoes), ("Indicated at most", kind.caps)):
            if conditions:
                parts += [f"{title} where", _items(f"`{one.name}`: {_text(one.because)}" for one in conditions)]
    return "\n\n".join(parts) + "\n"


def _index(kinds):
    """The index of docs/: what people wrote, then what is generated."""
    written = [
        path
        for path in (*sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("decisions/*.md")))
        if path.name not in ("README.md", "verdicts.md", "identifiers.md")
    ]
    heads = (
        f"[{path.read_text(encoding='utf-8').partition(chr(10))[0].lstrip('# ')}]({path.relative_to(DOCS).as_posix()})" for path in written
    )
    generated = (
        "[Verdicts](verdicts.md)",
        "[Rules](rules/README.md)",
        "[Identifiers and what renews them](identifiers.md)",
        "[JSON schema of the report](report.schema.json)",
    )
    facts = (f"[{name}](artifacts/{name}.md): {_text(kinds[name].title)}" for name in sorted(kinds))
    parts = ["# Documentation", _items(heads), "Made from the program itself by `make docs`:", _items(generated), "## Fact kinds"]
    return "\n\n".join([*parts, "What can be stated, and where it is read.", _items(facts)]) + "\n"


def _rule(rule):
    """The page of one rule, from its docstring: a paragraph for each section."""
    title, _, body = inspect.cleandoc(rule.documentation).partition("\n")
    sections = re.sub(r"^(Supports|Against|Does not say|Overturned by|References):", r"\n**\1:**", body.strip(), flags=re.MULTILINE)
    codes = [f"{verb} `{history}`" for verb, history in (("supports", rule.supports), ("speaks against", rule.against)) if history]
    return f"# {rule.name}\n\n{title}\n\nIt {', '.join(codes)}. Cause: `{rule.group}`; evidence of one cause counts once.\n{sections}\n"


def _rules():
    """How evidence becomes a verdict, and the list of rules."""
    head, _, body = inspect.cleandoc(weighing.__doc__).partition("\n")
    lines = [f"* [{name}]({name}.md): {rule.title}" for name, rule in load().items()]
    return (
        f"# Rules\n\n{head}\n{body}\n\nThe rows of each verdict stand on the [page of verdicts](../verdicts.md).\n\n"
        + "\n".join(lines)
        + "\n"
    )


def main():
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
