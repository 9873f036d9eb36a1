"""Worker: the child process. It puts on the guard, then examines one source after another until its parent is gone.

Started as `python -m forensic.batch.worker`. Orders come over standard input, answers leave over what was standard output; what libraries
print goes nowhere.
What lies behind a URL is read by the parent, over a pipe of its own. Whatever happens here is a matter of this process: the parent names
the reason, and another child examines the next source.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from forensic.batch import frame, order
from forensic.batch.guard import put_on
from forensic.batch.headline import headline_of
from forensic.errors import ForensicError
from forensic.examination import UNREADABLE
from forensic.model import Examination, printable
from forensic.storage.brokered import connect
from forensic.storage.location import Where
from forensic.storage.message import Connection, packed, unpacked
from forensic.volumes.volume_key import VolumeKey

if TYPE_CHECKING:
    from forensic.model import ImageReport

Examine = Callable[..., "ImageReport"]


def main() -> int:
    """Serve the parent; return the exit code."""
    orders, answers = sys.stdin.buffer, _take_output()
    first = frame.receive(orders)
    if first is None:
        return 0
    setting = msgspec.msgpack.decode(first, type=order.Setting)
    module, _, name = setting.examiner.partition(":")
    examine: Examine = getattr(import_module(module), name)
    guard = []
    tempfile.tempdir = os.fsdecode(setting.scratch)
    if setting.guarded:
        readable = [os.fsdecode(path) for path in setting.readable]
        guard = put_on(readable, os.fsdecode(setting.scratch), setting.memory, setting.parent, module)
    reads = _connection(setting.reads)
    _send(answers, _encode(order.Ready(guard)))
    decoder = msgspec.msgpack.Decoder(order.Question)
    while (message := frame.receive(orders)) is not None:
        _send(answers, _answer(examine, decoder.decode(message), reads))
    return 0


def _connection(number: int) -> Connection:
    from multiprocessing import connection

    if sys.platform == "win32":
        return connection.PipeConnection(number)
    return connection.Connection(number)


def _take_output() -> BinaryIO:
    """Return standard output for the answers alone: what anything else writes there goes nowhere."""
    own = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return os.fdopen(own, "wb")


def _encode(answer: order.Answer) -> bytes:
    return msgspec.msgpack.encode(answer, enc_hook=str)  # SIDs and GUIDs are texts with a name


def _send(stream: BinaryIO, message: bytes) -> None:
    try:
        frame.send(stream, message)
    except OSError:  # the parent is gone
        raise SystemExit(0) from None


def _answer(examine: Examine, question: order.Question, reads: Connection) -> bytes:
    """Return the answer to one question, as it travels; whatever goes wrong is one."""
    try:
        try:
            source: Where = connect(reads) if question.brokered else unpacked(question.source)
        except ForensicError as error:
            return _encode(order.Failed(str(error), "source-unreadable"))
        if isinstance(question, order.Chain):
            return _encode(order.Files(_files(source)))
        return _encode(_examined(examine, question, source))
    except MemoryError:
        return _encode(order.Failed("more memory was needed than there is", "out-of-memory"))
    except Exception as error:  # noqa: BLE001  whatever it is, it is told, and the next source is examined
        return _encode(order.Failed(f"internal error, {type(error).__name__}: {printable(str(error))}", "internal-error"))


def _examined(examine: Examine, question: order.Order, source: Where) -> order.Answer:
    options = {"stats": True, **question.options, "about": msgspec.convert(question.options.get("about", {}), Examination)}
    if "keys" in options:
        options["keys"] = msgspec.convert(options["keys"], tuple[VolumeKey, ...])
    report = examine(source, **options)
    short = next((one for one in report.problems if one.code == "out-of-memory"), None)
    if short is not None:  # the report may lack anything: with more memory it is another one
        return order.Failed(short.what, short.code)
    stats: dict[str, Any] = report.stats or {}
    counted = (stats.get("bytes_read", 0), stats.get("read_requests", 0))
    if question.whole:
        return order.Done(*counted, report=report.to_json(indent=None).encode())
    if report.source.format == UNREADABLE:
        problem = report.problems[0]
        return order.Failed(problem.what, problem.code)
    from forensic.catalog.entry import entry_of

    report = msgspec.structs.replace(report, stats=None)
    return order.Done(*counted, headline_of(report), entry_of(report))


def _files(source: Where) -> list[bytes]:
    from contextlib import closing

    from forensic.containers import open_image

    try:
        with closing(open_image(source)) as image:
            return [packed(file.location.path) for file in image.files]
    except ForensicError:
        return []


if __name__ == "__main__":
    sys.exit(main())
