"""The reader of registry hives, on hives written byte by byte."""

import io
import struct

import pytest

from forensic.errors import ForensicError, Malformed, NotFound, Unreadable
from forensic.model import FileTime, Locator
from forensic.registry import key as key_module
from forensic.registry.base_block import checksum
from forensic.registry.hive import Hive
from forensic.registry.key import LOOK_UP_LIMIT, NAMED_LIMIT
from forensic.storage.file import EvidenceFile
from tests.builders.hive import (
    REG_BINARY,
    REG_DWORD,
    REG_DWORD_BIG_ENDIAN,
    REG_EXPAND_SZ,
    REG_LINK,
    REG_MULTI_SZ,
    REG_NONE,
    REG_QWORD,
    REG_SZ,
    HiveBuilder,
    name_hash,
    security_descriptor,
)
from tests.builders.source import Bytes

WRITTEN = FileTime(131_200_000_000_000_007)
VERSIONS = [(1, 0), (1, 1), (1, 2), (1, 3), (1, 5), (1, 6)]
LIST_KINDS = ["li", "lf", "lh", "ri"]


def sample(**options) -> HiveBuilder:
    h = HiveBuilder(**options)
    h.key(r"Microsoft\Cryptography", written=WRITTEN, class_name="a class")
    h.value(r"Microsoft\Cryptography", "MachineGuid", REG_SZ, "b9e1f6b5")
    h.value(r"Microsoft\Cryptography", "", REG_DWORD, 7)
    return h


def opened(builder: HiveBuilder, **options) -> Hive:
    return Hive(Bytes(builder.build()), **options)


def patched(data: bytes, offset: int, new: bytes, *, repair: bool = True) -> bytes:
    block = bytearray(data)
    block[offset : offset + len(new)] = new
    if repair:
        struct.pack_into("<I", block, 508, checksum(block))
    return bytes(block)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", LIST_KINDS)
def test_keys_and_values_of_every_version_and_list_kind(version, kind):
    hive = opened(sample(version=version, list_kind=kind), place=Locator(volume="p2", file="Windows/System32/config/SOFTWARE"))
    key = hive.key(r"\MICROSOFT\cryptography")
    value = key.value("machineguid")
    assert (key.name, key.path, key.written) == ("Cryptography", r"Microsoft\Cryptography", WRITTEN)
    assert (value.name, value.type, value.text(), value.written, value.state) == ("MachineGuid", REG_SZ, "b9e1f6b5", WRITTEN, "stored")
    assert key.value("").number() == 7
    assert key.class_text == "a class"
    assert key.security.raw == security_descriptor()
    assert [child.name for child in hive.root.keys()] == ["Microsoft"]
    assert (hive.version, hive.dirty, hive.recovered, hive.problems) == (version, False, "none", [])


def test_places_name_the_byte_that_was_read():
    data = sample().build()
    hive = Hive(Bytes(data), Locator(volume="p2", file="SOFTWARE"))
    key = hive.key(r"Microsoft\Cryptography")
    value, inline = key.value("MachineGuid"), key.value("")
    assert value.place == Locator(
        volume="p2", file="SOFTWARE", key=key.path, value="MachineGuid", offset=data.index("b9e1f6b5".encode("utf-16-le"))
    )
    assert data[inline.place.offset :][:4] == b"\x07\0\0\0"
    assert data[key.place.offset :][:2] == b"nk"
    assert key.class_name.place == key.place.inside(field="class name", offset=data.index("a class".encode("utf-16-le")))
    assert key.written_span.raw == WRITTEN.to_bytes(8, "little") == data[key.written_span.place.offset :][:8]
    assert key.raw == data[key.place.offset :][: 76 + len("Cryptography")]
    part = value.part(2, 4)
    assert part.raw == data[part.place.offset :][:4] == "9e".encode("utf-16-le")


def test_control_set_is_named_in_the_place():
    h = HiveBuilder(file_name="SYSTEM")
    h.value(r"ControlSet001\Control\Lsa", "x", REG_DWORD, 1)
    h.key(r"Select")
    hive = opened(h)
    assert hive.key(r"ControlSet001\Control").place.control_set == 1
    assert hive.key(r"controlset001\Control\Lsa").value("x").place.control_set == 1
    assert hive.key("Select").place.control_set is None


def test_base_block_fields():
    hive = opened(HiveBuilder(file_name=r"\SystemRoot\System32\Config\SAM", written=WRITTEN))
    assert (hive.file_name, hive.written, hive.size) == (r"\SystemRoot\System32\Config\SAM", WRITTEN, 8192)


def test_absence_names_the_deepest_key():
    hive = opened(sample())
    with pytest.raises(NotFound, match=r"the key 'Microsoft' has no subkey 'x'"):
        hive.key(r"Microsoft\x\y")
    with pytest.raises(NotFound, match="root key has no subkey"):
        hive.key("nothing")
    with pytest.raises(NotFound, match="value 'nothing'"):
        hive.key("Microsoft").value("nothing")
    with pytest.raises(NotFound, match="class name"):
        _ = hive.key("Microsoft").class_name
    assert hive.root.find(r"Microsoft\x\y") is None
    assert hive.root.find("microsoft") is not None
    assert hive.key("Microsoft").find_value("nothing") is None


@pytest.mark.parametrize("length", range(9))
def test_data_of_every_short_length(length):
    h = HiveBuilder()
    h.value("k", "v", REG_BINARY, bytes(range(1, length + 1)))
    value = opened(h).key("k").value("v")
    assert value.raw == bytes(range(1, length + 1))
    assert value.state == "stored"


@pytest.mark.parametrize("version", [(1, 3), (1, 5)])
@pytest.mark.parametrize("size", [16344, 16345, 2 * 16344, 100_000])
def test_long_data_in_one_cell_and_in_segments(version, size):
    h = HiveBuilder(version=version)
    data = bytes(at % 251 for at in range(size))
    h.value("k", "v", REG_BINARY, data)
    image = h.build()
    value = Hive(Bytes(image)).key("k").value("v")
    assert value.raw == data
    part = value.part(size - 1, 1)
    assert part.raw == data[-1:] == image[part.place.offset :][:1]


def test_typed_readings():
    h = HiveBuilder()
    for name, kind, data in [
        ("sz", REG_SZ, "one"), ("expand", REG_EXPAND_SZ, "%two%"), ("link", REG_LINK, "three".encode("utf-16-le")),
        ("multi", REG_MULTI_SZ, ["a", "", "b"]), ("none", REG_MULTI_SZ, []), ("open", REG_MULTI_SZ, "a\0b".encode("utf-16-le")),
        ("dword", REG_DWORD, 0x01020304), ("big", REG_DWORD_BIG_ENDIAN, 0x01020304), ("qword", REG_QWORD, 2**40),
        ("binary", REG_BINARY, b"\1\0\0\0\0\0\0\0"),
        ("odd", REG_SZ, b"a\0b\0\0"), ("tail", REG_SZ, "text\0rest".encode("utf-16-le")), ("property", 0xFFFF0012, "device"),
        ("properties", 0xFFFF2012, ["x"]),
        ("time", 0xFFFF0010, WRITTEN.to_bytes(8, "little")),
    ]:  # fmt: skip
        h.value("k", name, kind, data)
    key = opened(h).key("k")
    assert [key.value(name).text() for name in ("sz", "expand", "link", "odd", "tail", "property")] == [
        "one",
        "%two%",
        "three",
        "ab",
        "text",
        "device",
    ]
    assert [key.value(name).texts() for name in ("multi", "none", "open", "properties")] == [["a", "", "b"], [], ["a", "b"], ["x"]]
    assert [key.value(name).number() for name in ("dword", "big", "qword", "binary")] == [0x01020304, 0x01020304, 2**40, 1]
    assert key.value("time").filetime() == WRITTEN
    assert key.value("time").type == 0xFFFF0010


@pytest.mark.parametrize(
    ("kind", "data", "read"),
    [
        (REG_BINARY, b"a\0", "text"), (REG_SZ, "a", "texts"), (REG_SZ, "a", "number"),
        (REG_DWORD, b"\1\0", "number"), (REG_QWORD, b"\1\0\0\0", "number"),
        (REG_BINARY, b"12345", "number"), (REG_BINARY, b"1234567", "filetime"), (REG_NONE, b"123456789", "filetime"),
    ],
)  # fmt: skip
def test_wrong_types_and_sizes_are_malformed(kind, data, read):
    h = HiveBuilder()
    h.value("k", "v", kind, data)
    with pytest.raises(Malformed, match="at offset 0x"):
        getattr(opened(h).key("k").value("v"), read)()


@pytest.mark.parametrize(("offset", "size"), [(-1, 2), (0, 5), (5, 0), (2, -1)])
def test_part_out_of_range_is_malformed(offset, size):
    h = HiveBuilder()
    h.value("k", "v", REG_BINARY, b"1234")
    with pytest.raises(Malformed):
        opened(h).key("k").value("v").part(offset, size)


@pytest.mark.parametrize("kind", LIST_KINDS)
@pytest.mark.parametrize("wide", [False, True])
def test_names_of_every_kind_are_found_in_long_lists(kind, wide):
    h = HiveBuilder(list_kind=kind, wide_names=wide)
    names = [f"key{number}" for number in range(1200)] + ["äÖß", "Ünïcode-ÿ", "日本語", "\U0001f600", "ǅ"]
    for name in names:
        h.value(f"many\\{name}", name, REG_SZ, name)
    many = opened(h).key("many")
    assert {child.name for child in many.keys()} == set(names)
    for name in ("key0", "KEY599", "Key1199", "ÄÖß", "ünÏcode-ÿ", "日本語", "\U0001f600", "ǆ"):
        assert many.key(name).value(name).text().lower() == name.lower().replace("ǆ", "ǆ")
    with pytest.raises(NotFound):
        many.key("key1200")
    assert many.key_count == len(names)


@pytest.mark.parametrize("count", [NAMED_LIMIT, NAMED_LIMIT + 1])
def test_values_are_found_again_however_many_a_key_has(count):
    h = HiveBuilder()
    for number in range(count):
        h.value("p", f"v{number}", REG_SZ, str(number))
    key = Hive(Bytes(h.build())).key("p")
    for number in [*range(count), 0]:
        assert key.value(f"V{number}").text() == str(number)
    assert key.find_value("w") is key.find_value("w") is None


def test_subkeys_are_found_again_when_more_were_asked_for_than_are_kept():
    h = HiveBuilder()
    for number in range(LOOK_UP_LIMIT + 1):
        h.key(f"p\\{number}")
    hive = Hive(Bytes(h.build()))
    for number in [*range(LOOK_UP_LIMIT + 1), 0]:
        assert hive.key(f"p\\{number}").name == str(number)
    assert len(hive.root.tree.looked_up) <= LOOK_UP_LIMIT


def test_letters_that_only_python_makes_one_stay_apart():
    h = HiveBuilder()
    for name in ("\u0131x", "\u017fx", "\xb5x", "ßx"):
        h.root.keys[name] = type(h.root)(name)
    hive = opened(h)
    for name in ("Ix", "Sx", "\u039cx", "SSx"):
        assert hive.root.find(name) is None
    assert hive.key("ßX").name == "ßx"


def test_links_and_volatile_keys_are_told_and_not_followed():
    h = HiveBuilder()
    h.key("CurrentControlSet", volatile=True, link=True)
    h.value("CurrentControlSet", "SymbolicLinkValue", REG_LINK, r"\Registry\Machine\System\ControlSet001".encode("utf-16-le"))
    key = opened(h).key("CurrentControlSet")
    assert key.is_link
    assert key.is_volatile
    assert key.value("SymbolicLinkValue").text() == r"\Registry\Machine\System\ControlSet001"
    assert not opened(h).root.is_link


def test_wrong_hashes_hide_no_key():
    data = bytearray(sample().build())
    at = data.index(b"lh\1\0")
    data[at + 8 : at + 12] = b"\xff\xff\xff\xff"
    hive = Hive(Bytes(bytes(data)))
    assert hive.key(r"Microsoft\Cryptography").value("MachineGuid").text() == "b9e1f6b5"


@pytest.mark.parametrize("wrong", [{f"key{number}" for number in range(900)}, {"key899"}, {"key450"}])
def test_wrong_hashes_hide_no_key_of_a_long_list(monkeypatch, wrong):
    monkeypatch.setattr("tests.builders.hive.name_hash", lambda name: 0xFFFFFFFF if name in wrong else name_hash(name))
    h = HiveBuilder()
    for number in range(900):
        h.key(f"many\\key{number}")
    many = opened(h).key("many")
    assert many.key("KEY899").name == "key899"
    assert many.key("KEY450").name == "key450"
    assert many.find("absent") is None


def test_hints_that_were_found_right_are_believed(monkeypatch):
    h = HiveBuilder()
    for number in range(200):
        h.key(f"many\\key{number}")
    many, asked = opened(h).key("many"), []
    plain = key_module.glance
    monkeypatch.setattr(key_module, "glance", lambda *where: (asked.append(where), plain(*where))[1])
    for name in ("absent", "nothing", "none"):
        assert many.find(name) is None
    assert len(asked) == 200


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "hive is empty"),
        (bytes(8192), "only zeros"),
        (b"13 bytes text", "base block"),
        (b"MZ" + bytes(8192), "lacks the signature 'regf'"),
    ],
)
def test_what_is_no_hive_is_said_so(data, sentence):
    with pytest.raises(Malformed, match=sentence):
        Hive(Bytes(data))


def test_a_log_given_as_hive_is_said_so():
    with pytest.raises(Malformed, match="a transaction log"):
        Hive(Bytes(patched(sample().build()[:4096], 28, b"\6") + bytes(4096)))


def test_a_wrong_checksum_makes_the_hive_dirty():
    data = sample().build()
    hive = Hive(Bytes(patched(data, 12, b"\1", repair=False)))
    assert (hive.dirty, hive.recovered) == (True, "none")
    assert "checksum" in hive.problems[0]
    assert hive.key("Microsoft").name == "Microsoft"


def test_an_unknown_version_is_read_as_the_newest_and_said_so():
    hive = Hive(Bytes(patched(sample().build(), 24, b"\x09")))
    assert hive.problems == ["base block gives the unknown version 1.9"]
    assert hive.key(r"Microsoft\Cryptography").value("MachineGuid").text() == "b9e1f6b5"


def test_a_truncated_hive_gives_what_is_there_and_names_the_rest():
    h = sample()
    h.value("zz", "v", REG_BINARY, bytes(9000))
    data = h.build()
    hive = Hive(Bytes(data[:8192]))
    assert "cut short" in hive.problems[0]
    assert hive.key(r"Microsoft\Cryptography").value("MachineGuid").text() == "b9e1f6b5"
    with pytest.raises(Malformed, match="at offset 0x"):
        _ = hive.key("zz").value("v").raw


def test_damaged_children_are_stepped_over_and_named():
    h = HiveBuilder()
    for name in ("a", "b", "c"):
        h.value("p", name, REG_SZ, name)
        h.key(f"p\\{name}")
    data = bytearray(h.build())
    key = Hive(Bytes(bytes(data))).key("p")
    start, record = key.key("b").place.offset, key.value("b").start
    data[start : start + 2] = b"xx"
    data[record : record + 2] = b"yy"
    hive = Hive(Bytes(bytes(data)))
    key = hive.key("p")
    assert [child.name for child in key.keys()] == ["a", "c"]
    assert [value.name for value in key.values()] == ["a", "c"]
    assert len(hive.problems) == 2
    assert all("at offset 0x" in problem for problem in hive.problems)
    assert key.key("c").name == "c"
    assert list(key.subkey_times()) == [child.written for child in key.keys()]
    for search in 2 * (lambda: key.key("b"), lambda: key.value("b"), lambda: key.find("absent"), lambda: key.find_value("absent")):
        with pytest.raises(Malformed, match="at offset 0x"):
            search()


def test_unreadable_bytes_stay_unreadable():
    h = sample()
    h.value("zz", "v", REG_BINARY, bytes(20_000))
    data = h.build()

    class Broken(Bytes):
        def read_at(self, offset, size):
            if offset + size > 12288:
                raise Unreadable(f"cannot read at {offset:#x}")
            return super().read_at(offset, size)

    hive = Hive(Broken(data))
    assert hive.key(r"Microsoft\Cryptography").value("MachineGuid").text() == "b9e1f6b5"
    with pytest.raises(Unreadable):
        _ = hive.key("zz").value("v").raw


def children_of(data: bytes, path: str) -> tuple[int, int]:
    """Return where the list of subkeys of `path` starts in the file, and the offset of the key's own cell."""
    key = Hive(Bytes(data)).key(path)
    return 4096 + key.node.subkeys_list_offset + 4, key.offset


def test_a_key_listed_below_itself_ends_the_walk():
    h = HiveBuilder(list_kind="li")
    h.key(r"a\b\c")
    data = bytearray(h.build())
    at, _ = children_of(bytes(data), r"a\b")
    for planted in (
        Hive(Bytes(bytes(data))).root.offset,
        Hive(Bytes(bytes(data))).key("a").offset,
        Hive(Bytes(bytes(data))).key(r"a\b").offset,
    ):
        struct.pack_into("<I", data, at + 4, planted)
        hive = Hive(Bytes(bytes(data)))
        walked = walk(hive.root, 50)
        assert [key.path for key in walked] == ["", "a", r"a\b"]
        assert hive.problems


def test_lists_of_lists_that_lead_back_end_the_walk():
    h = HiveBuilder(list_kind="ri")
    h.key(r"a\b")
    data = bytearray(h.build())
    at, _ = children_of(bytes(data), "a")
    struct.pack_into("<I", data, at + 4, at - 4 - 4096)
    hive = Hive(Bytes(bytes(data)))
    assert list(hive.key("a").keys()) == []
    assert "entered twice" in hive.problems[0]
    with pytest.raises(Malformed):
        hive.key(r"a\b")


def test_a_key_that_two_keys_list_belongs_to_the_one_it_names():
    h = HiveBuilder(list_kind="li")
    h.key(r"a\one")
    h.key(r"b\two")
    data = bytearray(h.build())
    at, _ = children_of(bytes(data), "a")
    stranger = Hive(Bytes(bytes(data))).key(r"b\two").offset
    struct.pack_into("<I", data, at + 4, stranger)
    hive = Hive(Bytes(bytes(data)))
    assert {key.path for key in walk(hive.root, 50)} == {"", "a", "b", r"b\two"}
    assert "another parent" in hive.problems[0]


def test_a_subkey_listed_twice_is_walked_once():
    h = HiveBuilder(list_kind="li")
    h.key(r"a\one")
    h.key(r"a\two")
    data = bytearray(h.build())
    at, _ = children_of(bytes(data), "a")
    data[at + 8 : at + 12] = data[at + 4 : at + 8]
    hive = Hive(Bytes(bytes(data)))
    assert [key.name for key in hive.key("a").keys()] == ["one"]
    assert "listed twice" in hive.problems[0]


def test_an_enormous_count_of_values_is_bounded_by_the_cell():
    data = bytearray(sample().build())
    key = Hive(Bytes(bytes(data))).key(r"Microsoft\Cryptography")
    struct.pack_into("<I", data, key.place.offset + 36, 0xFFFFFFF0)
    hive = Hive(Bytes(bytes(data)))
    assert {value.name for value in hive.key(r"Microsoft\Cryptography").values()} >= {"MachineGuid", ""}
    assert hive.problems


def test_enormous_data_are_not_allocated():
    data = bytearray(sample().build())
    value = Hive(Bytes(bytes(data))).key(r"Microsoft\Cryptography").value("MachineGuid")
    struct.pack_into("<I", data, value.start + 4, 0x7FFFFFFF)
    value = Hive(Bytes(bytes(data))).key(r"Microsoft\Cryptography").value("MachineGuid")
    with pytest.raises(Malformed, match="claims 2147483647 bytes"):
        _ = value.raw
    assert value.place.offset == value.start


def test_problems_are_told_once_and_not_without_end():
    h = HiveBuilder()
    for number in range(200):
        h.key(f"k{number}")
    data = bytearray(h.build())
    for key in list(Hive(Bytes(bytes(data))).root.keys()):
        data[key.place.offset : key.place.offset + 2] = b"xx"
    hive = Hive(Bytes(bytes(data)))
    assert list(hive.root.keys()) == list(hive.root.keys()) == []
    assert len(hive.problems) == len(set(hive.problems)) == 50


def test_a_look_up_reads_only_the_pages_it_needs(tmp_path):
    h = sample()
    for number in range(20_000):
        h.value(f"filler\\k{number}", "v", REG_SZ, "x" * 20)
    path = tmp_path / "SOFTWARE"
    path.write_bytes(h.build())
    source = EvidenceFile(path)
    assert source.size > 3_000_000
    hive = Hive(source)
    assert hive.key(r"Microsoft\Cryptography").value("MachineGuid").text() == "b9e1f6b5"
    assert source.meter.bytes_read <= 6 * 4096
    source.close()


@pytest.mark.parametrize(
    "options", [{}, {"list_kind": "lf"}, {"list_kind": "li"}, {"list_kind": "ri"}, {"wide_names": True}, {"version": (1, 3)}]
)
def test_python_registry_reads_built_hives_alike(options):
    from Registry.Registry import Registry

    h = sample(**options)
    h.value("big", "v", REG_BINARY, bytes(range(256)) * 300)
    for number in range(600):
        h.value(f"many\\k{number}", "n", REG_DWORD, number)
    data = h.build()
    other, ours = Registry(io.BytesIO(data)), Hive(Bytes(data))
    assert other.open(r"Microsoft\Cryptography").value("MachineGuid").value() == "b9e1f6b5"
    assert other.open("big").value("v").raw_data() == ours.key("big").value("v").raw
    theirs = [(key.name(), key.value("n").value()) for key in other.open("many").subkeys()]
    assert theirs == [(key.name, key.value("n").number()) for key in ours.key("many").keys()]
    assert h.build() == data


def walk(root, limit: int) -> list:
    """Return all keys, having touched every value; fails when there are more than `limit`."""
    found, waiting = [], [root]
    while waiting:
        key = waiting.pop()
        found.append(key)
        assert len(found) <= limit, "the walk does not end"
        for value in key.values():
            try:
                _ = (value.raw, value.place, value.state)
            except ForensicError:
                assert isinstance(value.place.offset, int)
        waiting.extend(key.keys())
    return found
