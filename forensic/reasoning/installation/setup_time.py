"""Setup times: when this installation was set up, and when the media that it came from was built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY_TIME
from forensic.artifacts.known_values.media import BUILDS, CLONE_TAGS
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.media_time import MEDIA_TIME
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.windows_release import INSTALL_DATE, WINDOWS_RELEASE
from forensic.model import Fact, FactSet, FileTime, LocalTime
from forensic.reasoning.subject import Subject, policy_sids

DAY = 24 * 3600 * 10_000_000
MARGIN = 2 * DAY
"""Times that lie closer together say nothing about their order.

Inside Setup the clock steps when the time zone is applied (seen: -2 h, -3 h, -9 h; on XP by the local offset), local times lie up to 14 h
off, and the first correction of the clock can take a day.
"""

_FINISHED = {"nt4": "1996-07-31", "2000": "1999-12-15", "xp": "2001-08-24", "2003": "2003-03-28"}
"""Releases before Vista -> the day on which Microsoft announced that they were finished: general knowledge."""
_FIRST_BUILDS = {"6.0": "6000", "6.1": "7600"}
"""Version -> the build of the release without a service pack."""
_LAB = re.compile(r"\.(\d\d)(\d\d)(\d\d)-(\d\d)(\d\d)$")


class Moment(msgspec.Struct, frozen=True):
    """A time, what happened then in words, and the fact that says so."""

    time: FileTime
    what: str
    fact: Fact[Any]


class Setup(msgspec.Struct, frozen=True, dict=True):
    """The latest moments of setup, by three clocks that stand in different places; None where a clock is missing."""

    setupcl: Moment | None
    boot_key: Moment | None
    install: Moment | None

    @cached_property
    def known(self) -> tuple[Moment, ...]:
        """The clocks that are there."""
        return tuple(clock for clock in (self.setupcl, self.boot_key, self.install) if clock is not None)

    @cached_property
    def latest(self) -> Moment:
        """The latest of the clocks."""
        return max(self.known, key=lambda clock: clock.time)


def setup(subject: Subject) -> Setup:
    """Return when Windows was last set up, specialized or upgraded here."""
    return subject.facts.ask(_setup)


def _setup(facts: FactSet) -> Setup:
    return Setup(
        _latest(Moment(fact.written, "the SID replacement pass of setup", fact) for fact in facts.of(SETUPCL_RUN) if fact.written),
        _latest(
            Moment(fact.written, "the boot key of the security authority", fact) for fact in facts.of(LSA_BOOT_KEY_TIME) if fact.written
        ),
        _latest(Moment(fact.value, "the installation date", fact) for fact in facts.of(INSTALL_DATE)),
    )


def specialized(subject: Subject) -> Moment | None:
    """Return when the last setup pass ran, by the best clock there is: the SID replacement pass, the boot key, the installation date."""
    done = setup(subject)
    return done.setupcl or done.boot_key or done.install


def whole_setup(subject: Subject) -> Setup | None:
    """Return the setup where every clock of the release is known, else None.

    An accusation that rests on *later than setup* needs all of them: an upgrade in place moves them, and one that is missing might
    be the one that moved. None too where the clock was behind: then everything since its correction is later than setup.
    """
    found, tag = setup(subject), clone_tag(subject)
    if clock_was_behind(subject) or (tag is not None and found.known and tag[1].ticks > found.latest.time + MARGIN):
        return None
    complete = found.boot_key and found.install and (found.setupcl or subject.is_classic)
    return found if complete else None


def kept_its_sid(subject: Subject, time: FileTime | None) -> bool:
    """Return whether what ran at `time` left the machine SID alone: setup wrote it, days before, and nothing since."""
    done = setup(subject)
    clock = done.setupcl or (done.boot_key if subject.is_classic else None)
    written = max((fact.written for fact in policy_sids(subject.facts) if fact.written), default=None)
    if clock is None or written is None or time is None:
        return False
    return abs(written - clock.time) <= MARGIN < time - written


def mini_setup_may_explain(subject: Subject, time: FileTime | None) -> bool:
    """Return whether, before Vista, mini-setup may have brought the hardware that appeared at `time`.

    Not where the machine SID is still that of setup: mini-setup would have given a new one, whatever a CloneTag says. Where the SID does
    not say so, SYSTEM must have no CloneTag, and the disk has to be searched, and without a trace of Sysprep.
    """
    unused = subject.has_no_clone_tag and subject.knows_no_sysprep and subject.was_searched_for_sysprep
    return subject.is_classic and not (unused or kept_its_sid(subject, time))


def wrote_its_sid(subject: Subject, time: FileTime | None) -> bool:
    """Return whether the machine SID was last written at about `time`: no setup pass since then has given a new one."""
    written = max((fact.written for fact in policy_sids(subject.facts) if fact.written), default=None)
    return written is not None and time is not None and abs(written - time) <= MARGIN


def clone_tag(subject: Subject) -> tuple[Fact[Any], LocalTime] | None:
    """Return the CloneTag that names a moment, with that moment in local time; None where there is none, or several differ."""
    return subject.facts.ask(_clone_tag)


def _clone_tag(facts: FactSet) -> tuple[Fact[Any], LocalTime] | None:
    tags = [(fact, fact.value.time) for fact in facts.of(CLONE_TAG) if fact.value.time is not None]
    return tags[0] if len({time.time for _, time in tags}) == 1 else None


def generalized_since_setup(subject: Subject) -> bool:
    """Return whether the CloneTag is later than every setup pass on record: a generalize came last, or a record is wrong."""
    tag, done = clone_tag(subject), setup(subject)
    if tag is None or subject.is_classic or not done.known or tag[1].ticks <= done.latest.time + MARGIN:
        return False
    return not (clock_was_behind(subject) and media_of(subject) is not None)


def clock_was_behind(subject: Subject) -> bool:
    """Return whether all of setup is older than every estimate of when the media was built: the clock was wrong then.

    So it is where the battery of a computer is empty, or where it has no clock of its own. Before Vista, and where a service pack was
    installed, the day on which the release was finished decides: a service pack brings a younger build and stamp of the laboratory.
    """
    done = setup(subject)
    finished = _day(f"{_FINISHED[subject.era]}T00:00:00") if subject.era in _FINISHED else subject.facts.ask(_before_service_pack)
    first = finished or min((one.time for one in media_moments(subject)), default=None)
    return first is not None and bool(done.known) and done.latest.time + MARGIN < first


def _before_service_pack(facts: FactSet) -> FileTime | None:
    """Return when the release without its service pack was finished; None where no service pack is on record."""
    packed = [fact.value for fact in facts.of(WINDOWS_RELEASE) if "service pack" in (fact.value.csd or "").lower()]
    builds = [BUILDS.get(_FIRST_BUILDS.get(release.version or "", "")) for release in packed]
    return next((_day(f"{build.day}T12:00:00") for build in builds if build), None)


def media_moments(subject: Subject) -> tuple[Moment, ...]:
    """Return every estimate of when the media was built, from key times, the build laboratory's stamp and the release."""
    return subject.facts.ask(_media_moments)


def _media_moments(facts: FactSet) -> tuple[Moment, ...]:
    return tuple(_each_media_moment(facts))


def _each_media_moment(facts: FactSet) -> Iterator[Moment]:
    for fact in facts.of(MEDIA_TIME):
        yield Moment(fact.value.newest, "key times that the media left behind", fact)
    for release in facts.of(WINDOWS_RELEASE):
        lab = _LAB.search(release.value.build_lab or "")
        stamp = lab and _day(f"20{lab[1]}-{lab[2]}-{lab[3]}T{lab[4]}:{lab[5]}:00")
        if stamp:
            yield Moment(stamp, "the stamp of the build laboratory", release)
        build = BUILDS.get(release.value.build or "")
        first = build and _day(f"{build.day}T12:00:00")
        if first:
            yield Moment(first, f"the first media of build {release.value.build}", release)


def media_of(subject: Subject) -> Moment | str | None:
    """Return what shows that the CloneTag is the media's own: the media moment it agrees with, or the release whose media carries it."""
    return subject.facts.ask(_media_of)


def _media_of(facts: FactSet) -> Moment | str | None:
    tag = facts.ask(_clone_tag)
    if tag is None:
        return None
    known = CLONE_TAGS.get(tag[0].value.text.strip())
    if known is not None:
        return known.of
    moments = sorted(facts.ask(_media_moments), key=_order)
    return next((media for media in moments if abs(tag[1].ticks - media.time) <= MARGIN), None)


def is_later_than_media(subject: Subject) -> bool:
    """Return whether the CloneTag is later than every estimate of when the media was built, and not listed as a media's own."""
    tag, media = clone_tag(subject), media_moments(subject)
    return tag is not None and media_of(subject) is None and bool(media) and tag[1].ticks > max(one.time for one in media) + MARGIN


def generalize_before_setup(subject: Subject) -> tuple[Fact[Any], LocalTime] | None:
    """Return the CloneTag where it shows a generalize that this computer's own setup followed; None where it shows none, or no setup."""
    tag, done = clone_tag(subject), setup(subject)
    if tag is None or subject.is_classic or subject.is_sealed or not subject.is_settled or not is_later_than_media(subject):
        return None
    return tag if done.known and tag[1].ticks <= done.latest.time + MARGIN else None


def was_never_generalized(subject: Subject) -> bool:
    """Return whether the CloneTag shows that nobody generalized after the media was made: then nothing here is an older master's.

    After an upgrade in place it shows nothing: the tag is that of the newer media, and hides the one before.
    """
    if subject.is_sealed or subject.facts.of(SOURCE_OS):
        return False
    return subject.knows_no_sysprep if subject.is_classic else media_of(subject) is not None


def is_of_unknown_media(subject: Subject) -> bool:
    """Return whether nothing that is known of Microsoft's media bears on the CloneTag of this release: no listed tag, no listed build.

    The time of keys and the laboratory's stamp then are all there is: an estimate.
    """
    tag = clone_tag(subject)
    if tag is None or subject.is_classic or tag[0].value.text.strip() in CLONE_TAGS:
        return False
    builds = {fact.value.build for fact in subject.facts.of(WINDOWS_RELEASE)}
    return bool(builds) and not builds & BUILDS.keys()


def _order(one: Moment) -> tuple[int, str]:
    return one.time, one.what


def _latest(moments: Iterator[Moment]) -> Moment | None:
    return max(moments, key=lambda one: one.time, default=None)


def _day(text: str) -> FileTime | None:
    try:
        return FileTime.from_iso(text)
    except ValueError:
        return None
