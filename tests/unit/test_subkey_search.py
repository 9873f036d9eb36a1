"""The search for a subkey: what is there is found and what is absent is told, by few reads where the list can be believed."""

import random
import struct

import pytest

from forensic.errors import Malformed
from forensic.model import upcase
from forensic.registry.hive import Hive
from tests.builders.hive import HiveBuilder, name_hash
from tests.builders.source import Bytes

MANY = [f"Key {number:05}" for number in range(0, 12_000, 2)]


def built(names, **options):
    hive = HiveBuilder(**options)
    for name in names:
        hive.key(f"many\\{name}")
    return hive.build()


def opened(data, *, thoroughly):
    source = Bytes(data)
    hive = Hive(source)
    hive.look(thoroughly=thoroughly)
    return hive.root.key("many"), source


@pytest.fixture(scope="module")
def crowded():
    return built(MANY)


@pytest.mark.parametrize("name", ["Key 00001", "Key 05555", "key 11999", "A", "zz", "Key", "Key 00000x", "\xe4"])
def test_an_absent_key_among_many_costs_a_few_reads(crowded, name):
    many, source = opened(crowded, thoroughly=False)
    before = source.requests
    assert many.find(name) is None
    quick = source.requests - before
    assert quick <= 40
    many, source = opened(crowded, thoroughly=True)
    assert many.find(name) is None
    assert source.requests > 5 * quick


@pytest.mark.parametrize("name", ["Key 00000", "KEY 05556", "key 11998", MANY[506], MANY[507], MANY[508]])
@pytest.mark.parametrize("thoroughly", [False, True])
def test_a_key_among_many_is_found(crowded, name, thoroughly):
    many, _ = opened(crowded, thoroughly=thoroughly)
    assert upcase(many.key(name).name) == upcase(name)


@pytest.mark.parametrize("list_kind", ["lf", "lh", "li", "ri"])
@pytest.mark.parametrize("thoroughly", [False, True])
@pytest.mark.parametrize("count", [1, 2, 16, 17, 100, 507, 508, 1100])
def test_every_kind_of_list_gives_the_same_answers(list_kind, thoroughly, count):
    chance = random.Random(count)
    names = {"".join(chance.choices("abAB\xe4\u0161\u4e00 01~_", k=chance.randint(1, 6))) for _ in range(3 * count)}
    unlike = list({upcase(name): name for name in sorted(names)}.values())[:count]
    many, _ = opened(built(unlike, list_kind=list_kind), thoroughly=thoroughly)
    there = {upcase(name) for name in unlike}
    for name in sorted(names | {name + "x" for name in unlike} | {name[:-1] for name in unlike if len(name) > 1}):
        found = many.find(name)
        assert (found is not None) == (upcase(name) in there), name
        assert found is None or upcase(found.name) == upcase(name)


def test_a_wrong_hint_hides_no_key_from_a_triage(monkeypatch):
    wrong = {MANY[3], MANY[2999], MANY[-1]}
    monkeypatch.setattr("tests.builders.hive.name_hash", lambda name: 0xFFFFFFFF if name in wrong else name_hash(name))
    data = built(MANY)
    for name in wrong:
        many, _ = opened(data, thoroughly=False)
        assert many.key(name).name == name
        assert many.tree.cells.problems[0].startswith("a hint in the list of subkeys is wrong, all names are compared instead, at offset")
        assert [problem.code for problem in many.tree.cells.noted] == [""]


def swapped(data, first, second):
    """Return a hive in whose lists two keys, with their hints, stand in each other's place."""
    changed = bytearray(data)
    places = []
    for name in (first, second):
        packed = struct.pack("<I", name_hash(name))
        (at,) = [at for at in range(len(data)) if data.startswith(packed, at)][:1]
        places.append(at - 4)
    one, other = places
    changed[one : one + 8], changed[other : other + 8] = data[other : other + 8], data[one : one + 8]
    return bytes(changed)


@pytest.mark.parametrize("name", [MANY[0], MANY[4000], MANY[-1]])
def test_a_key_out_of_its_order_is_found_by_a_full_examination(crowded, name):
    data = swapped(crowded, name, MANY[1500])
    many, _ = opened(data, thoroughly=True)
    assert many.key(name).name == name


def test_a_list_out_of_order_is_not_believed_by_a_triage(crowded):
    """What the bisection meets out of its place shows that order tells nothing here; then every name is compared."""
    middle = MANY[507 * ((len(MANY) // 507 + 1) // 2)]
    many, _ = opened(swapped(crowded, middle, MANY[-1]), thoroughly=False)
    assert many.key(MANY[-1]).name == MANY[-1]


def test_damage_that_may_hide_the_key_is_told_and_never_taken_for_its_absence(crowded):
    name = b"Key 06000"
    at = crowded.index(name) - 76
    assert crowded[at : at + 2] == b"nk"
    for thoroughly in (False, True):
        many, _ = opened(crowded[:at] + b"xx" + crowded[at + 2 :], thoroughly=thoroughly)
        with pytest.raises(Malformed, match="lacks the signature 'nk'"):
            many.find("Key 06000")


def test_a_list_with_wrong_hints_is_read_once_and_not_for_each_question(monkeypatch, crowded):
    monkeypatch.setattr("tests.builders.hive.name_hash", lambda _: 0xFFFFFFFF)
    for thoroughly in (False, True):
        many, source = opened(built(MANY), thoroughly=thoroughly)
        assert many.find("absent") is None
        first = source.requests
        for number in range(300):
            assert many.find(f"absent {number}") is None
        assert source.requests - first < 2000
        assert many.key(MANY[77]).name == MANY[77]


def test_a_damaged_list_is_read_once_and_its_damage_told_each_time(crowded):
    at = crowded.index(b"Key 06000") - 76
    many, source = opened(crowded[:at] + b"xx" + crowded[at + 2 :], thoroughly=True)
    with pytest.raises(Malformed):
        many.find("absent")
    first = source.requests
    for number in range(100):
        with pytest.raises(Malformed, match="lacks the signature 'nk'"):
            many.find(f"absent {number}")
    assert source.requests - first < 2000
    assert many.key(MANY[77]).name == MANY[77]


def test_answers_are_forgotten_when_the_search_becomes_thorough(crowded):
    many, _ = opened(crowded, thoroughly=False)
    assert many.find("absent") is None
    tree = many.tree
    assert tree.looked_up
    hive = Hive(Bytes(crowded))
    hive.look(thoroughly=False)
    assert hive.root.find("none") is None
    assert not hive.is_thorough
    hive.look(thoroughly=True)
    assert hive.is_thorough
    assert not hive.root.tree.looked_up
