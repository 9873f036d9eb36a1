"""Rules over what is outstanding: a first start that is under way, a generalize that was begun and did not finish."""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_command import SETUP_FLAG
from forensic.reasoning.installation.first_start import under_way
from forensic.reasoning.installation.sysprep_runs import AT_REST, BEGUN, begun_state, succeeded_last
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import COMPLETE, UNDEPLOYABLE, Subject


@rule(group="image-state", against="installed")
def setup_outstanding(subject: Subject) -> Iterator[Finding]:
    """A setup pass is outstanding: Windows is being installed, is at its first start, or was resealed after specialize.

    Supports: nothing.
    Against: a finished installation: what is on record is not yet that of this computer.
    Does not say: that anything failed; an image taken while Setup works looks like this. UNDEPLOYABLE is the ordinary image state during
    specialize and during the out-of-box experience.
    Overturned by: nothing; the first start ends this state.
    References: https://learn.microsoft.com/windows-hardware/manufacture/desktop/windows-setup-states; Panther logs of a Server 2012 R2 and
    of a Windows 10.
    """
    if subject.is_sealed:
        return
    resealed = [fact for fact in subject.facts.of(IMAGE_STATE) if "SPECIALIZE_RESEAL" in fact.value.state.upper()]
    unfinished = [fact for fact in subject.facts.of(IMAGE_STATE) if fact.value.state.upper() == UNDEPLOYABLE]
    flagged = (
        fact.value.number for fact in subject.facts.of(SETUP_FLAG) if fact.value.name.lower() in ("systemsetupinprogress", "setuptype")
    )
    signs = under_way(subject) if any(flagged) or resealed or unfinished else ()
    armed = "-mini" in subject.command("CmdLine").lower()
    if (signs or resealed or (unfinished and COMPLETE not in subject.image_states)) and not armed:
        told = sorted(what for what, _ in signs)
        told += sorted(f"the image state in {fact.value.copy} is {fact.value.state}" for fact in (*resealed, *unfinished))
        because = f"a setup pass is outstanding: {', '.join(told)}"
        if signs and unfinished:
            because += "; so stands every computer between specialize and the end of its first start"
        yield Finding("moderate", because, (*(fact for _, fact in signs), *resealed, *unfinished))


@rule(group="sysprep-status", supports="generalize-failed")
def generalize_unfinished(subject: Subject) -> Iterator[Finding]:
    """GeneralizationState is 3: a generalize was begun and did not finish, or the specialize after it never ran.

    Supports: a failed generalize: moderate, for it is one value; weak where the last run in Sysprep's log succeeded.
    Against: nothing.
    Does not say: which step failed; Sysprep's log does. GeneralizationState 7 says nothing: it stands on every installation.
    Overturned by: a sealed image state; a later run that finished; Setup being at work.
    References: public template gates (an aborted Sysprep of Server 2022 stays at 3); ConvoyPanel/cofoundry, docs/windows.md.
    """
    begun = begun_state(subject)
    if begun and not subject.is_sealed and not under_way(subject):
        because = f"GeneralizationState is {BEGUN} (begun, not finished; {AT_REST} would be nothing outstanding)"
        because += ", though the image state is COMPLETE" if subject.image_states == {COMPLETE} else ""
        yield Finding("weak" if succeeded_last(subject) else "moderate", f"{because}; no setup is at work", begun)


@rule(group="image-state", supports="generalize-failed")
def image_undeployable(subject: Subject) -> Iterator[Finding]:
    """The image state is UNDEPLOYABLE, and no setup is at work.

    Supports: a generalize or a specialize that did not finish: Sysprep and Setup set this state when they begin.
    Against: nothing.
    Does not say: which of the two it was. During specialize and the out-of-box experience it is the ordinary state of any computer.
    Overturned by: Setup being at work; a copy of the state that says otherwise.
    References: https://learn.microsoft.com/windows-hardware/manufacture/desktop/windows-setup-states
    """
    dead = tuple(fact for fact in subject.facts.of(IMAGE_STATE) if fact.value.state.upper() == UNDEPLOYABLE)
    if dead and not subject.is_sealed and not under_way(subject):
        told = sorted(f"the image state in {fact.value.copy} is {fact.value.state}" for fact in dead)
        yield Finding("moderate", f"{'; '.join(told)}; no setup is at work", dead)
