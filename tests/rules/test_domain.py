"""Domains: what accuses a member, and what no single value turns."""

import msgspec
import pytest

from forensic.artifacts.identity.former_sid import FORMER_SID, FormerSid
from forensic.model import FactSet, Sid
from forensic.reasoning.installation import judge
from tests.builders.facts import fact
from tests.rules.domain_stories import ACCUSED, DOMAIN_STORIES, copied, member, policy
from tests.rules.stories import OTHER, OWN, STORIES, accounts, at

ACCUSING = {"violation", "suspect"}


def verdict(subject):
    return judge(subject)[1]


@pytest.mark.parametrize("name", DOMAIN_STORIES)
def test_the_story_is_told(name):
    subject, allowed, policy_then = DOMAIN_STORIES[name]
    found = verdict(subject)
    assert found.history in allowed, found
    assert found.policy == (policy_then or found.policy)
    if ACCUSED in allowed:
        assert found.summary.startswith("The machine SID ")
        assert found.strength == ("strong" if found.policy == "violation" else "indicated")


@pytest.mark.parametrize("name", [name for name, (_, _, policy_then) in DOMAIN_STORIES.items() if policy_then != "undetermined"])
def test_one_fact_less_turns_nothing(name):
    subject, allowed, _ = DOMAIN_STORIES[name]
    for one in subject.facts:
        found = verdict(subject.without(one))
        assert found.policy in ({*ACCUSING, "undetermined"} if ACCUSED in allowed else {"none-found", "undetermined"}), (one, found)


@pytest.mark.parametrize("name", ["plain 7", "plain 10", "plain 2019", "domain controller 2019", "member of a domain"])
def test_the_machine_sid_planted_as_that_of_the_domain_accuses_nobody(name):
    subject = STORIES[name][0]
    for kept in (subject.facts, subject.facts.without(subject.facts.named("domain-sid"))):
        planted = msgspec.structs.replace(subject, facts=FactSet([*kept, policy(OWN, "2025-12-01 10:00")]))
        assert verdict(planted).policy not in ACCUSING


def test_a_workstation_and_a_server_have_different_explanations():
    workstation, server = verdict(copied("7")), verdict(copied("2019"))
    assert any("this is a workstation" in one for one in workstation.not_excluded)
    assert not any("this is a workstation" in one for one in server.not_excluded)
    assert any("demoted and given its former SID back" in one for one in server.not_excluded)


def test_a_controller_is_no_master():
    told = {}
    for era in ("nt4", "2003", "2008r2", "2019"):
        facts = member(policy("S-1-5-21-9-9-9", None), era=era, product="LanmanNT")
        told[era] = next(one for one in verdict(facts).not_excluded if one.startswith("domain controller as a master"))
    assert "primary and backup controllers of Windows NT 4.0" in told["nt4"]
    assert "after the promotion is not supported" in told["2003"]
    assert told["2003"] == told["2008r2"]
    assert "DCCloneConfig.xml" in told["2019"]


def test_consequences_name_the_accounts_and_foreign_sids_that_equal_sids_concern():
    names = [f"user{number}" for number in range(8)]
    foreign = [
        fact(FORMER_SID, FormerSid(Sid(f"S-1-5-21-{number}-{number}-{number}"), "security-descriptor", 10 + number, (1000,)))
        for number in range(1, 6)
    ]
    folder = fact(FORMER_SID, FormerSid(Sid(OTHER), "recycle-bin", 99, (1000,)))
    more = [*accounts(OWN, at("2022-06-23 01:25"), *names), *foreign, folder]
    (told,) = [one for one in verdict(copied("7", *more)).consequences if one.startswith("equal account SIDs")]
    assert "user0 (1000), user1 (1001), user2 (1002), user3 (1003), user4 (1004) and 3 more" in told
    assert "S-1-5-21-5-5-5 (15), S-1-5-21-4-4-4 (14), S-1-5-21-3-3-3 (13) and 2 more" in told
    assert OTHER not in told
    assert not any(one.startswith("equal account SIDs") for one in verdict(STORIES["SID changed on 10"][0]).consequences)
