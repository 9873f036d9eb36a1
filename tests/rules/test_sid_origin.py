"""What shows that setup gave the machine its SID: each witness, and what silences it."""

import msgspec
import pytest

from forensic.artifacts.identity.assigned_identifier import SETUP_LOG_SID, SetupLogSid
from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.identity.first_sid import FIRST_SID
from forensic.artifacts.identity.sid_changer import SID_CHANGER_TRACE, SidChangerTrace
from forensic.artifacts.known_values.media import SID_PREFIXES
from forensic.artifacts.logs.event_log import EVENT_USER_SID, EventUserSid
from forensic.model import FactSet, FileTime, Sid
from forensic.reasoning.installation import judge
from forensic.reasoning.installation.sid_origin import is_of_setup, witnesses
from forensic.reasoning.subject import EarlierState
from tests.builders.facts import at, days, fact
from tests.rules.full_examples import CONTROLLER, INSTALLED, SETUPCL, WHOLE, of
from tests.rules.stories import DOMAIN, OTHER, OWN, STORIES, boot_key, profile, sid_pair

SETUP, LATER = at("2022-06-23 01:25"), at("2024-05-01 12:00")
OF_SETUP, CHANGED = sid_pair(OWN, SETUP), sid_pair(OWN, LATER)
FIRST = fact(FIRST_SID, Sid(OWN))
NAMED = fact(SETUP_LOG_SID, SetupLogSid(Sid(f"{OWN}-500"), Sid(OWN), "administrator-profile"))


def logged(sid, when, channel="System"):
    return fact(EVENT_USER_SID, EventUserSid(channel, Sid(sid), 9, 9, 1, 9, when, LATER))


SOON, SOONER = FileTime(SETUP + days(1)), FileTime(SETUP + days(0.5))


def test_all_witnesses_are_named_each_with_its_facts():
    event = logged(OWN, SOON)
    found = list(witnesses(of([SETUPCL, INSTALLED, *OF_SETUP, event, FIRST, NAMED])))
    assert found == [
        ("its key was written 2022-06-23 01:25:00 UTC, within setup, and not since", (OF_SETUP[1], SETUPCL, INSTALLED)),
        ("its accounts logged events in System from 2022-06-24 01:25:00 UTC on", (event, SETUPCL, INSTALLED)),
        ("the log of the security authority has it as the first", (FIRST,)),
        ("a log of setup names it", (NAMED,)),
    ]


def test_of_several_facts_of_one_witness_the_first_is_named():
    found = list(
        witnesses(
            of([*WHOLE, *CHANGED, logged(OWN, SOON), logged(OWN, SOONER, "Security"), FIRST, fact(FIRST_SID, Sid(OWN)), NAMED, NAMED])
        )
    )
    assert len(found) == 3


@pytest.mark.parametrize("clock", [[SETUPCL], boot_key(SETUP), [INSTALLED]])
def test_each_clock_of_setup_dates_the_key(clock):
    assert is_of_setup(of([*clock, *OF_SETUP]))
    assert not is_of_setup(of([*clock, *CHANGED]))
    assert not is_of_setup(of(OF_SETUP))


@pytest.mark.parametrize(("apart", "expected"), [(1.9, True), (-1.9, True), (2.1, False), (-2.1, False)])
def test_the_key_is_of_setup_within_two_days(apart, expected):
    assert is_of_setup(of([SETUPCL, *sid_pair(OWN, FileTime(SETUP + days(apart)))])) is expected


def test_the_key_of_the_account_database_dates_nothing():
    assert not is_of_setup(of([SETUPCL, OF_SETUP[0]]))


@pytest.mark.parametrize("origin", ["registry-copy", "shadow-copy", "windows-old"])
def test_an_earlier_state_with_another_sid_silences_the_key_alone(origin):
    """Both SIDs may be of one setup then: a tool that ran within two days of it."""
    then = EarlierState(FactSet(sid_pair(OTHER, SETUP)), origin)
    assert not is_of_setup(of([*WHOLE, *OF_SETUP], earlier_states=(then,)))
    assert is_of_setup(of([*WHOLE, *OF_SETUP, FIRST], earlier_states=(then,)))
    same, unknown = EarlierState(FactSet(OF_SETUP), origin), EarlierState(FactSet(boot_key(SETUP)), origin)
    assert is_of_setup(of([*WHOLE, *OF_SETUP], earlier_states=(same, unknown)))


@pytest.mark.parametrize(
    ("stranger", "expected"),
    [
        ([], True),
        ([logged(OTHER, SOONER, "Security")], False),  # its accounts were there before
        ([logged(OTHER, SOON, "Security")], False),
        ([logged(OTHER, FileTime(SOON + 1), "Security")], True),
        ([logged(DOMAIN, SOONER, "Security"), fact(DOMAIN_SID, Sid(DOMAIN))], True),
        ([logged(DOMAIN, SOONER, "Security")], False),
        ([logged(min(SID_PREFIXES), SOONER, "Security")], True),  # of the media
    ],
)
def test_events_of_its_accounts_witness_where_no_other_sid_came_before(stranger, expected):
    assert is_of_setup(of([*WHOLE, *CHANGED, logged(OWN, SOON), *stranger])) is expected


def test_events_long_after_setup_witness_nothing():
    assert not is_of_setup(of([*WHOLE, *CHANGED, logged(OWN, FileTime(SETUP + days(2.5)))]))
    assert not is_of_setup(of([*CHANGED, logged(OWN, SOON)]))


def test_logs_that_name_another_sid_witness_nothing():
    other = msgspec.structs.replace(NAMED, value=SetupLogSid(Sid(f"{OTHER}-500"), Sid(OTHER), "administrator-profile"))
    assert not is_of_setup(of([*CHANGED, fact(FIRST_SID, Sid(OTHER)), other]))


def test_what_an_upgrade_found_is_no_witness():
    found = msgspec.structs.replace(NAMED, value=SetupLogSid(Sid(f"{OWN}-1000"), Sid(OWN), "migrated-account"))
    assert not is_of_setup(of([*CHANGED, found]))


@pytest.mark.parametrize("facts", [[*sid_pair(OWN, SETUP, sam=OTHER)], [*OF_SETUP, CONTROLLER], []])
def test_nothing_is_said_of_two_sids_of_a_controller_and_of_none(facts):
    assert list(witnesses(of([*WHOLE, *facts, FIRST, NAMED]))) == []


def test_profiles_of_another_sid_weigh_little_where_the_sid_is_of_setup():
    """They came from elsewhere then: the profile of ann's former computer accuses nobody."""
    plain, changed = STORIES["plain 10"][0], STORIES["SID changed on 10"][0]
    copied = msgspec.structs.replace(plain, facts=FactSet([*plain.facts, profile(f"{OTHER}-1000", "C:\\Users\\ann")]))
    for subject, strength in ((copied, "weak"), (changed, "moderate")):
        (found,) = [one for one in judge(subject)[0] if one.rule == "profile-of-former-sid"]
        assert found.strength == strength


def test_a_witness_speaks_against_a_changed_sid():
    plain = STORIES["plain 10"][0]
    trace = fact(SID_CHANGER_TRACE, SidChangerTrace("NewSID", "EulaAccepted"), profile="Users/ann")
    evidence, verdict = judge(msgspec.structs.replace(plain, facts=FactSet([*plain.facts, trace])))
    (witness,) = [one for one in evidence if one.rule == "machine-sid-of-setup"]
    assert (witness.supports, witness.against, witness.strength) == ("installed", "sid-changed", "moderate")
    assert [one.strength for one in evidence if one.rule == "sid-changer-trace"] == ["weak"]
    assert verdict.history == "installed"
