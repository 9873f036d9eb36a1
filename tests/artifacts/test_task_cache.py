"""Ids of scheduled tasks."""

from forensic.artifacts.full.task_cache import TASK_LIMIT, TaskId, task_id
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_SZ, HiveBuilder

TREE = r"Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree"
WRITTEN = FileTime.from_iso("2021-03-02T09:10:00.0000000Z")


def ids(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


def hive_of(tasks):
    hive = HiveBuilder(file_name="SOFTWARE")
    hive.key(TREE)
    for path, text in tasks.items():
        hive.key(rf"{TREE}\{path}", written=WRITTEN)
        if text is not None:
            hive.value(rf"{TREE}\{path}", "Id", REG_SZ, text)
    return open_hive(hive)


def test_tasks_of_others_than_microsoft_are_stated_with_their_paths():
    hive = hive_of({"Backup": f"{{{ids(1).upper()}}}", r"Vendor\Update": f"{{{ids(2)}}}", r"Microsoft\Windows\Time": f"{{{ids(3)}}}"})
    facts, failure = state(task_id, hive, TREE)
    assert failure is None
    assert {fact.value for fact in facts} == {TaskId(ids(1), "Backup"), TaskId(ids(2), r"Vendor\Update")}
    assert {fact.written for fact in facts} == {WRITTEN}


def test_only_microsofts_tasks_is_not_found():
    for tasks in ({}, {r"Microsoft\Windows\Time": f"{{{ids(1)}}}"}, {"Vendor": None}):
        facts, failure = state(task_id, hive_of(tasks), TREE)
        assert (facts, type(failure)) == ([], NotFound)


def test_a_damaged_id_is_told_after_the_others():
    facts, failure = state(task_id, hive_of({"Broken": "no guid", "Sound": f"{{{ids(1)}}}"}), TREE)
    assert ([fact.value.path for fact in facts], type(failure)) == (["Sound"], Malformed)


def test_more_tasks_than_the_limit_are_cut_and_told():
    facts, failure = state(task_id, hive_of({f"Task {number}": f"{{{ids(number)}}}" for number in range(TASK_LIMIT + 1)}), TREE)
    assert len(facts) == TASK_LIMIT
    assert isinstance(failure, Malformed)
