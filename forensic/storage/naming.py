r"""Naming: which files a name may mean that is written in evidence, as that of a parent (`..\base.vhdx`), an extent, a backing file.

Evidence must not choose which files of the examiner's machine are read. A relative name is looked for in the folder of the file that says
it, or below; any other one (absolute, with `..`, with a drive or a server) only by its last part, beside that file. Both separators are
understood.
"""

from __future__ import annotations

import ntpath


def candidates(name: str) -> list[tuple[str, ...]]:
    """Return the paths that `name` may mean, in parts below the folder of the file that says it, the most exact one first."""
    drive, rest = ntpath.splitdrive(name)
    rest = rest.replace("/", "\\")
    parts = tuple(part for part in rest.split("\\") if part not in {"", "."})
    if not parts or parts[-1] == "..":
        return []
    if drive or rest.startswith("\\") or ".." in parts:
        return [parts[-1:]]
    return list(dict.fromkeys([parts, parts[-1:]]))


def last_part(name: str) -> str:
    """Return the last part of `name`, for messages: what is looked for beside the file that says it."""
    return ntpath.splitdrive(name)[1].replace("/", "\\").rstrip("\\").rpartition("\\")[2]
