"""Builds the benchmark image: 4 GB sparse, 100,000 files, a SOFTWARE hive of more than 100 MB; raw and E01.

`python -m benchmarks.build FOLDER`, on Linux with ntfs-3g (mkntfs), libfaketime, wimtools and ewf-tools. Takes some minutes and 5 GB.
"""

import subprocess
import sys
from pathlib import Path

from tests.builders.hive import REG_DWORD, REG_SZ
from tests.builders.samples import mbr, ntfs
from tests.builders.world import RELEASES, Life, World

FILES = 100_000
KEYS = 495_000
SIZE = 4_000 << 20


class Large(Life):
    """A Windows 10 whose SOFTWARE has the size that years of use give it."""

    def _software(self):
        hive = super()._software()
        for number in range(KEYS):
            path = rf"Classes\Installer\Components\{number // 500:04x}\{number:08x}-0000-4000-8000-000000000000"
            hive.key(path, written=self.state.last_use)
            if number % 2:
                hive.value(path, "File", REG_SZ, rf"C:\Program Files\Suite {number % 97}\component {number}.dll")
            if number % 3 == 0:
                hive.value(path, "Count", REG_DWORD, number)
        return hive


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    world = World(99)
    life = Large(world, RELEASES["10"]).install(world.computer(), "2021-03-02T09:10:00Z")
    for number in range(5):
        life.add_user(f"user{number}", "2021-03-02T09:41:00Z")
    life.use("2023-06-30T12:00:00Z")
    files = life.files()
    for number in range(FILES):
        files[f"Windows/WinSxS/part {number // 400:03}/component {number:06}.manifest"] = b"<assembly/>" + str(number).encode()
    volume = ntfs(life, files, SIZE, "2021-03-02T09:00:00Z", serial=0x1234567890ABCDEF)
    raw = folder / "large.raw"
    disk = mbr(life.computer, b"", 7)
    del files
    with raw.open("wb") as file:  # sparse: only what is not zero is written
        table = bytearray(disk)
        table[458:462] = (len(volume) // 512).to_bytes(4, "little")
        file.write(table)
        start = len(table)
        for at in range(0, len(volume), 1 << 20):
            block = volume[at : at + (1 << 20)]
            if any(block):
                file.seek(start + at)
                file.write(block)
        file.truncate(start + len(volume))
    command = ["ewfacquire", "-u", "-q", "-t", str(folder / "large"), "-f", "encase6", "-c", "fast", "-m", "fixed", "-M", "physical"]
    subprocess.run([*command, "-S", "2000000000", "-b", "64", "-P", "512", str(raw)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
