import pytest

from forensic.artifacts.products.task_cache import ScheduledTask, scheduled_task
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ, HiveBuilder

TASKS = r"Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks"
ID, OTHER = "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a11", "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a12"
SID = "S-1-5-21-1000-2000-3000-1001"
TIME = FileTime.from_iso("2021-03-02T09:12:00.0000000Z")


def stated(*values):
    hive = HiveBuilder()
    hive.key(TASKS)
    for key, name, kind, data in values:
        hive.value(rf"{TASKS}\{key}", name, kind, data)
    facts, failure = state(scheduled_task, open_hive(hive), TASKS)
    return [fact.value for fact in facts], failure


def test_a_task_is_stated_with_author_time_and_sid():
    key = f"{{{ID.upper()}}}"
    found, failure = stated(
        (key, "Path", REG_SZ, rf"\OneDrive Standalone Update Task-{SID}"),
        (key, "Author", REG_SZ, r"MASTER\ann"),
        (key, "DynamicInfo", REG_BINARY, b"\3\0\0\0" + TIME.to_bytes(8, "little") + bytes(24)),
        (f"{{{OTHER}}}", "Path", REG_SZ, r"\Microsoft\Windows\Defrag\ScheduledDefrag"),
    )
    assert failure is None
    assert found == [ScheduledTask(ID, rf"\OneDrive Standalone Update Task-{SID}", r"MASTER\ann", TIME, SID)]


@pytest.mark.parametrize("data", [b"", b"\3\0\0\0\1", bytes(28), b"\xff" * 28])
def test_a_time_that_is_none_is_left_out(data):
    found, failure = stated((f"{{{ID}}}", "Path", REG_SZ, r"\Job"), (f"{{{ID}}}", "DynamicInfo", REG_BINARY, data))
    assert (found, failure) == ([ScheduledTask(ID, r"\Job")], None)


def test_damaged_tasks_are_gaps_beside_the_others():
    found, failure = stated((f"{{{ID}}}", "Path", REG_SZ, r"\Job"), (f"{{{ID}}}", "Author", REG_DWORD, 1), ("x", "Path", REG_SZ, r"\Bad"))
    assert (found, isinstance(failure, Malformed)) == ([ScheduledTask(ID, r"\Job")], True)


def test_a_machine_with_tasks_of_windows_only_is_not_found():
    assert isinstance(stated()[1], NotFound)
    assert isinstance(stated((f"{{{ID}}}", "Path", REG_SZ, r"\Microsoft\Office\Telemetry"))[1], NotFound)
