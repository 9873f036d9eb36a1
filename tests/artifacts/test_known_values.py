"""The media baseline: every entry has its source, and is a constant of its kind."""

import pytest

from forensic.artifacts.identity.hardware_profile import HARDWARE_PROFILE_GUID
from forensic.artifacts.identity.machine_sid import SAM_DOMAIN_CREATED
from forensic.artifacts.known_values import media as baseline
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.model import FileTime

TABLES = (baseline.CLONE_TAGS, baseline.HARDWARE_PROFILES, baseline.SAM_CREATED, baseline.SID_PREFIXES, baseline.BUILDS)


@pytest.mark.parametrize("table", TABLES)
def test_every_entry_names_release_and_source(table):
    assert table
    assert all(entry.release and entry.source and entry.basis for entry in table.values())


def test_kinds_have_the_entries_as_constants():
    assert {value.text for value in CLONE_TAG.known_values} == set(baseline.CLONE_TAGS)
    assert set(baseline.HARDWARE_PROFILES) <= set(HARDWARE_PROFILE_GUID.known_values)
    assert set(SAM_DOMAIN_CREATED.known_values) == set(baseline.SAM_CREATED)


def test_builds_have_days_that_rise_with_them():
    days = [(int(build), FileTime.from_iso(f"{entry.release}T12:00:00")) for build, entry in baseline.BUILDS.items()]
    times = [day for _, day in sorted(days)]
    assert times == sorted(times)
