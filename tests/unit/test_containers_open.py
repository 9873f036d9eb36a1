"""open_image: by content, with one clear sentence for everything that is no image."""

import errno
import os
import re
import socket
import stat
import sys

import pytest

from forensic.containers import open_image
from forensic.containers.formats import REFUSED
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.storage.file import EvidenceFile, FilePool
from forensic.storage.local import LocalHandle
from forensic.storage.meter import ReadMeter
from tests.builders import ewf
from tests.builders.virtual_disk import qcow2

DATA = bytes(range(256)) * 64


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound, match=r"absent\.raw: no such file"):
        open_image(tmp_path / "absent.raw")
    with pytest.raises(NotFound, match="no such file"):
        open_image("with\0nul")


def test_a_directory_is_unsupported(tmp_path):
    with pytest.raises(Unsupported, match="is a directory"):
        open_image(tmp_path)


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    path = tmp_path / "disk.E01"
    path.touch()
    with pytest.raises(Malformed, match=r"disk\.E01 is empty"):
        open_image(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_file_without_permission_is_unreadable(tmp_path):
    path = tmp_path / "disk.raw"
    path.write_bytes(DATA)
    path.chmod(0)
    with pytest.raises(Unreadable, match=r"disk\.raw: Permission denied"):
        open_image(path)


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_pipes_sockets_and_character_devices_are_refused_without_waiting(tmp_path):
    pipe, end = tmp_path / "pipe", tmp_path / "socket"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(end))
        for path in (pipe, end, "/dev/zero"):
            with pytest.raises(Unsupported, match="neither a regular file nor a block device"):
                open_image(path)


def test_a_pipe_that_takes_the_place_of_a_segment_is_not_waited_for(tmp_path):
    path = ewf.write(tmp_path, DATA, chunks_per_table=1)
    second = path.with_suffix(".E02")
    second.unlink()
    os.mkfifo(second)
    image = open_image(path)
    assert any("neither a regular file" in problem.what for problem in image.problems)
    assert image.read_at(0, 4096) == DATA[:4096]


def test_a_text_file_named_e01_is_a_raw_image_with_a_warning(tmp_path):
    path = tmp_path / "notes.E01"
    path.write_text("this is no image\n")
    image = open_image(path)
    assert image.format == "raw"
    assert [problem.severity for problem in image.problems] == ["warning"]
    assert "named like an EWF image" in image.problems[0].what


def fail(monkeypatch, *bad):
    """Let reads fail that touch one of the ranges `bad` of a file."""
    read = LocalHandle._read

    def refuse(self, offset, size):
        if any(offset < end and offset + size > start for start, end in bad):
            raise OSError(errno.EIO, "Input/output error")
        return read(self, offset, size)

    monkeypatch.setattr(LocalHandle, "_read", refuse)


def test_a_raw_image_with_bad_sectors_at_its_ends_is_opened(tmp_path, monkeypatch):
    path = tmp_path / "disk.raw"
    path.write_bytes(DATA)
    fail(monkeypatch, (0, 512), (len(DATA) - 512, len(DATA)))
    image = open_image(path)
    assert (image.format, image.read_at(512, 1000)) == ("raw", DATA[512:1512])
    assert ["first sectors cannot be read" in problem.what for problem in image.problems] == [True]
    with pytest.raises(Unreadable, match="Input/output error"):
        image.read_at(0, 4096)


def test_a_bad_second_sector_does_not_hide_the_format(tmp_path, monkeypatch):
    path = tmp_path / "disk.qcow2"
    path.write_bytes(qcow2(DATA, cluster_bits=12))
    fail(monkeypatch, (512, 4096))
    with pytest.raises(Unreadable, match="Input/output error"):
        open_image(path)


def test_an_ewf_image_is_recognized_under_any_name(tmp_path):
    path = ewf.write(tmp_path, DATA)
    other = path.rename(tmp_path / "disk.raw")
    image = open_image(other)
    assert (image.format, image.problems) == ("ewf", [])
    assert image.read_at(0, image.size) == DATA


@pytest.mark.parametrize("row", REFUSED, ids=[row.name for row in REFUSED])
def test_archives_and_foreign_images_are_named_with_what_helps(tmp_path, row):
    path = tmp_path / "thing.raw"
    for offset, magic in row.signatures:
        path.write_bytes(bytes(offset) + magic + bytes(4096))
        with pytest.raises(Unsupported, match=re.escape(f"thing.raw is {row.title}: ") + ".+"):
            open_image(path)
        path.write_bytes(bytes(offset + 1) + magic + bytes(4096))  # elsewhere the same bytes say nothing
        assert open_image(path).format == "raw"


def test_logical_evidence_is_unsupported(tmp_path):
    for signature in (b"LVF\x09\x0d\x0a\xff\x00", b"LEF2\r\n\x81\x00"):
        path = tmp_path / "files.L01"
        path.write_bytes(signature + bytes(4096))
        with pytest.raises(Unsupported, match="logical evidence file"):
            open_image(path)


@pytest.mark.parametrize("size", [1, 2, 16, 64, 511, 512, 513, 4095, 4096, 4097])
def test_any_short_file_is_a_raw_image(tmp_path, size):
    path = tmp_path / "disk"
    path.write_bytes(DATA[:size])
    image = open_image(path)
    assert (image.format, image.size, image.read_at(0, 10_000)) == ("raw", size, DATA[:size])


def test_every_signature_alone_ends_in_an_image_or_a_sentence(tmp_path):
    for magic in (b"EVF\x09\x0d\x0a\xff\x00", b"EVF2\r\n\x81\x00", b"EVF", b"LEF2"):
        for size in (0, 5, 90, 5000):
            path = tmp_path / "disk.bin"
            path.write_bytes(magic + bytes(size))
            try:
                open_image(path).close()
            except ForensicError as error:
                assert str(error).startswith("disk.bin")  # noqa: PT017  either end is right


def test_all_reads_are_counted_in_the_given_meter(tmp_path):
    path = tmp_path / "disk.raw"
    path.write_bytes(DATA)
    meter = ReadMeter()
    image = open_image(path, meter)
    before = meter.bytes_read
    image.read_at(100, 50)
    assert meter.bytes_read == before + 50
    assert image.meter is meter


def test_reads_outside_the_file_give_nothing_and_allocate_nothing(tmp_path):
    path = tmp_path / "disk.raw"
    path.write_bytes(DATA)
    file = EvidenceFile(path)
    assert file.read_at(1 << 70, 1) == b""
    assert file.read_at(-1, 5) == b""
    assert file.read_at(0, 1 << 60) == DATA
    file.close()
    with pytest.raises(Unreadable, match="already closed"):
        file.read_at(0, 1)
    file.close()


def test_a_roster_keeps_few_files_open_and_all_readable(tmp_path):
    files = []
    for index in range(10):
        (tmp_path / str(index)).write_bytes(bytes([index]) * 10)
        files.append(EvidenceFile(tmp_path / str(index)))
    roster = FilePool(3)
    for _ in range(2):
        for index, file in enumerate(files):
            assert roster.acquire(file).read_at(0, 10) == bytes([index]) * 10
    assert sum(file._handle is not None for file in files) == 3


def test_evidence_is_not_written_to(tmp_path):
    path = ewf.write(tmp_path, DATA)
    path.chmod(stat.S_IRUSR)
    before = path.read_bytes(), path.stat().st_mtime_ns
    image = open_image(path)
    image.read_at(0, image.size)
    image.close()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
