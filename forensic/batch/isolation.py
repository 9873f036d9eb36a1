"""Isolation: one source examined by a guarded process of its own, for whoever does not trust it."""

from __future__ import annotations

import os
from threading import Event
from typing import Any

import msgspec

from forensic.batch import guard, order
from forensic.batch.child import Child
from forensic.batch.plan import MEMORY, TIMEOUT
from forensic.batch.scope import Scope
from forensic.errors import ForensicError
from forensic.examination import unreadable
from forensic.model import Depth, Examination, ImageReport

TICK = 0.1


def examine_isolated(
    source: str | os.PathLike[str],
    *,
    depth: Depth = "full",
    cross_check: bool = False,
    about: Examination | None = None,
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
    require_guard: bool = False,
    examiner: str = order.EXAMINER,
    **options: Any,
) -> ImageReport:
    """Examine as `examine` does, in a guarded process that takes `timeout` seconds and `memory` bytes at most.

    Startup keys (`.BEK`) among `keys` may be read by it as well.

    What ends that process ends nothing else: the report then says by what, as of a source that cannot be read. Which parts of the guard
    were on stands in the report's `stats` where they are asked for. Raises GuardMissing where the guard is asked for and not complete.
    """
    path = os.fsdecode(source)
    asked = {"depth": depth, "cross_check": cross_check, **options, "about": msgspec.to_builtins(about or Examination())}
    news = Event()
    startup = [key.secret for key in options.get("keys", ()) if key.way == "startup-key"]
    child = Child(Scope([path, *startup]).readable(), memory=memory, examiner=examiner, news=news)
    try:
        answer, ended = _answer(child, news, path, asked, timeout, require_guard=require_guard)
    finally:
        child.kill()
        how = child.end()
    if isinstance(answer, order.Done):
        try:
            report = ImageReport.from_json(answer.report)
        except ForensicError as error:
            return unreadable(path, f"its reader sent no report: {error}", depth, cross_check=cross_check, code="reader-ended")
        if options.get("stats") and report.stats is not None:
            on = {part.name: part.on for part in child.guard or ()}
            report = msgspec.structs.replace(report, stats={**report.stats, "guard": on})
        return report
    if isinstance(answer, order.Failed):
        return unreadable(path, answer.reason, depth, cross_check=cross_check, code=answer.code)
    return unreadable(path, f"its reader was ended: {ended or how}", depth, cross_check=cross_check, code="reader-ended")


def _answer(
    child: Child, news: Event, path: str, options: dict[str, Any], timeout: float, *, require_guard: bool
) -> tuple[order.Done | order.Files | order.Failed | None, str]:
    """Return what the child answers, or None and what it took too much of, nothing where it ended by itself."""
    asked = False
    while True:
        answer = child.answer()
        if answer is not None:
            return answer, ""
        if child.has_ended:
            return None, ""
        if child.is_ready and not asked:
            if require_guard:
                guard.require(child.guard or ())
            asked = child.examine(path, options, whole=True)
        if excess := child.excess(timeout):
            return None, excess
        news.wait(TICK)
        news.clear()
