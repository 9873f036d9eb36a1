"""Builds the benchmark images: 4 GB sparse, 100,000 files, hives as large as years of use make them, logs; raw and E01.

`python -m benchmarks.build FOLDER [NAME ...]`, on Linux with ntfs-3g (mkntfs), libfaketime, wimtools and ewf-tools. Builds those of the
named images (by default all) that are not there. Takes some minutes and 1 GB for each.
"""

import random
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks import traces
from tests.builders.hive import REG_DWORD, REG_EXPAND_SZ, REG_SZ
from tests.builders.samples import SECTOR, clock_at, mbr, run, spread
from tests.builders.world import RELEASES, Life, World

FILES = 100_000
WINDOWS, WINDOWS_NT = r"Microsoft\Windows\CurrentVersion", r"Microsoft\Windows NT\CurrentVersion"


class Software(NamedTuple):
    """How large SOFTWARE is."""

    keys: int
    breadth: dict[str, int]
    """How many keys lie side by side below a path."""


IMAGES = {
    "large": Software(495_000, {"Microsoft": 600, WINDOWS_NT: 150, WINDOWS: 150}),
    "broad": Software(495_000, {"Microsoft": 8000, WINDOWS_NT: 5000, WINDOWS: 5000}),
    "crowded": Software(529_000, {"Microsoft": 600, WINDOWS_NT: 60_000, WINDOWS: 150}),
}
"""As broad as on computers in use; many times that; and one key with 60,000 subkeys, among which each triage looks for one that is absent
(`WinPE`)."""
SIZE = 4_000 << 20
BLOCK = 1 << 20
FORMATTED = "2021-03-02T09:00:00Z"
SYLLABLES = [
    "ba",
    "co",
    "da",
    "el",
    "fa",
    "gi",
    "ho",
    "in",
    "ja",
    "ko",
    "lu",
    "mi",
    "no",
    "or",
    "pe",
    "qui",
    "ra",
    "so",
    "ta",
    "un",
    "ve",
    "wi",
    "xa",
    "yo",
    "zu",
]


class Large(Life):
    """A Windows 10 whose hives have as many keys, side by side and in all, as one that was in use for years."""

    def __init__(self, world, release, software):
        super().__init__(world, release)
        self.software = software
        self.names = random.Random(7)

    def _fill(self, hive, path, count, kind="Module"):
        """Make `count` keys below `path`, of names all over the alphabet, with the values that keys there commonly have."""
        for number in range(count):
            key = rf"{path}\{''.join(self.names.choices(SYLLABLES, k=4)).title()}{kind}{number}"
            hive.key(key, written=self.state.last_use)
            hive.value(key, "", REG_SZ, f"{kind} {number}")
            hive.value(key, "Path", REG_EXPAND_SZ, rf"%ProgramFiles%\Suite {number % 97}\module {number}.dll")
            hive.value(rf"{key}\Settings", "Flags", REG_DWORD, number)

    def _software(self):
        hive = super()._software()
        sizes = {**self.software.breadth, "Classes": 10_000, "Policies": 20, r"WOW6432Node\Microsoft": 300}
        for path, count in sizes.items():
            self._fill(hive, path, count)
        for number in range(self.software.keys - 2 * sum(sizes.values())):
            path = rf"Classes\Installer\Components\{number // 500:04x}\{number:08x}-0000-4000-8000-000000000000"
            hive.key(path, written=self.state.last_use)
            if number % 2:
                hive.value(path, "File", REG_SZ, rf"C:\Program Files\Suite {number % 97}\component {number}.dll")
            if number % 3 == 0:
                hive.value(path, "Count", REG_DWORD, number)
        return hive

    def _system(self):
        hive = super()._system()
        self._fill(hive, r"ControlSet001\Control", 100)
        self._fill(hive, r"ControlSet001\Services", 480, "Service")
        for bus, count in (("PCI", 90), ("USB", 120), ("SWD", 150), ("ROOT", 60)):
            self._fill(hive, rf"ControlSet001\Enum\{bus}", count, "Device")
        return hive

    def _ntuser(self, user):
        hive = super()._ntuser(user)
        self._fill(hive, r"Software\Microsoft", 100)
        if user is not None:
            self._fill(hive, r"Software\Classes\Local Settings", 6000)
        return hive


def format_volume(volume: Path, life: Life, files: dict[str, bytes]) -> None:
    """Make an NTFS volume that holds `files`."""
    with volume.open("wb") as file:
        file.truncate(SIZE)
    clock, start = clock_at(FORMATTED), life.computer.disk.start // SECTOR
    geometry = ("-s", SECTOR, "-c", 4096, "-p", start, "-H", 255, "-S", 63)
    run("mkntfs", "-F", "-Q", "-q", *geometry, "-L", "System", volume, environment=clock)
    source, archive = volume.with_name("source"), volume.with_name("files.wim")
    spread(files, source, life.state.last_use)
    run("wimlib-imagex", "capture", source, archive, "--no-acls", "--compress=none")
    run("wimlib-imagex", "apply", archive, 1, volume, environment=clock)
    traces.describe(volume, life, [path for path in files if path.endswith(".manifest")][: traces.DESCRIPTORS])


def join(raw: Path, life: Life, volume: Path) -> None:
    """Write the disk: its table, and the volume's blocks that are not empty."""
    table = bytearray(mbr(life.computer, b"", 7))
    table[458:462] = (SIZE // SECTOR).to_bytes(4, "little")
    with raw.open("wb") as disk, volume.open("rb") as file:
        disk.write(table)
        while block := file.read(BLOCK):
            if block.count(0) != len(block):
                disk.seek(len(table) + file.tell() - len(block))
                disk.write(block)
        disk.truncate(len(table) + SIZE)


def main(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or IMAGES:
        if not (folder / f"{name}.E01").exists():
            build(folder / f"{name}.raw", IMAGES[name])


def build(raw: Path, software: Software) -> None:
    """Write the raw image, and beside it the same as E01."""
    folder, world = raw.parent, World(99)
    life = Large(world, RELEASES["10"], software)
    life.install(world.computer(), "2021-03-02T09:10:00Z")
    for number in range(5):
        life.add_user(f"user{number}", "2021-03-02T09:41:00Z")
    life.use("2023-06-30T12:00:00Z")
    files = life.files() | traces.traces(life)
    for number in range(FILES):
        files[f"Windows/WinSxS/part {number // 400:03}/component {number:06}.manifest"] = b"<assembly/>" + str(number).encode()
    with tempfile.TemporaryDirectory(dir=folder) as name:
        volume = Path(name) / "volume"
        format_volume(volume, life, files)
        join(raw, life, volume)
    options = ("-f", "encase6", "-c", "fast", "-m", "fixed", "-M", "physical", "-S", "2000000000", "-b", "64", "-P", SECTOR)
    run("ewfacquire", "-u", "-q", "-t", raw.with_suffix(""), *options, raw)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
