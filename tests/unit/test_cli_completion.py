"""Completion scripts: made from the parser, and tried in the shells that are there."""

import re
import shutil
import subprocess

import pytest

from forensic.cli import completion
from forensic.cli.parser import build_parser, load_commands
from forensic.reporting import formats

WORDS = completion.words(build_parser())


@pytest.fixture
def completed(tmp_path):
    """Give `completed("examine", "--de")`: what bash offers for the last word."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    (tmp_path / "forensic.bash").write_text(completion.script("bash", WORDS), encoding="utf-8")
    (tmp_path / "disk.E01").touch()

    def ask(*words):
        line = " ".join(f"'{word}'" for word in ("forensic", *words))
        code = f'. ./forensic.bash; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _forensic; printf "%s\\n" "${{COMPREPLY[@]}}"'
        return subprocess.run([bash, "-uc", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()

    return ask


def test_bash_completes_commands_options_values_and_files(completed):
    assert completed("ex") == ["examine", "explain"]
    assert set(completed("")) == {command.name for command in load_commands()} | {"--help", "--version"}
    assert completed("examine", "--de") == ["--depth"]
    assert completed("examine", "--depth", "") == ["triage", "full"]
    assert completed("show", "a.json", "--format", "c") == [name for name in formats.names() if name.startswith("c")]
    assert completed("examine", "di") == ["disk.E01"]
    assert completed("examine", "--output", "di") == ["disk.E01"]
    assert completed("completion", "z") == ["zsh"]
    assert completed("examine", "nothing-like-it") == []


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_every_command_and_option_is_in_the_script(shell, capsys):
    text = completion.script(shell, WORDS)
    for command in WORDS:
        assert command.name in text
        for option in command.options:
            for name in option.names:
                shown = f"-l {name[2:]} " if shell == "fish" and name.startswith("--") else name.lstrip("-") if shell == "fish" else name
                assert shown in text
    assert "'" not in re.sub(r"'[^'\n]*'", "", text.partition("\n")[2])  # quotes come in pairs on each line


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_the_shell_itself_takes_the_script(shell, tmp_path):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    script = tmp_path / "script"
    script.write_text(completion.script(shell, WORDS), encoding="utf-8")
    done = subprocess.run([program, "-n", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_becomes_one_clause_without_marks_of_a_shell():
    assert completion._plain("json's `x`: $HOME; more") == "jsons x"
    assert completion._plain("write there. And more") == "write there"
