"""Judging: the pairs of a catalog, judged by the engine of `compare` over stored reports; no image is opened.

A state that comes in is judged against the `JUDGED` candidates that share most with it. Each takes 2 ms of the processor, and 4 to 9 more
where its report has to be unpacked, so that an image with many relatives costs 0.1 s, where its examination took a second or more. One firm
pair is enough to put it into its group; how many candidates were left is kept, and `pending(unjudged=True)` judges those too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from forensic.catalog.constant import side_without, without
from forensic.catalog.entry import packed_pair, unpacked
from forensic.catalog.record import JudgedPair, PairRow, StateRow
from forensic.catalog.store import Store
from forensic.errors import Malformed
from forensic.examination import rejudge
from forensic.model.pair import Pair
from forensic.reasoning import KNOWLEDGE
from forensic.reasoning.lineage import generalized_side, joins
from forensic.reasoning.pair import Side, judge_pair

JUDGED = 16
"""Candidates of a state that are judged when it comes in: those that share most with it."""
KEPT = 100
"""Sides that stay in memory: of copies that come one after another each asks for the same. One takes about 0.6 MB."""
APART = frozenset({"unrelated", "same-media"})
"""Relations of which the row of a pair is enough."""
Progress = Callable[[int], None]
"""Called with how many states were compared so far."""


class Judging:
    """Judges pairs of a store's states."""

    def __init__(self, store: Store, constants: frozenset[tuple[str, str]] | None = None) -> None:
        """Judge for this store, without the values that are its constants now, or without these."""
        self._store = store
        self._constants = frozenset(store.constants()) if constants is None else constants
        self._sides: OrderedDict[tuple[int, str], Side | None] = OrderedDict()

    def compare(self, state: StateRow, *, most: int | None = JUDGED) -> int:
        """Look for the relatives of a state and judge it against `most` of them, or all; how many pairs were judged.

        Pairs that were judged by today's knowledge are not judged again; those of an older one are, all of them.
        """
        known = {one.a + one.b - state.id: one.knowledge for one in self._store.pairs_of(state.id)}
        found = [one.state for one in self._store.candidates_of(state.id)]
        old = [other for other, knowledge in known.items() if knowledge != KNOWLEDGE]
        fresh = [other for other in found if other not in known]
        taken = fresh if most is None else fresh[: max(0, most - (len(known) - len(old)))]
        pairs = [pair for other in (*old, *taken) if (pair := self._judged(state.id, other)) is not None]
        self._store.keep_pairs(pairs, state=state.id, knowledge=KNOWLEDGE, unjudged=len(fresh) - len(taken))
        return len(pairs)

    def compare_image(self, image: int) -> int:
        """Compare each state of an image whose report was just stored; how many pairs were judged."""
        states = list(self._store.states_of(image))
        for state in states:  # what it was before may have been stored within the same second
            self._sides.pop((state.id, state.stored), None)
        return sum(map(self.compare, states))

    def pending(self, *, unjudged: bool = False, part: tuple[int, int] = (0, 1), progress: Progress | None = None) -> int:
        """Compare all states that were not yet, as after a program was killed; with `unjudged` judge what was left too. How many states.

        `part` is which of how many parts of the states: several processes may share the work.
        """
        done, after = 0, 0
        while some := self._store.uncompared(KNOWLEDGE, unjudged=unjudged, after=after, limit=200):
            after = some[-1].id
            for state in some:
                if state.id % part[1] != part[0]:
                    continue
                self.compare(state, most=None if unjudged else JUDGED)
                done += 1
                if progress is not None:
                    progress(done)
        return done

    def side(self, state: int) -> Side | None:
        """Return a state as a comparison sees it; None where its report is gone, or cannot be read any more."""
        row = next(self._store.states((state,)), None)
        if row is None:
            return None
        key = (state, row.stored)
        if key in self._sides:
            self._sides.move_to_end(key)
            return self._sides[key]
        self._sides[key] = side = self._loaded(row)
        if len(self._sides) > KEPT:
            self._sides.popitem(last=False)
        return side

    def _loaded(self, row: StateRow) -> Side | None:
        body = self._store.body(row.image)
        if body is None:
            return None
        try:
            report = unpacked(body)
        except Malformed:  # `check` names it
            return None
        if report.tool.knowledge != KNOWLEDGE:  # a pair is judged by one knowledge, its verdicts too
            report = rejudge(report)
        report = without(report, self._constants)
        one = next((one for one in report.installations if one.id == row.installation), None)
        return None if one is None else side_without(Side.of(report, one), self._constants)

    def _judged(self, one: int, other: int) -> JudgedPair | None:
        a, b = sorted((one, other))
        sides = self.side(a), self.side(b)
        if sides[0] is None or sides[1] is None:
            return None
        return kept(judge_pair(sides[0], sides[1], at=(0, 1)), a, b)


def kept(pair: Pair, a: int, b: int) -> JudgedPair:
    """Return a pair as it is kept for the states `a` and `b`."""
    row = PairRow(
        a,
        b,
        KNOWLEDGE,
        pair.relation,
        pair.policy,
        pair.strength,
        pair.lineage,
        pair.separate_machines,
        pair.direction,
        pair.fork.after,
        pair.fork.before,
        tuple(dict.fromkeys(one.kind for one in pair.shared)),
        joins(pair),
        generalized_side(pair),
    )
    return JudgedPair(row, None if pair.relation in APART else packed_pair(msgspec.structs.replace(pair, a=0, b=1)))
