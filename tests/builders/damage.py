"""Damage: bytes of a file changed at places that a property test chooses, and a reader that must survive it."""

from hypothesis import strategies

from forensic.containers import open_image
from forensic.errors import ForensicError

PROBES = ((0, 70_000), (4096, 1), (65_536 * 7 + 13, 9000), (1 << 20, 512), (1 << 31, 4096))
"""Where a damaged disk is read: offset and size."""


def damages(limit):
    """Give lists of changes: a position below `limit` and one to eight bytes, among them those that make numbers huge."""
    values = strategies.one_of(
        strategies.binary(min_size=1, max_size=8), strategies.sampled_from([b"\xff" * 4, b"\0" * 8, b"\xff" * 8, b"\x7f"])
    )
    return strategies.lists(strategies.tuples(strategies.integers(0, limit - 1), values), min_size=1, max_size=6)


def damage(data, changes):
    """Return `data` with the changes."""
    changed = bytearray(data)
    for position, value in changes:
        changed[position : position + len(value)] = value
    return bytes(changed)


def survives(path):
    """Read the image at `path` here and there: bytes of the size asked for, or a ForensicError; anything else is a bug.

    Return what each of `PROBES` gave: bytes, or the exception; the exception alone where the image was refused.
    """
    try:
        image = open_image(path)
    except ForensicError as error:
        return [error]
    found = []
    try:
        for offset, size in PROBES:
            try:
                data = image.read_at(offset, size)
            except ForensicError as error:
                found.append(error)
                continue
            assert len(data) == max(0, min(size, image.size - offset))
            found.append(data)
    finally:
        image.close()
    return found


def probed(content):
    """Return what `survives` must give for an image of `content` that is whole."""
    return [content[offset : offset + size] for offset, size in PROBES]
