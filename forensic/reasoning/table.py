"""The hypothesis table: two states of evidence, laid against what may have happened since the two were one.

The analysts' method of competing hypotheses. A row is a namespace (not a kind), a column is a set of decisive changes since the two states
were one, and a cell says whether what is observed in the row contradicts that column. Cells come from the kinds' declarations alone
(`Kind.renews`), weights from the basis of the claim; a new identifier needs no new rule. Two states are two machines, or one machine at two
times. The table is the explanation that people see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Literal

import msgspec

from forensic.model import KINDS, Basis, Change, Effect, Fact, FactSet, FileTime, Gap, Kind, Origin, Standing, TableRow
from forensic.model.comparison import Mark, Observed, Weight


class Column(msgspec.Struct, frozen=True):
    """One hypothesis: which decisive changes came since the two states were one, on either side or on both."""

    name: str
    title: str
    changes: frozenset[Change]


NEVER = Column("never", "never one", frozenset())
TIME = Column("time", "time passed", frozenset())
SID_CHANGED = Column("sid-changed", "SID changed", frozenset({Change.SID_CHANGER}))
SPECIALIZED = Column("specialized", "specialized", frozenset({Change.SPECIALIZE}))
"""Siblings share a generalize, which lies before they parted; each has a specialize of its own after it."""
UPGRADED = Column("upgraded", "upgraded", frozenset({Change.UPGRADE}))
COLUMNS = (
    NEVER,
    TIME,
    SID_CHANGED,
    SPECIALIZED,
    UPGRADED,
    Column("sid-changed-upgraded", "SID changed, upgraded", SID_CHANGED.changes | UPGRADED.changes),
    Column("specialized-upgraded", "specialized, upgraded", SPECIALIZED.changes | UPGRADED.changes),
)
BACKGROUND = frozenset(
    {
        Change.USE, Change.RENAME, Change.DOMAIN_JOIN, Change.DC_PROMOTION, Change.NEW_PROFILE, Change.NEW_DISK, Change.NEW_HARDWARE,
    }
)  # fmt: skip
"""Changes that every column but `never` allows: whether there are two machines or one is another question."""
ENOUGH_MACHINES = 3
"""An effect that was observed on so many machines weighs as much as a sourced one."""

GENERATORS = {
    "machine-sid": "sid", "sam-domain-created": "sid", "lsa-boot-key": "lsa", "lsa-secret": "lsa", "machine-guid": "capi",
    "machine-guid-prefix": "capi",
    "machine-certificate": "capi", "install-date": "setup-clocks", "oobe-time": "setup-clocks", "setup-timer": "setup-clocks",
    "specialize-run": "setup-log", "update-history": "update", "sus-client-id": "update", "wu-ping-id": "update",
    "dpapi-master-key": "profile", "msa-device-id": "profile", "msa-device-ticket": "profile", "media-player-client-id": "profile",
    "sqm-user-id": "profile", "disk-guid": "disk", "disk-signature": "disk", "partition": "disk", "mounted-device": "disk",
    "volume-created": "volume", "volume-serial": "volume", "volume-object-id": "volume", "usn-journal": "volume",
}  # fmt: skip
"""Namespace -> what makes its values, where one maker makes several: they count once. A namespace that is not here counts alone."""
SETUP_GENERATORS = frozenset({"sid", "lsa", "capi", "setup-clocks", "setup-log"})
"""Those of one birth, the specialize pass: for lineage they count once, and which of them stayed tells a changed SID from a specialize."""
_MOMENT = re.compile(r"\+?\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")
_ORDER: dict[Weight, int] = {"none": 0, "moderate": 1, "strong": 2}


class Cell(msgspec.Struct, frozen=True):
    """What one column makes of one row."""

    mark: Mark | None = None
    """None where nothing is known."""
    weight: Weight = "none"
    because: str = ""
    """With `possible`: the exception by which a value stays that the changes otherwise renew."""


class Row(msgspec.Struct, frozen=True):
    """One namespace in both states."""

    namespace: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    """The current values, in order; of a crossed row those that meet."""
    observed: Observed
    group: str
    """What makes such values; rows of one group count once."""
    files: frozenset[str] = frozenset()
    """The hives, or else files, that the values were read from."""
    cells: dict[str, Cell] = {}
    """Column -> cell."""

    @property
    def weight(self) -> Weight:
        """The most that the row says against any column."""
        return max((cell.weight for cell in self.cells.values() if cell.mark == "contradicted"), key=_ORDER.__getitem__, default="none")

    def stated(self) -> TableRow:
        """Return the row as a report states it."""
        cells = {name: cell.mark for name, cell in self.cells.items() if cell.mark is not None}
        because = "; ".join(sorted({cell.because for cell in self.cells.values() if cell.because}))
        return TableRow(
            namespace=self.namespace,
            a="; ".join(self.a),
            b="; ".join(self.b),
            observed=self.observed,
            cells=cells,
            weight=self.weight,
            group=self.group,
            decides=self.weight != "none",
            because=because,
        )


class Table(msgspec.Struct, frozen=True):
    """All rows of two states, and what they decide."""

    rows: tuple[Row, ...]

    def against(self, column: Column) -> dict[str, Weight]:
        """Return the groups that contradict a column, each with the weight of its strongest row."""
        found: dict[str, Weight] = {}
        for row in self.rows:
            cell = row.cells.get(column.name, Cell())
            if cell.mark == "contradicted" and cell.weight != "none":
                found[row.group] = max(found.get(row.group, "none"), cell.weight, key=_ORDER.__getitem__)
        return found

    @property
    def lineage(self) -> Literal["strong", "indicated", "undetermined"]:
        """How well it is shown that the two states were one once.

        `strong`: two births from two files contradict *never one*, one of them strongly. `indicated`: fewer do.
        """
        against, files = self.against(NEVER), set[str]()
        for row in self.rows:
            if row.group in against and row.cells.get(NEVER.name, Cell()).mark == "contradicted":
                files |= row.files
        births = {"setup" if group in SETUP_GENERATORS else group for group in against}
        if len(births) >= 2 and len(files) >= 2 and "strong" in against.values():
            return "strong"
        return "indicated" if against else "undetermined"

    @property
    def explained_by(self) -> tuple[Column, ...]:
        """The columns that remain: one where it wins, several where they cannot be told apart, none where all are contradicted.

        A column wins with no strong contradiction and one strong or two moderate groups fewer against it than the next; else both are said.
        Of two columns one of which supposes more, the larger is said only where it explains a difference that the smaller does not.
        """
        open_ones = [one for one in COLUMNS if "strong" not in self.against(one).values() and self._is_supported(one)]
        least = min((self._badness(one) for one in open_ones), default=0)
        level = [one for one in open_ones if self._badness(one) < least + 2]
        explained = {one.name: self._explained(one) for one in level}
        smaller = [one for one in level if one is not NEVER]
        return tuple(
            one for one in level if not any(less.changes < one.changes and explained[less.name] >= explained[one.name] for less in smaller)
        )

    def _badness(self, column: Column) -> int:
        """Count the groups against a column, a strong one for two moderate ones."""
        return sum(_ORDER[weight] for weight in self.against(column).values())

    def _explained(self, column: Column) -> frozenset[str]:
        """Return the groups whose difference the column leads one to expect."""
        return frozenset(
            row.group
            for row in self.rows
            if row.observed in ("differs", "crossed") and row.cells[column.name].mark == "expected" and column is not NEVER
        )

    def _is_supported(self, column: Column) -> bool:
        """Whether what a column supposes shows: another SID while two other makers' values stayed, two makers' values renewed together."""
        sides = {observed: set[str]() for observed in ("equal", "differs", "crossed", "one-sided")}
        for row in self.rows:
            sides[row.observed].add(row.group)
        renewed = sides["differs"] | sides["crossed"]
        stayed = (sides["equal"] & SETUP_GENERATORS) - {"sid"}
        if Change.SID_CHANGER in column.changes:
            return "sid" in renewed and len(stayed) >= 2
        if Change.SPECIALIZE in column.changes:
            return len(renewed & SETUP_GENERATORS) >= 2
        return True


class State(msgspec.Struct, frozen=True):
    """What one side states, by namespace."""

    current: dict[str, dict[str, frozenset[str]]]
    """Namespace -> value -> the hives or files that state it."""
    former: dict[str, dict[str, frozenset[str]]]
    absent: frozenset[str]
    """Namespaces whose place was read and holds nothing."""
    media: FileTime | None = None
    """When the installation media was built, as far as is known: only moments since then are of this installation."""

    @classmethod
    def of(cls, facts: FactSet, gaps: Iterable[Gap] = (), media: FileTime | None = None) -> State:
        """Sort facts and gaps into namespaces; values that do not identify drop out."""
        sides: dict[Standing, dict[str, dict[str, set[str]]]] = {"current": {}, "former": {}}
        for fact in facts:
            kind = KINDS.named(fact.kind)
            for one in () if kind is None else kind.identifiers(fact.value):
                sides[one.standing].setdefault(one.namespace, {}).setdefault(one.text, set()).add(_file(fact))
        missing, unread = set[str](), set[str]()
        for gap in gaps:
            kind = KINDS.named(gap.artifact)
            if kind is not None and kind.namespace is not None:
                (missing if gap.reason == "not-found" else unread).add(kind.namespace)
        current, former = (
            {name: {text: frozenset(files) for text, files in values.items()} for name, values in side.items()} for side in sides.values()
        )
        return cls(current, former, frozenset(missing - unread - current.keys()), media)


def _file(fact: Fact[Any]) -> str:
    return fact.place.hive or fact.place.file or "disk"


def compare(a: State, b: State) -> Table:
    """Lay two states against all columns; `compare(b, a)` is its mirror."""
    names = sorted(a.current.keys() | b.current.keys() | a.former.keys() | b.former.keys())
    return Table(tuple(row for name in names if (kind := KINDS.named(name)) is not None for row in _row(kind, a, b)))


def _row(kind: Kind[Any], a: State, b: State) -> Iterator[Row]:
    name = kind.name
    mine, theirs = a.current.get(name, {}), b.current.get(name, {})
    met = sorted(mine.keys() & theirs.keys())
    crossed_a = sorted(mine.keys() & b.former.get(name, {}).keys() - theirs.keys())
    crossed_b = sorted(theirs.keys() & a.former.get(name, {}).keys() - mine.keys())
    left, right = tuple(met or crossed_a or sorted(mine)), tuple(met or crossed_b or sorted(theirs))
    if met:
        observed: Observed = "equal"
    elif crossed_a or crossed_b:
        observed = "crossed"
    elif len(mine) == 1 and len(theirs) == 1:  # of sets, common members count and missing ones never
        observed = "differs"
    elif (mine and name in b.absent) or (theirs and name in a.absent):
        observed = "one-sided"
    else:
        return
    files = frozenset(file for side in (mine, theirs) for text in (*left, *right) for file in side.get(text, ()))
    cells = {column.name: _cell(kind, observed, column) for column in COLUMNS} if observed != "one-sided" else {}
    if observed == "equal" and kind.origin is Origin.OBSERVED and _is_of_both(met, a, b):
        cells[NEVER.name] = Cell("contradicted", "moderate")
    yield Row(name, left, right, observed, GENERATORS.get(name, name), files, cells)


def _is_of_both(values: Iterable[str], a: State, b: State) -> bool:
    """Whether equal moments, to the tick, lie after the media of both sides was built: then they are no media's."""
    if a.media is None or b.media is None:
        return False
    latest = str(max(a.media, b.media))
    return any(moment[0] > latest for value in values if (moment := _MOMENT.search(value)))


@cache
def _cell(kind: Kind[Any], observed: Observed, column: Column) -> Cell:
    if column is NEVER:
        return _never(kind, observed)
    decisive = [(change, kind.renews.get(change)) for change in sorted(column.changes, key=lambda one: one.value)]
    if observed == "equal":
        return _equal([effect for _, effect in decisive])
    renewing = [effect for _, effect in decisive if effect is not None and effect.outcome != "kept"]
    if renewing:
        return Cell("expected", max((_weight(effect) for effect in renewing), key=_ORDER.__getitem__))
    if observed == "crossed":
        return Cell("contradicted", "strong" if column is TIME else _weakest(decisive))
    everything = [*decisive, *((change, kind.renews.get(change)) for change in sorted(BACKGROUND, key=lambda one: one.value))]
    if any(effect is None for _, effect in everything):
        return Cell()
    if all(effect is not None and effect.outcome == "kept" for _, effect in everything):
        return Cell("contradicted", _weakest(everything))
    return Cell("possible")


def _never(kind: Kind[Any], observed: Observed) -> Cell:
    """Of states that never were one: equal random values contradict that, and values that differ are what is expected."""
    if observed == "differs":
        return Cell("expected")
    if kind.origin not in (Origin.RANDOM, Origin.ASSIGNED, Origin.DERIVED) or kind.shared:
        return Cell()
    return Cell("contradicted", "strong" if kind.origin is Origin.RANDOM else "moderate")


def _equal(effects: Sequence[Effect | None]) -> Cell:
    always = [effect for effect in effects if effect is not None and effect.outcome == "always"]
    if always:
        return Cell("contradicted", max((_weight(effect) for effect in always), key=_ORDER.__getitem__))
    usually = [effect for effect in effects if effect is not None and effect.outcome == "usually"]
    if usually:
        return Cell("possible", because=usually[0].exception)
    if any(effect is None for effect in effects):
        return Cell()
    return Cell("expected")


def _weight(effect: Effect) -> Weight:
    """Weigh a claim by its basis."""
    if effect.basis is Basis.SOURCED or (effect.basis is Basis.OBSERVED and effect.machines >= ENOUGH_MACHINES):
        return "strong"
    return "none" if effect.basis is Basis.UNVERIFIED else "moderate"


def _weakest(effects: Iterable[tuple[Change, Effect | None]]) -> Weight:
    """Weigh what rests on several claims: by the weakest of them; one that is not declared weighs nothing."""
    return min((("none" if effect is None else _weight(effect)) for _, effect in effects), key=_ORDER.__getitem__, default="none")
