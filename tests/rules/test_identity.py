"""The head of a report, drawn from facts."""

from forensic.artifacts.identity.computer_name import COMPUTER_NAME, ComputerName
from forensic.artifacts.identity.domain import ACCOUNT_DOMAIN_NAME, DOMAIN_SID
from forensic.artifacts.users.msa_device_id import MSA_DEVICE_ID
from forensic.artifacts.users.profile_list import PROFILE_SID, ProfileEntry
from forensic.artifacts.users.user_hive_sid import USER_HIVE_SID
from forensic.model import DeviceId, FactSet, Profile, Sid
from forensic.reasoning.identity import identify
from tests.builders.facts import at, fact
from tests.rules.stories import DOMAIN, OTHER, OWN, accounts, profile, sid_pair

WHEN = at("2022-06-23 01:25")


def drawn(*facts, **parts):
    return identify(FactSet(facts), **parts)


def test_the_machine_sid_is_that_of_sam():
    assert drawn(*reversed(sid_pair(OWN, WHEN, sam=OTHER))).machine_sid == OTHER


def test_the_machine_sid_is_that_of_security_where_sam_is_missing():
    assert drawn(*sid_pair(OWN, WHEN)[1:]).machine_sid == OWN


def test_the_domain_sid_stands_apart():
    found = drawn(*sid_pair(OWN, WHEN), fact(DOMAIN_SID, Sid(DOMAIN)))
    assert (found.machine_sid, found.domain_sid) == (OWN, DOMAIN)


def test_the_configured_name_goes_first_and_the_control_set_decides():
    names = [("old", "configured", 1), ("host", "hostname", 2), ("new", "configured", 2)]
    facts = [fact(COMPUTER_NAME, ComputerName(*parts)) for parts in names]
    assert drawn(*facts).computer_name == "old"
    assert drawn(*facts, control_set=2).computer_name == "new"
    assert drawn(fact(ACCOUNT_DOMAIN_NAME, "policy"), *facts).computer_name == "old"
    assert drawn(fact(ACCOUNT_DOMAIN_NAME, "policy")).computer_name == "policy"
    assert drawn().computer_name is None


def test_accounts_are_sorted_by_rid():
    assert [account.rid for account in drawn(*reversed(accounts(OWN, WHEN, "ann", "bob"))).accounts] == [500, 501, 1000, 1001]


def test_a_profile_has_the_device_ids_of_its_folder():
    found = drawn(profile(f"{OWN}-1000", "C:\\Users\\Ann"), fact(MSA_DEVICE_ID, "001840119a3bcb7c", profile="Users/ann"))
    assert found.profiles == (Profile(Sid(f"{OWN}-1000"), "C:\\Users\\Ann", (DeviceId("msa-device-id", "001840119a3bcb7c"),)),)


def test_a_folder_that_profile_list_does_not_name_is_a_profile_too():
    found = drawn(*accounts(OWN, WHEN, "ann"), fact(MSA_DEVICE_ID, "001840119a3bcb7c", profile="Users/ann"))
    assert [(one.sid, one.path) for one in found.profiles] == [(None, "Users/ann")]


def test_whose_such_a_folder_is_its_hives_say():
    found = drawn(
        fact(USER_HIVE_SID, Sid(f"{OWN}-1001"), profile="Users/ann"),
        fact(USER_HIVE_SID, Sid(f"{OWN}-1002"), profile="Users/bob"),
        fact(USER_HIVE_SID, Sid(f"{OWN}-1003"), profile="Users/bob"),
        profile(f"{OWN}-1004", "C:\\Users\\Cy"),
        fact(USER_HIVE_SID, Sid(f"{OWN}-1009"), profile="Users/cy"),
    )
    assert [(one.sid, one.path) for one in found.profiles] == [
        (f"{OWN}-1004", "C:\\Users\\Cy"),
        (f"{OWN}-1001", "Users/ann"),
        (None, "Users/bob"),
    ]


def test_backup_entries_are_no_profiles_of_their_own():
    assert drawn(fact(PROFILE_SID, ProfileEntry(Sid(f"{OWN}-1000"), "C:\\Users\\ann", backup=True))).profiles == ()
