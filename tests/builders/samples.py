"""Builds `samples/`: small images with a story, from written hives, and `samples/manifest.json` that tells them.

Run by `make samples` on Linux with mkntfs and libfaketime, wimlib-imagex, mkfs.vfat and mtools. No person's data is in them.
"""

import binascii
import hashlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import uuid
import zipfile
from pathlib import Path

from forensic.model import FileTime
from tests.builders import ewf, transaction_log, virtual_disk
from tests.builders.world import RELEASES, Computer, Life, World, at

TARGET = Path(__file__).parent.parent.parent / "samples"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
SECTOR = 512


def run(*command, environment=None) -> None:
    """Run a program silently; its failure is ours."""
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def clock_at(time) -> dict[str, str]:
    """Return an environment in which the clock stands still at `time`."""
    return os.environ | {"LD_PRELOAD": FAKETIME, "FAKETIME": str(at(time))[:19].replace("T", " "), "TZ": "UTC"}


def spread(files: dict[str, bytes], folder: Path, written: FileTime) -> None:
    """Write files below a folder; all carry the time at which the installation was used last."""
    seconds = (int(written) - 116_444_736_000_000_000) / 10_000_000
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (seconds, seconds))


def ntfs(life: Life, files: dict[str, bytes], size: int, formatted, *, serial: int, version=(3, 1)) -> bytes:
    """Return an NTFS volume of `size` bytes, formatted at that moment, that holds `files`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spread(files, folder / "source", life.state.last_use)
        volume = folder / "volume"
        with volume.open("wb") as file:
            file.truncate(size)
        clock = clock_at(formatted)
        start = life.computer.disk.start // SECTOR
        run(
            "mkntfs",
            "-F",
            "-Q",
            "-q",
            "-s",
            SECTOR,
            "-c",
            4096,
            "-p",
            start,
            "-H",
            255,
            "-S",
            63,
            "-L",
            "System",
            volume,
            environment=clock,
        )
        run("wimlib-imagex", "capture", folder / "source", folder / "files.wim", "--no-acls", "--compress=none")
        run("wimlib-imagex", "apply", folder / "files.wim", 1, volume, environment=clock)
        data = bytearray(volume.read_bytes())
    numbered = struct.pack("<Q", serial)
    data[72:80] = numbered
    last = len(data) - SECTOR
    if data[last + 3 : last + 7] == b"NTFS":
        data[last + 72 : last + 80] = numbered
    if version != (3, 1):
        _set_ntfs_version(data, version)
    return bytes(data)


def _set_ntfs_version(data: bytearray, version: tuple[int, int]) -> None:
    """Patch $VOLUME_INFORMATION in record 3 of $MFT and of its mirror."""
    cluster = struct.unpack_from("<H", data, 11)[0] * data[13]
    for table in struct.unpack_from("<QQ", data, 48):
        record = table * cluster + 3 * 1024
        attribute = record + struct.unpack_from("<H", data, record + 20)[0]
        while struct.unpack_from("<I", data, attribute)[0] != 0x70:
            attribute += struct.unpack_from("<I", data, attribute + 4)[0]
        content = attribute + struct.unpack_from("<H", data, attribute + 20)[0]
        data[content + 8 : content + 10] = bytes(version)


def fat32(life: Life, files: dict[str, bytes], size: int, *, serial: int) -> bytes:
    """Return a FAT32 volume of `size` bytes that holds `files`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spread(files, folder / "source", life.state.last_use)
        volume = folder / "volume"
        with volume.open("wb") as file:
            file.truncate(size)
        hidden = life.computer.disk.start // SECTOR
        clock = clock_at(life.state.install)
        run("mkfs.vfat", "-F", 32, "-s", 1, "-i", f"{serial:08x}", "-n", "WINXP", "-h", hidden, volume, environment=clock)
        parts = sorted((folder / "source").iterdir())
        run("mcopy", "-s", "-m", "-Q", "-i", volume, *parts, "::/", environment=clock)
        return volume.read_bytes()


def mbr(computer: Computer, volume: bytes, kind: int) -> bytes:
    """Return a disk with one partition and the computer's disk signature."""
    disk = computer.disk
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", kind, b"\xfe\xff\xff", disk.start // SECTOR, len(volume) // SECTOR)
    table = b"\0" * 440 + struct.pack("<IH", disk.signature, 0) + entry.ljust(64, b"\0") + b"\x55\xaa"
    return table.ljust(disk.start, b"\0") + volume


def gpt(computer: Computer, volume: bytes) -> bytes:
    """Return a disk with one basic data partition, and the backup of the table at its end."""
    disk = computer.disk
    first, count = disk.start // SECTOR, len(volume) // SECTOR
    total = first + count + 33
    basic = uuid.UUID("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7").bytes_le
    entry = basic + uuid.UUID(disk.partition_guid).bytes_le + struct.pack("<QQQ", first, first + count - 1, 0)
    entries = entry.ljust(128 * 128, b"\0")

    def header(here: int, other: int, table: int) -> bytes:
        fields = (b"EFI PART", 0x10000, 92, 0, 0, here, other, 34, total - 34, uuid.UUID(disk.guid).bytes_le, table, 128, 128)
        packed = bytearray(struct.pack("<8sIIIIQQQQ16sQIII", *fields, binascii.crc32(entries)))
        struct.pack_into("<I", packed, 16, binascii.crc32(packed))
        return bytes(packed).ljust(SECTOR, b"\0")

    protective = (b"\0" * 446 + struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, total - 1)).ljust(510, b"\0") + b"\x55\xaa"
    front = (protective + header(1, total - 1, 2) + entries).ljust(disk.start, b"\0")
    return front + volume + entries + header(total - 1, 1, total - 33)


def main(target: Path = TARGET) -> None:
    """Build all samples and their manifest."""
    manifest = []
    for build in (ordinary, master, moved, changed, oldest, dirty):
        world = World(sum(build.__name__.encode()))
        random.seed(0)
        story = build(world, target)
        for path in sorted(target.glob(f"{story['image'].partition('.')[0]}.*")):
            story.setdefault("sha256", {})[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        manifest.append(story)
        sys.stderr.write(f"{story['image']}: {story['expected']['verdict']}\n")
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def _story(image: str, life: Life, verdict: str, text: str, how: str) -> dict:
    state = life.state
    return {
        "image": image,
        "story": "A" + text.removeprefix("Build a"),
        "built": how,
        "expected": {"verdict": verdict, "era": life.release.era, "machine_sid": str(state.sid), "computer_name": state.name},
    }


def ordinary(world: World, target: Path) -> dict:
    """Build a Windows 10 that was installed from media and used ever since on one computer."""
    computer = world.computer("Contoso", "OfficeBook 14", gpt=True)
    life = Life(world, RELEASES["10"]).install(computer, "2021-03-02T09:10:00Z", name="DESK-10")
    life.add_user("ann", "2021-03-02T09:41:00Z").add_user("ben", "2021-03-05T07:15:00Z").use("2022-01-14T16:22:00Z")
    volume = ntfs(life, life.files(), 24 << 20, "2021-03-02T09:02:11Z", serial=0x9C3A5F7E3A5F5B1C)
    ewf.write(target, gpt(computer, volume), "desk-10", sectors_per_chunk=64, chunks_per_table=1000, compressed=lambda _: True)
    return _story("desk-10.E01", life, "installed", ordinary.__doc__, "GPT, NTFS, E01 in one segment")


def master(world: World, target: Path) -> dict:
    """Build a Windows Server 2019 that was generalized and shut down: the master image as it should be."""
    computer = world.computer("VMware, Inc.", "VMware Virtual Platform", oui="00:50:56")
    life = Life(world, RELEASES["2019"]).install(computer, "2022-05-09T08:00:00Z", name="TEMPLATE19")
    life.use("2022-05-10T11:00:00Z").generalize("2022-05-10T12:30:05Z")
    volume = ntfs(life, life.files(), 24 << 20, "2022-05-09T07:55:40Z", serial=0x4E21AA0771C0DD35)
    image = mbr(computer, volume, 7)
    ewf.write(target, image, "master-2019", sectors_per_chunk=64, chunks_per_table=100, tables_per_segment=3, compressed=lambda _: True)
    return _story("master-2019.E01", life, "sealed-generalized", master.__doc__, "MBR, NTFS, E01 in several segments")


def moved(world: World, target: Path) -> dict:
    """Build a Windows 7 that was never generalized, and after eight months of use started on another computer from a copy of its disk."""
    first, second = world.computer("Contoso", "Desk 3"), world.computer("Fabrikam", "Tower 9", oui="00:1a:a0")
    life = Life(world, RELEASES["7"]).install(first, "2010-11-10T18:14:00Z", name="WKS-7A")
    life.add_user("carol", "2010-11-10T18:50:00Z").use("2011-07-05T17:00:00Z")
    life.boot(second, "2011-07-05T19:33:00Z").rename("WKS-7B", "2011-07-05T19:46:00Z").use("2011-09-30T15:00:00Z")
    volume = ntfs(life, life.files(), 15 << 18, "2010-11-10T18:05:00Z", serial=0x7C08B1D208B18C6A)
    image = mbr(second, volume, 7)
    (target / "moved-7.vhdx").write_bytes(virtual_disk.vhdx(image))
    return _story("moved-7.vhdx", life, "relocated-not-generalized", moved.__doc__, "MBR, NTFS, dynamic VHDX")


def changed(world: World, target: Path) -> dict:
    """Build a Windows XP on FAT32 that came from a copy of another computer's disk and got a new SID by NewSID there."""
    first, second = world.computer("Contoso", "Desk 1"), world.computer("Contoso", "Desk 1")
    life = Life(world, RELEASES["xp"]).install(first, "2008-09-01T08:00:00Z", name="LAB-00")
    life.add_user("dora", "2008-09-01T09:00:00Z").use("2008-10-20T12:00:00Z")
    life.boot(second, "2008-10-21T07:30:00Z").change_sid("2008-10-21T07:52:00Z").rename("LAB-17", "2008-10-21T07:55:00Z")
    life.use("2009-03-13T14:00:00Z")
    files = life.files() | {"boot.ini": b"[boot loader]\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\Windows\r\n"}
    image = mbr(second, fat32(life, files, 40 << 20, serial=0x3D1A4C02), 0x0C)
    with zipfile.ZipFile(target / "lab-xp.raw.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(zipfile.ZipInfo("lab-xp.raw", (2009, 3, 13, 14, 0, 0)), image, zipfile.ZIP_DEFLATED, 9)
    return _story("lab-xp.raw.zip", life, "sid-changed", changed.__doc__, "MBR, FAT32, raw in a zip archive")


def oldest(world: World, target: Path) -> dict:
    """Build a Windows NT 4.0 workstation as it was installed."""
    computer = world.computer("Contoso", "Desk 0")
    life = Life(world, RELEASES["nt4"]).install(computer, "1998-02-11T10:00:00Z", name="NTWS4")
    life.add_user("erik", "1998-02-11T11:00:00Z").use("1999-06-18T15:30:00Z")
    volume = ntfs(life, life.files(), 24 << 20, "1998-02-11T09:40:00Z", serial=0x18C4E0DDC4E0BF4E, version=(1, 2))
    (target / "nt4.qcow2").write_bytes(virtual_disk.qcow2(mbr(computer, volume, 7), cluster_bits=16, packed="deflate"))
    return _story("nt4.qcow2", life, "installed", oldest.__doc__, "MBR, NTFS 1.2, compressed QCOW2")


def dirty(world: World, target: Path) -> dict:
    """Build a Windows 10 imaged while it ran: that it moved to another computer stands only in the transaction logs of its hives."""
    first, second = world.computer("Contoso", "Desk 5"), world.computer("Fabrikam", "Tower 11", oui="00:1a:a0")
    life = Life(world, RELEASES["10"]).install(first, "2021-05-04T12:00:00Z", name="DESK-5")
    life.add_user("finn", "2021-05-04T12:40:00Z").use("2022-02-01T16:00:00Z")
    before = life.files()
    life.boot(second, "2022-02-02T08:05:00Z").rename("DESK-5B", "2022-02-02T08:30:00Z")
    files = life.files()
    path = "Windows/System32/config/SYSTEM"
    after = files[path]
    blocks = transaction_log.changed_blocks(before[path].ljust(len(after), b"\0"), after)
    half = len(blocks) // 2
    files[path] = transaction_log.dirty(before[path], primary=4, secondary=2)
    files[f"{path}.LOG1"] = transaction_log.new_log(after, 2, [transaction_log.entry(after, blocks[:half], 2)])
    files[f"{path}.LOG2"] = transaction_log.new_log(after, 3, [transaction_log.entry(after, blocks[half:], 3)])
    volume = ntfs(life, files, 24 << 20, "2021-05-04T11:50:00Z", serial=0x6AF0C1B2F0C18A44)
    ewf.write(target, mbr(second, volume, 7), "dirty-10", sectors_per_chunk=64, chunks_per_table=1000, compressed=lambda _: True)
    return _story(
        "dirty-10.E01", life, "relocated-not-generalized", dirty.__doc__, "MBR, NTFS, E01; SYSTEM is dirty, LOG1 and LOG2 hold the move"
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
