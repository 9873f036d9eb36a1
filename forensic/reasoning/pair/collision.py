"""Collision: what two computers have in common that only one may have, and what that breaks for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forensic.artifacts.identity.account import ACCOUNT_SID
from forensic.artifacts.users.msa_device_id import MSA_DEVICE_ID
from forensic.model.pair import AccountPair, Shared
from forensic.reasoning import table
from forensic.reasoning.binding import FIRST_OWN_RID
from forensic.reasoning.installation.consequences import COLLISIONS, EQUAL_SIDS, refuses_equal_sids
from forensic.reasoning.pair.side import Side
from forensic.reasoning.subject import listed

VALUES = 4
"""Values of one kind that are listed as shared."""
HARM = ("machine-sid", *(collision.kind for collision in COLLISIONS))
"""Kinds whose collision is known to break something, the most harmful first."""


def by_harm(kind: str) -> int:
    """Return the place of a kind among those that collide: what is not known to break anything comes last."""
    return HARM.index(kind) if kind in HARM else len(HARM)


def shared_identifiers(a: Side, b: Side, compared: table.Table) -> tuple[Shared, ...]:
    """Return the identifiers that both have now and that should be one computer's own, the most harmful first.

    The table has the machine SIDs that hives state; those that logs and profiles alone tell are here too.
    """
    rows = [row for row in compared.rows if row.observed == "equal" and row.cells.get("never", table.Cell()).mark == "contradicted"]
    rows.sort(key=lambda row: by_harm(row.namespace))
    found = [Shared(row.namespace, value) for row in rows for value in row.a[:VALUES]]
    told = [Shared("machine-sid", sid) for sid in sorted(a.machine_sids & b.machine_sids)]
    return (*(one for one in told if one not in found), *found)


def account_pairs(a: Side, b: Side) -> tuple[AccountPair, ...]:
    """Return each SID of a local account of people that is on both sides, with its name on either."""
    mine, theirs = (
        {str(fact.value.sid): fact.value.name for fact in side.subject.facts.of(ACCOUNT_SID) if fact.value.rid >= FIRST_OWN_RID}
        for side in (a, b)
    )
    return tuple(AccountPair(sid, mine[sid], theirs[sid]) for sid in sorted(mine.keys() & theirs.keys()))


def consequences(a: Side, b: Side, shared: Iterable[Shared]) -> Iterator[str]:
    """Say what the shared identifiers break, the most harmful first."""
    kinds = {one.kind for one in shared}
    if "machine-sid" in kinds and (refuses_equal_sids(a.subject) or refuses_equal_sids(b.subject)):
        yield f"equal machine-sid: {EQUAL_SIDS}"
    for collision in COLLISIONS:
        if collision.kind in kinds:
            yield f"equal {collision.kind}: {collision.breaks}"
    pairs = account_pairs(a, b)
    if pairs:
        named = listed((f"-{one.sid.rpartition('-')[2]} is {one.a} there and {one.b} here" for one in pairs), 5)
        media = "on removable and on attached NTFS disks each opens the other's files, whatever the permissions say"
        yield f"equal account SIDs: {media} ({named})"


def device_remedies(a: Side, b: Side) -> Iterator[str]:
    """Say which users need a new profile: their device identifier is on both computers."""
    mine, theirs = ({fact.value: fact.profile for fact in side.subject.facts.of(MSA_DEVICE_ID)} for side in (a, b))
    for value in sorted(mine.keys() & theirs.keys(), key=str):
        folder = (theirs[value] or mine[value] or "a user").replace("\\", "/").rpartition("/")[2]
        yield f"Give {folder} a new profile on the copy: the device identifier {value} is on both, and push notifications reach only one."
