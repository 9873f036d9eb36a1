"""JSON of a comparison: it follows its schema, which is made from the model."""

import json

import jsonschema
import pytest

from forensic.comparison import compare
from forensic.model import codec
from forensic.model.pair import ComparisonReport
from forensic.reasoning.pair.relation import load
from tests.builders.comparison import families_examined, hostile_comparison

VALIDATOR = jsonschema.Draft202012Validator(codec.comparison_schema(load()))


@pytest.fixture(scope="module")
def families(tmp_path_factory):
    return families_examined("10", tmp_path_factory.mktemp("families"))


def test_real_comparisons_follow_the_schema(families):
    for a, b in families.values():
        VALIDATOR.validate(json.loads(compare([a, b]).to_json()))
    everything = compare([report for pair in families.values() for report in pair])
    assert len(everything.sources) == 2 * len(families)
    assert everything.groups
    assert everything.forest.edges
    VALIDATOR.validate(json.loads(everything.to_json(indent=None)))


def test_an_empty_and_a_hostile_comparison_follow_the_schema():
    VALIDATOR.validate(json.loads(ComparisonReport(()).to_json()))
    body = json.loads(hostile_comparison("<b>\udc80\x00").to_json())
    body["pairs"][0]["relation"] = body["pairs"][1]["relation"] = body["groups"][0]["relation"] = "undetermined"
    VALIDATOR.validate(body)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("sources"),
        lambda body: body.update(schema="forensic.comparison/2"),
        lambda body: body["pairs"][0].update(relation="cloned"),
        lambda body: body["pairs"][0].pop("fork"),
        lambda body: body["pairs"][0]["fork"].pop("brackets"),
        lambda body: body["pairs"][0].update(a="0"),
        lambda body: body["pairs"][0]["table"][0].update(observed="alike"),
        lambda body: body["forest"]["edges"][0].pop("from"),
        lambda body: body["forest"]["nodes"][0].update(state="lost"),
    ],
)
def test_the_schema_refuses_what_is_no_comparison(spoil, families):
    body = json.loads(compare(families["two clones"]).to_json())
    VALIDATOR.validate(body)
    spoil(body)
    assert not VALIDATOR.is_valid(body)


def test_the_json_begins_with_its_schema(families):
    body = json.loads(compare(families["two clones"]).to_json())
    assert next(iter(body)) == "schema"
    assert body["schema"] == "forensic.comparison/1"
    assert body["tool"]["name"] == "forensic"


def test_no_character_of_json_acts_on_a_terminal_and_all_come_back():
    name = "a\x9b31m\u202eexe\u2066\x7f"
    text = hostile_comparison(name).to_json()
    assert not set(name) - set("a31mex") & set(text)
    assert any(name in str(one["computer_name"]) for one in json.loads(text)["sources"])
