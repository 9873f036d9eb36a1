"""The documents: what the README shows is what the program prints (FORENSIC_REGENERATE=1 writes it anew), what is generated is up to date
(`make docs` writes it anew), and every link leads somewhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from forensic import artifacts
from forensic.model.gap import CODES as GAPS
from forensic.model.problem import CODES as PROBLEMS
from forensic.reasoning.pair.relation import load as relations
from forensic.reasoning.verdict import load as verdicts
from forensic.reporting.explanation.kind import EVENTS
from tools import documentation

PROJECT = Path(__file__).parent.parent
README = PROJECT / "README.md"
BLOCK = re.compile(r"(<!-- output of: forensic (.*?) -->\n```\n)(.*?)(```\n)", re.DOTALL)


def printed(arguments):
    command = [sys.executable, "-m", "forensic", *arguments.split()]
    output = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False, env=os.environ | {"PYTHONUTF8": "1"}).stdout.decode()
    return output.rstrip() + "\n"


def test_the_readme_shows_real_output():
    text = README.read_text(encoding="utf-8")
    if os.environ.get("FORENSIC_REGENERATE"):
        text = BLOCK.sub(lambda match: match[1] + printed(match[2]) + match[4], text)
        README.write_text(text, encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert blocks
    for _, arguments, shown, _ in blocks:
        assert shown == printed(arguments)


WALKS = ("walk-incident.md", "walk-support.md", "walk-image-builder.md")
CONSOLE = re.compile(r"(```console\n)(.*?)(```\n)", re.DOTALL)
CUT = re.compile(r"\[\.\.\. \d+ lines? \.\.\.\]\n")


def played(commands, folder):
    """What each command prints, in one folder with the samples, as a person sees it; `$?` is the exit code of the one before."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin/forensic"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m forensic "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    if not (folder / "samples").exists():
        (folder / "samples").symlink_to(PROJECT / "samples")
    environment = os.environ | {"PYTHONUTF8": "1", "PYTHONPATH": str(PROJECT), "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    code = 0
    for command in commands:
        line = ["bash", "-c", f"(exit {code})\n{command}"]
        done = subprocess.run(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env=environment)
        code = done.returncode
        yield done.stdout.decode()


def commands_of(block):
    """The commands of a console block, each with the output that is shown below it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def cut_alike(output, shown):
    """The output with as many lines at its beginning and end as are shown around the mark of cut lines, which says how many are gone."""
    mark = CUT.search(shown)
    lines = output.splitlines(keepends=True)
    if mark is None:
        return output
    head, tail = shown[: mark.start()].count("\n"), shown[mark.end() :].count("\n")
    gone = len(lines) - head - tail
    if gone < 1:
        return output
    return "".join([*lines[:head], f"[... {gone} line{'s' * (gone > 1)} ...]\n", *lines[len(lines) - tail :]])


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_shows_what_its_commands_print(name, tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("no bash here")
    page = documentation.DOCS / name
    text = page.read_text(encoding="utf-8")
    blocks = [commands_of(block) for _, block, _ in CONSOLE.findall(text)]
    outputs = played([command for block in blocks for command, _ in block], tmp_path)
    made = [[(command, cut_alike(next(outputs), shown)) for command, shown in block] for block in blocks]
    if os.environ.get("FORENSIC_REGENERATE"):
        fresh = iter(made)
        text = CONSOLE.sub(lambda match: match[1] + "".join(f"$ {command}\n{shown}" for command, shown in next(fresh)) + match[3], text)
        page.write_text(text, encoding="utf-8")
    assert len(blocks) >= 4
    assert blocks == made or os.environ.get("FORENSIC_REGENERATE")


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_is_short(name):
    assert len((documentation.DOCS / name).read_text(encoding="utf-8").split()) < 800


def test_cut_lines_are_counted():
    output = "a\nb\nc\nd\ne\n"
    assert cut_alike(output, "a\n[... 9 lines ...]\nd\ne\n") == "a\n[... 2 lines ...]\nd\ne\n"
    assert cut_alike(output, "a\nb\n[... 1 line ...]\nd\ne\n") == "a\nb\n[... 1 line ...]\nd\ne\n"
    assert cut_alike(output, "a\n") == cut_alike(output, "a\nb\nc\n[... 1 line ...]\nd\ne\n") == output


def test_the_steps_for_packer_and_pipelines_are_commands_that_pass_a_sealed_master(tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("no bash here")
    text = (documentation.DOCS / "walk-image-builder.md").read_text(encoding="utf-8")
    blocks = "".join(re.findall(r"```(?:hcl|yaml)\n(.*?)```", text, re.DOTALL))
    commands = [
        command.replace("output/template.qcow2", "samples/master-2019.E01") for command in re.findall(r"forensic examine [^\n\"]+", blocks)
    ]
    assert len(commands) == 3
    *_, code = played([part for command in commands for part in (command, "echo $?")], tmp_path)
    assert code == "0\n"
    assert (tmp_path / "template.json").exists()


def test_the_readme_names_the_commands_that_set_everything_up():
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README.read_text(encoding="utf-8"), re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_every_local_link_of_the_documents_leads_somewhere():
    for page in [*PROJECT.glob("*.md"), PROJECT / "samples/README.md", *documentation.DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.fixture(scope="module")
def generated():
    return documentation.pages()


def test_what_is_generated_is_up_to_date(generated):
    stale = [name for name, text in generated.items() if (documentation.DOCS / name).read_text(encoding="utf-8") != text]
    assert not stale, "run: make docs"


def test_no_generated_page_is_left_over(generated):
    there = {
        path.relative_to(documentation.DOCS).as_posix() for name in ("artifacts", "rules") for path in (documentation.DOCS / name).iterdir()
    }
    assert there == {name for name in generated if name.startswith(("artifacts/", "rules/"))}


def test_every_fact_kind_verdict_and_gap_code_has_its_place(generated):
    for one in artifacts.load():
        if one.module.startswith("forensic."):
            assert all(f"artifacts/{kind.name}.md" in generated for kind in one.kinds)
    assert all(f"## {code}\n" in generated["verdicts.md"] for code in verdicts())
    assert all(f"## {code}\n" in generated["relations.md"] for code in relations())
    assert all(generated["gaps.md"].count(f"\n| `{code}` |") == 1 for code in GAPS)
    assert all(generated["problems.md"].count(f"\n| `{code}` |") == 1 for code in PROBLEMS)


def test_the_index_names_every_document_of_the_folder(generated):
    named = set(re.findall(r"\]\(([^)]+)\)", generated["README.md"]))
    there = {path.relative_to(documentation.DOCS).as_posix() for path in documentation.DOCS.rglob("*.*")}
    assert {name for name in there if not name.startswith(("rules/", "datasette/"))} - {"README.md"} <= named
    assert documentation.GENERATED.keys() <= named


def test_text_of_a_declaration_is_not_taken_for_markup():
    assert documentation._text(r"ControlSet*\Enum_x and `a*b`") == r"ControlSet\*\\Enum\_x and `a*b`"
    assert documentation._docstring("* item with ControlSet* and `a*b`") == r"* item with ControlSet\* and `a*b`"


def test_the_page_of_identifiers_says_effect_basis_and_source_of_each_event(generated):
    lines = generated["identifiers.md"].splitlines()
    head = next(line for line in lines if line.startswith("| Kind | Compared")).split("|")
    row = next(line for line in lines if line.startswith("| [clone-tag]")).split("|")
    said = {name.strip(): cell.strip() for name, cell in zip(head, row, strict=True)}
    assert (said["generalize"], said["specialize"], said["setup"], said["domain-join"]) == ("**new** s", "kept i", "kept o3", "")
    assert any(line.startswith("| sqm-machine-id | generalize | a process crashed") and line.endswith("| sourced |") for line in lines)


def test_every_effect_has_its_exception_on_the_page_of_identifiers_and_its_source_on_that_of_its_kind(generated):
    exceptions = generated["identifiers.md"].partition("## Exceptions")[2]
    kinds = {kind.name: kind for one in artifacts.load() if one.module.startswith("forensic.") for kind in one.kinds}
    for name, kind in kinds.items():
        page = generated[f"artifacts/{name}.md"]
        for change, effect in kind.renews.items():
            assert exceptions.count(f"\n| {name} | {change.value} |") == (effect.outcome == "usually"), (name, change)
            assert EVENTS[change] in page
            assert not effect.source or documentation._link(effect.source) in page, (name, change)


def test_a_page_of_a_fact_kind_names_each_source_once_and_has_every_number(generated):
    for name, text in generated.items():
        if name.startswith("artifacts/"):
            body, _, listed = text.partition("\n## Sources\n")
            numbers = re.findall(r"^(\d+)\. (.*)$", listed, re.MULTILINE)
            assert [int(number) for number, _ in numbers] == list(range(1, len(numbers) + 1)), name
            assert len({source for _, source in numbers}) == len(numbers), name
            cited = {int(found) for found in re.findall(r" \[(\d+)\]\)", body)}
            assert cited <= set(range(1, len(numbers) + 1)), name


def test_the_glossary_says_each_word_once_and_knows_those_that_it_uses():
    text = (documentation.DOCS / "glossary.md").read_text(encoding="utf-8")
    words = [word for word in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE) if word != "Word"]
    assert len(set(words)) == len(words) > 80
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        listed = [word for word in words if f"\n| {word} |" in section]
        assert listed == sorted(listed, key=str.casefold)
    assert set(re.findall(r"\*([^*\n]+)\*", text)) - {"italics"} <= set(words)
