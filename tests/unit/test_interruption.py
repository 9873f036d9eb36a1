"""Interrupts at any moment: the exit code tells, no report is half, nothing is left behind."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from forensic import examination
from forensic.cli import interruption, main

SAMPLE = Path(__file__).parent.parent.parent / "samples/moved-7.vhdx"
EXAMINE = [sys.executable, "-m", "forensic", "examine", "--format", "json", "--reproducible"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def started(command, number):
    """Start a process that heeds a signal, whatever a shell in the background lets it ignore."""
    heed = partial(signal.signal, number, signal.SIG_DFL)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed)  # noqa: PLW1509  one call of the system


@posix
@pytest.mark.parametrize(
    ("name", "rounds", "to_file", "word"),
    [
        ("SIGINT", 15, True, b"interrupted"),
        ("SIGINT", 15, False, b"interrupted"),
        ("SIGTERM", 4, True, b"terminated"),
        ("SIGHUP", 4, True, b"hung up"),
    ],
)
def test_a_signal_at_any_moment_ends_with_its_code_and_no_report(tmp_path, name, rounds, to_file, word):
    target, number, chance = tmp_path / "out" / "report.json", getattr(signal, name), random.Random(3)
    target.parent.mkdir()
    command = [*EXAMINE, *(["--output", str(target)] if to_file else []), str(SAMPLE)]
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False)
    lasts = time.monotonic() - begun
    whole = target.read_bytes() if to_file else done.stdout
    ended = set()
    for _ in range(rounds):
        target.unlink(missing_ok=True)
        process = started(command, number)
        time.sleep(chance.uniform(0.15, max(0.2, lasts)))
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        written = target.read_bytes() if target.exists() else out
        if process.returncode == -number:
            continue  # before the program had begun
        assert (process.returncode, written) in [(128 + number, b""), (done.returncode, whole)]
        assert err == (b"forensic: %s\n" % word if process.returncode == 128 + number else b"")
        assert [path.name for path in target.parent.iterdir()] in ([], [target.name])
        ended.add(process.returncode)
    assert 128 + number in ended


@posix
def test_an_interrupt_that_native_code_makes_an_error_of_gets_through():
    """The callback swallows it, more than once; what the examination makes of that is never written."""
    code = f"""
import os, signal, sys, time
from forensic import examination
from forensic.cli import run
plain, swallowed = examination.examine, []
def examine(source, **options):
    os.kill(os.getpid(), signal.SIGINT) if not swallowed else None
    return plain(source, **options)
def swallowing(source, **options):
    for _ in range(3):
        try:
            if not swallowed:
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            swallowed.append(1)
    return plain(source, **options)
examination.examine = swallowing
sys.argv = ["forensic", "examine", "-q", {str(SAMPLE)!r}]
run()
"""
    begun = time.monotonic()
    process = started([sys.executable, "-c", code], signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"forensic: interrupted\n")
    assert time.monotonic() - begun < 10


@posix
def test_an_interrupt_while_an_object_is_destroyed_gets_through_without_a_word_of_python():
    """Python cannot raise it there and would print where it was."""
    code = f"""
import os, signal, sys
from forensic import examination
from forensic.cli import run
class Held:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000): pass
def examine(source, **options):
    held = Held()
    del held
    while True: pass
examination.examine = examine
sys.argv = ["forensic", "examine", {str(SAMPLE)!r}]
run()
"""
    process = started([sys.executable, "-c", code], signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"forensic: interrupted\n")


@posix
@pytest.mark.parametrize("strict", [False, True])
def test_an_error_after_an_interrupt_is_none_of_the_program(strict):
    code = f"""
import os, signal, sys
from forensic import examination
from forensic.cli import run
def examine(source, **options):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        while True: pass
    except KeyboardInterrupt:
        raise OSError("a callback failed") from None
examination.examine = examine
sys.argv = ["forensic", "examine", {"'--strict', " if strict else ""} {str(SAMPLE)!r}]
run()
"""
    process = started([sys.executable, "-c", code], signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"forensic: interrupted\n")


@posix
def test_a_report_that_is_being_written_to_a_slow_reader_is_written_whole():
    command = [*EXAMINE, str(SAMPLE)]
    whole = subprocess.run(command, capture_output=True, check=False).stdout
    assert len(whole) > 1 << 17  # more than a pipe holds
    process = started(command, signal.SIGINT)
    first = os.read(process.stdout.fileno(), 1)  # it writes now, and waits for us
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, first + out, err) == (1, whole, b"")


@posix
def test_a_reader_that_does_not_read_cannot_hold_the_program():
    process = started([*EXAMINE, str(SAMPLE)], signal.SIGINT)
    os.read(process.stdout.fileno(), 1)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    process.communicate()


@posix
def test_a_signal_that_is_to_be_ignored_is():
    ignore = partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)
    process = subprocess.Popen([*EXAMINE, str(SAMPLE)], stdout=subprocess.PIPE, preexec_fn=ignore)  # noqa: PLW1509  as above
    time.sleep(0.3)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out[:1]) == (1, b"{")


def test_what_came_before_is_written_where_several_sources_are_examined(monkeypatch, capsys):
    plain, seen = examination.examine, []

    def examine(source, **options):
        if seen:
            raise KeyboardInterrupt
        seen.append(source)
        return plain(source, **options)

    monkeypatch.setattr(examination, "examine", examine)
    assert main(["examine", "-q", str(SAMPLE), str(SAMPLE.with_name("desk-10.E01"))]) == 130
    told = capsys.readouterr()
    assert told.out.count("\n") == 1
    assert told.err == "forensic: interrupted\n"
    assert not interruption.has_come()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_an_output_that_cannot_be_written_is_one_line(monkeypatch, tmp_path, capsys, code):
    target = tmp_path / "report.txt"

    def refuse(self, *_, **__):
        raise OSError(code, os.strerror(code))

    for method in ("open", "unlink"):
        monkeypatch.setattr(Path, method, refuse)
    assert main(["examine", "-q", "--output", str(target), str(SAMPLE)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"forensic: {target}: cannot be written: {os.strerror(code)}\n")
