"""Optional parts: None where absent, a failure kept back where damaged."""

import pytest

from forensic.artifacts.optional_values import Deferred, OptionalValues, unix_time
from forensic.errors import Malformed, NotFound, Unreadable
from tests.artifacts.reading import open_hive
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_SZ, HiveBuilder


def key(*values):
    hive = HiveBuilder()
    hive.key("K")
    for value in values:
        hive.value("K", *value)
    return open_hive(hive).key("K")


def test_absent_parts_are_none_and_no_failure():
    parts = OptionalValues(key())
    assert [parts.text("a"), parts.first_text("a"), parts.number("a"), parts.guid("a"), parts.unix_time("a")] == [None] * 5
    parts.settle()


def test_sound_parts_are_given():
    spelled = "5f3f359e-9d52-4566-9bec-37efdfb25abe"
    parts = OptionalValues(key(("t", REG_SZ, "x"), ("l", REG_MULTI_SZ, ["y", "z"]), ("n", REG_DWORD, 7), ("g", REG_SZ, f"{{{spelled}}}")))
    assert [parts.text("t"), parts.first_text("l"), parts.number("n"), parts.guid("g")] == ["x", "y", 7, spelled]
    parts.settle()


@pytest.mark.parametrize("read", ["text", "first_text", "number", "guid", "unix_time"])
def test_a_damaged_part_is_none_and_settles_as_a_failure(read):
    parts = OptionalValues(key(("bad", REG_BINARY, b"\x01")))
    assert getattr(parts, read)("bad") is None
    with pytest.raises(Malformed):
        parts.settle()


@pytest.mark.parametrize(("errors", "kind", "text"), [
    ([NotFound("a"), NotFound("b")], NotFound, "a"),
    ([NotFound("a"), Malformed("b"), NotFound("c")], Malformed, "b"),
    ([Malformed("a"), NotFound("b"), Unreadable("c"), Malformed("d")], Malformed, "a; 2 more could not be read"),
])  # fmt: skip
def test_the_first_damage_is_raised_with_the_number_of_further_ones(errors, kind, text):
    failures = Deferred()
    for error in errors:
        with failures:
            raise error
    for _ in range(2):
        with pytest.raises(kind) as raised:
            failures.settle()
        assert str(raised.value) == text


def test_what_is_no_failure_of_evidence_passes_at_once():
    failures = Deferred()
    with pytest.raises(ZeroDivisionError), failures:
        raise ZeroDivisionError
    failures.settle()


def test_seconds_before_1990_are_no_time():
    numbers = key(("old", REG_DWORD, 812456), ("new", REG_DWORD, 1289408803))
    assert unix_time(numbers.value("old")) is None
    assert str(unix_time(numbers.value("new"))) == "2010-11-10T17:06:43.0000000Z"
