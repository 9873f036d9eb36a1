"""Folders of children whose parent was killed go with the next start, and no others."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no locks that go with their process there")
PROGRAM = """
import sys
from forensic.batch import scratch
print(scratch.new_folder(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def start(tmp_path):
    started = []

    def one():
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=PROJECT,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        folder = Path(process.stdout.readline().strip())
        (folder / "unpacked").write_bytes(b"what was unpacked")
        return process, folder

    yield one
    for process in started:
        process.kill()
        process.communicate()


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_has_is_not(start, tmp_path):
    killed, left = start()
    _, kept = start()
    (tmp_path / "forensic-of-somebody-else").mkdir()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert left.exists()
    start()
    assert not left.parent.exists()
    assert (kept / "unpacked").exists()
    assert (tmp_path / "forensic-of-somebody-else").exists()


def test_a_process_that_ends_leaves_nothing(start):
    process, folder = start()
    process.communicate("")
    assert list(folder.parent.parent.iterdir()) == []


def test_a_folder_that_others_may_write_to_is_not_used(start, tmp_path):
    root = tmp_path / f"forensic-scratch-{os.getuid()}"
    root.mkdir()
    root.chmod(0o777)
    _, folder = start()
    assert folder.parent == tmp_path
