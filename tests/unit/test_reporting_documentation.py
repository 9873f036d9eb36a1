"""docs/: what is generated is complete, and every link in it leads somewhere. That it is up to date is checked beside the schema."""

import re

from forensic.reasoning.verdict import load as verdicts
from tests.builders import documentation

DOCS = documentation.DOCS


def test_no_generated_page_is_left_over():
    made = documentation.pages()
    there = {path.relative_to(DOCS).as_posix() for folder in ("artifacts", "rules") for path in (DOCS / folder).glob("*.md")}
    assert there == {name for name in made if name.startswith(("artifacts/", "rules/"))}


def test_every_fact_kind_and_verdict_has_its_page():
    from forensic import artifacts

    made = documentation.pages()
    for one in artifacts.load():
        if one.module.startswith("forensic."):
            assert all(f"artifacts/{kind.name}.md" in made for kind in one.kinds)
    assert all(f"## {history}\n" in made["verdicts.md"] for history in verdicts())


def test_every_link_inside_the_documentation_leads_somewhere():
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_text_of_a_declaration_is_no_markup():
    assert documentation._text(r"ControlSet*\Enum_x and `a*b`") == r"ControlSet\*\\Enum\_x and `a*b`"
    assert documentation._docstring("* item with ControlSet* and `a*b`") == r"* item with ControlSet\* and `a*b`"


def test_the_page_of_identifiers_says_effect_basis_and_source_of_each_event():
    lines = documentation.pages()["identifiers.md"].splitlines()
    head = next(line for line in lines if line.startswith("| Kind | Compared")).split("|")
    row = next(line for line in lines if line.startswith("| [clone-tag]")).split("|")
    said = {name.strip(): cell.strip() for name, cell in zip(head, row, strict=True)}
    assert (said["generalize"], said["specialize"], said["setup"], said["domain-join"]) == ("**new** s", "kept i", "kept o3", "")
    assert "* sqm-machine-id, generalize: unless a process crashed" in "\n".join(lines)
    assert any(line.startswith("| clone-tag | upgrade | regipy") for line in lines)
