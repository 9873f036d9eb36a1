"""The story of an installation: ordered, bounded, and the same whatever the order of the facts."""

import random

import msgspec
import pytest

from forensic.artifacts.identity.account import ACCOUNT_SID, LocalAccount
from forensic.artifacts.identity.first_sid import FIRST_SID
from forensic.artifacts.setup.first_boot import FIRST_BOOT_SETUP, IMAGE_STATE_CHANGE, FirstBootSetup, ImageStateChange
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP, SetupLineageStep
from forensic.artifacts.setup.windows_release import WINDOWS_RELEASE, WindowsRelease
from forensic.model import FactSet, FileTime, LocalTime, Locator, Sid, Span
from forensic.reasoning.installation.timeline import LIMIT, build_timeline
from tests.builders.facts import at, days, fact
from tests.rules.full_examples import FAILED, JOINED, LOGGED
from tests.rules.full_stories import FULL_STORIES
from tests.rules.stories import OWN, STORIES

ALL = STORIES | FULL_STORIES


def clock(entry):
    return FileTime.from_iso(entry.time)


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_story_is_in_order_and_every_moment_has_its_source(name):
    subject, _ = ALL[name]
    told = build_timeline(subject)
    assert [clock(one) for one in told] == sorted(clock(one) for one in told)
    assert len(told) <= LIMIT
    for one in told:
        assert one.time.endswith("Z") is not one.local
        assert one.facts or one.event == "shadow-copy"
        assert all(0 <= place < len(subject.facts) for place in one.facts)
        assert "\n" not in one.what


def test_the_order_of_facts_changes_no_moment():
    subject, _ = ALL["generalized after use"]
    facts = list(subject.facts)
    expected = [(one.time, one.event, one.what) for one in build_timeline(subject)]
    for seed in range(5):
        random.Random(seed).shuffle(facts)
        told = build_timeline(msgspec.structs.replace(subject, facts=FactSet(facts)))
        assert [(one.time, one.event, one.what) for one in told] == expected


def test_the_main_moments_are_told():
    events = {one.event: one for one in build_timeline(ALL["generalized after use"][0])}
    for event in (
        "media-built",
        "generalized",
        "sid-replacement-pass",
        "boot-key-written",
        "installed",
        "machine-sid-written",
        "join-domain",
    ):
        assert event in events
    assert events["generalized"].local
    assert events["join-domain"].what == "join-domain corp.example as PC-7 with success"
    assert "media-generalized" in {one.event for one in build_timeline(ALL["plain 10"][0])}


def test_a_shadow_copy_is_a_moment():
    (one,) = [one for one in build_timeline(ALL["SID changed on 10, with a shadow copy"][0]) if one.event == "shadow-copy"]
    assert OWN in one.what
    assert one.time == "2023-01-05T12:00:00.0000000Z"


def test_impossible_times_order_nothing():
    wrong = fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-1005"), 1005, "eve", FileTime(1), FileTime(2**63)))
    subject, _ = ALL["plain 10"]
    assert build_timeline(msgspec.structs.replace(subject, facts=FactSet([*subject.facts, wrong]))) == build_timeline(subject)


def test_the_most_frequent_moments_are_left_out_first():
    many = [
        fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-{rid}"), rid, f"user{rid}", FileTime(at("2022-07-01 10:00") + days(rid))))
        for rid in range(1001, 1801)
    ]
    subject, _ = ALL["plain 10"]
    told = build_timeline(msgspec.structs.replace(subject, facts=FactSet([*subject.facts, *many, JOINED, FAILED, LOGGED])))
    assert len(told) == LIMIT
    events = [one.event for one in told]
    assert {"installed", "join-domain", "sysprep-run", "machine-sid-written"} <= set(events)


def lineage(*steps):
    """Facts of one DtcInstall.log, in the order of the log, by kind and minute."""
    return [
        SETUP_LINEAGE_STEP.fact(
            SetupLineageStep(kind, LocalTime(f"{minute}:00.0000000")), Span(Locator("p2", "Windows/DtcInstall.log", offset=100 * at), b"")
        )
        for at, (kind, minute) in enumerate(steps)
    ]


def test_the_steps_of_the_lineage_are_told_and_those_of_the_media_apart():
    subject = ALL["plain 10"][0]
    steps = lineage(
        ("media", "2009-07-13T21:34"),
        ("media-generalize", "2009-07-13T21:55"),
        ("specialize", "2010-11-20T18:44"),
        ("generalize", "2010-11-20T19:59"),
        ("specialize", "2011-05-24T11:14"),
        ("generalize", "2011-11-14T14:07"),
    )
    release = fact(WINDOWS_RELEASE, WindowsRelease(build="7601"))
    others = [one for one in subject.facts if one.kind not in {"windows-release", "media-time"}]
    told = build_timeline(msgspec.structs.replace(subject, facts=FactSet([*others, release, *steps])))
    events = [(one.event, one.local) for one in told if one.event.startswith("lineage-")]
    assert events == [
        ("lineage-media", True),
        ("lineage-media-generalize", True),
        ("lineage-media-specialize", True),
        ("lineage-media-generalize", True),
        ("lineage-specialize", True),
        ("lineage-generalize", True),
    ]
    unknown = build_timeline(msgspec.structs.replace(subject, facts=FactSet([*others, *steps])))
    assert [one.event for one in unknown if one.event.startswith("lineage-")].count("lineage-generalize") == 2


def test_the_first_sid_is_told_where_its_log_has_a_time():
    subject = ALL["plain 10"][0]
    told = {}
    for written in ("2024-03-01 10:00", None):
        first = fact(FIRST_SID, Sid(OWN), written=written)
        told[written] = build_timeline(msgspec.structs.replace(subject, facts=FactSet([*subject.facts, first])))
    assert [one.what for one in told["2024-03-01 10:00"] if one.event == "first-sid-made"] == [
        f"the first SID of the lineage was made: {OWN}"
    ]
    assert "first-sid-made" not in {one.event for one in told[None]}


def test_the_first_start_is_told_by_the_logs_of_setup():
    subject, time = ALL["plain 10"][0], LocalTime("2024-03-01T10:00:00.0000000")
    facts = [
        fact(IMAGE_STATE_CHANGE, ImageStateChange("UNDEPLOYABLE", "COMPLETE", time)),
        fact(IMAGE_STATE_CHANGE, ImageStateChange("UNDEPLOYABLE", "COMPLETE")),
        fact(FIRST_BOOT_SETUP, FirstBootSetup("continuing", time, computer_name="WIN-1")),
        fact(FIRST_BOOT_SETUP, FirstBootSetup("starting", time)),
        fact(FIRST_BOOT_SETUP, FirstBootSetup(None, time, generalization_state="0x4")),
    ]
    told = build_timeline(msgspec.structs.replace(subject, facts=FactSet([*subject.facts, *facts])))
    assert [one.what for one in told if one.event in {"image-state-changed", "first-boot"}] == [
        "first start: setup of a deployed image began",
        "first start: setup went on from media as WIN-1",
        "the image state went from UNDEPLOYABLE to COMPLETE",
    ]
