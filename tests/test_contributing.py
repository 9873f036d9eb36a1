"""The worked examples of docs/contributing.md, run as they stand there."""

import re
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from forensic.artifacts import ARTIFACTS
from forensic.errors import Malformed, NotFound
from forensic.model import KINDS, Evidence, FactSet
from forensic.reasoning import verdict
from forensic.reasoning.installation.weighing import weigh
from forensic.reasoning.pair import judge_pair, relation
from forensic.reasoning.rule import RULES
from forensic.reasoning.subject import Subject
from forensic.registry.hive import Hive
from forensic.storage.file import EvidenceFile
from tests.builders.facts import at
from tests.builders.hive import REG_SZ, HiveBuilder
from tests.builders.report import STORIES
from tests.builders.source import Bytes
from tests.pairs.test_histories import COMMON, log, side
from tests.rules.stories import STORIES as INSTALLATIONS

PAGE = Path(__file__).parent.parent / "docs" / "contributing.md"
EXAMPLES = dict(re.findall(r"<!-- example: (\w+) -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
ID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def run():
    """Give `run("artifact")`: the names that an example defines; what it declares is taken back afterwards."""

    def execute(name, names=None):
        found = names if names is not None else {"__name__": "an_example"}
        exec(compile(EXAMPLES[name], f"{PAGE.name}, {name}", "exec"), found)
        return found

    yield execute
    KINDS.pop("coffee-id", None)
    RULES.pop("coffee-was-made-here", None)
    ARTIFACTS[:] = [one for one in ARTIFACTS if one.module != "an_example"]


def software(**values):
    hive = HiveBuilder()
    hive.key(r"Contoso\Coffee", written=at("2024-01-02 03:04"))
    for name, text in values.items():
        hive.value(r"Contoso\Coffee", name, REG_SZ, text)
    return Hive(Bytes(hive.build())).key(r"Contoso\Coffee")


def test_there_is_an_example_for_each_row_of_the_price_list():
    assert set(EXAMPLES) == {"artifact", "rule", "verdict", "relation", "container", "format"}


def test_the_artifact_states_its_fact_and_what_renews_it(run):
    made = run("artifact")
    (fact,) = made["coffee_id"](software(Id=f"{{{ID.upper()}}}"))
    assert (fact.kind, fact.value) == ("coffee-id", ID)
    kind = KINDS["coffee-id"]
    assert kind.identifies(fact.value)
    assert [one.text for one in kind.identifiers(fact.value)] == [ID]
    with pytest.raises(NotFound):
        list(made["coffee_id"](software()))


def test_the_rule_finds_what_the_artifact_stated(run):
    (fact,) = run("artifact")["coffee_id"](software(Id=ID))
    run("rule")
    (found,) = RULES["coffee-was-made-here"].evidence(Subject(FactSet([fact])))
    assert (found.supports, found.strength, found.group, found.facts) == ("installed", "weak", "coffee", (0,))
    assert ID in found.because
    assert not list(RULES["coffee-was-made-here"].evidence(Subject(FactSet([]))))


def test_the_verdict_is_given_and_vetoed(run, monkeypatch):
    kind = run("verdict")["VERDICT"]
    known = verdict.load() | {kind.code: kind}
    monkeypatch.setattr("forensic.reasoning.installation.weighing.load", lambda: known)
    proof = Evidence("coffee-was-made-here", kind.code, "", "strong", "coffee", "it made coffee")
    found = weigh([proof], INSTALLATIONS["plain 10"][0])
    assert (found.history, found.strength, found.decided_by) == ("coffee-machine", "strong", "one-strong")
    assert found.summary == "It made coffee. It makes coffee and nothing else."
    doubt = msgspec.structs.replace(proof, supports="", against=kind.code, because="it is cold")
    assert weigh([proof, doubt], INSTALLATIONS["plain 10"][0]).decided_by == "evidence-against"


def test_the_relation_says_of_a_pair_and_of_a_group_what_to_do(run, monkeypatch):
    kind = run("relation")["RELATION"]
    monkeypatch.setattr("forensic.reasoning.pair.judgement.load", lambda: dict.fromkeys(relation.load(), kind))
    pair = judge_pair(side(log(*COMMON), name="A"), side(log(*COMMON), name="B"))
    assert (pair.policy, pair.title, pair.remedies) == (kind.policy, kind.title, ("Nothing has to be done for A and B.",))
    assert kind.says in pair.summary
    assert kind.of_many.format(count=2, others=1) == "Keep the 2 of them supplied."


def test_the_container_is_recognized_and_opened(run, tmp_path):
    made = run("container")
    disk = bytes(range(256)) * 4
    (tmp_path / "disk.cup").write_bytes(b"CUP\x01" + len(disk).to_bytes(4, "little") + disk)
    with closing(EvidenceFile(tmp_path / "disk.cup")) as file:
        assert made["ROW"].detect(file.read_at(0, 4096), b"")
        image = made["open_container"](file)
        assert image.size == len(disk)
        assert image.read_at(256, 4) == b"\x00\x01\x02\x03"
    (tmp_path / "cut.cup").write_bytes(b"CUP\x01" + len(disk).to_bytes(4, "little") + disk[:9])
    with closing(EvidenceFile(tmp_path / "cut.cup")) as file, pytest.raises(Malformed):
        made["open_container"](file)


def test_the_format_renders_from_the_report_alone(run):
    render = run("format")["render"]
    assert list(render([STORIES["ordinary"]()])) == ["p2/Windows\tinstalled\n"]
    assert "\x1b" not in "".join(render([STORIES["hostile"]()]))
