"""Sample of the $MFT."""

import lzma
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.storage.mft_sample import MftSample, mft_sample
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import FileTime
from forensic.volumes.mft_sample import GROUP, GROUPS, NUMBERS
from forensic.volumes.ntfs import NtfsTree
from tests.artifacts.reading import read_all, tree_of
from tests.builders.source import Bytes
from tests.builders.world_volume import mft_record

MADE = FileTime.from_iso("2021-03-02T09:10:00.0000000Z")
FIXTURE = Path(__file__).parent.parent / "data" / "ntfs.raw.xz"


def table(count, size=1024, **special):
    """Return a table of records; `special` gives single ones by their number, as `n70`."""
    plain = [special.get(f"n{number}", mft_record(f"file {number}", MADE + number, size=size)) for number in range(count)]
    return b"".join(plain)


def stated(tmp_path, content):
    return read_all(mft_sample, tree_of(tmp_path, {"$MFT": content}).open("$MFT"))


def records(tmp_path, content):
    (fact,), failure = stated(tmp_path, content)
    assert failure is None
    assert (fact.value.table, fact.value.count) == (len(content), len(fact.value.records))
    return {one.number: one for one in fact.value.records}


def test_the_numbers_are_fixed():
    assert (len(NUMBERS), NUMBERS[:5], NUMBERS[-1]) == (GROUPS, (64, 72, 80, 96, 112), 1 << 20)
    assert all(number % GROUP == 0 for number in NUMBERS)


@pytest.mark.parametrize("size", [1024, 4096])
def test_records_are_stated_with_name_and_time(tmp_path, size):
    found = records(tmp_path, table(120, size))
    assert list(found) == [*range(64, 88), *range(96, 104), *range(112, 120)]
    assert (found[70].sequence, found[70].in_use, found[70].created) == (1, True, MADE + 70)
    assert found[70].name_hash == sha256("file 70".encode("utf-16-le")).digest()[:8]


def test_two_tables_that_grew_apart_differ_where_files_were_made_or_deleted(tmp_path):
    one = records(tmp_path, table(200))
    other = records(tmp_path, table(300, n66=mft_record("new", MADE + 999, 2), n67=mft_record("file 67", MADE + 67, 1, in_use=False)))
    assert [number for number in one if one[number] != other[number]] == [66, 67]
    assert (other[66].sequence, other[66].created, other[67].in_use) == (2, MADE + 999, False)


def test_the_long_name_counts(tmp_path):
    found = records(tmp_path, table(80, n70=mft_record("A long name.text", MADE, short="ALONGN~1.TEX")))
    assert found[70].name_hash == sha256("A long name.text".encode("utf-16-le")).digest()[:8]


def test_a_record_without_a_name_and_one_that_was_never_used(tmp_path):
    found = records(tmp_path, table(80, n70=mft_record(None, MADE), n71=bytes(1024)))
    assert (found[70].created, found[70].name_hash) == (None, sha256(b"").digest()[:8])
    assert 71 not in found


def test_a_torn_record_is_left_out_and_told(tmp_path):
    torn = bytearray(mft_record("torn", MADE))
    torn[510:512] = b"\7\7"
    (fact,), failure = stated(tmp_path, table(80, n70=bytes(torn)))
    assert 70 not in {one.number for one in fact.value.records}
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize(("content", "error"), [(b"", Malformed), (b"x" * 90_000, Malformed), (table(20), NotFound)])
def test_what_has_no_record_of_the_sample_states_nothing(tmp_path, content, error):
    facts, failure = stated(tmp_path, content)
    assert (facts, type(failure)) == ([], error)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2048), st.integers(0, 1023))
def test_any_bytes_end_in_facts_or_forensic_errors(tmp_path_factory, noise, at):
    content = bytearray(table(80))
    start = 66 * 1024 + at
    content[start : start + len(noise)] = noise
    _, failure = stated(tmp_path_factory.mktemp("mft"), bytes(content))
    assert failure is None or isinstance(failure, ForensicError)


def test_packed_bytes_of_a_foreign_report_may_be_cut_short():
    assert MftSample(0, 1, bytes(24) + b"rest").records == [(0, 0, False, None, bytes(8))]


def test_a_volume_has_its_table_as_a_file():
    file = NtfsTree(Bytes(lzma.decompress(FIXTURE.read_bytes())), "p1").open("$MFT")
    (fact,), failure = read_all(mft_sample, file)
    assert failure is None
    assert fact.source == "p1 > $MFT"
    assert fact.value.count == 208
    assert fact.value.records[0].created == 133_000_000_000_000_000
