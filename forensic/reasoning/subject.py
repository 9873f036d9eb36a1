"""Subject: everything that a rule may look at, and the questions that several rules ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from forensic.artifacts.hardware.hardware_config import FROM_USB, HARDWARE_CONFIG, PORTABLE_SYSTEM
from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.known_values.product import Meaning, meaning_of
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_command import SETUP_COMMAND, SETUP_FLAG
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN, SYSPREP_STATUS
from forensic.artifacts.setup.sysprep_tag import SETUPCL_FILE, SYSPREP_FOLDER
from forensic.artifacts.setup.windows_release import PRODUCT_TYPE
from forensic.artifacts.storage.disk_snapshot import DISK_SNAPSHOT
from forensic.artifacts.storage.shadow_copy import SHADOW_COPY
from forensic.model import (
    Depth,
    Era,
    Fact,
    FactSet,
    FileTime,
    Gap,
    ImageReport,
    InstallationOrigin,
    InstallationReport,
    Kind,
    Problem,
    Role,
    Sid,
)
from forensic.reasoning.binding import earlier_states_of
from forensic.reasoning.contradiction import Contradiction

SEALED_STATES = ("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE", "IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT")
COMPLETE, UNDEPLOYABLE = "IMAGE_STATE_COMPLETE", "IMAGE_STATE_UNDEPLOYABLE"
CLASSIC_ERAS = frozenset({"nt4", "2000", "xp", "2003"})
"""Releases before Vista: no image state, and a CloneTag only where Sysprep ran."""
BEFORE_HARDWARE_CONFIG = CLASSIC_ERAS | {"vista", "2008", "7", "2008r2"}
"""Releases before Windows 8, which keep no record of the machines that they were started on."""
BEFORE_TEN = BEFORE_HARDWARE_CONFIG | {"8", "2012", "8.1", "2012r2"}
"""Releases for which it is shown that a specialize renews the boot key."""


_STATE_WORDS = {
    "registry-copy": "an earlier copy of the hives",
    "shadow-copy": "a shadow copy",
    "snapshot": "a snapshot of the disk",
    "windows-old": "Windows.old",
}


class EarlierState(msgspec.Struct, frozen=True):
    """What an earlier state says of the same installation."""

    facts: FactSet
    origin: Literal["registry-copy", "shadow-copy", "snapshot", "windows-old"] = "registry-copy"
    """`registry-copy`: RegBack or the repair folder. `windows-old`: the folder of the former Windows on the volume, which an upgrade
    leaves, and a new installation beside an old one too."""
    time: FileTime | None = None
    """Of which moment it tells, where that is known: when the shadow copy or the snapshot was made."""

    @classmethod
    def of(cls, state: InstallationReport) -> EarlierState:
        """Return an earlier state as its report states it."""
        facts = FactSet(state.facts)
        if state.origin == "shadow-copy":
            copy = facts.first(SHADOW_COPY)
            return cls(facts, "shadow-copy", copy.value.created if copy else None)
        if state.origin == "snapshot":
            taken = facts.first(DISK_SNAPSHOT)
            return cls(facts, "snapshot", taken.value.taken if taken else None)
        return cls(facts) if state.earlier_state_of is not None else cls(facts, "windows-old")

    @property
    def words(self) -> str:
        """The state, for sentences."""
        return _STATE_WORDS[self.origin] + (f" of {moment(self.time)}" if self.time else "")


class Subject(msgspec.Struct, frozen=True):
    """One installation as a rule sees it: facts and gaps of a report, and nothing that needs an image."""

    facts: FactSet
    gaps: tuple[Gap, ...] = ()
    origin: InstallationOrigin = "active"
    era: Era | None = None
    role: Role | None = None
    earlier_states: tuple[EarlierState, ...] = ()
    """The same installation at earlier times: RegBack, the repair folder, shadow copies, snapshots; Windows.old, which may be another's."""
    contradictions: tuple[Contradiction, ...] = ()
    """What was set aside before the rules are asked: foreign hives and logs, times and values that cannot be true."""
    depth: Depth = "full"
    """How much was looked at: of a triage the logs of Setup and Sysprep, and other files, were not."""
    incomplete: tuple[Problem, ...] = ()
    """Problems by which evidence of this installation is known to be missing."""

    def setting_aside(self, *found: Contradiction) -> Subject:
        """Return the subject without what these contradictions set aside."""
        facts = self.facts.without(fact for one in found for fact in one.facts)
        return msgspec.structs.replace(self, facts=facts, contradictions=(*self.contradictions, *found))

    def without(self, fact: Fact[Any]) -> Subject:
        """Return the subject as it would be without this fact."""
        return msgspec.structs.replace(self, facts=self.facts.without((fact,)))

    @classmethod
    def of(cls, report: ImageReport, identity: str) -> Subject:
        """Return the installation with this id in a report, fresh or loaded, with its earlier states; KeyError when there is none."""
        one = next((found for found in report.installations if found.id == identity), None)
        if one is None:
            raise KeyError(identity)
        states = tuple(EarlierState.of(state) for state in earlier_states_of(report, one))
        incomplete = tuple(problem for problem in report.problems if problem.caps_verdicts and problem.installation in ("", identity))
        return cls(FactSet(one.facts), one.gaps, one.origin, one.era, one.role, states, depth=report.depth, incomplete=incomplete)

    @property
    def kinds_set_aside(self) -> frozenset[str]:
        """Names of the kinds of which a contradiction set facts aside: they were read, and may not testify."""
        return frozenset(fact.kind for one in self.contradictions for fact in one.facts)

    @property
    def is_classic(self) -> bool:
        """Whether the release is older than Vista.

        Where no SOFTWARE names the release, SYSTEM shows it: every one since Vista keeps Sysprep's status there. A release that stays
        unknown counts as newer, for which fewer rules speak.
        """
        if self.era is not None:
            return self.era in CLASSIC_ERAS
        return bool(self.facts.of(SETUP_FLAG)) and all(self.absent(kind) for kind in (SYSPREP_STATUS, SETUPCL_RUN, CLONE_TAG, IMAGE_STATE))

    @property
    def product_type(self) -> str | None:
        """`workstation`, `server` or `domain-controller`; None where no fact says so, or facts disagree."""
        words = {"winnt": "workstation", "servernt": "server", "lanmannt": "domain-controller"}
        stated = {words.get(fact.value.lower()) for fact in self.facts.of(PRODUCT_TYPE)}
        return stated.pop() if len(stated) == 1 else None

    @property
    def is_domain_controller(self) -> bool:
        """Whether anything says that it is a domain controller."""
        return self.role == "domain-controller" or any(fact.value.lower() == "lanmannt" for fact in self.facts.of(PRODUCT_TYPE))

    @property
    def knows_its_domain(self) -> bool:
        """Whether it is known which domain the machine is in, or that it is in none."""
        return bool(self.facts.of(DOMAIN_SID)) or any(gap.artifact == DOMAIN_SID.name and gap.code == "workgroup" for gap in self.gaps)

    @property
    def image_states(self) -> frozenset[str]:
        """The image states of both copies, as upper-case names."""
        return self.facts.ask(_image_states)

    @property
    def is_sealed(self) -> bool:
        """Whether a copy of the image state says that a generalized image waits for its first start."""
        return bool(self.image_states & set(SEALED_STATES))

    @property
    def is_portable(self) -> bool:
        """Whether it was made to be started on many computers (Windows To Go): then other hardware is no sign of a copy."""
        return any(fact.value for fact in self.facts.of(PORTABLE_SYSTEM))

    @property
    def lies_on_usb(self) -> bool:
        """Whether Windows was made ready to start from USB on the computer of the last start: then it is carried with its disk."""
        flags = [fact.value.boot_drivers or 0 for fact in self.facts.of(HARDWARE_CONFIG) if fact.value.is_last]
        return any(number & FROM_USB == FROM_USB for number in flags)

    @property
    def is_supported_clone(self) -> bool:
        """Whether a domain controller was cloned as Microsoft supports it: Windows then renames the file that asked for it."""
        return self.is_domain_controller and bool(self.products("controller-clone"))

    def products(self, meaning: Meaning) -> frozenset[str]:
        """Return the products with this purpose that left traces: a product that is there need not have been used."""
        traces = (fact.value for fact in self.facts.named("imaging-product-trace"))
        return frozenset(trace.product for trace in traces if meaning_of(trace.product, trace.path) == meaning)

    def flag(self, name: str) -> int | None:
        """Return the setup flag `name`, or None where it is not stated."""
        return self.facts.ask(_flags).get(name.lower())

    def command(self, name: str) -> str:
        """Return the setup command `name`, or an empty text."""
        return next((fact.value.text for fact in self.facts.of(SETUP_COMMAND) if fact.value.name.lower() == name.lower()), "")

    @property
    def is_settled(self) -> bool:
        """Whether it is known that no setup pass is outstanding: only then was everything on record written by a running machine.

        Known from the image state or from the setup flags, either of which may be missing; one that says otherwise decides.
        """
        return self.facts.ask(_is_settled)

    @property
    def has_no_clone_tag(self) -> bool:
        """Whether SYSTEM was read and says that there is no CloneTag; a missing fact alone says nothing."""
        return self.absent(CLONE_TAG) and bool(self.facts.of(SETUP_FLAG))

    @property
    def knows_no_sysprep(self) -> bool:
        """Before Vista: whether SYSTEM was read and nothing shows that Sysprep was used, neither a CloneTag nor what mini-setup needs.

        Mini-setup gives a new SID, and it is not known whether it renews the boot key. That every Sysprep of 2000 to 2003 writes a CloneTag
        is not documented either, so its other traces count as well.
        """
        traces = self.facts.of(SETUPCL_FILE) or self.facts.of(SYSPREP_FOLDER) or self.command("OemDuplicatorString")
        return self.has_no_clone_tag and not traces

    @property
    def was_searched_for_sysprep(self) -> bool:
        """Whether the disk shows that no mini-setup gave a new SID: since Vista the records of setup do."""
        return not self.is_classic or all(self.absent(kind) for kind in (SETUPCL_FILE, SYSPREP_FOLDER))

    @property
    def system_was_read(self) -> bool:
        """Whether the SYSTEM hive says how far setup came: without it nothing shows that a computer is in order."""
        return bool(self.facts.of(SETUP_FLAG))

    def absent(self, kind: Kind[Any]) -> bool:
        """Return whether the place of `kind` was searched and holds nothing."""
        return not self.facts.of(kind) and any(gap.artifact == kind.name and gap.reason == "not-found" for gap in self.gaps)


def _image_states(facts: FactSet) -> frozenset[str]:
    return frozenset(fact.value.state.upper() for fact in facts.of(IMAGE_STATE))


def _flags(facts: FactSet) -> dict[str, int]:
    """Return the setup flags by name in lower case, of several with one name the first."""
    return {fact.value.name.lower(): fact.value.number for fact in reversed(facts.of(SETUP_FLAG))}


def _is_settled(facts: FactSet) -> bool:
    states, flags = facts.ask(_image_states), facts.ask(_flags)
    if states - {COMPLETE}:
        return False
    kind, in_progress = flags.get("setuptype"), flags.get("systemsetupinprogress")
    over = kind == 0 or (kind is None and in_progress == 0)
    return not in_progress and not kind and (COMPLETE in states or over)


def policy_sids(facts: FactSet) -> tuple[Fact[Sid], ...]:
    """Return the machine SIDs that the SECURITY hive states."""
    return tuple(fact for fact in facts.of(MACHINE_SID) if fact.place.hive == "SECURITY")


def account_sids(facts: FactSet) -> tuple[Fact[Sid], ...]:
    """Return the machine SIDs that the SAM hive states."""
    return tuple(fact for fact in facts.of(MACHINE_SID) if fact.place.hive != "SECURITY")


def listed(names: Iterable[str], limit: int = 4) -> str:
    """Return names in order, for sentences; those beyond `limit` are only counted."""
    ordered = sorted(set(names))
    more = len(ordered) - limit
    return ", ".join(ordered[:limit]) + (f" and {more} more" if more > 0 else "")


def moment(time: FileTime | int) -> str:
    """Return a time to the second, for sentences: `2010-11-10 18:14:25 UTC`."""
    return str(FileTime(time))[:-9].replace("T", " ") + " UTC"


def day(time: FileTime | int) -> str:
    """Return the day of a time in UTC, for sentences in few words: `2010-11-10`."""
    return str(FileTime(time))[:10]


def folder_of(path: str) -> str:
    r"""Return the last two parts of a path in lower case, so that `C:\Users\ann` and `Users/ann` meet."""
    return "/".join(path.replace("\\", "/").lower().rstrip("/").split("/")[-2:])
