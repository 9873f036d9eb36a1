"""Any bytes under any name end in facts that a report can carry, or in a ForensicError: never in anything else."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from forensic.artifacts.hardware import hardware_config, smbios
from forensic.artifacts.identity import computer_name, hardware_profile, machine_guid
from forensic.artifacts.network import dhcpv6, network
from forensic.artifacts.products import licensing, windows_update
from forensic.artifacts.setup import clone_tag, image_state, setup_command, setup_progress, source_os, unattend_pass, windows_release
from forensic.artifacts.storage import mounted_device
from forensic.model import codec
from forensic.model.kind import KINDS
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import HiveBuilder

GUID = "{5f3f359e-9d52-4566-9bec-37efdfb25abe}"
PLACES = [
    (windows_release.windows_release, "K", ["ProductName", "CurrentMajorVersionNumber", "CurrentMinorVersionNumber", "UBR", "CSDVersion"]),
    (windows_release.install_date, "K", ["InstallDate", "InstallTime"]),
    (windows_release.product_id, "K", ["ProductId"]),
    (windows_release.build_guid, "K", ["BuildGUID"]),
    (windows_release.product_type, "K", ["ProductType"]),
    (source_os.source_os, r"K\Source OS (x)", ["ProductName", "InstallDate", "InstallTime", "CurrentMajorVersionNumber"]),
    (computer_name.computer_name, r"K\ComputerName", ["ComputerName"]),
    (computer_name.host_name, "K", ["Hostname", "NV Hostname"]),
    (machine_guid.machine_guid, "K", ["MachineGuid"]),
    (hardware_profile.hardware_profile_guid, r"K\0001", ["HwProfileGuid"]),
    (windows_update.sus_client_id, "K", ["SusClientId"]),
    (windows_update.sus_client_validation, "K", ["SusClientIdValidation"]),
    (windows_update.account_domain_sid, "K", ["AccountDomainSid"]),
    (windows_update.ping_id, "K", ["PingID"]),
    (clone_tag.clone_tag, "K", ["CloneTag"]),
    (image_state.image_state, "K", ["ImageState"]),
    (setup_progress.sysprep_status, "K", ["GeneralizationState", "CleanupState"]),
    (setup_progress.setupcl_run, "K", ["ExecutionSuccessful", "NTSTATUS", "RunTime", "HiveTime", "FileACLTime", "DriveMask"]),
    (setup_progress.setup_timer, "K", ["StartLow", "StartHigh", "StopLow", "StopHigh"]),
    (setup_command.setup_command, "K", list(setup_command.COMMANDS)),
    (setup_command.setup_flag, "K", list(setup_command.FLAGS)),
    (unattend_pass.unattend_pass, "K", ["specialize"]),
    (unattend_pass.child_completion, "K", ["setup.exe"]),
    (hardware_config.hardware_config, rf"K\{GUID}", ["Id", "LastUse", "SystemManufacturer", "BIOSReleaseDate"]),
    (hardware_config.hardware_config, "K", ["LastConfig"]),
    (hardware_config.system_information, "K", ["SystemManufacturer", "BIOSVersion"]),
    (smbios.smbios, "K", ["SMBiosData"]),
    (dhcpv6.dhcpv6_duid, "K", ["Dhcpv6DUID"]),
    (network.network_interface, GUID, ["EnableDHCP", "DhcpIPAddress", "IPAddress", "DhcpGatewayHardware", "LeaseObtainedTime", "Domain"]),
    (network.adapter_driver, r"K\0001", ["NetCfgInstanceId", "MatchingDeviceId", "DeviceInstanceID", "NetworkAddress"]),
    (network.adapter_connection, rf"{GUID}\Connection", ["Name", "PnpInstanceID"]),
    (network.interface_address, rf"{GUID}\Kernel", ["PermanentAddress", "CurrentAddress"]),
    (mounted_device.mounted_device, "K", [r"\DosDevices\C:", rf"\??\Volume{GUID}"]),
    (licensing.kms_skip_rearm, "K", ["SkipRearm"]),
]
CHILDREN = {source_os.source_os, computer_name.computer_name, hardware_profile.hardware_profile_guid, network.adapter_driver}
TYPES = some.sampled_from([0, 1, 2, 3, 4, 5, 7, 11, 0xFFFF0012])
DATA = some.one_of(
    some.binary(max_size=80),
    some.text(max_size=20).map(lambda text: text.encode("utf-16-le", "surrogatepass")),
    some.sampled_from([b"\xff" * 4, b"\xff" * 8, bytes(8), b"DMIO:ID:" + bytes(16), b"\0\x01\0\x01" + bytes(10), b"\x01\x0f" + bytes(62)]),
)


@pytest.mark.parametrize(("read", "path", "names"), PLACES, ids=lambda part: getattr(part, "__name__", None))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stored=some.data())
def test_any_value_ends_in_facts_or_a_forensic_error(read, path, names, stored):
    hive = HiveBuilder()
    hive.key(path)
    for name in names:
        if stored.draw(some.booleans()):
            hive.value(path, name, stored.draw(TYPES), stored.draw(DATA))
    at = path.split("\\")[0] if read in CHILDREN or path.startswith(rf"K\{GUID}") else path
    facts, _ = state(read, open_hive(hive), at)
    for fact in facts:
        plain = codec.to_builtins(fact)["value"]
        assert msgspec.convert(plain, KINDS[fact.kind].type, dec_hook=codec._decode_value) == fact.value


@settings(max_examples=300, deadline=None)
@given(
    table=some.lists(
        some.tuples(some.sampled_from([0, 1, 2, 127]), some.binary(max_size=30), some.lists(some.binary(max_size=6), max_size=4)),
        max_size=5,
    ),
    cut=some.integers(0, 200),
)
def test_any_firmware_table_ends_in_a_fact_or_a_forensic_error(table, cut):
    body = b"".join(bytes([kind, 4 + len(fields), 0, 0]) + fields + b"\0".join([*strings, b""]) + b"\0" for kind, fields, strings in table)
    hive = HiveBuilder()
    hive.value("K", "SMBiosData", 3, (bytes(4) + len(body).to_bytes(4, "little") + body)[: 8 + cut])
    state(smbios.smbios, open_hive(hive), "K")
