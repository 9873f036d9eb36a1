"""Every artifact over an installation that holds nothing, and over one whose hives are damaged: a gap for each kind, and no fact."""

from contextlib import closing

import pytest

from forensic.artifacts.collector import collect
from forensic.artifacts.declaration import load
from forensic.sources import open_source
from forensic.storage.meter import ReadMeter
from tests.builders.hive import HiveBuilder

ARTIFACTS = [one for one in load("full") if one.module.startswith("forensic.")]  # tests declare some of their own
CONFIG = "Windows/System32/config"
HIVES = {
    "SYSTEM": f"{CONFIG}/SYSTEM", "SOFTWARE": f"{CONFIG}/SOFTWARE", "SAM": f"{CONFIG}/SAM", "SECURITY": f"{CONFIG}/SECURITY",
    "NTUSER": "Users/ann/NTUSER.DAT", "USRCLASS": "Users/ann/AppData/Local/Microsoft/Windows/UsrClass.dat",
    "AMCACHE": "Windows/AppCompat/Programs/Amcache.hve", "BCD": "Boot/BCD",
}  # fmt: skip
ALWAYS = {"registry-history"}
"""Kinds that any hive states."""


def hives():
    built = {name: HiveBuilder(file_name=name) for name in HIVES}
    for path in ("Microsoft", "Classes"):
        built["SOFTWARE"].key(path)
    built["SYSTEM"].key("ControlSet001")
    return {name: hive.build() for name, hive in built.items()}


def collected(folder, contents):
    for name, content in contents.items():
        path = folder / HIVES[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with closing(open_source(str(folder), ReadMeter())) as source:
        (installation,) = source.installations(earlier_states=False)
        found = collect(installation, strict=True)
        installation.close()
    assert found.problems == []
    return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """What an installation states whose hives are there and hold nothing."""
    return collected(tmp_path_factory.mktemp("empty"), hives())


def test_an_installation_that_holds_nothing_states_nothing(empty):
    assert {fact.kind for fact in empty.facts} <= ALWAYS
    assert {gap.reason for gap in empty.gaps} <= {"not-found", "not-looked"}


@pytest.mark.parametrize("artifact", [pytest.param(one, id=one.name) for one in ARTIFACTS if not set(ALWAYS) & {k.name for k in one.kinds}])
def test_what_is_absent_is_a_gap_of_each_kind_that_says_where_it_was_searched(empty, artifact):
    for kind in artifact.kinds:
        gaps = [gap for gap in empty.gaps if gap.artifact == kind.name]
        assert gaps
        assert all(gap.searched for gap in gaps)
        if artifact.place == "disk":
            assert {gap.reason for gap in gaps} == {"not-looked"}
        elif artifact.path != "%SystemRoot%":
            last = artifact.path.rpartition("\\" if artifact.place == "registry" else "/")[2]
            assert any(last.strip("*") in gap.searched for gap in gaps)


@pytest.mark.parametrize("damaged", ["SAM", "SECURITY", "SOFTWARE", "SYSTEM", "NTUSER"])
def test_of_a_damaged_hive_every_artifact_is_a_gap_that_says_so(tmp_path, damaged):
    contents = hives()
    contents[damaged] = contents[damaged][:4096] + b"\xee" * 4096
    found = collected(tmp_path, contents)
    assert not [fact for fact in found.facts if fact.place.file == HIVES[damaged]]
    for artifact in ARTIFACTS:
        if artifact.hive == damaged:
            for kind in artifact.kinds:
                assert {"malformed", "unreadable"} & {gap.reason for gap in found.gaps if gap.artifact == kind.name}, artifact.name
