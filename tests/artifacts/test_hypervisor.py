import pytest

from forensic.artifacts.hardware.hypervisor import HyperVGuest, HypervisorMark, hyperv_guest, hypervisor_mark
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder

SERVICES, GUEST = r"ControlSet001\Services", r"Microsoft\Virtual Machine\Guest\Parameters"
ID = "57eab7ba-1d37-4e1c-b3d8-4c9d0f5f0a11"


def test_services_of_the_table_are_stated_and_no_others():
    hive = HiveBuilder()
    hive.value(rf"{SERVICES}\vmtools", "Start", REG_DWORD, 2)
    hive.value(rf"{SERVICES}\RdAgent", "Start", REG_SZ, "x")
    hive.value(rf"{SERVICES}\vmbus", "Start", REG_DWORD, 0)
    facts, failure = state(hypervisor_mark, open_hive(hive), SERVICES)
    assert [fact.value for fact in facts] == [
        HypervisorMark("VMware Tools", "vmtools", 2),
        HypervisorMark("Azure guest agent", "RdAgent"),
    ]
    assert isinstance(failure, Malformed)


def test_a_machine_without_such_services_is_not_found():
    hive = HiveBuilder()
    hive.key(SERVICES)
    assert isinstance(state(hypervisor_mark, open_hive(hive), SERVICES)[1], NotFound)


@pytest.mark.parametrize(
    ("name", "services"),
    [("SYSTEM_2", ["VBoxGuest", "VBoxService"]), ("SYSTEM_WIN_10_1709", ["VMTools", "vmci"]), ("SYSTEM_B", [])],
)
def test_services_of_real_machines(real, name, services):
    facts, _ = state(hypervisor_mark, open_real(real(f"hives/regipy/{name}")), SERVICES)
    assert [fact.value.service for fact in facts] == services


def test_what_hyper_v_told_its_guest_is_stated():
    hive = HiveBuilder()
    for name, text in (
        ("VirtualMachineName", "web 3"),
        ("VirtualMachineId", ID.upper()),
        ("HostName", "HV-1"),
        ("PhysicalHostName", "HV-1"),
    ):
        hive.value(GUEST, name, REG_SZ, text)
    (fact,), failure = state(hyperv_guest, open_hive(hive), GUEST)
    assert (fact.value, failure) == (HyperVGuest("web 3", ID, "HV-1", "HV-1"), None)


def test_guest_parameters_that_are_empty_or_malformed_are_gaps():
    hive = HiveBuilder()
    hive.key(GUEST)
    assert isinstance(state(hyperv_guest, open_hive(hive), GUEST)[1], NotFound)
    hive.value(GUEST, "VirtualMachineId", REG_SZ, "x")
    facts, failure = state(hyperv_guest, open_hive(hive), GUEST)
    assert (facts, isinstance(failure, Malformed)) == ([], True)
