"""Verification: the hashes of an image's content, computed over all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from forensic.containers.image import Image
from forensic.errors import Unreadable

BLOCK = 4 << 20
"""Bytes hashed at a time; while they are, the next ones are read and decompressed."""


def hash_image(image: Image, algorithms: Sequence[str], progress: Callable[[int], None] | None = None) -> dict[str, str]:
    """Return the hashes of the whole content, lower-case hex, by the names in `algorithms` (`md5`, `sha1`, `sha256`).

    `progress` is told how many bytes are done. Raises Unreadable where a part of the image cannot be read: a hash over anything else in its
    place would be the hash of another image.
    """
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with ThreadPoolExecutor(1 + len(digests)) as pool:
        ahead = pool.submit(image.read_at, 0, BLOCK)
        done = 0
        while done < image.size:
            block = ahead.result()
            if not block:
                raise Unreadable(f"{image.path}: ended at {done} of {image.size} bytes")
            done += len(block)
            ahead = pool.submit(image.read_at, done, BLOCK)
            for work in [pool.submit(digest.update, block) for digest in digests.values()]:
                work.result()
            if progress is not None:
                progress(done)
    return {name: digest.hexdigest() for name, digest in digests.items()}
