"""Traces of imaging products: the table, and what exists of it."""

import pytest

from forensic.artifacts.full.imaging_product import IMAGING_PRODUCT_TRACE, TRACES, ImagingProductTrace, imaging_product_trace
from forensic.errors import Malformed, NotFound
from forensic.model import Basis
from forensic.windows.folder import Folder
from tests.builders.file import MemoryTree, stated

PLAIN = {"Windows/explorer.exe": b"MZ", "Program Files/Common Files/x": b"", "ProgramData/Microsoft/x": b"", "pagefile.sys": b""}


def traces(files, root="Windows"):
    tree = MemoryTree({**PLAIN, **dict.fromkeys(files, b"")})
    facts, failure = stated(imaging_product_trace, Folder(tree, root))
    return [fact.value for fact in facts], failure, facts, tree


@pytest.mark.parametrize(
    ("path", "product", "meaning", "stated_path"),
    [
        ("Windows/Temp/vmware-imc/x.log", "VMware guest customization", "customization", "Windows/Temp/vmware-imc"),
        ("SysPrep/sysprep.inf", "Sysprep folder on the drive", "deployment", "SysPrep"),
        ("Program Files (x86)/Acronis/x", "Acronis True Image", "cloning", "Program Files (x86)/Acronis"),
        ("windows/logs/PrepBISF_PC.log", "Base Image Script Framework", "seal", "windows/logs/PrepBISF_PC.log"),
        ("Personality.ini", "Citrix Provisioning or Machine Creation Services", "sid-preserving", "Personality.ini"),
        ("ProgramData/Amazon/EC2Launch/x", "Amazon EC2Launch v2", "cloud", "ProgramData/Amazon/EC2Launch"),
        ("linuxmuster-win/start.exe", "LINBO", "cloning", "linuxmuster-win"),
    ],
)
def test_states_product_meaning_and_the_path_as_it_is_spelled(path, product, meaning, stated_path):
    found, failure, facts, _ = traces([path])
    assert failure is None
    assert found == [ImagingProductTrace(product, stated_path, meaning)]
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
