r"""Traces that Sysprep or a SID changer ran: what Windows notes of programs that were started or seen."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact, artifact_file, artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound, Unsupported
from forensic.model import Basis, Change, Claim, Fact, FileTime, Kind, Origin, Span, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.volumes.tree import File
    from forensic.windows.folder import Folder

TRACE_LIMIT = 100
"""Traces of one place that are stated at most."""
KEY_LIMIT = 100_000
"""Programs of one inventory that are looked at most."""

TOOLS = {
    "sysprep.exe": "Sysprep",
    "newsid.exe": "NewSID",
    "ghstwalk.exe": "Ghost Walker",
}
"""Programs that are looked for, by file name."""
SIDCHG = "sidchg"
"""How the names of SIDCHG's programs begin: its version follows, as in `sidchg64-2.0p.exe`."""

_LIBSCCA = "libyal, Windows Prefetch File format, https://github.com/libyal/libscca"
_WINREG = reference.WINREG_KB
_MANDIANT = "Mandiant, Leveraging the Application Compatibility Cache in Forensic Investigations"
PREFETCH_FILES = (*(f"{name.upper()}-*.pf" for name in TOOLS), f"{SIDCHG.upper()}*.EXE-*.pf")
"""Names of the files of Prefetch that are read."""
_PREFETCH_NAME = re.compile(r"(.{1,29}\.EXE)-[0-9A-F]{8}\.pf", re.IGNORECASE)
_EXACT = b"|".join(re.escape(f"\\{name}".encode("utf-16-le")) for name in TOOLS)
_VERSIONED = re.escape(f"\\{SIDCHG}".encode("utf-16-le")) + rb"(?:[ -\[\]-~]\0){0,32}?" + re.escape(".exe".encode("utf-16-le"))
_NAMES = re.compile(_EXACT + b"|" + _VERSIONED, re.IGNORECASE)
_PATH = re.compile(
    r'(?:[A-Za-z]:|SYSVOL|\\VOLUME\{[0-9a-f-]{1,64}\}|\\DEVICE\\HARDDISKVOLUME\d{1,4})(?:\\[^\\/:*?"<>|\x00-\x1f]{1,255})+$', re.IGNORECASE
)
_PATH_BYTES = 1040
_RUNS = {17: (0x78, 1, 0x90), 23: (0x80, 1, 0x98), 26: (0x80, 8, 0xD0), 30: (0x80, 8, 0xD0), 31: (0x80, 8, 0xC8)}
"""By version of the format: offset of the last runs, how many there are, offset of the number of runs."""


class ExecutionTrace(msgspec.Struct, frozen=True):
    """A trace of a program that changes identities."""

    tool: str
    """`Sysprep`, `NewSID`, `SIDCHG`, or `Ghost Walker`."""
    evidence: str
    """`prefetch`, `shim-cache`, `amcache`, or `recent-file-cache`."""
    path: str | None = None
    """Of the program, as it was noted there."""
    runs: int | None = None
    last_runs: tuple[FileTime, ...] = ()
    """The last runs, the latest first; up to eight."""


EXECUTION_TRACE = Kind(
    "execution-trace",
    ExecutionTrace,
    "Trace of Sysprep or a SID changer in what Windows notes of programs",
    origin=Origin.OBSERVED,
    renews={Change.SID_CHANGER: kept(Basis.INFERRED), Change.RENAME: kept(Basis.INFERRED), Change.USE: always(Basis.INFERRED)},
    claims=[
        Claim("Prefetch notes how often a program ran, and when last.", Basis.SOURCED, _LIBSCCA),
        Claim("Servers have none, unless an administrator switched it on.", Basis.UNVERIFIED),
        Claim(
            "The application compatibility cache lists programs that were run, and from Windows Vista on also ones that were only seen in "
            "a folder; it is written when the machine shuts down.",
            Basis.SOURCED,
            _MANDIANT,
        ),
        Claim("Amcache lists programs that a scan of the machine found; one there need not have run.", Basis.UNVERIFIED),
        Claim("Sysprep lies on every installation from Vista on: a listing without a run says nothing.", Basis.UNVERIFIED),
        Claim("Generalizing may empty prefetch and caches of the master: absence shows nothing.", Basis.UNVERIFIED),
        Claim("A program can be renamed before it is run, and Ghost Walker can run outside of Windows.", Basis.UNVERIFIED),
        Claim(
            "SIDCHG's programs carry their version in the name: sidchg64-2.0p.exe, sidchg64-3.0k.exe.",
            Basis.SOURCED,
            "Tencent Cloud's help, and a public script",
        ),
        Claim("The name of Ghost Walker's program.", Basis.UNVERIFIED),
    ],
    references=[_LIBSCCA, _WINREG, _MANDIANT],
)


@artifact_folder("%SystemRoot%/Prefetch", EXECUTION_TRACE, since=(5, 1), takes=PREFETCH_FILES)
def prefetch(folder: Folder) -> Iterator[Fact[ExecutionTrace]]:
    """State the runs of these programs that prefetch noted: files `<PROGRAM>-<8 hex digits>.pf`, of which only those are opened.

    From Windows 10 on a file is `MAM`, 04, its size (4 bytes), then XPRESS Huffman. What is inside:

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 4 | version | 17 XP and 2003, 23 Vista and 7, 26 8 and 8.1, 30 and 31 10 and 11 |
    | 4 | 4 | `SCCA` | |
    | 84 | 4 | offset of the metrics | 296 in a later form of version 30, which is like 31 |
    | 120, 128 | 8 each | last runs | FILETIME (UTC), one, or eight from version 26 on |
    | 144, 152, 208, 200 | 4 | number of runs | by version |

    The path is that of the program among the files it loaded, where it stands in the first 64 KiB.
    """
    failures, stated = Deferred(), 0
    for entry in folder.entries():
        match = _PREFETCH_NAME.fullmatch(entry.name)
        tool = None if match is None else tool_of(match[1])
        if tool is None or entry.is_directory:
            continue
        stated += 1
        if stated > TRACE_LIMIT:
            raise Malformed(f"{folder.path}: more than {TRACE_LIMIT} traces")
        file = folder.file(entry.name)
        trace = ExecutionTrace(tool, "prefetch")
        with failures:
            trace = _prefetched(tool, file.path, folder.unpacked(entry.name))
        yield EXECUTION_TRACE.fact(trace, file)
    failures.settle()
    if not stated:
        raise NotFound("prefetch knows none of these programs")


def _prefetched(tool: str, name: str, data: bytes) -> ExecutionTrace:
    """Return what the bytes of a prefetch file say."""
    if len(data) < 0xD4 or data[4:8] != b"SCCA":
        raise Malformed(f"{name}: no prefetch file", 4)
    version, metrics = struct.unpack_from("<I", data)[0], struct.unpack_from("<I", data, 84)[0]
    if version not in _RUNS:
        raise Unsupported(f"{name}: version {version} of prefetch")
    times_at, count, runs_at = _RUNS[31 if version == 30 and metrics == 296 else version]
    times = struct.unpack_from(f"<{count}Q", data, times_at)
    path = next((path for found, path, _ in _paths(data) if found == tool), None)
    runs = struct.unpack_from("<I", data, runs_at)[0]
    return ExecutionTrace(tool, "prefetch", path, runs, tuple(FileTime(time) for time in times if time))


@artifact("SYSTEM", r"CurrentControlSet\Control\Session Manager\AppCompatCache", EXECUTION_TRACE, since=(5, 2), depth="full")
def shim_cache(key: Key) -> Iterator[Fact[ExecutionTrace]]:
    r"""State these programs' paths in the application compatibility cache, value `AppCompatCache`, REG_BINARY.

    The value is searched for the names of the programs; its times are those of the files, not of runs, and are not stated. The key is
    `Control\Session Manager\AppCompatCache`.
    """
    yield from _cached(key)


@artifact(
    "SYSTEM", r"CurrentControlSet\Control\Session Manager\AppCompatibility", EXECUTION_TRACE, since=(5, 1), until=(5, 1), depth="full"
)
def shim_cache_xp(key: Key) -> Iterator[Fact[ExecutionTrace]]:
    r"""State these programs' paths in the application compatibility cache of XP: key `AppCompatibility`, value `AppCompatCache`."""
    yield from _cached(key)


def _cached(key: Key) -> Iterator[Fact[ExecutionTrace]]:
    value = key.value("AppCompatCache")
    base = value.place.offset
    stated = False
    for tool, path, at in _distinct(value.raw):
        stated = True
        place = value.place if base is None else value.place.inside(offset=base + at)
        raw = value.raw[at : at + 2 * len(path)]
        yield EXECUTION_TRACE.fact(ExecutionTrace(tool, "shim-cache", path), Span(place, raw, value.written, value.state))
    if not stated:
        raise NotFound("the cache knows none of these programs")


@artifact_file("%SystemRoot%/AppCompat/Programs/RecentFileCache.bcf", EXECUTION_TRACE, since=(6, 1), until=(6, 1), depth="full")
def recent_file_cache(file: File) -> Iterator[Fact[ExecutionTrace]]:
    """State these programs' paths in RecentFileCache.bcf of Windows 7: programs that ran since the last scan of the machine."""
    data, stated = file.read_all(), False
    for tool, path, at in _distinct(data):
        stated = True
        span = Span(file.place.inside(offset=at), data[at : at + 2 * len(path)], file.written)
        yield EXECUTION_TRACE.fact(ExecutionTrace(tool, "recent-file-cache", path), span)
    if not stated:
        raise NotFound("the file knows none of these programs")


@artifact("AMCACHE", r"Root\InventoryApplicationFile", EXECUTION_TRACE, since=(6, 1), depth="full")
def amcache_file(key: Key) -> Iterator[Fact[ExecutionTrace]]:
    r"""State these programs' paths in Amcache: keys `Root\InventoryApplicationFile\<name>|<hash>`, value `LowerCaseLongPath`.

    A hive of 2017 names its keys by a hash alone. The fact's `written` is when the scan of the machine found the program.
    """
    failures, stated = Deferred(), 0
    for number, entry in enumerate(key.keys()):
        if number >= KEY_LIMIT or stated > TRACE_LIMIT:
            raise Malformed("more programs than are looked at")
        name, bar, _ = entry.name.partition("|")
        if bar and tool_of(name) is None:
            continue
        with failures:
            value = entry.find_value("LowerCaseLongPath")
            if value is None:
                continue
            path = value.text()
            tool = tool_of(path.rpartition("\\")[2])
            if tool is not None:
                stated += 1
                yield EXECUTION_TRACE.fact(ExecutionTrace(tool, "amcache", path), value)
    failures.settle()
    if not stated:
        raise NotFound("the inventory knows none of these programs")


def tool_of(name: str) -> str | None:
    """Return the program that a file of this name is; None of any other."""
    name = name.lower()
    return "SIDCHG" if name.startswith(SIDCHG) and name.endswith(".exe") else TOOLS.get(name)


def _paths(data: bytes) -> Iterator[tuple[str, str, int]]:
    """Yield program, path and offset of each path in UTF-16LE that ends in one of the programs' names."""
    for match in _NAMES.finditer(data):
        start = max(match.end() % 2, match.end() - _PATH_BYTES)
        text = data[start : match.end()].decode("utf-16-le", "replace")
        path = _PATH.search(text)
        if path is not None and (tool := tool_of(path[0].rpartition("\\")[2])) is not None:
            yield tool, path[0], match.end() - 2 * len(path[0])


def _distinct(data: bytes) -> Iterator[tuple[str, str, int]]:
    """Yield each path once, at most as many as are stated."""
    seen = set[str]()
    for tool, path, at in _paths(data):
        if path.lower() not in seen:
            if len(seen) >= TRACE_LIMIT:
                raise Malformed(f"more than {TRACE_LIMIT} traces")
            seen.add(path.lower())
            yield tool, path, at
