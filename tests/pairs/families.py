"""Families of installations whose truth is known: what happened to two descendants of one, and the relation that has to come out."""

from __future__ import annotations

import random
from dataclasses import dataclass

import msgspec

from forensic.comparison import compare
from forensic.model import FileTime
from tests.builders.world import DAY, HOUR, Life
from tests.scenarios.histories import begun

ERAS = ("2000", "xp", "7", "8.1", "10", "2025")


@dataclass
class Family:
    """Two states, and what is right to say of them."""

    name: str
    a: Life
    b: Life
    relations: frozenset
    """The right answer first, then others that the evidence allows."""
    parted: FileTime | None = None
    """When they were last one."""


def lived(life, begin, end, seed):
    """Use it from one moment to another; a user is made now and then."""
    chance, time, number = random.Random(seed), begin, 0
    while (time := time + chance.randrange(15, 60) * DAY + chance.randrange(20 * HOUR)) < end:
        life.add_user(f"u{seed}{number}", FileTime(time))
        number += 1
    return life.use(FileTime(end - chance.randrange(3 * DAY)))


def families(era, seed=7):
    """Every relation in one release of Windows."""
    base, start = begun(seed, era, users=2)
    world = base.world

    def day(number):
        return FileTime(start + number * DAY)

    def computer():
        return world.computer("Fabrikam", "Tower 9", oui="00:1a:a0")

    captured = day(200)
    copy = base.copy().boot(computer(), day(210)).rename("PC-COPY", day(210) + HOUR)
    yield Family(
        "two clones",
        lived(base.copy(), day(201), day(400), 1),
        lived(copy.copy(), day(211), day(390), 2),
        frozenset({"duplicated-without-sysprep"}),
        captured,
    )
    yield Family(
        "clone of a stopped original",
        base.copy(),
        lived(base.copy().boot(computer(), day(210)), day(211), day(400), 3),
        frozenset({"duplicate-or-same-machine"}),
        captured,
    )
    yield Family("later image", base.copy(), lived(base.copy(), day(201), day(300), 4), frozenset({"same-machine"}), captured)
    yield Family("imaged twice", base.copy(), base.copy(), frozenset({"same-acquisition"}), None)
    yield Family(
        "restored backup",
        lived(base.copy(), day(201), day(260), 15),
        lived(base.copy(), day(262), day(330), 16),
        frozenset({"same-machine"}),
        captured,
    )
    master = base.copy().generalize(day(210))
    siblings = (
        lived(master.copy().boot(computer(), day(230), name="SIB-1"), day(231), day(400), 5),
        lived(master.copy().boot(computer(), FileTime(day(232) + 3 * HOUR), name="SIB-2"), day(233), day(420), 6),
    )
    yield Family("siblings", *siblings, frozenset({"generalized-siblings"}), day(210))
    yield Family("master and sibling", master.copy(), siblings[0].copy(), frozenset({"generalized-siblings"}), day(210))
    changed = base.copy().boot(computer(), day(210)).change_sid(day(211)).rename("PC-NEW", day(211) + HOUR)
    yield Family(
        "clone with a changed SID",
        lived(base.copy(), day(201), day(390), 8),
        lived(changed, day(212), day(400), 7),
        frozenset({"sid-changed-duplicate"}),
        captured,
    )
    one, other = computer(), computer()
    late = lived(base.copy().boot(one, day(210)), day(211), day(300), 9).generalize(day(301)).boot(one, day(302), name="G-1")
    later = lived(base.copy().boot(other, day(211)), day(212), day(310), 11).generalize(day(311)).boot(other, day(312), name="G-2")
    yield Family(
        "generalized after deployment",
        lived(late, day(303), day(400), 10),
        lived(later, day(313), day(410), 12),
        frozenset({"generalized-after-deployment"}),
        captured,
    )
    stranger, first = begun(seed + 1, era, days=433, users=2)
    stranger = lived(stranger, FileTime(first + 201 * DAY), FileTime(first + 402 * DAY), 14)
    yield Family("strangers", lived(base.copy(), day(201), day(400), 13), stranger, frozenset({"unrelated", "same-media"}))


def pair_of(a, b):
    """The relation of two reports of one installation each."""
    (pair,) = compare([a, b]).pairs
    return pair


def altered(report, kind, value):
    """The report with every fact of a kind saying something else."""
    (one, *others) = report.installations
    facts = tuple(msgspec.structs.replace(fact, value=value(fact.value)) if fact.kind == kind else fact for fact in one.facts)
    return msgspec.structs.replace(report, installations=(msgspec.structs.replace(one, facts=facts), *others))
