"""Executor: who examines what a scan finds: the children of this process (`Local`), or nodes elsewhere that share the catalog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from forensic.batch.event import Watcher
from forensic.batch.owner import owning
from forensic.batch.plan import Plan
from forensic.batch.search import Search
from forensic.batch.summary import Summary
from forensic.batch.supervisor import Supervisor
from forensic.catalog.catalog import Catalog


class Executor(Protocol):
    """Examines what the catalog has to do, until nothing is left."""

    def examine(
        self, catalog: Catalog, plan: Plan, search: Search | None, roots: Sequence[str], watcher: Watcher, stop: Callable[[], bool]
    ) -> Summary:
        """Offer what `search` finds, and see it examined; `roots` are the paths that were given. Returns what was done."""


class Local:
    """The children of this process: one for each core, no services."""

    def examine(
        self, catalog: Catalog, plan: Plan, search: Search | None, roots: Sequence[str], watcher: Watcher, stop: Callable[[], bool]
    ) -> Summary:
        """Examine here."""
        with owning(catalog.store.url) as owner:
            return Supervisor(catalog, owner, plan, search, watcher=watcher, stop=stop).run(tuple(roots))
