"""Side: one installation as a comparison sees it: its facts, its table state with what it was before, and the computers that it ran on."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.known_values.media import is_media_sid
from forensic.artifacts.logs.registry_history import REGISTRY_HISTORY
from forensic.model import FactSet, ImageReport, InstallationReport
from forensic.model.report import COUNTING
from forensic.reasoning import table
from forensic.reasoning.binding import belonging
from forensic.reasoning.installation.coherence import coherent
from forensic.reasoning.installation.setup_time import Setup, media_moments, setup
from forensic.reasoning.subject import Subject

NO_UUIDS = frozenset({"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"})
"""System UUIDs that firmware has where it has none."""


class KeyTimes(msgspec.Struct, frozen=True):
    """The sample of one hive as pairs lay it side by side."""

    algorithm: int
    times: Mapping[bytes, int]
    """Hash of the path of a key to its last-written time, in ticks."""


class Side(msgspec.Struct, frozen=True):
    """One side of a comparison."""

    report: ImageReport
    installation: InstallationReport
    subject: Subject
    state: table.State
    key_times: Mapping[tuple[str, str], KeyTimes]
    """Hive and profile (in lower case, empty for the machine's own) to its sample: made once for all pairs."""

    @classmethod
    def of(cls, report: ImageReport, installation: InstallationReport) -> Side:
        """Return an installation of a report, fresh or loaded, with what may not testify set aside, as it is before judging."""
        subject = coherent(belonging(Subject.of(report, installation.id)))
        media = max((one.time for one in media_moments(subject)), default=None)
        now = table.State.of(subject.facts, subject.gaps, media)
        samples = {
            (fact.value.hive, (fact.profile or "").lower()): KeyTimes(
                fact.value.algorithm, {path: int(time) for path, time in fact.value.times.items()}
            )
            for fact in subject.facts.of(REGISTRY_HISTORY)
        }
        return cls(report, installation, subject, _with_former(now, subject), samples)

    @property
    def name(self) -> str:
        """The computer, for sentences; its source where the name is not known."""
        return self.installation.computer_name or self.report.source.path

    @property
    def setup(self) -> Setup:
        """When Windows was last set up, specialized or upgraded here."""
        return setup(self.subject)

    @property
    def machine_sids(self) -> frozenset[str]:
        """The machine SIDs of today, without those of media."""
        found = {fact.value for fact in self.subject.facts.of(MACHINE_SID)}
        if not found and self.installation.machine_sid is not None:
            found = {self.installation.machine_sid}
        return frozenset(str(sid) for sid in found if not is_media_sid(sid))

    @property
    def body(self) -> str | None:
        """The computer of the last start, by its system UUID; None where it is not known."""
        last = [str(fact.value.id) for fact in self.subject.facts.of(HARDWARE_CONFIG) if fact.value.is_last]
        uuids = last + [str(fact.value.uuid) for fact in self.subject.facts.named("smbios") if fact.value.uuid]
        real = [uuid for uuid in uuids if uuid not in NO_UUIDS]
        return real[0] if real else None

    @property
    def model(self) -> tuple[str, str] | None:
        """Make and model of the last start."""
        for fact in self.subject.facts.of(SYSTEM_INFORMATION):
            if fact.value.manufacturer and fact.value.product:
                return fact.value.manufacturer.strip(), fact.value.product.strip()
        return None

    @property
    def chipset(self) -> frozenset[str]:
        """The chipset that was found last."""
        sets = [fact.value for fact in self.subject.facts.named("device-generation") if fact.value.chipset]
        return frozenset(max(sets, key=lambda one: one.arrived or one.last).chipset) if sets else frozenset()

    @property
    def hardware(self) -> frozenset[tuple[str, str]]:
        """Every record of hardware, by kind: adapters, chipsets, computers by their firmware."""
        facts = self.subject.facts
        found = {("adapter", str(fact.value.id)) for fact in facts.named("network-adapter")}
        found |= {("chipset", " ".join(fact.value.chipset)) for fact in facts.named("device-generation") if fact.value.chipset}
        return frozenset(found | {("firmware", str(fact.value.id)) for fact in facts.of(HARDWARE_CONFIG)})


def sides_of(report: ImageReport) -> list[Side]:
    """Return the installations of a report that are compared: those in use, or where there is none the former ones."""
    whole = [one for one in report.installations if one.origin != "recovery" and one.earlier_state_of is None]
    counting = [one for one in whole if one.origin in COUNTING] or whole
    return [Side.of(report, one) for one in counting]


def _with_former(now: table.State, subject: Subject) -> table.State:
    """Return the state with the values of its earlier states among what it was before."""
    former: dict[str, dict[str, frozenset[str]]] = {name: dict(values) for name, values in now.former.items()}
    for earlier in subject.earlier_states:
        if earlier.origin == "windows-old":
            continue
        then = table.State.of(FactSet(earlier.facts))
        for name, values in then.current.items():
            fresh = {text: files for text, files in values.items() if text not in now.current.get(name, {})}
            if fresh:
                former.setdefault(name, {}).update(fresh)
    return msgspec.structs.replace(now, former=former)
