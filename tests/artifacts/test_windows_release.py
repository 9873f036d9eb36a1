"""What is installed, since when, in which product type."""

import pytest

from forensic.artifacts.setup.windows_release import WindowsRelease, build_guid, install_date, product_id, product_type, windows_release
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_DWORD, REG_QWORD, REG_SZ, HiveBuilder

KEY = r"Microsoft\Windows NT\CurrentVersion"


def software(**values):
    hive = HiveBuilder()
    hive.key(KEY)
    for name, (kind, data) in values.items():
        hive.value(KEY, name, kind, data)
    return open_hive(hive)


WINDOWS_10 = {
    "ProductName": (REG_SZ, "Windows 10 Pro"),
    "EditionID": (REG_SZ, "Professional"),
    "CurrentVersion": (REG_SZ, "6.3"),
    "CurrentMajorVersionNumber": (REG_DWORD, 10),
    "CurrentMinorVersionNumber": (REG_DWORD, 0),
    "CurrentBuildNumber": (REG_SZ, "19045"),
    "UBR": (REG_DWORD, 3803),
    "ReleaseId": (REG_SZ, "2009"),
    "DisplayVersion": (REG_SZ, "22H2"),
    "InstallationType": (REG_SZ, "Client"),
    "BuildLabEx": (REG_SZ, "19041.1.amd64fre.vb_release.191206-1406"),
}


def test_states_every_part_of_a_windows_10_release_at_its_key():
    facts, failure = state(windows_release, software(**WINDOWS_10), KEY)
    assert failure is None
    assert [fact.value for fact in facts] == [
        WindowsRelease("Windows 10 Pro", "Professional", "10.0", "19045", 3803, "22H2", "Client", "19041.1.amd64fre.vb_release.191206-1406")
    ]
    assert facts[0].place.key == KEY


def test_takes_the_version_of_older_releases_from_current_version():
    hive = software(CurrentVersion=(REG_SZ, "5.1"), CurrentBuild=(REG_SZ, "2600"), CSDVersion=(REG_SZ, "Service Pack 3"))
    facts, _ = state(windows_release, hive, KEY)
    assert facts[0].value == WindowsRelease(version="5.1", build="2600", csd="Service Pack 3")


def test_states_the_release_and_then_the_damage_of_one_part():
    facts, failure = state(windows_release, software(**WINDOWS_10 | {"EditionID": (REG_DWORD, 7)}), KEY)
    assert facts[0].value.edition is None
    assert facts[0].value.build == "19045"
    assert isinstance(failure, Malformed)


def test_names_no_release_where_the_key_is_empty():
    facts, failure = state(windows_release, software(), KEY)
    assert not facts
    assert isinstance(failure, NotFound)


def test_states_both_forms_of_the_installation_time():
    ticks = FileTime.from_iso("2022-10-24T13:20:42.9018501Z")
    hive = software(InstallDate=(REG_DWORD, 1666617642), InstallTime=(REG_QWORD, int(ticks)))
    facts, failure = state(install_date, hive, KEY)
    assert failure is None
    assert [(str(fact.value), fact.place.value) for fact in facts] == [
        ("2022-10-24T13:20:42.0000000Z", "InstallDate"),
        ("2022-10-24T13:20:42.9018501Z", "InstallTime"),
    ]


def test_takes_an_install_date_of_zero_for_none():
    facts, failure = state(install_date, software(InstallDate=(REG_DWORD, 0)), KEY)
    assert not facts
    assert isinstance(failure, NotFound)


def test_a_damaged_install_date_hides_no_install_time():
    facts, failure = state(install_date, software(InstallDate=(REG_SZ, "today"), InstallTime=(REG_QWORD, 131434824112901043)), KEY)
    assert len(facts) == 1
    assert isinstance(failure, Malformed)


def test_an_install_date_of_more_than_32_bits_is_malformed():
    facts, failure = state(install_date, software(InstallDate=(REG_QWORD, 1 << 56)), KEY)
    assert not facts
    assert isinstance(failure, Malformed)


@pytest.mark.parametrize(
    ("read", "name", "text", "value"),
    [
        (product_id, "ProductId", "00330-80000-00000-AA123", "00330-80000-00000-AA123"),
        (build_guid, "BuildGUID", "ffffffff-ffff-ffff-ffff-FFFFFFFFFFFF", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ],
)
def test_states_the_identifiers_of_the_product_or_says_that_they_are_absent(read, name, text, value):
    facts, failure = state(read, software(**{name: (REG_SZ, text)}), KEY)
    assert failure is None
    assert (facts[0].value, facts[0].place.value) == (value, name)
    assert isinstance(state(read, software(), KEY)[1], NotFound)
    assert isinstance(state(read, software(**{name: (REG_DWORD, 1)}), KEY)[1], Malformed)


def test_a_build_guid_that_is_none_is_malformed():
    assert isinstance(state(build_guid, software(BuildGUID=(REG_SZ, "1234")), KEY)[1], Malformed)


def test_states_the_product_type_and_says_where():
    hive, path = HiveBuilder(file_name="SYSTEM"), r"ControlSet001\Control\ProductOptions"
    hive.value(path, "ProductType", REG_SZ, "LanmanNT")
    facts, _ = state(product_type, open_hive(hive), path)
    assert (facts[0].value, facts[0].place.control_set) == ("LanmanNT", 1)
