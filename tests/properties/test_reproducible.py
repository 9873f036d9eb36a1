"""A report is the same to the byte: across runs, processes and hash seeds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent.parent / "samples"


def report(seed, *options):
    command = [sys.executable, "-m", "forensic", "examine", "--reproducible", *options, "desk-10.E01", "lab-xp.raw.zip"]
    return subprocess.run(command, cwd=SAMPLES, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=False).stdout


@pytest.mark.parametrize("options", [("--format", "json", "--stats"), ("--format", "console", "-v")], ids=lambda options: options[1])
def test_two_hash_seeds_give_the_same_bytes(options):
    first = report("1", *options)
    assert len(first) > 10_000
    assert first == report("4242", *options)
