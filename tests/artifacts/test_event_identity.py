"""What events say of identity: the beginning of MachineGuid, and whose SIDs are the computer's own."""

import pytest

from forensic.artifacts.logs.event_identity import (
    RUN_LIMIT,
    EventDomainName,
    MachineGuidPrefix,
    event_domain_name,
    machine_guid_prefix,
    sampled,
)
from forensic.eventlog.evtx import EvtxLog
from forensic.model import FileTime
from tests.artifacts.test_event_log import state
from tests.builders.event_log import Logged, evtx
from tests.builders.world import MINUTE
from tests.unit.test_event_log import LogFile

NOON = FileTime.from_iso("2021-03-02T12:00:00Z")
OURS, DOMAIN = "S-1-5-21-1004336348-1177238915-682003330", "S-1-5-21-2000478354-1708537768-1957994488"
ZERO = "{00000000-0000-0000-0000-000000000000}"


def log_of(*events):
    return EvtxLog(LogFile(evtx(list(events), channel="Security")))


def started(minute, guid, computer="PC-1", **data):
    values = {"ProcessGuid": f"{{{guid}-ca4b-5ec9-0000-0010b8cb3700}}", "Image": "x.exe", **data}
    return Logged(1, FileTime(NOON + minute * MINUTE), "Microsoft-Windows-Sysmon", computer, "S-1-5-18", values)


def logged_on(minute, sid, domain, user="ann", computer="PC-1", role="TargetUser", number=4624):
    base = role.removesuffix("User")
    data = {f"{role}Sid": sid, f"{base}UserName": user, f"{base}DomainName": domain}
    return Logged(number, FileTime(NOON + minute * MINUTE), "Microsoft-Windows-Security-Auditing", computer, data=data)


def values(read, *events, kind="event-domain-name"):
    facts, failure = state(read, log_of(*events))
    assert failure is None
    return [fact.value for fact in facts if read is machine_guid_prefix or fact.kind == kind]


def test_states_with_what_the_ids_of_sysmon_begin():
    events = [started(0, "747F3D96", LogonGuid="{747f3d96-bdd1-5ec9-0000-0020e5030000}", ParentProcessGuid=ZERO), started(5, "747f3d96")]
    assert values(machine_guid_prefix, *events) == [
        MachineGuidPrefix("747f3d96", "PC-1", 2, 1, 2, NOON, FileTime(NOON + 5 * MINUTE)),
    ]


def test_another_beginning_is_another_run():
    found = values(machine_guid_prefix, started(0, "747f3d96", "OLD"), started(1, "11111111"), started(2, "11111111"))
    assert [(one.prefix, one.computer, one.first_record, one.last_record) for one in found] == [
        ("747f3d96", "OLD", 1, 1), ("11111111", "PC-1", 2, 3),
    ]  # fmt: skip


def test_ids_of_nothing_and_events_of_others_say_nothing():
    other = Logged(1, NOON, "Contoso", data={"ProcessGuid": "{747f3d96-ca4b-5ec9-0000-0010b8cb3700}"})
    nothing = Logged(1, NOON, "Microsoft-Windows-Sysmon", data={"ProcessGuid": ZERO, "Image": "x"})
    assert values(machine_guid_prefix, other, nothing) == []


def test_an_id_that_is_none_becomes_a_gap_and_the_others_stay():
    broken = Logged(1, NOON, "Microsoft-Windows-Sysmon", data={"ProcessGuid": "none of that"})
    facts, failure = state(machine_guid_prefix, log_of(broken, started(1, "747f3d96")))
    assert [fact.value.prefix for fact in facts] == ["747f3d96"]
    assert failure is not None


def test_runs_are_bounded():
    facts, _ = state(machine_guid_prefix, log_of(*(started(minute, f"{minute + 1:08x}") for minute in range(RUN_LIMIT + 20))))
    assert len(facts) == RUN_LIMIT + 1  # the last one is stated too


def test_tells_the_computers_own_accounts_from_those_of_a_domain():
    found = values(
        event_domain_name,
        logged_on(0, f"{OURS}-1001", "PC-1", computer="PC-1.corp.example"),
        logged_on(1, f"{DOMAIN}-1104", "CORP", computer="PC-1.corp.example"),
        logged_on(2, f"{DOMAIN}-1000", "CORP", "PC-1$", computer="PC-1.corp.example"),
        logged_on(3, f"{OURS}-1004", "pc-1", role="Target", number=4720, computer="PC-1.corp.example"),
    )
    later = [FileTime(NOON + minute * MINUTE) for minute in range(4)]
    assert found == [
        EventDomainName("Security", OURS, "PC-1", "PC-1.corp.example", True, (), 2, 1, NOON, later[3]),
        EventDomainName("Security", DOMAIN, "CORP", "PC-1.corp.example", False, ("PC-1$",), 2, 2, later[1], later[2]),
    ]


def test_states_users_and_no_groups():
    found = values(
        event_domain_name,
        logged_on(0, f"{OURS}-1001", "PC-1"),
        logged_on(1, f"{OURS}-1001", "PC-1", "ANN"),
        logged_on(2, f"{OURS}-1004", "PC-1", "bob", role="Target", number=4720),
        logged_on(3, f"{OURS}-1005", "PC-1", "helpers", role="Target", number=4731),
        logged_on(4, f"{DOMAIN}-1104", "CORP", "carl", role="SubjectUser"),
        logged_on(5, f"{OURS}-1006", "PC-1", "-"),
        kind="event-account",
    )
    assert [(one.sid, one.rid, one.name, one.domain, one.local, one.events) for one in found] == [
        (f"{OURS}-1001", 1001, "ann", "PC-1", True, 2),
        (f"{OURS}-1004", 1004, "bob", "PC-1", True, 1),
        (f"{DOMAIN}-1104", 1104, "carl", "CORP", False, 1),
    ]


def test_a_sid_that_is_none_becomes_a_gap():
    facts, failure = state(event_domain_name, log_of(logged_on(0, f"{OURS}-x", "PC-1"), logged_on(1, f"{OURS}-1001", "PC-1")))
    assert [fact.value.rid for fact in facts if fact.kind == "event-account"] == [1001]
    assert failure is not None


def test_the_name_of_setup_and_former_names_are_the_computers_own():
    found = values(
        event_domain_name,
        logged_on(0, f"{OURS}-1000", "MINWINPC", computer="WIN-AAAA"),
        logged_on(1, f"{OURS}-1001", "OLD", computer="OLD"),
        logged_on(2, f"{OURS}-1001", "PC-1", computer="PC-1"),
    )
    assert [(one.name, one.local) for one in found] == [("MINWINPC", True), ("OLD", True), ("PC-1", True)]


@pytest.mark.parametrize(("name", "user"), [("-", "ann"), ("", "ann")])
def test_an_account_without_a_domain_says_nothing(name, user):
    assert values(event_domain_name, logged_on(0, f"{OURS}-1001", name, user)) == []


def test_a_sid_without_an_account_says_nothing():
    trust = Logged(4706, NOON, "Microsoft-Windows-Security-Auditing", data={"DomainName": "OTHER", "DomainSid": DOMAIN})
    assert values(event_domain_name, trust) == []


def test_a_local_account_may_be_named_like_a_computer():
    found = values(event_domain_name, logged_on(0, f"{OURS}-1009", "PC-1", "admin$"))
    assert [(one.local, one.machine_accounts) for one in found] == [(True, ("admin$",))]


@pytest.mark.parametrize(("count", "limit"), [(10, 4), (10_000, 1500), (1501, 1500), (5, 1), (3000, 7)])
def test_of_many_events_even_blocks_are_looked_at(count, limit):
    found = list(sampled(range(count), limit))
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (0, count - 1)
    assert limit - 25 < len(found) <= max(2, limit)


def test_of_few_events_all_are_looked_at():
    assert list(sampled(range(1500))) == list(range(1500))


REAL = {
    "offsec-fs02-fs03/fs02": ("7cf65fc7", {("S-1-5-21-4230534742-2542757381-3142984815", "OFFSEC", False)}),
    "offsec-fs02-fs03/fs03": (
        "7cf65fc7",
        {
            ("S-1-5-21-4230534742-2542757381-3142984815", "OFFSEC", False),
            ("S-1-5-21-3410678313-1251427014-1131291384", "FS03", True),
        },
    ),
    "sans-course-vm/valkyrie-2023": (
        "0fd50764",
        {
            ("S-1-5-21-1552841522-3835366585-4197357653", "VALKYRIE", True),
            ("S-1-5-21-2388092976-4060112661-915671860", "GALACTICA", False),
        },
    ),
}


@pytest.mark.parametrize("member", REAL)
def test_states_real_logs(real, member):
    prefix, names = REAL[member]
    folder = f"groups/{member}/Windows/System32/winevt/Logs"
    sysmon, failure = state(
        machine_guid_prefix, EvtxLog(LogFile(real(f"{folder}/Microsoft-Windows-Sysmon%4Operational.evtx").read_bytes()))
    )
    assert ({fact.value.prefix for fact in sysmon}, failure) == ({prefix}, None)
    named, failure = state(event_domain_name, EvtxLog(LogFile(real(f"{folder}/Security.evtx").read_bytes())))
    assert {(one.value.prefix, one.value.name, one.value.local) for one in named if one.kind == "event-domain-name"} == names
    assert failure is None
