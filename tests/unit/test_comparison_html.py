"""HTML of a comparison: one file that needs nothing, lets nothing from evidence out of its place, and stays readable with thousands."""

import base64
import hashlib
import re
from itertools import pairwise

import msgspec
import pytest

from forensic.comparison import compare
from forensic.model.pair import ComparisonReport, Edge, Forest, Node
from forensic.reporting import family
from forensic.reporting.comparisons import html
from forensic.reporting.comparisons.html import bars, rows
from tests.builders.comparison import families_examined, hostile_comparison, many, pair, states
from tests.unit.test_export_html import ATTRIBUTES, CHROMIUM, EVIL, TAGS, Seen, browse

TAGS = TAGS | {"h4"}
ATTRIBUTES = ATTRIBUTES | {"aria-hidden"}


def text_of(report):
    return "".join(html.render(report))


def words_of(report):
    return " ".join(" ".join(Seen(text_of(report)).words).split())


def well_formed(report):
    seen = Seen(text_of(report))
    assert not seen.open
    assert seen.tags.keys() <= TAGS
    assert seen.attributes <= ATTRIBUTES
    assert len(set(seen.names)) == len(seen.names)
    assert {link.removeprefix("#") for link in seen.links} <= set(seen.names)
    return seen


@pytest.fixture(scope="module")
def families(tmp_path_factory):
    return families_examined("10", tmp_path_factory.mktemp("families"))


def test_a_pair_of_each_relation_is_well_formed_and_says_what_was_found(families):
    for name, (a, b) in families.items():
        report = compare([a, b])
        well_formed(report)
        words = words_of(report)
        (one,) = report.pairs
        for part in (
            one.relation, one.title, one.summary, *(evidence.because for evidence in one.evidence), *one.remedies, *one.not_excluded,
            *one.consequences, *(bracket.because for bracket in one.fork.brackets), *(row.namespace for row in one.table),
            *(account.sid for account in one.accounts), *(side.path for side in report.sources),
        ):  # fmt: skip
            assert " ".join(part.split()) in words, (name, part)


def test_twelve_states_are_well_formed_with_their_tree_groups_and_pairs(families):
    reports = [report for name in ("two clones", "siblings", "strangers", "clone with a changed SID") for report in families[name]]
    report = compare([*reports, *families["later image"], *families["master and sibling"]])
    assert len(report.sources) == 12
    seen = well_formed(report)
    assert {f"s{number}" for number in range(12)} <= set(seen.names)
    assert {f"p{one.a}-{one.b}" for one in report.pairs} <= set(seen.names)
    words = words_of(report)
    assert f"Groups of one origin ({len(report.groups)})" in words
    assert "master (not seen)" in words or any(edge.origin.startswith("n") for edge in report.forest.edges)


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_from_evidence_breaks_out(evil):
    seen, tame = well_formed(hostile_comparison(evil)), Seen(text_of(hostile_comparison("tame")))
    assert seen.tags == tame.tags
    assert seen.attributes == tame.attributes
    assert seen.links == tame.links
    assert seen.names == tame.names


def test_hidden_and_reordering_characters_are_shown_as_escapes():
    text = text_of(hostile_comparison("a\u202eb\x1b\u200b"))
    assert not set("\u202e\x1b\u200b") & set(text)
    assert r"a\u202eb\x1b\u200b" in text


def test_a_long_value_of_the_table_is_cut_and_its_length_said():
    report = hostile_comparison("x" * 10_000)
    assert "(10,000 characters; the JSON has all)" in words_of(report)


def test_the_policy_allows_this_style_and_nothing_else():
    text = text_of(many(20))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert dict(rule.split(" ", 1) for rule in policy.split("; ")) == {
        "default-src": "'none'", "style-src": f"'sha256-{digest}'", "img-src": "data:", "script-src": "'none'", "base-uri": "'none'",
        "form-action": "'none'",
    }  # fmt: skip
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert not re.search(r"url\(|@import|https?:|style=", text)


def test_the_title_names_the_relation_and_the_computers(families):
    assert "<title>duplicated-without-sysprep: PC-ONE and PC-COPY - forensic</title>" in text_of(compare(families["two clones"]))
    assert "<title>duplicated-without-sysprep: PC-0000 and PC-0001, 18 more - forensic</title>" in text_of(many(20))


def test_nothing_to_compare_is_said():
    words = words_of(ComparisonReport(()))
    assert "Nothing to compare" in words
    assert "<title>nothing to compare" in text_of(ComparisonReport(()))
    well_formed(ComparisonReport(states(1), forest=Forest((Node("n0", 0, "active"),))))


def test_of_many_pairs_those_of_the_tree_and_the_gravest_are_in_full_and_the_rest_is_counted():
    report = many(400)
    seen, words = well_formed(report), words_of(report)
    full = [name for name in seen.names if re.fullmatch(r"p\d+-\d+", name)]
    assert len(full) == rows.IN_FULL
    assert {f"p{begin}-{begin + 1}" for begin in range(0, 100, 10)} <= set(full)
    assert f"{rows.IN_FULL} of 900" in words
    assert "78,900 pairs share no value that identifies, and have no row" in words
    assert "200 of no group" in words


def test_a_bracket_is_solid_where_nothing_was_generalized_and_dashed_where_it_was():
    nodes = tuple(Node(f"n{number}", number, "active") for number in range(4))
    first, last = pair().fork.after, pair().fork.before
    edges = (
        Edge("n0", "n1", "not generalized", first, last),
        Edge("n0", "n2", "generalized", first, None),
        Edge("n0", "n3", "later", None, last),
    )
    report = ComparisonReport(states(4), (pair(private_history={}),), forest=Forest(nodes, edges))
    axis = bars.axis_of_report(report, {})
    drawn = {row.number: row.bars for row in rows.state_rows(report, axis)}
    assert drawn[0] == []
    assert [(bar.kind, bar.open) for number in (1, 2, 3) for bar in drawn[number]] == [
        ("breach", ""), ("sealed", "right"), ("plain", "left"),
    ]  # fmt: skip
    assert all(bar.x >= 0 and bar.x + bar.width <= bars.WIDTH for found in drawn.values() for bar in found)


def test_a_life_is_drawn_from_the_first_to_the_last_record_of_its_own():
    assert bars.lives_of([pair(0, 1), pair(0, 2)])[0] == ("2024-03-11T09:02:00.0000000Z", "2024-05-01T00:00:00.0000000Z")
    assert 1 in bars.lives_of([pair(0, 1)])


def test_times_that_are_none_draw_nothing():
    assert bars.Axis.of(["never", None, "+12345-01-01T00:00:00.0000000Z"]) is None
    axis = bars.Axis.of(["2020-01-01T00:00:00.0000000Z", "2021-01-01T00:00:00.0000000Z"])
    assert axis.bar("breach", "never", None) is None
    back = axis.bar("breach", "2021-01-01T00:00:00.0000000Z", "2020-01-01T00:00:00.0000000Z")
    assert back.width > 0


def test_the_tree_has_each_node_once_whatever_the_edges_say():
    nodes = tuple(Node(f"n{number}", number, "active") for number in range(60))
    chain = tuple(Edge(f"n{number}", f"n{number + 1}", "not generalized") for number in range(59))
    lines = list(family.lines(Forest(nodes, (*chain, Edge("n5", "n0", "later"), Edge("n7", "gone", "later")))))
    assert lines == []  # a circle has no root: no state of a real forest is in one
    lines = list(family.lines(Forest(nodes, (*chain, Edge("n7", "gone", "later"), Edge("n7", "n8", "later")))))
    assert [line.node.id for line in lines] == [f"n{number}" for number in range(60)]
    assert max(len(line.rails) for line in lines) == family.DEPTH
    assert lines[-1].depth == 59
    report = ComparisonReport(states(60), (pair(),), forest=Forest(nodes, chain))
    assert "(level 59)" in words_of(report)
    well_formed(report)


def test_an_earlier_state_stands_below_the_state_that_holds_it_and_makes_no_family():
    nodes = (Node("n0", 0, "active"), Node("n1", 1, "active"), Node("e1.0", 1, "earlier", "p2/RegBack"))
    report = ComparisonReport(states(2), (pair(),), forest=Forest(nodes, (Edge("n1", "e1.0", "holds an earlier state"),)))
    well_formed(report)
    assert "p2/RegBack an earlier state of [1] PC-0001" in words_of(report)
    assert all(line.is_alone for line in family.lines(report.forest))


def test_print_all_opens_everything():
    from forensic.reporting.formats import Layout

    assert 'id="all" checked' in "".join(html.render(many(4), Layout(print_all=True)))
    assert 'id="all" checked' not in text_of(many(4))


def test_thousands_of_states_are_one_file_of_bearable_size():
    report = many(5000)
    text = text_of(report)
    assert len(text) < 15_000_000
    assert text.count('class="answer"') == rows.IN_FULL


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_runs_and_loads_nothing(tmp_path):
    log = tmp_path / "net.json"
    report = hostile_comparison(" ".join(EVIL))
    document, console = browse(tmp_path, text_of(report), "--dump-dom", f"--log-net-log={log}")
    assert console == []
    assert not {"script", "img", "iframe", "link"} & Seen(document).tags.keys()
    assert "203.0.113.7" not in log.read_text(encoding="utf-8", errors="replace")


def test_parts_of_a_pair_that_are_empty_have_no_section():
    bare = msgspec.structs.replace(pair(), table=(), accounts=(), shared=(), evidence=(), remedies=(), consequences=(), not_excluded=())
    report = ComparisonReport(states(2), (bare,), forest=Forest((Node("n0", 0, "active"), Node("n1", 1, "active"))))
    well_formed(report)
    words = words_of(report)
    assert "No row decides." in words
    for heading in ("Accounts with one SID", "What collides", "Evidence", "What breaks", "Not excluded", "What to do next"):
        assert heading not in words


@pytest.mark.parametrize("count", [2, 12])
def test_headings_go_down_one_level_at_a_time(count):
    report = many(24) if count == 12 else ComparisonReport(states(2), (pair(),))
    levels = [int(level) for level in re.findall(r"<h([1-6])", text_of(report))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
