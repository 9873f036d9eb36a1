import json

import pytest

from forensic import examine
from forensic.batch.isolation import examine_isolated
from forensic.cli import main
from tests.batch.hostile import hostile_image
from tests.conftest import PROJECT

SAMPLES = PROJECT / "samples"
HOSTILE = "tests.batch.hostile:examine_hostile"


@pytest.mark.parametrize("name", ["moved-7.vhdx", "lab-xp.raw.zip", "master-2019.E02"])
def test_isolated_report_is_the_same(name):
    path = SAMPLES / name
    assert examine_isolated(path, reproducible=True) == examine(path, reproducible=True)


def test_stats_say_which_guard_was_on():
    on = examine_isolated(SAMPLES / "nt4.qcow2", stats=True).stats["guard"]
    assert set(on) >= {"limits", "landlock", "seccomp"}


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("segv", "its reader was ended: killed by SIGSEGV"),
        ("hang", "its reader was ended: no answer in 2 s"),
        ("exit", "its reader was ended: ended with exit code 3"),
        ("memory", "more memory was needed than there is"),
        ("raise", "internal error, RuntimeError: a defect"),
    ],
)
def test_what_ends_the_reader_is_the_reason(tmp_path, what, why):
    image = tmp_path / "disk.dd"
    image.write_bytes(hostile_image(what))
    report = examine_isolated(image, timeout=2 if what == "hang" else 60, memory=256 << 20, examiner=HOSTILE)
    assert report.source.format == "unreadable"
    assert report.problems[0].what == why
    assert report.problems[0].is_incomplete


def test_command_gives_the_same_codes(capsys, tmp_path):
    assert main(["examine", "--isolate", "-q", str(SAMPLES / "nt4.qcow2")]) == 0
    assert main(["examine", "--isolate", "-q", str(SAMPLES / "moved-7.vhdx")]) == 1
    assert main(["examine", "--isolate", "-q", str(tmp_path / "none.E01")]) == 5
    assert main(["examine", "--isolate", "--strict", str(SAMPLES / "nt4.qcow2")]) == 2
    capsys.readouterr()
    assert main(["examine", "--isolate", "--format", "json", "--reproducible", str(SAMPLES / "nt4.qcow2")]) == 0
    assert json.loads(capsys.readouterr().out)["installations"][0]["computer_name"] == "NTWS4"
