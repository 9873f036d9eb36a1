"""Checkpoints of the change journal."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.storage.usn_checkpoint import GRID_LIMIT, LAST, UsnCheckpoint, usn_checkpoint
from forensic.containers import open_image
from forensic.errors import ForensicError, NotFound
from forensic.model import FileTime
from forensic.volumes.directory import DirectoryTree
from forensic.volumes.disk import open_disk
from forensic.windows.folder import Folder
from tests.artifacts.reading import read_all
from tests.builders.world_volume import usn_record

MADE, SECOND, PAGE = FileTime.from_iso("2021-03-02T09:10:00.0000000Z"), 10_000_000, 4096


def journal(pages, *, first=0, parted=None, name="file.txt"):
    """Return `$J` with one record at the beginning of each page and one behind it; from page `parted` on another file has changed."""
    data = bytearray(first * PAGE)
    for page in range(first, first + pages):
        text = name if parted is not None and page >= parted else "file.txt"
        record = usn_record(page * PAGE, MADE + page * SECOND, name=text)
        data += (record + usn_record(page * PAGE + len(record), MADE + page * SECOND)).ljust(PAGE, b"\0")
    return bytes(data)


def stated(tmp_path, content):
    (tmp_path / "$J").write_bytes(content)
    return read_all(usn_checkpoint, Folder(DirectoryTree(tmp_path), ""))


def of(tmp_path, content):
    (fact,), failure = stated(tmp_path, content)
    assert failure is None
    assert fact.value.count == len(fact.value.records)
    return fact.value


@pytest.mark.parametrize("first", [0, 3, 100])
def test_of_a_short_journal_every_page_counts(tmp_path, first):
    content = journal(5, first=first)
    value = of(tmp_path, content)
    assert value.step == PAGE
    assert [(one.usn // PAGE, one.time) for one in value.records] == [(page, MADE + page * SECOND) for page in range(first, first + 5)]
    record = usn_record(first * PAGE, MADE + first * SECOND)
    assert value.records[0].hash == sha256(record).digest()[:16]


def test_two_journals_that_grew_apart_share_the_records_from_before(tmp_path):
    one = of(tmp_path, journal(700, first=10, parted=600, name="mine"))
    other = of(tmp_path, journal(1500, first=300, parted=600, name="theirs"))
    assert (one.step // PAGE, other.step // PAGE) == (8, 16)
    assert len(one.records) <= GRID_LIMIT + LAST
    theirs = {record.usn: record for record in other.records}
    both = [(record, theirs[record.usn]) for record in one.records if record.usn in theirs]
    assert [mine.usn // PAGE for mine, its in both if mine == its] == [*range(304, 593, 16)]
    assert [mine.usn // PAGE for mine, its in both if mine != its][:2] == [608, 624]


@pytest.mark.parametrize("content", [b"", bytes(3 * PAGE), b"\1" * PAGE])
def test_a_journal_without_records_has_none(tmp_path, content):
    facts, failure = stated(tmp_path, content)
    assert (facts, type(failure)) == ([], NotFound)


def test_no_journal_is_no_checkpoint(tmp_path):
    facts, failure = read_all(usn_checkpoint, Folder(DirectoryTree(tmp_path), ""))
    assert (facts, type(failure)) == ([], NotFound)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=9000))
def test_any_bytes_end_in_facts_or_forensic_errors(tmp_path_factory, content):
    _, failure = stated(tmp_path_factory.mktemp("usn"), content)
    assert failure is None or isinstance(failure, ForensicError)


def test_packed_bytes_of_a_foreign_report_may_be_cut_short():
    assert UsnCheckpoint(PAGE, 9, bytes(32) + b"rest").records == [(0, 0, bytes(16))]


def test_a_real_journal(real):
    image = open_image(str(real("images/plaso-usnjrnl.qcow2")))
    (volume,) = open_disk(image, image.sector_size).volumes
    (fact,), failure = read_all(usn_checkpoint, Folder(volume.tree, "$Extend"))
    assert failure is None
    assert [one.usn for one in fact.value.records] == [0]
    image.close()
