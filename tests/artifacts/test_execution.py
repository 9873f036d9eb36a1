"""Traces of programs that change identities."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.logs.execution import TRACE_LIMIT, ExecutionTrace, amcache_file, prefetch, recent_file_cache, shim_cache
from forensic.errors import ForensicError, Malformed, NotFound, Unsupported
from forensic.model import FileTime
from forensic.volumes.directory import DirectoryTree
from forensic.windows.folder import Folder
from tests.artifacts.reading import open_hive, open_real, read_all, state
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder
from tests.builders.world_volume import mam, prefetch_file

RUN, EARLIER = FileTime.from_iso("2021-03-02T09:10:00.0000000Z"), FileTime.from_iso("2021-03-01T08:00:00.0000000Z")
SYSPREP = r"C:\Windows\System32\Sysprep\sysprep.exe"
CACHE = r"ControlSet001\Control\Session Manager\AppCompatCache"
INVENTORY = r"Root\InventoryApplicationFile"


def folder_of(tmp_path, files):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return Folder(DirectoryTree(tmp_path), "")


@pytest.mark.parametrize("version", [17, 23, 26, 30, 31])
@pytest.mark.parametrize("packed", [False, True])
def test_prefetch_tells_runs_and_path(tmp_path, version, packed):
    path = r"\DEVICE\HARDDISKVOLUME2\WINDOWS\SYSTEM32\SYSPREP\SYSPREP.EXE"
    data = prefetch_file(path, [RUN, EARLIER], 7, version)
    folder = folder_of(tmp_path, {"SYSPREP.EXE-12345678.pf": mam(data) if packed else data, "NOTEPAD.EXE-12345678.pf": b""})
    (fact,), failure = read_all(prefetch, folder)
    assert failure is None
    times = (RUN, EARLIER) if version >= 26 else (RUN,)
    assert fact.value == ExecutionTrace("Sysprep", "prefetch", path, 7, times)
    assert fact.place.file == "SYSPREP.EXE-12345678.pf"


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", Malformed), (b"MAM\4\0\1\0\0short", Malformed), (b"MAM\7aaaaaaaa", Unsupported), (prefetch_file("", [], 1, 99), Unsupported)],
)
def test_a_prefetch_file_that_cannot_be_read_is_still_a_trace(tmp_path, data, error):
    (fact,), failure = read_all(prefetch, folder_of(tmp_path, {"NewSID.exe-0A1B2C3D.pf": data}))
    assert (fact.value, type(failure)) == (ExecutionTrace("NewSID", "prefetch"), error)


def test_prefetch_knows_sidchg_by_the_beginning_of_its_name(tmp_path):
    path = r"\DEVICE\HARDDISKVOLUME2\TEMP\SIDCHG64-2.0P.EXE"
    names = ["SIDCHG64-2.0P.EXE-12345678.pf", "SIDCHG.TXT-12345678.pf", "MYSIDCHG.EXE-12345678.pf"]
    (fact,), failure = read_all(prefetch, folder_of(tmp_path, dict.fromkeys(names, prefetch_file(path, [RUN], 1, 30))))
    assert (fact.value, failure) == (ExecutionTrace("SIDCHG", "prefetch", path, 1, (RUN,)), None)


def test_prefetch_without_these_programs_is_not_found(tmp_path):
    names = ["NOTEPAD.EXE-12345678.pf", "SYSPREP.EXE-1234.pf", "SYSPREP.EXE", "Layout.ini"]
    facts, failure = read_all(prefetch, folder_of(tmp_path, dict.fromkeys(names, b"")))
    assert (facts, type(failure)) == ([], NotFound)


def test_more_traces_than_the_limit_are_cut_and_told(tmp_path):
    data = prefetch_file("", [RUN], 1, 23)
    facts, failure = read_all(prefetch, folder_of(tmp_path, {f"SYSPREP.EXE-{number:08X}.pf": data for number in range(TRACE_LIMIT + 1)}))
    assert len(facts) == TRACE_LIMIT
    assert isinstance(failure, Malformed)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=900), st.sampled_from([b"", b"MAM\4\0\4\0\0", b"\x1e\0\0\0SCCA"]))
def test_any_prefetch_ends_in_facts_or_forensic_errors(tmp_path_factory, data, head):
    _, failure = read_all(prefetch, folder_of(tmp_path_factory.mktemp("pf"), {"SYSPREP.EXE-12345678.pf": head + data}))
    assert failure is None or isinstance(failure, ForensicError)


def cache_of(data):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.value(CACHE, "AppCompatCache", REG_BINARY, data)
    return open_hive(hive)


def entry(path):
    return b"10ts" + struct.pack("<IIH", 1, 99, 2 * len(path)) + path.encode("utf-16-le") + struct.pack("<Q", RUN)


def test_the_compatibility_cache_tells_paths_once():
    paths = [
        SYSPREP,
        r"D:\tools\Öl\NEWSID.EXE",
        r"SYSVOL\temp\sidchg64.exe",
        SYSPREP.upper(),
        r"C:\mysysprep.exe",
        r"C:\Windows\regedit.exe",
        r"D:\SIDCHG64-3.0k.exe",
        r"D:\sidchg\readme.exe",
    ]
    hive = cache_of(bytes(52) + b"".join(map(entry, paths)) + b"\1" + entry(r"C:\odd\newsid.exe"))
    facts, failure = state(shim_cache, hive, CACHE)
    assert failure is None
    found = [(fact.value.tool, fact.value.path) for fact in facts]
    assert found == [
        ("Sysprep", SYSPREP),
        ("NewSID", paths[1]),
        ("SIDCHG", paths[2]),
        ("SIDCHG", paths[6]),
        ("NewSID", r"C:\odd\newsid.exe"),
    ]
    assert all(fact.value.evidence == "shim-cache" and bytes.fromhex(fact.raw).decode("utf-16-le") == fact.value.path for fact in facts)


def test_a_cache_without_these_programs_is_not_found():
    for data in (b"", bytes(100), entry(r"C:\mysysprep.exe"), "sysprep.exe".encode("utf-16-le")):
        facts, failure = state(shim_cache, cache_of(data), CACHE)
        assert (facts, type(failure)) == ([], NotFound)


def test_the_cache_of_recent_files_tells_paths(tmp_path):
    data = b"\xfe\xff\xee\xff" + struct.pack("<IIII", 0, 1, 1, len(SYSPREP)) + SYSPREP.encode("utf-16-le") + b"\0\0"
    (tmp_path / "RecentFileCache.bcf").write_bytes(data)
    (fact,), failure = read_all(recent_file_cache, DirectoryTree(tmp_path).open("RecentFileCache.bcf"))
    assert (fact.value, failure) == (ExecutionTrace("Sysprep", "recent-file-cache", SYSPREP), None)


def test_the_inventory_tells_paths_under_new_and_old_names_of_keys():
    hive = HiveBuilder(file_name="Amcache.hve")
    for name, path in [
        ("newsid.exe|1a2b", r"c:\tools\newsid.exe"),
        ("notepad.exe|1a2b", r"c:\tools\sysprep.exe"),
        ("0000abcd", SYSPREP.lower()),
        ("sidchg64-2.0p.exe|1a2b", r"c:\tools\sidchg64-2.0p.exe"),
        ("0000abce", r"c:\other.exe"),
    ]:
        hive.value(rf"{INVENTORY}\{name}", "LowerCaseLongPath", REG_SZ, path)
    facts, failure = state(amcache_file, open_hive(hive), INVENTORY)
    assert failure is None
    assert {(fact.value.tool, fact.value.path) for fact in facts} == {
        ("NewSID", r"c:\tools\newsid.exe"),
        ("Sysprep", SYSPREP.lower()),
        ("SIDCHG", r"c:\tools\sidchg64-2.0p.exe"),
    }


@pytest.mark.parametrize("name", ["SYSTEM_2", "SYSTEM_B", "SYSTEM_WIN_10_1709"])
def test_real_caches_are_searched(real, name):
    hive = open_real(real(f"hives/regipy/{name}"))
    facts, failure = state(shim_cache, hive, CACHE)
    assert failure is None or isinstance(failure, NotFound)
    assert all(fact.value.tool == "Sysprep" and fact.value.path.lower().endswith("sysprep.exe") for fact in facts)


@pytest.mark.parametrize("name", ["hives/regipy/amcache.hve", "machines/win10-rathbun/Amcache/Amcache.hve"])
def test_real_inventories_know_none_of_these_programs(real, name):
    facts, failure = state(amcache_file, open_real(real(name)), INVENTORY)
    assert (facts, type(failure)) == ([], NotFound)
