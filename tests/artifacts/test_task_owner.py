"""Accounts as which scheduled tasks run, in the task cache."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.identity import task_owner as module
from forensic.artifacts.identity.task_owner import TASK_OWNER, TaskOwner, task_owner
from forensic.errors import Malformed, NotFound, Unsupported
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder

TASKS = r"Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks"
ID, OTHER = "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a11", "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a12"
SID = "S-1-5-21-1000-2000-3000-1001"
FILL = b"\x48"


def binary(sid):
    _, authority, *parts = (int(part) for part in sid.removeprefix("S-").split("-"))
    return bytes([1, len(parts)]) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


def padded(data):
    return data + FILL * (-len(data) % 8)


def sized(data):
    return struct.pack("<I", len(data)) + FILL * 4 + padded(data)


def user(sid=SID, name="MASTER\\ann"):
    if sid is name is None:
        return b"\1" + FILL * 7
    data = b"\0" + FILL * 7
    data += b"\1" + FILL * 7 if sid is None else b"\0" + FILL * 7 + struct.pack("<I", 1) + FILL * 4 + sized(binary(sid))
    return data + sized(name.encode("utf-16-le"))


def triggers(account, version=0x17, *more):
    data = bytes([version]) + bytes(7) + bytes(32) + struct.pack("<I", 0x42412138) + FILL * 4 + struct.pack("<I", 7) + FILL * 4
    for since in (0x16, 0x17):
        data += sized("Author".encode("utf-16-le") if since == 0x16 else b"") if version >= since else b""
    return data + account + struct.pack("<I", 44) + FILL * 4 + bytes(44) + FILL * 4 + b"".join(more)


def trigger(kind, size, *parts, name="my trigger"):
    """Return one trigger of a version that has names."""
    text = name.encode("utf-16-le")
    return struct.pack("<II", kind, 0) + bytes(size) + padded(struct.pack("<I", len(text)) + text) + b"".join(parts)


def stated(*tasks):
    hive = HiveBuilder()
    hive.key(TASKS)
    for name, data in tasks:
        hive.value(rf"{TASKS}\{name}", "Path", REG_SZ, r"\Job")
        if data is not None:
            hive.value(rf"{TASKS}\{name}", "Triggers", REG_BINARY, data)
    return state(task_owner, open_hive(hive), TASKS)


@pytest.mark.parametrize("version", [0x15, 0x16, 0x17, 0x18])
def test_states_sid_and_name_of_every_version(version):
    facts, failure = stated((f"{{{ID.upper()}}}", triggers(user(), version)))
    assert failure is None
    assert [fact.value for fact in facts] == [TaskOwner(ID, r"\Job", SID, r"MASTER\ann")]
    assert facts[0].place.value == "Triggers"
    assert facts[0].raw == user().hex()
    assert [(one.namespace, one.text, one.standing) for one in TASK_OWNER.identifiers(facts[0].value)] == [
        ("machine-sid", "S-1-5-21-1000-2000-3000", "former")
    ]


OTHERS = [user(name="MASTER\\bob", sid="S-1-5-21-1000-2000-3000-1002"), user("S-1-5-21-9-9-9-500", "CORP\\admin"), user(None, None)]


def test_accounts_of_triggers_are_stated_once_up_to_a_trigger_of_unknown_size():
    more = [
        trigger(0xFFFF, 72),
        trigger(0xAAAA, 72, OTHERS[0]),
        trigger(0xDDDD, 88, name=""),
        trigger(0xAAAA, 72, user()),
        trigger(0xAAAA, 72, OTHERS[2], name="x"),
        trigger(0x7777, 72, bytes(8), OTHERS[1]),
        trigger(0xCCCC, 72),
        trigger(0xAAAA, 72, user(name="NEVER\\read")),
    ]
    facts, failure = stated((f"{{{ID}}}", triggers(user(), 0x17, *more)))
    assert failure is None
    assert [(fact.value.role, fact.value.name) for fact in facts] == [
        ("runs-as", "MASTER\\ann"), ("trigger", "MASTER\\bob"), ("trigger", "CORP\\admin"),
    ]  # fmt: skip
    assert facts[1].raw == OTHERS[0].hex()


def test_a_trigger_that_is_cut_leaves_the_accounts_before_it():
    facts, failure = stated((f"{{{ID}}}", triggers(user(), 0x17, trigger(0xAAAA, 72, OTHERS[0])[:-20])))
    assert ([fact.value.role for fact in facts], type(failure)) == (["runs-as"], Malformed)


def test_an_account_without_a_sid_is_stated_by_its_name_and_identifies_nobody():
    facts, _ = stated((f"{{{ID}}}", triggers(user(None))))
    assert [fact.value for fact in facts] == [TaskOwner(ID, r"\Job", None, r"MASTER\ann")]
    assert list(TASK_OWNER.identifiers(facts[0].value)) == []


@pytest.mark.parametrize(
    "account", [user(None, None), user("S-1-5-18", "SYSTEM"), user("S-1-5-32-545", "BUILTIN\\Users"), user(None, "SYSTEM")]
)
def test_accounts_of_windows_are_left_out(account):
    facts, failure = stated((f"{{{ID}}}", triggers(account)), (f"{{{OTHER}}}", None), (OTHER, b""))
    assert facts == []
    assert isinstance(failure, NotFound)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\x14" + triggers(user())[1:], Unsupported),
        (b"\xff" * 200, Unsupported),
        (triggers(user())[:60], Malformed),
        (triggers(user())[:100], Malformed),
        (triggers(user())[:-70], Malformed),
        (triggers(user()).replace(struct.pack("<I", 28), b"\xff\xff\xff\xff", 1), Malformed),
        (triggers(user()).replace(struct.pack("<I", 28), struct.pack("<I", 9), 1), Malformed),
    ],
)
def test_damage_is_a_gap_beside_the_sound_ones(data, error):
    facts, failure = stated((f"{{{ID}}}", data), (f"{{{OTHER}}}", triggers(user())))
    assert [fact.value.task for fact in facts] == [OTHER]
    assert isinstance(failure, error)


def test_what_lies_beyond_the_limit_is_counted(monkeypatch):
    monkeypatch.setattr(module, "TASK_LIMIT", 1)
    facts, _ = stated((f"{{{ID}}}", triggers(user())), (f"{{{OTHER}}}", triggers(user())))
    assert [fact.value.left_out for fact in facts] == [1]


@given(some.integers(0, 200), some.binary(max_size=8))
@settings(max_examples=60, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(at, noise):
    data = triggers(user())
    stated((f"{{{ID}}}", data[:at] + noise + data[at + len(noise) :]))
