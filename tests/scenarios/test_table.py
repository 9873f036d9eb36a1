"""The hypothesis table: what it makes of two states whose history is known, because they were made."""

import pytest

from forensic import examine
from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY
from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.identity.machine_sid import MACHINE_SID, SAM_DOMAIN_CREATED
from forensic.artifacts.products.msdtc import DTC_CID, DtcIdentity
from forensic.artifacts.products.windows_update import SUS_CLIENT_ID
from forensic.artifacts.setup.setup_progress import SETUP_TIMER, SetupTimer
from forensic.artifacts.setup.windows_release import INSTALL_DATE
from forensic.model import KINDS, Basis, Change, FactSet, FileTime, Guid, Sid
from forensic.reasoning.table import BACKGROUND, COLUMNS, NEVER, SPECIALIZED, TIME, State, compare
from tests.builders.facts import at, fact, gap
from tests.builders.world import DAY, World
from tests.scenarios.histories import begun, changed, moved

SID, OTHER = Sid("S-1-5-21-1-2-3"), Sid("S-1-5-21-4-5-6")
KEY, GUID = "aa" * 32, Guid("11111111-2222-3333-4444-555555555555")


def state(*facts, gaps=(), media=None):
    return State.of(FactSet(facts), gaps, media)


def named(columns):
    return {column.name for column in columns}


@pytest.fixture
def stated(spread):
    """Give `stated(life)`: the state that a full examination of a life's drive states."""
    count = iter(range(100))

    def examined(life):
        report = examine(spread(life, f"drive{next(count)}"), strict=True)
        (one,) = [found for found in report.installations if found.earlier_state_of is None]
        return State.of(FactSet(one.facts), one.gaps)

    return examined


def test_a_copy_and_its_original_were_one_and_only_time_passed(stated):
    life, _ = begun(3, "10")
    copy, _ = moved(3, "10")
    found = compare(stated(life), stated(copy))
    assert found.lineage == "strong"
    assert "time" in named(found.explained_by)
    assert "specialized" not in named(found.explained_by)
    assert "never" not in named(found.explained_by)


def test_siblings_of_a_generalized_master_were_specialized(stated):
    master, start = begun(4, "10")
    master.generalize(FileTime(start + 210 * DAY))
    one, two = (
        master.copy().boot(World(seed).computer(), FileTime(start + 230 * DAY), name=f"SIB-{seed}").use(FileTime(start + 300 * DAY))
        for seed in (41, 42)
    )
    found = compare(stated(one), stated(two))
    assert "specialized" in named(found.explained_by)
    assert not named(found.explained_by) & {"sid-changed", "never"}
    assert found.lineage == "indicated", "a copied profile alone shows no more"


def test_a_changed_sid_is_told_from_a_specialize_by_what_stayed(stated):
    before, _ = begun(5, "10")
    after, _ = changed(5, "10")
    found = compare(stated(before), stated(after))
    assert found.lineage == "strong"
    assert "sid-changed" in named(found.explained_by)
    assert not named(found.explained_by) & {"specialized", "never"}


def test_strangers_are_not_said_to_have_been_one(stated):
    found = compare(stated(begun(6, "10")[0]), stated(begun(7, "10")[0]))
    assert found.lineage == "undetermined"
    assert found.against(NEVER) == {}


@pytest.mark.parametrize("era", ["7", "8.1", "10", "11"])
def test_the_table_mirrors_and_an_unrelated_value_changes_no_cell(stated, era):
    a, b = stated(begun(8, era)[0]), stated(moved(8, era)[0])
    there, back = compare(a, b), compare(b, a)
    assert [(row.namespace, row.a, row.b, row.observed, row.cells) for row in there.rows] == [
        (row.namespace, row.b, row.a, row.observed, row.cells) for row in back.rows
    ]
    assert there.explained_by == back.explained_by
    assert there.lineage == back.lineage


def test_an_equal_value_contradicts_what_always_renews_it():
    (row,) = compare(state(fact(MACHINE_SID, SID)), state(fact(MACHINE_SID, SID))).rows
    assert row.observed == "equal"
    assert {name for name, cell in row.cells.items() if cell.mark == "contradicted"} == {
        "never", "specialized", "sid-changed", "sid-changed-upgraded", "specialized-upgraded",
    }  # fmt: skip
    assert row.cells["specialized"].weight == "strong"
    assert row.cells["time"].mark == "expected"


def test_a_value_that_differs_contradicts_only_where_everything_keeps_it():
    (row,) = compare(state(fact(LSA_BOOT_KEY, KEY)), state(fact(LSA_BOOT_KEY, "bb" * 32))).rows
    assert row.observed == "differs"
    assert row.cells["never"].mark == "expected"
    assert row.cells["specialized"].mark == "expected"
    undeclared = [change for change in BACKGROUND if change not in LSA_BOOT_KEY.renews]
    assert row.cells["time"].mark == (None if undeclared else "contradicted")


def test_a_value_that_one_has_and_the_other_had_is_crossed():
    domain = fact(KINDS.named("former-sid"), KINDS.named("former-sid").type(SID, "dpapi-folder", 1, (1001,)))
    (row,) = compare(state(fact(MACHINE_SID, OTHER), domain), state(fact(MACHINE_SID, SID))).rows
    assert row.observed == "crossed"
    assert row.b == (SID,)
    assert (row.cells["never"].mark, row.cells["time"].mark) == ("contradicted", "contradicted")
    assert row.cells["sid-changed"].mark == row.cells["specialized"].mark == "expected"


def test_what_was_not_read_makes_no_row_and_what_is_absent_weighs_nothing():
    one = state(fact(MACHINE_GUID, GUID))
    assert compare(one, state()).rows == ()
    assert compare(one, state(gaps=[gap(MACHINE_GUID, "unreadable")])).rows == ()
    (row,) = compare(one, state(gaps=[gap(MACHINE_GUID, "not-found")])).rows
    assert (row.observed, row.cells, row.weight) == ("one-sided", {}, "none")


def test_values_of_media_and_constants_are_in_no_row():
    empty = Guid("00000000-0000-0000-0000-000000000000")
    assert compare(state(fact(MACHINE_GUID, empty)), state(fact(MACHINE_GUID, empty))).rows == ()


def test_one_namespace_is_no_lineage_and_neither_are_two_of_one_file():
    alone = compare(state(fact(SUS_CLIENT_ID, GUID)), state(fact(SUS_CLIENT_ID, GUID)))
    assert alone.lineage == "indicated"
    both = [fact(SUS_CLIENT_ID, GUID, file="SOFTWARE"), fact(MACHINE_GUID, GUID, file="SOFTWARE")]
    assert compare(state(*both), state(*both)).lineage == "indicated"
    one_birth = [fact(MACHINE_SID, SID, file="SAM"), fact(LSA_BOOT_KEY, KEY, file="SYSTEM")]
    assert compare(state(*one_birth), state(*one_birth)).lineage == "indicated"
    apart = [fact(MACHINE_SID, SID, file="SAM"), fact(SUS_CLIENT_ID, GUID, file="SOFTWARE")]
    assert compare(state(*apart), state(*apart)).lineage == "strong"


def test_removing_one_value_only_weakens():
    facts = [fact(MACHINE_SID, SID, file="SAM"), fact(LSA_BOOT_KEY, KEY, file="SYSTEM"), fact(MACHINE_GUID, GUID, file="SOFTWARE")]
    whole = compare(state(*facts), state(*facts))
    for left_out in range(len(facts)):
        rest = facts[:left_out] + facts[left_out + 1 :]
        found = compare(state(*rest), state(*rest))
        for column in COLUMNS:
            assert found.against(column).items() <= whole.against(column).items()
        assert "specialized" not in named(found.explained_by)


def test_an_equal_moment_counts_only_after_the_media_was_built():
    timer = fact(SETUP_TIMER, SetupTimer("SpecializePassPerf", at("2022-06-23 01:25")))
    for media, mark in ((None, None), (at("2023-01-01 00:00"), None), (at("2019-12-07 09:30"), "contradicted")):
        (row,) = compare(state(timer, media=media), state(timer, media=media)).rows
        assert row.cells["never"].mark == mark


def test_a_leak_leaves_the_column_possible_and_is_named():
    leaky = [kind for kind in KINDS.values() if kind.namespace and any(effect.outcome == "usually" for effect in kind.renews.values())]
    for kind in leaky:
        effect = kind.renews.get(Change.SPECIALIZE) or kind.renews.get(Change.GENERALIZE)
        if effect is not None and effect.outcome == "usually" and kind.type is Guid:
            (row,) = compare(state(fact(kind, GUID)), state(fact(kind, GUID))).rows
            assert row.cells[SPECIALIZED.name].mark in ("possible", "contradicted")
            assert row.cells[SPECIALIZED.name].because or row.cells[SPECIALIZED.name].mark == "contradicted"


@pytest.mark.parametrize(
    ("kind", "value", "basis", "weight"),
    [
        (INSTALL_DATE, at("2022-06-23 01:25"), Basis.UNVERIFIED, "none"),
        (SETUP_TIMER, SetupTimer("SpecializePassPerf", at("2022-06-23 01:25")), Basis.INFERRED, "moderate"),
        (DTC_CID, DtcIdentity(GUID, "MSDTC"), Basis.OBSERVED, "strong"),
        (MACHINE_SID, SID, Basis.SOURCED, "strong"),
    ],
)
def test_a_claim_weighs_what_it_rests_on(kind, value, basis, weight):
    assert kind.renews[Change.SPECIALIZE].basis is basis
    (row,) = compare(state(fact(kind, value)), state(fact(kind, value))).rows
    assert (row.cells[SPECIALIZED.name].mark, row.cells[SPECIALIZED.name].weight) == ("contradicted", weight)


@pytest.mark.parametrize(("kind", "value"), [(MACHINE_GUID, GUID), (LSA_BOOT_KEY, KEY)])
def test_one_machine_guid_or_boot_key_alone_does_not_exclude_a_specialize(kind, value):
    (row,) = compare(state(fact(kind, value)), state(fact(kind, value))).rows
    assert row.cells[SPECIALIZED.name].mark == "possible"
    assert row.cells[SPECIALIZED.name].because
    assert row.cells["never"].mark == "contradicted"


def test_masters_and_copies_share_when_their_account_domain_was_made():
    created = fact(SAM_DOMAIN_CREATED, at("2022-06-23 01:25"))
    (row,) = compare(state(created), state(created)).rows
    assert {row.cells[name].mark for name in ("time", "sid-changed", "specialized")} == {"expected"}


def test_an_earlier_copy_of_the_registry_is_laid_beside_what_is_now(spread):
    life, start = begun(9, "10")
    files = life.drive()
    life.change_sid(FileTime(start + 250 * DAY)).use(FileTime(start + 300 * DAY))
    folder = spread(life, "with-copy")
    copies = folder / "Windows/System32/config/RegBack"
    copies.mkdir(parents=True)
    for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
        (copies / name).write_bytes(files[f"Windows/System32/config/{name}"])
    report = examine(folder, strict=True)
    now = next(one for one in report.installations if one.earlier_state_of is None)
    (found,) = now.earlier_states
    assert found.lineage == "strong"
    assert found.explained_by == ("sid-changed",)
    (sid,) = [row for row in found.table if row.namespace == "machine-sid"]
    assert (sid.observed, sid.b, sid.decides) == ("crossed", life.state.sid, True)


def test_every_column_but_never_allows_the_background():
    assert not BACKGROUND & frozenset().union(*(column.changes for column in COLUMNS))
    assert TIME.changes == NEVER.changes == frozenset()
    assert set(Change) - BACKGROUND - {Change.SETUP, Change.GENERALIZE} == frozenset().union(*(column.changes for column in COLUMNS))
