"""The wheel: what people install has the schema, the pages of the walks, and says what it is."""

import email
import importlib.util
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: the wheel is not built")
    folder = tmp_path_factory.mktemp("wheel")
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, folder], cwd=PROJECT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(folder / done.stdout.split()[-1]) as packed:
        yield packed


def test_the_wheel_carries_schema_pages_and_templates(wheel):
    names = set(wheel.namelist())
    for page in ("report.schema.json", "walk-incident.md", "walk-support.md", "walk-image-builder.md", "glossary.md"):
        (packed,) = (name for name in names if name.endswith(f".data/data/share/doc/sysprep-forensic/{page}"))
        assert wheel.read(packed) == (PROJECT / "docs" / page).read_bytes()
    assert {"forensic/py.typed", "forensic/reporting/formats/html/templates/report.html"} <= names
    assert {path.relative_to(PROJECT).as_posix() for path in PROJECT.glob("forensic/**/*.py")} <= names
    assert not any(name.startswith(("tests/", "tools/", "samples/")) for name in names)


def test_the_wheel_says_what_it_is(wheel):
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    said = email.message_from_bytes(wheel.read(metadata))
    assert said["Name"] == "sysprep-forensic"
    assert said["License-Expression"] == "Apache-2.0"
    assert any("windows-installations-disk-duplication" in url for url in said.get_all("Project-URL"))
    assert "Programming Language :: Python :: 3.14" in said.get_all("Classifier")
    assert "# forensic" in said.get_payload()


def test_what_the_wheel_packs_is_there():
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    packed = re.findall(r'^"(docs/[^"]+)" = "share/doc/sysprep-forensic/([^"]+)"$', text, re.MULTILINE)
    assert len(packed) >= 5
    assert all((PROJECT / source).is_file() for source, _ in packed)
    assert all(source == f"docs/{target}" for source, target in packed)
