"""The disk and the volume below the installation."""

import struct

import pytest

from forensic.artifacts.storage.disk import (
    PartitionPlace,
    disk_guid,
    disk_signature,
    partition,
    volume_created,
    volume_serial,
)
from forensic.errors import NotFound
from forensic.volumes.disk import open_disk
from tests.builders.source import Bytes

SECTOR = 512
NTFS_SERIAL = 0x8CC6A1B2C3D4E5F6


def ntfs_boot():
    sector = bytearray(SECTOR)
    sector[0:11] = b"\xeb\x52\x90NTFS    "
    struct.pack_into("<HB", sector, 11, SECTOR, 8)
    sector[21] = 0xF8
    struct.pack_into("<QQQ", sector, 40, 2000, 4, 8)
    sector[64], sector[68] = 0xF6, 1
    struct.pack_into("<Q", sector, 0x48, NTFS_SERIAL)
    sector[510:] = b"\x55\xaa"
    return bytes(sector)


def mbr_disk(signature=0x273E4CFE):
    data = bytearray(4096 * SECTOR)
    struct.pack_into("<I", data, 0x1B8, signature)
    struct.pack_into("<B3xB3xII", data, 446, 0x80, 0x07, 2048, 2000)
    data[510:512] = b"\x55\xaa"
    data[2048 * SECTOR : 2049 * SECTOR] = ntfs_boot()
    return open_disk(Bytes(data))


def test_states_signature_serial_and_partition_of_an_mbr_disk_with_their_places():
    (volume,) = mbr_disk().volumes
    (signature,), (serial,), (place,) = disk_signature(volume), volume_serial(volume), partition(volume)
    assert (signature.value, signature.place.offset, signature.raw) == ("273e4cfe", 0x1B8, "fe4c3e27")
    assert (serial.value, serial.place.offset) == ("8cc6a1b2c3d4e5f6", 2048 * SECTOR + 0x48)
    assert place.value == PartitionPlace("mbr", 2048 * SECTOR, 2000 * SECTOR)


def test_says_that_an_mbr_disk_has_no_guid_and_a_volume_without_mft_no_creation_time():
    (volume,) = mbr_disk().volumes
    with pytest.raises(NotFound):
        list(disk_guid(volume))
    with pytest.raises(NotFound):
        list(volume_created(volume))


def test_says_that_a_bare_volume_has_neither_signature_nor_guid():
    (volume,) = open_disk(Bytes(ntfs_boot() + bytes(2000 * SECTOR))).volumes
    for read in (disk_signature, disk_guid):
        with pytest.raises(NotFound):
            list(read(volume))
    assert next(partition(volume)).value.scheme == "none"


def test_a_signature_of_zero_is_none():
    (volume,) = mbr_disk(0).volumes
    with pytest.raises(NotFound):
        list(disk_signature(volume))


def test_states_what_a_real_gpt_disk_holds(real):
    disk = open_disk(Bytes(real("images/dfvfs/gpt.raw").read_bytes()))
    volume = disk.volumes[0]
    (guid,), (place,) = disk_guid(volume), partition(volume)
    assert (len(guid.value), place.value.scheme) == (36, "gpt")
    assert place.value.guid is not None
    assert place.raw == volume.partition_guid.raw.hex()
