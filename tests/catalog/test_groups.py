"""Groups: what is stored says what `compare` says over the same reports; constants, bounds, and judging anew."""

import msgspec
import pytest

from forensic import comparison
from forensic.catalog import constant, judging, rejudging
from forensic.catalog.catalog import open_catalog
from forensic.catalog.entry import entry_of
from forensic.catalog.grouping import Wanted, grouped, in_full, list_groups
from forensic.catalog.holders import identifier, identifiers
from forensic.catalog.merging import merge
from forensic.catalog.proposing import proposed
from forensic.catalog.record import Source
from forensic.comparison import compare
from forensic.errors import Malformed
from forensic.model import Identifier
from forensic.model.archive import Constant
from forensic.reasoning import KNOWLEDGE
from tests.catalog.conftest import asked, moved, stored


@pytest.fixture
def filled(catalog, reports):
    stored(catalog, reports, tags=("lab",))
    return catalog


def said_by_compare(reports, monkeypatch):
    monkeypatch.setattr(comparison, "EVERY_PAIR", 0)
    return compare(reports)


def as_paths(found, sources):
    return [(group.relation, [sources[member].path for member in group.members], group.collides) for group in found]


def test_groups_and_pairs_are_those_of_compare(filled, reports, monkeypatch):
    whole = said_by_compare(reports, monkeypatch)
    full = in_full(filled.store, grouped(filled.store))
    order = {one.path: number for number, one in enumerate(whole.sources)}
    mine = {tuple(sorted((order[full.sources[p.a].path], order[full.sources[p.b].path]))): p for p in full.pairs}
    theirs = {(p.a, p.b): p for p in whole.pairs}
    assert set(mine) <= set(theirs)
    members = [set(group.members) for group in whole.groups]
    assert {pair for pair in theirs if any(set(pair) <= some for some in members)} == set(mine)
    for at, pair in mine.items():
        assert msgspec.structs.replace(pair, a=at[0], b=at[1]) == theirs[at]
    assert sorted(as_paths(full.groups, full.sources)) == sorted(as_paths(whole.groups, whole.sources))
    assert any(group.suspected for group in full.groups)
    for group in full.groups:
        assert set(group.suspected) <= set(group.members)
        pairs = [pair for pair in full.pairs if pair.a in group.members and pair.b in group.members]
        assert group.judged is (len(pairs) == len(group.members) * (len(group.members) - 1) // 2)
    known = {(pair.a, pair.b): pair.relation for pair in filled.store.pairs()}
    assert sorted(known.values()) == sorted(pair.relation for pair in whole.pairs)


def test_the_tree_of_a_group_is_that_of_compare(filled, reports, monkeypatch):
    whole = said_by_compare(reports, monkeypatch)
    full = in_full(filled.store, grouped(filled.store))

    def edges(report):
        def named(node):
            one = next(each for each in report.forest.nodes if each.id == node)
            return (one.state, report.sources[one.source].path if one.source is not None else "", one.label)

        return sorted((named(edge.origin), named(edge.to), edge.label, str(edge.after), str(edge.before)) for edge in report.forest.edges)

    in_groups = {one.path for one in full.sources}
    assert edges(full) == [edge for edge in edges(whole) if edge[1][1] in in_groups]


def test_a_list_has_the_gravest_first_and_what_was_asked_for(filled):
    report = list_groups(filled.store)
    assert [group.number for group in report.groups] == list(range(1, report.found + 1))
    first = report.groups[0]
    assert (first.relation, first.policy, first.judged, first.tags) == ("duplicated-without-sysprep", "violation", True, ("lab",))
    assert first.collides[0].kind == "machine-sid"
    assert 2 <= first.collides[0].machines <= first.count
    assert first.parted_after < first.parted_before
    for wanted, holds in (
        (Wanted(frozenset({"violation"})), lambda group: group.policy == "violation"),
        (Wanted(frozenset({"generalized-siblings"})), lambda group: group.relation == "generalized-siblings"),
        (Wanted(since="2100"), lambda group: False),
        (Wanted(since="2020-01-01"), lambda group: True),
        (Wanted(tags=frozenset({"lab"})), lambda group: True),
        (Wanted(tags=frozenset({"other"})), lambda group: False),
    ):
        assert list_groups(filled.store, wanted).groups == tuple(filter(holds, report.groups))
    assert list_groups(filled.store, Wanted(limit=1)).groups == report.groups[:1]


def test_groups_are_kept_for_who_reads_by_sql(filled, reports):
    count = filled.keep_groups()
    found = grouped(filled.store)
    assert count == sum(len(one.group.members) for one in found) == filled.keep_groups()
    rows = asked(filled.store, "SELECT number, relation, installations FROM groups ORDER BY number")
    assert rows == [(one.number, one.group.relation, len(one.group.members)) for one in found]
    filled.store.forget([reports[0].source.path])
    assert filled.check() == []
    assert asked(filled.store, "SELECT count(*) FROM members") == [(count - 1,)]


def test_what_is_not_judged_yet_is_counted_and_judged_on_demand(catalog, reports, monkeypatch):
    monkeypatch.setattr(judging, "JUDGED", 1)
    copies = [moved(reports[0], f"/copy/{number}") for number in range(5)]
    monkeypatch.setattr(judging.Judging.compare, "__kwdefaults__", {"most": 1})
    stored(catalog, copies)
    (group,) = list_groups(catalog.store).groups
    assert (group.count, group.pairs, group.unjudged, group.judged) == (5, 4, 6, False)
    assert catalog.counts().unjudged == 6
    monkeypatch.undo()
    assert catalog.judge_pending() == 0
    assert catalog.judge_pending(unjudged=True) == 3
    (group,) = list_groups(catalog.store).groups
    assert (group.count, group.pairs, group.unjudged, group.judged) == (5, 10, 0, True)
    full = in_full(catalog.store, grouped(catalog.store))
    assert full.groups[0].judged


def test_a_group_of_which_few_pairs_are_known_has_a_tree_all_the_same(catalog, reports, monkeypatch):
    """A copy that was judged against the second of two same acquisitions alone."""
    monkeypatch.setattr(judging.Judging.compare, "__kwdefaults__", {"most": 1})
    stored(catalog, [reports[0], moved(reports[0], "/again"), reports[1], moved(reports[0], "/third"), moved(reports[1], "/fourth")])
    full = in_full(catalog.store, grouped(catalog.store))
    assert len(full.groups) == 1
    assert len(full.pairs) == 4
    assert {node.source for node in full.forest.nodes if node.state == "active"} == {0, 1, 2, 3, 4}
    assert not full.groups[0].judged


def test_an_image_that_changed_is_in_no_group_of_what_it_was(filled, reports, families):
    path = reports[0].source.path
    filled.offer([Source(path, "2")])
    (job,) = filled.lease(1, "me", 60)
    stranger = moved(families["strangers"][1], path)
    assert filled.done(job, stranger)
    (state,) = filled.store.states_of(filled.store.image_of(path).id)
    (twin,) = filled.store.states_of(filled.store.image_of("/evidence/strangers-b.E01").id)
    with_whom = {pair.a + pair.b - state.id: pair.relation for pair in filled.store.pairs_of(state.id)}
    assert with_whom.pop(twin.id) == "same-acquisition"
    assert set(with_whom.values()) <= {"unrelated", "same-media", "undetermined"}


def test_rejudging_gives_what_a_fresh_examination_gives(catalog_url, reports):
    old = [msgspec.structs.replace(one, tool=msgspec.structs.replace(one.tool, knowledge="2001-01-01")) for one in reports[:4]]
    wrong = [
        msgspec.structs.replace(
            one,
            installations=tuple(
                msgspec.structs.replace(each, verdict=msgspec.structs.replace(each.verdict, history="sid-changed"))
                for each in one.installations
            ),
        )
        for one in old
    ]
    with open_catalog(catalog_url) as catalog:
        stored(catalog, wrong, compare=False)
        states = [one.id for one in catalog.store.states()]
        done = rejudging.rejudge_all(catalog.store, processes=2)
        assert (done.reports, done.changed, done.damaged, done.states) == (4, 4, 0, 4)
        assert [one.id for one in catalog.store.states()] == states
        for report in reports[:4]:
            assert catalog.report(report.source.path) == report
        assert rejudging.rejudge_all(catalog.store, processes=1) == (0, 0, 0, 0)
        assert catalog.counts().uncompared == 0
        assert {pair.knowledge for pair in catalog.store.pairs()} == {KNOWLEDGE}
        assert rejudging.rejudge_all(catalog.store, processes=1, everything=True).reports == 4
        assert catalog.check() == []


def test_a_pair_is_judged_by_one_knowledge_whatever_its_reports_were_judged_by(catalog, reports):
    old = msgspec.structs.replace(reports[1], tool=msgspec.structs.replace(reports[1].tool, knowledge="2001-01-01"))
    (one, *rest) = old.installations
    wrong = msgspec.structs.replace(one, verdict=msgspec.structs.replace(one.verdict, history="sid-changed"))
    stored(catalog, [reports[0], msgspec.structs.replace(old, installations=(wrong, *rest))])
    (pair,) = compare(reports[:2]).pairs
    (row,) = catalog.store.pairs()
    assert (row.relation, row.direction, row.strength) == (pair.relation, pair.direction, pair.strength)


# Constants.


def test_a_value_that_strangers_share_is_proposed_and_then_counts_no_more(catalog, families):
    """Strangers in life, and one value in all of them."""
    one = families["strangers"][1]
    first = one.installations[0]
    value = next(fact for fact in first.facts if fact.kind == "sus-client-id")
    bare = [fact for fact in first.facts if fact.kind == "computer-name"]
    made = []
    for number in range(25):
        facts = (*bare, value)
        alone = msgspec.structs.replace(
            first, facts=facts, machine_sid=None, domain_sid=None, computer_name=f"PC-{number}", earlier_states=(), accounts=(), profiles=()
        )
        made.append(moved(msgspec.structs.replace(one, installations=(alone,)), f"/vendor/{number}"))
    stored(catalog, made)
    text = str(value.value)
    related = len(grouped(catalog.store))
    found = list(proposed(catalog.store, strangers=0 if related else 20))
    assert [(each.namespace, each.value, each.count) for each in found] == [("sus-client-id", text, 25)]
    read = constant.read("".join(constant.written(found)))
    assert set(read) == {("sus-client-id", text)}
    assert catalog.use_constants(read) == 1
    assert list(catalog.store.pairs()) == []
    assert catalog.counts().uncompared == 0
    assert list(proposed(catalog.store, strangers=0)) == []
    assert catalog.use_constants({}) == 1
    assert len(list(catalog.store.pairs())) > 20


def test_a_report_without_its_constants_has_no_trace_of_them(reports):
    sid = reports[0].installations[0].machine_sid
    bare = constant.without(reports[0], {("machine-sid", str(sid))})
    assert bare.installations[0].machine_sid is None
    assert all(one.text != str(sid) or one.standing == "former" for state in entry_of(bare).states for one in state.identifiers)
    assert constant.without(reports[0], {("machine-sid", "S-1-5-21-9-9-9")}) is reports[0]
    assert constant.without(reports[0], ()) is reports[0]


def test_constants_come_back_whatever_is_in_them():
    given = [Constant("agent-id", "a\tb\\t\n\r\\", 3, 4), Constant("machine-guid", "# not a remark", 30, 40)]
    assert set(constant.read("".join(constant.written(given)))) == {(one.namespace, one.value) for one in given}


@pytest.mark.parametrize("line", ["machine-guid", "machine-guid\t", "no-such-kind\tx", "machine-guid x"])
def test_a_line_that_is_no_constant_is_named(line):
    with pytest.raises(Malformed, match="line 2"):
        constant.read(f"# head\n{line}\n")


# Merging.


def test_two_archives_become_one(tmp_path, reports):
    with open_catalog(str(tmp_path / "a.db")) as one, open_catalog(str(tmp_path / "b.db")) as other:
        stored(one, [*reports[:2], reports[4]])
        stored(other, [*reports[2:4], reports[4]], tags=("laptop",))
        other.offer([Source("/waits", "1")])
        done = merge(one.store, other.store)
        assert (done.taken, done.same, done.waiting, done.damaged) == (2, 1, 1, 0)
        assert merge(one.store, other.store).taken == 0
        one.judge_pending()
        with open_catalog(str(tmp_path / "c.db")) as whole:
            stored(whole, [*reports[:2], reports[4], *reports[2:4]])
            assert [group.relation for group in list_groups(one.store).groups] == [g.relation for g in list_groups(whole.store).groups]
            assert sorted(p.relation for p in one.store.pairs()) == sorted(p.relation for p in whole.store.pairs())
        assert one.store.image_of(reports[2].source.path).tags == ("laptop",)
        assert one.check(reports=True) == []


# What is asked for by a value alone.


@pytest.mark.parametrize(
    ("text", "namespace", "value"),
    [
        ("machine-sid=S-1-5-21-1-2-3", "machine-sid", "S-1-5-21-1-2-3"),
        ("machine-sid= s-1-5-21-1-2-3-1001 ", "machine-sid", "S-1-5-21-1-2-3"),
        ("former-sid=S-1-5-21-1-2-3", "machine-sid", "S-1-5-21-1-2-3"),
        ("domain-sid=S-1-5-21-1-2-3", "domain-sid", "S-1-5-21-1-2-3"),
        ("machine-guid={6E2C3F0A-5B1D-4C7E-9A8F-0D1E2F3A4B5C}", "machine-guid", "6e2c3f0a-5b1d-4c7e-9a8f-0d1e2f3a4b5c"),
        ("machine-guid-prefix={6E2C3F0A-5B1D-0000-9A8F-0D1E2F3A4B5C}", "machine-guid-prefix", "6e2c3f0a"),
        ("MSA-Device-ID=0018400FD2A1C3E5", "msa-device-id", "0018400fd2a1c3e5"),
    ],
)
def test_values_are_spelled_as_reports_spell_them(text, namespace, value):
    assert identifier(text) == Identifier(namespace, value, "current")


@pytest.mark.parametrize(
    "text", ["machine-sid", "machine-sid=", "machine-sid=x", "no-such=1", "computer-name=PC", "machine-guid=1", "machine-guid-prefix=12"]
)
def test_what_is_no_identifier_is_refused(text):
    with pytest.raises(Malformed):
        identifier(text)


def test_a_list_of_values_is_csv():
    text = "\ufeffnamespace,value,note\r\nmachine-sid,S-1-5-21-1-2-3,from DC1\r\n# remark\r\n\r\nmachine-guid-prefix=deadbeef\r\n"
    assert [one.text for one in identifiers(text)] == ["S-1-5-21-1-2-3", "deadbeef"]
    with pytest.raises(Malformed, match="line 2"):
        identifiers("machine-sid,S-1-5-21-1-2-3\nmachine-sid,oops\n")
