"""Reading: which fact kinds a rule looks at, found by following its code; for the pages of `explain` and the docs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from forensic.artifacts.index import KINDS
from forensic.model import Kind
from forensic.reasoning.subject import EarlierState, Subject

_ROOM = "forensic.reasoning"


@cache
def kinds_read_by(function: Callable[..., Any]) -> frozenset[str]:
    """Return the names of the kinds that a function of this room names, or any function or property of the room that it uses.

    Followed are names as the code has them, not runs of it: a branch that is never taken counts, a name put together at run time does not.
    """
    found, seen, pending = set[str](), set[CodeType](), list[Any]([function])
    while pending:
        one = pending.pop()
        if not isinstance(one, FunctionType) or one.__code__ in seen:
            continue
        seen.add(one.__code__)
        for code in _codes(one.__code__):
            found.update(text for text in code.co_consts if isinstance(text, str) and text in KINDS)
            for name in code.co_names:
                for named in (one.__globals__.get(name), *(_getter(cls, name) for cls in (Subject, EarlierState))):
                    if isinstance(named, Kind):
                        found.add(named.name)
                    elif isinstance(named, tuple):
                        found.update(each.name for each in named if isinstance(each, Kind))
                    elif isinstance(named, FunctionType) and named.__module__.startswith(_ROOM):
                        pending.append(named)
                    elif isinstance(named, type) and named.__module__.startswith(_ROOM):
                        pending += vars(named).values()
    return frozenset(found)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code and that of the comprehensions in it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _getter(cls: type, name: str) -> object:
    """Return the function behind a property or method of a class."""
    member = vars(cls).get(name)
    return member.fget if isinstance(member, property) else member
