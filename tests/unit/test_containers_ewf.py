"""EWF images: right bytes or Unreadable, never others."""

import errno
import hashlib
import random
import re
import struct
import tracemalloc
import zlib

import pyewf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.containers import chunk as chunk_module
from forensic.containers import ewf_salvage, ewf_table, open_image
from forensic.containers.verification import hash_image
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable
from forensic.examination import verify
from forensic.storage.local import LocalHandle
from tests.builders import ewf
from tests.conftest import real_files

CHUNK = 4096
RANDOM = random.Random(11)
DATA = b"".join(
    [
        RANDOM.randbytes(CHUNK * 20),
        bytes(CHUNK * 10),
        *(bytes([number]) * CHUNK for number in range(40)),
        RANDOM.randbytes(CHUNK * 9 + 1024),
    ]
)
CHUNKS = 80


def by_library(path):
    paths = sorted((one for one in path.parent.iterdir() if one.stem == path.stem), key=lambda one: (len(one.suffix), one.suffix))
    handle = pyewf.handle()
    handle.open([str(one) for one in paths])
    content = handle.read_buffer_at_offset(handle.media_size, 0)
    hashes = {key.lower(): value for key, value in handle.get_hash_values().items() if key in {"MD5", "SHA1"}}
    handle.close()
    return content, hashes


def chunk_states(image, data=DATA, chunk=CHUNK):
    """Read chunk by chunk: True where readable; every readable one must be right."""
    states = []
    for offset in range(0, len(data), chunk):
        try:
            content = image.read_at(offset, chunk)
        except Unreadable:
            states.append(False)
        else:
            assert content == data[offset : offset + chunk], f"wrong bytes at {offset:#x}"
            states.append(True)
    return states


def change(path, offset, content):
    data = bytearray(path.read_bytes())
    data[offset : offset + len(content)] = content
    path.write_bytes(data)


LAYOUTS = {
    "one segment, one table": {"chunks_per_table": 1000},
    "one segment, many tables": {"tables_per_segment": 1000},
    "many segments": {},
    "many segments, several tables": {"tables_per_segment": 3},
    "no base offsets": {"based": False},
    "all compressed": {"compressed": lambda _: True},
    "none compressed": {"compressed": lambda _: False},
    "large chunks": {"sectors_per_chunk": 64},
    "SMART": {"smart": True, "letter": "S"},
    "SMART, one segment": {"smart": True, "letter": "S", "chunks_per_table": 1000},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_reads_what_libewf_reads(tmp_path, layout):
    path = ewf.write(tmp_path, DATA, **layout)
    image = open_image(path)
    assert (image.format, image.size, image.problems, image.sector_size) == ("ewf", len(DATA), [], 512)
    content, hashes = by_library(path)
    assert image.read_at(0, len(DATA) + 5) == content == DATA
    assert image.stored_hashes == hashes == {"md5": hashlib.md5(DATA).hexdigest(), "sha1": hashlib.sha1(DATA).hexdigest()}
    for _ in range(50):
        offset, size = RANDOM.randrange(-5, len(DATA) + 5), RANDOM.choice([0, 1, 511, 4096, 5000, 50_000])
        assert image.read_at(offset, size) == (DATA[offset : offset + size] if offset >= 0 else b"")
    image.close()


@pytest.mark.parametrize("name", [name for name in real_files("images") if name.endswith((".E01",))])
def test_real_images_read_as_by_libewf(real, name):
    path = real(name)
    if ".split." in name:
        real(name.replace(".E01", ".E02"))
    image = open_image(path)
    content = image.read_at(0, image.size)
    paths = [str(path.with_name(segment)) for segment in image.segments]
    handle = pyewf.handle()
    handle.open(paths)
    assert (image.problems, image.sector_size) == ([], handle.bytes_per_sector)
    assert content == handle.read_buffer_at_offset(handle.media_size, 0)
    assert image.stored_hashes["md5"] == hashlib.md5(content).hexdigest()


def test_sectors_of_4096_bytes(tmp_path):
    data = RANDOM.randbytes(4096 * 33)
    image = open_image(ewf.write(tmp_path, data, sector_size=4096, sectors_per_chunk=4))
    assert (image.sector_size, image.read_at(0, image.size)) == (4096, data)


def test_names_go_on_past_e99_and_ezz(tmp_path):
    data = b"".join(struct.pack("<I", number) * 128 for number in range(800))
    path = ewf.write(tmp_path, data, sectors_per_chunk=1, chunks_per_table=1, compressed=lambda _: True)
    (tmp_path / "image.EXE").write_bytes(b"MZ")  # a segment's name, were it not for its content
    (tmp_path / "image.txt").mkdir()
    for name in ("image.E01", "image.E77", "image.EAA", "image.FAB"):
        image = open_image(tmp_path / name)
        assert len(image.segments) == 799  # the one that gave its name to the program is missing
        assert [problem.where for problem in image.problems if "missing, damaged" in problem.what] == ["image.EXE"]
    assert image.segments[98:100] == ("image.E99", "image.EAA")
    assert image.segments[-1] == "image.FAY"
    assert path.name == "image.E01"
    states = chunk_states(image, data, 512)
    assert (states.count(False), states.index(False)) == (1, 100 + 23 * 26 + 4 - 1)


def test_more_segments_than_open_files(tmp_path):
    data = RANDOM.randbytes(512 * 300)
    image = open_image(ewf.write(tmp_path, data, sectors_per_chunk=1, chunks_per_table=1))
    assert image.read_at(0, len(data)) == data
    assert sum(file._handle is not None for file in image.files) <= 64


@pytest.mark.parametrize("given", ["image.e01", "image.e03"])
def test_lower_case_names_and_later_segments_lead_to_all(tmp_path, given):
    ewf.write(tmp_path, DATA)
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_suffix(path.suffix.lower()))
    image = open_image(tmp_path / given)
    assert (len(image.segments), image.problems) == (10, [])
    assert image.read_at(0, len(DATA)) == DATA


def test_without_the_first_segment_there_is_no_image(tmp_path):
    ewf.write(tmp_path, DATA).unlink()
    with pytest.raises(
        NotFound, match=r"image\.E02 is a later segment of an EWF image, and its first segment, image\.E01, is not beside it"
    ):
        open_image(tmp_path / "image.E02")


def test_a_later_segment_under_the_name_of_the_first_is_not_taken_for_it(tmp_path):
    ewf.write(tmp_path, DATA).unlink()
    (tmp_path / "image.E02").rename(tmp_path / "other.E01")
    with pytest.raises(NotFound, match="segment 2 of an EWF image"):
        open_image(tmp_path / "other.E01")


def test_exchanged_names_do_not_exchange_the_content(tmp_path):
    path = ewf.write(tmp_path, DATA)
    second, third = path.with_suffix(".E02"), path.with_suffix(".E03")
    second.rename(tmp_path / "x")
    third.rename(second)
    (tmp_path / "x").rename(third)
    image = open_image(path)
    assert [problem.severity for problem in image.problems] == ["warning"]
    assert image.read_at(0, len(DATA)) == DATA


def test_a_wrong_number_in_a_segment_is_a_warning(tmp_path):
    path = ewf.write(tmp_path, DATA)
    for segment in tmp_path.iterdir():
        change(segment, 9, b"\x01\x00")
    image = open_image(path)
    assert ["names are followed" in problem.what for problem in image.problems] == [True]
    assert image.read_at(0, len(DATA)) == DATA


def test_a_lost_segment_hidden_by_renaming_displaces_nothing(tmp_path):
    path = ewf.write(tmp_path, DATA)
    for number in range(4, 11):
        path.with_suffix(f".E{number:02d}").rename(path.with_suffix(f".E{number - 1:02d}"))
    image = open_image(path)
    assert chunk_states(image)[:16] == [True] * 16
    assert not any(chunk_states(image)[16:24])


def test_chunks_after_one_missing_segment_stay_in_place(tmp_path):
    path = ewf.write(tmp_path, DATA)
    path.with_suffix(".E04").unlink()
    image = open_image(path)
    assert chunk_states(image) == [True] * 24 + [False] * 8 + [True] * 48
    assert "image.E04" in {problem.where for problem in image.problems if problem.severity == "error"}
    with pytest.raises(Unreadable, match=r"media offset 0x18000: segment image\.E04 is missing"):
        image.read_at(24 * CHUNK, 1)


def test_between_two_missing_segments_nothing_is_guessed(tmp_path):
    path = ewf.write(tmp_path, DATA)
    path.with_suffix(".E04").unlink()
    path.with_suffix(".E07").unlink()
    image = open_image(path)
    assert chunk_states(image) == [True] * 24 + [False] * 32 + [True] * 24
    assert {"image.E04", "image.E07"} <= {problem.where for problem in image.problems}


def test_a_missing_segment_of_an_unfinished_acquisition_is_not_bridged(tmp_path):
    path = ewf.write(tmp_path, DATA)
    path.with_suffix(".E04").unlink()
    path.with_suffix(".E10").unlink()
    image = open_image(path)
    assert chunk_states(image) == [True] * 24 + [False] * 56
    assert {"image.E04", "image.E10"} <= {problem.where for problem in image.problems}


def test_missing_last_segments_are_named(tmp_path):
    path = ewf.write(tmp_path, DATA)
    path.with_suffix(".E10").unlink()
    image = open_image(path)
    assert chunk_states(image) == [True] * 72 + [False] * 8
    assert "image.E10" in {problem.where for problem in image.problems}


def test_a_segment_of_another_image_is_set_aside(tmp_path):
    path = ewf.write(tmp_path, DATA, identifier=b"A" * 16)
    other = tmp_path / "other"
    other.mkdir()
    foreign = ewf.write(other, DATA[::-1], identifier=b"B" * 16).with_suffix(".E03")
    foreign.replace(path.with_suffix(".E03"))
    image = open_image(path)
    assert chunk_states(image) == [True] * 16 + [False] * 8 + [True] * 56
    assert any("belongs to another image" in problem.what for problem in image.problems)


@pytest.mark.parametrize("given", ["image.E01", "image.E03"])
def test_a_segment_copied_over_another_is_set_aside(tmp_path, given):
    path = ewf.write(tmp_path, DATA)
    path.with_suffix(".E03").write_bytes(path.with_suffix(".E04").read_bytes())
    image = open_image(tmp_path / given)
    assert chunk_states(image) == [True] * 16 + [False] * 8 + [True] * 56
    assert any("says that it is segment 4, which image.E04 is" in problem.what for problem in image.problems)


def test_a_segment_of_an_image_of_another_size_is_set_aside(tmp_path):
    path = ewf.write(tmp_path, DATA)
    other = tmp_path / "other"
    other.mkdir()
    foreign = ewf.write(other, DATA[::-1] + bytes(CHUNK)).with_suffix(".E03")
    foreign.replace(path.with_suffix(".E03"))
    image = open_image(path)
    assert chunk_states(image) == [True] * 16 + [False] * 8 + [True] * 56
    assert any("belongs to another image" in problem.what for problem in image.problems)


def test_a_segment_of_an_image_with_other_chunks_is_set_aside(tmp_path):
    path = ewf.write(tmp_path, DATA)
    other = tmp_path / "other"
    other.mkdir()
    foreign = ewf.write(other, DATA[::-1], sectors_per_chunk=16, chunks_per_table=4).with_suffix(".E03")
    foreign.replace(path.with_suffix(".E03"))
    image = open_image(path)
    assert chunk_states(image) == [True] * 16 + [False] * 8 + [True] * 56
    assert any("belongs to another image" in problem.what for problem in image.problems)


def test_segments_of_an_older_longer_image_are_not_used(tmp_path):
    ewf.write(tmp_path, DATA)
    path = ewf.write(tmp_path, DATA[: CHUNK * 12])
    image = open_image(path)
    assert image.read_at(0, image.size) == DATA[: CHUNK * 12]
    assert image.stored_hashes["md5"] == hashlib.md5(DATA[: CHUNK * 12]).hexdigest()
    assert any("says that it is the last segment" in problem.what for problem in image.problems)
    assert image.segments == ("image.E01", "image.E02")


@pytest.mark.parametrize("compressed", [True, False])
def test_a_damaged_chunk_is_unreadable_by_place_and_the_rest_stays(tmp_path, compressed):
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000, compressed=lambda _: compressed)
    place = path.read_bytes().index(b"sectors") + 76
    change(path, place + 100, b"\xff\xee\xdd")
    image = open_image(path)
    assert image.problems == []
    for _ in range(2):
        with pytest.raises(Unreadable, match=rf"media offset 0x0 \(chunk 0, in image\.E01 at offset {place:#x}\)"):
            image.read_at(4000, 5000)
    assert [problem.severity for problem in image.problems] == ["error"]
    assert chunk_states(image) == [False] + [True] * 79
    assert len(image.problems) == 1


def test_much_damage_is_summed_up(tmp_path, monkeypatch):
    monkeypatch.setattr(chunk_module, "DAMAGE_COUNTED", 60)
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000)
    place = path.read_bytes().index(b"sectors") + 76
    size = path.read_bytes().index(b"table") - place
    change(path, place, b"\x55" * size)
    image = open_image(path)
    assert not any(chunk_states(image))
    assert len(image.problems) == 21
    assert image.problems[-1].what == "and at least 40 more damaged chunks"


@pytest.mark.parametrize("kind", ["table", "table2"])
@pytest.mark.parametrize("at", [0, 20, 76, 80, 96, 100, 130], ids="byte {}".format)
def test_one_damaged_table_is_replaced_by_its_copy(tmp_path, kind, at):
    segments = ewf.segments(DATA, tables_per_segment=1000)
    change_at = segments[0].places[kind] + at
    segments[0].data[change_at] ^= 0x41
    path = tmp_path / "image.E01"
    path.write_bytes(segments[0].data)
    image = open_image(path)
    assert image.read_at(0, len(DATA)) == DATA


@pytest.mark.parametrize(("at", "kept"), [(76, True), (100, False)], ids=["headers", "entries"])
def test_two_damaged_tables_lose_their_chunks_at_most(tmp_path, at, kept):
    path = ewf.write(tmp_path, DATA)
    segment = path.with_suffix(".E05")
    data = segment.read_bytes()
    change(segment, data.index(b"table\0") + at, b"\x99")
    change(segment, data.index(b"table2\0") + at + 4 * (at == 100), b"\x98")
    image = open_image(path)
    assert chunk_states(image) == [True] * 32 + [kept] * 8 + [True] * 40
    assert any(problem.where == "image.E05" and problem.severity == "error" for problem in image.problems)
    assert len(image.problems) < 6


@pytest.mark.parametrize("what", ["chunk", "table"])
def test_what_the_disk_under_the_evidence_cannot_read_is_all_that_is_lost(tmp_path, monkeypatch, what):
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000)
    data = path.read_bytes()
    bad = data.index(b"table\0") + 110 if what == "table" else data.index(b"sectors\0") + 76 + 5000
    image = open_image(path)
    genuine = LocalHandle._read

    def failing(self, offset, size):
        if offset <= bad < offset + size:
            raise OSError(errno.EIO, "Input/output error")
        return genuine(self, offset, size)

    monkeypatch.setattr(LocalHandle, "_read", failing)
    assert image.read_at(CHUNK * 5, CHUNK * 30) == DATA[CHUNK * 5 : CHUNK * 35]
    if what == "chunk":
        with pytest.raises(Unreadable, match=r"chunk 1, .*Input/output error"):
            image.read_at(0, CHUNK * 10)
        assert chunk_states(image) == [True, False] + [True] * 78
        assert len(image.problems) == 1
    else:
        assert all(chunk_states(image))


def test_two_copies_of_a_table_that_agree_need_no_checksum(tmp_path):
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000)
    data = path.read_bytes()
    for kind in (b"table\0", b"table2\0"):
        change(path, data.index(kind) + 100 + 4 * CHUNKS, bytes(4))
    image = open_image(path)
    assert image.read_at(0, len(DATA)) == DATA


def test_a_damaged_signature_does_not_make_an_image_raw(tmp_path):
    path = ewf.write(tmp_path, DATA)
    change(path, 1, b"X")
    image = open_image(path)
    assert (image.format, image.read_at(0, len(DATA))) == ("ewf", DATA)
    assert [problem.severity for problem in image.problems] == ["warning"]
    assert "the signature is damaged" in image.problems[0].what


def test_an_image_cut_in_its_first_bytes_is_said_to_be(tmp_path):
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000)
    path.write_bytes(path.read_bytes()[:12])
    with pytest.raises(Malformed, match=r"image\.E01 is cut short in the header .* has 12"):
        open_image(path)


def test_a_destroyed_descriptor_is_bridged_by_search(tmp_path):
    path = ewf.write(tmp_path, DATA, tables_per_segment=1000)
    data = path.read_bytes()
    place = data.index(b"table2\0")
    change(path, place - 10, bytes(90))  # with the end of the table and its checksum
    image = open_image(path)
    assert chunk_states(image) == [False] * 8 + [True] * 72
    assert any("found by search" in problem.what for problem in image.problems)


def test_an_image_inside_the_image_is_not_taken_for_its_sections(tmp_path):
    inner = bytes(ewf.segments(DATA, tables_per_segment=1000)[0].data)
    outer = inner + bytes(-len(inner) % 512)
    path = ewf.write(tmp_path, outer, chunks_per_table=1000, compressed=lambda _: False)
    change(path, path.read_bytes().index(b"sectors"), bytes(76))
    image = open_image(path)
    assert all(chunk_states(image, outer))


def test_the_volume_section_has_a_second_copy(tmp_path):
    path = ewf.write(tmp_path, DATA)
    change(path, path.read_bytes().index(b"volume\0") + 80, b"\xff\xff")
    image = open_image(path)
    assert image.read_at(0, len(DATA)) == DATA
    assert any("damaged volume section" in problem.what for problem in image.problems)


def test_without_any_volume_section_the_image_is_malformed(tmp_path):
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000)
    change(path, path.read_bytes().index(b"volume\0") + 80, b"\xff\xff")
    with pytest.raises(Malformed, match=r"image\.E01: no sound volume section"):
        open_image(path)


@pytest.mark.parametrize("part", [0.3, 0.5, 0.95, 0.999])
def test_a_truncated_image_reads_as_far_as_its_tables_go(tmp_path, part):
    path = ewf.write(tmp_path, DATA, tables_per_segment=1000)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    image = open_image(path)
    assert image.size == len(DATA)
    states = chunk_states(image)
    assert states == sorted(states, reverse=True)
    assert states.count(True) >= int(part * 6) * 8
    assert any("truncated" in problem.what for problem in image.problems)
    assert {problem.code for problem in image.problems if problem.severity == "error"} == {"truncated-image"}


LOST_TABLES = {"mixed": {}, "compressed": {"compressed": lambda _: True}, "plain": {"compressed": lambda _: False}}


@pytest.mark.parametrize("options", LOST_TABLES.values(), ids=LOST_TABLES)
def test_chunks_before_a_cut_are_found_without_their_table(tmp_path, options, monkeypatch):
    monkeypatch.setattr(ewf_salvage, "READ", 20_000)
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000, **options)
    data = path.read_bytes()
    start, table = data.index(b"sectors\0") + 76, data.index(b"table\0")
    for cut in (table, start + 25_000, start + 10):
        path.write_bytes(data[:cut])
        image = open_image(path)
        states = chunk_states(image)
        assert states == sorted(states, reverse=True)
        assert states.count(True) == CHUNKS if cut == table else states.count(True) in range(cut > start + 10, CHUNKS)
        assert image.read_at(CHUNK * 2, 10) == DATA[CHUNK * 2 :][:10] if cut != start + 10 else states[0] is False
        assert [problem.severity for problem in image.problems if "found without a table" in problem.what] == ["warning"]


def test_no_more_media_is_decompressed_in_search_of_chunks_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(ewf_salvage, "MEDIA_LIMIT", 7 * CHUNK)
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"table\0")])
    assert chunk_states(open_image(path)) == [True] * 7 + [False] * (CHUNKS - 7)


def test_a_search_for_chunks_ends_at_the_first_damaged_one(tmp_path):
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000)
    data = path.read_bytes()
    place = data.index(b"sectors\0") + 76 + 5 * CHUNK
    path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 : data.index(b"table\0")])
    states = chunk_states(open_image(path))
    assert 2 < states.index(False) < 8
    assert not any(states[states.index(False) :])


def test_what_a_later_table_lists_is_not_searched_for(tmp_path):
    # the descriptor of one table is damaged, its copy lists the same chunks; and another chunk is missing nobody knows where
    path = ewf.write(tmp_path, DATA, tables_per_segment=1000, volume_options={"sectors": (CHUNKS + 3) * 8})
    data = path.read_bytes()
    change(path, [match.start() for match in re.finditer(rb"table\0", data)][2] + 5, b"X")
    image = open_image(path)
    assert not any("found without a table" in problem.what for problem in image.problems)
    readable = 0
    for number in range(CHUNKS + 3):
        try:
            chunk = image.read_at(number * CHUNK, CHUNK)
        except Unreadable:
            continue
        readable += 1
        assert chunk in {DATA[number * CHUNK :][:CHUNK], DATA[(number - 3) * CHUNK :][:CHUNK]}
    assert 10 < readable < CHUNKS + 3
    assert not any("found without a table" in problem.what for problem in image.problems)


def test_an_unfinished_acquisition_says_so(tmp_path):
    segments = ewf.segments(DATA[: CHUNK * 16], tables_per_segment=1000, volume_options={"sectors": len(DATA) // 512})
    path = tmp_path / "image.E01"
    path.write_bytes(segments[0].data)
    image = open_image(path)
    assert chunk_states(image) == [True] * 16 + [False] * 64
    assert any("list 16 chunks, the image has 80" in problem.what for problem in image.problems)


def test_tables_longer_than_the_media_are_a_warning(tmp_path):
    image = open_image(ewf.write(tmp_path, DATA, volume_options={"sectors": 70 * 8}))
    assert image.read_at(0, len(DATA)) == DATA[: 70 * CHUNK]
    assert [problem.severity for problem in image.problems] == ["warning"]


@pytest.mark.parametrize("back", ["header", "volume", "sectors", "table", "done"])
def test_a_chain_of_sections_that_runs_in_a_circle_ends(tmp_path, back):
    segment = ewf.segments(DATA, chunks_per_table=1000)[0]
    place = segment.places["table2"]
    segment.data[place : place + 76] = ewf.descriptor("table2", place, 76 + 24 + 4 * CHUNKS + 4, segment.places[back])
    path = tmp_path / "image.E01"
    path.write_bytes(segment.data)
    image = open_image(path)
    assert chunk_states(image)[0]
    if back != "done":
        assert any("circle" in problem.what for problem in image.problems)


@pytest.mark.parametrize(
    "options",
    [
        {"chunks": 0xFFFFFFFF, "sectors": (1 << 64) - 1},
        {"chunks": 0xFFFFFFFF, "sectors": 1 << 50},
        {"chunks": 0, "sectors": 0},
    ],
    ids=["impossible", "huge", "none"],
)
def test_counts_of_the_volume_section_allocate_nothing(tmp_path, options):
    path = ewf.write(tmp_path, DATA, chunks_per_table=1000, volume_options=options)
    tracemalloc.start()
    try:
        image = open_image(path)
        for offset in (0, CHUNK * CHUNKS, image.size - CHUNK):
            try:
                assert image.read_at(offset, CHUNK) == DATA[offset : offset + CHUNK][: max(0, image.size - offset)]
            except Unreadable as error:
                assert "media offset" in str(error)  # noqa: PT017  either end is right
    except Malformed as error:
        assert options["sectors"] == (1 << 64) - 1, error  # noqa: PT017
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_chunk_that_decompresses_without_end_is_cut_off(tmp_path):
    bomb = zlib.compress(bytes(64 << 20))
    segment = ewf.segments(DATA, chunks_per_table=1000)[0]
    place = segment.places["sectors"] + 76 + 4100
    segment.data[place : place + len(bomb)] = bomb
    path = tmp_path / "image.E01"
    path.write_bytes(segment.data)
    image = open_image(path)
    tracemalloc.start()
    with pytest.raises(Unreadable):
        image.read_at(CHUNK, CHUNK)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_acquisition_errors_are_told(tmp_path):
    image = open_image(ewf.write(tmp_path, DATA, errors=[(100, 8), *((number * 10, 1) for number in range(30))]))
    told = [problem.what for problem in image.problems]
    assert told[0].endswith("8 sectors from sector 100")
    assert (len(told), told[-1].split(" that")[0]) == (21, "and 11 more places")
    assert {problem.severity for problem in image.problems} == {"warning"}


def test_an_acquisition_error_is_damage_only_where_bytes_of_it_are_asked_for(tmp_path):
    image = open_image(ewf.write(tmp_path, DATA, errors=[(100, 8), (104, 8), (120, 1)]))
    assert {problem.code for problem in image.problems} == {"unread-at-acquisition"}
    told = len(image.problems)
    for offset, size in ((0, 100 * 512), (112 * 512, 8 * 512), (121 * 512, 512)):
        image.read_at(offset, size)
    assert len(image.problems) == told
    for _ in range(2):
        image.read_at(111 * 512 + 511, 1)
        image.read_at(99 * 512, 1024)
    image.read_at(0, len(DATA))
    met = [problem for problem in image.problems if problem.is_incomplete]
    assert [problem.code for problem in met] == ["damaged-chunk"] * 2
    assert met[0].what.startswith(f"media offset {100 * 512:#x}: {12 * 512} bytes could not be read from the original disk")
    assert met[1].what.startswith(f"media offset {120 * 512:#x}: 512 bytes")


def test_offsets_past_two_gibibytes_without_base_offset(tmp_path):
    # as EnCase 6 before 6.7 wrote them: bit 31 is part of the offset, and no chunk past it is compressed
    before, after = RANDOM.randbytes(CHUNK * 2), RANDOM.randbytes(CHUNK * 3)
    volume = ewf.volume(CHUNK * 5, 8, 512)
    segment = ewf.Segment(1)
    segment.section("header", zlib.compress(b"1"))
    segment.section("volume", volume)
    path = tmp_path / "image.E01"
    boundary = 1 << 31
    with path.open("wb") as file:
        start = len(segment.data) + 76
        places = [boundary - 2 * (CHUNK + 4) - 10 + index * (CHUNK + 4) for index in range(5)]
        end = places[-1] + CHUNK + 4
        file.write(segment.data + ewf.descriptor("sectors", start - 76, end - start + 76))
        for index, place in enumerate(places):
            file.seek(place)
            file.write(ewf.adler((before + after)[index * CHUNK : (index + 1) * CHUNK]))
        entries = ewf.adler(struct.pack("<5I", *places))
        header = ewf.adler(struct.pack("<I4xQ4x", 5, 0))
        for kind in ("table", "table2"):
            place = file.tell()
            file.write(ewf.descriptor(kind, place, 76 + 24 + 24) + header + entries)
        file.write(ewf.descriptor("done", file.tell(), 0, file.tell()))
    image = open_image(path)
    assert image.problems == []
    assert image.read_at(0, image.size) == before + after == by_library(path)[0]


def test_large_tables_are_read_by_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(ewf_table, "PAGE", 16)
    monkeypatch.setattr(ewf_table, "TABLE_CACHE", 100)
    monkeypatch.setattr(chunk_module, "CHUNK_CACHE", 3 * CHUNK)
    monkeypatch.setattr(chunk_module, "RUN", 10_000)
    image = open_image(ewf.write(tmp_path, DATA, chunks_per_table=1000))
    assert image.read_at(0, len(DATA)) == DATA
    assert all(chunk_states(image))
    monkeypatch.setattr(ewf_table, "BLOCK", 64)
    assert all(chunk_states(open_image(tmp_path / "image.E01")))


def test_a_small_read_costs_a_chunk_and_a_table(tmp_path):
    data = RANDOM.randbytes(512) * 40_000
    path = ewf.write(tmp_path, data, sectors_per_chunk=64, chunks_per_table=100, tables_per_segment=100)
    image = open_image(path)
    opening = image.meter.bytes_read
    image.read_at(5_000_000, 4096)
    assert opening < 4096 + 512 + 100 + 2048 + 100 * (3 * 7 + 4)
    assert image.meter.bytes_read - opening < 4 * 101 + 32_768


def test_zlib_takes_the_place_of_isal(tmp_path, monkeypatch):
    monkeypatch.setattr(chunk_module, "deflate_engine", lambda: zlib)
    path = ewf.write(tmp_path, DATA, compressed=lambda _: True, chunks_per_table=1000)
    assert open_image(path).read_at(0, len(DATA)) == DATA
    change(path, path.read_bytes().index(b"sectors") + 100, b"\xff\xff\xff")
    with pytest.raises(Unreadable):
        open_image(path).read_at(0, 1)


def test_hashes_of_the_content(tmp_path):
    image = open_image(ewf.write(tmp_path, DATA))
    seen = []
    computed = hash_image(image, ["md5", "sha1", "sha256"], seen.append)
    assert computed == {name: hashlib.new(name, DATA).hexdigest() for name in ("md5", "sha1", "sha256")}
    assert seen[-1] == len(DATA)
    assert {name: computed[name] for name in image.stored_hashes} == image.stored_hashes


def test_a_raw_image_that_shrinks_has_no_hash(tmp_path):
    path = tmp_path / "disk.raw"
    path.write_bytes(DATA)
    image = open_image(path)
    path.write_bytes(b"")
    with pytest.raises(Unreadable, match="ended at 0 of"):
        hash_image(image, ["md5"])


def test_a_damaged_chunk_is_said_once_by_verify(tmp_path):
    path = ewf.write(tmp_path, DATA, compressed=lambda _: False)
    change(path, path.read_bytes().index(b"sectors\0") + 76 + 9, b"?!")
    report = verify(path)
    assert (report["verdict"], len(report["problems"])) == ("mismatch", 1)
    assert "its checksum does not match" in report["problems"][0].what


def test_a_hash_over_missing_content_does_not_exist(tmp_path):
    path = ewf.write(tmp_path, DATA)
    path.with_suffix(".E04").unlink()
    with pytest.raises(Unreadable, match=r"image\.E04 is missing"):
        hash_image(open_image(path), ["md5"])


SMALL = DATA[CHUNK * 15 : CHUNK * 60]
IMAGES = {
    name: [bytes(segment.data) for segment in ewf.segments(SMALL, **options)]
    for name, options in {
        "segments": {"tables_per_segment": 2},
        "one": {"chunks_per_table": 1000},
        "tables": {"tables_per_segment": 1000},
        "smart": {"smart": True, "tables_per_segment": 2},
    }.items()
}


DAMAGES = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from(["begin", "end", "middle"]),  # most of a file is chunks: aim at the structures before and after them as often
        st.integers(0, 1 << 20),
        st.sampled_from(["change", "cut", "zero"]),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=3,
)


def harm(segments, damages):
    """Return damaged copies of segment files."""
    harmed = [bytearray(segment) for segment in segments]
    for index, part, number, action, content in damages:
        segment = harmed[index % len(harmed)]
        end = max(1, len(segment))
        place = {"begin": number % min(2000, end), "end": end - 1 - number % min(900, end), "middle": number % end}[part]
        if action == "change":
            segment[place : place + len(content)] = content
        elif action == "cut":
            del segment[place:]
        else:
            segment[place : place + 100] = bytes(len(segment[place : place + 100]))
    return harmed


@pytest.mark.parametrize("name", IMAGES)
def test_any_damage_ends_in_right_bytes_or_a_sentence(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp(name)
    letter = "S" if name == "smart" else "E"

    @settings(max_examples=60, deadline=None, database=None)
    @given(DAMAGES)
    def check(damages):
        for number, segment in enumerate(harm(IMAGES[name], damages), 1):
            (folder / f"image.{ewf.extension(number, letter)}").write_bytes(segment)
        try:
            image = open_image(folder / f"image.{letter}01")
        except ForensicError:
            return
        if image.format == "ewf":
            states = chunk_states(image, SMALL)
            assert all(states) or image.problems
        image.close()

    check()


def by_library_ex01(path):
    handle = pyewf.handle()
    handle.open([str(one) for one in sorted(path.parent.glob("*.Ex*"))])
    return handle.read_buffer_at_offset(handle.media_size, 0)


@pytest.mark.parametrize("options", [{}, {"chunks_per_segment": 30}, {"method": 2}], ids=str)
def test_ex01_reads_what_libewf_reads(tmp_path, options):
    path = ewf.write_ex01(tmp_path, DATA, **options)
    image = open_image(path)
    assert (image.format, image.size, image.sector_size, image.problems) == ("ewf2", len(DATA), 512, [])
    assert image.read_at(0, len(DATA) + 1) == DATA
    if options.get("method") != 2:  # the library is built without bzip2
        assert by_library_ex01(path) == DATA
    assert image.read_at(CHUNK - 1, 2) == DATA[CHUNK - 1 : CHUNK + 1]
    assert image.stored_hashes == {"md5": hashlib.md5(DATA).hexdigest(), "sha1": hashlib.sha1(DATA).hexdigest()}
    assert len(image.segments) == -(-CHUNKS // options.get("chunks_per_segment", 64))
    image.close()


def test_ex01_with_a_missing_segment_keeps_the_rest_in_place(tmp_path):
    path = ewf.write_ex01(tmp_path, DATA, chunks_per_segment=30)
    path.with_suffix(".Ex02").unlink()
    image = open_image(path)
    assert chunk_states(image) == [True] * 30 + [False] * 30 + [True] * 20
    assert any("segment 2 of this image is missing" in problem.what for problem in image.problems)
    image.close()
    path.unlink()
    with pytest.raises(NotFound, match="first segment is not beside it"):
        open_image(path.with_suffix(".Ex03"))


@pytest.mark.parametrize("number", [0, 1, 25], ids=["plain", "deflate", "pattern"])
def test_ex01_damage_is_unreadable_where_libewf_says_nothing(tmp_path, number):
    path = ewf.write_ex01(tmp_path, DATA, chunks_per_segment=1000)
    image = open_image(path)
    extent = image.data._extent(number)
    change(path, extent.offset + 5, b"\x13\x14")
    states = chunk_states(open_image(path))
    assert states == [False] * 80 if number == 25 else states == [index != number for index in range(80)]  # a pattern lies in the table


@pytest.mark.parametrize("cut", [1, 64, 200, 2000, 60_000])
def test_a_truncated_ex01_is_read_as_far_as_its_tables_go(tmp_path, cut):
    path = ewf.write_ex01(tmp_path, DATA, chunks_per_segment=30)
    last = path.with_suffix(".Ex03")
    last.write_bytes(last.read_bytes()[:-cut])
    image = open_image(path)
    states = chunk_states(image)
    assert states[:60] == [True] * 60
    assert all(states) == (cut < 300)
    assert any(problem.severity == "error" for problem in image.problems)


def test_ex01_that_we_cannot_interpret_is_left_to_libewf_with_a_warning(tmp_path, monkeypatch):
    from forensic.containers import ewf2

    def refuse(*_):
        raise Malformed("strange")

    path = ewf.write_ex01(tmp_path, DATA, chunks_per_segment=30)
    monkeypatch.setattr(ewf2, "_assemble", refuse)
    image = open_image(path)
    assert image.read_at(0, len(DATA)) == DATA
    assert image.read_at(len(DATA), 1) == b""
    assert ["does not report damaged chunks" in problem.what for problem in image.problems] == [True]
    assert image.stored_hashes["md5"] == hashlib.md5(DATA).hexdigest()
    assert image.meter.bytes_read > 100_000
    image.close()
    change(path, 8, b"\x09")  # a version that libewf does not know either
    with pytest.raises(Unreadable, match="libewf"):
        open_image(path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(Malformed, match="strange"):
        open_image(path)


def test_any_damage_of_an_ex01_ends_in_right_bytes_or_a_sentence(tmp_path):
    path = ewf.write_ex01(tmp_path, SMALL, chunks_per_segment=1000)
    whole = path.read_bytes()

    @settings(max_examples=60, deadline=None, database=None)
    @given(DAMAGES)
    def check(damages):
        path.write_bytes(harm([whole], damages)[0])
        try:
            image = open_image(path)
        except ForensicError:
            return
        if image.format == "ewf2" and not any("libewf" in problem.what for problem in image.problems):
            states = chunk_states(image, SMALL)
            assert all(states) or image.problems
        image.close()

    check()
