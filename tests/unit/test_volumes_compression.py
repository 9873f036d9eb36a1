import lzma
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.errors import Malformed, Unsupported
from forensic.volumes.compression import decompress_lzx, decompress_xpress
from forensic.volumes.ntfs import NtfsTree
from forensic.volumes.wof import _ALGORITHMS, WofStream, open_compressed
from tests.builders.disk import Bytes, place
from tests.builders.ntfs_fixture import ALGORITHMS, TARGET, reparse, text, wof

ALPHABET = place(256, (48, bytes.fromhex("5055555555555555555555454404")), (128, b"\x04")) + bytes.fromhex(
    "d8523ed794115be9195ff9d67cdf8d0400000000"
)
ABC = place(256, (48, bytes.fromhex("3023")), (128, b"\x02"), (143, b"\x20")) + bytes.fromhex("a8dc0000ff2601")
"""The two examples of [MS-XCA], section 3.2."""


def lzx_stored(data: bytes, offsets=(1, 1, 1)) -> bytes:
    """A chunk of one stored block: type 3, size in 16 bits, to the next word, three offsets, the bytes."""
    bits = f"{3:03b}0{len(data):016b}".ljust(32, "0")
    return struct.pack("<HH", int(bits[:16], 2), int(bits[16:], 2)) + struct.pack("<3I", *offsets) + data + b"\0" * (len(data) % 2)


def test_the_published_examples_of_xpress_are_expanded():
    assert decompress_xpress(ALPHABET, 26) == b"abcdefghijklmnopqrstuvwxyz"
    assert decompress_xpress(ABC, 300) == b"abc" * 100


@pytest.mark.parametrize(("data", "size"), [
    (b"", 10), (ALPHABET[:255], 26), (ALPHABET[:257], 2000), (bytes(256) + b"x" * 40, 10), (b"\x11" * 256 + bytes(40), 10), (ABC, 299),
    (ABC, 200_000),
])  # fmt: skip
def test_damaged_xpress_is_malformed(data, size):
    with pytest.raises(Malformed):
        decompress_xpress(data, size)


def test_stored_blocks_of_lzx_are_copied_and_calls_translated():
    assert decompress_lzx(lzx_stored(b"just bytes"), 10) == b"just bytes"
    assert decompress_lzx(lzx_stored(b"odd") + lzx_stored(b"even"), 7) == b"oddeven"
    code = b"\x90" * 5 + b"\xe8" + struct.pack("<i", 1005) + b"\x90" * 20
    assert decompress_lzx(lzx_stored(code), 30)[5:10] == b"\xe8" + struct.pack("<i", 1000)
    code = b"\x90" * 5 + b"\xe8" + struct.pack("<i", -3) + b"\x90" * 20
    assert decompress_lzx(lzx_stored(code), 30)[5:10] == b"\xe8" + struct.pack("<i", 12_000_000 - 3)


@pytest.mark.parametrize(
    ("data", "size"), [(b"", 10), (lzx_stored(b"just bytes"), 9), (lzx_stored(b"just bytes")[:-3], 10), (bytes(100), 10)]
)
def test_damaged_lzx_is_malformed(data, size):
    with pytest.raises(Malformed):
        decompress_lzx(data, size)


def outcome(expand, data, size):
    """Return the expanded bytes, None where the data is Malformed; anything else that is raised is a bug."""
    try:
        return expand(data, size)
    except Malformed:
        return None


@given(st.binary(max_size=600), st.integers(1, 4096), st.sampled_from([decompress_xpress, decompress_lzx]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_expand_to_what_was_asked_or_are_malformed(data, size, expand):
    expanded = outcome(expand, data, size)
    assert expanded is None or len(expanded) == size


def packed_chunks():
    """Give what expands a chunk, its bytes and its content, from a volume that Windows' own formats were written to by wimlib."""
    tree = NtfsTree(Bytes(lzma.decompress(TARGET.read_bytes())))
    for name, algorithm in ALGORITHMS.items():
        size, expand = _ALGORITHMS[algorithm]
        packed = tree.open(f"content/{name}").stream("WofCompressedData").read_all()
        count = -(-len(text()) // size)
        table = [0, *struct.unpack_from(f"<{count - 1}I", packed), len(packed) - 4 * (count - 1)]
        for number in range(count):
            chunk = packed[4 * (count - 1) :][table[number] : table[number + 1]]
            content = text()[number * size : (number + 1) * size]
            if len(chunk) < len(content):
                yield expand, chunk, content


CHUNKS = list(packed_chunks())


def test_chunks_of_a_volume_are_expanded():
    assert len(CHUNKS) > 10
    assert all(expand(chunk, len(content)) == content for expand, chunk, content in CHUNKS)


@pytest.mark.parametrize("expand", [decompress_xpress, decompress_lzx])
def test_a_chunk_that_is_cut_short_is_never_filled_up(expand):
    chunks = [(chunk, content) for how, chunk, content in CHUNKS if how is expand]
    seen = set()
    for chunk, content in chunks:
        for cut in (*range(1, 12), 100, len(chunk) // 2):
            expanded = outcome(expand, chunk[:-cut], len(content))
            assert expanded in (None, content), cut
            seen.add(expanded is None)
            assert cut < 8 or expanded is None
    assert True in seen


@given(st.sampled_from(CHUNKS), st.lists(st.tuples(st.integers(0, 1 << 15), st.integers(1, 255)), min_size=1, max_size=3))
@settings(max_examples=80, deadline=None)
def test_damaged_chunks_expand_to_what_was_asked_or_are_malformed(packed, changes):
    expand, chunk, content = packed
    damaged = bytearray(chunk)
    for offset, change in changes:
        damaged[offset % len(chunk)] ^= change
    expanded = outcome(expand, bytes(damaged), len(content))
    assert expanded is None or len(expanded) == len(content)


def stream(chunks, size, algorithm=0):
    table = b"".join(struct.pack("<I", sum(map(len, chunks[:number]))) for number in range(1, len(chunks)))
    return WofStream("x", Bytes(table + b"".join(chunks)), size, algorithm)


def test_chunks_that_do_not_shrink_are_stored():
    content = bytes(range(256)) * 40
    whole = stream([content[:4096], content[4096:8192], content[8192:]], len(content))
    assert whole.read_at(0, 99_999) == content
    assert whole.read_at(4090, 10) == content[4090:4100]


def test_chunk_tables_that_lie_are_malformed():
    content = bytes(9000)
    for chunks in ([content[:4096], content[:5000], content[:1]], [content[:4096], b"", content[:808]]):
        with pytest.raises(Malformed, match="chunk 1"):
            stream(chunks, 9000).read_at(5000, 1)
    with pytest.raises(Malformed, match="chunk 0"):
        WofStream("x", Bytes(b""), 9000, 0).read_at(0, 1)
    with pytest.raises(Malformed, match="chunk 1"):
        stream([content[:4096], b"x" * 300, content[:808]], 9000).read_at(5000, 1)


@pytest.mark.parametrize(("data", "error", "what"), [
    (wof(9), Unsupported, "compression 9"), (wof(0, provider=1), Unsupported, "WIM"), (wof(0, provider=7), Unsupported, "provider 7"),
    (reparse(0x80000017, b""), Malformed, "reparse data"), (wof(0)[:20], Malformed, "reparse data"),
])  # fmt: skip
def test_reparse_data_that_is_not_understood_is_refused(data, error, what):
    with pytest.raises(error, match=what):
        open_compressed("x", data, Bytes(b""), 10)
