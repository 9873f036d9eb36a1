"""Firmware tables."""

import struct

import pytest

from forensic.artifacts.hardware.smbios import Smbios, smbios
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, HiveBuilder

KEY = r"ControlSet001\Services\mssmbios\Data"
UUID = bytes.fromhex("564d1925efca37875c4450fe82f3ffde")


def structure(kind, fields, *strings, size=None):
    head = struct.pack("<BBH", kind, size or 4 + len(fields), kind)
    return head + fields + (b"".join(text + b"\0" for text in strings) if strings else b"\0") + b"\0"


BIOS = structure(0, bytes([1, 2, 0, 0, 3]), b"Phoenix", b"6.00", b"07/29/2019")
SYSTEM = structure(1, bytes([1, 2, 0, 3]) + UUID + bytes([6, 0, 4]), b"VMware, Inc.", b"VMware7,1", b"VMware-56 4d 19 25", b"Family")
BOARD = structure(2, bytes([1, 2, 0, 3]), b"Intel", b"440BX", b"None")
END = structure(127, b"")


def table(*structures, length=None):
    body = b"".join(structures)
    return struct.pack("<4BI", 0, 2, 7, 0, len(body) if length is None else length) + body


def facts_of(raw):
    hive = HiveBuilder(file_name="SYSTEM")
    hive.key(KEY)
    if raw is not None:
        hive.value(KEY, "SMBiosData", REG_BINARY, raw)
    return state(smbios, open_hive(hive), KEY)


def test_states_bios_system_and_board():
    facts, failure = facts_of(table(BIOS, SYSTEM, BOARD, END))
    assert failure is None
    assert facts[0].value == Smbios(
        uuid="25194d56-caef-8737-5c44-50fe82f3ffde",
        manufacturer="VMware, Inc.",
        product="VMware7,1",
        serial="VMware-56 4d 19 25",
        family="Family",
        bios_vendor="Phoenix",
        bios_version="6.00",
        bios_date="07/29/2019",
        board_manufacturer="Intel",
        board="440BX",
        board_serial="None",
    )
    assert facts[0].place.value == "SMBiosData"


def test_only_the_first_structure_of_a_type_counts_and_nothing_behind_the_end():
    second = structure(1, bytes([1, 2, 0, 3]) + UUID[::-1], b"Other", b"Other", b"Other")
    facts, _ = facts_of(table(BIOS, SYSTEM, second, END, b"\xff" * 30))
    assert facts[0].value.manufacturer == "VMware, Inc."


def test_parts_that_an_old_table_lacks_are_none():
    facts, _ = facts_of(table(structure(1, bytes([1, 0, 0, 9]), b"Old maker"), END))
    assert facts[0].value == Smbios(manufacturer="Old maker")


@pytest.mark.parametrize("filler", [b"\0", b"\xff"])
def test_a_uuid_that_was_never_set_is_none(filler):
    facts, _ = facts_of(table(structure(1, bytes([1, 0, 0, 0]) + filler * 16, b"Maker"), END))
    assert facts[0].value.uuid is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0" * 7, table(), table(END), table(BIOS, length=5000), table(b"\x01\x02\0\0ab\0\0"), table(b"\x01\x1b\0\0no end")],
)
def test_a_table_that_names_nothing_or_is_cut_short_is_malformed(raw):
    facts, failure = facts_of(raw)
    assert not facts
    assert isinstance(failure, Malformed)


def test_says_that_there_is_no_table():
    assert isinstance(facts_of(None)[1], NotFound)
