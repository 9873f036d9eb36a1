"""Console of a comparison: the answer first, every line within the page, nothing hostile, and what is cut is counted."""

import pytest
from rich.cells import cell_len

from forensic.comparison import compare
from forensic.model import Problem
from forensic.model.pair import ComparisonReport, Edge, Forest, Group, Node
from forensic.reporting.comparisons import console
from forensic.reporting.formats import Layout
from tests.builders.comparison import families_examined, hostile_comparison, many, pair, states
from tests.builders.report import HOSTILE

WIDTHS = (80, 100, 137, 200)


def text_of(report, **layout):
    return "".join(console.render(report, Layout(**layout)))


def words_of(report, **layout):
    return " ".join(text_of(report, **layout).split())


def star(count):
    """One group of copies of the first state."""
    nodes = tuple(Node(f"n{number}", number, "active") for number in range(count))
    edges = tuple(Edge("n0", f"n{number}", "not generalized", pair().fork.after, pair().fork.before) for number in range(1, count))
    pairs = tuple(pair(0, number) for number in range(1, count))
    kinds = tuple(f"kind-{number}" for number in range(9))
    return ComparisonReport(states(count), pairs, (Group(tuple(range(count)), pair().relation, kinds),), Forest(nodes, edges))


@pytest.fixture(scope="module")
def families(tmp_path_factory):
    return families_examined("10", tmp_path_factory.mktemp("families"))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("verbosity", [0, 1, 2])
def test_every_line_fits_the_page(families, width, verbosity):
    for report in (compare(families["two clones"]), compare([one for both in families.values() for one in both][:6]), star(30)):
        for line in text_of(report, width=width, verbosity=verbosity).splitlines():
            assert cell_len(line) <= width, line
            assert line == line.rstrip()


def test_two_states_have_the_answer_in_the_first_twenty_lines(families):
    report = compare(families["two clones"])
    text = text_of(report)
    head = text.splitlines()[:20]
    words = " ".join(" ".join(head).replace("│", " ").split())
    for part in ("A /", "B /", "PC-ONE", "PC-COPY", "VIOLATION", report.pairs[0].title, "strength: proven", "Parted between"):
        assert part in words
    assert len(text.splitlines()) <= 60
    assert "Do next" in text
    assert "Collides" in text
    assert "clocks of both" in text


def test_verbose_has_all_rows_brackets_accounts_and_remedies(families):
    report = compare(families["two clones"])
    words = words_of(report, verbosity=1, width=200)
    (one,) = report.pairs
    for part in (*one.remedies, *one.not_excluded, *(row.namespace[:24] for row in one.table), *(account.sid for account in one.accounts)):
        assert " ".join(part.split()) in words
    assert "Brackets of the fork" in words
    assert "lists all" not in words


def test_of_two_states_what_is_cut_is_counted():
    row = pair().table[0]
    more = pair(
        table=(row,) * (console.ROWS + 3),
        accounts=pair().accounts * 7,
        remedies=tuple(f"Step {number}." for number in range(6)),
    )
    words = words_of(ComparisonReport(states(2), (more,)))
    assert "and 3 more rows: -v lists all" in words
    assert "and 3 more accounts: -v lists all" in words
    assert "and 2 more steps: -v lists all" in words
    assert "more" not in words_of(ComparisonReport(states(2), (more,)), verbosity=1).replace("Step", "")


def test_of_sixty_states_the_tree_groups_and_pairs_are_cut_and_counted():
    report = star(60)
    text, words = text_of(report), words_of(report)
    assert words.startswith("VIOLATION Of the pairs: 59 duplicated-without-sysprep, 1711 that share no value that identifies")
    assert "Family tree of 60 installations" in words
    assert "and 20 more states: -v lists all" in words
    assert "[19] and 40 more duplicated-without-sysprep collides: kind-0, kind-1, kind-2, kind-3, kind-4, kind-5 and 3 more" in words
    assert "59 of 59 pairs are related, the gravest first" in words
    assert "and 53 more pairs: -v lists all" in words
    assert len(text.splitlines()) < 150
    whole = words_of(report, verbosity=1, width=200)
    assert "lists all" not in whole
    assert "PC-0059" in whole


def test_of_many_groups_the_rest_is_counted():
    assert "and 10 more groups: -v lists all" in words_of(many(1000))


def test_three_states_begin_with_the_answer_and_the_tree():
    nodes = (Node("m0", None, "missing-master", "master (not seen)"), *(Node(f"n{number}", number, "active") for number in range(4)))
    edges = (
        Edge("m0", "n0", "not generalized", *(pair().fork.after, pair().fork.before)),
        Edge("n0", "n2", "SID changed", "2024-05-02T00:00:00.0000000Z", "2024-05-03T00:00:00.0000000Z"),
        Edge("m0", "n1", "generalized"),
    )
    report = ComparisonReport(states(4), (pair(0, 2),), forest=Forest(nodes, edges))
    lines = text_of(report).splitlines()
    at = lines.index("Family tree of 4 installations")
    assert lines[at + 1 : at + 6] == [
        "  ● master (not seen)",
        "  ├─  [0] PC-0000   /evidence/disk-0000.E01   2024-03-11   not generalized",
        "  │ └─  [2] PC-0002   /evidence/disk-0002.E01   2024-05-02 to 2024-05-03   SID changed",
        "  └─  [1] PC-0001   /evidence/disk-0001.E01   generalized",
        "  ● [3] PC-0003   /evidence/disk-0003.E01",
    ]
    plain = text_of(report, plain=True)
    assert plain.isascii()
    assert "|-  [0] PC-0000" in plain
    assert "| `-  [2] PC-0002" in plain


def test_a_deep_chain_of_copies_is_there_to_its_end_with_its_level():
    nodes = tuple(Node(f"n{number}", number, "active") for number in range(38))
    chain = tuple(Edge(f"n{number}", f"n{number + 1}", "not generalized") for number in range(37))
    words = words_of(ComparisonReport(states(38), (pair(),), forest=Forest(nodes, chain)))
    assert "[37] PC-0037" in words
    assert "level 37" in words


def test_undetermined_pairs_are_not_called_related():
    pairs = (pair(0, 1), pair(0, 2, "undetermined", "undetermined", "undetermined"), pair(1, 2, "unrelated", "none-found", "strong"))
    nodes = tuple(Node(f"n{number}", number, "active") for number in range(3))
    words = words_of(ComparisonReport(states(3), pairs, forest=Forest(nodes)))
    assert "1 of 3 pairs are related" in words
    assert "1 duplicated-without-sysprep, 1 undetermined, 1 unrelated" in words


@pytest.mark.parametrize("verbosity", [-1, 0, 1])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_hostile_gets_through(width, verbosity):
    for evil in (HOSTILE, "\u202e" + "x" * 3000, "\ud800\x9b31m", "a" * 300 + "\u0301" * 50):
        text = text_of(hostile_comparison(evil), width=width, verbosity=verbosity)
        assert not {character for character in text if character != "\n" and (ord(character) < 32 or 127 <= ord(character) < 160)}
        assert not set("\u202e\u202c\ud800") & set(text)
        if verbosity >= 0:
            assert all(cell_len(line) <= width for line in text.splitlines())
        else:
            assert text.count("\n") == 2


def test_colour_is_only_where_it_is_asked_for():
    assert "\x1b" not in text_of(star(3))
    assert "\x1b[" in text_of(star(3), color=True)


def test_plain_draws_with_ascii_only():
    assert text_of(star(12), plain=True, verbosity=1).isascii()


def test_quiet_is_one_line_for_each_pair():
    assert text_of(star(3), verbosity=-1).splitlines() == [
        f"/evidence/disk-0000.E01 (PC-0000) and /evidence/disk-000{number}.E01 (PC-000{number}): "
        "duplicated-without-sysprep, breach of Microsoft's disk-duplication policy, proven"
        for number in (1, 2)
    ]


def test_problems_with_the_evidence_stand_above_with_their_source():
    problem = Problem("error", "b.E01 > p2", "cut short", "missing-segment", "p2/Windows")
    report = ComparisonReport(states(2), (pair(),), problems=(problem,))
    assert text_of(report).startswith("! b.E01 > p2: cut short")


def test_nothing_to_compare_is_said():
    assert "Nothing to compare" in text_of(ComparisonReport(states(1)))
    assert "No relatives: No other image of the catalog shares a value" in text_of(ComparisonReport(states(1), asked=1))
    assert "Nothing to look for: No Windows installation was found" in text_of(ComparisonReport((), asked=0))
    assert text_of(ComparisonReport(states(1)), verbosity=-1) == ""
