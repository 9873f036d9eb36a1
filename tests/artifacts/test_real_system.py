"""SYSTEM hives of real machines: what the artifacts state was read with python-registry too, which knows nothing of this program."""

import datetime as dt

import pytest
from Registry import Registry

from forensic.artifacts.hardware.hardware_config import hardware_config
from forensic.artifacts.identity.computer_name import computer_name
from forensic.artifacts.identity.hardware_profile import HARDWARE_PROFILE_GUID, hardware_profile_guid
from forensic.artifacts.known_values.media import is_media_guid
from forensic.artifacts.network.dhcpv6 import dhcpv6_duid
from forensic.artifacts.network.network import adapter_driver, interface_address, network_interface
from forensic.artifacts.setup.clone_tag import CLONE_TAG, clone_tag
from forensic.artifacts.setup.media_time import FOLDERS, media_time, policy_revision
from forensic.artifacts.setup.setup_command import setup_command
from forensic.artifacts.setup.setup_progress import setup_timer, setupcl_run, sysprep_status
from forensic.artifacts.setup.source_os import source_os
from forensic.artifacts.storage.mounted_device import mounted_device
from forensic.errors import NotFound
from forensic.registry.hive import Hive
from tests.artifacts.reading import open_real, state
from tests.builders.source import Bytes

WINDOWS_8_1, WINDOWS_10, UPGRADED = "hives/regipy/SYSTEM_2", "hives/regipy/SYSTEM_B", "hives/regipy/SYSTEM_WIN_10_1709"
XP, DAMAGED = "hives/m57-pat-xp/SYSTEM", "hives/regipy/corrupted_system_hive"
INTERFACES = r"ControlSet001\Services\Tcpip\Parameters\Interfaces"
CLASS = r"ControlSet001\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}"


@pytest.fixture
def machine(real):
    """Open a real SYSTEM hive, and give a function that reads one artifact of it."""

    def open_machine(name):
        hive = open_real(real(name))
        return lambda read, path: state(read, hive, path)

    return open_machine


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            WINDOWS_8_1,
            (
                "Tue Mar 18 03:20:53 2014",
                "SENSEI",
                "000100011dfd3c74080027499716",
                "0082a41f-0a8c-5d41-9a34-5caa8b6f544c",
                "bbed3e02-0b41-11e3-8249-806e6f6e6963",
                4046,
                "fe4c3e270000f01500000000",
            ),
        ),
        (
            WINDOWS_10,
            (
                "Fri Sep 29 06:49:45 2017",
                "DESKTOP-PM6C56D",
                "00010001224bee56ecf4bb487fed",
                "4c4c4544-0042-3210-804d-c4c04f4e3232",
                "5c310893-31c0-11e8-9b10-806e6f6e6963",
                0,
                "444d494f3a49443a211f9309af7fa94481d81e73c14b9eaf",
            ),
        ),
        (
            UPGRADED,
            (
                "Mon Mar 18 21:56:38 2019",
                "DESKTOP-2KGM189",
                "0001000120f81231000c29f3ffde",
                "25194d56-caef-8737-5c44-50fe82f3ffde",
                "ee78e1c0-77bb-11e9-ad75-806e6f6e6963",
                93,
                "ae4645df0000501f00000000",
            ),
        ),
    ],
)
def test_identity_of_a_real_machine(machine, name, expected):
    tag, computer, duid, configuration, profile, run_time, drive = expected
    read = machine(name)
    (fact,), _ = read(clone_tag, "Setup")
    assert (fact.value.text, fact.value in CLONE_TAG.known_values) == (tag, True)
    assert read(computer_name, r"ControlSet001\Control\ComputerName")[0][0].value.name == computer
    assert read(dhcpv6_duid, r"ControlSet001\Services\Tcpip6\Parameters")[0][0].value.hex == duid
    (fact,), failure = read(hardware_config, "HardwareConfig")
    assert (fact.value.id, fact.value.is_last, failure) == (configuration, True, None)
    assert [fact.value for fact in read(hardware_profile_guid, r"ControlSet001\Control\IDConfigDB\Hardware Profiles")[0]] == [profile]
    (fact,), _ = read(setupcl_run, r"Setup\SetupCl")
    assert (fact.value.succeeded, fact.value.run_time) == (True, run_time)
    assert read(sysprep_status, r"Setup\Status\SysprepStatus")[0][0].value.generalization_state == 7
    devices = {fact.value.name: fact.raw for fact in read(mounted_device, "MountedDevices")[0]}
    assert devices[r"\DosDevices\C:"] == drive


@pytest.mark.parametrize(
    ("name", "newest", "keys", "of"),
    [
        (WINDOWS_8_1, "2013-08-22T15:43:53.8438196Z", 127, 181),
        (WINDOWS_10, "2017-09-29T14:43:15.2570539Z", 159, 225),
        (UPGRADED, "2019-03-19T06:23:27.6448491Z", 99, 242),
    ],
)
def test_media_time_of_a_real_machine(machine, real, name, newest, keys, of):
    (fact,), failure = machine(name)(media_time, "")
    assert failure is None
    assert (str(fact.value.newest), fact.value.keys, fact.value.of) == (newest, keys, of)
    library = Registry.Registry(str(real(name)))
    times = [key.timestamp() for folder in FOLDERS[0] for key in library.open(rf"ControlSet001\{folder}").subkeys()]
    until = dt.datetime.fromisoformat(newest[:26]) + dt.timedelta(hours=6)
    assert (len(times), sum(time < until for time in times)) == (of, keys)


def test_the_media_tag_lies_at_the_end_of_the_media_build(machine):
    for name, hours in ((WINDOWS_10, 7), (UPGRADED, 7)):
        read = machine(name)
        built, tagged = read(media_time, "")[0][0].value.newest, read(clone_tag, "Setup")[0][0].value.time.ticks + hours * 36_000_000_000
        assert 0 < built - tagged < 2 * 36_000_000_000


def test_the_profile_guid_of_windows_8_1_came_with_its_media(machine):
    (fact,), _ = machine(WINDOWS_8_1)(hardware_profile_guid, r"ControlSet001\Control\IDConfigDB\Hardware Profiles")
    assert fact.value in HARDWARE_PROFILE_GUID.known_values
    (media,) = (fact for fact in _interfaces(machine(WINDOWS_8_1)) if is_media_guid(fact.value.id))
    assert media.value.id == "bbed3e08-0b41-11e3-8249-806e6f6e6963"


def _interfaces(read):
    keys, _ = read(lambda key: iter([child.path for child in key.keys()]), INTERFACES)
    return [fact for path in keys for fact in read(network_interface, path)[0]]


def test_interfaces_and_adapters_of_a_real_machine(machine):
    read = machine(UPGRADED)
    interfaces = {fact.value.id: fact.value for fact in _interfaces(read)}
    assert len(interfaces) == 4
    lease = interfaces["5f3f359e-9d52-4566-9bec-37efdfb25abe"]
    assert (lease.address, lease.gateway_mac, str(lease.lease_obtained)) == (
        "192.168.146.128",
        "00:50:56:e0:3f:3e",
        "2020-04-24T05:15:08.0000000Z",
    )
    facts, failure = read(adapter_driver, CLASS)
    assert failure is None
    hardware = {fact.value.description for fact in facts if fact.kind == "network-adapter" and not fact.value.is_software}
    assert "Intel(R) 82574L Gigabit Network Connection" in hardware
    path = rf"ControlSet001\Control\NetworkSetup2\Interfaces\{{{lease.id}}}\Kernel"
    assert {fact.value.mac for fact in read(interface_address, path)[0]} == {"00:0c:29:f3:ff:de"}


def test_timers_begin_at_the_run_of_setupcl(machine):
    read = machine(WINDOWS_10)
    (timer,), _ = read(setup_timer, r"Setup\Timers\OobeBootPerf")
    (run,), _ = read(setupcl_run, r"Setup\SetupCl")
    assert timer.value.start == run.written == 30655940 << 32 | 3384766838


def test_upgrades_of_a_real_machine(machine):
    facts, failure = machine(UPGRADED)(source_os, "Setup")
    assert failure is None
    assert [(fact.value.label, fact.value.product, fact.value.build) for fact in facts] == [
        ("Source OS (Updated on 1/6/2019 02:18:37)", "Windows 10 Pro", "15063"),
        ("Source OS (Updated on 5/16/2019 00:55:20)", "Windows 10 Pro", "17134"),
    ]
    assert isinstance(machine(WINDOWS_10)(source_os, "Setup")[1], NotFound)


def test_what_the_logs_of_a_dirty_hive_add_is_marked_as_recovered(real):
    logs = [Bytes(real(f"{WINDOWS_10}.{log}").read_bytes()) for log in ("LOG1", "LOG2")]
    data = Bytes(real(WINDOWS_10).read_bytes())
    before, after = (
        {fact.value.name: fact for fact in state(mounted_device, hive, "MountedDevices")[0]} for hive in (Hive(data), Hive(data, logs=logs))
    )
    assert after.keys() - before.keys() == {r"\DosDevices\F:"}
    added = after[r"\DosDevices\F:"]
    assert (added.value.disk_signature, added.value.offset, added.state) == ("76d45981", 1048576, "recovered")


def test_an_xp_has_no_tag_and_no_media_time_but_names_and_devices(machine):
    read = machine(XP)
    assert isinstance(read(clone_tag, "Setup")[1], NotFound)
    assert isinstance(read(media_time, "")[1], NotFound)
    assert [read(computer_name, rf"ControlSet00{number}\Control\ComputerName")[0][0].value.name for number in (1, 2)] == ["M57-PAT"] * 2
    devices = {fact.value.name: fact.value for fact in read(mounted_device, "MountedDevices")[0]}
    assert (devices[r"\DosDevices\C:"].disk_signature, devices[r"\DosDevices\C:"].offset) == ("d350d350", 32256)
    (fact,), _ = read(hardware_profile_guid, r"ControlSet001\Control\IDConfigDB\Hardware Profiles")
    assert fact.value == "35019240-cc7c-11de-89d7-806d6172696f"


def test_a_damaged_hive_states_what_is_sound_and_names_the_damage(machine):
    read = machine(DAMAGED)
    assert read(computer_name, r"ControlSet001\Control\ComputerName")[0][0].value.name == "GINEVRA"
    devices = {fact.value.name: fact.value for fact in read(mounted_device, "MountedDevices")[0]}
    assert devices[r"\DosDevices\C:"].disk_signature == "e3f5e3f5"
    assert read(setup_command, "Setup")[0][0].value.text.startswith(r"C:\WINDOWS\System32\oobe\msoobe.exe /update")
    assert isinstance(read(setupcl_run, r"Setup\SetupCl")[1], NotFound)


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("hives/servers/win2008_32/security.reg", "2008-01-19T11:35:18.26909"),
        ("hives/servers/win2008r2_64/security.reg", "2009-07-14T04:49:28.84205"),
        ("hives/servers/win2012_64/security.reg", "2012-07-26T07:11:30.40891"),
        ("hives/ericzimmerman/SECURITY", "2013-08-22T14:47:55.90819"),
    ],
)
def test_the_policy_revision_is_of_the_media_until_windows_8_1(machine, name, time):
    (fact,), _ = machine(name)(policy_revision, r"Policy\PolRevision")
    assert str(fact.value.newest).startswith(time)


@pytest.mark.parametrize(
    "name",
    [
        "hives/m57-pat-xp/SECURITY",
        "hives/msedgewin10/SECURITY",
        "hives/servers/win2016_64/security.reg",
        "hives/servers/win2022_64/security.reg",
        "machines/win10-rathbun/Registry/SECURITY",
        "machines/win10-belkasoft/Registry/SECURITY",
    ],
)
def test_the_policy_revision_of_xp_and_of_windows_10_is_not_taken_for_the_media(machine, name):
    facts, failure = machine(name)(policy_revision, r"Policy\PolRevision")
    assert (facts, type(failure)) == ([], NotFound)
