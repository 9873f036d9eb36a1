"""The guard: what a child may do, and each thing that it may not, tried."""

import json
import socket
import struct
import sys
import time
from threading import Event

import pytest

from forensic.batch import guard, landlock, seccomp, trial
from forensic.batch.child import Child
from forensic.batch.order import Done
from forensic.batch.protection import Protection

ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Landlock and seccomp are parts of Linux")
ALLOWED = {"read the evidence", "keep a scratch file", "start a thread", "list the environment"}


def answered(child, news, order, seconds=30):
    """Give one order when the child is ready, and return its answer, or how it ended."""
    deadline, asked = time.monotonic() + seconds, False
    while time.monotonic() < deadline:
        answer = child.answer()
        if answer is not None:
            return answer
        if child.has_ended:
            return child.end()
        if child.is_ready and not asked:
            asked = order(child)
        news.wait(0.1)
        news.clear()
    raise AssertionError("no answer")


def probed(tmp_path, monkeypatch, *, guarded):
    monkeypatch.setenv("SECRET_TOKEN", "of the parent")
    evidence, outside = tmp_path / "evidence" / "disk.dd", tmp_path / "outside" / "secret"
    for path in (evidence, outside):
        path.parent.mkdir()
        path.write_bytes(b"bytes")
    with socket.socket() as server, socket.socket(socket.AF_UNIX) as local:
        server.bind(("127.0.0.1", 0))
        server.listen()
        local.bind(str(evidence.parent / "socket"))
        local.listen()
        wanted = {
            "evidence": str(evidence),
            "outside": str(outside),
            "port": server.getsockname()[1],
            "socket": str(evidence.parent / "socket"),
        }
        asked = evidence.with_name("wanted.json")
        asked.write_text(json.dumps(wanted))
        news = Event()
        child = Child([str(evidence.parent)], memory=1 << 30, examiner="tests.batch.hostile:probe", guarded=guarded, news=news)
        try:
            answer = answered(child, news, lambda child: child.examine(str(asked), {}, whole=True))
        finally:
            child.kill()
            child.end()
    assert isinstance(answer, Done), answer
    return {one["where"]: one["what"] for one in json.loads(answer.report)["problems"]}, child.guard, evidence


@ON_LINUX
def test_guarded_child_reads_its_evidence_and_is_refused_everything_else(tmp_path, monkeypatch):
    outcomes, parts, evidence = probed(tmp_path, monkeypatch, guarded=True)
    on = {part.name: part.on for part in parts}
    if not on["landlock"]:
        pytest.skip(f"no Landlock here: {next(part.detail for part in parts if part.name == 'landlock')}")
    if not on["seccomp"]:
        pytest.skip("no seccomp here")
    assert {name: outcomes[name] for name in ALLOWED} == {
        "read the evidence": "done 5",
        "keep a scratch file": "done 4",
        "start a thread": "done 1",
        "list the environment": "done False",
    }
    done = {name: outcome for name, outcome in outcomes.items() if name not in ALLOWED and not outcome.startswith("refused")}
    print(f"refused {len(outcomes) - len(ALLOWED) - len(done)} of {len(outcomes) - len(ALLOWED)} attempts")
    assert not done
    assert evidence.read_bytes() == b"bytes"
    assert sorted(path.name for path in evidence.parent.iterdir()) == ["disk.dd", "socket", "wanted.json"]


@ON_LINUX
def test_each_part_counts_on_its_own():
    parts = {part.name: part for part in trial.tried()}
    assert set(parts) == {"limits", "parent-death", "no-new-privileges", "landlock", "seccomp"}
    assert parts["landlock"].on == (landlock.version() > 0)
    assert all(part.detail for part in parts.values())


def test_incomplete_guard_is_refused_by_name_where_it_is_asked_for():
    complete = [Protection("landlock", on=True, detail="ABI 7"), Protection("parent-death", on=False, detail="no prctl", needed=False)]
    guard.require(complete)
    with pytest.raises(guard.GuardMissing, match="seccomp: not for riscv64"):
        guard.require([*complete, Protection("seccomp", on=False, detail="not for riscv64")])


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_is_sound(machine):
    """Run the program of the filter by hand: what it forbids, what it lets pass, on a processor that is not here too."""
    processor = seccomp._PROCESSORS[machine]
    program = list(seccomp._instructions(processor, own=77))
    assert len(program) < 4096
    run = lambda number, argument=0, audit=processor.audit: bpf(program, number, argument, audit)  # noqa: E731
    assert all(run(number) == 0x50001 for number in processor.forbidden)
    assert run(425) == 0x50001
    assert run(435) == 0x50026
    assert run(processor.clone, 0x10F00) == 0x7FFF0000
    assert run(processor.clone, 0x1200011) == 0x50001
    assert run(processor.kill, 77) == run(processor.tgkill, 77) == 0x7FFF0000
    assert run(processor.kill, 1) == 0x50001
    assert run(63 if machine == "aarch64" else 0) == 0x7FFF0000  # read
    assert run(0x40000000) == run(0, audit=0x40000003) == 0x80000000


def bpf(program, number, argument, audit):
    data = struct.pack("<IIQQ", number, audit, 0, argument)
    value = at = 0
    while True:
        code, true, false, operand = program[at]
        at += 1
        if code == 0x20:
            value = struct.unpack_from("<I", data, operand)[0]
        elif code == 0x06:
            return operand
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            at += true if holds else false


def test_hostile_answers_end_the_child(tmp_path):
    from tests.batch.hostile import hostile_image

    image = tmp_path / "disk.dd"
    image.write_bytes(hostile_image("garbage"))
    news = Event()
    child = Child([str(tmp_path)], memory=1 << 30, examiner="tests.batch.hostile:examine_hostile", guarded=False, news=news)
    how = answered(child, news, lambda child: child.examine(str(image), {}))
    child.end()
    assert how == "answered what is no answer"


def test_kernel_without_landlock_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(landlock, "version", lambda: 0)
    part = landlock.restrict([str(tmp_path)], str(tmp_path))
    assert (part.on, part.needed) == (False, True)
    assert "no Landlock" in part.detail


def test_a_child_that_hangs_is_ended_while_its_parent_does_something_else(tmp_path):
    from forensic.batch.warden import Warden
    from tests.batch.hostile import hostile_image

    image, news = tmp_path / "disk.dd", Event()
    image.write_bytes(hostile_image("hang"))
    child = Child([str(tmp_path)], memory=512 << 20, examiner="tests.batch.hostile:examine_hostile", news=news)
    warden = Warden(1)
    try:
        warden.watch([child])
        while not child.is_ready:
            child.answer()
            news.wait(0.1)
        child.examine(str(image), {})
        while not child.has_ended:  # nobody asks whether it took too long
            news.wait(0.1)
        assert warden.reason(child) == "no answer in 1 s"
    finally:
        warden.close()
        child.kill()
        child.end()
