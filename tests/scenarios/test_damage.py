"""Known-incomplete evidence: a hive that is there and cannot be read whole caps the verdict over its installation, and the exit code."""

import pytest

from forensic import examine
from forensic.cli.outcome import NO_WINDOWS, UNDETERMINED, exit_code
from forensic.model.problem import CODES
from tests.builders.hive import checksum
from tests.builders.transaction_log import dirty
from tests.scenarios.histories import begun, moved

CONFIG = "Windows/System32/config"
SYSTEM, SECURITY = f"{CONFIG}/SYSTEM", f"{CONFIG}/SECURITY"


def file_of(drive, path):
    """Return the file at `path`, whatever the case of its name."""
    (found,) = [one for one in drive.rglob("*") if str(one.relative_to(drive)).lower() == path.lower()]
    return found


def truncated(data):
    return data[: len(data) // 2]


def zero_page(data):
    """Return a hive without the page that holds the root key, its base block sound."""
    root = 4096 + int.from_bytes(data[36:40], "little")
    page = root // 4096 * 4096
    return data[:page] + data[page : page + 32] + bytes(4064) + data[page + 4096 :]


def told(report, code):
    return [problem for problem in report.problems if problem.code == code]


def codes(report):
    return {problem.code for problem in report.problems}


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda data: bytes(len(data)), "hive-unreadable"),
        (lambda _: b"", "hive-unreadable"),
        (zero_page, "hive-unreadable"),
        (truncated, "hive-damaged"),
        (dirty, "log-not-applied"),
    ],
    ids=["zeroed", "empty", "root lost", "truncated", "dirty"],
)
@pytest.mark.parametrize("path", [SYSTEM, SECURITY])
def test_a_hive_that_is_not_read_whole_caps_the_verdict_and_the_exit_code(spread, path, harm, code):
    drive = spread(begun(3, "10")[0], full=False)
    file = file_of(drive, path)
    file.write_bytes(harm(file.read_bytes()))
    report = examine(drive, strict=True)
    (one,) = report.installations
    assert code in codes(report)
    assert {problem.installation for problem in told(report, code)} == {one.id}
    assert all(problem.where.lower().endswith(path.lower()) for problem in told(report, code))
    assert one.verdict.strength not in ("proven", "strong")
    assert exit_code(report) == UNDETERMINED


def test_an_undetermined_verdict_names_what_is_damaged(spread):
    drive = spread(begun(3, "10")[0], full=False)
    for path in (SYSTEM, f"{CONFIG}/SOFTWARE"):
        file_of(drive, path).write_bytes(b"")
    (one,) = examine(drive, strict=True).installations
    assert one.verdict.history == "undetermined"
    (told,) = [sentence for sentence in one.verdict.not_excluded if sentence.startswith("a hive cannot be read")]
    assert "SYSTEM" in told
    assert "SOFTWARE" in told


def test_a_sound_hive_is_no_problem(spread):
    report = examine(spread(begun(3, "10")[0], full=False), strict=True)
    assert (report.problems, exit_code(report)) == ((), 0)
    assert report.installations[0].verdict.strength == "strong"


def test_a_breach_is_told_whatever_is_damaged(spread):
    drive = spread(moved(3, "10")[0])
    sound = examine(drive, strict=True)
    file = file_of(drive, SECURITY)
    file.write_bytes(dirty(file.read_bytes()))
    report = examine(drive, strict=True)
    assert (exit_code(sound), exit_code(report)) == (1, 1)
    assert report.installations[0].verdict.history == sound.installations[0].verdict.history
    assert "evidence-incomplete" in report.installations[0].verdict.caps
    assert report.installations[0].verdict.strength == "indicated"


def test_a_hive_of_a_user_is_told_and_caps_nothing(spread):
    drive = spread(begun(3, "10", users=2)[0])
    (first, *_) = sorted(one for one in drive.rglob("*") if one.name.upper() == "NTUSER.DAT" and "Users" in one.parts)
    first.write_bytes(dirty(first.read_bytes()))
    report = examine(drive, strict=True)
    assert codes(report) == {"user-hive-damaged"}
    assert (report.installations[0].verdict.strength, exit_code(report)) == ("strong", 0)
    first.write_bytes(bytes(8192))
    report = examine(drive, strict=True)
    assert codes(report) == {"user-hive-damaged"}
    assert exit_code(report) == 0


def test_a_damaged_earlier_copy_of_a_hive_caps_nothing(spread):
    drive = spread(begun(3, "10")[0])
    copies = file_of(drive, CONFIG) / "RegBack"
    copies.mkdir(exist_ok=True)
    for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
        data = file_of(drive, f"{CONFIG}/{name}").read_bytes()
        (copies / name).write_bytes(bytes(len(data)) if name == "SAM" else data)
    report = examine(drive, strict=True)
    (problem,) = told(report, "hive-unreadable")
    assert problem.installation.endswith("RegBack")
    assert (report.installations[0].verdict.strength, exit_code(report)) == ("strong", 0)


def test_a_base_block_that_a_log_replaces_is_whole(spread):
    drive = spread(begun(3, "10")[0])
    file = file_of(drive, SYSTEM)
    data = bytearray(file.read_bytes())
    data[508:512] = (checksum(data) ^ 1).to_bytes(4, "little")
    file.write_bytes(bytes(data))
    assert "log-not-applied" in codes(examine(drive, strict=True))


def test_a_lost_segment_without_a_windows_is_not_exit_code_4(tmp_path):
    (tmp_path / "disk.001").write_bytes(bytes(1 << 20))
    (tmp_path / "disk.003").write_bytes(bytes(1 << 20))
    report = examine(tmp_path / "disk.001", strict=True)
    assert codes(report) >= {"missing-segment"}
    assert exit_code(report) == UNDETERMINED
    (tmp_path / "disk.003").unlink()
    assert exit_code(examine(tmp_path / "disk.001", strict=True)) == NO_WINDOWS


def test_every_code_that_is_given_is_a_known_one():
    """No code is misspelled: the ones in the source are those of the table."""
    import re
    from pathlib import Path

    import forensic

    spelled = set()
    for path in Path(forensic.__file__).parent.rglob("*.py"):
        for call in re.findall(
            r"(?<!_add_not_looked)(?<!_)(?:Problem|note|problem|HiveProblem)\([^\n]*\"([a-z]+(?:-[a-z]+)+)\"[^\n]*\)", path.read_text()
        ):
            spelled.add(call)
    assert "missing-segment" in spelled
    assert spelled - {"two-computers"} <= CODES.keys()
