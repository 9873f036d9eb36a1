"""MemberTree: the members of an archive as a tree, by names that whoever made the archive chose."""

from __future__ import annotations

from typing import Generic, TypeVar

from forensic.errors import NotFound
from forensic.model import Problem, upcase
from forensic.volumes.tree import Entry, Unindexed, components, decoded, names_encoded_drive

DEPTH_LIMIT = 64
"""Folders in each other; members below more are left out."""
NOTE_LIMIT = 100
"""Members with odd names that are named one by one."""

Member = TypeVar("Member")


class MemberTree(Unindexed, Generic[Member]):
    r"""Members of an archive by their names.

    Names are split at `/` and `\`; a drive letter or leading separator is left away; a name with `..` is left out, with a problem.
    Of members with the same name the last counts, as the tools do, with a problem. Names that Velociraptor encoded are shown and found as
    they were; the path of a file is spelled as it is stored.
    """

    volume = ""

    def __init__(self, name: str) -> None:
        """Begin without members; `name` is that of the archive, for messages."""
        self.problems: list[Problem] = []
        self._name, self._noted = name, 0
        self._folders: dict[tuple[str, ...], dict[str, str]] = {(): {}}
        self._members: dict[tuple[str, ...], Member] = {}

    def list(self, path: str = "") -> list[Entry]:
        """Return the entries of the directory at `path`."""
        key = self._resolve(path)
        if key not in self._folders:
            raise NotFound(f"{path}: a file, not a directory", code="no-file")
        entries = (
            Entry(name, (*key, folded) in self._folders, self._is_link((*key, folded))) for folded, name in self._folders[key].items()
        )
        return sorted(entries, key=lambda entry: entry.name)

    def total_size(self) -> int | None:
        """Return the bytes of all files, unpacked, as the archive declares them."""
        return sum(map(self._size, self._members.values()))

    def _size(self, member: Member) -> int:
        raise NotImplementedError

    def _is_link(self, key: tuple[str, ...]) -> bool:
        raise NotImplementedError

    def _find(self, path: str) -> Member:
        """Return the member at `path`; NotFound where there is none, or a directory."""
        member = self._members.get(self._resolve(path))
        if member is None:
            raise NotFound(f"{path}: a directory, not a file", code="no-file")
        return member

    def _resolve(self, path: str) -> tuple[str, ...]:
        key: tuple[str, ...] = ()
        spelled = ""
        for part in components(path):
            here = self._folders.get(key, {})
            folded = next((name for name in (upcase(part), upcase(decoded(part))) if name in here), None)
            if folded is None:
                raise NotFound(f"{path}: no {part} in {spelled or self._name}", code="no-file")
            key, spelled = (*key, folded), f"{spelled}/{here[folded]}".lstrip("/")
        return key

    def _add(self, name: str, member: Member, *, is_directory: bool) -> None:
        try:
            parts = member_path(name)
        except NotFound:
            self._note(name, "the member's name leads out of the archive; it was left out", "set-aside")
            return
        if not parts:
            return
        if len(parts) > DEPTH_LIMIT:
            what = f"lies below more than {DEPTH_LIMIT} folders; it was left out"
            self._note("/".join(parts[:DEPTH_LIMIT]), what, "limit-reached")
            return
        key: tuple[str, ...] = ()
        is_encoded = False
        for number, part in enumerate(parts, 1):
            shown = decoded(part) if is_encoded else part
            is_encoded = is_encoded or names_encoded_drive(part)
            self._folders[key].setdefault(upcase(shown), shown)
            key = (*key, upcase(shown))
            if number < len(parts) or is_directory:
                self._folders.setdefault(key, {})
        if not is_directory:
            if key in self._members:
                self._note(name, "several members have this name; the last one is read", "set-aside")
            self._members[key] = member

    def _note(self, name: str, what: str, code: str) -> None:
        """Note what is odd about a member's name; beyond a limit once for all that follow."""
        self._noted += 1
        if self._noted <= NOTE_LIMIT:
            self.problems.append(Problem("warning", name, what, code))
        elif self._noted == NOTE_LIMIT + 1:
            self.problems.append(Problem("warning", self._name, f"more than {NOTE_LIMIT} members have odd names; {what}", code))


def member_path(name: str) -> list[str]:
    """Return the path of a member in parts; NotFound when it leads out of the archive."""
    parts = components(name)
    if parts and len(parts[0]) == 2 and parts[0][1] == ":":
        parts[0] = parts[0][0]
    return parts
