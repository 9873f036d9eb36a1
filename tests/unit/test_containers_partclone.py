"""Partclone: what Partclone itself writes, every block by its place, and images that are damaged."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given

from forensic import examine
from forensic.containers import open_image
from forensic.errors import Malformed, Unreadable, Unsupported
from tests.builders.damage import damage, damages, survives
from tests.builders.partclone import partclone
from tests.builders.virtual_disk import pattern

SAMPLES = Path(__file__).parent.parent.parent / "samples"
CONTENT = pattern(5_000_000)[: 5_000_000 // 4096 * 4096]
WRITTEN = partclone(CONTENT)
ONLY_USED = "holds the used blocks of the volume only: what lay in the others was not saved"


def opened(folder, data):
    path = folder / "volume.img"
    path.write_bytes(data)
    return open_image(path)


@pytest.mark.parametrize("options", [{}, {"checksums": False}, {"group": 7}, {"block": 512}, {"used": range(0, 1220, 3)}], ids=str)
def test_every_used_block_is_read_from_its_place(tmp_path, options):
    image = opened(tmp_path, partclone(CONTENT, **options))
    size, used = options.get("block", 4096), options.get("used")
    wanted = CONTENT
    if used is not None:
        wanted = b"".join(CONTENT[at : at + size] if at // size in used else bytes(size) for at in range(0, len(CONTENT), size))
    assert (image.format, image.size) == ("partclone", len(CONTENT))
    assert image.read_at(0, image.size) == wanted
    assert image.read_at(1_048_000, 9001) == wanted[1_048_000:1_057_001]
    assert [problem.what for problem in image.problems] == [ONLY_USED]
    image.close()


def test_a_damaged_block_is_unreadable_and_named_and_the_others_are_read(tmp_path):
    data = bytearray(WRITTEN)
    data[-1000] ^= 1
    image = opened(tmp_path, data)
    assert image.read_at(0, 1 << 20) == CONTENT[: 1 << 20]
    with pytest.raises(Unreadable, match="another checksum"):
        image.read_at(len(CONTENT) - 4096 * 30, 4096 * 30)
    assert "damaged-chunk" in {problem.code for problem in image.problems}
    image.close()


def test_an_image_that_is_cut_short_says_so(tmp_path):
    image = opened(tmp_path, WRITTEN[:-5000])
    assert "truncated-image" in {problem.code for problem in image.problems}
    image.close()


@pytest.mark.parametrize(("at", "code"), [(40, "checksum-differs"), (112, "checksum-differs")])
def test_a_header_or_bitmap_with_another_checksum_is_a_problem(tmp_path, at, code):
    data = bytearray(WRITTEN)
    data[at] ^= 1
    image = opened(tmp_path, data)
    assert code in {problem.code for problem in image.problems}
    image.close()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (partclone(CONTENT, version=b"0001"), Unsupported),
        (partclone(CONTENT, kind=0x99), Unsupported),
        (WRITTEN[:84] + struct.pack("<I", 5) + WRITTEN[88:], Malformed),
        (WRITTEN[:60] + b"\xff" * 8 + WRITTEN[68:], Malformed),
        (WRITTEN[:120], Malformed),
        (WRITTEN[:50], Malformed),
    ],
)
def test_an_image_that_cannot_be_is_said(tmp_path, data, error):
    with pytest.raises(error):
        opened(tmp_path, data)


@given(changes=damages(2000))
def test_any_damage_is_survived(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("damaged") / "volume.img"
    path.write_bytes(damage(WRITTEN, changes))
    survives(path)


def test_what_partclone_writes_of_a_windows_gives_the_same_verdict(tmp_path):
    tool = shutil.which("partclone.ntfs", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool is None:
        pytest.skip("partclone.ntfs is not installed (partclone)")
    image = open_image(SAMPLES / "moved-7.vhdx")
    plain = image.read_at(1 << 20, image.size)
    image.close()
    (tmp_path / "volume").write_bytes(plain)
    for kind in ("0", "1"):
        target = tmp_path / f"volume{kind}.img"
        command = [tool, "-c", f"-a{kind}", "-s", str(tmp_path / "volume"), "-o", str(target), "-L", str(tmp_path / "log")]
        subprocess.run(command, check=True, capture_output=True)
        saved = open_image(target)
        for at in range(0, len(plain), 4096):
            assert saved.read_at(at, 4096) in {plain[at : at + 4096], bytes(len(plain[at : at + 4096]))}
        saved.close()
        report = examine(target, strict=True)
        (one,) = report.installations
        alone = examine(tmp_path / "volume").installations[0]
        assert (one.verdict.history, one.machine_sid) == (alone.verdict.history, alone.machine_sid)
