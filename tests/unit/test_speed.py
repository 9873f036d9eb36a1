"""What makes the program fast, checked without a clock: bytes and requests to the evidence, modules imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from forensic import examine
from forensic.windows.hive import Hive
from tests.builders.hive import REG_DWORD, HiveBuilder
from tests.builders.source import Bytes

SAMPLES = Path(__file__).parent.parent.parent / "samples"
IDLE = {
    "bz2", "concurrent.futures", "csv", "dataclasses", "evtx", "html", "inspect", "logging", "lzma", "pathlib", "pkgutil", "pyewf",
    "pyvhdi", "pyvmdk", "pyvshadow", "random", "rich", "shutil", "socket", "sqlite3", "subprocess", "tempfile", "zipfile", "zstandard",
    "forensic.containers.ewf2", "forensic.containers.ewf_library", "forensic.containers.qcow2", "forensic.containers.raw",
    "forensic.containers.sparse", "forensic.containers.vdi", "forensic.containers.verification", "forensic.containers.vhd",
    "forensic.containers.vhdx", "forensic.containers.vmdk", "forensic.reporting", "forensic.volumes.archive", "forensic.volumes.directory",
    "forensic.windows.event_log", "forensic.artifacts.full", "forensic.reasoning.rules.full",
}  # fmt: skip
"""What a triage of an E01 image with NTFS has no use for."""


def modules_after(statement):
    """Return the modules that a fresh interpreter has imported for `statement`; what that prints is dropped."""
    code = (
        "import sys; sys.modules['typing_extensions'] = None\n"  # among the development tools only; msgspec would import it
        "out, sys.stdout, before = sys.stdout, open(__import__('os').devnull, 'w'), set(sys.modules)\n"
        f"{statement}\nprint(*(set(sys.modules) - before), file=out)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("image", "triage", "requests", "full"),
    [
        ("desk-10.E01", 32_000, 25, 100_000),
        ("master-2019.E01", 31_000, 52, 100_000),
        ("dirty-10.E01", 39_000, 26, 100_000),
        ("lab-xp.raw.zip", 53_000, 8, 55_000),
        ("moved-7.vhdx", 680_000, 28, 2_500_000),
        ("nt4.qcow2", 34_000, 15, 100_000),
    ],
)
def test_little_is_read_from_a_sample(image, triage, requests, full):
    path = SAMPLES / image
    quick = examine(path, depth="triage", stats=True).stats
    whole = examine(path, depth="full", stats=True).stats
    assert quick["bytes_read"] <= triage
    assert quick["read_requests"] <= requests
    assert quick["bytes_read"] <= whole["bytes_read"] <= full


def test_a_key_among_many_is_found_by_reading_few_pages():
    hive = HiveBuilder()
    for number in range(5000):
        hive.value(rf"Classes\Kind {number:04}\Settings", "Number", REG_DWORD, number)
    source = Bytes(hive.build())
    found = Hive(source).root.key(r"Classes\Kind 4321\Settings").value("Number").number()
    assert found == 4321
    assert source.size > 1_000_000
    assert source.requests <= 40  # pages of 4 KiB, and the lists


def test_a_triage_imports_only_what_it_uses():
    loaded = modules_after(f"from forensic import examine; examine({str(SAMPLES / 'desk-10.E01')!r}, depth='triage').to_json()")
    assert "forensic.containers.ewf" in loaded
    assert not {name for name in loaded for idle in IDLE if name == idle or name.startswith(idle + ".")}


def test_the_command_line_adds_argparse_and_little_else():
    image = str(SAMPLES / "desk-10.E01")
    arguments = ["examine", "--depth", "triage", "--format", "json", image]
    library = modules_after(f"from forensic import examine; examine({image!r}, depth='triage').to_json()")
    command = modules_after(f"from forensic.cli import main; main({arguments!r})")
    assert {name for name in command - library if not name.startswith("_")} <= {"argparse", "errno", "forensic.cli", "gettext", "locale"}


def test_the_version_is_printed_without_importing_more_than_the_command_line():
    assert modules_after("from forensic.cli import main; main(['--version'])") == {"__future__", "forensic", "forensic.cli"}
