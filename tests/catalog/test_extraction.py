"""Extraction: a fresh report is never stale, an older one is, and which artifacts made it so is said."""

import pytest

from forensic import examine
from forensic.catalog import extraction
from forensic.catalog.entry import entry_of
from tests.conftest import PROJECT

SAMPLES = ("desk-10.E01", "moved-7.vhdx", "lab-xp.raw.zip")


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("depth", ["triage", "full"])
def test_what_was_just_examined_is_not_stale(sample, depth):
    found = entry_of(examine(PROJECT / "samples" / sample, depth=depth))
    assert found.extraction
    assert extraction.changed(found.extraction) == {}


def test_older_and_new_artifacts_make_a_report_stale_and_gone_ones_do_not(reports):
    versions = entry_of(reports[0]).extraction
    older = versions | {"machine-guid": 0, "gone-since": 7}
    assert extraction.changed(older) == {"machine-guid": (0, 1)}
    lacking = {name: version for name, version in versions.items() if name != "computer-name"}
    assert set(extraction.changed(lacking)) <= {"computer-name"}
    assert extraction.changed({}) == {}
    assert extraction.older({1: versions, 2: older}) == {2}
