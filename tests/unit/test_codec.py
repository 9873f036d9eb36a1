import contextlib
import json
import re

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from forensic.artifacts.setup.clone_tag import CloneTag
from forensic.errors import Malformed
from forensic.model import (
    KINDS,
    Account,
    DeviceId,
    Evidence,
    Fact,
    FileTime,
    Gap,
    GapReason,
    Guid,
    HiveInfo,
    ImageReport,
    InstallationOrigin,
    InstallationReport,
    LocalTime,
    Locator,
    Problem,
    Product,
    Profile,
    RawDigest,
    SetAside,
    Sid,
    SourceInfo,
    Tool,
    Verdict,
    VolumeInfo,
    codec,
)
from forensic.reasoning.verdict import load as verdicts
from tests.builders.report import STORIES

VALIDATOR = jsonschema.Draft202012Validator(codec.schema(verdicts()))


@pytest.mark.parametrize("story", STORIES)
def test_every_story_survives_json_and_follows_the_schema(story):
    report = STORIES[story]()
    text = report.to_json()
    assert ImageReport.from_json(text).to_json() == text
    assert ImageReport.from_json(report.to_json(indent=None)).to_json() == text
    VALIDATOR.validate(json.loads(text))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("source"),
        lambda body: body.update(schema="forensic.report/2"),
        lambda body: body["installations"][0].update(machine_sid="not a SID"),
        lambda body: body["installations"][0]["verdict"].update(history="cloned"),
        lambda body: body["installations"][0]["facts"][0].pop("source"),
        lambda body: body["installations"][0]["facts"][0].update(written="yesterday"),
        lambda body: body["installations"][0]["gaps"][0].update(reason="lost"),
    ],
)
def test_the_schema_refuses_what_is_no_report(spoil):
    body = json.loads(STORIES["ordinary"]().to_json())
    spoil(body)
    assert not VALIDATOR.is_valid(body)


def test_the_json_is_spelled_as_the_contract_says():
    body = json.loads(STORIES["ordinary"]().to_json())
    assert next(iter(body)) == "schema"
    assert "stats" not in body
    one = body["installations"][0]
    fact = one["facts"][0]
    assert fact["source"] == "p2 > Windows/System32/config/SAM > SAM\\Domains\\Account > V @ 0x640c"
    assert fact["written"] == "2021-03-04T09:12:44.1234567Z"
    assert one["facts"][4]["value"]["time"] == {"time": "2019-12-07T01:15:05.0000000", "local": True}
    assert one["facts"][1]["raw"] == {"sha256": one["facts"][1]["value"], "length": 16}
    assert one["verdict"]["history"] == "installed"


def test_one_report_an_array_and_lines_are_read():
    first, second = (codec.decode(STORIES[name]().to_json()) for name in ("ordinary", "sealed"))
    assert codec.decode_all(first.to_json()) == (first,)
    assert codec.decode_all(f"[\n{first.to_json()},\n{second.to_json()}]\n".encode()) == (first, second)
    assert codec.decode_all(f"{first.to_json(indent=None)}\n{second.to_json(indent=None)}\n") == (first, second)
    with pytest.raises(Malformed, match="not one report but 2"):
        codec.decode(f"[{first.to_json()},{second.to_json()}]")


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"{}", b"null", b"7", b"{", b"[" * 100_000, b'{"schema": "forensic.comparison/1"}', b'{"schema": "forensic.report/1"}',
        b"\xff\xfe{", b"EVF\x09\x0d\x0a\xff\x00", b'"\\ud800"', b"[[[]]]", b'{"schema": ["forensic.report/1"]}',
    ],
)  # fmt: skip
def test_what_is_no_report_is_malformed(text):
    with pytest.raises(Malformed):
        codec.decode_all(text)


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_are_reports_or_malformed(data):
    with contextlib.suppress(Malformed):
        codec.decode_all(data)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_report_with_any_one_value_replaced_is_read_or_malformed(data):
    body = json.loads(STORIES["ordinary"]().to_json())
    node = body
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.integers(0, 3)):
            node = node[key]
        else:
            break
    node[key] = data.draw(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({}), st.just(1.5)))
    with contextlib.suppress(Malformed):
        codec.decode(json.dumps(body)).to_json()


def test_values_get_the_types_that_their_kinds_declare_and_unfit_ones_are_malformed():
    text = STORIES["ordinary"]().to_json()
    types = {fact.kind: type(fact.value) for fact in codec.decode(text).installations[0].facts}
    assert (types["clone-tag"], types["install-date"], types["machine-sid"], types["machine-guid"]) == (CloneTag, FileTime, Sid, Guid)
    assert codec.decode(text).to_json() == text
    with pytest.raises(Malformed, match="not a report"):
        codec.decode(text.replace('"value": "2021-', '"value": "in 2021-'))
    with pytest.raises(Malformed, match="expected text"):
        codec.decode(re.sub(r'"value": "S-1[^"]*"', '"value": 7', text))


def test_names_that_are_no_text_are_kept_apart_in_json():
    report = msgspec.structs.replace(STORIES["unreadable"](), source=SourceInfo("bad\udcff\udcfe.dd", "unreadable", 0))
    text = report.to_json()
    assert json.loads(text)["source"]["path"] == "bad\\udcff\\udcfe.dd"
    assert ImageReport.from_json(text).to_json() == text


hostile = st.one_of(st.text(max_size=12), st.sampled_from(["\x1b[31m", "[red]", "\u202e", "\udcff", "\x00", '"\\', "\u2028", "x" * 2000]))
times = st.one_of(st.none(), st.integers(0, 2**64 - 1).map(FileTime))
sids = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=6).map(lambda parts: Sid("-".join(["S-1-5", *map(str, parts)])))
values = st.recursive(
    st.one_of(
        hostile, st.integers(-(2**70), 2**70), st.booleans(), st.none(), times, sids, st.just(LocalTime("2020-01-01T00:00:00.0000000"))
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(hostile, inner, max_size=3)),
    max_leaves=5,
)
maybe = st.none() | hostile
numbers = st.integers(0, 2**63)
places = st.builds(Locator, hostile, hostile, hostile, st.none() | st.integers(1, 9), hostile, maybe, hostile, st.none() | numbers)
unknown_kinds = hostile.filter(lambda name: KINDS.named(name) is None)  # Hypothesis tries names out of our sources: those have a type
facts = st.builds(
    Fact,
    unknown_kinds,
    values,
    places,
    hostile | st.builds(RawDigest, hostile, numbers),
    times,
    st.sampled_from(["stored", "recovered"]),
    maybe,
)


def several(of):
    return st.lists(of, max_size=3).map(tuple)


installations = st.builds(
    InstallationReport, id=hostile, volume=hostile, system_root=hostile, origin=st.sampled_from(InstallationOrigin.__args__),
    product=st.builds(Product, maybe, maybe, maybe, maybe, maybe, times), era=st.none(), role=st.none(), computer_name=maybe,
    machine_sid=st.none() | sids, domain_sid=st.none() | sids,
    accounts=several(st.builds(Account, sids, numbers, hostile)),
    profiles=several(st.builds(Profile, st.none() | sids, hostile, several(st.builds(DeviceId, hostile, hostile)))),
    hives=several(st.builds(HiveInfo, hostile, numbers, st.booleans(), st.sampled_from(["none", "logs"]), several(hostile))),
    facts=several(facts),
    gaps=several(st.builds(Gap, hostile, st.sampled_from(GapReason.__args__), hostile, hostile, maybe)),
    evidence=several(
        st.builds(Evidence, hostile, hostile, hostile, st.sampled_from(["weak", "moderate", "strong"]), hostile, hostile, several(numbers))
    ),
    verdict=st.builds(
        Verdict, st.sampled_from(sorted(verdicts())), st.just("suspect"), st.just("strong"), hostile, several(hostile), several(hostile)
    ), earlier_state_of=maybe,
)  # fmt: skip
reports = st.builds(
    ImageReport, st.builds(Tool, hostile, hostile, hostile),
    st.builds(SourceInfo, hostile, hostile, numbers, several(hostile), numbers,
        st.dictionaries(hostile, hostile, max_size=2), st.just("match"), several(st.builds(SetAside, hostile, hostile))),
    several(st.builds(VolumeInfo, hostile, st.just("gpt"), numbers, numbers, hostile, maybe, maybe, maybe)),
    several(installations),
    several(st.builds(Problem, st.sampled_from(["warning", "error"]), hostile, hostile)),
    st.none() | st.dictionaries(hostile, values, max_size=2),
)  # fmt: skip


@given(reports)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_report_survives_json_and_follows_the_schema(report):
    assume(len({one.id for one in report.installations}) == len(report.installations))  # as it is in every report of this program
    text = report.to_json()
    assert ImageReport.from_json(text).to_json() == text
    VALIDATOR.validate(json.loads(text))
    assert not re.search("[\x00-\x09\x0b-\x1f]", text)
