"""First start: whether an image was taken between the passes of one, where UNDEPLOYABLE is the ordinary state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.setup.setup_command import SETUP_FLAG
from forensic.model import Fact
from forensic.reasoning.subject import COMPLETE, Subject

DONE = 3
"""`ChildCompletion` of a program of setup that came to its end."""
_FLAGS = ("systemsetupinprogress", "setuptype")
_OF_OOBE = ("windeploy.exe", "oobeldr.exe", "msoobe.exe")


def under_way(subject: Subject) -> tuple[tuple[str, Fact[Any]], ...]:
    """Return what shows that specialize or the out-of-box experience is at work, each in words with its fact.

    From Vista on every first start goes from the sealed state over UNDEPLOYABLE (specialize) and UNDEPLOYABLE again (the out-of-box
    experience) to COMPLETE: an image that is taken in between failed in nothing.
    """
    return tuple(_signs(subject))


def _signs(subject: Subject) -> Iterator[tuple[str, Fact[Any]]]:
    finished = COMPLETE in subject.image_states  # then only what starts setup at the next start says otherwise
    for flag in subject.facts.of(SETUP_FLAG):
        name = flag.value.name.lower()
        if flag.value.number and (name in _FLAGS or (name == "oobeinprogress" and not finished)):
            yield f"{flag.value.name} is {flag.value.number}", flag
    if finished:
        return
    state = {fact.value.name.lower(): fact for fact in subject.facts.named("child-completion")}
    first, last = state.get("setup.exe"), state.get("oobeldr.exe")
    if first is not None and last is not None and first.value.result == DONE != last.value.result:
        yield "setup.exe has ended and oobeldr.exe has not (ChildCompletion)", last
    changes = [fact for fact in subject.facts.named("image-state-change") if fact.value.program in _OF_OOBE and fact.value.time is not None]
    latest = max(changes, key=lambda fact: (fact.place.offset or 0, fact.value.time.ticks if fact.value.time else 0), default=None)
    if latest is not None and latest.value.after == "UNDEPLOYABLE":
        yield f"{latest.value.program} set the image state to UNDEPLOYABLE and has not ended", latest
