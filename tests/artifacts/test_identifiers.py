"""What facts of several kinds are compared by: values that are one identifier meet in one namespace."""

import pytest

from forensic.artifacts.declaration import load
from forensic.artifacts.hardware.device_generation import DEVICE_GENERATION
from forensic.artifacts.hardware.hardware_config import PORTABLE_SYSTEM
from forensic.artifacts.identity.account import ACCOUNT_SID, LocalAccount
from forensic.artifacts.identity.domain import DOMAIN_SID, MACHINE_ACCOUNT_SID
from forensic.artifacts.identity.former_sid import FORMER_SID, FormerSid
from forensic.artifacts.identity.hardware_profile import HARDWARE_PROFILE_GUID
from forensic.artifacts.identity.lsa_boot_key import LSA_BOOT_KEY
from forensic.artifacts.identity.lsa_secret import LSA_SECRET, LsaSecret
from forensic.artifacts.identity.machine_guid import MACHINE_GUID
from forensic.artifacts.identity.machine_key import MACHINE_KEY_FILE, MachineKeyFile
from forensic.artifacts.identity.machine_sid import MACHINE_SID, SAM_DOMAIN_CREATED
from forensic.artifacts.known_values.media import SAM_CREATED, SID_PREFIXES
from forensic.artifacts.logs.event_identity import EVENT_DOMAIN_NAME, MACHINE_GUID_PREFIX, EventDomainName, MachineGuidPrefix
from forensic.artifacts.logs.event_log import EVENT_USER_SID, EventUserSid
from forensic.artifacts.network.dhcpv6 import DHCPV6_DUID
from forensic.artifacts.network.network import NETWORK_ADAPTER, NETWORK_INTERFACE, NetworkAdapter, NetworkInterface
from forensic.artifacts.network.network_profile import NETWORK_PROFILE
from forensic.artifacts.products.agent import AGENT_ID, AgentId
from forensic.artifacts.products.licensing_store import LICENSING_STATE, LicensingState
from forensic.artifacts.products.msdtc import DTC_CID
from forensic.artifacts.products.task_cache import SCHEDULED_TASK, ScheduledTask
from forensic.artifacts.products.windows_update import SUS_CLIENT_ID
from forensic.artifacts.setup.clone_tag import CLONE_TAG, CloneTag
from forensic.artifacts.setup.update_history import UPDATE_CLIENT, UpdateClient
from forensic.artifacts.storage.bcd import BCD_DEVICE, BcdDevice
from forensic.artifacts.storage.disk import DISK_SIGNATURE
from forensic.artifacts.storage.mounted_device import MOUNTED_DEVICE, MountedDevice
from forensic.artifacts.users.dpapi import DPAPI_MASTER_KEY, DpapiMasterKey
from forensic.artifacts.users.msa_device_id import MSA_DEVICE_ID
from forensic.artifacts.users.profile_list import PROFILE_SID, ProfileEntry
from forensic.artifacts.users.user_hive_sid import USER_HIVE_SID
from forensic.model import KINDS, Basis, Change, FileTime, Guid, Sid

SID, GUID, NOTHING = Sid("S-1-5-21-7-8-9"), Guid("5c310893-31c0-41e8-9b10-0050569a1b2c"), Guid("00000000-0000-0000-0000-000000000000")
TIMED, MEDIA_GUID = Guid("5c310893-31c0-11e8-9b10-806e6f6e6963"), Guid("e29ac6c2-7037-11de-816d-806e6f6e6963")
USER = Sid(f"{SID}-1001")
NOW = FileTime.from_iso("2021-05-04T09:10:01Z")


def _event(as_user):
    return EventUserSid("Security", SID, 9, as_user, 1, 9, NOW, NOW)


def _named(*, local):
    return EventDomainName("Security", SID, "PC", "PC", local, (), 9, 1, NOW, NOW)


@pytest.mark.parametrize(
    ("kind", "value", "identifiers", "identifies"),
    [
        (MACHINE_SID, SID, {("machine-sid", SID, "current")}, True),
        (ACCOUNT_SID, LocalAccount(USER, 1001, "ann"), {("machine-sid", SID, "current")}, True),
        (DOMAIN_SID, SID, {("machine-sid", SID, "former")}, False),
        (PROFILE_SID, ProfileEntry(USER), {("machine-sid", SID, "former")}, False),
        (PROFILE_SID, ProfileEntry(Sid("S-1-5-18")), set(), False),
        (FORMER_SID, FormerSid(SID, "recycle-bin", 1), {("machine-sid", SID, "former")}, False),
        (FORMER_SID, FormerSid(next(iter(SID_PREFIXES)), "security-descriptor", 1), set(), False),
        (EVENT_USER_SID, _event(3), {("machine-sid", SID, "former")}, False),
        (EVENT_USER_SID, _event(0), set(), False),
        (EVENT_DOMAIN_NAME, _named(local=True), {("machine-sid", SID, "former")}, False),
        (EVENT_DOMAIN_NAME, _named(local=False), set(), False),
        (
            MACHINE_GUID_PREFIX,
            MachineGuidPrefix("5c310893", "PC", 9, 1, 9, NOW, NOW),
            {("machine-guid-prefix", "5c310893", "current")},
            True,
        ),
        (USER_HIVE_SID, USER, {("machine-sid", SID, "former")}, False),
        (MACHINE_ACCOUNT_SID, USER, {("machine-account-sid", USER, "current"), ("machine-sid", SID, "former")}, True),
        (SCHEDULED_TASK, ScheduledTask(GUID, "x", sid=USER), {("scheduled-task", GUID, "current"), ("machine-sid", SID, "former")}, True),
        (SCHEDULED_TASK, ScheduledTask(GUID, "x", sid=Sid("S-1-5-18")), {("scheduled-task", GUID, "current")}, True),
        (DPAPI_MASTER_KEY, DpapiMasterKey(GUID, str(USER)), {("dpapi-master-key", GUID, "current"), ("machine-sid", SID, "former")}, True),
        (DPAPI_MASTER_KEY, DpapiMasterKey(GUID, "S-1-5-18/User"), {("dpapi-master-key", GUID, "current")}, True),
        (MACHINE_GUID, GUID, {("machine-guid", GUID, "current")}, True),
        (MACHINE_GUID, NOTHING, set(), False),
        (MACHINE_KEY_FILE, MachineKeyFile(GUID, "RSA/MachineKeys", 1), {("machine-guid", GUID, "former")}, True),
        (MACHINE_KEY_FILE, MachineKeyFile(GUID, f"RSA/{USER}", 1), set(), False),
        (MACHINE_KEY_FILE, MachineKeyFile(GUID, "Keys", 1), set(), False),
        (UPDATE_CLIENT, UpdateClient(GUID), {("sus-client-id", GUID, "former")}, True),
        (UPDATE_CLIENT, UpdateClient(None, "pc"), set(), False),
        (LSA_SECRET, LsaSecret("NL$KM", "current", "ab"), {("lsa-secret", "NL$KM ab", "current")}, True),
        (LSA_SECRET, LsaSecret("NL$KM", "old", "ab"), {("lsa-secret", "NL$KM ab", "former")}, True),
        (NETWORK_INTERFACE, NetworkInterface(GUID), {("network-interface", GUID, "current")}, True),
        (NETWORK_INTERFACE, NetworkInterface(MEDIA_GUID), set(), False),
        (NETWORK_ADAPTER, NetworkAdapter(GUID), {("network-interface", GUID, "current")}, True),
        (NETWORK_ADAPTER, NetworkAdapter(GUID, instance=r"ROOT\KDNIC\0000"), set(), False),
        (AGENT_ID, AgentId("P", "Previous SMSUID", "GUID:1"), {("agent-id", "P SMS Unique Identifier GUID:1", "former")}, True),
        (AGENT_ID, AgentId("P", "pkp", sha256="ab"), {("agent-id", "P pkp ab", "current")}, True),
        (AGENT_ID, AgentId("P", "SMS Hardware Identifier", "2:AB"), set(), False),
        (CLONE_TAG, CloneTag("Sun May 17 07:19:00 2020"), {("clone-tag", "Sun May 17 07:19:00 2020", "current")}, False),
        (CLONE_TAG, CLONE_TAG.known_values[0], set(), False),
        (SAM_DOMAIN_CREATED, NOW, {("sam-domain-created", "2021-05-04T09:10:01.0000000Z", "current")}, False),
        (SAM_DOMAIN_CREATED, next(iter(SAM_CREATED)), set(), False),
        (
            MOUNTED_DEVICE,
            MountedDevice(r"\DosDevices\C:", "mbr", "0a1b2c3d", 1048576),
            {("disk-signature", "0a1b2c3d", "former")},
            False,
        ),
        (MOUNTED_DEVICE, MountedDevice(r"\DosDevices\E:", "mbr", "0a1b2c3d", 1048576), set(), False),
        (
            MOUNTED_DEVICE,
            MountedDevice(rf"\??\Volume{{{TIMED}}}", "mbr", "0a1b2c3d", volume_guid=TIMED),
            {("mounted-device", TIMED, "current")},
            True,
        ),
        (MOUNTED_DEVICE, MountedDevice(rf"\??\Volume{{{GUID}}}", "gpt", volume_guid=GUID), set(), False),
        (
            BCD_DEVICE,
            BcdDevice(GUID, "11000001", "gpt", disk_guid=GUID, partition_guid=TIMED),
            {("disk-guid", GUID, "former"), ("partition", TIMED, "former")},
            False,
        ),
    ],
)
def test_a_value_stands_in_its_namespace(kind, value, identifiers, identifies):
    assert set(kind.identifiers(value)) == identifiers
    assert kind.identifies(value) is identifies


def test_generalize_and_specialize_renew_what_each_pass_does():
    assert CLONE_TAG.renewed_by(Change.GENERALIZE)
    assert CLONE_TAG.kept_by(Change.SPECIALIZE)
    assert MACHINE_SID.kept_by(Change.GENERALIZE)
    assert MACHINE_SID.renewed_by(Change.SPECIALIZE).outcome == "always"
    assert DEVICE_GENERATION.renewed_by(Change.SPECIALIZE).outcome == "usually"
    assert AGENT_ID.kept_by(Change.GENERALIZE) is AGENT_ID.kept_by(Change.SPECIALIZE) is True


@pytest.mark.parametrize(
    ("kind", "change", "outcome", "basis"),
    [
        (MACHINE_GUID, Change.SPECIALIZE, "usually", Basis.OBSERVED),
        (LSA_BOOT_KEY, Change.SPECIALIZE, "usually", Basis.INFERRED),
        (LSA_BOOT_KEY, Change.DC_PROMOTION, "kept", Basis.INFERRED),
        (LSA_SECRET, Change.SPECIALIZE, "usually", Basis.INFERRED),
        (SAM_DOMAIN_CREATED, Change.SPECIALIZE, "kept", Basis.OBSERVED),
        (SAM_DOMAIN_CREATED, Change.DC_PROMOTION, "always", Basis.OBSERVED),
        (MSA_DEVICE_ID, Change.GENERALIZE, "usually", Basis.SOURCED),
        (SUS_CLIENT_ID, Change.USE, "usually", Basis.OBSERVED),
        (PORTABLE_SYSTEM, Change.GENERALIZE, "always", Basis.SOURCED),
        (NETWORK_PROFILE, Change.GENERALIZE, "always", Basis.SOURCED),
        (DTC_CID, Change.SPECIALIZE, "always", Basis.OBSERVED),
        (DISK_SIGNATURE, Change.NEW_DISK, "usually", Basis.UNVERIFIED),
    ],
)
def test_what_changes_do_to_an_identifier_is_what_files_and_logs_show(kind, change, outcome, basis):
    assert (kind.renews[change].outcome, kind.renews[change].basis) == (outcome, basis)


def test_of_what_nothing_is_known_nothing_is_declared():
    assert Change.UPGRADE not in LSA_BOOT_KEY.renews
    assert Change.UPGRADE not in MACHINE_GUID.renews
    assert Change.USE not in MACHINE_GUID.renews, "it is easily edited: another value never refutes a common origin"
    assert not {Change.GENERALIZE, Change.SPECIALIZE} & DHCPV6_DUID.renews.keys()


def test_what_strangers_share_speaks_for_no_common_origin():
    assert not HARDWARE_PROFILE_GUID.identifies(TIMED)
    assert not LICENSING_STATE.identifies(LicensingState("8DEC0AF1-0341-4b93-85CD-72606C2DF94C-7P-1", "aa" * 32))


def test_every_further_namespace_is_that_of_a_kind():
    load()
    assert {"machine-sid", "disk-signature", "disk-guid", "partition"} <= {kind.namespace for kind in KINDS.values()}
