"""The world's registry: what a life adds is what the artifacts state."""

import pytest

from forensic.artifacts.hardware.device_generation import device_generation
from forensic.artifacts.identity.lsa_secret import cached_logon, lsa_key_list, lsa_secret
from forensic.artifacts.logs.registry_history import overlap, system_history
from forensic.artifacts.network.network_profile import network_profile
from forensic.artifacts.products.msdtc import dtc_cid
from forensic.artifacts.users.program_run import user_assist
from tests.artifacts.reading import open_hive, state
from tests.builders.world import RELEASES, Life, World
from tests.builders.world_registry import add

ASSIST = r"Software\Microsoft\Windows\CurrentVersion\Explorer\UserAssist"
ENUM = r"ControlSet001\Enum"


def hives(life):
    builders = {"SYSTEM": life._system(), "SOFTWARE": life._software(), "SECURITY": life._security()}
    builders |= {f"NTUSER {user.name}": life._ntuser(user) for user in life.state.users}
    add(builders, life)
    return {name: open_hive(builder, name) for name, builder in builders.items()}


def installed(era, seed=5):
    world = World(seed)
    life = Life(world, RELEASES[era]).install(world.computer("Contoso", "Desk 3"), "2021-03-02T09:10:00Z")
    return world, life.add_user("ann", "2021-03-02T09:40:00Z").use("2021-09-01T16:00:00Z")


def secrets(opened):
    return {fact.value.sha256 for fact in state(lsa_secret, opened["SECURITY"], r"Policy\Secrets")[0]}


@pytest.mark.parametrize("era", ["xp", "7", "10", "11"])
def test_an_installation_has_one_generation_and_a_moved_one_two(era):
    world, life = installed(era)
    facts, failure = state(device_generation, hives(life)["SYSTEM"], ENUM)
    assert failure is None
    assert [len(fact.value.chipset) for fact in facts] == [6]
    life.boot(world.computer("Fabrikam", "Server 9"), "2021-09-02T08:00:00Z").use("2021-12-01T12:00:00Z")
    first, second = (fact.value for fact in state(device_generation, hives(life)["SYSTEM"], ENUM)[0])
    assert not set(first.chipset) & set(second.chipset)
    assert first.last < second.first
    assert len(first.network) == len(second.network) == len(second.processors) == len(second.volumes) == 1


def test_a_move_to_the_same_model_brings_a_card_and_a_volume_but_no_chipset():
    world, life = installed("10")
    life.boot(world.computer("Contoso", "Desk 3"), "2021-09-02T08:00:00Z")
    first, second = (fact.value for fact in state(device_generation, hives(life)["SYSTEM"], ENUM)[0])
    assert (len(first.chipset), second.chipset) == (6, ())
    assert first.network[0].id == second.network[0].id
    assert len(second.volumes) == 1


def test_a_generalize_leaves_one_generation_and_gives_new_secrets_and_identifiers():
    world, life = installed("10")
    before = hives(life)
    life.generalize("2021-09-01T17:00:00Z").boot(world.computer("Fabrikam", "Server 9"), "2021-09-02T08:00:00Z")
    after = hives(life)
    assert len(state(device_generation, after["SYSTEM"], ENUM)[0]) == 1
    assert not secrets(before) & secrets(after)
    for read, hive, path in (
        (dtc_cid, "SOFTWARE", "Classes"),
        (network_profile, "SOFTWARE", r"Microsoft\Windows NT\CurrentVersion\NetworkList\Profiles"),
        (lsa_key_list, "SECURITY", "Policy"),
    ):
        (one,), (other,) = (state(read, opened[hive], path)[0] for opened in (before, after))
        assert one.value != other.value


@pytest.mark.parametrize("era", ["xp", "7", "10"])
def test_a_sid_changer_keeps_secrets_and_leaves_its_run(era):
    _, life = installed(era)
    before = secrets(hives(life))
    life.change_sid("2021-10-01T10:00:00Z")
    opened = hives(life)
    assert secrets(opened) == before
    (fact,), _ = state(user_assist, opened["NTUSER ann"], ASSIST)
    assert (fact.value.tool, fact.value.runs, fact.value.last_run) == ("NewSID", 1, life.state.sid_written)


def test_a_domain_member_has_a_cached_logon():
    world, life = installed("10")
    life.join("CONTOSO", "contoso.example", world.sid(), "2021-04-01T09:00:00Z")
    assert state(cached_logon, hives(life)["SECURITY"], "Cache")[0][0].value.used == 1


def test_an_upgrade_writes_the_devices_anew():
    _, life = installed("8.1")
    life.upgrade(RELEASES["10"], "2022-05-01T10:00:00Z").use("2022-06-01T10:00:00Z")
    (fact,), _ = state(device_generation, hives(life)["SYSTEM"], ENUM)
    assert fact.value.first == life.state.specialized


def test_histories_of_copies_bracket_their_separation():
    world, life = installed("10")
    clone = life.copy()
    clone.boot(world.computer("Fabrikam", "Server 9"), "2021-09-02T08:00:00Z").use("2022-01-01T08:00:00Z")
    life.use("2022-02-01T08:00:00Z")
    one, other = (state(system_history, hives(copy)["SYSTEM"], "")[0][0].value for copy in (life, clone))
    shared = overlap(one, other, life.state.specialized)
    assert shared.equal_since > 0
    assert shared.after < shared.before
