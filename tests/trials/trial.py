"""Trials: one scenario with one thing changed, as somebody who plants, deletes or mixes evidence would change it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import compress
from types import MappingProxyType

import msgspec

from forensic.artifacts.declaration import load
from forensic.artifacts.setup.windows_release import PRODUCT_TYPE, WINDOWS_RELEASE
from forensic.model import Fact, FactSet, Gap, Locator, Product
from forensic.model.era import era_of
from forensic.reasoning.subject import EarlierState, Subject
from forensic.windows import release
from tests.trials.scenarios import HIVES, Scenario

REMOVALS = frozenset({"removed", "deleted", "hive or log lost", "state lost"})
"""Changes that take something away and bring nothing."""
CHANGES = (
    "removed", "deleted", "replaced", "added", "hive or log lost", "hive or log of donor", "log of donor added",
    "state lost", "state of donor", "state of donor added",
)  # fmt: skip
"""`removed`: nothing is said of the fact any more. `deleted`: its place was read and holds nothing."""
_OWN_NAMES = re.compile(r"S-1-5-21(-\d+)+|[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_STATE_ORIGINS = ("registry-copy", "shadow-copy", "windows-old")


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to one list of facts: which are lost, what stands in their place, what comes beside, and the gaps that tell of it."""

    how: str
    what: str
    """Kind and hive, or the hive or log as a whole."""
    value: str = ""
    lost: frozenset[int] = frozenset()
    put: dict[int, Fact] = field(default_factory=dict)
    more: tuple[Fact, ...] = ()
    unit: str | None = None
    """The hive or log whose own gaps fall away, since another one or none stands in its place."""
    gaps: tuple[Gap, ...] = ()
    """Gaps that come."""

    def of(self, facts: Iterable[Fact]) -> FactSet:
        """Return the changed facts."""
        kept = (self.put.get(place, fact) for place, fact in enumerate(facts) if place not in self.lost)
        return FactSet((*kept, *self.more))

    def gaps_of(self, gaps: Iterable[Gap]) -> tuple[Gap, ...]:
        """Return the changed gaps."""
        return (*(gap for gap in gaps if self.unit is None or unit_of(gap.place) != self.unit), *self.gaps)


@dataclass(frozen=True, slots=True)
class Trial:
    """One changed scenario, made when it is judged."""

    scenario: Scenario
    change: Change
    digest: str
    """Of the scenario and of what its facts are after the change: equal trials have equal ones."""
    donor: str = ""
    state: int | None = None
    """The earlier state that is changed, where it is not the installation itself."""
    states: tuple[EarlierState, ...] | None = None
    """The earlier states after the change, where one is lost or comes as a whole."""

    @property
    def how(self) -> str:
        """The change, and whether an earlier state was changed."""
        return self.change.how if self.state is None or self.change.how in CHANGES[-3:] else f"{self.change.how} (earlier state)"

    @property
    def is_removal(self) -> bool:
        """Whether it takes something away and brings nothing."""
        return self.change.how in REMOVALS

    @property
    def subject(self) -> Subject:
        """The changed subject, with the release and role that an examination would state."""
        own = self.scenario.subject
        if self.states is not None:
            return msgspec.structs.replace(own, earlier_states=self.states)
        if self.state is not None:
            states = list(own.earlier_states)
            states[self.state] = msgspec.structs.replace(states[self.state], facts=self.change.of(states[self.state].facts))
            return msgspec.structs.replace(own, earlier_states=tuple(states))
        facts = self.change.of(own.facts)
        era, role = (
            (new if new != old else stated) for new, old, stated in zip(_told(facts), _told(own.facts), (own.era, own.role), strict=True)
        )
        return msgspec.structs.replace(own, facts=facts, gaps=self.change.gaps_of(own.gaps), era=era, role=role)


def _told(facts: FactSet):
    """Return the era and the role that the facts tell, as an examination reads them from the hives."""
    stated, kind = facts.first(WINDOWS_RELEASE), facts.first(PRODUCT_TYPE)
    role = release.ROLES.get(kind.value.lower()) if kind else None
    if stated is None or not stated.value.version:
        return None, role
    build = stated.value.build or ""
    version = tuple(int(part) for part in (*stated.value.version.split("."), build) if part.isdigit())
    product = Product(name=stated.value.name, edition=stated.value.edition)
    server = release._is_server((stated.value.installation_type or "").lower(), role, product)
    return era_of(version, is_server=server), role


def unit_of(place: Locator) -> str:
    """Return the hive or log in which a place lies: names of people's hives with their path, ids in a path as `*`."""
    return _unit(place.hive, place.file)


@cache
def _unit(hive: str, file: str) -> str:
    return hive if hive in HIVES else _OWN_NAMES.sub("*", file) or hive


def meaning(fact: Fact) -> tuple[str, ...]:
    """Return what a fact says, wherever in its hive it stands."""
    return _read(fact)[1]


def mark(fact: Fact) -> str:
    """Return a digest of what a fact says."""
    return _read(fact)[2]


_READ: dict[int, tuple[Fact, tuple[str, ...], str]] = {}
"""Meaning and mark by the id of the fact, which is kept so that the id stays its own: each fact is in hundreds of trials."""


def _read(fact: Fact) -> tuple[Fact, tuple[str, ...], str]:
    known = _READ.get(id(fact))
    if known is None:
        said = (fact.kind, unit_of(fact.place), repr(fact.value), str(fact.written), fact.profile or "")
        known = _READ[id(fact)] = fact, said, sha256(repr(said).encode()).hexdigest()[:16]
    return known


def trials(scenario: Scenario, donors: Sequence[Scenario]) -> Iterator[Trial]:
    """Yield every trial of a scenario once: each change of its facts, of those of each earlier state, and of the states as a whole."""
    seen = set[str]()
    for trial in _all(scenario, donors):
        if trial.digest not in seen:
            seen.add(trial.digest)
            yield trial


def _all(scenario: Scenario, donors: Sequence[Scenario]) -> Iterator[Trial]:
    own = scenario.subject
    own_and_earlier = ((None, own.facts, own.gaps), *((number, one.facts, ()) for number, one in enumerate(own.earlier_states)))
    for state, stated, gaps in own_and_earlier:
        facts, void = list(stated), dict[str | None, list[str]]()
        for gap in gaps:
            void.setdefault(unit_of(gap.place), []).append(gap.artifact)
        for change in removals(facts, gaps):
            yield _trial(scenario, change, facts, void, state=state)
        for donor in donors:
            lent = [fact for fact in donor.subject.facts if state is None or is_in_copy(fact)]
            for change in gifts(facts, lent, donor.subject.gaps):
                yield _trial(scenario, change, facts, void, donor.name, state)
    yield from _whole_states(scenario, donors)


def _trial(scenario, change, facts=(), void=MappingProxyType({}), donor="", state=None, states=None) -> Trial:
    lost = sorted(mark(facts[place]) for place in change.lost | change.put.keys())
    brought = sorted(mark(fact) for fact in (*change.put.values(), *change.more))
    told = sorted((gap.artifact, gap.reason, unit_of(gap.place)) for gap in change.gaps)
    origin = change.what if states is not None else ""
    digest = sha256(repr((scenario.name, state, origin, lost, brought, void.get(change.unit, ()), told)).encode()).hexdigest()
    return Trial(scenario, change, digest, donor, state, states)


def removals(facts: Sequence[Fact], gaps: Sequence[Gap] = ()) -> Iterator[Change]:
    """Yield each fact removed, each deleted, and each hive and log lost."""
    units = [unit_of(fact.place) for fact in facts]
    count = Counter((fact.kind, unit) for fact, unit in zip(facts, units, strict=True))
    for place, (fact, unit) in enumerate(zip(facts, units, strict=True)):
        what, lost = _named(fact.kind, unit), frozenset({place})
        yield Change("removed", what, short(fact), lost)
        if count[fact.kind, unit] == 1:
            gone = Gap(fact.kind, "not-found", str(fact.place), "no such value", fact.profile, "no-value", fact.place)
            yield Change("deleted", what, short(fact), lost, gaps=(gone,))
    for unit in dict.fromkeys(units):
        lost = frozenset(place for place, other in enumerate(units) if other == unit)
        kinds = {gap.artifact: gap.place for gap in gaps if unit_of(gap.place) == unit} | {
            facts[one].kind: facts[one].place for one in lost
        }
        unread = (Gap(kind, "unreadable", str(place), "bad sectors", code="bytes-unreadable", place=place) for kind, place in kinds.items())
        yield Change("hive or log lost", unit or "disk", f"{len(lost)} facts", lost, unit=unit, gaps=tuple(unread))


def gifts(facts: Sequence[Fact], lent: Sequence[Fact], lent_gaps: Sequence[Gap] = ()) -> Iterator[Change]:
    """Yield each fact replaced by the donor's of its kind and hive, one of each kind and hive added, and each hive and log of the donor."""
    said = {mark(fact) for fact in facts}
    theirs, units, own = dict[tuple[str, str], list[Fact]](), dict[str, list[Fact]](), dict[str, list[int]]()
    for fact in lent:
        unit = unit_of(fact.place)
        theirs.setdefault((fact.kind, unit), []).append(fact)
        units.setdefault(unit, []).append(fact)
    number = Counter[tuple[str, str]]()
    for place, fact in enumerate(facts):
        key = fact.kind, unit_of(fact.place)
        own.setdefault(key[1], []).append(place)
        other = counterpart(fact, theirs.get(key, ()), number[key])
        number[key] += 1
        if other is not None and mark(other) != mark(fact):
            yield Change("replaced", _named(*key), f"{short(fact)} by {short(other)}", put={place: other})
    for key, those in theirs.items():
        foreign = [mark(fact) not in said for fact in those]
        if any(foreign):
            chosen = min(compress(those, foreign), key=mark)
            yield Change("added", _named(*key), short(chosen), more=(chosen,))
    for unit, brought in units.items():
        change = "hive or log of donor" if unit in own else "log of donor added"
        told = tuple(gap for gap in lent_gaps if unit_of(gap.place) == unit)
        lost = frozenset(own.get(unit, ()))
        yield Change(change, unit or "disk", f"{len(brought)} facts", lost, more=tuple(brought), unit=unit, gaps=told)


def counterpart(fact: Fact, those: Sequence[Fact], number: int) -> Fact | None:
    """Return which of the donor's facts of one kind stands where `fact` does: same key and value, else same name, else same position."""
    same = [other for other in those if (other.place.key, other.place.value) == (fact.place.key, fact.place.value) and fact.place.key]
    named = [other for other in those if getattr(fact.value, "name", None) and other.value.name == fact.value.name]
    found = same or named or those
    return found[number % len(found)] if found else None


def is_in_copy(fact: Fact) -> bool:
    """Return whether an examination states a fact of an earlier copy of the hives too."""
    return fact.place.hive in HIVES and fact.kind in _triage()


@cache
def _triage() -> frozenset[str]:
    return frozenset(kind.name for one in load("triage") for kind in one.kinds)


def _whole_states(scenario: Scenario, donors: Sequence[Scenario]) -> Iterator[Trial]:
    own = scenario.subject.earlier_states
    for number, state in enumerate(own):
        change = Change("state lost", state.origin, f"{len(state.facts)} facts")
        yield _trial(scenario, change, state=number, states=(*own[:number], *own[number + 1 :]))
    for donor in donors:
        facts = tuple(fact for fact in donor.subject.facts if is_in_copy(fact))
        for number, state in enumerate(own):
            change = Change("state of donor", state.origin, f"{len(facts)} facts", more=facts)
            foreign = msgspec.structs.replace(state, facts=FactSet(facts))
            yield _trial(scenario, change, donor=donor.name, state=number, states=(*own[:number], foreign, *own[number + 1 :]))
        for origin in _STATE_ORIGINS:
            change = Change("state of donor added", origin, f"{len(facts)} facts", more=facts)
            yield _trial(scenario, change, donor=donor.name, states=(*own, EarlierState(FactSet(facts), origin)))


def _named(kind: str, unit: str) -> str:
    return f"{kind} of {unit or 'disk'}"


def short(fact: Fact) -> str:
    """Return the value of a fact in a few words."""
    _, _, text, written, _ = meaning(fact)
    return (text if len(text) <= 90 else f"{text[:89]}…") + (f" written {written[:16]}" if fact.written else "")


def sample(those: Sequence[Trial], size: int) -> list[Trial]:
    """Return about `size` trials, the same at every run, with every scenario, every kind and every change of each among them."""
    ordered, taken = sorted(those, key=lambda trial: trial.digest), dict[str, Trial]()
    seen = set[tuple[str, str]]()
    for trial in ordered:
        marks = {("scenario", trial.scenario.name), (trial.how, trial.change.what.partition(" of ")[0])}
        if not marks <= seen:
            seen |= marks
            taken[trial.digest] = trial
    for trial in ordered:
        if len(taken) >= size:
            break
        taken.setdefault(trial.digest, trial)
    return list(taken.values())
