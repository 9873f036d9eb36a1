"""Calls an artifact's function as the collector does: the facts that it stated, and the failure that ended it."""

import lzma

from forensic.errors import ForensicError
from forensic.model import Locator
from forensic.registry.hive import Hive
from tests.builders.source import Bytes


def open_hive(data, file="HIVE"):
    """Open hive bytes, or what a builder builds."""
    return Hive(Bytes(data if isinstance(data, bytes) else data.build()), Locator(file=file))


def open_real(path):
    """Open a real hive by its path."""
    data = path.read_bytes()
    return open_hive(lzma.decompress(data) if path.suffix == ".xz" else data, path.name)


def state(read, hive, path):
    """Return the facts that `read` states about the key at `path`, and the ForensicError that ended it, or None."""
    facts = []
    try:
        for fact in read(hive.key(path)):
            facts.append(fact)  # noqa: PERF402  what was stated before a failure counts
    except ForensicError as error:
        return facts, error
    return facts, None


def read_all(read, place):
    """Return the facts that `read` states about a folder, file or volume, and the ForensicError that ended it, or None."""
    facts = []
    try:
        for fact in read(place):
            facts.append(fact)  # noqa: PERF402  what was stated before a failure counts
    except ForensicError as error:
        return facts, error
    return facts, None
