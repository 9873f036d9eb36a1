import hashlib
import lzma
import re
import struct
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensic import examine
from forensic.errors import ForensicError, Malformed, NotFound, Unreadable, Unsupported
from forensic.model import upcase
from forensic.storage.file import EvidenceFile
from forensic.volumes.directory_index import DirectoryIndex
from forensic.volumes.disk import open_disk
from forensic.volumes.ntfs import NtfsTree
from forensic.volumes.tree import walk
from tests.builders.disk import Bytes, boot_record, place
from tests.builders.disk import entry as table_entry
from tests.builders.ntfs_fixture import ALGORITHMS, FILES, LARGE_FILES, LARGE_TARGET, MANY, TARGET, text

SAM = "Windows/System32/config/SAM"


@cache
def load() -> bytes:
    return lzma.decompress(TARGET.read_bytes())


@pytest.fixture(scope="session")
def image() -> bytes:
    return load()


@pytest.fixture(scope="session")
def tree(image):
    return NtfsTree(Bytes(image), "p1")


@pytest.fixture(scope="session")
def fixture_file(image, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("ntfs") / "fixture.raw"
    path.write_bytes(image)
    return path


@pytest.mark.parametrize("path", FILES)
def test_every_file_is_read_under_its_name_in_any_case(tree, path):
    for spelling in (path, path.upper(), path.lower(), path.replace("/", "\\")):
        file = tree.open(spelling)
        assert (file.path, file.size, file.read_all()) == (path, len(FILES[path]), FILES[path])
    assert tree.problems == []


def test_a_file_is_a_reading(tree):
    file = tree.open(SAM.lower())
    assert str(file.place) == f"p1 > {SAM}"
    assert (str(file.written), str(file.created)) == ("2022-06-18T04:26:40.0000000Z",) * 2
    assert (file.raw, file.state, file.read_at(5, 2), file.read_at(99, 2), file.read_at(-1, 2)) == (b"", "stored", b"is", b"", b"")


def test_a_volume_tells_serial_label_and_when_it_was_made(image):
    volume = open_disk(Bytes(image)).volumes[0]
    assert (volume.label, volume.serial_text) == ("Fixture", image[0x48:0x50][::-1].hex())
    assert str(volume.created.written) == "2022-06-18T04:26:40.0000000Z"
    assert str(volume.created.place).startswith("v0 > $MFT > (creation time of $Volume) @ ")
    table = int.from_bytes(image[0x30:0x38], "little") * 4096
    assert image[table + volume.created.place.offset :][:8] == volume.created.raw


def test_a_real_volume_was_made_when_its_mft_was(real):
    volume = open_disk(EvidenceFile(real("images/dfvfs/vss.raw"))).volumes[0]
    assert (str(volume.created.written), volume.label) == ("2021-05-01T17:38:43.6620538Z", "TestVolume")


@pytest.mark.parametrize(("name", "folded"), [
    ("Straße", "STRAßE"), ("ÿ", "Ÿ"), ("\ufb01", "\ufb01"), ("\u0131", "\u0131"), ("\u017f", "\u017f"), ("äЖк", "ÄЖК"), ("sam", "SAM"),
    ("\xb5", "\xb5"), ("\U00010428", "\U00010428"),
])  # fmt: skip
def test_names_upcase_character_by_character(name, folded):
    assert upcase(name) == folded


def test_names_upcase_as_the_table_of_a_volume_says(tree):
    letters = [*range(0x180), *range(0x3B1, 0x3C2), *range(0x3C3, 0x3CF), *range(0x400, 0x482), *range(0x1E00, 0x1E95)]
    table = tree._upcase._load()
    assert [upcase(chr(unit)) for unit in letters] == [table[2 * unit : 2 * unit + 2].decode("utf-16-be") for unit in letters]


def test_a_large_directory_is_listed_without_what_was_deleted(tree):
    entries = tree.list("windows/system32/MANY")
    assert [entry.name for entry in entries] == [f"file {number:04}.dat" for number in range(MANY)]
    assert not any(entry.is_directory or entry.is_link for entry in entries)


def test_every_file_of_a_large_directory_is_found(tree):
    for number in range(0, MANY, 7):
        assert tree.open(f"Windows/System32/many/FILE {number:04}.DAT").read_all() == str(number).encode()


@pytest.mark.parametrize("path", [
    "nope", "Windows/nope", "Windows/System32/many/file 9999.dat", "Windows/System32/many/gone 0002.dat", "Windows/System32/many/",
    f"{SAM}/nope", "Windows", "", "../Windows", "Umläute/yY.txt", f"{SAM}:stream",
])  # fmt: skip
def test_what_is_not_there_is_not_found(tree, path):
    with pytest.raises(NotFound):
        tree.open(path)
    assert tree.problems == []


@pytest.mark.parametrize("path", ["nope", SAM, "Documents and Settings"])
def test_only_directories_are_listed(tree, path):
    with pytest.raises(NotFound):
        tree.list(path)


def test_short_names_lead_to_the_file_under_its_long_name(tree):
    assert tree.open(r"PROGRA~1\alongn~1.tex").path == "Program Files/A long name.text"
    assert [entry.name for entry in tree.list("progra~1")] == ["A long name.text"]


def test_alternate_streams_are_read_by_name(tree):
    stream = tree.open("content/plain.txt").stream("A Stream")
    assert (str(stream.place), stream.read_all()) == ("p1 > content/plain.txt:a stream", b"beside")
    assert tree.open("content/only streams").stream("big").read_all() == text()
    for name in ("nope", ""):
        with pytest.raises(NotFound):
            tree.open("content/plain.txt").stream(name)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_compact_os_files_are_decompressed(tree, name):
    file, content = tree.open(f"content/{name}"), text()
    assert (file.size, file.read_all()) == (len(content), content)
    for offset, size in ((0, 1), (4095, 2), (32_767, 2), (len(content) - 3, 99), (len(content), 1), (10, 0)):
        assert file.read_at(offset, size) == content[offset : offset + size]


@pytest.mark.parametrize(("path", "error", "code", "what"), [
    ("content/wimboot", Unsupported, "elsewhere", "WIM"), ("content/dedup", Unsupported, "elsewhere", "deduplicated"),
    ("content/cloud", Unsupported, "elsewhere", "cloud"), ("content/wof without stream", Malformed, "format-broken", "stream is missing"),
    ("content/symlink", NotFound, "is-link", r"is a link to content\\plain.txt"), ("content/gone", NotFound, "no-file", "no gone in"),
    ("Documents and Settings/x", NotFound, "is-link", r"Documents and Settings is a link to \\\?\?\\C:\\Users"),
])  # fmt: skip
def test_content_that_is_elsewhere_is_never_zeros(tree, path, error, code, what):
    with pytest.raises(error, match=what) as raised:
        tree.open(path)
    assert raised.value.code == code


def test_links_are_shown_and_other_reparse_points_are_none(tree):
    assert {entry.name for folder in ("", "content") for entry in tree.list(folder) if entry.is_link} == {
        "Documents and Settings",
        "symlink",
    }
    assert tree.open("content/hydrated").size == 0


def test_a_file_with_named_streams_only_gives_them_and_is_not_called_empty(image):
    offset = records(image)["plain.txt"]
    at = int.from_bytes(image[offset + 20 : offset + 22], "little")
    while image[offset + at : offset + at + 4] != b"\x80\0\0\0":
        at += int.from_bytes(image[offset + at + 4 : offset + at + 8], "little")
    file = NtfsTree(Bytes(changed(image, offset + at, b"\xf0"))).open("content/plain.txt")
    assert file.stream("a stream").read_all() == b"beside"
    for action in (file.read_all, lambda: file.size, lambda: file.read_at(0, 1)):
        with pytest.raises(Malformed, match="no unnamed data stream"):
            action()


def test_a_compressed_file_without_its_reparse_data_is_not_read_as_zeros(image):
    offset = records(image)["lzx"]
    at = int.from_bytes(image[offset + 20 : offset + 22], "little")
    while image[offset + at : offset + at + 4] != b"\xc0\0\0\0":
        at += int.from_bytes(image[offset + at + 4 : offset + at + 8], "little")
    with pytest.raises(Malformed, match="reparse data is missing"):
        NtfsTree(Bytes(changed(image, offset + at, b"\xd0"))).open("content/lzx")


def test_sparse_files_read_as_windows_reads_them(tree):
    data = tree.open("content/sparse").read_all()
    assert (len(data), data[1 << 20 : (1 << 20) + 9], data.count(0)) == (3 << 20, b"an island", (3 << 20) - 9)


def test_a_limit_is_kept(tree):
    with pytest.raises(Malformed, match="more than the 10"):
        tree.open(SAM).read_all(limit=10)


def test_one_hive_costs_little(image):
    source = Bytes(image)
    volume = open_disk(source).volumes[0]
    assert volume.tree.open(SAM).read_all() == FILES[SAM]
    assert source.bytes_read < 500_000
    before = source.bytes_read
    for name in ("SYSTEM", "SOFTWARE", "SECURITY"):
        volume.tree.open(f"Windows/System32/config/{name}").read_all()
    assert source.bytes_read == before
    assert volume.tree.open("Windows/System32/many/file 2999.dat").read_all() == b"2999"
    assert source.bytes_read - before < 500_000


def by_pytsk3(path: Path) -> dict[str, str]:
    """Every file, by the other search and with its content's digest; None for directories."""
    import pytsk3

    system, found = pytsk3.FS_Info(pytsk3.Img_Info(str(path))), {}

    def descend(number: int, folder: str) -> None:
        for each in system.open_dir(inode=number):
            name, meta = each.info.name, each.info.meta
            if meta is None or not int(name.flags) & int(pytsk3.TSK_FS_NAME_FLAG_ALLOC) or name.name in {b".", b"..", b"$OrphanFiles"}:
                continue
            text = f"{folder}{name.name.decode()}"
            if any(int(attribute.info.type) == 0xC0 for attribute in each):
                continue
            if int(meta.type) == int(pytsk3.TSK_FS_META_TYPE_DIR):
                found[text] = "directory"
                descend(meta.addr, f"{text}/")
            else:
                data = each.read_random(0, meta.size) if meta.size else b""
                found[text] = hashlib.md5(data).hexdigest()

    descend(5, "")
    return found


def by_index(tree) -> dict[str, str]:
    found = {}
    for path, entry in walk(tree):
        if entry.is_directory and not entry.is_link:
            found[path] = "directory"
        elif not entry.is_link:
            try:
                found[path] = "" if path.startswith("$Extend/") else hashlib.md5(tree.open(path).read_all()).hexdigest()
            except (Unsupported, Malformed):
                found[path] = "refused"
    return found


SYSTEM_FILES = {"$BadClus", "$Secure"}
"""pytsk3 shows the main content of these as one of their named streams."""


@pytest.mark.parametrize("name", ["fixture", "ntfs", "vss"])
def test_both_ways_through_a_volume_find_the_same_files(request, name):
    path = request.getfixturevalue("fixture_file") if name == "fixture" else request.getfixturevalue("real")(f"images/dfvfs/{name}.raw")
    other = {path: digest for path, digest in by_pytsk3(path).items() if path not in SYSTEM_FILES and not path.startswith("$Extend/")}
    own = by_index(NtfsTree(EvidenceFile(path)))
    reparsed = {path for path in own if path.startswith("content/") and path not in other}
    own = {path: digest for path, digest in own.items() if path not in SYSTEM_FILES | reparsed and not path.startswith("$Extend/")}
    assert own == other
    assert len(own) > (MANY if name == "fixture" else 10)


def records(image: bytes) -> dict[str, int]:
    """Offset of the MFT record of each file, by its last name."""
    found = {}
    for match in re.finditer(rb"FILE0\x00\x03\x00", image):
        record = image[match.start() : match.start() + 1024]
        at = int.from_bytes(record[20:22], "little")
        while at + 8 < 1024 and record[at : at + 4] != b"\xff\xff\xff\xff":
            kind, size = struct.unpack_from("<II", record, at)
            if kind == 0x30:
                value = at + int.from_bytes(record[at + 20 : at + 22], "little")
                found.setdefault(record[value + 66 : value + 66 + 2 * record[value + 64]].decode("utf-16-le", "replace"), match.start())
            if size == 0:
                break
            at += size
    return found


def changed(image: bytes, offset: int, data: bytes) -> bytes:
    return image[:offset] + data + image[offset + len(data) :]


def index_blocks(image: bytes) -> list[int]:
    return [match.start() for match in re.finditer(b"INDX", image) if match.start() % 4096 == 0]


def test_a_damaged_index_block_is_said_and_the_file_found_all_the_same(image):
    block = next(at for at in index_blocks(image) if "file 1234.dat".encode("utf-16-le") in image[at : at + 4096])
    for offset, data in ((0, b"BAAD"), (510, b"\xee\xee"), (16, b"\x77"), (24, b"\xff\xff\xff\x7f"), (4, b"\xff\xff"), (6, b"\0\0")):
        tree = NtfsTree(Bytes(changed(image, block + offset, data)))
        file = tree.open("windows/system32/many/FILE 1234.dat")
        assert (file.path, file.read_all()) == ("Windows/System32/many/file 1234.dat", b"1234")
        with pytest.raises(Malformed):
            tree.open("Windows/System32/many/file 1234.nope")
        assert len(tree.problems) == 1
        assert "damaged directory" in tree.problems[0].what
        with pytest.raises(Malformed):
            tree.list("Windows/System32/many")
        assert tree.open(SAM).read_all() == FILES[SAM]


def test_what_is_left_of_a_damaged_directory_is_told_by_the_records(image):
    blocks = [at for at in index_blocks(image) if "file 1234.dat".encode("utf-16-le") in image[at : at + 4096]]
    tree = NtfsTree(Bytes(changed(image, blocks[0], b"BAAD")))
    assert tree.salvage("Windows/System32/many") == NtfsTree(Bytes(image)).list("Windows/System32/many")
    whole = {entry.name: entry for entry in NtfsTree(Bytes(image)).list() if not entry.name.startswith("$")}
    assert {entry.name: entry for entry in tree.salvage() if not entry.name.startswith("$")} == whole
    assert whole["Documents and Settings"].is_link


def test_records_that_cannot_be_read_do_not_hide_the_others(image):
    offset = records(image)["file 1234.dat"]
    page = range(offset // 4096 * 4096, offset // 4096 * 4096 + 4096)
    found = {entry.name for entry in NtfsTree(Bytes(image, page)).salvage("Windows/System32/many")}
    assert 3000 - len(found) in range(1, 5)
    assert "file 1234.dat" not in found


def test_a_windows_below_a_damaged_root_directory_is_found(image, tmp_path):
    at = next(at for at in index_blocks(image) if "$MFTMirr".encode("utf-16-le") in image[at : at + 4096])
    path = tmp_path / "disk.raw"
    path.write_bytes(changed(image, at, bytes(4096)))
    report = examine(path)
    assert [installation.id for installation in report.installations] == ["v0/Windows"]
    assert {("error", "v0 > /"), ("warning", "v0 > root directory")} <= {(problem.severity, problem.where) for problem in report.problems}


def test_damage_where_no_content_hangs_on_it_is_a_warning(image):
    bitmap = NtfsTree(Bytes(image)).open("$Bitmap").read_all()
    (at,) = (at for at in range(0, len(image), 4096) if image[at : at + len(bitmap)] == bitmap)
    tree = NtfsTree(Bytes(image, range(at, at + 512)), "p1")
    assert tree.open(SAM).read_all() == FILES[SAM]
    assert [problem.what.partition(":")[0] for problem in tree.problems] == ["damaged, but not where the content of files hangs on it"]
    with pytest.raises(Unreadable, match="bad sector"):
        tree.open("$Bitmap").read_all()


def test_clusters_larger_than_pytsk3_takes_are_read(tmp_path):
    volume = lzma.decompress(LARGE_TARGET.read_bytes())
    tree = NtfsTree(Bytes(volume))
    assert {path: tree.open(path).read_all() for path in LARGE_FILES} == LARGE_FILES
    assert (tree.label, tree.problems, tree._cluster) == ("Fixture", [], 2 << 20)
    disk = open_disk(Bytes(volume))
    assert disk.volumes[0].serial_text == volume[0x48:0x50][::-1].hex()
    assert disk.volumes[0].created.written is not None


def test_of_names_that_differ_in_case_only_the_one_asked_for_is_found(image):
    # `file 1234.dat` and its neighbour become twins: their order in the index stays right
    twins = {b"1234": "File 1234.dat", b"1235": "file 1234.dat"}
    data = bytearray(image)
    for content, name in twins.items():
        old = f"file {content.decode()}.dat".encode("utf-16-le")
        for at in [match.start() for match in re.finditer(re.escape(old), bytes(image))]:
            data[at : at + len(old)] = name.encode("utf-16-le")
            data[at - 1] = 0
    tree = NtfsTree(Bytes(bytes(data)))
    for content, name in twins.items():
        assert tree.open(f"Windows/System32/many/{name}").read_all() == content
    assert tree.open("windows/system32/MANY/FILE 1234.DAT").read_all() == b"1234"
    assert tree.problems == []


def test_nodes_that_lead_to_one_another_for_one_name_end():
    name = "WINDOWS".encode("utf-16-le")
    key = bytes(64) + bytes([7, 0]) + name
    entries = struct.pack("<QHHHxx", 5, 104, len(key), 1) + key.ljust(80, b"\0") + bytes(8)  # its child is the block itself
    entries = 8 * entries + struct.pack("<QHHHxxQ", 0, 24, 0, 3, 0)
    node = struct.pack("<IIII", 40, 40 + len(entries), 4072, 1) + bytes(24) + entries
    block = bytearray(b"INDX" + struct.pack("<HH16x", 40, 9) + node).ljust(4096, b"\0")
    for end in range(512, 4097, 512):
        block[40 + 2 * (end // 512) : 42 + 2 * (end // 512)], block[end - 2 : end] = block[end - 2 : end], b"\0\0"
    root = struct.pack("<IIII", 0x30, 1, 4096, 1) + node
    index = DirectoryIndex("folder", root, lambda _, size: bytes(block[:size]), 4096, 4096, lambda name: name)
    assert index.find(name, "Windows").name == "WINDOWS"


def test_measures_that_no_volume_has_end(image):
    boot = struct.pack("<HB", 4096, 0xFC)
    with pytest.raises(ForensicError):
        NtfsTree(Bytes(changed(changed(image, 11, boot), 40, b"\xff" * 8)))
    table = int.from_bytes(image[0x30:0x38], "little") * 4096
    sizes = image.index(struct.pack("<Q", NtfsTree(Bytes(image)).open("$MFT").size), table)
    block = next(at for at in index_blocks(image) if "$MFTMirr".encode("utf-16-le") in image[at : at + 4096])
    for size in (1 << 40, 1 << 62):
        data = changed(changed(image, block, bytes(4096)), sizes, struct.pack("<QQQ", size, size, size))
        assert NtfsTree(Bytes(data)).open(SAM).read_all() == FILES[SAM]


def test_names_out_of_order_are_found_by_looking_at_all(image):
    name = "file 2000.dat".encode("utf-16-le")
    block = next(block for block in index_blocks(image) if name in image[block : block + 4096])
    moved = changed(image, image.index(name, block), "aile 2000.dat".encode("utf-16-le"))
    beside = sorted(int(number) for number in re.findall(r"file (\d{4})\.dat", image[block : block + 4096].decode("utf-16-le", "replace")))
    tree = NtfsTree(Bytes(moved))
    for number in beside:
        if number != 2000:
            assert tree.open(f"Windows/System32/many/file {number}.dat").read_all() == str(number).encode()
    assert "aile 2000.dat" in {entry.name for entry in tree.list("Windows/System32/many")}
    assert tree.problems == []


def test_a_stale_reference_is_damage_and_only_the_record_itself_can_heal_it(image):
    offset = records(image)["SAM"]
    sequence = int.from_bytes(image[offset + 16 : offset + 18], "little")
    stale = changed(image, offset + 16, (sequence + 1).to_bytes(2, "little"))
    tree = NtfsTree(Bytes(stale))
    assert tree.open(SAM).read_all() == FILES[SAM]
    assert "belongs to another file now" in tree.problems[0].what
    name = stale.index("SAM".encode("utf-16-le"), offset)
    tree = NtfsTree(Bytes(changed(stale, name, b"X")))
    for _ in range(3):
        with pytest.raises(Malformed, match="belongs to another file now"):
            tree.open(SAM)
    assert len(tree.problems) == 1


def test_a_walk_goes_on_past_a_damaged_directory(image):
    block = next(at for at in index_blocks(image) if "file 1234.dat".encode("utf-16-le") in image[at : at + 4096])
    tree = NtfsTree(Bytes(changed(image, block, b"BAAD")))
    found = {path for path, _ in walk(tree)}
    assert {SAM, "content/plain.txt", "Windows/System32/many"} <= found
    assert "cannot be listed" in tree.problems[-1].what
    assert tree.problems[-1].where == "Windows/System32/many"


def test_an_encrypted_file_is_refused(image):
    offset = records(image)["SAM"]
    record = image[offset : offset + 1024]
    at = int.from_bytes(record[20:22], "little")
    at += int.from_bytes(record[at + 20 : at + 22], "little") + 32
    with pytest.raises(Unsupported, match="encrypted by EFS"):
        NtfsTree(Bytes(changed(image, offset + at, b"\x20\x40"))).open(SAM)


def places(image: bytes, content: bytes) -> list[int]:
    """Where the clusters of `content/plain.txt` lie; another stream has the same content."""
    found = [match.start() for match in re.finditer(re.escape(content), image)]
    return [
        at for at in found if NtfsTree(Bytes(changed(image, at, b"!"))).open("content/plain.txt").read_all() != FILES["content/plain.txt"]
    ]


def test_a_bad_sector_is_named_and_costs_only_what_lies_in_it(image):
    content = FILES["content/plain.txt"]
    at = places(image, content[8192:12288])[0]
    tree = NtfsTree(Bytes(image, range(at, at + 512)))
    file = tree.open("content/plain.txt")
    with pytest.raises(Unreadable, match=f"bad sector at {at:#x}"):
        file.read_all()
    assert file.read_at(0, 8192) == content[:8192]
    assert file.read_at(12288, 4096) == content[12288:16384]
    assert tree.open(SAM).read_all() == FILES[SAM]


def test_a_bad_sector_in_a_directory_is_unreadable_not_absent(image):
    block = next(at for at in index_blocks(image) if "file 1234.dat".encode("utf-16-le") in image[at : at + 4096])
    tree = NtfsTree(Bytes(image, range(block, block + 512)))
    with pytest.raises(Unreadable, match="bad sector"):
        tree.list("Windows/System32/many")
    with pytest.raises(Unreadable, match="bad sector"):
        tree.open("Windows/System32/many/file 1234.nope")
    assert tree.open("Windows/System32/many/file 1234.dat").read_all() == b"1234"
    assert "searched in all MFT records" in tree.problems[0].what


def test_a_truncated_image_gives_what_it_holds_and_no_zeros(image):
    at = places(image, FILES["content/plain.txt"][8192:12288])[0]
    tree = NtfsTree(Bytes(image[: at + 100]), size=len(image))
    with pytest.raises(Unreadable, match="the image ends"):
        tree.open("content/plain.txt").read_all()


@pytest.mark.parametrize(("offset", "data"), [(0, bytes(512)), (510, b"\0"), (11, b"\1"), (13, b"\0"), (50, b"\xff\xff\xff")])
def test_a_damaged_boot_sector_is_mended_from_its_backup(image, offset, data):
    volume = open_disk(Bytes(changed(image, offset, data))).volumes[0]
    assert volume.tree.open(SAM).read_all() == FILES[SAM]
    assert "backup in the last sector" in volume.problems[0].what
    assert (volume.serial_text, volume.label) == (image[0x48:0x50][::-1].hex(), "Fixture")


def test_an_unreadable_boot_sector_is_mended_from_its_backup(image):
    disk = place(64 * 512 + len(image), (0, boot_record(table_entry(7, 64, len(image) // 512))), (64 * 512, image))
    volume = open_disk(Bytes(disk, bad=range(64 * 512, 65 * 512))).volumes[0]
    assert volume.tree.open(SAM).read_all() == FILES[SAM]
    assert "backup in the last sector" in volume.problems[0].what


def test_an_unreadable_boot_sector_without_a_backup_is_a_reason(image):
    disk = place(64 * 512 + len(image), (0, boot_record(table_entry(7, 64, len(image) // 512))), (64 * 512, image[:-512]))
    volume = open_disk(Bytes(disk, bad=range(64 * 512, 65 * 512))).volumes[0]
    assert volume.not_examined == "its first sectors cannot be read: bad sector at 0x8000"


def test_a_damaged_upcase_table_is_a_problem_and_unicode_serves(image):
    at = image.index(b"".join(struct.pack("<H", unit) for unit in range(0x40)))
    tree = NtfsTree(Bytes(changed(image, at + 2 * 0x61, b"\0\0")))
    assert tree.open("umläute/ünïcode жук 漢字.TXT").read_all() == b"not ASCII"
    assert "upper case by Unicode" in tree.problems[0].what


def test_ntfs_of_nt4_is_read(image):
    """Version 1.2 has no $Secure, and another number in $Volume."""
    table = int.from_bytes(image[0x30:0x38], "little") * 4096
    version = image.index(bytes.fromhex("0000000000000000 0301"), table + 3 * 1024)
    assert version < table + 4 * 1024
    old = changed(changed(image, version + 8, b"\x01\x02"), table + 9 * 1024, bytes(1024))
    volume = open_disk(Bytes(old)).volumes[0]
    assert (volume.label, volume.tree.open(SAM).read_all(), volume.tree.problems) == ("Fixture", FILES[SAM], [])


def test_a_boot_sector_of_nonsense_is_malformed(image):
    with pytest.raises(Malformed, match="NTFS"):
        NtfsTree(Bytes(bytes(100_000)))
    with pytest.raises(ForensicError):
        NtfsTree(Bytes(changed(image, 11, b"\0\0")))


@cache
def spots() -> list[int]:
    return index_blocks(load())[:40] + sorted(records(load()).values())[:60]


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_damage_ends_in_an_answer_or_in_a_forensic_error(data):
    damaged = bytearray(load())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.sampled_from(spots())) + data.draw(st.integers(0, 300))
        change = data.draw(st.binary(min_size=1, max_size=4))
        damaged[at : at + len(change)] = change
    answers(bytes(damaged))


def answers(data):
    """Return what a volume answers to some questions, each an answer or a ForensicError; anything else that is raised is a bug."""
    try:
        tree = NtfsTree(Bytes(data))
    except ForensicError as error:
        return [error]
    found = []
    for question in (
        lambda: tree.open(SAM).read_all(),
        lambda: [entry.name for entry in tree.list("Windows/System32/config")],
        lambda: tree.open("content/xpress4k").read_all(),
        lambda: tree.label,
    ):
        try:
            found.append(question())
        except ForensicError as error:
            found.append(error)
    return found


def test_a_whole_volume_answers_and_a_defect_of_the_reader_is_noticed(image, monkeypatch):
    assert answers(image) == [FILES[SAM], ["SAM", "SECURITY", "SOFTWARE", "SYSTEM"], text(), "Fixture"]
    assert [type(found) for found in answers(bytes(100_000))] == [Malformed]

    def broken(*_):
        raise KeyError

    monkeypatch.setattr(DirectoryIndex, "find", broken)
    with pytest.raises(KeyError):
        answers(image)
