"""Symbolic links beside an image, and in a folder: nothing outside of the evidence is read because evidence names it."""

import os

import pytest

from forensic import examine
from forensic.cli.outcome import UNDETERMINED, exit_code
from forensic.containers import open_image
from forensic.errors import NotFound
from forensic.storage.local import LocalLocation
from tests.builders import ewf
from tests.builders.virtual_disk import descriptor, qcow2, vmdk
from tests.unit.test_contained_image import DISK, system
from tests.unit.test_discovery import spread

pytestmark = pytest.mark.skipif(os.name == "nt", reason="making links needs a right on Windows")
SECRET = b"secret".ljust(1 << 16, b"!")


@pytest.fixture
def case(tmp_path):
    (tmp_path / "outside").write_bytes(SECRET)
    (tmp_path / "case").mkdir()
    return tmp_path / "case"


def reads_nothing_outside(image):
    """Return the problems of an image, after all of it was asked for."""
    for offset in range(0, image.size, 1 << 16):
        try:
            assert b"secret" not in image.read_at(offset, 1 << 16)
        except AssertionError:
            raise
        except Exception:  # noqa: BLE001  what is missing is unreadable
            continue
    return [problem.what for problem in image.problems]


def test_a_backing_file_that_is_a_link_out_of_the_folder_is_refused_and_named(case):
    (case / "base.raw").symlink_to(case.parent / "outside")
    (case / "top.qcow2").write_bytes(qcow2(bytes(1 << 16), stored=set(), backing=b"base.raw"))
    problems = reads_nothing_outside(open_image(str(case / "top.qcow2")))
    assert ["a link to" in what and "not followed" in what for what in problems] == [True]


def test_an_extent_that_is_a_link_out_of_the_folder_is_refused_and_named(case):
    (case / "flat.img").symlink_to(case.parent / "outside")
    (case / "disk.vmdk").write_bytes(descriptor(['RW 128 FLAT "flat.img" 0'], create="monolithicFlat"))
    problems = reads_nothing_outside(open_image(str(case / "disk.vmdk")))
    assert any("a link to" in what for what in problems)


def test_a_segment_that_is_a_link_out_of_the_folder_is_refused_and_named(case):
    (case / "disk.001").write_bytes(bytes(1 << 16))
    (case / "disk.002").symlink_to(case.parent / "outside")
    problems = reads_nothing_outside(open_image(str(case / "disk.001")))
    assert any("a link to" in what for what in problems)
    ewf.write(case, bytes(1 << 17), stem="two")
    (case / "two.E02").replace(case.parent / "two.E02")
    (case / "two.E02").symlink_to(case.parent / "two.E02")
    assert any("a link to" in what for what in reads_nothing_outside(open_image(str(case / "two.E01"))))


def test_links_inside_the_folder_and_beside_the_file_itself_are_followed(case):
    (case / "deep").mkdir()
    (case / "deep" / "real.raw").write_bytes(b"base".ljust(1 << 16, b"\1"))
    (case / "base.raw").symlink_to("deep/real.raw")
    (case / "top.qcow2").write_bytes(qcow2(bytes(1 << 16), stored=set(), backing=b"base.raw"))
    assert open_image(str(case / "top.qcow2")).read_at(0, 4) == b"base"
    links = case.parent / "links"
    links.mkdir()
    paths = [path.name for path in sorted(case.iterdir()) if path.is_file()]
    for name in paths:
        (links / name).symlink_to(case / name)
    assert open_image(str(links / "top.qcow2")).read_at(0, 4) == b"base"


def test_a_link_that_is_given_is_opened_and_a_folder_too(case):
    (case / "disk.raw").write_bytes(DISK)
    (case.parent / "image").symlink_to(case / "disk.raw")
    (case.parent / "folder").symlink_to(case)
    assert [one.id for one in examine(case.parent / "image").installations] == ["p1/WINDOWS"]
    assert [one.id for one in examine(case.parent / "folder").installations] == ["disk.raw > p1/WINDOWS"]


def test_links_in_a_circle_lead_nowhere(case):
    (case / "a").symlink_to("b")
    (case / "b").symlink_to("a")
    with pytest.raises(NotFound):
        LocalLocation(str(case / "x")).sibling("a").open()


def test_a_folder_below_that_is_a_link_leads_out_too(case):
    spread(case.parent / "elsewhere", {"base.raw": SECRET})
    (case / "sub").symlink_to(case.parent / "elsewhere")
    with pytest.raises(NotFound, match="out of the folder"):
        LocalLocation(str(case / "x")).resolve("sub/base.raw")


def test_links_in_a_folder_of_evidence_are_named_and_mean_that_not_all_was_read(case):
    (case.parent / "disk.raw").write_bytes(DISK)
    (case / "disk.raw").symlink_to(case.parent / "disk.raw")
    report = examine(case)
    assert report.installations == ()
    assert [(problem.where, problem.code) for problem in report.problems] == [("collection", "not-opened")]
    assert [one.path for one in report.source.set_aside] == ["disk.raw"]
    assert exit_code(report) == UNDETERMINED


def test_a_parent_of_a_vmdk_that_is_a_link_out_is_refused(case):
    (case / "base.vmdk").symlink_to(case.parent / "outside")
    text = descriptor([f'RW 128 SPARSE "{"top.vmdk"}"'], parent_cid=0x1234ABCD, hint="base.vmdk")
    (case / "top.vmdk").write_bytes(vmdk(bytes(1 << 16), text=text, stored=set()))
    assert any("a link to" in what for what in reads_nothing_outside(open_image(str(case / "top.vmdk"))))


def test_a_hive_that_is_a_link_is_not_read_and_not_called_absent(tmp_path):
    config = tmp_path / "case/Windows/System32/config"
    config.mkdir(parents=True)
    (config / "SYSTEM").write_bytes(system())
    (tmp_path / "SAM").write_bytes(b"regf" + bytes(8188))
    (config / "SAM").symlink_to(tmp_path / "SAM")
    report = examine(tmp_path / "case", strict=True)
    told = [(problem.where, problem.code) for problem in report.problems]
    assert told == [("Windows/System32/config/SAM", "hive-unreadable")]
    assert exit_code(report) == 3
