"""Comparisons for the tests of what people see: of families that were really examined, of many states, and of texts that are hostile."""

import msgspec

from forensic import examine
from forensic.model import Problem, TableRow
from forensic.model.pair import (
    AccountPair,
    Bracket,
    Compared,
    ComparisonReport,
    Edge,
    Forest,
    Fork,
    Group,
    Node,
    Pair,
    PairEvidence,
    PrivateHistory,
    Shared,
)
from tests.builders.report import TOOL
from tests.pairs.families import families

SPAN = ("2024-03-11T08:14:00.0000000Z", "2024-03-11T09:02:00.0000000Z")
"""The bracket of a fork."""


def families_examined(era, folder, names=None):
    """The reports of both sides of every family, or of those that are named."""
    made = {}
    for one in families(era):
        if names is None or one.name in names:
            made[one.name] = [_examined(life, folder / f"{one.name}-{side}") for side, life in (("a", one.a), ("b", one.b))]
    return made


def _examined(life, folder):
    for path, content in life.drive().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return examine(folder, strict=True, reproducible=True)


def pair(a=0, b=1, relation="duplicated-without-sysprep", policy="violation", strength="proven", **parts):
    """A pair with something of everything."""
    row = TableRow("machine-sid", "S-1-5-21-1", "S-1-5-21-1", "equal", {"never": "contradicted", "time": "expected"}, "strong", "sid", True)
    idle = TableRow("bcd-id", "x", "y", "differs", {"time": "possible"}, "none", "bcd", False, "set anew by repair")
    fork = Fork(*SPAN, ("registry",), (Bracket("registry", *SPAN, "SAM: 11 of 18 sampled keys"), Bracket("setup", SPAN[0], None, "steps")))
    evidence = (
        PairEvidence("equal-identifiers", "lineage", "strong", "equal on both: machine-sid"),
        PairEvidence("another-body", "two-machines", "weak", "the last starts were on two computers"),
    )
    lives = {"a": PrivateHistory(SPAN[1], "2024-05-01T00:00:00.0000000Z", 5), "b": PrivateHistory(SPAN[1], SPAN[1], 2)}
    made = {
        "title": "Two computers, one installation, not generalized", "table": (row, idle), "explained_by": ("time",), "evidence": evidence,
        "accounts": (AccountPair("S-1-5-21-1-1001", "ann", "ben"),), "private_history": lives,
        "shared": (Shared("machine-sid", "S-1-5-21-1"), Shared("sus-client-id", "7")), "not_excluded": ("clocks that were wrong",),
        "remedies": ("Decide which is the original.",), "consequences": ("equal machine-sid: refused",), "fork": fork,
    }  # fmt: skip
    answers = ("proven", "no", "yes", "a-is-source")
    return Pair(a, b, relation, policy, strength, "PC-A and PC-B: two computers.", *answers, **(made | parts))


def states(count, *, path="/evidence/disk-{:04}.E01"):
    """Sources that were compared."""
    return tuple(Compared(path.format(number), "p2/Windows", f"PC-{number:04}", "S-1-5-21-1-2-3") for number in range(count))


def many(count, size=10):
    """A comparison of many states: groups of ten, each of copies of its first, and as many that are of no group."""
    sources, pairs, groups, edges = states(count), [], [], []
    for begin in range(0, count // 2, size):
        members = range(begin, min(begin + size, count // 2))
        pairs += [pair(a, b) for a in members for b in members if a < b]
        groups.append(Group(tuple(members), "duplicated-without-sysprep", ("machine-sid",)))
        edges += [Edge(f"n{begin}", f"n{one}", "not generalized", *SPAN) for one in members[1:]]
    nodes = tuple(Node(f"n{number}", number, "active") for number in range(count))
    return ComparisonReport(sources, tuple(pairs), tuple(groups), Forest(nodes, tuple(edges)), TOOL)


def hostile_comparison(evil):
    """A comparison in which every text is hostile."""
    row = TableRow(evil, evil, evil + "2", "equal", {evil: "possible", "time": "contradicted"}, "strong", evil, True, evil)
    fork = Fork(evil, evil, (evil,), (Bracket(evil, evil, evil, evil), Bracket(evil, None, evil, evil)), evil)
    parts = {
        "title": evil, "summary": evil, "fork": fork, "table": (row, msgspec.structs.replace(row, decides=False)),
        "explained_by": (evil, "time"),
        "accounts": (AccountPair(evil, evil, evil),), "private_history": {"a": PrivateHistory(evil, evil, 3)},
        "shared": (Shared(evil, evil), Shared(evil, evil)), "evidence": (PairEvidence(evil, evil, "weak", evil),),
        "not_excluded": (evil,), "remedies": (evil,), "consequences": (evil,),
    }  # fmt: skip
    pairs = tuple(msgspec.structs.replace(pair(a, b), relation=evil, **parts) for a, b in ((0, 1), (1, 2)))
    sources = (*[Compared(evil, evil, evil, evil)] * 3, Compared(evil, evil))
    nodes = (*(Node(f"n{number}", number, "active", evil) for number in range(4)), Node("m0", None, "missing-master", evil))
    edges = (Edge("m0", "n0", evil, evil, evil), Edge("n0", "n1", evil), Edge("n1", "n2", evil, evil))
    problems = (Problem("error", evil, evil, "", evil), Problem("warning", evil, evil))
    return ComparisonReport(sources, pairs, (Group((0, 1, 2), evil, (evil,)),), Forest(nodes, edges), TOOL, problems)
