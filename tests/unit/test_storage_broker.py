"""A child whose reads its parent serves: whole images, what is refused, and that the parent outlives it."""

import hashlib
import multiprocessing
import os
import signal
import sys
from contextlib import contextmanager, suppress
from threading import Thread
from uuid import UUID

import msgspec
import pytest

from forensic.containers import open_image
from forensic.errors import ForensicError, NotFound, Unreadable, Unsupported
from forensic.storage import broker as broker_module
from forensic.storage import message
from forensic.storage.broker import Broker
from forensic.storage.brokered import connect
from forensic.storage.local import LocalHandle, LocalLocation
from forensic.storage.meter import ReadMeter
from tests.builders import ewf
from tests.builders.virtual_disk import MIB, WRITTEN, pattern, vhdx

CONTEXT = multiprocessing.get_context("spawn")
DATA = pattern(3 * MIB)


def segments(folder):
    return ewf.write(folder, DATA, chunks_per_table=16, tables_per_segment=1), DATA


def chain(folder):
    """Write a differencing disk whose parent says where it was made."""
    parent = {"parent_linkage": f"{{{WRITTEN}}}", "absolute_win32_path": r"C:\vm\Base.vhdx"}
    (folder / "base.vhdx").write_bytes(vhdx(DATA))
    (folder / "child.vhdx").write_bytes(vhdx(DATA, held=set(), parent=parent, data_write=UUID(int=10)))
    return folder / "child.vhdx", DATA


def refuse(*_):
    raise PermissionError("this process may not open files")


def examine_in_child(connection, out):
    """Read a whole image in a process that cannot open a file of evidence itself."""
    LocalHandle.__init__ = LocalLocation.siblings = LocalLocation.resolve = LocalLocation.fingerprint = refuse
    meter = ReadMeter()
    image = open_image(connect(connection), meter)
    content = image.read_at(0, image.size)
    image.close()
    out.send((image.format, image.segments, hashlib.sha256(content).hexdigest(), image.problems, meter.bytes_read, meter.requests))


def die_with_open_files(connection, out):
    connect(connection).open()
    out.send(os.getpid())
    os.kill(os.getpid(), signal.SIGKILL) if sys.platform != "win32" else os._exit(1)


def die_without_taking_the_answer(connection, out):
    opened = connect(connection).open()
    connection.send_bytes(msgspec.msgpack.encode(message.Read(opened._file, 0, 3 * MIB)))
    out.send(os.getpid())
    os._exit(1)


def run(target, location):
    """Serve a real child; return what it sent (None where it sent nothing) and the broker, whose service has ended."""
    mine, its = CONTEXT.Pipe()
    results, out = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=target, args=(its, out))
    child.start()
    its.close()
    out.close()
    broker = Broker(location)
    server = Thread(target=broker.serve, args=(mine,))
    server.start()
    try:
        result = results.recv() if results.poll(60) else None
    except EOFError:
        result = None
    child.join(60)
    server.join(60)
    assert not server.is_alive()
    assert child.exitcode is not None
    return result, broker


@pytest.mark.parametrize("write", [segments, chain], ids=["segments", "parent"])
def test_a_child_reads_a_whole_image_through_its_parent(tmp_path, write):
    path, data = write(tmp_path)
    meter = ReadMeter()
    image = open_image(path, meter)
    assert image.read_at(0, image.size) == data
    result, _ = run(examine_in_child, LocalLocation(str(path)))
    assert result == (image.format, image.segments, hashlib.sha256(data).hexdigest(), [], meter.bytes_read, meter.requests)
    assert len(image.segments) > 1


@pytest.mark.parametrize("target", [die_with_open_files, die_without_taking_the_answer])
def test_the_parent_outlives_its_child_and_closes_what_that_held_open(tmp_path, target):
    path = tmp_path / "disk.raw"
    path.write_bytes(DATA)
    result, broker = run(target, LocalLocation(str(path)))
    assert isinstance(result, int)
    assert not broker._files
    assert broker.answer(message.Start()).path == os.fsencode(path)


@contextmanager
def served(path):
    """Give a connection to a broker in this process, and the thread that serves it."""
    mine, its = CONTEXT.Pipe()
    server = Thread(target=Broker(LocalLocation(str(path))).serve, args=(mine,))
    server.start()
    try:
        yield its, server
    finally:
        its.close()
        server.join(10)
        assert not server.is_alive()


@pytest.fixture
def evidence(tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "secret").write_text("not evidence")
    path = tmp_path / "case" / "disk.raw"
    path.write_bytes(b"0123456789")
    (tmp_path / "case" / "disk.raw.txt").write_text("beside")
    return path


def test_only_files_beside_or_below_are_reached(evidence):
    with served(evidence) as (connection, _):
        here = connect(connection)
        assert (here.path, here.name) == (str(evidence), "disk.raw")
        assert here.siblings("disk.") == ["disk.raw", "disk.raw.txt"]
        assert here.sibling("disk.raw.txt").open().read_at(0, 100) == b"beside"
        assert here.resolve(r"C:\x\DISK.RAW.TXT").open().read_at(2, 2) == b"si"
        for name in ("../secret", "/etc/passwd", "..", "", str(evidence.parent.parent / "secret")):
            with pytest.raises(NotFound):
                here.sibling(name)
            with pytest.raises(NotFound):
                here.resolve(name)
        with pytest.raises(NotFound, match="no such file") as raised:
            here.sibling("with\0nul").open()
        assert raised.value.code == "no-file"
        (evidence.parent / "folder").mkdir()
        with pytest.raises(Unsupported, match="is a directory"):
            here.sibling("folder").open()
        with pytest.raises(NotFound, match="is not beside it"):
            here.resolve("x" * 100_000)
        assert here.fingerprint() == LocalLocation(str(evidence)).fingerprint()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_names_that_are_no_text_are_passed_on(tmp_path):
    path = os.fsencode(tmp_path / "disk") + b"\xff.raw"
    with open(path, "wb") as file:  # noqa: PTH123  a name of bytes
        file.write(b"0123")
    with served(os.fsdecode(path)) as (connection, _):
        here = connect(connection)
        assert here.siblings("disk") == [here.name]
        assert here.sibling(here.name).open().read_at(1, 2) == b"12"


def ask(connection, question):
    connection.send_bytes(msgspec.msgpack.encode(question))
    return msgspec.msgpack.decode(connection.recv_bytes(), type=message.Answer)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (message.Open(1), "not-found"),
        (message.Siblings(99, b""), "not-found"),
        (message.Read(1, 0, 1), "unreadable"),
        (message.Close(1), "unreadable"),
        (message.Sibling(0, b"\xff\xfe"), "not-found"),
        (message.Resolve(0, b"../secret"), "not-found"),
    ],
    ids=repr,
)
def test_what_may_not_be_asked_is_refused_and_the_service_goes_on(evidence, question, reason):
    with served(evidence) as (connection, _):
        failed = ask(connection, question)
        assert isinstance(failed, message.Failed)
        assert failed.reason == reason
        assert isinstance(ask(connection, message.Open(0)), message.Opened)


def test_reads_past_the_end_give_nothing(evidence):
    with served(evidence) as (connection, _):
        opened = ask(connection, message.Open(0))
        assert opened.size == 10
        assert ask(connection, message.Read(opened.file, 8, message.READ_LIMIT)).data == b"89"
        assert ask(connection, message.Read(opened.file, (1 << 63) - 1, 5)).data == b""
        assert isinstance(ask(connection, message.Close(opened.file)), message.Closed)
        assert ask(connection, message.Read(opened.file, 0, 1)).reason == "unreadable"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\xc1",
        b"GET / HTTP/1.1\r\n\r\n",
        msgspec.msgpack.encode(["Write", 0, b"x"]),
        msgspec.msgpack.encode(["Open", "/etc/passwd"]),
        msgspec.msgpack.encode(["Open", -1]),
        msgspec.msgpack.encode(["Read", 1, -1, 5]),
        msgspec.msgpack.encode(["Read", 1, 0, message.READ_LIMIT + 1]),
        msgspec.msgpack.encode(["Open", 0, "more"]),
        msgspec.msgpack.encode({"type": "Open"}),
        bytes(broker_module.MESSAGE_LIMIT + 1),
    ],
    ids=lambda sent: repr(sent[:16]),
)
def test_what_is_no_question_ends_the_service(evidence, sent):
    with served(evidence) as (connection, server):
        assert isinstance(ask(connection, message.Start()), message.Place)
        with suppress(BrokenPipeError):  # the service may be gone before all of it is sent
            connection.send_bytes(sent)
        server.join(10)
        assert not server.is_alive()
        with pytest.raises((EOFError, OSError)):
            connection.recv_bytes()


def test_a_child_holds_no_more_files_and_places_than_it_may(evidence, monkeypatch):
    monkeypatch.setattr(broker_module, "OPEN_LIMIT", 3)
    monkeypatch.setattr(broker_module, "PLACE_LIMIT", 4)
    with served(evidence) as (connection, _):
        here = connect(connection)
        held = [here.open() for _ in range(3)]
        with pytest.raises(Unreadable, match="more than 3 files are open"):
            here.open()
        held[0].close()
        assert here.open().read_at(0, 2) == b"01"
        for _ in range(3):
            here.sibling("disk.raw")
        with pytest.raises(Unsupported, match="more than 4 files") as raised:
            here.sibling("disk.raw")
        assert raised.value.code == "too-large"


def test_a_read_larger_than_one_answer_is_asked_for_in_parts(evidence, monkeypatch):
    monkeypatch.setattr("forensic.storage.brokered.READ_LIMIT", 3)
    with served(evidence) as (connection, _):
        assert connect(connection).open().read_at(1, 8) == b"12345678"


def test_without_its_parent_a_child_says_so(evidence):
    with served(evidence) as (connection, server):
        handle = connect(connection).open()
        connection.send_bytes(b"\xc1")
        server.join(10)
        with pytest.raises(Unreadable, match="the process that reads the evidence is gone"):
            handle.read_at(0, 1)
        handle.close()


def test_failures_keep_their_kind_sentence_and_code(evidence):
    for error in (NotFound("a", code="no-file"), Unreadable("b"), Unsupported("c", code="too-large")):

        class Place(LocalLocation):
            def open(self, error=error):
                raise error

        answer = Broker(Place(str(evidence))).answer(message.Open(0))
        assert (answer.reason, answer.sentence.decode(), answer.code) == (error.reason, str(error), error.code)
    assert issubclass(NotFound, ForensicError)
