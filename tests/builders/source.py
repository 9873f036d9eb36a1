"""Bytes in memory as a source of evidence."""


class Bytes:
    """A `Source` over bytes; `requests` counts what was asked of it."""

    def __init__(self, data):
        self.data, self.requests = bytes(data), 0

    @property
    def size(self):
        return len(self.data)

    def read_at(self, offset, size):
        self.requests += 1
        return self.data[offset : offset + size] if offset >= 0 and size > 0 else b""
