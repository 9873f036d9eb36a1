"""Calls an artifact's function as the collector does: the facts that it stated, and the failure that ended it."""

import lzma
import tarfile

from forensic.errors import ForensicError
from forensic.model import Locator
from forensic.registry.hive import Hive
from forensic.volumes.directory import DirectoryTree
from tests.builders.hive import HiveBuilder
from tests.builders.source import Bytes


def open_hive(data, file="HIVE"):
    """Open hive bytes, or what a builder builds."""
    return Hive(Bytes(data if isinstance(data, bytes) else data.build()), Locator(file=file))


def key_hive(path, values=(), written=None):
    """Open a hive that holds one key with these values: name, type and data of each."""
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(path, written=written)
    for name, kind, data in values:
        hive.value(path, name, kind, data)
    return open_hive(hive)


def tree_of(folder, files):
    """Write files, path -> content, below `folder` and open it as a tree."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return DirectoryTree(folder)


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


def member(archive, end):
    """Return the one file of a tar archive whose path ends like this."""
    with tarfile.open(archive) as opened:
        (name,) = [one for one in opened.getnames() if one.endswith(end)]
        return opened.extractfile(name).read()
