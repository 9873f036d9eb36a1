"""CASE/UCO: the published validator accepts it, and it says what the report says."""

import json
import uuid

import pytest

from forensic.model import FileTime, SourceInfo, TimelineEntry
from forensic.model.report import Product
from forensic.reporting.formats import case
from tests.builders.report import CONFIG, HOSTILE, STORIES, fact, identity, installation, report


def text_of(*reports):
    return "".join(case.render(reports))


def nodes(*reports, type_=""):
    graph = json.loads(text_of(*reports))["@graph"]
    return [node for node in graph if not type_ or type_ in node["@type"]]


def everything():
    """A small report with something in every part, hostile text and times beyond what others can read."""
    story = (
        TimelineEntry("2021-03-04T09:12:44.1234567Z", "specialized", HOSTILE, (0, 999)),
        TimelineEntry("2019-12-07T01:15:05.0000000", "media-built", "The media was built.", (), True),
    )
    facts = (
        *identity()[:5],
        fact("x", HOSTILE, HOSTILE, HOSTILE, HOSTILE, written=FileTime(2**64 - 1)),
        fact("y", 1, "", volume="", offset=0),
        fact("z", "file", CONFIG + "a.log", written=FileTime(0)),
        fact("z", "\udcff" * 3, "\udcff", "\udcfe", ""),
    )
    one = installation(facts=facts, timeline=story, product=Product(None, None, None, None, None, FileTime(2**63)))
    return report(HOSTILE, [one]), report("folder", [], source=SourceInfo("folder", "directory", 3), volumes=())


@pytest.fixture
def validate(tmp_path):
    """The published validator with its bundled ontology."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the validator's own libraries
        from case_utils.case_validate import validate

        def run(text):
            path = tmp_path / "report.jsonld"
            path.write_text(text, encoding="utf-8")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = validate(str(path), inference="none", allow_warnings=False)
            return found.conforms, found.text, found.undefined_concepts

        yield run


def test_the_published_validator_accepts_it(validate):
    conforms, said, undefined = validate(text_of(*everything()))
    assert conforms, said
    assert not undefined


def test_the_validator_would_refuse_what_is_wrong(validate):
    text = text_of(STORIES["unreadable"]()).replace(
        '"core:description": "Examination', '"action:startTime": "noon", "core:description": "Ex'
    )
    conforms, said, _ = validate(text)
    assert not conforms
    assert "startTime" in said


def test_identifiers_are_made_from_the_content():
    one = STORIES["relocated"]()
    assert text_of(one) == text_of(STORIES["relocated"]())
    for node in nodes(one):
        assert uuid.UUID(node["@id"][-36:]).version == 5
    names = {node["@id"] for node in nodes(one)}
    assert not names & {node["@id"] for node in nodes(STORIES["ordinary"]())}


def test_a_report_given_twice_is_stated_once():
    assert nodes(STORIES["ordinary"](), STORIES["ordinary"]()) == nodes(STORIES["ordinary"]())


def test_what_work_cost_does_not_change_identifiers():
    assert nodes(report(stats={"seconds": 1})) == nodes(report(stats=None))


def test_every_reference_leads_somewhere():
    def references(part):
        if isinstance(part, dict):
            if part.keys() == {"@id"}:
                yield part["@id"]
            for inner in part.values():
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    graph = nodes(*everything())
    known = {node["@id"] for node in graph}
    assert len(known) == len(graph)
    assert {name for node in graph for name in references([part for key, part in node.items() if key != "@id"])} <= known


def test_the_image_has_its_hashes_and_the_action_its_tool():
    one = STORIES["ordinary"]()
    (hash_,) = nodes(one, type_="types:Hash")
    assert hash_["types:hashMethod"] == "MD5"
    assert hash_["types:hashValue"]["@value"] == one.source.stored_hashes["md5"].upper()
    (action,) = nodes(one, type_="InvestigativeAction")
    (image,) = [node for node in nodes(one) if node["@type"] == "observable:Image"]
    assert action["action:object"] == [{"@id": image["@id"]}]


def test_facts_are_annotations_of_the_key_they_were_read_from():
    one = STORIES["ordinary"]()
    by_id = {node["@id"]: node for node in nodes(one)}
    sid = next(node for node in by_id.values() if node.get("core:name") == "machine-sid" and "fact" in node["core:tag"])
    assert sid["core:statement"] == str(one.installations[0].machine_sid)
    key = by_id[sid["core:object"][0]["@id"]]
    facet = by_id[key["core:hasFacet"][0]["@id"]]
    assert facet["observable:key"] == r"SAM\Domains\Account"
    assert facet["observable:modifiedTime"]["@value"] == "2021-03-04T09:12:44.1234567Z"
    value = by_id[facet["observable:registryValues"][0]["@id"]]
    assert value["core:name"] == "V"
    assert value["observable:data"].startswith("0104")


def test_no_secret_is_stated_as_a_registry_value():
    assert "lsa-boot-key" in text_of(STORIES["ordinary"]())
    data = [node["observable:data"] for node in nodes(STORIES["ordinary"](), type_="WindowsRegistryValue")]
    assert all(len(one) < 64 for one in data)


def test_the_verdict_stands_with_its_codes():
    (verdict,) = [node for node in nodes(STORIES["relocated"]()) if "verdict" in node.get("core:tag", ())]
    assert verdict["core:tag"] == ["history:relocated-not-generalized", "policy:suspect", "strength:indicated", "verdict"]
    assert "not excluded: the mainboard was replaced" in verdict["core:description"]


def test_a_collection_is_not_an_image():
    (folder,) = nodes(report("folder", [], source=SourceInfo("folder", "directory", 3), volumes=()), type_="observable:Directory")
    assert folder["core:name"] == "folder"
