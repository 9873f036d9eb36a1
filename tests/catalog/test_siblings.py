"""Groups of a catalog over pairs that nothing but a seal joins, or that are not determined: the same as those of `compare`."""

import pytest

from forensic import comparison
from forensic.catalog import judging
from forensic.catalog.catalog import open_catalog
from forensic.catalog.grouping import grouped, in_full, list_groups
from forensic.comparison import compare
from forensic.reasoning.lineage import groups, joins, tree, were_one
from tests.catalog.conftest import moved, stored
from tests.pairs.conftest import examined_life
from tests.pairs.test_archives import Yard, edges_of


@pytest.fixture(scope="module")
def twelve(tmp_path_factory):
    """Reports of eleven siblings and of one that was not generalized, each of a path of its own."""
    yard = Yard("10")
    lives = [yard.sibling(number) for number in range(11)] + [yard.clone(yard.base, 215, "BAD")]
    folder = tmp_path_factory.mktemp("twelve")
    return [moved(examined_life(life, folder / str(number)), f"/evidence/{number:02}.E01") for number, life in enumerate(lives)]


@pytest.mark.parametrize("most", [1, 16])
def test_twelve_siblings_are_grouped_as_compare_groups_them(catalog, twelve, monkeypatch, most):
    """However few of their pairs are judged as they come in: the first of them share the seal, or the SID, with all."""
    monkeypatch.setattr(judging.Judging.compare, "__kwdefaults__", {"most": most})
    monkeypatch.setattr(comparison, "EVERY_PAIR", 0)
    stored(catalog, twelve)
    whole = compare(twelve)
    (theirs,) = whole.groups
    (mine,) = grouped(catalog.store)
    full = in_full(catalog.store, [mine])
    (group,) = full.groups
    assert group.members == theirs.members == tuple(range(12))
    if most == 1:
        return
    assert (group.relation, group.suspected, group.remedy, group.collides) == (
        theirs.relation, theirs.suspected, theirs.remedy, theirs.collides,
    )  # fmt: skip
    assert edges_of(full) == edges_of(whole)
    assert ("m0", "n11", "not generalized") in edges_of(full)


def test_what_is_kept_of_a_pair_says_as_much_of_groups_and_tree_as_all_of_it(catalog, twelve):
    stored(catalog, twelve)
    (short,) = grouped(catalog.store)
    full = in_full(catalog.store, [short])
    place = {number: at for at, number in enumerate(sorted(short.group.members))}
    by_place = {(place[pair.a], place[pair.b]): pair for pair in short.pairs}
    assert {(pair.a, pair.b) for pair in full.pairs if were_one(pair)} == set(by_place)
    assert all(joins(by_place[pair.a, pair.b]) is joins(pair) for pair in full.pairs if were_one(pair))
    names = [str(number) for number in range(max(short.group.members) + 1)]
    states = sorted(short.group.members)
    over_short = tree(names, [()] * len(names), short.pairs, groups(short.pairs))
    over_whole = tree(names, [()] * len(names), full.pairs, groups(full.pairs))

    def named(edges, number_of):
        return {(number_of(edge.origin), number_of(edge.to), edge.label, edge.after, edge.before) for edge in edges}

    there = {f"n{at}": f"n{number}" for at, number in enumerate(states)}
    assert named(over_short.edges, str) == named(over_whole.edges, lambda end: there.get(end, end))


def test_a_list_says_who_is_suspected_and_what_to_do(catalog_url, twelve, tmp_path, capsys):
    from forensic.cli import main

    yard = Yard("10")
    copies = [examined_life(yard.clone(yard.base, 205 + 6 * number, f"PC-{number}"), tmp_path / f"copy-{number}") for number in range(2)]
    with open_catalog(catalog_url) as catalog:
        stored(catalog, [moved(one, f"/copies/{number}.E01") for number, one in enumerate(copies)])
        (group,) = list_groups(catalog.store).groups
    (theirs,) = compare(copies).groups
    assert (group.suspected, group.remedy) == (len(theirs.suspected), theirs.remedy) == (2, theirs.remedy)
    assert theirs.remedy
    main(["groups", "--catalog", catalog_url])
    assert theirs.remedy.split()[0] in capsys.readouterr().out
