"""Builds `tests/data/ntfs.raw.xz`: a small NTFS volume with everything that makes paths and contents hard.

Beside it `ntfs-large-clusters.raw.xz`: one with clusters of 2 MiB, which holds `LARGE_FILES`.

Run by hand, on Linux with mkntfs, ntfs-3g, wimlib-imagex, xz and the right to mount: `python -m tests.builders.ntfs_fixture`.
The tests read the result only. What it holds is listed in `FILES` and by the functions below.
"""

import lzma
import os
import random
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TARGET = Path(__file__).parent.parent / "data" / "ntfs.raw.xz"
LARGE_TARGET = TARGET.with_name("ntfs-large-clusters.raw.xz")
LARGE_FILES = {"Windows/System32/config/SAM": b"this is SAM", "large.txt": b"past one cluster " * 150_000}
SIZE = 20 << 20
MANY = 3000
"""Files in `Windows/System32/many`, named `file 0000.dat` and so on; each holds its number in decimal."""
DEEP = 24
WOF, DEDUP, CLOUD, CLOUD_HYDRATED, SYMLINK, JUNCTION = 0x80000017, 0x80000013, 0x9000101A, 0x9000201A, 0xA000000C, 0xA0000003
ALGORITHMS = {"xpress4k": 0, "lzx": 1, "xpress8k": 2, "xpress16k": 3}


def text(size: int = 30_000) -> bytes:
    """Return words that compress about as well as text, then noise that does not."""
    source = random.Random(1)
    words = [bytes(source.randrange(97, 123) for _ in range(source.randrange(2, 9))) for _ in range(120)]
    return b" ".join(source.choice(words) for _ in range(size))[:size] + source.randbytes(5000) + b"the end"


CONFIG = {name: f"this is {name}".encode() for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM")}
FILES = {
    **{f"Windows/System32/config/{name}": content for name, content in CONFIG.items()},
    "Umläute/Ünïcode Жук 漢字.txt": b"not ASCII",
    "Umläute/ÿŸ.txt": b"a small letter whose capital is far away",
    "Umläute/😀.txt": b"two UTF-16 units",
    "/".join(f"level {number}" for number in range(DEEP)) + "/bottom.txt": b"deep",
    "Program Files/A long name.text": b"long",
    "content/compressed.txt": text(),
    "content/plain.txt": text(),
    "content/empty": b"",
    "content/linked.txt": b"many hard links, so that the record needs an attribute list",
}


def packed_by_wim(content: bytes, algorithm: str, folder: Path) -> bytes:
    """Return `content` compressed as a stream WofCompressedData holds it: a WIM resource has the same layout."""
    source, target = folder / "source", folder / f"{algorithm}.wim"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir()
    (source / "file").write_bytes(content)
    kind, chunk = ("lzx", 32768) if algorithm == "lzx" else ("xpress", int(algorithm[6:-1]) * 1024)
    run("wimlib-imagex", "capture", source, target, f"--compress={kind}", f"--chunk-size={chunk}")
    data = target.read_bytes()
    size, offset = int.from_bytes(data[48:55], "little"), int.from_bytes(data[56:64], "little")
    for at in range(offset, offset + size, 50):
        stored, flags = int.from_bytes(data[at : at + 7], "little"), data[at + 7]
        where, original = struct.unpack_from("<QQ", data, at + 8)
        if original == len(content) and flags & 4:
            return data[where : where + stored]
    raise ValueError("the WIM does not hold the content compressed")


def wof(algorithm: int, provider: int = 2) -> bytes:
    return reparse(WOF, struct.pack("<IIII", 1, provider, 1, algorithm))


def reparse(tag: int, data: bytes) -> bytes:
    return struct.pack("<IHH", tag, len(data), 0) + data


def link(tag: int, target: str) -> bytes:
    name = target.encode("utf-16-le")
    flags = struct.pack("<I", 0) if tag == SYMLINK else b""
    return reparse(tag, struct.pack("<HHHH", 0, len(name), len(name) + 2, 0) + flags + name + b"\0\0\0\0")


def fill(root: Path, folder: Path) -> None:
    (root / "content").mkdir()
    os.setxattr(root / "content", "system.ntfs_attrib_be", struct.pack(">I", 0x810))
    (root / "content" / "compressed.txt").write_bytes(FILES["content/compressed.txt"])
    os.setxattr(root / "content", "system.ntfs_attrib_be", struct.pack(">I", 0x10))
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if not (root / name).exists():
            (root / name).write_bytes(content)
    many = root / "Windows/System32/many"
    many.mkdir()
    order = list(range(MANY))
    random.Random(2).shuffle(order)
    for number in order:
        (many / f"file {number:04}.dat").write_bytes(str(number).encode())
    for number in range(0, 200, 2):
        (many / f"gone {number:04}.dat").write_bytes(b"deleted")
    for number in range(0, 200, 2):
        (many / f"gone {number:04}.dat").unlink()
    os.setxattr(root / "Program Files", "system.ntfs_dos_name", b"PROGRA~1")
    os.setxattr(root / "Program Files/A long name.text", "system.ntfs_dos_name", b"ALONGN~1.TEX")
    for number in range(60):
        os.link(root / "content/linked.txt", root / f"content/link number {number:02} with a rather long name to fill the record.txt")
    (root / "content/plain.txt:a stream").write_bytes(b"beside")
    (root / "content/only streams").write_bytes(b"")
    (root / "content/only streams:big").write_bytes(text())
    with (root / "content/sparse").open("wb") as sparse:
        sparse.truncate(3 << 20)
        sparse.seek(1 << 20)
        sparse.write(b"an island")
    for name, algorithm in ALGORITHMS.items():
        place(root / f"content/{name}", len(text()), wof(algorithm), packed_by_wim(text(), name, folder))
    place(root / "content/wimboot", 100, wof(0, provider=1))
    place(root / "content/wof without stream", 100, wof(0))
    place(root / "content/dedup", 100, reparse(DEDUP, bytes(16)))
    place(root / "content/cloud", 100, reparse(CLOUD, bytes(16)), attributes=0x1020)
    place(root / "content/hydrated", 0, reparse(CLOUD_HYDRATED, bytes(16)))
    place(root / "content/symlink", 0, link(SYMLINK, r"content\plain.txt"))
    (root / "Documents and Settings").mkdir()
    os.setxattr(root / "Documents and Settings", "system.ntfs_reparse_data", link(JUNCTION, r"\??\C:\Users"))


def place(path: Path, size: int, data: bytes, packed: bytes | None = None, attributes: int = 0x20) -> None:
    with path.open("wb") as file:
        file.truncate(size)
    if packed is not None:
        Path(f"{path}:WofCompressedData").write_bytes(packed)
    os.setxattr(path, "system.ntfs_attrib_be", struct.pack(">I", attributes))
    os.setxattr(path, "system.ntfs_reparse_data", data)


def run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def settle_times(image: bytes, started: float) -> bytes:
    """Replace every FILETIME of the last minutes by one moment: so that builds are alike and pack well."""
    first = int(started - 10) * 10_000_000 + 116_444_736_000_000_000
    last, settled = first + 600 * 10_000_000, struct.pack("<Q", 133_000_000_000_000_000)
    words = struct.unpack(f"<{len(image) // 8}Q", image)
    patched = bytearray(image)
    for number, word in enumerate(words):
        if first <= word <= last:
            patched[8 * number : 8 * number + 8] = settled
    return bytes(patched)


def fill_large(root: Path, folder: Path) -> None:
    del folder
    for path, content in LARGE_FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def build() -> None:
    build_volume(TARGET, SIZE, 4096, fill)
    build_volume(LARGE_TARGET, 2 * SIZE, 2 << 20, fill_large)


def build_volume(target: Path, size: int, cluster: int, fill: Callable[[Path, Path], None]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.time()
        image, mount = folder / "image", folder / "mount"
        mount.mkdir()
        with image.open("wb") as file:
            file.truncate(size)
        run("mkntfs", "-F", "-Q", "-q", "-s", 512, "-c", cluster, "-p", 2048, "-L", "Fixture", image)
        run("ntfs-3g", "-o", "streams_interface=windows,compression,noatime", image, mount)
        try:
            fill(mount, folder)
        finally:
            run("umount", mount)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(lzma.compress(settle_times(image.read_bytes(), started), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    build()
