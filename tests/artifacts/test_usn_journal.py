"""The change journal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.storage.usn_journal import UsnJournal, usn_journal
from forensic.containers import open_image
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import FileTime
from forensic.volumes.directory import DirectoryTree
from forensic.volumes.disk import open_disk
from forensic.windows.folder import Folder
from tests.artifacts.reading import read_all
from tests.builders.world_volume import usn_max, usn_record

MADE, DAY = FileTime.from_iso("2021-03-02T09:10:00.0000000Z"), 864_000_000_000


def journal(first_page, times, major=2):
    """Return `$J`: pages of zeros, then records."""
    data = bytearray(first_page * 4096)
    for time in times:
        record = usn_record(len(data), time, major)
        if len(data) // 4096 != (len(data) + len(record) - 1) // 4096:
            data += bytes(-len(data) % 4096)
            record = usn_record(len(data), time, major)
        data += record
    return bytes(data)


def stated(tmp_path, files):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return read_all(usn_journal, Folder(DirectoryTree(tmp_path), ""))


@pytest.mark.parametrize("major", [2, 3])
@pytest.mark.parametrize(("first_page", "count"), [(0, 3), (1, 1), (7, 500), (64, 1000)])
def test_id_and_span_are_stated(tmp_path, major, first_page, count):
    records = journal(first_page, [MADE + number * DAY for number in range(count)], major)
    (fact,), failure = stated(tmp_path, {"$Max": usn_max(MADE, lowest=4096), "$J": records})
    assert failure is None
    assert fact.value == UsnJournal(MADE, 32 << 20, 4096, len(records), MADE, FileTime(MADE + (count - 1) * DAY))
    assert (fact.place.file, bytes.fromhex(fact.raw)) == ("$Max", usn_max(MADE, lowest=4096))


def test_without_records_the_id_is_stated_and_the_absence_told(tmp_path):
    (fact,), failure = stated(tmp_path, {"$Max": usn_max(MADE)})
    assert (fact.value.id, fact.value.next, type(failure)) == (MADE, None, NotFound)


def test_an_empty_journal_has_no_records(tmp_path):
    (fact,), failure = stated(tmp_path, {"$Max": usn_max(MADE), "$J": b""})
    assert (fact.value.next, fact.value.first_record, fact.value.last_record, failure) == (0, None, None, None)


@pytest.mark.parametrize(
    ("files", "error"), [({}, NotFound), ({"$Max": b"\1" * 31}, Malformed), ({"$Max": usn_max(0)}, Malformed), ({"$Max": b""}, Malformed)]
)
def test_no_journal_is_told_by_its_kind_of_absence(tmp_path, files, error):
    facts, failure = stated(tmp_path, files)
    assert (facts, type(failure)) == ([], error)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=9000))
def test_any_bytes_end_in_facts_or_forensic_errors(tmp_path_factory, records):
    _, failure = stated(tmp_path_factory.mktemp("usn"), {"$Max": usn_max(MADE), "$J": records})
    assert failure is None or isinstance(failure, ForensicError)


def test_a_real_journal(real):
    image = open_image(str(real("images/plaso-usnjrnl.qcow2")))
    (volume,) = open_disk(image, image.sector_size).volumes
    (fact,), failure = read_all(usn_journal, Folder(volume.tree, "$Extend"))
    assert failure is None
    assert str(fact.value.id) == "2015-11-30T21:15:12.4218750Z"
    assert (fact.value.next, fact.value.maximum_size, fact.value.lowest) == (1728, 1 << 20, 0)
    assert fact.value.id <= fact.value.first_record <= fact.value.last_record
    assert fact.place.file == "$Extend/$UsnJrnl:$Max"
    image.close()
