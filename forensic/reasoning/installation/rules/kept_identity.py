"""Rules over identifiers that a generalize deletes: is one older than the generalize that is claimed?"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.windows_release import WINDOWS_RELEASE
from forensic.artifacts.storage.storage_space import STORAGE_SPACE_ID
from forensic.reasoning.installation.setup_time import MARGIN, clock_was_behind, clone_tag, is_later_than_media
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, moment

FIRST_BUILD, LAST_BUILD = 15063, 18363
"""Builds of which the list of generalize is known to delete the identifiers: Windows 10 1703 to 1909."""


@rule(group="storage-ids", against="installed", depth="full")
def storage_ids_older_than_generalize(subject: Subject) -> Iterator[Finding]:
    """The identifiers of Storage Spaces are older than the generalize that the CloneTag claims.

    Supports: nothing.
    Against: every history in which that generalize happened: it deletes both, and the driver makes new ones at its next start. Moderate on
    Windows 10 1703 to 1909, of which the list of generalize is known, weak on later releases; before 1703 nothing is said.
    Does not say: what is wrong, the CloneTag or the list of generalize, which its owner may have cut.
    Overturned by: an edited list of generalize (ActionFiles); a clock that was wrong when they were made.
    References: Generalize.xml of Windows 10 1703, 1803 and 1909.
    """
    tag, found = clone_tag(subject), subject.facts.of(STORAGE_SPACE_ID)
    stated = (fact.value.build for fact in subject.facts.of(WINDOWS_RELEASE))
    builds = [int(build) for build in stated if build is not None and build.isdecimal()]
    made = [fact.value.made for fact in found if fact.value.made is not None]
    if tag is None or not made or min(builds, default=0) < FIRST_BUILD or not is_later_than_media(subject):
        return
    if max(made) >= tag[1].ticks - MARGIN or clock_was_behind(subject) or subject.facts.of(SOURCE_OS):
        return
    because = (
        f"the CloneTag claims a generalize on {tag[0].value.text} (local time), which deletes the identifiers of Storage Spaces; those"
        f" here were made {moment(max(made))}, before it"
    )
    yield Finding("moderate" if max(builds) <= LAST_BUILD else "weak", because, (tag[0], *found))
