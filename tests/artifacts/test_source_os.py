"""Earlier installations that upgrades archived."""

from forensic.artifacts.setup.source_os import SourceOs, source_os
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_DWORD, REG_QWORD, REG_SZ, HiveBuilder

TICKS = FileTime.from_iso("2017-07-12T07:18:28.9312427Z")
UPGRADE = FileTime.from_iso("2019-05-16T08:21:59.6762311Z")
LABEL = "Source OS (Updated on 1/6/2019 02:18:37)"


def system(*blocks):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(r"Setup\SetupCl")
    for label, values in blocks:
        hive.key(f"Setup\\{label}", written=UPGRADE)
        for name, (kind, data) in values.items():
            hive.value(f"Setup\\{label}", name, kind, data)
    return open_hive(hive)


def test_states_each_earlier_installation_with_the_key_it_lies_in():
    values = {"ProductName": (REG_SZ, "Windows 10 Pro"), "CurrentBuild": (REG_SZ, "15063"), "InstallTime": (REG_QWORD, int(TICKS))}
    values |= {"CurrentMajorVersionNumber": (REG_DWORD, 10), "CurrentMinorVersionNumber": (REG_DWORD, 0)}
    facts, failure = state(source_os, system((LABEL, values)), "Setup")
    assert failure is None
    assert [fact.value for fact in facts] == [SourceOs(LABEL, "Windows 10 Pro", "10.0", "15063", TICKS)]
    assert (facts[0].place.key, facts[0].written) == (f"Setup\\{LABEL}", UPGRADE)


def test_takes_the_installation_time_from_install_date_where_that_is_all():
    values = {"CurrentVersion": (REG_SZ, "6.1"), "InstallDate": (REG_DWORD, 1289408803)}
    facts, _ = state(source_os, system(("Source OS (Updated on 10/11/2015)", values)), "Setup")
    assert (facts[0].value.version, str(facts[0].value.installed)) == ("6.1", "2010-11-10T17:06:43.0000000Z")


def test_says_that_no_upgrade_is_on_record():
    facts, failure = state(source_os, system(), "Setup")
    assert not facts
    assert isinstance(failure, NotFound)


def test_damage_in_one_block_hides_no_other():
    facts, failure = state(source_os, system((LABEL, {"InstallDate": (REG_SZ, "?")}), ("Source OS (2)", {})), "Setup")
    assert len(facts) == 2
    assert isinstance(failure, Malformed)
