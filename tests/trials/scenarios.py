"""Scenarios: every installation with a known history that the tests have, as what the rules see of it, and who lends facts to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import msgspec

from forensic import examine
from forensic.artifacts.declaration import load
from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG
from forensic.artifacts.identity.computer_name import COMPUTER_NAME
from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY
from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.network.dhcpv6 import DHCPV6_DUID
from forensic.artifacts.network.network import MAC_ADDRESS
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.model import Era, FactSet, ImageReport, Verdict
from forensic.reasoning.installation import NOT_JUDGED, judge
from forensic.reasoning.subject import Subject
from tests.builders.world import RELEASES
from tests.rules.full_stories import FULL_STORIES
from tests.rules.stories import STORIES
from tests.scenarios.histories import begun, changed, deployed, moved
from tests.scenarios.histories import scenarios as histories

SAMPLES = Path(__file__).parents[2] / "samples"
IMAGES = ("desk-10.E01", "dirty-10.E01", "lab-xp.raw.zip", "master-2019.E01", "moved-7.vhdx", "nt4.qcow2")
ERAS = list(get_args(Era))
HIVES = ("SAM", "SECURITY", "SOFTWARE", "SYSTEM")
ACCUSING = frozenset({"suspect", "violation"})
"""Policies with exit code 1."""
ACQUITTING = frozenset({"none-found", "compliant"})
"""Policies with exit code 0."""
_WHOSE = {
    MACHINE_SID.name: lambda value: value,
    LSA_BOOT_KEY.name: lambda value: value,
    MACHINE_GUID.name: lambda value: value,
    MAC_ADDRESS.name: lambda value: value.mac,
    DHCPV6_DUID.name: lambda value: value,
    HARDWARE_CONFIG.name: lambda value: value.id,
}
"""Kind -> what of its value names one machine."""


@dataclass(frozen=True)
class Scenario:
    """One installation, judged."""

    name: str
    subject: Subject
    depth: str
    verdict: Verdict
    lends: bool = True
    """Whether its facts have places like those of a real image and no hive is missing, so that it may be a donor."""

    @cached_property
    def identity(self) -> frozenset[str]:
        """What names the machine: SIDs, keys and hardware of all its facts."""
        return frozenset(f"{fact.kind} {_WHOSE[fact.kind](fact.value)}" for fact in self.subject.facts if fact.kind in _WHOSE)

    @cached_property
    def names(self) -> frozenset[str]:
        """The computer names."""
        return frozenset(fact.value.name.upper() for fact in self.subject.facts.of(COMPUTER_NAME))


def scenario(name: str, subject: Subject, depth: str = "full", *, lends: bool = True) -> Scenario:
    """Return a scenario with the verdict over its untouched subject."""
    return Scenario(name, subject, depth, judge(subject, depth)[1], lends)


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Return every scenario; each image is examined once."""
    return (*_lives(), *_samples(), *_stories())


def _lives() -> Iterator[Scenario]:
    for one in histories():
        files = {path: data for path, data in (one.life.drive() | one.added).items() if path.rpartition("/")[2] not in one.missing}
        yield from _of(one.name, _examined(files), lends=not one.missing)
    for name, seed, era, history in (
        ("10: set up, with RegBack", 1300, "10", begun),
        ("7: copied, with RegBack of before", 1301, "7", moved),
        ("10: SID changed, with RegBack of before", 1302, "10", changed),
        ("xp: SID changed, with the repair folder of before", 1303, "xp", changed),
        ("10: deployed, with RegBack of its master", 1304, "10", deployed),
    ):
        life, _ = history(seed, era)
        before, _ = begun(seed, era)
        folder = f"{RELEASES[era].root}/repair" if RELEASES[era].nt < (6, 0) else f"{RELEASES[era].root}/System32/config/RegBack"
        copies = {f"{folder}/{path.rpartition('/')[2]}": data for path, data in before.files().items() if path.endswith(HIVES)}
        yield from _of(name, _examined(life.drive() | copies))


def _samples() -> Iterator[Scenario]:
    for image in IMAGES:
        yield from _of(image, examine(SAMPLES / image, strict=True))


def _stories() -> Iterator[Scenario]:
    hives = {kind.name: one.hive for one in reversed(load("full")) for kind in one.kinds if one.hive}
    for name, (subject, _) in (STORIES | FULL_STORIES).items():
        states = tuple(msgspec.structs.replace(state, facts=FactSet(_placed(state.facts, hives))) for state in subject.earlier_states)
        gaps = tuple(msgspec.structs.replace(gap, place=gap.place.inside(hive=hives.get(gap.artifact, ""))) for gap in subject.gaps)
        placed = msgspec.structs.replace(subject, facts=FactSet(_placed(subject.facts, hives)), gaps=gaps, earlier_states=states)
        yield scenario(f"story: {name}", placed, lends=False)


def _placed(facts, hives):
    """Yield facts of a story with the hive in which they would lie."""
    for fact in facts:
        hive = fact.place.hive or ("SAM" if fact.place.key.startswith("SAM") else hives.get(fact.kind, ""))
        if fact.kind == IMAGE_STATE.name:
            hive = "SOFTWARE" if fact.value.copy == "registry" else ""
        yield msgspec.structs.replace(fact, place=fact.place.inside(hive=hive))


def _examined(files: dict[str, bytes]) -> ImageReport:
    with TemporaryDirectory() as folder:
        for path, data in files.items():
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return examine(folder, strict=True)


def _of(name: str, report: ImageReport, *, lends: bool = True) -> Iterator[Scenario]:
    for one in report.installations:
        if one.earlier_state_of is None and one.origin not in NOT_JUDGED:
            yield scenario(name, Subject.of(report, one.id), report.depth, lends=lends)


def donors(of: Scenario, among: Iterable[Scenario], each: int = 2) -> tuple[Scenario, ...]:
    """Return machines that have nothing in common with a scenario, `each` that are accused and `each` that are acquitted.

    Of the same release where there is one, else of the nearest; with other names and other histories first; the same at every run.
    """
    pool = [one for one in among if one.lends and one.identity and not one.identity & of.identity]
    return tuple(
        one for policies in (ACCUSING, ACQUITTING) for one in _chosen(of, [one for one in pool if one.verdict.policy in policies], each)
    )


def _chosen(of: Scenario, pool: list[Scenario], count: int) -> Iterator[Scenario]:
    taken = set[str]()
    for _ in range(min(count, len(pool))):
        best = min(
            (one for one in pool if one.name not in taken),
            key=lambda one: (
                _distance(of.subject.era, one.subject.era),
                any(one.verdict.history == other.verdict.history for other in pool if other.name in taken),
                bool(one.names & of.names),
                sha256(f"{of.name} {one.name}".encode()).digest(),
            ),
        )
        taken.add(best.name)
        yield best


def _distance(one: Era | None, other: Era | None) -> int:
    return abs(ERAS.index(one) - ERAS.index(other)) if one and other else len(ERAS)
