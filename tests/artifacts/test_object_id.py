"""Object ids."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.storage.object_id import NODE_LIMIT, object_id
from forensic.containers import open_image
from forensic.errors import ForensicError, Malformed, NotFound
from forensic.model import FileTime, Guid, Locator
from forensic.volumes.disk import open_disk
from forensic.volumes.view_index import read_view
from tests.artifacts.reading import read_all
from tests.builders.world import World
from tests.builders.world_volume import object_entry, object_index

TIME, DAY = FileTime.from_iso("2021-03-02T09:10:00.0000000Z"), 864_000_000_000
OLD, NEW = "00:0b:db:63:5b:d4", "3c:52:82:00:00:01"
VOLUME, OTHER = Guid("01234567-89ab-4def-8123-456789abcdef"), Guid("11234567-89ab-4def-8123-456789abcdef")


class ObjectIds:
    """The file `$Extend/$ObjId` with an index of these bytes."""

    path, place = "$Extend/$ObjId", Locator(volume="p1", file="$Extend/$ObjId")

    def __init__(self, root, blocks=b""):
        self.root, self.blocks = root, blocks

    def index(self, name):
        assert name == "$O"
        return read_view(self.path, self.root, lambda offset, size: self.blocks[offset : offset + size], len(self.blocks), 4096)


def entries(count=1, mac=OLD, time=TIME):
    world = World()
    return [object_entry(world.guid_v1(time + number * DAY, mac)) for number in range(count)]


@pytest.mark.parametrize("count", [1, 20, 21, 22, 400])
def test_addresses_are_counted_with_the_times_of_their_ids(count):
    file = ObjectIds(*object_index([*entries(count), *entries(1, NEW, TIME + 900 * DAY)]))
    facts, failure = read_all(object_id, file)
    assert failure is None
    assert [(fact.value.mac, fact.value.count) for fact in sorted(facts, key=lambda fact: fact.value.mac)] == [(OLD, count), (NEW, 1)]
    old = next(fact.value for fact in facts if fact.value.mac == OLD)
    assert 0 <= old.first - TIME < DAY
    assert 0 <= old.last - (TIME + (count - 1) * DAY) < DAY
    assert str(facts[0].place) == "p1 > $Extend/$ObjId:$O"


def test_the_volume_and_the_volumes_of_birth_are_stated():
    own = World().guid_v1(TIME, OLD)
    pairs = [object_entry(VOLUME, record=3), object_entry(own, birth=OTHER), object_entry(World(2).guid_v1(TIME, OLD), birth=VOLUME)]
    facts, failure = read_all(object_id, ObjectIds(*object_index(pairs)))
    assert failure is None
    assert [(fact.kind, getattr(fact.value, "id", fact.value)) for fact in facts if fact.kind != "object-id-mac"] == [
        ("volume-object-id", VOLUME),
        ("birth-volume", VOLUME),
        ("birth-volume", OTHER),
    ]


def test_an_empty_index_is_not_found():
    facts, failure = read_all(object_id, ObjectIds(*object_index([])))
    assert (facts, type(failure)) == ([], NotFound)


def test_a_damaged_block_loses_only_its_own_entries():
    root, blocks = object_index(entries(400))
    facts, failure = read_all(object_id, ObjectIds(root, blocks[:510] + b"\xee\xee" + blocks[512:]))
    assert isinstance(failure, Malformed)
    (fact,) = facts
    assert fact.value.count == 380
    (fact,), failure = read_all(object_id, ObjectIds(root))
    assert fact.value.count == 19
    assert isinstance(failure, Malformed)


def test_more_addresses_than_the_limit_are_cut_and_told():
    world = World()
    pairs = [object_entry(world.guid_v1(TIME, f"3c:52:82:00:{number >> 8:02x}:{number & 255:02x}")) for number in range(NODE_LIMIT + 1)]
    facts, failure = read_all(object_id, ObjectIds(*object_index(pairs)))
    assert len(facts) == NODE_LIMIT
    assert isinstance(failure, Malformed)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_ends_in_facts_or_forensic_errors(data):
    root, blocks = map(bytearray, object_index(entries(60)))
    for target in (root, blocks):
        for _ in range(data.draw(st.integers(0, 4))):
            at = data.draw(st.integers(0, len(target) - 1))
            target[at] = data.draw(st.integers(0, 255))
    _, failure = read_all(object_id, ObjectIds(bytes(root[: data.draw(st.integers(0, len(root)))]), bytes(blocks)))
    assert failure is None or isinstance(failure, ForensicError)


@pytest.mark.parametrize(
    ("name", "mac", "count", "first"),
    [
        ("images/plaso-usnjrnl.qcow2", "52:54:00:6c:46:3d", 2, "2015-11-30T21:15"),
        ("images/velociraptor-test.vhdx", "00:0c:29:4e:51:e8", 7, "2024-05-22T00:00:23"),
    ],
)
def test_real_volumes_tell_the_card_of_the_machine_that_used_them(real, name, mac, count, first):
    image = open_image(str(real(name)))
    (volume,) = open_disk(image, image.sector_size).volumes
    (fact,), failure = read_all(object_id, volume.tree.open("$Extend/$ObjId"))
    assert (fact.value.mac, fact.value.count, failure) == (mac, count, None)
    assert str(fact.value.first).startswith(first)
    image.close()
