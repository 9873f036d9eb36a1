"""Times and values that cannot be true: each check sets aside what contradicts the rest, and leaves alone what does not."""

import random

import msgspec
import pytest

from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG
from forensic.artifacts.identity.account import ACCOUNT_SID, LocalAccount
from forensic.artifacts.identity.lsa_policy import LSA_POLICY_TIME
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.logs.event_history import EVENT_BOOTS, EventBoots
from forensic.artifacts.logs.event_log import EVENT_LOG_SPAN, EventLogSpan
from forensic.artifacts.logs.registry_history import REGISTRY_HISTORY, RegistryHistory
from forensic.artifacts.setup.clone_tag import CLONE_TAG, CloneTag
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN, SetupclRun
from forensic.artifacts.setup.windows_release import INSTALL_DATE
from forensic.model import FactSet, FileTime, Sid
from forensic.reasoning.installation import judge
from forensic.reasoning.installation.coherence import coherent
from tests.builders.facts import at, days, fact
from tests.rules.full_examples import COMPLETE, CONTROLLER, MASTER_TAG, MEDIA, MEDIA_TAG, SEALED, SETUP, UPGRADED, of
from tests.rules.stories import BOARD, OTHER, OWN, STORIES, boot_key, clone_tag, flags, hardware, running, sid_pair

LATER, END = at("2024-05-01 12:00"), at("2023-01-05 12:00")


def told(subject):
    """The names of the contradictions, with what is set aside and what contradicts it, by kind."""
    return [(one.name, [fact.kind for fact in one.facts], [fact.kind for fact in one.against]) for one in coherent(subject).contradictions]


def names(subject):
    return [one.name for one in coherent(subject).contradictions]


def history(hive, last=END):
    """The times of the keys of one hive, up to `last`."""
    stated = fact(REGISTRY_HISTORY, RegistryHistory(hive, 9, SETUP, last, 1, 0, ()))
    return msgspec.structs.replace(stated, place=stated.place.inside(hive=hive))


def span(file, last=END):
    """One event log, up to `last`."""
    return fact(EVENT_LOG_SPAN, EventLogSpan(file, 9, 1, 9, SETUP, last, (), 0, 0, None, False, 0), file=f"Windows/{file}.evtx")


ENDS = [history("SOFTWARE"), span("System")]


def setup_pass(when):
    return fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=when)


def used(when):
    stated = hardware(BOARD, True, None)
    return msgspec.structs.replace(stated, value=msgspec.structs.replace(stated.value, last_use=when))


LATE = {
    "the machine SID's key": sid_pair(OWN, LATER)[1:2],
    "the key of the SID replacement pass": [setup_pass(LATER)],
    "the boot key": boot_key(LATER)[1:2],
    "the installation date": [fact(INSTALL_DATE, LATER)],
    "the CloneTag": [clone_tag(LATER)],
    "a hardware configuration": [used(LATER)],
}


@pytest.mark.parametrize("what", LATE)
def test_a_time_after_the_end_of_all_else_is_set_aside(what):
    subject = of([*LATE[what], *ENDS])
    heard = coherent(subject)
    (found,) = heard.contradictions
    assert (found.name, found.facts, found.against) == ("time-after-the-end", tuple(LATE[what]), ())
    assert found.because == f"{what} of 2024-05-01 12:00:00 UTC is later than all else on record, which ends 2023-01-05 12:00:00 UTC"
    assert list(heard.facts) == ENDS
    assert list(subject.facts) == [*LATE[what], *ENDS]


def test_the_policy_time_of_the_sid_is_set_aside_and_others_are_not_asked():
    policy, another = (fact(LSA_POLICY_TIME, name, written=LATER, key=rf"Policy\{name}") for name in ("PolAcDmS", "PolAdtEv"))
    assert told(of([policy, another, *ENDS])) == [("time-after-the-end", [LSA_POLICY_TIME.name], [])]


@pytest.mark.parametrize(
    "undated",
    [
        fact(LSA_POLICY_TIME, "PolAcDmS"),
        sid_pair(OWN, None)[1],
        setup_pass(None),
        boot_key(None)[1],
        hardware(BOARD, True, None),
        fact(CLONE_TAG, CloneTag("01020304", None)),
    ],
)
def test_what_has_no_time_is_after_nothing(undated):
    assert names(of([undated, *ENDS])) == []


def test_a_record_of_firmware_ends_with_the_later_of_its_times():
    written = msgspec.structs.replace(used(END), written=LATER)
    assert told(of([written, *ENDS])) == [("time-after-the-end", [HARDWARE_CONFIG.name], [])]
    assert told(of([used(END), *ENDS])) == []


@pytest.mark.parametrize(
    "ends",
    [
        [],
        ENDS[:1],  # one witness is not enough
        [history("SECURITY"), span("System")],  # the SID's own hive is no witness
        [history("SOFTWARE"), span("System", LATER)],
        [history("SOFTWARE"), span("System", FileTime(LATER - days(1.9)))],
        [history("SOFTWARE"), history("SOFTWARE")],  # of one hive, in two files
        [history("SOFTWARE", None), span("System", None), span("Security")],
    ],
)
def test_a_time_that_something_else_comes_near_is_kept(ends):
    subject = of([*LATE["the machine SID's key"], *ends])
    assert coherent(subject) is subject


def test_the_end_of_its_own_hive_does_not_confirm_a_time():
    assert names(of([*LATE["the machine SID's key"], history("SECURITY", LATER), *ENDS])) == ["time-after-the-end"]


@pytest.mark.parametrize(
    ("late", "what"), [(fact(INSTALL_DATE, LATER), "the installation date"), (clone_tag(LATER), "the CloneTag")], ids=["date", "tag"]
)
def test_a_value_younger_than_its_key_is_set_aside(late, what):
    edited, ordinary = (msgspec.structs.replace(late, written=when) for when in (END, FileTime(LATER - days(1.9))))
    (found,) = coherent(of([edited])).contradictions
    assert (found.name, found.facts) == ("value-younger-than-its-key", (edited,))
    assert found.because == f"{what} names 2024-05-01 12:00:00 UTC, and its key was last written 2023-01-05 12:00:00 UTC, before that"
    assert names(of([ordinary])) == []
    assert names(of([late])) == []


def test_other_values_have_no_time_of_their_own():
    assert names(of([msgspec.structs.replace(used(LATER), written=END)])) == []


BEFORE = at("2021-06-01 10:00")
CLAIMED = [MEDIA, MASTER_TAG, *running(), *COMPLETE]
"""A computer in use that claims a generalize on 2022-03-01."""
OLD_SID, OLD_DATE = sid_pair(OWN, BEFORE), fact(INSTALL_DATE, BEFORE)


def test_a_generalize_younger_than_the_identity_is_set_aside():
    (found,) = coherent(of([*CLAIMED, *OLD_SID, OLD_DATE])).contradictions
    assert (found.name, found.facts, found.against) == ("generalize-younger-than-the-identity", (MASTER_TAG,), (OLD_SID[1], OLD_DATE))
    assert found.because == (
        f"the CloneTag claims a generalize on {MASTER_TAG.value.text} (local time), yet the machine SID is of 2021-06-01 10:00:00 UTC and"
        " the installation date is of 2021-06-01 10:00:00 UTC, though a start after a generalize renews both"
    )


def test_one_part_of_the_identity_that_is_older_is_enough():
    newer = [*sid_pair(OWN, SETUP), OLD_DATE]
    assert told(of([*CLAIMED, *newer])) == [("generalize-younger-than-the-identity", [CLONE_TAG.name], [INSTALL_DATE.name])]
    assert told(of([*CLAIMED, *OLD_SID])) == [("generalize-younger-than-the-identity", [CLONE_TAG.name], [MACHINE_SID.name])]


def test_the_record_of_a_pass_that_stands_alone_goes_with_the_claim():
    """A planted pass would otherwise be the only one of three clocks that confirms the CloneTag."""
    kinds = [CLONE_TAG.name, SETUPCL_RUN.name]
    assert told(of([*CLAIMED, setup_pass(SETUP), *OLD_SID, OLD_DATE]))[0][1] == kinds
    one_confirms = of([*CLAIMED, setup_pass(SETUP), *sid_pair(OWN, SETUP), OLD_DATE])
    assert told(one_confirms)[0][1] == kinds[:1]
    old = of([*CLAIMED, setup_pass(BEFORE), *OLD_SID, OLD_DATE])
    assert told(old)[0][1] == kinds[:1]


@pytest.mark.parametrize(
    "subject",
    [
        of([*CLAIMED, *sid_pair(OWN, SETUP), fact(INSTALL_DATE, SETUP)]),  # both are younger than the generalize
        of([*CLAIMED, *sid_pair(OWN, FileTime(at("2022-03-01 10:00") - days(1.9)))]),
        of([*CLAIMED]),
        of([MEDIA, MEDIA_TAG, *COMPLETE, *sid_pair(OWN, at("2018-06-01 10:00"))]),  # the media's own
        of([MASTER_TAG, *COMPLETE, *OLD_SID]),  # nothing says when the media was built
        of([MEDIA, MASTER_TAG, *SEALED, *OLD_SID, OLD_DATE]),  # not started since
        of([*CLAIMED, CONTROLLER, *OLD_SID, OLD_DATE]),
        of([*CLAIMED, UPGRADED, *OLD_SID, OLD_DATE]),
        of([*CLAIMED, *OLD_SID, OLD_DATE], era="xp"),  # Sysprep can keep the SID there
        of([*CLAIMED, *sid_pair(OWN, at("2002-01-01 00:10")), fact(INSTALL_DATE, at("2002-01-01 00:10"))]),  # the clock was wrong
    ],
)
def test_a_generalize_that_the_identity_follows_or_need_not_follow_is_kept(subject):
    assert coherent(subject) is subject


SID, DATE = sid_pair(OWN, BEFORE), fact(INSTALL_DATE, BEFORE)


def test_the_record_of_a_pass_that_renewed_nothing_is_set_aside():
    planted = setup_pass(SETUP)
    (found,) = coherent(of([planted, *SID, DATE])).contradictions
    assert (found.name, found.facts, found.against) == ("setupcl-alone", (planted,), (SID[1], DATE))
    assert found.because == (
        "the SID replacement pass is recorded for 2022-06-23 01:25:00 UTC, after the machine SID (2021-06-01 10:00:00 UTC) and the"
        " installation date (2021-06-01 10:00:00 UTC), which a setup pass renews"
    )


@pytest.mark.parametrize(
    "facts",
    [
        [setup_pass(BEFORE), *SID, DATE],
        [setup_pass(SETUP), *sid_pair(OWN, SETUP), DATE],  # it gave the SID
        [setup_pass(SETUP), *SID, fact(INSTALL_DATE, SETUP)],  # it gave the date
        [setup_pass(FileTime(BEFORE + days(1.9))), *SID, DATE],
        [*SID, DATE],
        [setup_pass(SETUP), DATE],
        [setup_pass(SETUP), *SID],
        [setup_pass(SETUP), *sid_pair(OWN, None), DATE],
        [setup_pass(SETUP), *SID, DATE, UPGRADED],
        [setup_pass(SETUP), *SID, DATE, CONTROLLER],
    ],
)
def test_the_record_of_a_pass_that_may_have_renewed_something_is_kept(facts):
    subject = of(facts)
    assert coherent(subject) is subject


SEAL = clone_tag(at("2022-03-01 10:00"))
AFTER = at("2023-01-05 12:00")
ANN = fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-1000"), 1000, "ann", AFTER))
BOOTED = fact(EVENT_BOOTS, EventBoots(9, 9, 0, SETUP, AFTER, AFTER, ()))
LIVES = {
    "a start 2023-01-05": BOOTED,
    "a start 2023-01-05 ": used(AFTER),
    "the account ann 2023-01-05": ANN,
    "the installation date 2023-01-05": fact(INSTALL_DATE, AFTER),
}


@pytest.mark.parametrize("words", LIVES)
def test_a_seal_that_something_outlived_is_set_aside(words):
    (found,) = coherent(of([SEAL, *SEALED, LIVES[words]])).contradictions
    assert (found.name, found.facts, found.against) == ("life-after-seal", tuple(SEALED), (SEAL, LIVES[words]))
    assert f"and its generalize is of {SEAL.value.text} (local time), yet later than that is {words.strip()}" in found.because
    assert (
        f"the media's generalize is of {MEDIA_TAG.value.text}" in coherent(of([MEDIA_TAG, *SEALED, LIVES[words]])).contradictions[0].because
    )


def test_of_many_lives_the_last_two_are_told_and_all_contradict():
    (found,) = coherent(of([SEAL, *SEALED, *LIVES.values(), fact(INSTALL_DATE, LATER)])).contradictions
    assert found.because.endswith(
        "yet later than that is the installation date 2023-01-05 12:00:00 UTC, the installation date 2024-05-01 12:00:00 UTC"
    )
    assert len(found.against) == 6


@pytest.mark.parametrize(
    "facts",
    [
        [SEAL, *SEALED],
        [SEAL, *COMPLETE, BOOTED],  # in use, as it says
        [*SEALED, BOOTED],  # no generalize is dated
        [SEAL, *SEALED, fact(EVENT_BOOTS, EventBoots(9, 9, 0, None, None, None, ()))],
        [SEAL, *SEALED, used(at("2022-03-01 09:00")), fact(INSTALL_DATE, BEFORE)],  # the life of the master
        [SEAL, *SEALED, used(FileTime(at("2022-03-01 10:00") + days(1.9)))],
        [SEAL, *SEALED, fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-500"), 500, "Administrator", AFTER))],  # made by Setup
        [SEAL, *SEALED, fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-1000"), 1000, "ann", None))],
    ],
)
def test_a_seal_that_nothing_outlived_is_kept(facts):
    subject = of(facts)
    assert coherent(subject) is subject


def test_before_vista_no_image_state_seals():
    assert names(of([SEAL, *SEALED, BOOTED], era="xp")) == []


def test_a_later_check_does_not_hear_what_an_earlier_one_set_aside():
    """The date is later than its key: it is gone before it is asked whether a seal was outlived."""
    date = fact(INSTALL_DATE, AFTER, written=BEFORE)
    assert names(of([SEAL, *SEALED, date])) == ["value-younger-than-its-key"]


def _edited():
    """A clone dressed as an ordinary deployment: its CloneTag and the record of the pass are planted, its SID and its date are not."""
    plain = STORIES["plain 10"][0]
    planted = [clone_tag(at("2024-03-01 10:00")), setup_pass(at("2024-03-02 10:00"))]
    facts = [*planted, *(one for one in plain.facts if one.kind not in (CLONE_TAG.name, SETUPCL_RUN.name))]
    return msgspec.structs.replace(plain, facts=FactSet(facts))


def test_what_is_set_aside_stays_in_the_report_and_the_rule_points_at_it():
    subject = _edited()
    facts = list(subject.facts)
    evidence, verdict = judge(subject)
    (found,) = [one for one in evidence if one.rule == "contradiction"]
    dates = [place for place, one in enumerate(facts) if one.kind == INSTALL_DATE.name or (one.kind == MACHINE_SID.name and one.place.hive)]
    assert found.facts == (0, 1, *sorted(dates))
    assert (found.strength, found.against, found.supports) == ("weak", "installed", "")
    assert found.because.endswith("though a start after a generalize renews both; that is set aside")
    assert list(subject.facts) == facts
    others = [place for one in evidence if one.rule != "contradiction" for place in one.facts]
    assert not {0, 1} & set(others)
    assert verdict.history != "deployed-generalized"


def test_other_evidence_points_at_its_facts_though_some_before_them_are_set_aside():
    subject = _edited()
    found = next(one for one in judge(subject)[0] if one.rule == "machine-sid-copies-agree")
    assert [list(subject.facts)[place].kind for place in found.facts] == [MACHINE_SID.name] * 2


def test_a_contradiction_keeps_an_acquittal_from_being_firm():
    """A start in the future, beside hives that end before: nobody is told firmly that all is well."""
    plain = STORIES["plain 10"][0]
    wrong = hardware(BOARD, True, at("2099-01-01 10:00"))
    ended = msgspec.structs.replace(plain, facts=FactSet([*plain.facts, wrong, *(history(hive, LATER) for hive in ("SAM", "SOFTWARE"))]))
    verdict = judge(ended)[1]
    assert "contradiction" in verdict.caps
    assert verdict.strength == "indicated"
    assert any(one.startswith("a contradiction: a hardware configuration of 2099-01-01") for one in verdict.not_excluded)
    assert "contradiction" not in judge(plain)[1].caps


def test_a_seal_on_a_computer_in_use_seals_nothing():
    told = STORIES["sealed for first start"][0]
    lived = msgspec.structs.replace(
        told, facts=FactSet([*told.facts, fact(EVENT_BOOTS, EventBoots(9, 9, 0, SETUP, at("2025-01-05 12:00"), None, ()))])
    )
    evidence, verdict = judge(lived)
    assert judge(told)[1].history == "sealed-generalized"
    assert verdict.history != "sealed-generalized"
    (found,) = [one for one in evidence if one.rule == "contradiction"]
    states = [place for place, one in enumerate(lived.facts) if one.kind == IMAGE_STATE.name]
    assert set(states) < set(found.facts)
    assert len(lived.facts) - 1 in found.facts


@pytest.mark.parametrize(
    "subject", [of([*CLAIMED, setup_pass(SETUP), *OLD_SID, OLD_DATE]), of([SEAL, *SEALED, *LIVES.values()]), _edited()]
)
def test_the_order_of_facts_changes_nothing(subject):
    facts, expected = list(subject.facts), coherent(subject).contradictions
    for seed in range(5):
        random.Random(seed).shuffle(facts)
        found = coherent(msgspec.structs.replace(subject, facts=FactSet(facts))).contradictions
        assert [(one.name, one.because) for one in found] == [(one.name, one.because) for one in expected]
        for one, other in zip(found, expected, strict=True):
            assert {id(fact) for fact in one.facts} == {id(fact) for fact in other.facts}


def test_the_sid_of_another_computer_alone_is_no_contradiction_of_times():
    subject = of(sid_pair(OWN, SETUP, sam=OTHER))
    assert coherent(subject) is subject


def test_flags_alone_contradict_nothing():
    subject = of(flags(SystemSetupInProgress=1, SetupType=2))
    assert coherent(subject) is subject
