"""What belongs together: earlier copies and event logs of another computer are set aside, those of this one are kept."""

import random

import msgspec
import pytest

from forensic.artifacts.identity.computer_name import COMPUTER_NAME, ComputerName
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME
from forensic.artifacts.logs.event_conflict import EVENT_IDENTITY_CONFLICT, EventIdentityConflict
from forensic.artifacts.logs.event_history import EVENT_RENAME, EventRename
from forensic.artifacts.logs.event_log import EVENT_COMPUTER_NAME, EVENT_USER_SID, EventComputerName, EventUserSid
from forensic.artifacts.logs.registry_history import REGISTRY_HISTORY, RegistryHistory
from forensic.model import FactSet, Sid
from forensic.reasoning.binding import belonging, netbios
from forensic.reasoning.installation import judge
from forensic.reasoning.subject import EarlierState, Subject
from tests.builders.facts import at, fact
from tests.rules.stories import OTHER, OWN, STORIES, accounts, boot_key, sid_pair

SETUP, LATER = at("2022-06-23 01:25"), at("2024-05-01 12:00")
NAMED = [fact(COMPUTER_NAME, ComputerName("DESKTOP-1", "configured", 1)), fact(ACCOUNT_DOMAIN_NAME, "DESKTOP-1")]
NOW = [*sid_pair(OWN, SETUP), *accounts(OWN, SETUP, "ann"), *NAMED]
SYSTEM, SECURITY, SETUP_LOG = (f"Windows/System32/winevt/Logs/{name}.evtx" for name in ("System", "Security", "Setup"))


def of(*facts, states=()):
    return Subject(FactSet([*NOW, *facts]), earlier_states=tuple(states))


def state(*facts, origin="registry-copy"):
    return EarlierState(FactSet(facts), origin)


def found(subject):
    return [one.name for one in belonging(subject).contradictions]


ELSEWHERE = state(*sid_pair(OTHER, SETUP), *accounts(OTHER, LATER, "bob"))


def test_a_copy_with_accounts_of_its_own_is_of_another_computer():
    heard = belonging(of(states=[ELSEWHERE]))
    assert heard.earlier_states == ()
    (told,) = heard.contradictions
    assert (told.name, told.facts, told.against) == ("foreign-earlier-state", (), ())
    assert told.because == (
        f"an earlier copy of the hives has the machine SID {OTHER} and none of the accounts of this computer: its SAM and SECURITY are of"
        " another"
    )


def test_an_account_of_equal_rid_and_name_and_another_time_is_another():
    assert found(of(states=[state(*sid_pair(OTHER, SETUP), *accounts(OTHER, LATER, "ann"))])) == ["foreign-earlier-state"]


def test_a_copy_from_before_the_sid_was_changed_keeps_its_voice():
    """The accounts, with RID, name and time of creation, are those of today: only the SID is another."""
    mine = state(*sid_pair(OTHER, SETUP), *accounts(OTHER, SETUP, "ann", "former"))
    subject = of(states=[mine])
    assert belonging(subject) is subject


def test_built_in_accounts_bind_nothing():
    """Administrator and Guest are on every computer, and of images with one time of creation too."""
    assert found(of(states=[state(*sid_pair(OTHER, SETUP), *accounts(OTHER, SETUP))])) == ["foreign-earlier-state"]


@pytest.mark.parametrize("name", ["DESKTOP-1", "desktop-1", "desktop-1.corp.example"])
def test_where_a_copy_has_no_accounts_its_name_binds_it(name):
    assert found(of(states=[state(*sid_pair(OTHER, SETUP), fact(ACCOUNT_DOMAIN_NAME, name))])) == []


@pytest.mark.parametrize(
    ("names", "words"), [(["LAB-17"], f"SID {OTHER} and names the computer LAB-17; neither"), ([], f"{OTHER}; neither")]
)
def test_a_copy_that_neither_an_account_nor_a_name_binds_is_set_aside(names, words):
    subject = of(states=[state(*sid_pair(OTHER, SETUP), *(fact(ACCOUNT_DOMAIN_NAME, name) for name in names))])
    (told,) = belonging(subject).contradictions
    assert words in told.because
    assert told.because.endswith("an account nor a name shows that it is of this computer")


def test_where_todays_accounts_are_unread_the_name_binds_a_copy():
    copy = state(*sid_pair(OTHER, SETUP), *accounts(OTHER, SETUP, "ann"), NAMED[1])
    unread = Subject(FactSet([*sid_pair(OWN, SETUP), *NAMED]), earlier_states=(copy,))
    assert belonging(unread) is unread


def test_a_name_does_not_bind_where_the_accounts_say_otherwise():
    named = state(*sid_pair(OTHER, SETUP), *accounts(OTHER, LATER, "bob"), NAMED[1])
    assert found(of(states=[named])) == ["foreign-earlier-state"]


@pytest.mark.parametrize(
    "kept",
    [
        state(*sid_pair(OWN, SETUP), *accounts(OWN, LATER, "bob")),  # the same machine SID
        state(*accounts(OTHER, LATER, "bob")),  # no machine SID
        state(*ELSEWHERE.facts, origin="shadow-copy"),  # lies in the volume itself
        state(*ELSEWHERE.facts, origin="windows-old"),  # is weighed as such
    ],
)
def test_other_earlier_states_keep_their_voice(kept):
    assert belonging(of(states=[kept])).earlier_states == (kept,)


def test_only_the_foreign_copy_is_set_aside():
    mine = state(*sid_pair(OTHER, SETUP), *accounts(OTHER, SETUP, "ann"))
    heard = belonging(of(states=[ELSEWHERE, mine]))
    assert heard.earlier_states == (mine,)
    assert len(heard.contradictions) == 1


def test_a_foreign_copy_accuses_nobody_and_is_named():
    """The same boot key lies in the copy of SYSTEM: with a SAM and SECURITY of its own computer the story is one of a changed SID."""
    plain = STORIES["plain 8.1"][0]
    keys = [one for one in plain.facts if one.kind.startswith("lsa-boot-key")]
    built = at("2015-12-12 02:18")
    foreign = state(*keys, *sid_pair(OTHER, built), *accounts(OTHER, LATER, "bob"))
    own = state(*keys, *sid_pair(OTHER, built), *accounts(OTHER, built, "ann"))
    evidence, verdict = judge(msgspec.structs.replace(plain, earlier_states=(foreign,)))
    (told,) = [one for one in evidence if one.rule == "contradiction"]
    assert "none of the accounts of this computer" in told.because
    assert [list(plain.facts)[place].kind for place in told.facts] == ["machine-sid", "machine-sid"]
    assert not any(one.rule == "earlier-copy-has-another-sid" for one in evidence)
    assert verdict.history == "installed"
    evidence, verdict = judge(msgspec.structs.replace(plain, earlier_states=(own,)))
    assert any(one.rule == "earlier-copy-has-another-sid" and one.strength == "strong" for one in evidence)
    assert verdict.history != "installed"


def log(file, *names, users=(), volume="", renames=()):
    """What one event log states: the names of computers, the SIDs of users and the renames in it."""
    stated = [fact(EVENT_COMPUTER_NAME, EventComputerName("x", name, 9, 1, 9, SETUP, LATER), file=file) for name in names]
    stated += [fact(EVENT_USER_SID, EventUserSid("x", Sid(sid), 9, 9, 1, 9, SETUP, LATER), file=file) for sid in users]
    stated += [fact(EVENT_RENAME, EventRename(old, new, 5, LATER), file=file) for old, new in renames]
    return [msgspec.structs.replace(one, place=one.place.inside(volume=volume)) for one in stated]


def test_a_log_of_another_computer_is_set_aside_whole():
    other, own = log(SYSTEM, "LAB-17", users=[OTHER]), log(SECURITY, "DESKTOP-1")
    conflict = fact(EVENT_IDENTITY_CONFLICT, EventIdentityConflict("machine-id", "LsaSrv", 6167, 12, 100, 300, SETUP, LATER), file=SYSTEM)
    subject = of(*other, conflict, *own)
    heard = belonging(subject)
    (told,) = heard.contradictions
    assert (told.name, told.facts) == ("foreign-event-log", (*other, conflict))
    assert told.because == f"the event log {SYSTEM} names LAB-17, and nothing in it this computer (DESKTOP-1)"
    assert list(heard.facts) == [*NOW, *own]
    assert len(subject.facts) == len(NOW) + 4


@pytest.mark.parametrize(
    "logs",
    [
        log(SYSTEM, "DESKTOP-1"),
        log(SYSTEM, "desktop-1.corp.example"),
        log(SYSTEM, "LAB-17", users=[OWN]),  # users of this machine's SID
        log(SYSTEM, "OLD-PC", renames=[("OLD-PC", "DESKTOP-1")]),
        [*log(SYSTEM, "OLD-PC", "DESKTOP-1"), *log(SETUP_LOG, "OLD-PC")],  # of before the computer was renamed
        [*log(SYSTEM, "OLDER-PC", renames=[("OLDER-PC", "OLD-PC")]), *log(SETUP_LOG, "OLDER-PC"), *log(SECURITY, "OLD-PC", users=[OWN])],
        log(SETUP_LOG, "WIN-8A2B3C4D5E6"),  # Setup's own names
        log(SETUP_LOG, "MININT-1A2B3C", "37L4247F27-25"),
        log(SYSTEM, users=[OTHER]),  # names nobody
    ],
)
def test_logs_of_this_computer_keep_their_voice(logs):
    subject = of(*logs)
    assert belonging(subject) is subject


def test_a_name_of_setup_beside_another_binds_nothing():
    assert found(of(*log(SYSTEM, "WIN-8A2B3C4D5E6", "LAB-17"))) == ["foreign-event-log"]


def test_where_the_computer_has_no_name_no_log_is_foreign():
    subject = Subject(FactSet([*sid_pair(OWN, SETUP), *log(SYSTEM, "LAB-17")]))
    assert belonging(subject) is subject


def test_logs_of_one_path_on_two_volumes_are_two():
    mine, others = log(SYSTEM, "DESKTOP-1", volume="p1"), log(SYSTEM, "LAB-17", volume="p2")
    (told,) = belonging(of(*mine, *others)).contradictions
    assert told.facts == tuple(others)


def test_what_a_hive_states_is_of_no_log():
    history = fact(REGISTRY_HISTORY, RegistryHistory("SYSTEM", 9, SETUP, LATER, 1, 0, ()), file="Windows/System32/config/SYSTEM")
    assert found(of(history, *log(SYSTEM, "DESKTOP-1"))) == []


def test_the_order_of_facts_changes_nothing():
    facts = [*NOW, *log(SYSTEM, "OLD-PC", "DESKTOP-1"), *log(SETUP_LOG, "OLD-PC"), *log(SECURITY, "LAB-17", "LAB-18", "LAB-19", "LAB-20")]
    (expected,) = belonging(Subject(FactSet(facts))).contradictions
    assert "names LAB-17, LAB-18, LAB-19, and" in expected.because
    for seed in range(5):
        random.Random(seed).shuffle(facts)
        (told,) = belonging(Subject(FactSet(facts))).contradictions
        assert (told.because, {id(one) for one in told.facts}) == (expected.because, {id(one) for one in expected.facts})


def test_an_accusing_event_in_a_foreign_log_holds_nothing_against_this_computer():
    plain = STORIES["plain 10"][0]
    conflict = EventIdentityConflict("machine-id", "LsaSrv", 6167, 12, 100, 300, at("2025-10-01 08:00"), at("2025-10-09 08:00"))
    verdicts = {
        name: judge(
            msgspec.structs.replace(
                plain, facts=FactSet([*plain.facts, *log(SYSTEM, name), fact(EVENT_IDENTITY_CONFLICT, conflict, file=SYSTEM)])
            )
        )
        for name in ("LAB-17", "DESKTOP-1")
    }
    evidence, verdict = verdicts["LAB-17"]
    (told,) = [one for one in evidence if one.rule == "contradiction"]
    assert told.facts == (len(plain.facts), len(plain.facts) + 1)
    assert (verdict.history, "contradiction" in verdict.caps) == ("installed", True)
    assert verdicts["DESKTOP-1"][1].history == "undetermined"


def test_netbios_names_are_the_host_part_in_upper_case_cut_to_fifteen():
    assert netbios("desktop-of-the-head-of-it.corp.example") == "DESKTOP-OF-THE-"
    assert netbios("") == ""


def test_an_equal_boot_key_does_not_bind_a_copy():
    """Computers that were copied from one another have equal boot keys too."""
    subject = of(*boot_key(SETUP), states=[state(*ELSEWHERE.facts, *boot_key(SETUP))])
    assert found(subject) == ["foreign-earlier-state"]
