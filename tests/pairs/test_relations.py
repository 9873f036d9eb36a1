"""Pairs whose truth is known: the relation, the bracket that holds the true fork, mirrors, saved reports, and what must not matter."""

import os
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from forensic import examine
from forensic.comparison import compare
from forensic.model import FileTime, ImageReport, Sid
from forensic.reasoning.pair.relation import load
from tests.pairs.families import ERAS, altered, pair_of
from tests.pairs.traps import TRAP_ERAS

ACCUSING = {code for code, kind in load().items() if kind.policy in ("violation", "suspect")}
GUILTY = {code for code, kind in load().items() if kind.policy == "violation"}
MIRRORED = {"a-is-source": "b-is-source", "b-is-source": "a-is-source"}


@pytest.mark.parametrize("era", ERAS)
def test_every_family_gets_its_relation_and_the_fork_lies_in_its_bracket(examined, era):
    for name, (family, a, b) in examined(era).items():
        pair = pair_of(a, b)
        right(name, family, pair)
        assert family.parted is None or pair.fork.after is not None, name


@pytest.mark.parametrize("era", TRAP_ERAS)
def test_no_trap_is_walked_into(trapped, era):
    for name, (family, a, b) in trapped(era).items():
        right(name, family, pair_of(a, b))


def right(name, family, pair):
    """Check a pair against what happened."""
    assert pair.relation in family.relations, (name, pair.summary)
    assert pair.policy == load()[pair.relation].policy
    if family.parted is not None:
        assert pair.fork.brackets or not pair.fork.after
        assert pair.fork.after is None or FileTime.from_iso(pair.fork.after) <= family.parted, name
        assert pair.fork.before is None or FileTime.from_iso(pair.fork.before) >= family.parted, name


@pytest.mark.parametrize("era", ERAS)
def test_the_mirror_says_the_same(examined, trapped, era):
    for name, (_, a, b) in (examined(era) | (trapped(era) if era in TRAP_ERAS else {})).items():
        there, back = pair_of(a, b), pair_of(b, a)
        assert (there.relation, there.strength, there.lineage, there.separate_machines) == (
            back.relation, back.strength, back.lineage, back.separate_machines,
        ), name  # fmt: skip
        assert (there.fork.after, there.fork.before) == (back.fork.after, back.fork.before), name
        assert MIRRORED.get(there.direction, there.direction) == back.direction, name
        assert there.shared == back.shared, name


def test_a_saved_report_gives_the_same_answer(examined):
    for _, a, b in examined("10").values():
        saved = [ImageReport.from_json(one.to_json()) for one in (a, b)]
        assert compare(saved).to_json() == compare([a, b]).to_json()


def test_an_unrelated_image_changes_nothing(examined):
    found = examined("10")
    _, a, b = found["two clones"]
    stranger = found["strangers"][2]
    alone, beside = compare([a, b]), compare([a, b, stranger])
    assert beside.pairs[0] == alone.pairs[0]
    assert beside.groups == alone.groups
    assert not {edge.to for edge in beside.forest.edges} & {"n2"}


def test_the_original_is_told_and_what_collides_with_whom(examined):
    _, a, b = examined("10")["two clones"]
    pair = pair_of(a, b)
    assert (pair.direction, pair.separate_machines, pair.generalized_since_fork) == ("a-is-source", "yes", "no")
    names = {one.sid.rpartition("-")[2]: (one.a, one.b) for one in pair.accounts}
    assert names["1001"] == ("ann", "ann")
    assert names["1003"] == ("u10", "u20")
    kinds = list(dict.fromkeys(one.kind for one in pair.shared))
    assert kinds[0] == "machine-sid"  # what breaks most comes first
    assert kinds.index("msa-device-id") < kinds.index("machine-guid") < kinds.index("lsa-boot-key")
    assert compare([a, b]).groups[0].collides[:2] == tuple(kinds[:2])
    assert any("Give ann a new profile" in text for text in pair.remedies)
    assert any("push notifications" in text for text in pair.consequences)
    assert pair.private_history["a"].first < pair.private_history["b"].last


@pytest.mark.parametrize("name", ["two clones", "siblings", "strangers", "later image", "clone with a changed SID"])
def test_no_kind_that_is_missing_turns_guilt_into_innocence_or_back(examined, name):
    _, a, b = examined("10")[name]
    whole = pair_of(a, b).relation
    for kind in sorted({fact.kind for fact in a.installations[0].facts}):
        one = a.installations[0]
        less = msgspec.structs.replace(one, facts=tuple(fact for fact in one.facts if fact.kind != kind))
        found = pair_of(msgspec.structs.replace(a, installations=(less, *a.installations[1:])), b)
        if whole in GUILTY:
            assert found.policy in ("violation", "suspect", "undetermined"), (kind, found.relation)
        elif load()[whole].policy in ("none-found", "compliant"):
            assert found.relation not in GUILTY, (kind, found.relation)


def test_a_planted_sid_accuses_no_stranger(examined):
    _, a, b = examined("10")["strangers"]
    planted = Sid(str(a.installations[0].machine_sid))
    liar = altered(b, "machine-sid", lambda _: planted)
    liar = msgspec.structs.replace(liar, installations=(msgspec.structs.replace(liar.installations[0], machine_sid=planted),))
    pair = pair_of(a, liar)
    assert pair.relation == "undetermined"
    assert pair.strength == "contradicted"


def test_a_damaged_hive_is_told_once_and_reassures_nobody(tmp_path, examined):
    family, a, _ = examined("10")["strangers"]
    for path, content in family.a.drive().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (sam,) = tmp_path.rglob("SAM")
    sam.rename(tmp_path / "SAM")
    for name in ("SYSTEM", "SECURITY", "SOFTWARE"):
        (found,) = tmp_path.glob(f"**/config/{name}")
        found.rename(tmp_path / name)
    content = bytearray((tmp_path / "SAM").read_bytes())
    content[4096:8192] = bytes(4096)
    (tmp_path / "SAM").write_bytes(content)
    damaged = examine(tmp_path, strict=True)
    told = [one for one in damaged.problems if one.code == "hive-unreadable"]
    assert [one.installation for one in told] == [damaged.installations[0].id]
    for pair in compare([damaged, damaged, a]).pairs:
        assert not any("Nothing has to be done" in text for text in pair.remedies)


DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "validation-pairs.md"


def document(examined, trapped):
    """The whole text of docs/validation-pairs.md."""
    stated, rows, held, exact = Counter(), [], Counter(), Counter()
    made = [(era, *one) for era in ERAS for one in examined(era).items()] + [
        (era, *one) for era in TRAP_ERAS for one in trapped(era).items()
    ]
    for era, name, (family, a, b) in made:
        pair = pair_of(a, b)
        truth = next((one for one in sorted(family.relations) if one != "undetermined"), "undetermined")
        truth = pair.relation if pair.relation in family.relations - {"undetermined"} else truth
        stated[truth, pair.relation] += 1
        exact[load()[truth].policy == "violation", truth == pair.relation] += 1
        held[bool(family.parted), _holds(pair, family)] += family.parted is not None
        fork = f"{pair.fork.after or 'open'} to {pair.fork.before or 'open'}" if family.parted else ""
        rows.append(f"| {era}: {name} | {pair.relation} | {pair.strength} | {pair.separate_machines} | {fork} |")
    codes = [code for code in load() if any(code in key for key in stated)]
    innocent = [key for key in stated if load()[key[0]].policy in ("none-found", "compliant") and key[1] in ACCUSING]
    accused = sum(stated[key] for key in innocent)
    blameless = sum(count for key, count in stated.items() if load()[key[0]].policy in ("none-found", "compliant"))
    lines = [
        "# Validation of pairs",
        "",
        "Generated by `tests/pairs/test_relations.py` (`FORENSIC_REGENERATE=1 pytest tests/pairs`); a test fails when it is not what comes",
        "out. The families are made, as those of [validation](validation.md) are: they show that the engine does what it says on them.",
        "",
        f"Innocent pairs that are accused: {accused} of {blameless}.",
        f"Guilty pairs that are named exactly: {exact[True, True]} of {exact[True, True] + exact[True, False]}.",
        f"Brackets that hold the true fork: {held[True, True]} of {held[True, True] + held[True, False]}.",
        "",
        "Rows: what happened. Columns: what was stated.",
        "",
        f"| | {' | '.join(codes)} |",
        f"|---{'|---' * len(codes)}|",
        *(f"| {code} | {' | '.join(str(stated[code, other] or '') for other in codes)} |" for code in codes),
        "",
        "| Pair | Stated | Strength | Two machines | Parted |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def _holds(pair, family):
    if family.parted is None or pair.fork.after is None:
        return False
    before = pair.fork.before
    return FileTime.from_iso(pair.fork.after) <= family.parted and (before is None or FileTime.from_iso(before) >= family.parted)


def test_the_document_of_pairs_is_what_comes_out(examined, trapped):
    text = document(examined, trapped)
    if os.environ.get("FORENSIC_REGENERATE"):
        DOCUMENT.write_text(text, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == text
