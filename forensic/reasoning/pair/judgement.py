"""Judgement of a pair: from the table and the histories of two sides to their relation, its policy, its strength and what to do."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.model import Policy, VerdictStrength
from forensic.model.pair import Fork, Pair, PairEvidence, PrivateHistory
from forensic.model.time import FileTime
from forensic.reasoning import table
from forensic.reasoning.installation.setup_time import clone_tag
from forensic.reasoning.pair.by_design import REMEDIES as BY_DESIGN_REMEDIES
from forensic.reasoning.pair.by_design import by_design
from forensic.reasoning.pair.collision import account_pairs, consequences, device_remedies, shared_identifiers
from forensic.reasoning.pair.copying import Copying, copying
from forensic.reasoning.pair.fork import fork
from forensic.reasoning.pair.history import ENOUGH_KEYS, Histories, histories
from forensic.reasoning.pair.machines import Machines, came_from, machines
from forensic.reasoning.pair.relation import DESCENT, RelationKind, load
from forensic.reasoning.pair.seal import (
    ALONE,
    ALONE_REMEDIES,
    have_one_seal,
    is_sealed,
    seal,
    sealed_alone,
    times_before_its_seal,
    told_alone,
)
from forensic.reasoning.pair.side import Side
from forensic.reasoning.subject import listed

Generalized = Literal["yes", "no", "after-deployment", "undetermined"]
Direction = Literal["a-is-source", "b-is-source", "common-master", "undetermined"]
TWO = 2
_RANDOM_NAME = re.compile(r"(DESKTOP|LAPTOP)-[0-9A-Z]{7}")
FIRM = frozenset({"proven", "strong"})
"""Lineages that are shown and not only indicated."""


class Births(msgspec.Struct, frozen=True):
    """Which makers of one setup pass made equal values on both sides, and which made unlike ones."""

    equal: frozenset[str]
    renewed: frozenset[str]
    others: frozenset[str]
    """Makers beside those of setup whose values are equal, and identify."""
    sids: Literal["equal", "unlike", "unknown"]


class Finding(msgspec.Struct, frozen=True):
    """The relation before it is put into words."""

    relation: str
    strength: VerdictStrength
    generalized: Generalized


def judge_pair(a: Side, b: Side, *, at: tuple[int, int] = (0, 1)) -> Pair:
    """Return the relation of two sides; `at` are their positions in the report."""
    compared = table.compare(a.state, b.state)
    past = histories(a, b)
    births = _births(a, b, compared)
    lineage = _lineage(a, b, compared, births, past)
    body = machines(a, b, past)
    found = _capped(_relation(a, b, births, lineage, body, past), a, b)
    related = found.relation in DESCENT or (found.relation == "undetermined" and lineage in FIRM)
    kind = load()[found.relation]
    parted = _parted(a, b, found.relation, lineage, past if related else None)
    shared = shared_identifiers(a, b, compared) if related or found.relation == "undetermined" else ()
    copied = copying(a, b) if kind.policy in ("violation", "suspect") else None
    evidence = (
        *_told(a, b, compared, births, past),
        *(body.evidence if related else ()),
        *((copied.evidence,) if copied is not None else ()),
    )
    words = _words(a, b, kind, past if related else None)
    return Pair(
        at[0],
        at[1],
        found.relation,
        words.policy,
        found.strength,
        _summary(a, b, words.says, (*words.evidence, *evidence), parted),
        lineage,
        found.generalized,
        _separate(found.relation, body),
        _direction(a, b, found.relation, body, copied),
        parted,
        tuple(row.stated() for row in compared.rows),
        tuple(column.name for column in compared.explained_by),
        account_pairs(a, b) if related else (),
        _private(past) if related else {},
        shared,
        (*words.evidence, *evidence),
        kind.not_excluded,
        (*words.remedies, *(device_remedies(a, b) if kind.policy != "none-found" else ())),
        tuple(consequences(a, b, shared)) if kind.policy != "none-found" else (),
        kind.title,
    )


def _parted(a: Side, b: Side, relation: str, lineage: VerdictStrength, past: Histories | None) -> Fork:
    """Return when they parted, or why there is no such moment; `past` only of two that were one once."""
    if relation == "same-acquisition":
        return Fork(reason="they did not part: both have one content")
    if past is not None:
        return fork(a, b, past)
    return Fork(reason="they never were one" if lineage == "contradicted" else "no common origin is shown")


class Words(msgspec.Struct, frozen=True):
    """What is said of a relation: that of its kind, or of what these two are besides."""

    policy: Policy
    says: str
    remedies: tuple[str, ...]
    evidence: tuple[PairEvidence, ...] = ()


def _words(a: Side, b: Side, kind: RelationKind, past: Histories | None) -> Words:
    """Return the words for a pair; `past` only of two that were one once."""
    if kind.policy in ("violation", "suspect") and (design := by_design(a, b)) is not None:
        return Words("suspect", kind.says, BY_DESIGN_REMEDIES, (design,))
    if kind.code == "undetermined" and past is not None and (alone := sealed_alone(a, b, past.parted_after)) is not None:
        one, other = alone
        remedies = tuple(text.format(other=other.name) for text in ALONE_REMEDIES)
        return Words(kind.policy, ALONE, remedies, (told_alone(one, other, "a" if one is a else "b"),))
    return Words(kind.policy, kind.says, _remedies(a, b, kind))


def _remedies(a: Side, b: Side, kind: RelationKind) -> tuple[str, ...]:
    """Say what to do; nothing is reassured where evidence of a side is known to be missing."""
    if kind.policy in ("none-found", "compliant") and (a.subject.incomplete or b.subject.incomplete):
        return ("What was read asks for nothing; compare again with what is missing before relying on that.",)
    return tuple(text.format(a=a.name, b=b.name) for text in kind.remedies)


def _capped(found: Finding, a: Side, b: Side) -> Finding:
    """Hold the strength down where evidence of a side is missing: nothing is proven without all hives, nor firm where some is lost."""
    sides = (a, b)
    if any(side.subject.incomplete for side in sides):
        return msgspec.structs.replace(found, strength="indicated") if found.strength in ("proven", "strong") else found
    whole = all({"SAM", "SECURITY", "SOFTWARE", "SYSTEM"} <= {hive.path.rpartition("/")[2].upper() for hive in side.installation.hives}
                for side in sides)  # fmt: skip
    return msgspec.structs.replace(found, strength="strong") if found.strength == "proven" and not whole else found


def _births(a: Side, b: Side, compared: table.Table) -> Births:
    equal, renewed, others = set[str](), set[str](), set[str]()
    for row in compared.rows:
        meets = row.observed in ("equal", "crossed") and row.cells.get("never", table.Cell()).mark == "contradicted"
        if row.group in table.SETUP_GENERATORS:
            if row.observed == "equal" and meets:
                equal.add(row.group)
            elif row.observed in ("differs", "crossed"):
                renewed.add(row.group)
        elif meets:
            others.add(row.group)
    mine, theirs = a.machine_sids, b.machine_sids
    sids: Literal["equal", "unlike", "unknown"] = "unknown" if not mine or not theirs else "equal" if mine & theirs else "unlike"
    if sids == "equal":
        equal.add("sid")
    elif sids == "unlike":
        renewed.add("sid")
        equal.discard("sid")
    return Births(frozenset(equal), frozenset(renewed - equal), frozenset(others), sids)


def _lineage(a: Side, b: Side, compared: table.Table, births: Births, past: Histories) -> VerdictStrength:
    """Say how well it is shown that the two were one once: by their makers, and by times that a life of their own left in both."""
    if compared.lineage == "strong":
        return "proven" if past.lived or len(births.equal) > TWO else "strong"
    if (past.lived or past.logged) and (births.equal or births.others or (past.lived and past.logged)):
        return "strong"
    if (
        births.equal
        or births.others
        or past.lived
        or past.logged
        or have_one_seal(a, b)
        or a.machine_sids & _domains(b)
        or b.machine_sids & _domains(a)
    ):
        return "indicated"
    return "contradicted" if len(births.renewed) >= TWO or (births.sids == "unlike" and _unlike_names(a, b)) else "undetermined"


def _domains(side: Side) -> frozenset[str]:
    domain = side.installation.domain_sid
    return frozenset({str(domain)}) if domain is not None else frozenset()


def _unlike_names(a: Side, b: Side) -> bool:
    names = (a.installation.computer_name, b.installation.computer_name)
    return all(names) and str(names[0]).upper() != str(names[1]).upper()


def _relation(a: Side, b: Side, births: Births, lineage: VerdictStrength, body: Machines, past: Histories) -> Finding:
    if lineage == "contradicted":
        media = _same_media(a, b)
        return Finding("same-media" if media else "unrelated", "strong" if len(births.renewed) > TWO else "indicated", "undetermined")
    if lineage == "undetermined":
        return Finding("undetermined", "undetermined", "undetermined")
    if births.sids == "equal" and len(births.renewed) >= TWO and births.equal == {"sid"}:
        return Finding("undetermined", "contradicted", "undetermined")  # one SID beside two setups: copied by hand, or hives put together
    if len(births.equal) >= TWO or (births.equal and not births.renewed) or (past.logged and not births.renewed):
        return _not_generalized(a, b, births, lineage, body, past)
    changed = any(side.installation.verdict.history == "sid-changed" for side in (a, b))
    if births.sids == "unlike" and (changed or births.equal) and not have_one_seal(a, b):
        # Before 10 it is not known of every value of setup that a specialize renews it: a trace of a changer has to say so.
        return _not_generalized(a, b, births, lineage, body, past) if changed else Finding("undetermined", "undetermined", "undetermined")
    if len(births.renewed) >= TWO or births.sids == "unlike":
        return _specialized(a, b, lineage, past)
    return Finding("undetermined", "undetermined", "undetermined")


def _not_generalized(a: Side, b: Side, births: Births, lineage: VerdictStrength, body: Machines, past: Histories) -> Finding:
    firm: VerdictStrength = "proven" if lineage == "proven" and body.firm else "strong" if lineage in FIRM else "indicated"
    if births.sids == "unlike" and not (a.subject.is_domain_controller or b.subject.is_domain_controller):
        if len(births.equal) < TWO:
            firm = "indicated"
        if body.separate == "yes" or body.same_body is False:
            return Finding("sid-changed-duplicate", firm if body.separate == "yes" else "indicated", "no")
        return Finding("duplicate-or-same-machine", "indicated", "no")
    if body.separate == "yes":
        return Finding("duplicated-without-sysprep", firm, "no")
    if body.course == "none" and body.same_body is not False and not births.renewed:
        return Finding("same-acquisition", "strong" if (past.compared or past.logged) and lineage != "indicated" else "indicated", "no")
    if body.separate == "no":
        return Finding("same-machine", "strong" if body.course in ("a", "b") and lineage != "indicated" else "indicated", "no")
    return Finding("duplicate-or-same-machine", "indicated" if lineage == "indicated" else "strong", "no")


def _specialized(a: Side, b: Side, lineage: VerdictStrength, past: Histories) -> Finding:
    """Tell siblings of a master, which share a generalize that lies before the fork, from computers that were generalized by themselves.

    Versions of one master differ from those: the older version has no history of its own before its seal that the younger one lacks.
    """
    common, firm = have_one_seal(a, b), lineage in FIRM
    lived = [times_before_its_seal(side, past.private(name, past.confirmed_after)) for side, name in ((a, "a"), (b, "b"))]
    if common and min(lived) >= TWO:
        return Finding("undetermined", "contradicted", "undetermined")  # of one master neither can have had a life before its seal
    if min(lived) >= TWO:
        return Finding("generalized-after-deployment", "strong" if firm else "indicated", "after-deployment")
    sealed = is_sealed(a) or is_sealed(b)
    versions = firm and seal(a) is not None and seal(b) is not None and not min(lived)  # a single time on either side leaves it open
    if not common and not sealed and not versions:
        return Finding("undetermined", "undetermined", "undetermined")  # a user's folder may have been taken along
    return Finding("generalized-siblings", "strong" if firm and (common or sealed) else "indicated", "yes")


def _same_media(a: Side, b: Side) -> bool:
    tags = [clone_tag(side.subject) for side in (a, b)]
    return tags[0] is not None and tags[1] is not None and tags[0][1].ticks == tags[1][1].ticks


def _separate(relation: str, body: Machines) -> Literal["yes", "no", "undetermined"]:
    if relation in ("duplicated-without-sysprep", "sid-changed-duplicate") and body.separate != "no":
        return body.separate
    if relation in ("same-acquisition", "same-machine"):
        return "no"
    if relation in ("unrelated", "same-media", "generalized-siblings", "generalized-after-deployment"):
        return "yes"
    return body.separate


def _direction(a: Side, b: Side, relation: str, body: Machines, copied: Copying | None) -> Direction:
    if relation in ("unrelated", "same-media", "undetermined", "same-acquisition"):
        return "undetermined"
    histories_of = (a.installation.verdict.history, b.installation.verdict.history)
    if relation == "generalized-siblings":
        sealed = [is_sealed(side) for side in (a, b)]
        return "a-is-source" if sealed == [True, False] else "b-is-source" if sealed == [False, True] else "common-master"
    if copied is not None and copied.original:
        return "a-is-source" if copied.original == "a" else "b-is-source"
    if (first := came_from(a, b)) is not None:
        return "a-is-source" if first == "a" else "b-is-source"
    moved = [history in ("relocated-not-generalized", "sid-changed", "generalized-after-use") for history in histories_of]
    if body.course in ("a", "b") and moved[0] == moved[1]:
        return "b-is-source" if body.course == "a" else "a-is-source"
    if moved == [False, True]:
        return "a-is-source"
    if moved == [True, False]:
        return "b-is-source"
    return "common-master" if all(moved) else "undetermined"


def _told(a: Side, b: Side, compared: table.Table, births: Births, past: Histories) -> tuple[PairEvidence, ...]:
    found = []
    same = [
        row.namespace for row in compared.rows if row.observed == "equal" and row.cells.get("never", table.Cell()).mark == "contradicted"
    ]
    if same:
        words = listed(same, 5)
        found.append(PairEvidence("equal-identifiers", "lineage", "strong" if births.equal else "moderate", f"equal on both: {words}"))
    sids = sorted(a.machine_sids & b.machine_sids)
    if sids and "machine-sid" not in same:
        thin = list(dict.fromkeys(side.name for side in (a, b) if not side.subject.facts.of(MACHINE_SID)))
        where = f" (of {' and '.join(thin)} from accounts in logs or profiles alone)" if thin else ""
        found.append(PairEvidence("equal-machine-sid", "lineage", "moderate", f"both have the machine SID {sids[0]}{where}"))
    names = {str(side.installation.computer_name or "").upper() for side in (a, b)}
    if len(names) == 1 and _RANDOM_NAME.fullmatch(name := names.pop()):
        because = f"both are called {name}, as Windows 10 and later name a computer at random"
        found.append(PairEvidence("equal-random-name", "lineage", "moderate", because))
    crossed = [row.namespace for row in compared.rows if row.observed == "crossed"]
    if crossed:
        found.append(PairEvidence("former-values-met", "lineage", "strong", f"what one has now the other had before: {listed(crossed, 5)}"))
    logged = [one for one in past.channels if one.after is not None]
    if logged:
        words = f"{sum(len(one.common) for one in logged)} sampled records of the event logs are the same"
        found.append(PairEvidence("equal-event-records", "lineage", "strong", f"{words} ({listed((one.channel for one in logged), 3)})"))
    if past.shared >= ENOUGH_KEYS:
        words = (
            f"{past.shared} of {past.telling} sampled registry keys that were written since the media was made have one time on both sides"
        )
        found.append(PairEvidence("equal-key-times", "lineage", "strong", words))
    unlike = [row.namespace for row in compared.rows if row.observed in ("differs", "crossed") and row.group in table.SETUP_GENERATORS]
    if unlike:
        found.append(PairEvidence("values-of-setup-differ", "generalized", "moderate", f"made anew for one of them: {listed(unlike, 5)}"))
    if have_one_seal(a, b):
        tag = clone_tag(a.subject)
        text = tag[0].value.text if tag else ""
        found.append(PairEvidence("one-seal", "generalized", "strong", f"both carry the CloneTag of one generalize, {text} (local time)"))
    for one, other in ((a, b), (b, a)):
        if one.machine_sids & _domains(other) and not one.machine_sids & other.machine_sids:
            because = f"the machine SID of {one.name} is the SID of the domain of {other.name}: the first controller of that domain had it"
            found.append(PairEvidence("sid-of-the-others-domain", "lineage", "moderate", because))
    return tuple(found)


def _summary(a: Side, b: Side, says: str, evidence: tuple[PairEvidence, ...], parted: Fork) -> str:
    reasons = "; ".join(one.because for one in evidence[:3])
    when = ""
    if parted.after or parted.before:
        after, before = (time[:16].replace("T", " ") if time else None for time in (parted.after, parted.before))
        when = f" Parted {f'between {after} and {before}' if after and before else f'after {after}' if after else f'before {before}'} UTC."
    return f"{a.name} and {b.name}: {says}{when}" + (f" {reasons[:1].upper()}{reasons[1:]}." if reasons else "")


def _private(past: Histories) -> dict[str, PrivateHistory]:
    found = {}
    for side in ("a", "b"):
        times = past.private(side)
        first, last = (str(FileTime(times[0])), str(FileTime(times[-1]))) if times else (None, None)
        found[side] = PrivateHistory(first, last, len(times))
    return found
