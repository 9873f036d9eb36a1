"""Machines in shortcuts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.storage.link_tracker import LINK_LIMIT, desktop_link, recent_link
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import FileTime
from forensic.volumes.directory import DirectoryTree
from forensic.windows.folder import Folder
from tests.artifacts.reading import read_all
from tests.builders.world import World
from tests.builders.world_volume import shortcut

TIME, DAY = FileTime.from_iso("2021-03-02T09:10:00.0000000Z"), 864_000_000_000
OLD, NEW = "00:0b:db:63:5b:d4", "3c:52:82:00:00:01"
WORLD = World()


def folder_of(tmp_path, files):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return Folder(DirectoryTree(tmp_path), "")


def test_machines_and_cards_are_counted_with_the_times_of_the_ids(tmp_path):
    files = {f"{number}.LNK": shortcut("master", WORLD.guid_v1(TIME + number * DAY, OLD)) for number in range(3)}
    files |= {"new.lnk": shortcut("desk-1", WORLD.guid_v1(TIME, NEW)), "random.lnk": shortcut("desk-1", WORLD.guid())}
    files |= {"none.lnk": shortcut(None, None), "other.txt": b"", "unnamed.lnk": shortcut("", WORLD.guid())}
    facts, failure = read_all(recent_link, folder_of(tmp_path, files))
    assert failure is None
    assert [(fact.value.machine, fact.value.mac, fact.value.count) for fact in facts] == [
        ("master", OLD, 3),
        ("desk-1", None, 1),
        ("desk-1", NEW, 1),
    ]
    master, unknown, _ = (fact.value for fact in facts)
    assert 0 <= master.first - TIME < DAY
    assert 0 <= master.last - (TIME + 2 * DAY) < DAY
    assert (unknown.first, unknown.last) == (None, None)
    assert (facts[0].place.file, facts[0].place.offset, bytes.fromhex(facts[0].raw)[16:22]) == ("0.LNK", 76, b"master")


@pytest.mark.parametrize("files", [{}, {"none.lnk": shortcut(None, None)}, {"other.txt": shortcut("master", WORLD.guid())}])
def test_no_machine_is_not_found(tmp_path, files):
    facts, failure = read_all(desktop_link, folder_of(tmp_path, files))
    assert (facts, type(failure)) == ([], NotFound)


def test_a_file_that_is_no_shortcut_is_told_after_the_others(tmp_path):
    facts, failure = read_all(recent_link, folder_of(tmp_path, {"a.lnk": b"", "b.lnk": shortcut("desk-1", WORLD.guid())}))
    assert (len(facts), type(failure)) == (1, Malformed)


def test_more_shortcuts_than_the_limit_are_cut_and_told(tmp_path):
    link = shortcut("desk-1", WORLD.guid_v1(TIME, NEW))
    (fact,), failure = read_all(recent_link, folder_of(tmp_path, {f"{number}.lnk": link for number in range(LINK_LIMIT + 1)}))
    assert fact.value.count == LINK_LIMIT
    assert isinstance(failure, Malformed)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_damage_ends_in_facts_or_forensic_errors(tmp_path_factory, data):
    link = bytearray(shortcut("desk-1", WORLD.guid_v1(TIME, NEW)))
    for _ in range(data.draw(st.integers(0, 4))):
        link[data.draw(st.integers(0, len(link) - 1))] = data.draw(st.integers(0, 255))
    folder = folder_of(tmp_path_factory.mktemp("lnk"), {"a.lnk": link[: data.draw(st.integers(0, len(link)))]})
    _, failure = read_all(recent_link, folder)
    assert failure is None or isinstance(failure, ForensicError)
