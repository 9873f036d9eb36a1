"""Further segments of an image that was given too: they are said, and the image is examined once."""

import json

import pytest

from forensic import cli
from forensic.cli import segments
from tests.builders import ewf, virtual_disk

DISK = bytes(range(256)) * 512


@pytest.fixture
def said(capsys):
    return lambda: capsys.readouterr().err


def names(folder, pattern):
    return sorted(str(path) for path in folder.glob(pattern))


def test_all_segments_of_one_e01_are_one_source(tmp_path, said):
    first = str(ewf.write(tmp_path, DISK, chunks_per_table=4, tables_per_segment=2))
    given = names(tmp_path, "image.E0*")
    assert len(given) > 2
    assert segments.without_further(given) == [first]
    assert said() == f"forensic: {', '.join(given[1:4])}: further segments of {first}, not sources of their own\n"
    assert segments.without_further(given[:0:-1]) == [given[-1]]  # any segment opens the image: the first one given stays
    assert len(said().splitlines()) == 1
    assert segments.without_further(given[1:3]) == given[1:2]


def test_many_further_segments_are_counted(tmp_path, said):
    ewf.write(tmp_path, DISK, chunks_per_table=1)
    given = names(tmp_path, "image.E*")
    assert len(segments.without_further(given)) == 1
    assert f" and {len(given) - 4} more: further segments of " in said()


def test_all_parts_of_a_split_raw_image_are_one_source(tmp_path, said):
    for number in range(3):
        (tmp_path / f"disk.{number + 1:03}").write_bytes(DISK)
    given = names(tmp_path, "disk.*")
    assert segments.without_further(given) == given[:1]
    assert "disk.002" in said()


def test_extents_of_a_vmdk_are_no_sources_though_they_sort_before_it(tmp_path, said):
    (tmp_path / "disk-flat.vmdk").write_bytes(DISK)
    text = virtual_disk.descriptor([f'RW {len(DISK) // 512} FLAT "disk-flat.vmdk" 0'], create="monolithicFlat")
    (tmp_path / "disk.vmdk").write_bytes(text)
    given = names(tmp_path, "*.vmdk")
    assert segments.without_further(given) == [str(tmp_path / "disk.vmdk")]
    assert "disk-flat.vmdk: further segments of" in said()


def test_images_of_their_own_stay_whatever_their_names(tmp_path, said):
    other = tmp_path / "other"
    other.mkdir()
    for folder in (tmp_path, other):
        ewf.write(folder, DISK, chunks_per_table=99)
    for name in ("image.dd", "image.raw", "image.log", "image-2.dd"):
        (tmp_path / name).write_bytes(DISK)
    given = [*names(tmp_path, "image*"), *names(other, "*"), str(tmp_path / "absent.E01"), str(tmp_path / "absent.E02"), str(tmp_path)]
    assert segments.without_further(given) == given
    assert said() == ""


def test_one_source_and_urls_are_not_opened(monkeypatch):
    monkeypatch.setattr(segments, "_files", lambda _: pytest.fail("was opened"))
    assert segments.without_further(["a/image.E01"]) == ["a/image.E01"]
    assert segments.without_further(["a/one.E01", "a/two.E01", "b/one.E01"]) == ["a/one.E01", "a/two.E01", "b/one.E01"]


def test_examine_gives_one_report_for_all_segments(tmp_path, capsys):
    ewf.write(tmp_path, DISK, chunks_per_table=4, tables_per_segment=2)
    given = names(tmp_path, "image.E0*")
    assert cli.main(["examine", "--format", "json", *given]) == cli.main(["examine", "--format", "json", given[0]])
    text = capsys.readouterr().out
    both, end = json.JSONDecoder().raw_decode(text)
    alone = json.loads(text[end:])
    assert both["source"] == alone["source"]
    assert both["source"]["segments"] == [name.rpartition("/")[2] for name in given]
