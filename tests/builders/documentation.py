"""Regenerates what is generated in docs/: `make docs`. A test compares, so that nobody forgets."""

import inspect
import json
import re
from pathlib import Path

from forensic.model import codec
from forensic.reasoning import load, weighing

DOCS = Path(__file__).resolve().parents[2] / "docs"


def pages():
    """Every generated file below docs/, with its text."""
    rules = {f"rules/{name}.md": _rule(rule) for name, rule in load().items()}
    return {"report.schema.json": json.dumps(codec.schema(), indent=2) + "\n", "rules/README.md": _rules(), **rules}


def _rule(rule):
    """The page of one rule, from its docstring: a paragraph for each section."""
    title, _, body = inspect.cleandoc(rule.documentation).partition("\n")
    sections = re.sub(r"^(Supports|Against|Does not say|Overturned by|References):", r"\n**\1:**", body.strip(), flags=re.MULTILINE)
    codes = [f"{verb} `{history.value}`" for verb, history in (("supports", rule.supports), ("speaks against", rule.against)) if history]
    return f"# {rule.name}\n\n{title}\n\nIt {', '.join(codes)}. Cause: `{rule.group}`; evidence of one cause counts once.\n{sections}\n"


def _rules():
    """How evidence becomes a verdict, and the list of rules."""
    head, _, body = inspect.cleandoc(weighing.__doc__).partition("\n")
    lines = [f"* [{name}]({name}.md): {rule.title}" for name, rule in load().items()]
    return f"# Rules\n\n{head}\n{body}\n\n" + "\n".join(lines) + "\n"


def main():
    for name, text in pages().items():
        target = DOCS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
