"""Heedful: waiting for a server so that Ctrl-C still ends the program."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread, current_thread, main_thread
from typing import TypeVar

LOOK = 0.2
"""Seconds after which it is looked whether a signal came; where the system can, it is noticed at once."""

_Answer = TypeVar("_Answer")


def heedful(question: Callable[[], _Answer]) -> _Answer:
    """Return the answer to a question that blocks in native code, which no signal ends.

    Python raises KeyboardInterrupt in the main thread, and only between its own instructions: so there the question is asked in another
    thread, which is left alone where the answer is no longer waited for.
    """
    if current_thread() is not main_thread():
        return question()
    answer: Future[_Answer] = Future()
    Thread(target=_ask, args=(question, answer), daemon=True).start()
    while not wait([answer], LOOK).done:
        pass
    return answer.result()


def _ask(question: Callable[[], _Answer], answer: Future[_Answer]) -> None:
    try:
        answer.set_result(question())
    except BaseException as error:  # noqa: BLE001  whatever it is, it is raised where the answer is waited for
        answer.set_exception(error)
