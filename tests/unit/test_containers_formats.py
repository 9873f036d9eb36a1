"""The rows of the formats, and what follows from them: recognition, later segments, refusals, the generated page."""

import importlib
import re
import zipfile

import pytest

from forensic import examine
from forensic.containers import formats, open_image
from forensic.containers.formats import FORMATS, HOLD_FILES, MARKED, OPENED, RAW, REFUSED, recognize
from forensic.errors import Unsupported
from forensic.model.gap import CODES
from tests.builders import ewf
from tests.builders import virtual_disk as disk
from tools.formats import PAGE, page

CONTENT = disk.pattern(1 << 20)
WRITTEN = {
    "qcow2": lambda: disk.qcow2(CONTENT),
    "vdi": lambda: disk.vdi(CONTENT),
    "vhd": lambda: disk.vhd(CONTENT, kind=2),
    "vhdx": lambda: disk.vhdx(CONTENT),
    "vmdk": lambda: disk.vmdk(CONTENT),
    "raw": lambda: CONTENT,
}


def ends(data):
    return data[: formats.HEAD], data[-formats.TAIL :]


@pytest.mark.parametrize("name", WRITTEN)
def test_each_format_is_recognized_by_its_own_row_alone(name):
    head, tail = ends(WRITTEN[name]())
    assert recognize(head, tail).name == name
    assert [row.name for row in FORMATS if row is not RAW and row.detect(head, tail)] == ([] if name == "raw" else [name])


@pytest.mark.parametrize(("damage", "name"), [(slice(0, 1), "ewf"), (slice(0, 13), "ewf"), (slice(0, 14), "raw")], ids=repr)
def test_a_damaged_signature_of_ewf_gives_way_to_its_first_section(tmp_path, damage, name):
    data = bytearray(ewf.write(tmp_path, CONTENT).read_bytes())
    data[damage] = b"\xff" * (damage.stop - damage.start)
    assert recognize(*ends(bytes(data))).name == name


def test_every_row_that_is_opened_has_a_module_and_no_other_has():
    for row in OPENED:
        assert callable(importlib.import_module(f"forensic.containers.{row.module}").open_container)
        assert row.variants
    assert [row.name for row in REFUSED if row.module is not None] == []
    assert len({row.name for row in FORMATS}) == len(FORMATS)
    assert all(row.holds_files and row.module is None and row.variants for row in HOLD_FILES)
    assert (*MARKED, *HOLD_FILES, *REFUSED, RAW) == FORMATS


@pytest.mark.parametrize("row", HOLD_FILES, ids=[row.name for row in HOLD_FILES])
def test_what_holds_files_is_refused_as_an_image_and_says_what_to_do(tmp_path, row):
    path = tmp_path / "x"
    ((offset, magic), *_) = row.signatures
    path.write_bytes((bytes(offset) + magic).ljust(4096, b"\0"))
    with pytest.raises(Unsupported, match=r"x is of the format .*, which holds files and no single disk: examine it \(forensic examine\)"):
        open_image(path)


def test_every_refusal_says_what_helps_under_a_code_that_is_known():
    refusals = [refusal for row in FORMATS for refusal in row.refusals]
    assert len(refusals) > 20
    for refusal in refusals:
        error = refusal.of("disk.x")
        assert isinstance(error, Unsupported)
        assert re.fullmatch(r"disk\.x is an? .+: .{10,}", str(error))
        assert CODES[error.code].reason == error.reason


@pytest.mark.parametrize(
    "name",
    [
        "a.E02",
        "a.e99",
        "A.S03",
        "a.Ex02",
        "disk-s001.vmdk",
        "disk-f002.vmdk",
        "disk-flat.vmdk",
        "disk-000002-delta.vmdk",
        "a.002",
        "a.0010",
    ],
)
def test_a_later_segment_is_told_by_its_name(name):
    assert formats.is_later_segment(name)


@pytest.mark.parametrize(
    "name",
    ["a.E01", "a.e01", "a.S01", "a.Ex01", "disk.vmdk", "disk-000002.vmdk", "a.001", "a.000", "a.raw", "a.exe", "E02", "a.E02.txt"],
)
def test_a_first_segment_and_any_other_file_is_none(name):
    assert not formats.is_later_segment(name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("QCOW2", disk.qcow2(CONTENT, encryption=1)),
        ("VMDK", disk.descriptor(["RW 1 ZERO"], more='encryption.keySafe = "x"')),
        ("FTK", b"ADCRYPT\0" + bytes(512)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_needs_a_key_says_so_by_its_code(tmp_path, name, data):
    (tmp_path / "disk").write_bytes(data)
    with pytest.raises(Unsupported, match=f"disk is an encrypted {name} image") as raised:
        open_image(tmp_path / "disk")
    assert raised.value.code == "encrypted"


def test_the_page_is_what_the_rows_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs"
    assert all(row.title in page() for row in FORMATS)


@pytest.mark.parametrize(("name", "what"), [("desk.tibx", "an Acronis image"), ("job.VBK", "a Veeam backup"), ("disk.raw", None)])
def test_what_has_no_mark_is_warned_of_by_its_name(tmp_path, name, what):
    (tmp_path / name).write_bytes(b"\x07" * 5000)
    image = open_image(tmp_path / name)
    assert [problem.what.startswith(f"named like {what}") for problem in image.problems] == [True] * (what is not None)
    image.close()


def test_an_aff4_image_is_named_and_not_taken_for_collected_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "disk.aff4", "w") as archive:
        archive.writestr("information.turtle", "@prefix aff4: <http://aff4.org/Schema#> .")
        archive.writestr("aff4%3A%2F%2F1/00000000", b"x")
    (problem,) = examine(tmp_path / "disk.aff4").problems
    assert problem.what.startswith("disk.aff4 is an AFF4 image, which is not read: export it")
