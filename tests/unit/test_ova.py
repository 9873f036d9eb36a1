"""OVA: a virtual machine in a tar file, its disks read where they lie."""

import io
import tarfile
from pathlib import Path

from forensic import examine
from forensic.containers import open_image
from tests.builders import virtual_disk

SAMPLES = Path(__file__).parent.parent.parent / "samples"


def packed(path, members):
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def disk():
    image = open_image(SAMPLES / "moved-7.vhdx")
    content = image.read_at(0, image.size)
    image.close()
    sectors = len(content) // 512
    described = virtual_disk.descriptor([f'RDONLY {sectors} SPARSE "vm-disk1.vmdk"'], create="streamOptimized")
    return virtual_disk.vmdk(content, packed=True, at_end=True, text=described)


def test_the_windows_on_the_disk_of_a_machine_is_judged_as_on_its_own_image(tmp_path):
    path = packed(tmp_path / "vm.ova", {"vm.ovf": b"<Envelope/>", "vm.mf": b"SHA1(vm.ovf)= 00", "vm-disk1.vmdk": disk()})
    report = examine(path, strict=True)
    alone = examine(SAMPLES / "moved-7.vhdx").installations[0]
    (one,) = report.installations
    assert (report.source.format, report.source.segments) == ("ova", ("vm-disk1.vmdk",))
    assert (one.id, one.origin, one.verdict.history) == ("vm-disk1.vmdk > p1/Windows", "active", alone.verdict.history)
    assert one.machine_sid == alone.machine_sid
    assert [problem.what for problem in report.problems] == []


def test_a_machine_whose_disk_is_cut_short_is_never_in_order(tmp_path):
    path = packed(tmp_path / "vm.ova", {"vm.ovf": b"<Envelope/>", "vm-disk1.vmdk": disk()[:100_000]})
    report = examine(path, strict=True)
    assert any(problem.is_incomplete for problem in report.problems)


def test_a_tar_without_a_description_is_no_ova(tmp_path):
    assert examine(packed(tmp_path / "x.tar", {"vm-disk1.vmdk": disk()}), strict=True).source.format == "tar"
