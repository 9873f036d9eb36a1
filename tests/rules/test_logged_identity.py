"""What logs say of a computer of which no hive states it."""

import pytest

from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.logs.event_identity import EVENT_ACCOUNT, EVENT_DOMAIN_NAME, EventAccount, EventDomainName
from forensic.artifacts.logs.event_log import EVENT_COMPUTER_NAME, EVENT_USER_SID, EventComputerName, EventUserSid
from forensic.artifacts.logs.event_system import EVENT_RELEASE, EventRelease
from forensic.artifacts.users.profile_list import PROFILE_SID, ProfileEntry
from forensic.examination import TOOL
from forensic.model import FactSet, ImageReport, InstallationReport, Product, Sid, SourceInfo
from forensic.reasoning.identity import identify
from forensic.reasoning.judgement import judged
from forensic.reasoning.logged_identity import logged_release
from tests.builders.facts import at, fact
from tests.rules.stories import DOMAIN, OTHER, OWN, accounts

THEN, NOW = at("2021-05-04 10:00"), at("2023-05-04 10:00")


def user(prefix):
    return fact(EVENT_USER_SID, EventUserSid("Security", Sid(prefix), 9, 3, 1, 9, THEN, NOW))


def named(prefix, name, *, local, last=NOW):
    return fact(EVENT_DOMAIN_NAME, EventDomainName("Security", Sid(prefix), name, "PC", local, (), 9, 1, THEN, last))


def computer(name, last=NOW):
    return fact(EVENT_COMPUTER_NAME, EventComputerName("Security", name, 9, 1, 9, THEN, last))


def release(version, build, product=None, last=NOW):
    return fact(EVENT_RELEASE, EventRelease(version, build, product, 1, THEN, last))


def drawn(*facts):
    found = identify(FactSet(facts))
    return found.computer_name, found.machine_sid, found.domain_sid


def test_the_only_prefix_in_a_workgroup_is_the_machines():
    assert drawn(computer("PC"), user(OWN)) == ("PC", OWN, None)


def test_of_two_prefixes_without_names_none_is_chosen():
    assert drawn(computer("PC"), user(OWN), user(OTHER)) == ("PC", None, None)


def test_on_a_member_of_a_domain_the_prefix_with_the_computers_name_is_the_machines():
    facts = [computer("PC.corp.example"), user(OWN), user(DOMAIN), named(OWN, "PC", local=True), named(DOMAIN, "CORP", local=False)]
    assert drawn(*facts) == ("PC", OWN, DOMAIN)


def test_on_a_member_of_a_domain_the_only_prefix_may_be_the_domains():
    assert drawn(computer("PC.corp.example"), user(DOMAIN)) == ("PC", None, None)
    assert drawn(computer("PC.corp.example"), user(DOMAIN), named(DOMAIN, "CORP", local=False)) == ("PC", None, DOMAIN)


def test_a_domain_of_another_name_is_not_the_computers():
    """A trusted one, say."""
    facts = [computer("DC.corp.example"), named(DOMAIN, "CORP", local=False), named(OTHER, "PARTNER", local=False)]
    assert drawn(*facts) == ("DC", None, DOMAIN)
    assert drawn(computer("DC.corp.example"), named(OTHER, "PARTNER", local=False)) == ("DC", None, None)


def test_what_events_show_to_be_a_domains_is_not_the_machines():
    assert drawn(computer("PC"), user(OWN), user(DOMAIN), named(DOMAIN, "CORP", local=False))[1] == OWN


def test_of_two_own_prefixes_the_youngest_is_that_of_today():
    assert drawn(computer("PC"), named(OTHER, "OLD", local=True, last=THEN), named(OWN, "PC", local=True))[1] == OWN


def test_another_name_of_an_own_prefix_makes_no_domain_of_it():
    assert drawn(computer("PC"), named(OWN, "STRANGE", local=False), named(OWN, "PC", local=True, last=THEN))[1] == OWN


def test_profile_list_shows_it_too():
    profiles = [fact(PROFILE_SID, ProfileEntry(Sid(f"{prefix}-1001"))) for prefix in (OWN, DOMAIN)]
    assert drawn(profiles[0])[1] == OWN
    assert drawn(*profiles)[1] is None
    assert drawn(*profiles, fact(DOMAIN_SID, Sid(DOMAIN)))[1] == OWN


def account(rid, name, prefix=OWN, last=NOW):
    sid = Sid(f"{prefix}-{rid}")
    return fact(EVENT_ACCOUNT, EventAccount("Security", sid, rid, name, "PC", prefix == OWN, 9, 1, THEN, last))


def test_accounts_are_those_that_events_name_where_no_sam_states_them():
    facts = [
        named(OWN, "PC", local=True),
        account(1004, "bob"),
        account(1001, "old", last=THEN),
        account(1001, "ann"),
        account(1104, "x", DOMAIN),
    ]
    assert [(one.rid, one.name) for one in identify(FactSet(facts)).accounts] == [(1001, "ann"), (1004, "bob")]
    of_sam = accounts(OWN, NOW, "eve")
    assert "bob" not in {one.name for one in identify(FactSet([*facts, *of_sam])).accounts}


@pytest.mark.parametrize(
    ("facts", "product", "era"),
    [
        ([release("10.0", "19045", "Windows 10 Pro")], ("Windows 10 Pro", "10.0", "19045"), "10"),
        ([release("10.0", "20348", "Windows Server 2022 Standard")], ("Windows Server 2022 Standard", "10.0", "20348"), "2022"),
        ([release("10.0", "17763")], (None, "10.0", "17763"), None),
        ([release("5.0", "2195")], (None, "5.0", "2195"), "2000"),
        ([release("6.1", "7601", last=THEN), release("10.0", "22631", "Windows 11 Pro")], ("Windows 11 Pro", "10.0", "22631"), "11"),
        ([], (None, None, None), None),
    ],
)
def test_the_release_is_that_of_the_youngest_event(facts, product, era):
    found, name = logged_release(FactSet(facts))
    assert ((found.name, found.version, found.build), name) == (product, era)


def report(*facts, **parts):
    one = InstallationReport(
        "files", "", "/", "collection", **{"product": Product(), "era": None, "role": None, **parts}, facts=tuple(facts)
    )
    return ImageReport(TOOL, SourceInfo("x", "directory", 0), installations=(one,))


def test_a_report_takes_the_release_from_its_logs_only_where_no_hive_names_one():
    facts = [release("10.0", "19045", "Windows 10 Pro")]
    (one,) = judged(report(*facts)).installations
    assert (one.product.name, one.product.version, one.era) == ("Windows 10 Pro", "10.0", "10")
    kept = Product(name="Windows 7", version="6.1", build="7601")
    (one,) = judged(report(*facts, product=kept, era="7")).installations
    assert (one.product, one.era) == (kept, "7")


def test_judging_again_changes_nothing():
    once = judged(report(release("10.0", "19045", "Windows 10 Pro"), computer("PC"), user(OWN)))
    assert judged(once) == once
