"""Cluster: nodes on many machines, started and watched by Dask, which lease from one catalog (the extra `cluster`).

Dask does what it is good at: it knows which workers there are and starts one long task on each, a node. What is to do and what is done
stays in the catalog, so a worker, the scheduler or this process may be killed and nothing is lost or done twice. A task for each image
would not do: Dask ends no task that hangs. Inside each node the supervisor and its guarded child work as on one machine.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from threading import Event as Signal
from typing import TYPE_CHECKING, Any

import msgspec

from forensic.batch.event import Nobody, Said, Watcher
from forensic.batch.owner import owning
from forensic.batch.plan import Plan
from forensic.batch.search import Search
from forensic.batch.summary import NAMED, Clock, Failed, Place, Summary
from forensic.batch.supervisor import AT_ONCE, GONE, Supervisor
from forensic.catalog.catalog import Catalog, open_catalog
from forensic.errors import ForensicError, Unsupported

if TYPE_CHECKING:
    from distributed import Client, Future

LOCAL = "local"
TICK = 0.5
"""Seconds between looks at nodes and catalog."""
CONNECTED = 30
"""Seconds within which a scheduler has to answer first."""
PATIENCE = 10.0
"""Seconds for which a scheduler may be silent."""
ASKED = 1.0
"""Seconds for which a node believes what it was told last."""
_SEARCHING, _ALL_FOUND, _STOP = "searching", "all-found", "stop"
_EXTRA = "a cluster needs the extra part `cluster`: pip install 'sysprep-forensic[cluster]'"


class Cluster:
    """An executor (`executor.Executor`) over a Dask cluster."""

    def __init__(self, address: str) -> None:
        """Use the scheduler at `address`, as `tcp://host:8786`; or for `local` start one here, with a worker for each core.

        Unsupported where Dask is not installed.
        """
        self._address = address
        try:
            import distributed  # noqa: F401  whether it is there
        except ImportError:
            raise Unsupported(_EXTRA) from None

    def examine(
        self, catalog: Catalog, plan: Plan, search: Search | None, roots: Sequence[str], watcher: Watcher, stop: Callable[[], bool]
    ) -> Summary:
        """Let one node for each worker examine what the catalog has to do, those that join later too, until nothing is left.

        Unsupported where the catalog is a file, which nodes elsewhere do not reach; OSError where there is no scheduler.
        """
        url = catalog.store.url
        if "://" not in url:
            url = os.path.abspath(url)
            if self._address != LOCAL:
                raise Unsupported("nodes of a cluster share a catalog in PostgreSQL (postgresql://…); a file serves --cluster local")
        with ExitStack() as stack:
            client = stack.enter_context(self._client(plan, stack))
            return _Coordinator(client, catalog, url, plan, search, roots, watcher, stop).run()

    def _client(self, plan: Plan, stack: ExitStack) -> Client:
        from distributed import Client, LocalCluster

        if self._address != LOCAL:
            return Client(self._address, timeout=CONNECTED)
        cluster = LocalCluster(n_workers=plan.children(), threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0)
        return Client(stack.enter_context(cluster))


class _Coordinator:
    """Keeps a node on each worker, offers what is found, and counts."""

    def __init__(
        self,
        client: Client,
        catalog: Catalog,
        url: str,
        plan: Plan,
        search: Search | None,
        roots: Sequence[str],
        watcher: Watcher,
        stop: Callable[[], bool],
    ) -> None:
        from distributed import Variable

        self._client, self._catalog, self._url, self._search, self._roots = client, catalog, url, search, tuple(roots)
        self._plan = msgspec.json.encode(msgspec.structs.replace(plan, workers=1))
        self._watcher, self._stop = watcher, stop
        self._told = Variable(f"forensic-{uuid.uuid4()}", client=client)
        self._nodes: dict[str, Future[Any]] = {}
        self.summary = Summary(searching=search is not None)
        self._clock, self._news = Clock(), Signal()
        self._reached = time.monotonic()

    def run(self) -> Summary:
        before = self._catalog.counts()
        failed_before = {one.path for one in self._catalog.store.failures() if one.quarantined}
        self._tell(_SEARCHING)
        summary = self.summary
        try:
            while True:
                if self._stop():
                    summary.stopped = "interrupted"
                    break
                self._offer()
                if self._scheduler_is_gone():
                    summary.stopped = "the scheduler of the cluster is gone"
                    break
                self._look_after_nodes()
                counts = self._catalog.counts()
                summary.waiting, summary.seconds = counts.waiting + counts.leased, self._clock.seconds()
                summary.done = counts.done - before.done
                more = {code: count - before.policies.get(code, 0) for code, count in counts.policies.items()}
                summary.policies = {code: count for code, count in more.items() if count > 0}
                summary.failed = counts.failed - before.failed
                self._watcher.progressed(summary)
                if not summary.searching and not summary.waiting:
                    break
                self._news.wait(0 if summary.searching else TICK)
        except KeyboardInterrupt:
            summary.stopped = "interrupted"
        except ForensicError as error:
            summary.stopped = f"the catalog cannot be used: {error}"
        finally:
            self._leave()
        new = [one for one in self._catalog.store.failures() if one.quarantined and one.path not in failed_before]
        summary.failures = [Failed(one.path, one.reason, one.tries) for one in new[:NAMED]]
        summary.gone = sum(one.reason == GONE for one in new)
        return summary

    def _scheduler_is_gone(self) -> bool:
        """Whether the scheduler has not answered for a while; the client tries to reach it again meanwhile."""
        now = time.monotonic()
        if self._client.status == "running":
            self._reached = now
        return now - self._reached > PATIENCE

    def _offer(self) -> None:
        if self._search is None or self._search.is_over:
            if self.summary.searching:
                self.summary.searching = False
                self._tell(_ALL_FOUND)
            return
        found = self._search.take(AT_ONCE)
        if not found:
            self._news.wait(TICK / 5)
            return
        offered = self._catalog.offer(found)
        self.summary.found += len(found)
        self.summary.unchanged += offered.unchanged
        self.summary.set_aside_before += offered.failed

    def _look_after_nodes(self) -> None:
        """Start a node on each worker that has none; forget those whose worker is gone or whose task ended."""
        if self._client.status != "running":
            return
        workers = set(self._client.scheduler_info(n_workers=-1).get("workers", ()))
        for worker, node in list(self._nodes.items()):
            if worker in workers and not node.done():
                continue
            del self._nodes[worker]
            if node.status == "error":
                self._watcher.happened(Said(f"node {worker} failed, another one goes on: {node.exception()}"))
            elif node.status == "finished":
                self._count(node.result())
        for worker in workers - self._nodes.keys():
            self._nodes[worker] = self._client.submit(
                run_node, self._url, self._plan, self._roots, self._told.name, workers=[worker], allow_other_workers=False, pure=False
            )
            self.summary.children += 1

    def _count(self, told: bytes) -> None:
        """Add what a node says that it read; what it stored stands in the catalog."""
        one = msgspec.json.decode(told, type=Summary)
        summary = self.summary
        summary.bytes_read += one.bytes_read
        summary.requests += one.requests
        summary.network_bytes += one.network_bytes
        summary.network_requests += one.network_requests
        summary.killed += one.killed
        summary.guard = summary.guard or one.guard

    def _tell(self, what: str) -> None:
        with suppress(Exception):  # a scheduler that is gone: nodes then go on until nothing is left
            self._told.set(what, timeout=5)

    def _leave(self) -> None:
        self._tell(_STOP if self.summary.stopped else _ALL_FOUND)
        deadline = time.monotonic() + 30
        for node in self._nodes.values() if self._client.status == "running" else ():
            with suppress(Exception):  # what it stored is stored; only what it read is not counted then
                self._count(node.result(timeout=max(0.1, deadline - time.monotonic())))
        if self._search is not None:
            self._search.close()
            notes, more = self._search.notes
            self.summary.left_out, self.summary.left_out_more = [Place(*note) for note in notes], more
        self.summary.seconds = self._clock.seconds()


def run_node(url: str, plan: bytes, roots: tuple[str, ...], told: str) -> bytes:
    """Work as one node, in a task of a Dask worker, until the catalog has nothing to do and no more is to come; the summary as JSON.

    `told` names the variable by which the scan says whether more is to come; where it cannot be read, nothing more is.
    """
    listener = _Listener(told)
    with open_catalog(url) as catalog, owning(url) as owner:
        supervisor = Supervisor(
            catalog,
            owner,
            msgspec.json.decode(plan, type=Plan),
            watcher=Nobody(),
            stop=lambda: listener.heard() == _STOP,
            more=lambda: listener.heard() == _SEARCHING,
        )
        return msgspec.json.encode(supervisor.run(roots))


class _Listener:
    """What the scan has told its nodes, asked once a second."""

    def __init__(self, name: str) -> None:
        from distributed import Variable

        self._variable, self._next, self._last = Variable(name), 0.0, _SEARCHING

    def heard(self) -> str:
        if time.monotonic() >= self._next:
            try:
                self._last = str(self._variable.get(timeout=5))
            except Exception:  # noqa: BLE001  whatever happened to the scheduler: what is in the catalog is still to be done
                self._last = _ALL_FOUND
            self._next = time.monotonic() + ASKED
        return self._last
