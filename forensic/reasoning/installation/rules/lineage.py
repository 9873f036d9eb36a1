"""Rules over the lineage of setup: what do the logs that outlive generalize and deployment tell of Sysprep's runs and of the first SID?"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.identity.first_sid import FIRST_SID
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.model import Strength
from forensic.reasoning.installation.lineage import Step, file_name, generalizes, lineage_steps, specializes
from forensic.reasoning.installation.setup_time import MARGIN, Moment, media_of, setup
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject


def _of_setup(subject: Subject) -> tuple[Step, Moment] | None:
    """Return the last specialize of the lineage with the clock of setup that it agrees with."""
    for step in specializes(subject)[-1:]:
        for clock in setup(subject).known:
            if step.value.time is not None and abs(step.value.time.ticks - clock.time) <= MARGIN:
                return step, clock
    return None


@rule(group="lineage", supports="installed", depth="full")
def lineage_of_media(subject: Subject) -> Iterator[Finding]:
    """The log of the transaction coordinator has the media's steps, the specialize of this setup, and no generalize in between.

    Supports: an ordinary installation: every Sysprep run of the lineage would stand in this log, which generalize does not clear.
    Against: nothing.
    Does not say: that no copy was made without Sysprep.
    Overturned by: a log that was deleted and begun anew: then it does not begin with the media.
    References: five DtcInstall.log published by their owners.
    """
    steps, done = list(lineage_steps(subject)), _of_setup(subject)
    begins = [step for step in steps if step.value.kind.startswith("media")]
    if done is None or not begins or generalizes(subject) or not subject.is_settled or subject.facts.of(SOURCE_OS):
        return
    because = (
        f"{file_name(done[0].fact)} has the steps of the media and the specialize of {str(done[0].value.time)[:16].replace('T', ' ')},"
        " and no generalize in between"
    )
    yield Finding("moderate", because, (begins[0].fact, done[0].fact, done[1].fact))


@rule(group="lineage", supports="deployed-generalized", depth="full")
def generalize_in_lineage(subject: Subject) -> Iterator[Finding]:
    """The log of the transaction coordinator has a generalize, and after it the specialize of this computer's own setup.

    Supports: deployment from a master that was generalized, directly and to the minute.
    Against: nothing.
    Does not say: whether the master had been in use, or was this very computer.
    Overturned by: a log of another computer.
    References: five DtcInstall.log published by their owners; TSSysprep.log of Windows 7.
    """
    done, runs = _of_setup(subject), generalizes(subject)
    if done is None or not subject.is_settled or subject.is_classic:
        return
    before = [run for run in runs if run.value.time and done[0].value.time and run.value.time.ticks <= done[0].value.time.ticks]
    for run in before[-1:]:
        because = (
            f"{file_name(run.fact)} has a generalize of {str(run.value.time)[:16].replace('T', ' ')} and, after it, the specialize of"
            f" {str(done[0].value.time)[:16].replace('T', ' ')} by which this computer was set up"
        )
        yield Finding("moderate", because, (run.fact, done[0].fact, done[1].fact))


@rule(group="lineage", supports="sealed-generalized", depth="full")
def lineage_ends_with_generalize(subject: Subject) -> Iterator[Finding]:
    """The log of the transaction coordinator ends with a generalize, on an image that waits for its first start.

    Supports: a sealed master.
    Against: nothing.
    Does not say: that the run succeeded as a whole; Sysprep's own log and its success file do.
    Overturned by: image states that say otherwise.
    References: five DtcInstall.log published by their owners.
    """
    runs, later = generalizes(subject), specializes(subject)
    if not subject.is_sealed or not runs:
        return
    last = runs[-1]
    if not any(step.value.time and last.value.time and step.value.time.ticks > last.value.time.ticks for step in later):
        because = f"{file_name(last.fact)} ends with a generalize, of {str(last.value.time)[:16].replace('T', ' ')}"
        yield Finding("moderate", because, (last.fact,))


@rule(group="first-sid", supports="sid-changed", depth="full")
def first_sid_replaced(subject: Subject) -> Iterator[Finding]:
    """The security authority logged another machine SID as the first, and nothing shows a generalize since.

    Supports: a change of the SID by something other than Sysprep, directly. Strong on a workstation where the log of the transaction
    coordinator, which keeps every generalize, has none; moderate where the CloneTag alone says that there was none. Weak on a server:
    Microsoft's refreshed media carry the log of their own first start, and a promotion replaces the SID.
    Against: nothing.
    Does not say: which tool, and when.
    Overturned by: a generalize that left no trace; a log that was copied from another computer.
    References: lsasetup.log of two machines; a public listing of a Server 2016 with the log of its media.
    """
    now = {fact.value for fact in subject.facts.of(MACHINE_SID)}
    if len(now) != 1 or subject.is_domain_controller or not subject.is_settled or generalizes(subject):
        return
    logged = any(step.value.kind.startswith("media") for step in lineage_steps(subject))
    if not logged and media_of(subject) is None:
        return
    strength: Strength = "weak" if subject.product_type != "workstation" else "strong" if logged else "moderate"
    for first in subject.facts.of(FIRST_SID):
        if first.value not in now:
            because = f"the security authority generated {first.value} as the first machine SID, today it is {min(now)}, and" + (
                " the log of the lineage has no generalize in between" if logged else " the CloneTag is the media's own"
            )
            steps = subject.facts.of(SETUP_LINEAGE_STEP)[:1] if logged else ()
            yield Finding(strength, because, (first, *subject.facts.of(MACHINE_SID), *steps))
