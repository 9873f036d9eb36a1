import pytest

from forensic.artifacts.hardware.device_generation import device_generation
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from tests.artifacts.reading import open_hive, open_real, state
from tests.builders.hive import REG_BINARY, REG_SZ, HiveBuilder

ENUM = r"ControlSet001\Enum"
PROPERTIES = r"Properties\{83da6326-97a6-4088-9453-a1923f573b29}"
SYSTEM, NETWORK, DISK, CONTROLLER, PROCESSOR = (
    "{4d36e97d-e325-11ce-bfc1-08002be10318}",
    "{4D36E972-E325-11CE-BFC1-08002BE10318}",
    "{4d36e967-e325-11ce-bfc1-08002be10318}",
    "{4d36e96a-e325-11ce-bfc1-08002be10318}",
    "{50127dc3-0f36-415e-a6cc-4cb3be910b65}",
)
FILETIME = 0xFFFF0010
START = FileTime.from_iso("2021-03-02T09:10:00.0000000Z")
MINUTE = 600_000_000


class Devices:
    def __init__(self, *, style="10"):
        self.hive, self.style = HiveBuilder(file_name="SYSTEM"), style
        self.hive.key(ENUM)

    def add(self, device, kind, minutes, arrived=None):
        key, time = rf"{ENUM}\{device}", FileTime(START + minutes * MINUTE)
        self.hive.key(key, written=time)
        if kind:
            self.hive.value(key, "ClassGUID", REG_SZ, kind)
        for number, moment in ((0x65, time), (0x66, arrived)) if self.style != "xp" else ():
            if moment is None:
                continue
            if self.style == "7":
                self.hive.value(rf"{key}\{PROPERTIES}\{number:08x}\00000000", "Data", REG_BINARY, moment.to_bytes(8, "little"))
            else:
                self.hive.value(rf"{key}\{PROPERTIES}\{number:04x}", "", FILETIME, moment.to_bytes(8, "little"))
        return self

    def state(self):
        return state(device_generation, open_hive(self.hive, "SYSTEM"), ENUM)


def board(devices, vendor, minutes, slot="3&11583659&0&"):
    for number in range(4):
        devices.add(rf"PCI\VEN_{vendor}&DEV_000{number}&SUBSYS_00000000&REV_01\{slot}0{number}", SYSTEM, minutes)
    devices.add(rf"PCI\VEN_{vendor}&DEV_2829&SUBSYS_00000000&REV_02\{slot}68", CONTROLLER, minutes + 1)
    return devices.add(rf"PCI\VEN_{vendor}&DEV_100F&SUBSYS_075015AD&REV_01\{slot}18", NETWORK, minutes + 2)


@pytest.mark.parametrize("style", ["10", "7", "xp"])
def test_hardware_that_was_found_together_is_one_generation(style):
    devices = board(Devices(style=style), "8086", 0)
    devices.add(r"ACPI\GenuineIntel_-_Intel64_Family_6_Model_60\_0", PROCESSOR, 0)
    devices.add(r"SCSI\Disk&Ven_ATA&Prod_SSD\4&8f5d389&0&000000", DISK, 9)
    devices.add(r"STORAGE\Volume\{a08efebf-a076-11e5-824f-806e6f6e6963}#0000000000100000", None, 9)
    (fact,), failure = devices.state()
    generation = fact.value
    assert failure is None
    assert (fact.kind, generation.first, generation.last) == ("device-generation", START, START + 9 * MINUTE)
    assert generation.basis == ("key-written" if style == "xp" else "first-install")
    assert generation.chipset == tuple(rf"PCI\VEN_8086&DEV_000{number}" for number in range(4))
    assert (generation.controllers, generation.processors) == ((r"PCI\VEN_8086&DEV_2829",), ("GenuineIntel_-_Intel64_Family_6_Model_60",))
    assert [(card.id, card.instance) for card in generation.network] == [
        (r"PCI\VEN_8086&DEV_100F&SUBSYS_075015AD&REV_01", "3&11583659&0&18")
    ]
    assert [disk.id for disk in generation.disks] == [r"SCSI\Disk&Ven_ATA&Prod_SSD"]
    assert generation.volumes == ("{a08efebf-a076-11e5-824f-806e6f6e6963}#0000000000100000",)
    assert (generation.devices, generation.left_out, generation.smaller) == (9, 0, 0)
    assert START.to_bytes(8, "little").hex() == fact.raw


def test_a_second_board_is_a_second_generation():
    facts, _ = board(board(Devices(), "8086", 0), "1022", 400_000, slot="3&2411e6fe&0&").state()
    first, second = (fact.value for fact in facts)
    assert (len(first.chipset), len(second.chipset), set(first.chipset) & set(second.chipset)) == (4, 4, set())
    assert (first.devices, second.devices) == (6, 6)
    assert second.first == START + 400_000 * MINUTE


def test_a_second_card_of_one_model_in_another_slot_is_told_from_the_first():
    model = r"PCI\VEN_8086&DEV_100F&SUBSYS_075015AD&REV_01"
    devices = board(Devices(), "8086", 0).add(rf"{model}\4&47b7341&0&1888", NETWORK, 300_000)
    first, second = (fact.value.network[0] for fact in devices.state()[0])
    assert (first.id, first.id) == (model, second.id)
    assert first.instance != second.instance


@pytest.mark.parametrize(("minutes", "count"), [(10, 1), (11, 2)])
def test_ten_minutes_part_generations(minutes, count):
    devices = Devices().add(r"PCI\VEN_8086&DEV_0001\a", SYSTEM, 0).add(r"PCI\VEN_8086&DEV_0002\b", SYSTEM, minutes)
    assert len(devices.state()[0]) == count


def test_the_latest_arrival_is_that_of_devices_that_stay():
    later, latest = FileTime(START + 1000 * MINUTE), FileTime(START + 2000 * MINUTE)
    devices = Devices().add(r"PCI\VEN_8086&DEV_0001\a", SYSTEM, 0, later).add(r"SCSI\Disk&Ven_X\b", DISK, 0, latest)
    (fact,), _ = devices.state()
    assert (fact.value.arrived, fact.value.disks[0].arrived) == (later, latest)


def test_the_mac_address_in_a_serial_number_is_read():
    devices = (
        Devices().add(r"PCI\VEN_8086&DEV_10D3\000C29FFFFF3FFDE00", NETWORK, 0).add(r"PCI\VEN_8086&DEV_10D3\3&61aaa01&0&A8", NETWORK, 0)
    )
    (fact,), _ = devices.state()
    assert [card.mac for card in fact.value.network] == ["00:0c:29:f3:ff:de", None]


def test_usb_and_removable_things_do_not_count():
    devices = Devices().add(r"PCI\VEN_8086&DEV_0001\a", SYSTEM, 0)
    devices.add(r"USBSTOR\Disk&Ven_SanDisk\AA01", DISK, 0).add(r"HID\VID_1\a", None, 0).add(r"STORAGE\VolumeSnapshot\1", None, 0)
    devices.add(r"STORAGE\Volume\_??_USBSTOR#Disk&Ven_SanDisk#AA01&0#{53f56307-b6bf-11d0-94f2-00a0c91efb8b}", None, 0)
    (fact,), _ = devices.state()
    assert fact.value.devices == 1


def test_a_hive_without_devices_is_not_found():
    facts, failure = Devices().add(r"ROOT\Legacy\0", None, 0).state()
    assert facts == []
    assert isinstance(failure, NotFound)


def test_a_damaged_time_is_a_gap_beside_the_other_devices():
    devices = Devices().add(r"PCI\VEN_8086&DEV_0001\a", SYSTEM, 0).add(r"PCI\VEN_8086&DEV_0002\b", SYSTEM, 0)
    devices.hive.value(rf"{ENUM}\PCI\VEN_8086&DEV_0002\b\{PROPERTIES}\0065", "", FILETIME, b"\1\2\3")
    (fact,), failure = devices.state()
    assert fact.value.devices == 1
    assert isinstance(failure, Malformed)


def test_lists_and_generations_are_bounded():
    devices = Devices()
    for number in range(70):
        devices.add(rf"PCI\VEN_8086&DEV_{number:04X}\a", SYSTEM, 0)
        devices.add(rf"PCI\VEN_8086&DEV_{number:04X}\b", SYSTEM, 100 * (number + 1))
    facts, _ = devices.state()
    assert (len(facts), facts[0].value.devices, len(facts[0].value.chipset), facts[0].value.left_out) == (64, 70, 64, 6)
    assert {fact.value.smaller for fact in facts} == {7}


SEEN = {
    "hives/regipy/SYSTEM_2": [("2015-12-12T02:18:26.5814430Z", 22, 3, 1, 1)],
    "hives/regipy/SYSTEM_B": [("2018-03-27T10:45:33.1309961Z", 1, 1, 0, 0), ("2018-03-27T12:11:28.6658991Z", 60, 11, 1, 2)],
    "hives/m57-pat-xp/SYSTEM": [
        ("2009-11-08T15:39:11.1093750Z", 2, 0, 0, 0),
        ("2009-11-10T23:41:36.1562500Z", 1, 0, 0, 0),
        ("2009-11-17T00:06:32.7968750Z", 2, 0, 0, 0),
        ("2009-12-08T01:44:10.7500000Z", 31, 4, 1, 1),
    ],
}


@pytest.mark.parametrize("name", SEEN)
def test_machines_that_never_moved_have_one_chipset(real, name):
    facts, failure = state(device_generation, open_real(real(name)), ENUM)
    assert failure is None
    seen = [(str(v.first), v.devices, len(v.chipset), len(v.processors), len(v.network)) for v in (fact.value for fact in facts)]
    assert seen == SEEN[name]


def test_a_real_virtual_machine_that_moved_to_another_host_has_a_second_processor(real):
    facts, _ = state(device_generation, open_real(real("hives/regipy/SYSTEM_WIN_10_1709")), ENUM)
    first, second = (fact.value for fact in facts if fact.value.processors)
    assert "i7-6820HQ" in first.processors[0]
    assert "i9-9880H" in second.processors[0]
    assert (str(second.first), len(first.chipset), second.chipset) == ("2020-02-13T11:59:13.2258450Z", 7, ())
    assert first.network[0].mac == "00:0c:29:f3:ff:de"


def test_the_serial_number_of_a_real_ide_disk_is_read(real):
    facts, _ = state(device_generation, open_real(real("hives/m57-pat-xp/SYSTEM")), ENUM)
    assert facts[-1].value.disks[0].serial == "WD-WM6760225211"
