"""The cache of remote files: the right bytes whatever is read, few requests, bounded memory and bounded reading ahead."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic.errors import Unreadable
from forensic.storage import block_cache
from forensic.storage.block_cache import AHEAD_LIMIT, BLOCK, BlockCache, CachedFile


def file_of(data, limit=block_cache.CACHE_LIMIT, cache=None):
    asked = []

    def fetch(offset, size):
        asked.append((offset, size))
        return data[offset : offset + size]

    return CachedFile(BlockCache(limit) if cache is None else cache, "x", len(data), fetch), asked


DATA = random.Random(3).randbytes(5 * BLOCK + 1234)


@given(st.lists(st.tuples(st.integers(-10, len(DATA) + 10), st.integers(-1, 3 * BLOCK)), max_size=12), st.sampled_from([1, 2, 100]))
def test_every_read_gives_the_bytes_of_the_file(reads, blocks):
    file, asked = file_of(DATA, blocks * BLOCK)
    for offset, size in reads:
        assert file.read_at(offset, size) == (DATA[offset : offset + max(size, 0)] if offset >= 0 else b"")
    assert all(offset >= 0 and offset + size <= len(DATA) and size > 0 for offset, size in asked)


def test_neighbours_are_one_request_and_nothing_is_asked_twice():
    file, asked = file_of(DATA)
    for at in range(0, BLOCK, 4096):
        file.read_at(at, 4096)
    assert asked == [(0, BLOCK)]
    file.read_at(3 * BLOCK + 5, 10)
    file.read_at(0, len(DATA))
    assert sum(size for _, size in asked) <= len(DATA) + BLOCK


def test_what_is_read_in_a_row_comes_in_larger_pieces_and_a_jump_begins_anew():
    file, asked = file_of(bytes(8 * AHEAD_LIMIT))
    for at in range(0, 6 * AHEAD_LIMIT, 65536):
        file.read_at(at, 65536)
    sizes = [size for _, size in asked]
    assert sizes == sorted(sizes)
    assert sizes[0] == BLOCK
    assert sizes[-1] == AHEAD_LIMIT
    file.read_at(7 * AHEAD_LIMIT + 3, 1)
    assert asked[-1] == (7 * AHEAD_LIMIT, BLOCK)


def test_one_request_is_bounded_however_much_is_read():
    file, asked = file_of(bytes(3 * AHEAD_LIMIT + 7))
    assert len(file.read_at(0, 1 << 40)) == 3 * AHEAD_LIMIT + 7
    assert max(size for _, size in asked) == AHEAD_LIMIT


def test_all_files_share_one_bound():
    cache = BlockCache(4 * BLOCK)
    for name in "abc":
        file, _ = file_of(DATA, cache=cache)
        file._name = name
        for at in range(0, len(DATA), BLOCK):
            file.read_at(at, 1)
        assert sum(map(len, cache._blocks.values())) == cache._held <= 4 * BLOCK


def test_what_fails_is_not_kept():
    broken = [True]

    def fetch(offset, size):
        if broken.pop() if broken else False:
            raise Unreadable("gone")
        return DATA[offset : offset + size]

    file = CachedFile(BlockCache(), "x", len(DATA), fetch)
    with pytest.raises(Unreadable):
        file.read_at(0, 10)
    assert file.read_at(0, 10) == DATA[:10]
