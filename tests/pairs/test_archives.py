"""Many states at once: the groups, and the family tree with its copies of copies and masters that nobody has seen."""

import msgspec
import pytest

from forensic.comparison import compare
from forensic.model import FileTime, ImageReport
from tests.builders.world import DAY, HOUR
from tests.pairs.families import lived, pair_of
from tests.scenarios.histories import begun


class Yard:
    """A master, and what is made of it."""

    def __init__(self, era):
        self.base, self.start = begun(7, era, users=2)
        self.sealed = self.base.copy().generalize(self.day(210))

    def day(self, number):
        return FileTime(self.start + number * DAY)

    def computer(self):
        return self.base.world.computer("Fabrikam", "Tower 9", oui="00:1a:a0")

    def sibling(self, number, until=400):
        booted = self.sealed.copy().boot(self.computer(), FileTime(self.day(230 + number) + number * HOUR), name=f"SIB-{number:02}")
        return lived(booted, self.day(232 + number), self.day(until + number), 50 + number)

    def clone(self, of, day, name, until=500):
        booted = of.copy().boot(self.computer(), self.day(day)).rename(name, FileTime(self.day(day) + HOUR))
        return lived(booted, self.day(day + 1), self.day(until), day)


def edges_of(compared):
    return {(edge.origin, edge.to, edge.label) for edge in compared.forest.edges}


@pytest.mark.parametrize("era", ["7", "10", "2025"])
def test_of_twelve_siblings_the_one_that_was_not_generalized_is_found(report_of, era):
    yard = Yard(era)
    lives = [yard.sibling(number) for number in range(11)] + [yard.clone(yard.base, 215, "BAD")]
    compared = compare(report_of(life) for life in lives)
    (group,) = compared.groups
    assert group.members == tuple(range(12))
    assert group.suspected == ()
    assert edges_of(compared) == {("m0", f"n{number}", "generalized") for number in range(11)} | {("m0", "n11", "not generalized")}
    told = [pair for pair in compared.pairs if pair.b == 11]
    assert {pair.policy for pair in told} == {"undetermined"}
    assert all("BAD has no CloneTag but its media's" in pair.summary for pair in told)
    assert all("with the master" in pair.remedies[0] for pair in told)
    assert {pair.relation for pair in compared.pairs if pair.b != 11} == {"generalized-siblings"}
    with_master = compare([report_of(lived(yard.base.copy(), yard.day(201), yard.day(300), 9)), report_of(lives[-1])])
    assert [pair.relation for pair in with_master.pairs] == ["duplicated-without-sysprep"]


def test_a_clone_among_siblings_is_named_with_its_original_and_nobody_else(report_of):
    yard = Yard("10")
    siblings = [yard.sibling(number) for number in range(4)]
    lives = [*siblings[:3], lived(siblings[3].copy(), yard.day(440), yard.day(510), 9), yard.clone(siblings[3], 450, "SIB-03B")]
    compared = compare(report_of(life) for life in lives)
    (group,) = compared.groups
    assert (group.members, group.suspected, group.relation) == ((0, 1, 2, 3, 4), (3, 4), "duplicated-without-sysprep")
    assert ("n3", "n4", "not generalized") in edges_of(compared)
    assert {(pair.a, pair.b) for pair in compared.pairs if pair.policy == "violation"} == {(3, 4)}


@pytest.mark.parametrize("era", ["xp", "7", "10", "2025"])
def test_a_copy_of_a_copy_hangs_below_the_copy(report_of, era):
    yard = Yard(era)
    first = yard.clone(yard.base, 210, "PC-B", until=300)
    lives = lived(yard.base.copy(), yard.day(201), yard.day(500), 8), lived(first.copy(), yard.day(301), yard.day(500), 9)
    compared = compare([*map(report_of, lives), report_of(yard.clone(first, 310, "PC-C"))])
    assert {pair.relation for pair in compared.pairs} == {"duplicated-without-sysprep"}
    assert edges_of(compared) == {("n0", "n1", "not generalized"), ("n1", "n2", "not generalized")}
    one, other = compared.forest.edges
    assert one.after < other.after
    assert compared.groups[0].members == (0, 1, 2)


@pytest.mark.parametrize("era", ["xp", "7", "10", "2025"])
def test_a_master_that_nobody_has_seen_is_a_node_of_its_own(report_of, era):
    yard = Yard(era)
    compared = compare([report_of(yard.clone(yard.base, 205 + 6 * number, f"PC-{number}")) for number in range(3)])
    (missing,) = [node for node in compared.forest.nodes if node.state == "missing-master"]
    assert missing.label == "master (not seen)"
    assert edges_of(compared) == {(missing.id, f"n{number}", "not generalized") for number in range(3)}


def test_states_of_one_machine_have_an_earlier_state_above_them_and_no_master(report_of):
    yard = Yard("10")
    restored = [lived(yard.base.copy(), yard.day(begin), yard.day(begin + 60), begin) for begin in (201, 262)]
    compared = compare([report_of(life) for life in restored])
    assert [node.label for node in compared.forest.nodes if node.source is None] == ["earlier state (not seen)"]


def test_a_seal_joins_siblings_whose_users_and_keys_tell_nothing(report_of):
    yard = Yard("10")
    compared = compare([report_of(yard.sibling(number)) for number in range(4)])
    assert [group.members for group in compared.groups] == [(0, 1, 2, 3)]


@pytest.mark.parametrize("hive", ["SAM", "SECURITY", "SOFTWARE", "SYSTEM"])
def test_a_hive_that_is_lost_on_one_side_acquits_nobody(report_of, hive):
    yard = Yard("10")
    clone = yard.clone(yard.base, 210, "PC-COPY")
    whole = report_of(lived(yard.base.copy(), yard.day(201), yard.day(400), 8))
    drive = clone.drive()
    (path,) = [path for path in drive if path.endswith(f"config/{hive}")]
    damaged = bytearray(drive[path])
    damaged[4096:8192] = bytes(4096)
    clone.drive = lambda: drive | {path: bytes(damaged)}
    pair = pair_of(whole, report_of(clone))
    assert pair.policy in ("violation", "suspect"), pair.summary
    assert pair.strength == "indicated"


def test_a_side_from_before_the_material_for_comparing_still_convicts(report_of):
    yard = Yard("10")
    a, b = (report_of(life) for life in (lived(yard.base.copy(), yard.day(201), yard.day(400), 8), yard.clone(yard.base, 210, "PC-COPY")))
    material = {"registry-history", "event-checkpoint", "machine-activity", "text-log-prefix", "usn-checkpoint", "mft-sample"}
    (one,) = a.installations
    old = msgspec.structs.replace(one, facts=tuple(fact for fact in one.facts if fact.kind not in material), extraction={})
    saved = ImageReport.from_json(msgspec.structs.replace(a, installations=(old,), schema_minor=1).to_json())
    pair = pair_of(saved, b)
    assert pair.policy in ("violation", "suspect"), pair.summary
    assert pair.lineage in ("strong", "proven")
    assert pair.fork.after is None or pair.fork.brackets


def test_the_groups_and_the_tree_of_a_whole_archive(examined):
    found = examined("10")
    reports = [found["siblings"][1], found["siblings"][2], found["master and sibling"][1], found["strangers"][2]]
    compared = compare(reports)
    assert [group.members for group in compared.groups] == [(0, 1, 2)]
    assert compared.groups[0].relation == "generalized-siblings"
    assert {(edge.origin, edge.to, edge.label) for edge in compared.forest.edges} == {
        ("n2", "n0", "generalized"), ("n2", "n1", "generalized"),
    }  # fmt: skip
    orphans = compare(reports[:2])
    (missing,) = [node for node in orphans.forest.nodes if node.state == "missing-master"]
    assert {(edge.origin, edge.to) for edge in orphans.forest.edges} == {(missing.id, "n0"), (missing.id, "n1")}


def test_the_same_content_twice_is_one_place_in_the_tree(examined):
    found = examined("10")
    first, second = found["siblings"][1:]
    compared = compare([first, second, second])
    (group,) = compared.groups
    (missing,) = [node for node in compared.forest.nodes if node.state == "missing-master"]
    assert group.members == (0, 1, 2)
    assert {(edge.origin, edge.to, edge.label) for edge in compared.forest.edges} == {
        (missing.id, "n0", "generalized"), (missing.id, "n1", "generalized"), ("n1", "n2", "same"),
    }  # fmt: skip
    (pair,) = compare([first, first]).pairs
    assert pair.relation == "same-acquisition"
    assert not [node for node in compare([first, first]).forest.nodes if node.state == "missing-master"]
