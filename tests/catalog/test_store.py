"""Store: what is kept, found, replaced and forgotten; the counts of values stay what they are."""

import pytest

from forensic.catalog.catalog import open_catalog
from forensic.catalog.key import is_below, key_of, named, path_of
from forensic.catalog.record import JudgedPair, PairRow, Source
from forensic.catalog.store import FEW, SAMPLE
from forensic.model import Identifier
from forensic.reasoning import KNOWLEDGE
from tests.catalog.conftest import entry


@pytest.fixture
def store(catalog):
    return catalog.store


def add(store, path, *identifiers, **parts):
    image = store.add(Source(path, parts.pop("fingerprint", "1")), entry(*identifiers, **parts))
    return None if image is None else store.states_of(image)[-1].id


def shared(store):
    return {(namespace, count) for _, namespace, count in store.shared_by_many(1)}


def test_values_are_counted_as_they_come_and_go(store):
    add(store, "/a", ("machine-guid", "g"), ("sus-client-id", "s"))
    assert shared(store) == set()
    add(store, "/b", ("machine-guid", "g"))
    add(store, "/c", ("machine-guid", "g"), ("sus-client-id", "s"))
    assert shared(store) == {("machine-guid", 3), ("sus-client-id", 2)}
    assert add(store, "/c", ("machine-guid", "g")) is None
    add(store, "/c", ("machine-guid", "other"), fingerprint="2")
    assert shared(store) == {("machine-guid", 2)}
    assert store.forget(["/a"]) == 1
    assert shared(store) == set()
    assert list(store.check()) == []


def test_a_state_keeps_its_number_and_a_number_is_never_given_twice(store):
    first = add(store, "/a", ("machine-guid", "g"))
    assert add(store, "/a", ("machine-guid", "h"), fingerprint="2") == first
    store.forget(["/a"])
    assert add(store, "/a", ("machine-guid", "g")) > first


def test_the_one_who_shares_most_that_few_hold_comes_first(store):
    near = add(store, "/near", ("machine-guid", "g"), ("sus-client-id", "s"))
    far = add(store, "/far", ("machine-guid", "g"))
    add(store, "/none", ("machine-guid", "x"))
    me = add(store, "/me", ("machine-guid", "g"), ("sus-client-id", "s"))
    assert [(one.state, one.shared) for one in store.candidates_of(me)] == [(near, 2), (far, 1)]
    asked = [Identifier("machine-guid", "g", "former"), Identifier("sus-client-id", "s", "current")]
    assert {one.state for one in store.candidates(asked)} == {near, far, me}


def test_a_domain_meets_machine_sids_and_never_its_other_members(store):
    controller = add(store, "/controller", ("machine-sid", "S-1-5-21-1-2-3"))
    one = add(store, "/one", ("domain-sid", "S-1-5-21-1-2-3"))
    two = add(store, "/two", ("domain-sid", "S-1-5-21-1-2-3"))
    was = add(store, "/was", ("machine-sid", "S-1-5-21-1-2-3", "former"))
    assert {c.state for c in store.candidates_of(one)} == {controller, was}
    assert {c.state for c in store.candidates_of(controller)} == {one, two, was}
    held = {(holder.state.id, holder.namespace, holder.standing) for holder in store.holders("machine-sid", "S-1-5-21-1-2-3")}
    assert held == {
        (controller, "machine-sid", "current"),
        (was, "machine-sid", "former"),
        (one, "domain-sid", "current"),
        (two, "domain-sid", "current"),
    }
    assert {holder.state.id for holder in store.holders("domain-sid", "S-1-5-21-1-2-3")} == {controller, was, one, two}


def test_of_a_value_that_many_hold_the_first_and_the_last_are_asked(store):
    states = [add(store, f"/{number}", ("machine-sid", "S-1-5-21-1-2-3")) for number in range(FEW + 1)]
    assert len(store.candidates_of(states[0])) == 2 * SAMPLE - 1
    assert {one.state for one in store.candidates_of(states[100])} == {*states[:SAMPLE], *states[-SAMPLE:]}
    store.forget(["/0"])
    assert len(store.candidates_of(states[1])) == FEW - 1


def test_constants_are_no_candidates_and_pairs_that_rest_on_them_go(store):
    a, b, c = (add(store, f"/{name}", ("machine-guid", "vendor"), ("sus-client-id", name)) for name in "abc")
    d = add(store, "/d", ("sus-client-id", "c"))
    row = PairRow(a, b, KNOWLEDGE, "undetermined", "undetermined", "undetermined", "indicated", "undetermined", "undetermined")
    other = PairRow(c, d, KNOWLEDGE, "undetermined", "undetermined", "undetermined", "indicated", "undetermined", "undetermined")
    for state in (a, b, c, d):
        store.keep_pairs([JudgedPair(row), JudgedPair(other)], state=state, knowledge=KNOWLEDGE)
    assert store.set_constants({("machine-guid", "vendor"): "a vendor's"}) == 1
    assert store.set_constants({("machine-guid", "vendor"): "a vendor's"}) == 0
    assert store.constants() == {("machine-guid", "vendor"): "a vendor's"}
    assert [(pair.a, pair.b) for pair in store.pairs()] == [(c, d)]
    assert [one.id for one in store.uncompared(KNOWLEDGE)] == [a, b, c]
    assert store.candidates_of(a) == []
    assert store.set_constants({}) == 1
    assert {one.state for one in store.candidates_of(a)} == {b, c}


def test_a_pair_of_a_state_that_is_gone_is_dropped(store):
    a, b = add(store, "/a", ("machine-guid", "g")), add(store, "/b", ("machine-guid", "g"))
    store.forget(["/b"])
    row = PairRow(a, b, KNOWLEDGE, "unrelated", "none-found", "strong", "contradicted", "yes", "undetermined")
    assert store.keep_pairs([JudgedPair(row)]) == 0
    assert list(store.pairs()) == []


def test_pairs_go_with_changed_evidence_and_stay_with_another_judgement(store):
    a, b = add(store, "/a", ("machine-guid", "g")), add(store, "/b", ("machine-guid", "g"))
    row = PairRow(a, b, "old", "same-machine", "none-found", "strong", "strong", "no", "undetermined", "t1", None, ("machine-guid",))
    store.keep_pairs([JudgedPair(row, b"whole")], state=b, knowledge=KNOWLEDGE, unjudged=3)
    assert store.pairs_of(a) == store.pairs_of(b) == store.pairs_among([a, b]) == list(store.pairs(["same-machine"])) == [row]
    assert store.pair_body(a, b) == b"whole"
    assert [one.unjudged for one in store.states([b])] == [3]
    image = store.image_of("/a")
    assert not store.replace(image.id, "another", entry(("machine-guid", "g")))
    assert store.replace(image.id, KNOWLEDGE, entry(("machine-guid", "h")))
    assert list(store.pairs()) == [row]
    assert store.uncompared(KNOWLEDGE)[0].id == a
    add(store, "/a", ("machine-guid", "g"), fingerprint="2")
    assert list(store.pairs()) == []
    assert list(store.check()) == []


def test_a_folder_is_forgotten_whole_and_its_namesake_is_not(store):
    for path in ("/case/a", "/case/b/c", "/case-2/a", "/case", "s3://bucket/x/y", "s3://bucket/xy"):
        add(store, path)
    assert store.forget(["/case/", "s3://bucket/x"]) == 4
    assert {one.path for one in store.images()} == {"/case-2/a", "s3://bucket/xy"}


@pytest.mark.parametrize(
    ("path", "folder", "inside"),
    [
        ("/a/b", "/a", True), ("/a", "/a", True), ("/ab", "/a", False), ("C:\\x\\y", "C:\\x", True), ("/a/b", "/a/", True),
        ("/a", "/a/", True), ("/b", "/", True),
    ],
)  # fmt: skip
def test_what_lies_below_a_folder(path, folder, inside):
    assert is_below(path, folder) is inside


def test_names_of_sources_come_back():
    for path in ("/a", "json:/a", "\udcff", "a\x00b", "json:not json", ""):
        assert path_of(named(path)) == path
        named(path).encode()
    assert path_of("json:broken") == "json:broken"
    assert named("/evidence/ä") == "/evidence/ä"


def test_keys_are_signed_and_fixed():
    assert key_of("machine-guid", "g") == key_of("machine-guid", "g") != key_of("sus-client-id", "g")
    assert key_of("domain-sid", "S") == key_of("machine-sid", "S") ^ 1
    assert all(-(2**63) <= key_of("n", str(number)) < 2**63 for number in range(200))
    assert key_of("machine-sid", "S-1-5-21-1-2-3") == -9123359911058259323


def test_extractions_are_kept_once(store):
    store.add(Source("/a", "1"), entry(extraction={"x": 1}))
    store.add(Source("/b", "1"), entry(extraction={"x": 1}))
    store.add(Source("/c", "1"), entry(extraction={"x": 2}))
    numbers = {number for number, versions in store.extractions().items() if versions == {"x": 1}}
    assert len(numbers) == 1
    assert [one.path for one in store.images_of_extraction(numbers)] == ["/a", "/b"]


def test_two_programs_see_one_catalog(catalog_url, store):
    add(store, "/a", ("machine-guid", "g"))
    with open_catalog(catalog_url) as other:
        b = add(other.store, "/b", ("machine-guid", "g"))
        assert [one.path for one in store.images()] == ["/a", "/b"]
        assert len(other.store.candidates_of(b)) == 1
