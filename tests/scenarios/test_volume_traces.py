"""What volumes remember of lives is read as it was lived."""

import pytest

from forensic.artifacts.collector import collect
from forensic.artifacts.identity.former_sid import FORMER_SID
from forensic.artifacts.identity.machine_key import MACHINE_KEY_FILE
from forensic.artifacts.identity.task_identity import TASK_IDENTITY
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.logs.amcache import DEVICE_CENSUS, OOBE_TIME
from forensic.artifacts.logs.execution import EXECUTION_TRACE
from forensic.artifacts.storage.bcd import BCD_DEVICE
from forensic.artifacts.storage.link_tracker import LINK_TRACKER
from forensic.artifacts.storage.usn_journal import USN_JOURNAL
from forensic.artifacts.users.dpapi import DPAPI_MASTER_KEY
from forensic.model import FactSet
from forensic.sources.collection import propose_in_collection
from forensic.volumes.directory import DirectoryTree
from tests.builders.world import RELEASES, Life, World
from tests.builders.world_volume import MEDIA, traces

ERAS = sorted(era for era, release in RELEASES.items() if release.nt >= (5, 0))


@pytest.fixture
def facts(tmp_path):
    def read(life, **former):
        for path, content in {**life.files(), **traces(life, **former)}.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        (installation,) = [
            one for one in propose_in_collection(DirectoryTree(tmp_path), earlier_states=False).installations if one.system_root
        ]
        return FactSet(collect(installation, strict=True).facts)

    return read


def lived(era):
    world = World(5)
    first = world.computer("Contoso", "Desk 3", gpt=RELEASES[era].nt >= (10, 0))
    life = Life(world, RELEASES[era]).install(first, "2024-06-01T09:00:00Z", name="PC-ONE").add_user("ann", "2024-06-01T10:00:00Z")
    return life, first, world.computer("Fabrikam", "Book 9")


@pytest.mark.parametrize("era", ERAS)
def test_a_copy_remembers_the_machine_it_was_made_from(facts, era):
    life, first, second = lived(era)
    life.boot(second, "2024-08-01T08:00:00Z")
    found = facts(life)
    sids = {(fact.value.where, fact.value.prefix) for fact in found.of(FORMER_SID) if not is_media_sid(fact.value.prefix)}
    assert {prefix for _, prefix in sids} == {life.state.sid, MEDIA[1]}
    places = {"security-descriptor", "recycle-bin", "dpapi-folder"} | ({"task"} if life.release.nt >= (6, 0) else set())
    assert {where for where, prefix in sids if prefix == life.state.sid} == places
    assert [fact.value.guid for fact in found.of(MACHINE_KEY_FILE)] == [life.state.machine_guid]
    assert [fact.value.folder for fact in found.of(DPAPI_MASTER_KEY)] == [f"{life.state.sid}-{life.state.users[0].rid}"]
    assert {fact.value.mac for fact in found.of(LINK_TRACKER)} == {first.mac, second.mac}
    (journal,) = found.of(USN_JOURNAL)
    assert journal.value.id < life.state.specialized
    assert journal.value.last_record <= life.state.last_use
    assert found.of(EXECUTION_TRACE) == ()
    if life.release.nt >= (6, 0):
        assert {(fact.value.disk_guid, fact.value.disk_signature) for fact in found.of(BCD_DEVICE)} == {
            (first.disk.guid, None if first.disk.guid else f"{first.disk.signature:08x}")
        }
        assert [fact.value.computer for fact in found.of(TASK_IDENTITY)] == ["PC-ONE"]
    if life.release.nt >= (10, 0):
        assert [fact.value.model for fact in found.of(DEVICE_CENSUS)] == ["Book 9"]
        assert abs(found.first(OOBE_TIME).value - life.state.finished) < 10_000


@pytest.mark.parametrize("era", [era for era in ERAS if not RELEASES[era].server])
def test_a_changed_sid_leaves_the_former_one_where_it_named_things(facts, era):
    life, _, second = lived(era)
    former = life.state.sid
    life.boot(second, "2024-08-01T08:00:00Z").change_sid("2024-08-02T08:00:00Z")
    found = facts(life, former=[former])
    where = {fact.value.where for fact in found.of(FORMER_SID) if fact.value.prefix == former}
    assert {"security-descriptor", "recycle-bin", "dpapi-folder"} <= where
    tools = {(fact.value.tool, fact.value.runs) for fact in found.of(EXECUTION_TRACE)}
    assert tools == ({("NewSID", 1)} if life.release.nt >= (5, 1) else set())


@pytest.mark.parametrize("era", [era for era in ERAS if RELEASES[era].nt >= (6, 0) and not RELEASES[era].server])
def test_a_sealed_master_leaves_its_partition_to_be_searched_for(facts, era):
    life, _, _ = lived(era)
    found = facts(life.generalize("2024-07-01T10:00:00Z"))
    assert {fact.value.scheme for fact in found.of(BCD_DEVICE)} == {"locate"}
    assert [(fact.value.tool, fact.value.last_runs) for fact in found.of(EXECUTION_TRACE)] == [("Sysprep", (life.state.tag,))]


def test_windows_nt_4_remembers_none_of_it():
    life = Life(World(1), RELEASES["nt4"]).install(World(1).computer(), "1998-06-01T09:00:00Z")
    assert traces(life) == {}
