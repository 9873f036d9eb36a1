"""Files and trees in memory, with times, for artifacts over files."""

from forensic.errors import ForensicError, NotFound
from forensic.model import FileTime
from forensic.volumes.tree import Content, Entry


class MemoryFile(Content):
    """A file with these bytes."""

    def __init__(self, data, path="Windows/file.log", written=None):
        self.data, self.path = bytes(data), path
        self.written = self.created = None if written is None else FileTime(written)
        self.requests = 0

    @property
    def size(self):
        return len(self.data)

    def read_at(self, offset, size):
        self.requests += 1
        return self.data[offset : offset + size] if offset >= 0 and size > 0 else b""

    def stream(self, name):
        raise NotFound(name)


class MemoryTree:
    """Files by their paths; names are found without regard to case. `listed` and `opened` tell what was asked for."""

    volume = "p2"

    def __init__(self, files):
        self.files, self.problems = {path: bytes(data) for path, data in files.items()}, []
        self.listed, self.opened = [], []

    def open(self, path):
        self.opened.append(path)
        found = next((name for name in self.files if name.lower() == path.lower()), None)
        if found is None:
            raise NotFound(f"no {path}")
        return MemoryFile(self.files[found], found)

    def list(self, path=""):
        self.listed.append(path)
        prefix = f"{path}/".lower() if path else ""
        inside = {name[len(prefix) :] for name in self.files if name.lower().startswith(prefix)}
        if not inside:
            raise NotFound(f"no {path}")
        folders = {name.partition("/")[0]: "/" in name for name in sorted(inside)}
        return [Entry(name, is_directory, False) for name, is_directory in sorted(folders.items())]


def stated(read, where):
    """Return the facts that an artifact states about a file or a folder, and the ForensicError that ended it, or None."""
    facts = []
    try:
        for fact in read(where):
            facts.append(fact)  # noqa: PERF402  what was stated before a failure counts
    except ForensicError as error:
        return facts, error
    return facts, None
