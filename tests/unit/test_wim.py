"""WIM, ESD and SWM: every kind of compression, several images, parts, gates for builders, and files that cannot be true."""

import random
import shutil
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given

from forensic import examine
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.volumes import wim_resource
from forensic.volumes.tree import walk
from forensic.volumes.wim import Wim
from forensic.volumes.wim_tree import WimTree
from tests.builders import wim as write
from tests.builders.damage import damage, damages
from tests.builders.world import RELEASES, Life, World

FILES = {
    "Windows/System32/config/SYSTEM": bytes(range(256)) * 300,
    "Windows/Größe.txt": b"x" * 70_000,
    "empty": b"",
    "folder": None,
}
WRITTEN = {
    "plain": write.wim(FILES),
    "solid": write.wim(FILES, solid=True),
    "two": write.wim(FILES, {"other.txt": b"other"}, names={2: "Zwei &amp; mehr"}),
}
KINDS = {"none": [], "xpress": [], "lzx": [], "lzms": [], "solid": []}


def saved(folder, data, name="install.wim"):
    path = folder / name
    path.write_bytes(data)
    return path


def read(path, number=1):
    """Return path -> bytes of all files of an image."""
    wim = Wim(path)
    tree = WimTree(wim, number)
    found = {name: tree.open(name).read_all() for name, entry in walk(tree) if not entry.is_directory}
    assert {name: tree.open(name).size for name in found} == {name: len(data) for name, data in found.items()}
    wim.close()
    return found


def plain(files):
    return {name: data for name, data in files.items() if data is not None}


@pytest.mark.parametrize("kind", ["plain", "solid"])
def test_every_file_is_read_and_names_are_found_in_any_case(tmp_path, kind):
    path = saved(tmp_path, WRITTEN[kind])
    assert read(path) == plain(FILES)
    wim = Wim(path)
    tree = WimTree(wim, 1)
    assert tree.open("WINDOWS/system32/CONFIG/system").path == "Windows/System32/config/SYSTEM"
    assert tree.open("windows/grÖSSE.txt".replace("SS", "ß")).size == 70_000
    assert [entry.name for entry in tree.list()] == ["Windows", "empty", "folder"]
    assert tree.list("folder") == []
    assert str(tree.open("empty").written) == "1970-01-01T00:00:00.0000000Z"
    for wrong in ("Windows/none", "empty/x", "..", "Windows/System32"):
        with pytest.raises(NotFound):
            tree.open(wrong)
    with pytest.raises(NotFound):
        tree.list("empty")
    assert wim.problems == []
    wim.close()


def test_each_image_has_its_number_and_name(tmp_path):
    wim = Wim(saved(tmp_path, WRITTEN["two"]))
    assert [(one.number, one.name) for one in wim.images()] == [(1, "Image 1"), (2, "Zwei & mehr")]
    assert wim.images()[1].size == 5
    assert [entry.name for entry in WimTree(wim, 2).list()] == ["other.txt"]
    for number in (0, 3):
        with pytest.raises(NotFound, match=f"has no image {number}"):
            WimTree(wim, number)
    wim.close()


def test_the_parts_of_a_split_one_are_found_from_any_of_them(tmp_path):
    first, second = write.wim(FILES, split=True)
    saved(tmp_path, first, "x.swm")
    saved(tmp_path, second, "x2.swm")
    saved(tmp_path, write.wim(FILES, split=True)[1].replace(write.GUID, bytes(16)), "other.swm")
    for name in ("x.swm", "x2.swm"):
        assert read(tmp_path / name) == plain(FILES)
        wim = Wim(tmp_path / name)
        assert wim.segments == ("x.swm", "x2.swm")
        assert wim.problems == []
        wim.close()


def test_a_missing_part_is_a_problem_and_its_files_are_unreadable(tmp_path):
    first, second = write.wim(FILES, split=True)
    wim = Wim(saved(tmp_path, first, "x.swm"))
    assert [problem.code for problem in wim.problems] == ["missing-segment"]
    with pytest.raises(Unreadable, match="in a part that is missing"):
        WimTree(wim, 1).open("Windows/System32/config/SYSTEM").read_all()
    wim.close()
    (tmp_path / "x.swm").unlink()
    with pytest.raises(NotFound, match=r"x2\.swm is part 2 of 2, and part 1 is not beside it"):
        Wim(saved(tmp_path, second, "x2.swm"))


@pytest.mark.parametrize("kind", ["plain", "solid"])
def test_a_changed_byte_is_noticed_by_its_sha1_and_told_once(tmp_path, kind):
    data = bytearray(WRITTEN[kind])
    data[data.index(FILES["Windows/System32/config/SYSTEM"]) + 1000] ^= 1
    wim = Wim(saved(tmp_path, data))
    tree = WimTree(wim, 1)
    assert len(tree.open("Windows/System32/config/SYSTEM").read_all()) == len(FILES["Windows/System32/config/SYSTEM"])
    tree.open("Windows/System32/config/SYSTEM").read_all()
    assert [(one.code, one.where) for one in wim.problems] == [("checksum-differs", "Windows/System32/config/SYSTEM")]
    wim.close()


def test_links_and_content_that_is_elsewhere_are_told_apart(tmp_path):
    extra = (
        write.dentry("Documents and Settings", 0x410, tag=0xA0000003),
        write.dentry("cloud.txt", 0x420, tag=0x9000001A, sha1=bytes([1] * 20)),
        write.dentry("secret.txt", 0x4020, sha1=bytes([2] * 20)),
        write.dentry("streams.txt", 0x20, streams=[("", write.digest(FILES["Windows/Größe.txt"])), ("note", write.digest(b"a note"))]),
        write.dentry("gone.txt", 0x20, sha1=bytes([3] * 20)),
        write.dentry("a/b", 0x20),
        write.dentry("..", 0x10),
    )
    wim = Wim(saved(tmp_path, write.wim(FILES, extra=extra, contents=[b"a note"])))
    tree = WimTree(wim, 1)
    assert {entry.name for entry in tree.list() if entry.is_link} == {"Documents and Settings"}
    assert not {"a/b", ".."} & {entry.name for entry in tree.list()}
    assert [problem.code for problem in tree.problems] == ["set-aside", "set-aside"]
    for path in ("Documents and Settings", "Documents and Settings/x"):
        with pytest.raises(NotFound) as raised:
            tree.list(path)
        assert raised.value.code == "is-link"
    for path, code in (("cloud.txt", "elsewhere"), ("secret.txt", "encrypted")):
        with pytest.raises(Unsupported) as refused:
            tree.open(path)
        assert refused.value.code == code
    assert tree.open("streams.txt").size == 70_000
    assert tree.open("streams.txt").stream("NOTE").read_all() == b"a note"
    with pytest.raises(NotFound):
        tree.open("streams.txt").stream("other")
    with pytest.raises(Unreadable, match="in none of its parts"):
        tree.open("gone.txt").read_all()
    wim.close()


@pytest.mark.parametrize(
    ("data", "error", "match"),
    [
        (b"MSWIM\0\0\0", Malformed, "header of a WIM"),
        (WRITTEN["plain"].replace(b"MSWIM", b"WLPWM", 1), Unsupported, "written to be piped"),
        (WRITTEN["plain"][:-200], Malformed, "truncated: its table lies beyond the end"),
        (write.wim(FILES, xml="\ufeff<WIM><ESD><ENCRYPTED></ENCRYPTED></ESD></WIM>".encode("utf-16-le")), Unsupported, "an encrypted ESD"),
        (WRITTEN["plain"][:12] + b"\1\0\0\0" + WRITTEN["plain"][16:], Unsupported, "of version 0x1"),
        (WRITTEN["plain"][:20] + b"\1\0\0\0" + WRITTEN["plain"][24:], Malformed, "chunks of 1 bytes"),
        (WRITTEN["plain"][:52] + b"\xff\xff\xff\0" + WRITTEN["plain"][56:], Malformed, "that is not compressed"),
    ],
    ids=["short", "piped", "cut", "encrypted", "version", "chunk", "table"],
)
def test_what_cannot_be_read_says_why(tmp_path, data, error, match):
    with pytest.raises(error, match=match):
        Wim(saved(tmp_path, data))


def test_a_directory_that_leads_back_to_itself_ends(tmp_path):
    data = bytearray(WRITTEN["plain"])
    at = data.index(write.dentry("folder", 0x10, 0)[102:114]) - 102
    data[at + 16 : at + 24] = (8 + 104 + 8).to_bytes(8, "little")  # the entries of the root
    wim = Wim(saved(tmp_path, data))
    tree = WimTree(wim, 1)
    assert [entry.name for entry in tree.list("folder/folder/folder")] == ["Windows", "empty", "folder"]
    wim.close()


@pytest.mark.parametrize("kind", WRITTEN)
@given(changes=damages(len(WRITTEN["plain"])))
def test_any_damage_is_survived(tmp_path_factory, kind, changes):
    size = len(WRITTEN[kind])  # what is not content lies at both ends
    at_ends = [(position if position < 208 else size - 1 - position % 4000, value) for position, value in changes]
    survives(saved(tmp_path_factory.mktemp("damaged"), damage(WRITTEN[kind], at_ends)[:size]))


def survives(path):
    try:
        wim = Wim(path)
    except ForensicError:
        return
    for one in wim.images()[:4]:
        try:
            tree = WimTree(wim, one.number)
            for number, (name, entry) in enumerate(walk(tree, limit=200)):
                if not entry.is_directory and number < 50:
                    assert len(tree.open(name).read_at(0, 5000)) <= 5000
        except ForensicError:
            continue
    wim.close()


# What wimlib writes.


def imagex(*command):
    if shutil.which("wimlib-imagex") is None:
        pytest.skip("wimlib-imagex is not installed (wimtools)")
    subprocess.run(["wimlib-imagex", *map(str, command)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Give a folder with files of many chunks, and its content."""
    folder, chance = tmp_path_factory.mktemp("source"), random.Random(4)
    words = [chance.randbytes(chance.randrange(3, 30)) for _ in range(500)]
    content = {
        "Windows/a.bin": b"".join(chance.choice(words) for _ in range(20_000)),
        "Windows/b.bin": b"".join(chance.choice(words) for _ in range(9000)),
        "noise.bin": chance.randbytes(100_000),
        "small.txt": b"small",
        "empty": b"",
    }
    for name, data in content.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return folder, content


@pytest.fixture(scope="module", params=["none", "xpress", "lzx", "lzms", "solid", "solid-lzx"])
def captured(request, source, tmp_path_factory):
    path = tmp_path_factory.mktemp("captured") / f"{request.param}.wim"
    how = {"solid": ["--solid"], "solid-lzx": ["--solid", "--solid-compress=lzx", "--solid-chunk-size=65536"]}
    imagex("capture", source[0], path, "An image", *how.get(request.param, [f"--compress={request.param}"]))
    return path


def needs_libwim(path):
    if not path.name.startswith(("none", "xpress", "lzx")):
        pytest.importorskip("forensic.volumes.wim_library", reason="libwim is not installed (libwim15)", exc_type=ImportError)


def test_what_wimlib_packs_is_read_bit_for_bit(captured, source):
    needs_libwim(captured)
    assert read(captured) == source[1]


def test_without_libwim_our_own_decompressors_read_what_they_know(captured, source, monkeypatch):
    monkeypatch.setitem(sys.modules, "forensic.volumes.wim_library", None)
    if captured.name.startswith(("none", "xpress", "lzx")):
        assert read(captured) == source[1]
        return
    with pytest.raises(Unsupported, match="needs libwim"):
        read(captured)


@given(changes=damages(30_000))
def test_any_damage_to_what_wimlib_packs_is_survived(captured, tmp_path_factory, changes):
    needs_libwim(captured)
    survives(saved(tmp_path_factory.mktemp("damaged"), damage(captured.read_bytes(), changes)))


def test_few_bytes_are_read_of_a_large_file_that_lies_by_itself(tmp_path, monkeypatch):
    from forensic.volumes import wim as module

    monkeypatch.setattr(module, "CHECKED", 1 << 20)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "large").write_bytes(random.Random(1).randbytes(1 << 16) * 160)
    imagex("capture", tmp_path / "source", tmp_path / "x.wim", "--compress=lzx")
    wim = Wim(tmp_path / "x.wim")
    file = WimTree(wim, 1).open("large")
    before = wim.files[0].meter.bytes_read
    assert file.read_at(9 << 20, 100) == (random.Random(1).randbytes(1 << 16) * 2)[:100]
    assert wim.files[0].meter.bytes_read - before < 3 * 32_768
    wim.close()


def test_a_solid_chunk_is_kept_and_the_cache_is_bounded():
    made = []
    cache = wim_resource.ChunkCache(100)
    for number in (1, 1, 2, 1, 3):
        cache.get((1, 0, number), 40, lambda number=number: made.append(number) or bytes(40))
    assert made == [1, 2, 3]
    cache.get((1, 0, 9), 400, lambda: bytes(400))
    cache.get((1, 0, 1), 40, lambda: made.append(1) or bytes(40))
    assert made == [1, 2, 3, 1]


# As a source.


def life(*, generalized):
    world = World(seed=11)
    one = Life(world, RELEASES["10"])
    one.install(world.computer("Contoso", "Desk 3"), "2021-03-02T09:10:00Z", name="MASTER")
    one.use("2021-03-03T09:10:00Z")
    if generalized:
        one.generalize("2021-03-04T09:10:00Z")
    return one


@pytest.fixture(scope="module")
def install(tmp_path_factory):
    """Give a WIM with a sealed master and one that was never sealed."""
    path = tmp_path_factory.mktemp("master") / "install.wim"
    path.write_bytes(write.wim(life(generalized=True).files(), life(generalized=False).files(), {"readme.txt": b"no Windows"}))
    return path


def test_each_image_is_an_installation_of_origin_master(install):
    report = examine(install, strict=True)
    sealed, plain_one = report.installations
    assert [(one.id, one.origin, one.volume) for one in (sealed, plain_one)] == [
        ("image1/Windows", "master", "image1"),
        ("image2/Windows", "master", "image2"),
    ]
    assert report.source.format == "wim"
    assert [(one.id, one.label, one.filesystem, one.not_examined) for one in report.volumes] == [
        ("image1", "Image 1", "wim", None),
        ("image2", "Image 2", "wim", None),
        ("image3", "Image 3", "wim", "no Windows in it"),
    ]
    assert (sealed.verdict.history, plain_one.verdict.history) == ("sealed-generalized", "installed")
    assert sealed.verdict.remedies == ("Nothing has to be done: deploy this image.",)
    assert "Deploy it to no other computer" in plain_one.verdict.remedies[0]
    assert report.problems == ()


def test_what_a_capture_lacks_by_nature_is_said_so(install):
    one = examine(install, strict=True).installations[0]
    codes = {gap.artifact: (gap.reason, gap.code) for gap in one.gaps}
    for kind in ("volume-serial", "disk-signature", "mft-sample", "usn-journal", "volume-created"):
        assert codes[kind] == ("not-looked", "captured-image")
    assert "no-disk" not in {code for _, code in codes.values()}


def test_one_image_can_be_asked_for(install):
    report = examine(install, image=2, strict=True)
    assert [one.id for one in report.installations] == ["image2/Windows"]
    assert [one.not_examined for one in report.volumes] == ["another image was asked for", None, "another image was asked for"]
    assert len(report.source.set_aside) == 2
    (problem,) = examine(install, image=9).problems
    assert "has no image 9, only images 1 to 3" in problem.what
    (problem,) = examine("samples/moved-7.vhdx", image=1).problems
    assert "this is no WIM" in problem.what


def test_the_gate_of_a_builder_opens_for_the_sealed_image_alone(install, capsys):
    from forensic.cli import main

    assert main(["examine", "--image", "1", "--expect", "sealed-generalized", str(install)]) == 0
    assert main(["examine", "--image", "2", "--expect", "sealed-generalized", str(install)]) == 1
    assert main(["examine", "--expect", "sealed-generalized", str(install)]) == 1
    assert "image1/Windows" in capsys.readouterr().out


def test_an_image_whose_directories_are_broken_leaves_the_others(tmp_path):
    data = bytearray(write.wim({"x": b"1"}, life(generalized=True).files()))
    table = int.from_bytes(data[56:64], "little")
    places = [at for at in range(table, len(data) - 49, 50) if data[at + 7] & 2]
    start = int.from_bytes(data[places[0] + 8 : places[0] + 16], "little")
    data[start + 8 : start + 16] = b"\xff" * 8
    report = examine(saved(tmp_path, data), strict=True)
    assert [one.id for one in report.installations] == ["image2/Windows"]
    assert [(one.where, one.code) for one in report.problems] == [("image1", "checksum-differs"), ("image1", "volume-not-read")]


def entries_of(data):
    """Return where the entries of the table of blobs are, and where those of the metadata of images are."""
    size, table = int.from_bytes(data[48:55], "little"), int.from_bytes(data[56:64], "little")
    places = list(range(table, table + size, 50))
    return places, [at for at in places if data[at + 7] & write.METADATA]


def codes_of(path, capsys):
    """Return the exit code, and which problems of which place there are."""
    from forensic.cli import main

    code = main(["examine", "-q", str(path)])
    capsys.readouterr()
    return code, {(one.where, one.code) for one in examine(path, strict=True).problems}


def test_images_that_the_table_no_longer_leads_to_are_never_no_windows(install, tmp_path, capsys):
    whole = install.read_bytes()
    places, directories = entries_of(whole)
    missing = ("install.wim", "container-malformed")
    zeroed, untagged, one_lost, told = (bytearray(whole) for _ in range(4))
    zeroed[places[0] : places[-1] + 50] = bytes(50 * len(places))
    for at in directories:
        untagged[at + 7] &= ~write.METADATA
    one_lost[directories[0] : directories[0] + 50] = bytes(50)
    told[44:48] = (5).to_bytes(4, "little")
    assert codes_of(install, capsys)[1] == set()
    for data in (zeroed, untagged, one_lost, told):
        code, problems = codes_of(saved(tmp_path, data), capsys)
        assert (code, missing in problems) == (3, True)
    wim = Wim(saved(tmp_path, one_lost))
    assert [(one.number, one.name) for one in wim.images()] == [(1, ""), (2, "")]  # whose name is whose, nobody knows
    wim.close()
    (problem,) = examine(saved(tmp_path, zeroed), image=1).problems
    assert "has no image 1, only none, though it tells of 3" in problem.what
    assert (
        "header tells of 5 images, its XML of 3, and its table leads to the directories of 3" in Wim(saved(tmp_path, told)).problems[0].what
    )


def test_a_wrong_bit_in_a_name_is_a_problem(tmp_path, capsys):
    whole = write.wim(life(generalized=True).files())
    assert codes_of(saved(tmp_path, whole), capsys) == (0, set())
    (directory,) = entries_of(whole)[1]
    data = bytearray(whole)
    data[data.index("Windows".encode("utf-16-le"), int.from_bytes(data[directory + 8 : directory + 16], "little"))] ^= 1
    assert codes_of(saved(tmp_path, data), capsys) == (3, {("image1", "checksum-differs")})


@pytest.mark.parametrize("size", [4096, 65_536])
def test_zeros_in_the_first_part_of_a_split_one_are_never_no_windows(tmp_path, capsys, size):
    first, second = write.wim(life(generalized=True).files(), split=True)
    saved(tmp_path, second, "x2.swm")
    assert codes_of(saved(tmp_path, first, "x.swm"), capsys) == (0, set())
    end = int.from_bytes(first[80:88], "little")  # of the directories: the XML follows
    for at in range(208, end, max(size, (end - 208) // 4)):
        data = bytearray(first)
        data[at : at + size] = bytes(len(data[at : at + size]))
        path = saved(tmp_path, data, "x.swm")
        code, problems = codes_of(path, capsys)
        assert code == 3
        assert {"checksum-differs", "container-malformed"} & {one for _, one in problems}
    data = bytearray(first)
    data[208 + 112 : end] = bytes(end - 208 - 112)  # a root without anything in it
    report = examine(saved(tmp_path, data, "x.swm"), strict=True)
    assert report.installations == ()
    assert report.volumes[0].not_examined == "its directories are damaged: no Windows in what could be read"


def test_directories_are_checked_up_to_a_limit_and_it_is_said_where_they_are_not(tmp_path, monkeypatch):
    path = saved(tmp_path, write.wim(FILES, FILES))
    monkeypatch.setattr("forensic.volumes.wim.CHECKED_DIRECTORIES", len(write.metadata(FILES)))
    wim = Wim(path)
    for number in (1, 2):
        WimTree(wim, number)
    assert [(one.where, one.code, one.is_incomplete) for one in wim.problems] == [("image2", "", False)]
    assert "was not checked" in wim.problems[0].what
    wim.close()


@pytest.mark.parametrize("kind", ["XPRESS", "LZX"])
def test_compressed_directories_are_checked(tmp_path, source, kind):
    folder, _ = source
    imagex("capture", folder, tmp_path / "install.wim", f"--compress={kind}")
    whole = (tmp_path / "install.wim").read_bytes()
    wim = Wim(tmp_path / "install.wim")
    place = wim._parts[1].entry(wim._metadata[0])
    WimTree(wim, 1)
    assert wim.problems == []
    wim.close()
    data = bytearray(whole)
    data[place.offset + place.packed // 2 : place.offset + place.packed] = bytes(place.packed - place.packed // 2)
    wim = Wim(saved(tmp_path, data))
    with suppress(ForensicError):
        WimTree(wim, 1)
    assert [one.is_incomplete for one in wim.problems] == [True]
    wim.close()


def test_directories_beyond_the_end_of_the_file_are_cut_off(tmp_path):
    data = bytearray(WRITTEN["plain"])
    (directory,) = entries_of(data)[1]
    for at in (directory, directory + 16):
        data[at : at + 4] = (1 << 24).to_bytes(4, "little")
    wim = Wim(saved(tmp_path, data))
    WimTree(wim, 1)
    assert [(one.where, one.code) for one in wim.problems] == [("image1", "truncated-image")]
    wim.close()


def test_the_images_in_the_folder_of_an_installation_medium_are_examined(install, tmp_path):
    (tmp_path / "sources").mkdir()
    saved(tmp_path / "sources", install.read_bytes())
    for number, data in enumerate(write.wim(life(generalized=True).files(), split=True), 1):
        saved(tmp_path, data, f"x{number if number > 1 else ''}.swm")
    saved(tmp_path, b"MSWIM\0\0\0", "broken.wim")
    report = examine(tmp_path, strict=True)
    assert [(one.id, one.origin) for one in report.installations] == [
        ("sources/install.wim > image1/Windows", "master"),
        ("sources/install.wim > image2/Windows", "master"),
        ("x.swm > image1/Windows", "master"),
    ]
    assert [(problem.where, problem.code) for problem in report.problems] == [("broken.wim", "not-opened")]
    assert report.source.segments == ("sources/install.wim", "x.swm", "x2.swm")


def test_parts_of_one_split_wim_are_one_source(tmp_path, capsys):
    from forensic.cli.segments import without_further

    for number, data in enumerate(write.wim(FILES, split=True), 1):
        saved(tmp_path, data, f"x{number if number > 1 else ''}.swm")
    assert without_further([str(tmp_path / "x.swm"), str(tmp_path / "x2.swm")]) == [str(tmp_path / "x.swm")]
