"""HiveFolder: hives by their well-known names, each with the transaction logs beside it."""

from __future__ import annotations

from collections.abc import Mapping

from forensic.errors import ForensicError, NotFound
from forensic.model import CrossCheck, HiveInfo, Locator, Problem
from forensic.model.problem import CODES, Severity
from forensic.registry.hive import Hive
from forensic.volumes.tree import Tree

CONFIG = "System32/config"
"""Folder of the machine's hives below the system root."""
MACHINE_HIVES = ("SAM", "SECURITY", "SOFTWARE", "SYSTEM")
LOG_SUFFIXES = (".LOG", ".LOG1", ".LOG2")
ALWAYS_CROSS_CHECKED = frozenset({"SAM", "SECURITY"})
"""Hives that are always cross-checked: small, and what they say decides."""


class HiveFolder:
    """Hives by their well-known names, opened when first asked for and kept until `close()`."""

    def __init__(self, tree: Tree, hive_paths: Mapping[str, str], *, cross_check: bool = False) -> None:
        """Hold the hives at `hive_paths` (name to path in `tree`); with `cross_check` every hive is cross-checked."""
        self.tree, self.hive_paths, self.cross_check = tree, dict(hive_paths), cross_check
        self._hives: dict[str, Hive | ForensicError] = {}
        self.is_thorough = False
        """Whether keys are called absent only where every hint was checked; else by the order of the lists (`registry.subkey_search`)."""
        self.closed_hives: list[HiveInfo] = []
        self._closed_problems: list[Problem] = []

    def hive(self, name: str) -> Hive:
        """Return the hive; NotFound, Unreadable, Malformed or Unsupported, the same each time, when it cannot be read."""
        if name not in self._hives:
            try:
                opened = self._hives[name] = self._open(name)
                opened.look(thoroughly=self.is_thorough)
            except ForensicError as error:
                self._hives[name] = error
        hive = self._hives[name]
        if isinstance(hive, ForensicError):
            raise hive
        return hive

    def find_hive(self, name: str) -> Hive | None:
        """Return the hive, or None when it cannot be read (the artifacts in it state why)."""
        try:
            return self.hive(name)
        except ForensicError:
            return None

    def _open(self, name: str) -> Hive:
        path = self.hive_paths.get(name)
        if path is None:
            raise NotFound(f"no {name} hive", code="no-hive")
        file = self.tree.open(path)
        logs = []
        for suffix in LOG_SUFFIXES:
            try:
                log = self.tree.open(path + suffix)
            except ForensicError:
                continue  # most hives have one or two of the three; the hive itself says when it is dirty and none helped
            if log.size:
                logs.append(log)
        return Hive(file, file.place.inside(hive=name), logs=logs, cross_check=self.cross_check or name in ALWAYS_CROSS_CHECKED)

    def look_thoroughly(self) -> None:
        """Check every hint before a key is called absent, from now on: what a full examination owes, and a triage cannot afford."""
        self.is_thorough = True
        for hive in self._hives.values():
            if isinstance(hive, Hive):
                hive.look(thoroughly=True)

    def hive_infos(self) -> list[HiveInfo]:
        """Return what is known of the hives that were opened, those already closed first; one opened again told most the first time."""
        closed = {info.path for info in self.closed_hives}
        opened = [self._info(hive) for hive in self._hives.values() if isinstance(hive, Hive)]
        return self.closed_hives + [info for info in opened if info.path not in closed]

    @staticmethod
    def _info(hive: Hive) -> HiveInfo:
        made = hive.cross_check
        checked = None if made is None else CrossCheck(made.agree, made.differ, made.one_reader)
        return HiveInfo(hive.place.file, hive.size, hive.dirty, hive.recovered, tuple(hive.problems), checked)

    def problems(self) -> list[Problem]:
        """Return what is wrong with the hives that were opened, and with those that are there and could not be.

        Evidence of the installation is known to be missing where it is one of the machine's own hives (`MACHINE_HIVES`). What another one
        lacks, a user's or the inventory of programs, weighs nothing in the verdict over the machine: it is told under a code of its own.
        """
        found = list(self._closed_problems)
        for name, hive in self._hives.items():
            if isinstance(hive, Hive):
                where = str(Locator(volume=hive.place.volume, file=hive.place.file))
                found += [_problem(name, "warning", where, what, code) for what, code in hive.coded_problems]
            elif not isinstance(hive, NotFound):
                path = self.hive_paths.get(name, name)
                where = str(Locator(volume=self.tree.volume, file=path))
                if any(one.where == path and one.code == "limit-reached" for one in self.tree.problems):
                    continue  # its archive says that it was not unpacked, and why
                found.append(_problem(name, "error", where, str(hive).removeprefix(f"{path}: "), "hive-unreadable"))
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Forget the opened hives and their pages; what was learned about them stays in `closed_hives` and `problems`."""
        self.closed_hives, self._closed_problems = HiveFolder.hive_infos(self), HiveFolder.problems(self)
        self._hives.clear()


def _problem(name: str, severity: Severity, where: str, what: str, code: str) -> Problem:
    if name not in MACHINE_HIVES and code in CODES and CODES[code].incomplete:
        severity, code = "warning", "user-hive-damaged"
    return Problem(severity, where, what, code)
