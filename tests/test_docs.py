"""What the README shows is what the program prints. FORENSIC_REGENERATE=1 writes it anew."""

import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent
README = PROJECT / "README.md"
BLOCK = re.compile(r"(<!-- output of: forensic (.*?) -->\n```\n)(.*?)(```\n)", re.DOTALL)
ENDS_BEFORE = "\nEvidence "


def printed(arguments):
    command = [sys.executable, "-m", "forensic", *arguments.split()]
    output = subprocess.run(command, cwd=PROJECT, capture_output=True, check=False, env=os.environ | {"PYTHONUTF8": "1"}).stdout.decode()
    return output.partition(ENDS_BEFORE)[0].rstrip() + "\n"


def test_the_readme_shows_real_output():
    text = README.read_text(encoding="utf-8")
    if os.environ.get("FORENSIC_REGENERATE"):
        text = BLOCK.sub(lambda match: match[1] + printed(match[2]) + match[4], text)
        README.write_text(text, encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert blocks
    for _, arguments, shown, _ in blocks:
        assert shown == printed(arguments)


def test_the_readme_names_the_commands_that_set_everything_up():
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README.read_text(encoding="utf-8"), re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_every_local_link_of_the_documents_leads_somewhere():
    for page in [README, PROJECT / "samples/README.md", *(PROJECT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
