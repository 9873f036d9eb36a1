import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.errors import Malformed, Unsupported
from forensic.volumes.compression import decompress_lzx, decompress_xpress
from forensic.volumes.wof import WofStream, open_compressed
from tests.builders.disk import Bytes, place
from tests.builders.ntfs_fixture import reparse, wof

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


@given(st.binary(max_size=600), st.integers(1, 4096), st.sampled_from([decompress_xpress, decompress_lzx]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_expand_to_what_was_asked_or_are_malformed(data, size, expand):
    with contextlib.suppress(Malformed):
        assert len(expand(data, size)) == size


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
