"""Collection: writes the recipes in docs/collect/ that take from a live computer what the artifacts read, and nothing else.

A KAPE target, a Velociraptor artifact and a PowerShell script, each made from the artifacts' own declarations, so that none goes stale:
`python -m tools.documentation` writes them, a test compares, another packs what they would take and examines it.
"""

from __future__ import annotations

import fnmatch
import json
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from forensic.artifacts.declaration import OTHER_CHANNELS, Artifact, load
from forensic.sources.proposal import COPIES
from forensic.windows.event_log import log_paths
from forensic.windows.hive_folder import CONFIG, LOG_SUFFIXES, MACHINE_HIVES
from forensic.windows.installation import AMCACHE, RENAMED

TEMPLATES = Path(__file__).resolve().parent / "recipes"
OLDEST = (6, 1)
"""Windows 7: the oldest release on which the recipes run."""
PROFILE_HIVES = {"NTUSER": "NTUSER.DAT", "USRCLASS": "AppData/Local/Microsoft/Windows/UsrClass.dat"}
SERVICE_PROFILES = ("%SystemRoot%/ServiceProfiles/*", "%SystemRoot%/System32/config/systemprofile")
"""Where the profiles lie that no person has."""
LEFT_OUT = {
    "BCD": "the boot configuration lies on a volume without a letter",
    "$ObjId": "the index of object ids is no file and no stream",
}
"""What no recipe takes, and why."""
NOT_TRIED = "It was written without a Windows at hand and has not been tried on one. Try it on a computer of your own first."
_DRIVES = {
    "%SystemDrive%": "",
    "%SystemRoot%": "Windows/",
    "%ProgramData%": "ProgramData/",
    "%ProgramFiles%": "Program Files*/",
    "%UserProfile%": "Users/*/",
}
"""What a variable stands for, below the drive, where a recipe cannot ask the computer."""
_RAW = "what NTFS keeps for itself (`$Secure:$SDS`, `$UsnJrnl`, `$MFT`)"
_NAMESPACE = uuid.UUID("6a3f0c52-5d0f-4c3b-9a52-0f6d0f4f7c11")


class Place(NamedTuple):
    """Files that are taken."""

    variable: str
    path: str
    """Below the variable, with `/`; components may hold `*`, `**` is any depth; a stream stands behind `:`."""
    content: bool
    """Whether the content is read; False: only the names."""

    @property
    def is_raw(self) -> bool:
        """Whether it is a file or stream of NTFS itself, which no ordinary program can open."""
        return ":" in self.path or (self.variable == "%SystemDrive%" and self.path == "$MFT")

    @property
    def on_drive(self) -> str:
        """The path below the drive, on a computer whose folders have their usual names."""
        return _DRIVES[self.variable] + self.path


def places() -> list[Place]:
    """Return what the artifacts read, each place once: what is read before what is only named."""
    found = dict.fromkeys(place for one in load() if one.until is None or one.until >= OLDEST for place in _of(one))
    read = {place[:2] for place in found if place.content}
    kept = [place for place in found if place.content or place[:2] not in read]
    return sorted(kept, key=lambda place: (not place.content, place.variable, place.path.lower()))


def _of(one: Artifact) -> Iterator[Place]:
    if one.place == "registry":
        yield from _hive(one.hive)
    elif one.place == "file":
        yield from _place(one.path, content=True)
    elif one.place == "folder":
        for patterns, content in ((one.takes, True), (one.names, False)):
            for pattern in patterns:
                yield from _place(pattern if pattern.startswith("%") else f"{one.path.rstrip('/')}/{pattern}", content=content)
    elif one.place == "events" and one.path != OTHER_CHANNELS:
        yield from _place(log_paths(one.path)[0], content=True)


def _hive(name: str) -> Iterator[Place]:
    if name in MACHINE_HIVES:
        files = [f"%SystemRoot%/{folder}/{name}" for folder in (CONFIG, COPIES[0])]
    elif name in PROFILE_HIVES:
        files = [f"{folder}/{PROFILE_HIVES[name]}" for folder in ("%UserProfile%", *SERVICE_PROFILES)]
        files += [f"%SystemRoot%/{CONFIG}/DEFAULT"] if name == "NTUSER" else []  # of the system itself
    elif name == "AMCACHE":
        files = [f"%SystemRoot%/{AMCACHE}"]
    else:
        return  # the boot configuration: see `LEFT_OUT`
    for file in files:
        for suffix in ("", *LOG_SUFFIXES):
            yield from _place(file + suffix, content=True)


def _place(path: str, *, content: bool) -> Iterator[Place]:
    """Yield a path of a declaration as a place: with the name that Vista gave to a renamed folder."""
    variable, _, rest = path.partition("/")
    if variable == "%AppData%":
        variable, _, above = RENAMED[variable][0].partition("/")
        rest = f"{above}/{rest}"
    if rest.rpartition("/")[2] not in LEFT_OUT:
        yield Place(variable, rest, content)


# What a recipe would take of a computer, for the tests.


def chosen(files: Iterable[str], *, raw: bool = True) -> dict[str, bool]:
    """Return which of the files at these paths below the drive are taken, each with whether its content is; `raw`: NTFS' own too."""
    patterns = [(place.on_drive.lower().split("/"), place) for place in places() if raw or not place.is_raw]
    taken: dict[str, bool] = {}
    for path in files:
        parts = path.lower().split("/")
        for pattern, place in patterns:
            if _fits(parts, pattern):
                taken[path] = taken.get(path, False) or place.content
    return taken


def _fits(parts: list[str], pattern: list[str]) -> bool:
    if pattern[-1] == "**":
        return len(parts) >= len(pattern) and all(map(fnmatch.fnmatchcase, parts, pattern[:-1]))
    if not pattern[-1]:  # a folder: it is there where something lies in it
        return len(parts) >= len(pattern) and all(map(fnmatch.fnmatchcase, parts, pattern[:-1]))
    return len(parts) == len(pattern) and all(map(fnmatch.fnmatchcase, parts, pattern))


# The recipes.


def files() -> dict[str, str]:
    """Return the recipes: path below docs/ -> text."""
    return {
        "collect/README.md": _readme(),
        "collect/collect.ps1": _powershell(),
        "collect/SysprepForensic.tkape": _kape(),
        "collect/Custom.Windows.SysprepForensic.yaml": _velociraptor(),
    }


def _windows(path: str) -> str:
    return path.replace("/", "\\")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _powershell() -> str:
    taken = [place for place in places() if not place.is_raw and not place.path.startswith("ServiceProfiles/")]
    taken = [place for place in taken if not place.path.startswith("System32/config/systemprofile/")]  # ProfileList names these profiles
    rows = {
        content: "\n".join(f"    {_quoted(_windows(f'{place.variable}/{place.path}'))}" for place in taken if place.content is content)
        for content in (True, False)
    }
    text = (TEMPLATES / "collect.ps1").read_text(encoding="utf-8")
    return text.replace("#NOT_TRIED#", NOT_TRIED).replace("#CONTENT#", rows[True]).replace("#NAMES#", rows[False])


def _kape() -> str:
    lines = [
        "Description: What Sysprep Forensic reads of a Windows installation",
        "Author: made from the artifacts of sysprep-forensic by python -m tools.documentation",
        "Version: 1.0",
        f"Id: {uuid.uuid5(_NAMESPACE, 'kape')}",
        "RecreateDirectories: true",
        "Targets:",
    ]
    for place in places():
        if not place.content:
            continue  # key files: KAPE would copy their content
        folder, _, mask = place.on_drive.rpartition("/")
        folder = folder.replace("Users/*", "Users/%user%", 1)
        stream = mask.partition(":")[2]
        lines += [
            "    -",
            f"        Name: {json.dumps(mask if mask != '**' else folder.rpartition('/')[2], ensure_ascii=False)}",
            "        Category: Sysprep Forensic",
            f"        Path: C:\\{_windows(folder + '/') if folder else ''}",
            f"        FileMask: {json.dumps('*' if mask == '**' else mask, ensure_ascii=False)}",
        ]
        lines += ["        Recursive: true"] if mask == "**" else []
        if place.is_raw:
            lines += ["        AlwaysAddToQueue: true"]
            lines += [f"        SaveAsFileName: {'$Secure_$SDS' if stream == '$SDS' else stream}"] if stream else []
    lines += ["", f"# {NOT_TRIED}", "# Files of which only the names are read (key stores, traces of products) are left out.", ""]
    return "\n".join(lines)


def _velociraptor() -> str:
    globs = "\n".join(f"      {_windows(place.on_drive)}" for place in places() if place.content)
    text = (TEMPLATES / "velociraptor.yaml").read_text(encoding="utf-8")
    return text.replace("#NOT_TRIED#", NOT_TRIED).replace("#GLOBS#", globs)


def _link(name: str) -> str:
    return f"[{name}]({name})"


def _readme() -> str:
    lines = [
        "# Collecting from a live computer",
        "",
        "Three recipes take from a running Windows (7 or later) what this program reads, and nothing else. Each is made from the",
        "declarations of the artifacts by `make docs`; a test says when one is stale, and examines what it would take. What they take is",
        "secret: the hives hold password hashes and keys.",
        "",
        f"**{NOT_TRIED}**",
        "",
        "| Recipe | Takes | Leaves out |",
        "|---|---|---|",
        f"| {_link('collect.ps1')} | files through a shadow copy that it makes and removes; names in key stores | {_RAW} |",
        f"| {_link('SysprepForensic.tkape')} | files, and {_RAW} | what is read by its name only |",
        f"| {_link('Custom.Windows.SysprepForensic.yaml')} | the same, by Velociraptor's accessor `ntfs` | the same |",
        "",
        "```",
        "powershell -ExecutionPolicy Bypass -File collect.ps1 -Output D:\\desk-1.zip",
        "kape.exe --tsource C: --tdest D:\\desk-1 --target SysprepForensic --vss false",
        "velociraptor.exe artifacts collect Custom.Windows.SysprepForensic --definitions . --output desk-1.zip",
        "forensic examine desk-1.zip",
        "```",
        "",
        "No recipe takes these:",
        "",
        *(f"* `{name}`: {why}" for name, why in LEFT_OUT.items()),
        "",
        "In the zip of the script each file lies below the letter of its drive, `C/Windows/System32/config/SAM`; beside it",
        "`forensic-collection.json` says when and from which shadow copy it was made, the SHA-256 of each file, what was named only, and",
        "what could not be read.",
        "",
        "## What is taken",
        "",
        "| Place | What of it |",
        "|---|---|",
        *(f"| `{place.variable}/{place.path}` | {'content' if place.content else 'name'} |" for place in places()),
        "",
    ]
    return "\n".join(lines)
