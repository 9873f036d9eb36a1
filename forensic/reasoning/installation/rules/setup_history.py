"""Rules over the records of setup: was this installation generalized, when, and did it finish?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_command import SETUP_COMMAND, SETUP_FLAG
from forensic.artifacts.setup.sysprep_tag import SYSPREP_TAG
from forensic.model import Fact
from forensic.reasoning.installation.setup_time import (
    MARGIN,
    Moment,
    clone_tag,
    generalized_since_setup,
    is_later_than_media,
    media_moments,
    media_of,
    setup,
)
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import COMPLETE, Subject, moment, policy_sids


@rule(group="clone-tag", supports="installed")
def clone_tag_of_media(subject: Subject) -> Iterator[Finding]:
    """The CloneTag is the one that the installation media carries.

    Supports: an ordinary installation. Microsoft generalized its own image, so every plain installation from Vista on has its tag.
    Against: nothing.
    Does not say: that no copy was made. A copy that was never generalized keeps the tag of the media too.
    Overturned by: an in-place upgrade, which brings the tag of its own media and hides an earlier one; a tag edited by hand.
    References: knowledge of real hives of Windows 7, 8.1 and 10, where the tag lies within a day of the media's key times.
    """
    tag, media = clone_tag(subject), media_of(subject)
    if tag is None or media is None or subject.is_sealed:
        return
    if isinstance(media, Moment):
        because = f"the CloneTag, {tag[0].value.text} (local time), agrees with {media.what} ({moment(media.time)}): it is the media's own"
        yield Finding("moderate", because, (tag[0], media.fact))
    else:
        yield Finding("moderate", f"the CloneTag, {tag[0].value.text}, is the one that Microsoft's media of {media} carries", (tag[0],))


@rule(group="clone-tag", supports="deployed-generalized")
def clone_tag_later_than_media(subject: Subject) -> Iterator[Finding]:
    """The CloneTag is later than the media, and the identity of this computer was made after it.

    Supports: deployment from a master that an administrator or a manufacturer generalized. Before Vista any CloneTag says so, because
    only Sysprep writes it there; weakly where it has no date, and where the machine SID is older: mini-setup gives a new one.
    Against: nothing.
    Does not say: who generalized, and whether the master had been in use.
    Overturned by: media that Microsoft itself generalized a second time (8.1 with Update), which then is newer than its oldest keys.
    References: KB Q180962; https://learn.microsoft.com/windows-hardware/manufacture/desktop/sysprep--generalize--a-windows-installation
    """
    tag, done = clone_tag(subject), setup(subject)
    if subject.is_sealed:
        return
    if tag is None:
        if subject.is_classic and subject.is_settled:
            for fact in subject.facts.of(CLONE_TAG):
                yield Finding(
                    "weak", f"there is a CloneTag without a date ({fact.value.text}); on this release only Sysprep writes one", (fact,)
                )
        return
    if subject.is_classic:
        if subject.is_settled:
            older = [sid for sid in policy_sids(subject.facts) if sid.written and sid.written < tag[1].ticks - MARGIN]
            because = f"the CloneTag, {tag[0].value.text} (local time), stands; on this release only Sysprep writes it"
            because += f"; yet the machine SID is of {moment(max(sid.written or 0 for sid in older))}, before it" if older else ""
            yield Finding("weak" if older else "moderate", because, (tag[0], *older))
        return
    if not is_later_than_media(subject) or not done.known or tag[1].ticks > done.latest.time + MARGIN:
        return
    media = max(media_moments(subject), key=lambda one: (one.time, one.what))
    because = (
        f"the CloneTag, {tag[0].value.text} (local time), is later than {media.what} ({moment(media.time)})"
        f" and not later than {done.latest.what} ({moment(done.latest.time)}): a generalize came before this computer's own setup"
    )
    yield Finding("moderate", because, (tag[0], media.fact, done.latest.fact))


@rule(group="clone-tag", supports="sealed-generalized")
def clone_tag_of_seal(subject: Subject) -> Iterator[Finding]:
    """An image that waits for its first start has a CloneTag later than the media.

    Supports: a master that was generalized after it had been built up.
    Against: nothing.
    Does not say: what happened to copies taken before.
    Overturned by: a tag edited by hand.
    References: KB Q180962.
    """
    tag = clone_tag(subject)
    classic = subject.is_classic and "-mini" in subject.command("CmdLine").lower()
    if tag is not None and (classic or (subject.is_sealed and is_later_than_media(subject))):
        yield Finding(
            "moderate",
            f"the CloneTag, {tag[0].value.text} (local time), is not the installation media's: this image was generalized",
            (tag[0],),
        )


@rule(group="clone-tag", supports="installed")
def no_clone_tag(subject: Subject) -> Iterator[Finding]:
    """There is no CloneTag on a release where only Sysprep writes one.

    Supports: an ordinary installation of NT 4.0, 2000, XP or 2003.
    Against: nothing.
    Does not say: that no copy was made; a copy without Sysprep has no CloneTag either.
    Overturned by: a value deleted by hand.
    References: KB Q180962; three XP hives without it.
    """
    if subject.is_classic and subject.knows_no_sysprep:
        flags = subject.facts.of(SETUP_FLAG)
        yield Finding("moderate", "SYSTEM was read and has no CloneTag, which before Windows Vista only Sysprep leaves", flags[:1])


@rule(group="clone-tag", against="installed")
def clone_tag_after_setup(subject: Subject) -> Iterator[Finding]:
    """The CloneTag is later than the last setup pass, on a computer that is not waiting for one.

    Supports: nothing.
    Against: an ordinary history: a generalize that was followed by a start has a setup pass after it.
    Does not say: what happened instead: a generalize that broke off, a restored SYSTEM hive, a clock that was wrong by days.
    Overturned by: a wrong clock on one of the two machines.
    References: none; inferred from the order of generalize and specialize.
    """
    tag, done = clone_tag(subject), setup(subject)
    if tag is not None and subject.is_settled and generalized_since_setup(subject):
        because = (
            f"the CloneTag, {tag[0].value.text} (local time), is later than {done.latest.what} ({moment(done.latest.time)}),"
            " yet no setup pass is outstanding"
        )
        yield Finding("moderate", because, (tag[0], done.latest.fact))


@rule(group="tag-file", supports="deployed-generalized")
def sysprep_tag_of_master(subject: Subject) -> Iterator[Finding]:
    """A running installation has the file that Sysprep leaves when it succeeds, of the time of the CloneTag.

    Supports: deployment from a master on which Sysprep ran to its end.
    Against: nothing.
    Does not say: that Sysprep generalized: it leaves the same file without /generalize. So alone it is weak, and it counts
    where its time is the CloneTag's and the CloneTag is later than the media.
    Overturned by: a file that came with a manufacturer's image.
    References: https://learn.microsoft.com/windows-hardware/manufacture/desktop/sysprep-process-overview
    """
    if not subject.is_settled:
        return
    tag = clone_tag(subject)
    for fact in subject.facts.of(SYSPREP_TAG):
        agrees = (
            tag is not None and fact.written is not None and abs(tag[1].ticks - fact.written) <= MARGIN and is_later_than_media(subject)
        )
        when = f", written {moment(fact.written)}," if fact.written else ""
        if agrees:
            yield Finding(
                "moderate", f"the file {fact.value}{when} is of the time of the CloneTag: Sysprep ended with success there", (fact,)
            )
        else:
            yield Finding("weak", f"the file {fact.value}{when} shows that Sysprep ended with success on this lineage once", (fact,))


@rule(group="tag-file", supports="sealed-generalized")
def sysprep_tag_of_seal(subject: Subject) -> Iterator[Finding]:
    """An image that waits for its first start has the file that Sysprep leaves when it succeeds.

    Supports: a sealed master.
    Against: nothing.
    Does not say: that it is the last step: the file also stays from an earlier run.
    Overturned by: image states that say otherwise.
    References: https://learn.microsoft.com/windows-hardware/manufacture/desktop/sysprep-process-overview
    """
    if subject.is_sealed:
        for fact in subject.facts.of(SYSPREP_TAG):
            yield Finding("moderate", f"the file {fact.value} is there, which Sysprep leaves when it succeeds", (fact,))


@rule(group="image-state", supports="sealed-generalized")
def image_state_sealed(subject: Subject) -> Iterator[Finding]:
    """The image state says that a generalized image waits for its first start.

    Supports: a sealed master; strongly where registry and State.ini agree.
    Against: nothing.
    Does not say: whether Microsoft, a manufacturer or an administrator generalized it; the CloneTag does.
    Overturned by: a copy of the state that says otherwise, or setup not being armed.
    References: https://learn.microsoft.com/windows-hardware/manufacture/desktop/windows-setup-states
    """
    facts, states = subject.facts.of(IMAGE_STATE), subject.image_states
    if len(states) != 1 or not subject.is_sealed:
        return
    copies = sorted({fact.value.copy for fact in facts})
    because = f"the image state is {min(states)} in {' and in '.join(copies)}"
    yield Finding("strong" if len(copies) > 1 else "moderate", because, facts)


@rule(group="image-state", against="installed")
def image_states_differ(subject: Subject) -> Iterator[Finding]:
    """The two copies of the image state disagree.

    Supports: nothing.
    Against: every orderly history: setup and Sysprep write both.
    Does not say: which of the two is true. A Sysprep that broke off, a restored hive and an edited value leave this.
    Overturned by: the later of the two, where their times are known.
    References: https://learn.microsoft.com/windows-hardware/manufacture/desktop/windows-setup-states
    """
    if len(subject.image_states) > 1:
        facts = subject.facts.of(IMAGE_STATE)
        told = sorted(f"{fact.value.copy} says {fact.value.state}" for fact in facts)
        yield Finding("moderate", f"the copies of the image state disagree: {', '.join(told)}", facts)


@rule(group="image-state", supports="installed")
def image_state_complete(subject: Subject) -> Iterator[Finding]:
    """The image state says that specialize and first start are done.

    Supports: an installation in use, weakly: every computer that was started has it, copies too.
    Against: nothing.
    Does not say: on which computer the passes ran.
    Overturned by: hardware that appeared later.
    References: https://learn.microsoft.com/windows-hardware/manufacture/desktop/windows-setup-states
    """
    if subject.image_states == {COMPLETE}:
        yield Finding("weak", f"the image state is {COMPLETE}: specialize and first start ended", subject.facts.of(IMAGE_STATE))


@rule(group="setup-armed", supports="sealed-generalized")
def setup_armed(subject: Subject) -> Iterator[Finding]:
    """Setup is armed to run at the next start, as Sysprep leaves it.

    Supports: a sealed master. Before Vista the command `setup -newsetup -mini` beside a CloneTag is Sysprep's own and strong.
    Against: nothing.
    Does not say: on Vista and later, that an administrator did it: plain media is armed the same way before its first start.
    Overturned by: an image state that is not sealed.
    References: https://learn.microsoft.com/windows-hardware/manufacture/desktop/sysprep-process-overview; public template gates.
    """
    command = subject.command("CmdLine")
    line = command.lower()
    facts: list[Fact[Any]] = [fact for fact in subject.facts.of(SETUP_COMMAND) if fact.value.name.lower() == "cmdline"]
    told = f'CmdLine is "{command}"'
    if subject.is_classic:
        if "-mini" in line:
            tags = subject.facts.of(CLONE_TAG)
            with_tag = " beside a CloneTag" if tags else ""
            yield Finding("strong" if tags else "moderate", f"mini-setup will run at the next start: {told}{with_tag}", (*facts, *tags))
    elif subject.is_sealed and "windeploy" in line and subject.flag("SetupType"):
        flags = [fact for fact in subject.facts.of(SETUP_FLAG) if fact.value.name.lower() == "setuptype"]
        yield Finding("moderate", f"setup will run at the next start: {told}, SetupType is {subject.flag('SetupType')}", (*facts, *flags))


@rule(group="setup-armed", against="sealed-generalized")
def seal_not_armed(subject: Subject) -> Iterator[Finding]:
    """The image state says sealed, and setup is not armed to run.

    Supports: nothing.
    Against: a sealed master: without setup at the next start nothing would be specialized.
    Does not say: what disarmed it: an edited value, a Sysprep that broke off at its end, a start that is under way.
    Overturned by: nothing among these facts.
    References: public template gates, which require SetupType 2 and a CmdLine that names windeploy.
    """
    if subject.is_sealed and subject.flag("SetupType") == 0:
        flags = [fact for fact in subject.facts.of(SETUP_FLAG) if fact.value.name.lower() == "setuptype"]
        yield Finding(
            "moderate", "SetupType is 0: setup will not run at the next start, though the image state says that it has to", tuple(flags)
        )


@rule(group="setup-clocks", supports="installed")
def setup_clocks_agree(subject: Subject) -> Iterator[Finding]:
    """The records of setup and the machine SID were written within one setup.

    Supports: an ordinary installation: nothing of the identity was replaced afterwards. At least one of the records is of SYSTEM.
    Against: nothing.
    Does not say: on which computer it ran, or that no copy was made.
    Overturned by: hardware that appeared later.
    References: real hives of XP, 7, 8.1 and 10; steps of the clock of up to 9 h inside one setup are allowed for.
    """
    done = setup(subject)
    if not (done.setupcl or done.boot_key) or not subject.is_settled:
        return
    sids = [Moment(fact.written, "the machine SID", fact) for fact in policy_sids(subject.facts) if fact.written]
    clocks = [*done.known, *sids]
    first, last = min(clock.time for clock in clocks), max(clock.time for clock in clocks)
    if len({clock.what for clock in clocks}) > 1 and last - first <= MARGIN:
        names = sorted({clock.what for clock in clocks})
        what = f"{', '.join(names[:-1])} and {names[-1]}"
        because = f"{what} are of one setup, {moment(first)} to {moment(last)}"
        yield Finding("moderate", because, tuple(clock.fact for clock in clocks))
