"""Traces of imaging products: the tables, and what exists of them."""

import pytest

from forensic.artifacts.known_values.product import meaning_of
from forensic.artifacts.products.imaging_product import (
    IMAGING_PRODUCT_TRACE,
    SERVICE_KEYS,
    SOFTWARE_KEYS,
    TRACES,
    ImagingProductTrace,
    imaging_product_key,
    imaging_product_service,
    imaging_product_trace,
)
from forensic.errors import Malformed, NotFound
from forensic.model import Basis
from forensic.windows.folder import Folder
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.file import MemoryTree, stated
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ, HiveBuilder

PLAIN = {"Windows/explorer.exe": b"MZ", "Program Files/Common Files/x": b"", "ProgramData/Microsoft/x": b"", "pagefile.sys": b""}


def traces(files, root="Windows"):
    tree = MemoryTree({**PLAIN, **dict.fromkeys(files, b"")})
    facts, failure = stated(imaging_product_trace, Folder(tree, root))
    return [fact.value for fact in facts], failure, facts, tree


@pytest.mark.parametrize(
    ("path", "product", "meaning", "stated_path"),
    [
        ("Windows/Temp/vmware-imc/x.log", "VMware guest customization", "customization", "Windows/Temp/vmware-imc"),
        ("Windows/.post-gc-status", "VMware guest customization", "customization", "Windows/.post-gc-status"),
        ("SysPrep/sysprep.inf", "Sysprep folder on the drive", "deployment", "SysPrep"),
        ("Program Files (x86)/Acronis/x", "Acronis True Image", "cloning", "Program Files (x86)/Acronis"),
        ("windows/logs/PrepBISF_PC.log", "Base Image Script Framework", "seal", "windows/logs/PrepBISF_PC.log"),
        ("Personality.ini", "Citrix Provisioning or Machine Creation Services", "sid-preserving", "Personality.ini"),
        ("ProgramData/Amazon/EC2Launch/x", "Amazon EC2Launch v2", "cloud", "ProgramData/Amazon/EC2Launch"),
        ("linuxmuster-win/start.exe", "LINBO", "sid-preserving", "linuxmuster-win"),
    ],
)
def test_states_product_and_the_path_as_it_is_spelled_and_what_they_mean_is_looked_up(path, product, meaning, stated_path):
    found, failure, facts, _ = traces([path])
    assert failure is None
    assert found == [ImagingProductTrace(product, stated_path)]
    assert meaning_of(product, stated_path) == meaning
    assert facts[0].place.file == stated_path


@pytest.mark.parametrize("path", ["MININT", "sysprep", "Program Files/Veeam", "Windows/Temp/vmware-imc"])
def test_a_file_where_a_folder_is_meant_is_no_trace(path):
    assert traces([path])[0] == []


def test_names_beyond_the_first_are_counted():
    assert traces([f"Windows/Logs/PrepBISF_{number}.log" for number in range(500)])[0][0].omitted == 499


def test_a_plain_installation_has_none_and_costs_few_listings():
    found, failure, _, tree = traces([])
    assert found == []
    assert isinstance(failure, NotFound)
    assert len(tree.listed) == len(set(tree.listed)) <= 6
    assert tree.opened == []


def test_a_folder_that_cannot_be_listed_hides_no_other_trace():
    tree = MemoryTree({**PLAIN, "Personality.ini": b"", "Program Files/Veeam/x": b""})
    listing = tree.list

    def fail(path=""):
        if path == "Program Files":
            raise Malformed("index")
        return listing(path)

    tree.list = fail
    facts, failure = stated(imaging_product_trace, Folder(tree, "Windows"))
    assert [fact.value.path for fact in facts] == ["Personality.ini"]
    assert isinstance(failure, Malformed)


def test_the_table_says_of_each_row_how_well_it_is_known():
    assert all(trace.path.startswith(("%SystemDrive%/", "%SystemRoot%/", "%ProgramFiles%/", "%ProgramData%/")) for trace in TRACES)
    assert all(bool(trace.source) == (trace.basis is Basis.SOURCED) for trace in TRACES)
    assert all("*" not in trace.path.rstrip("/").rpartition("/")[0] for trace in TRACES)
    assert len({trace.path for trace in TRACES}) == len(TRACES)
    said = " ".join(claim.text for claim in IMAGING_PRODUCT_TRACE.claims)
    assert all(trace.product in said for trace in TRACES)


def test_what_the_deployment_toolkit_noted_is_stated_with_the_key():
    built = HiveBuilder()
    for name, content in (("Deployment Method", "UNC"), ("Task Sequence ID", "W10-01"), ("Capture Timestamp", "20160321"), ("Other", "x")):
        built.value(r"Microsoft\Deployment 4", name, REG_SZ, content)
    (fact,), failure = state(imaging_product_key, open_hive(built, "SOFTWARE"), "")
    assert failure is None
    notes = ("Deployment Method: UNC", "Task Sequence ID: W10-01", "Capture Timestamp: 20160321")
    assert fact.value == ImagingProductTrace("Microsoft Deployment Toolkit", r"Microsoft\Deployment 4", notes=notes)
    assert (fact.place.file, fact.place.key, fact.place.value) == ("SOFTWARE", r"Microsoft\Deployment 4", "Deployment Method")


def test_a_machine_where_only_the_toolkit_is_installed_was_not_deployed_by_it():
    built = HiveBuilder()
    built.value(r"Microsoft\Deployment 4", "Install_Dir", REG_SZ, r"C:\Program Files\Microsoft Deployment Toolkit")
    facts, failure = state(imaging_product_key, open_hive(built, "SOFTWARE"), "")
    assert (facts, type(failure)) == ([], NotFound)


@pytest.mark.parametrize("row", SOFTWARE_KEYS, ids=lambda row: row.path)
@pytest.mark.parametrize("below", ["", "Wow6432Node\\"])
def test_every_key_of_the_table_is_found_in_both_views(row, below):
    built = HiveBuilder()
    built.key(below + row.path)
    for name in row.values:
        built.value(below + row.path, name, REG_DWORD, 7)
    (fact,), failure = state(imaging_product_key, open_hive(built, "SOFTWARE"), "")
    assert failure is None
    assert (fact.value.product, fact.value.path) == (row.product, below + row.path)
    assert fact.value.notes == tuple(f"{name}: 7" for name in row.values)


@pytest.mark.parametrize("row", SERVICE_KEYS, ids=lambda row: row.path)
def test_every_service_of_the_table_is_found(row):
    built = HiveBuilder()
    built.key(rf"Services\{row.path}")
    for name in row.values:
        built.value(rf"Services\{row.path}", name, REG_BINARY, bytes(300))
    (fact,), failure = state(imaging_product_service, open_hive(built, "SYSTEM"), "Services")
    assert (fact.value.product, failure) == (row.product, None)
    assert fact.value.notes == tuple(f"{name}: {'00' * 128}" for name in row.values)


def test_a_damaged_note_hides_no_other_trace():
    built = HiveBuilder()
    built.value(r"Microsoft\Deployment 4", "Deployment Method", REG_DWORD, b"\1\2\3\4\5")
    built.key("Veeam")
    facts, failure = state(imaging_product_key, open_hive(built, "SOFTWARE"), "")
    assert [fact.value.product for fact in facts] == ["Veeam"]
    assert isinstance(failure, Malformed)


def test_a_hive_without_any_is_not_found():
    built = HiveBuilder()
    built.key(r"Services\Tcpip")
    for read, path in ((imaging_product_key, ""), (imaging_product_service, "Services")):
        facts, failure = state(read, open_hive(built), path)
        assert (facts, type(failure)) == ([], NotFound)


@pytest.mark.parametrize("name", ["regipy/SYSTEM_2", "regipy/SYSTEM_B", "regipy/SYSTEM_WIN_10_1709", "m57-pat-xp/SYSTEM"])
def test_real_machines_that_were_set_up_from_media_have_no_such_service(real, name):
    facts, failure = state(imaging_product_service, open_real(real(f"hives/{name}")), r"ControlSet001\Services")
    assert (facts, type(failure)) == ([], NotFound)


def test_the_tables_of_keys_say_of_each_row_how_well_it_is_known():
    assert all(bool(row.source) == (row.basis is Basis.SOURCED) for row in (*SOFTWARE_KEYS, *SERVICE_KEYS))
    said = " ".join(claim.text for claim in IMAGING_PRODUCT_TRACE.claims)
    assert all(row.product in said for row in (*SOFTWARE_KEYS, *SERVICE_KEYS))
