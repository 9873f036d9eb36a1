"""The cross-check: that both readers agree on sound hives, that it tells when they do not, and that damage leads nobody astray."""

import hashlib
import struct

import pytest

from forensic.errors import Malformed
from forensic.model import Locator
from forensic.registry import cross_check, hive_library
from forensic.registry.hive import Hive
from forensic.registry.hive_library import LibraryHive
from forensic.registry.key import Key
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_DWORD_BIG_ENDIAN, REG_MULTI_SZ, REG_QWORD, REG_SZ, HiveBuilder
from tests.builders.source import Bytes
from tests.builders.transaction_log import changed_blocks, dirty, entry, new_log

SECRET = b"a secret that must not be told"


def sample(**options) -> HiveBuilder:
    h = HiveBuilder(file_name="SAM", **options)
    h.value(r"SAM\Domains\Account", "V", REG_BINARY, SECRET)
    for name, kind, data in [
        ("", REG_SZ, "x"), ("b0", REG_BINARY, b""), ("b1", REG_BINARY, b"1"), ("b3", REG_BINARY, b"123"), ("m2", REG_MULTI_SZ, b"\0\0"),
        ("be", REG_DWORD_BIG_ENDIAN, 9), ("d", REG_DWORD, 5), ("q", REG_QWORD, 5), ("db", REG_BINARY, bytes(range(256)) * 200),
        ("p5", 0xFFFF0005, b"\0\1"), ("p7", 0xFFFF0007, b"\0\1\2\3"), ("pt", 0xFFFF0010, b"12345678"), ("ÿé", REG_SZ, "x"),
        ("日本", REG_SZ, "x"),
    ]:  # fmt: skip
        h.value("kinds\\ÿé", name, kind, data)
    return h


@pytest.mark.parametrize("options", [{}, {"version": (1, 3)}, {"list_kind": "ri"}, {"list_kind": "li"}, {"wide_names": True}])
def test_both_readers_agree_on_a_sound_hive(options):
    hive = Hive(Bytes(sample(**options).build()), cross_check=True)
    assert hive.key(r"SAM\Domains\Account").value("v").raw == SECRET
    key = hive.key("kinds\\ÿé")
    for value in list(key.values()):
        assert key.value(value.name).raw == value.raw
    assert hive.problems == []


def test_reads_by_itself():
    reader = LibraryHive(sample().build())
    for _ in range(2):
        assert reader.raw(r"sam\domains\ACCOUNT", "v") == SECRET
        assert reader.raw(r"SAM\Domains\Account", "absent") is None
        assert reader.raw(r"SAM\Domains", "V") is None
        assert reader.raw(r"SAM\absent", "V") is None


def test_data_in_one_cell_may_begin_like_big_data():
    h = HiveBuilder(version=(1, 3))
    h.value("a", "v", REG_BINARY, b"db" + bytes(20_000))
    assert LibraryHive(h.build()).raw("a", "v") == b"db" + bytes(20_000)


def test_the_subkeys_of_the_keys_asked_about_last_are_kept(monkeypatch):
    monkeypatch.setattr(hive_library, "KEPT_LIMIT", 3)
    h = HiveBuilder()
    for name in "abcd":
        h.value(rf"{name}\sub", "v", REG_SZ, name)
    reader = LibraryHive(h.build())
    for name in "abacad":
        assert reader.raw(rf"{name}\sub", "v") == f"{name}\0".encode("utf-16-le")
        assert len(reader._subkeys) <= 3
    assert list(reader._subkeys) == ["\\A", "", "\\D"]


def test_a_disagreement_is_told_once_by_digests_only(monkeypatch):
    monkeypatch.setattr(LibraryHive, "raw", lambda *_: b"other")
    hive = Hive(Bytes(sample().build()), Locator(file="SAM"), cross_check=True)
    for _ in range(2):
        hive.key(r"SAM\Domains\Account").value("V")
    (problem,) = hive.problems
    ours, theirs = (hashlib.sha256(data).hexdigest()[:16] for data in (SECRET, b"other"))
    where = r"SAM > SAM\Domains\Account > V"
    assert problem == f"cross-check disagrees about {where}: 30 bytes with SHA-256 {ours}… against 5 bytes with SHA-256 {theirs}…"
    assert SECRET.hex() not in problem
    assert "secret" not in problem


@pytest.mark.parametrize("other", [b"other", None])
def test_values_that_are_listed_and_class_names_are_read_twice_too(monkeypatch, other):
    h = sample()
    h.key(r"SAM\named", class_name="95f34087")
    data = h.build()
    sound = Hive(Bytes(data), Locator(file="SAM"), cross_check=True)
    named = sound.key(r"SAM\named")
    assert (named.class_text, sound.problems) == ("95f34087", [])
    assert LibraryHive(data).class_name(r"sam\NAMED") == named.class_name.raw
    assert LibraryHive(data).class_name("SAM") is LibraryHive(data).class_name(r"SAM\absent") is None
    monkeypatch.setattr(LibraryHive, "raw", lambda *_: other)
    monkeypatch.setattr(LibraryHive, "class_name", lambda *_: other)
    hive = Hive(Bytes(data), Locator(file="SAM"), cross_check=True)
    for _ in range(2):
        assert [value.raw for value in hive.key(r"SAM\Domains\Account").values()] == [SECRET]
        assert hive.key(r"SAM\named").class_text == "95f34087"
    values, names = hive.problems
    assert r"disagrees about SAM > SAM\Domains\Account > V" in values
    assert r"disagrees about SAM > SAM\named > (class name)" in names
    assert "95f34087" not in names


def test_values_whose_names_differ_in_case_only_are_not_confused():
    h = HiveBuilder()
    h.value("a", "twin", REG_SZ, "1")
    h.value("a", "twim", REG_SZ, "2")
    hive = Hive(Bytes(h.build().replace(b"twim", b"TWIN")), cross_check=True)
    assert [value.text() for value in hive.key("a").values()] == ["1", "2"]
    assert hive.problems == []


def test_a_value_that_the_library_misses_is_told(monkeypatch):
    monkeypatch.setattr(LibraryHive, "raw", lambda *_: None)
    hive = Hive(Bytes(sample().build()), cross_check=True)
    hive.key(r"SAM\Domains\Account").value("V")
    assert "nothing there" in hive.problems[0]


def test_a_second_key_of_the_same_name_is_not_confused_with_the_first():
    h = HiveBuilder()
    for number in (1, 2):
        h.value(f"a\\twin{number}", "v", REG_SZ, str(number))
    data = bytearray(h.build().replace(b"twin2", b"twin1"))
    hive = Hive(Bytes(bytes(data)), cross_check=True)
    assert [key.value("v").text() for key in hive.key("a").keys()] == ["1", "2"]
    assert hive.problems == []


def test_without_a_cross_check_nothing_is_read_twice(monkeypatch):
    monkeypatch.delattr(cross_check, "LibraryHive")
    assert Hive(Bytes(sample().build())).key(r"SAM\Domains\Account").value("V").raw == SECRET


def test_both_readers_read_the_recovered_hive():
    h = sample()
    before = h.build()
    h.value(r"SAM\Domains\Account", "V", REG_BINARY, SECRET.upper())
    after = h.build()
    log = new_log(before, 10, [entry(after, changed_blocks(before, after), 10)])
    for primary in (dirty(before, primary=11, secondary=10), bytes(512) + before[512:]):
        hive = Hive(Bytes(primary), logs=[Bytes(log)], cross_check=True)
        value = hive.key(r"SAM\Domains\Account").value("V")
        assert (value.raw, value.state) == (SECRET.upper(), "recovered")
        assert not [problem for problem in hive.problems if "cross-check" in problem]


def test_the_library_is_not_asked_about_planted_lists(monkeypatch):
    monkeypatch.setattr(LibraryHive, "raw", lambda *_: pytest.fail("asked"))
    h = HiveBuilder(list_kind="ri")
    for number in range(1100):
        h.key(f"a\\k{number:04}")
    h.value(r"a\k0000", "v", REG_SZ, "x")
    data = bytearray(h.build())
    key = Hive(Bytes(bytes(data))).key("a")
    at = 4096 + key.node.subkeys_list_offset + 4
    struct.pack_into("<I", data, at + 8, at - 4 - 4096)  # the second entry of the index leads back to the index
    hive = Hive(Bytes(bytes(data)), cross_check=True)
    assert hive.key(r"a\k0000").value("v").text() == "x"
    assert r"cross-check of disk > a\k0000 > v was not made" in " ".join(hive.problems)


def test_versions_that_the_library_does_not_know_are_told_once():
    hive = Hive(Bytes(sample(version=(1, 1)).build()), cross_check=True)
    assert hive.key(r"SAM\Domains\Account").value("V").raw == SECRET
    assert hive.problems == ["cross-check was not made: python-registry does not know version 1.1"]


def test_failures_of_the_library_are_malformed():
    with pytest.raises(Malformed, match="python-registry"):
        LibraryHive(b"regf" + bytes(5000))
    with pytest.raises(Malformed, match="python-registry"):
        LibraryHive(b"")
    data = bytearray(sample().build())
    at = Hive(Bytes(bytes(data))).key("SAM").place.offset
    struct.pack_into("<I", data, at + 28, 0x7FFFFFF0)
    with pytest.raises(Malformed, match="python-registry"):
        LibraryHive(bytes(data)).raw(r"SAM\Domains", "V")


@pytest.mark.parametrize(
    "name",
    ["hives/regipy/SAM", "hives/regipy/SECURITY", "hives/msedgewin10/SAM", "hives/m57-pat-xp/SAM", "hives/servers/win2022_64/sam.reg"],
)
def test_both_readers_agree_on_all_values_of_real_hives(real, name):
    hive = Hive(Bytes(real(name).read_bytes()), cross_check=True)
    waiting, asked = [hive.root], 0
    while waiting:
        key = waiting.pop()
        for value in list(key.values()):
            key.value(value.name)
            asked += 1
        waiting.extend(key.keys())
    assert asked > 30
    assert not [problem for problem in hive.problems if "cross-check" in problem]


def test_many_keys_are_walked_once(monkeypatch):
    from Registry import RegistryParse

    h = HiveBuilder(file_name="SAM")
    for number in range(2000):
        h.value(rf"Users\{number:08X}", "V", REG_BINARY, b"%08d" % number)
    reader, steps = LibraryHive(h.build()), []
    plain = RegistryParse.NKRecord.unpack_word
    monkeypatch.setattr(RegistryParse.NKRecord, "unpack_word", lambda self, at: (steps.append(at), plain(self, at))[1])
    for number in [*range(2000), *range(2000)]:
        assert reader.raw(rf"users\{number:08x}", "v") == b"%08d" % number
    assert steps.count(0x48) < 2100


def test_a_damaged_name_never_becomes_an_absent_one():
    h = HiveBuilder(file_name="SAM", list_kind="li")
    for name in ("a", "b", "c"):
        h.value(rf"keys\{name}", "V", REG_SZ, name)
    data = bytearray(h.build())
    at = data.index(b"b", data.index(b"nk", data.index(b"keys"))) - 76
    while data[at : at + 2] != b"nk" or data[at + 76 : at + 77] != b"b":
        at = data.index(b"nk", at + 2)
    data[at : at + 2] = b"xx"
    reader = LibraryHive(data)
    assert reader.raw(r"keys\a", "V") is not None
    for _ in range(2):
        with pytest.raises(Malformed, match="python-registry"):
            reader.raw(r"keys\c", "V")


def counts(hive) -> tuple[int, int, int]:
    return hive.cross_check.agree, hive.cross_check.differ, hive.cross_check.one_reader


def test_what_agreed_what_differed_and_what_one_reader_read_is_counted(monkeypatch):
    h = sample()
    h.key(r"SAM\named", class_name="c")
    data = h.build()
    hive = Hive(Bytes(data), cross_check=True)
    assert counts(hive) == (0, 0, 0)
    for _ in range(2):
        hive.key(r"SAM\Domains\Account").value("V")
        _ = hive.key(r"SAM\named").class_name
    assert counts(hive) == (2, 0, 0)
    monkeypatch.setattr(LibraryHive, "raw", lambda *_: b"other")
    assert len(list(hive.key("kinds\\ÿé").values())) == 14
    assert counts(hive) == (2, 14, 0)
    monkeypatch.setattr(LibraryHive, "raw", failing)
    hive = Hive(Bytes(data), Locator(file="SAM"), cross_check=True)
    hive.key(r"SAM\Domains\Account").value("V")
    assert counts(hive) == (0, 0, 1)
    assert hive.problems == [r"cross-check of SAM > SAM\Domains\Account > V failed: python-registry: gave up"]
    assert Hive(Bytes(data)).cross_check is None


def failing(*_):
    raise Malformed("python-registry: gave up")


def test_a_value_whose_data_are_lost_is_left_to_whoever_asked():
    data = bytearray(sample().build())
    value = Hive(Bytes(data)).key(r"SAM\Domains\Account").value("V")
    struct.pack_into("<I", data, value.start + 8, 0)
    hive = Hive(Bytes(data), cross_check=True)
    hive.key(r"SAM\Domains\Account").value("V")
    assert (counts(hive), hive.problems) == ((0, 0, 0), [])


def test_a_hive_too_large_for_memory_is_not_cross_checked(monkeypatch):
    data = sample().build()
    for limit, found in ((len(data), (1, 0, 0)), (len(data) - 1, (0, 0, 1))):
        monkeypatch.setattr(cross_check, "IMAGE_LIMIT", limit)
        hive = Hive(Bytes(data), cross_check=True)
        hive.key(r"SAM\Domains\Account").value("V")
        assert counts(hive) == found


def test_a_second_key_of_the_same_name_is_counted_as_read_once():
    h = HiveBuilder()
    for number in (1, 2):
        h.value(f"a\\twin{number}", "v", REG_SZ, str(number))
    hive = Hive(Bytes(h.build().replace(b"twin2", b"twin1")), cross_check=True)
    for key in hive.key("a").keys():
        key.value("v")
    assert counts(hive) == (1, 0, 1)


def test_a_damaged_list_anywhere_above_keeps_the_library_from_the_key(monkeypatch):
    monkeypatch.setattr(LibraryHive, "raw", lambda *_: pytest.fail("asked"))
    h = HiveBuilder(list_kind="li")
    for path in (r"a\b\c", r"a\x", r"y"):
        h.value(path, "v", REG_SZ, "x")
    sound = h.build()
    for damaged in ("", "a", r"a\b"):
        data = bytearray(sound)
        at = 4096 + Hive(Bytes(sound)).key(damaged).node.subkeys_list_offset + 4
        struct.pack_into("<H", data, at + 2, 200)
        hive = Hive(Bytes(data), cross_check=True)
        assert hive.key(r"a\b\c").value("v").text() == "x"
        assert counts(hive) == (0, 0, 1)


def test_damaged_values_of_a_key_keep_the_library_from_it():
    h = HiveBuilder()
    h.value("a", "v", REG_SZ, "x")
    h.value("a", "w", REG_SZ, "x")
    h.value("b", "v", REG_SZ, "x")
    data = bytearray(h.build())
    data[Hive(Bytes(data)).key("a").value("w").start] = 0
    hive = Hive(Bytes(data), cross_check=True)
    for key in ("a", "b"):
        hive.key(key).value("v")
    assert counts(hive) == (1, 0, 1)


def test_lists_found_sound_are_not_walked_again(monkeypatch):
    h = HiveBuilder()
    for number in range(4):
        h.value(rf"a\{number}", "v", REG_SZ, "x")
    hive = Hive(Bytes(h.build()), cross_check=True)
    keys, walked = [hive.key(rf"a\{number}") for number in range(4)], []
    plain = Key.subkey_lists
    monkeypatch.setattr(Key, "subkey_lists", lambda key, damage: (walked.append(key.path), plain(key, damage))[1])
    for key in keys:
        key.value("v")
    assert walked.count("a") == walked.count("") == 1


def test_the_library_reads_every_size_of_data():
    h = HiveBuilder()
    sizes = [*range(9), 16343, 16344, 16345, 2 * 16344, 2 * 16344 + 1]
    for size in sizes:
        h.value("k", str(size), REG_BINARY, bytes(at % 251 for at in range(size)))
    reader = LibraryHive(h.build())
    assert [reader.raw("k", str(size)) for size in sizes] == [bytes(at % 251 for at in range(size)) for size in sizes]


def test_the_library_is_asked_for_a_bounded_number_of_steps(monkeypatch):
    monkeypatch.setattr(hive_library, "STEP_LIMIT", 3)
    h = HiveBuilder()
    for name in "abcd":
        h.value("k", name, REG_SZ, name)
    reader = LibraryHive(h.build())
    assert reader.raw("k", "c") == b"c\0\0\0"
    assert reader.raw("k", "d") is None


def test_names_of_every_kind_are_found_by_the_library():
    h = HiveBuilder()
    for name in ("", "plain", "ÿé", "日本", "\U0001f600"):
        h.value(rf"k{name}\sub", name, REG_SZ, name)
        h.key(rf"k{name}\sub", class_name=name or None)
    reader = LibraryHive(h.build())
    for name in ("", "PLAIN", "ÿÉ", "日本", "\U0001f600"):
        assert reader.raw(rf"K{name}\SUB", name).decode("utf-16-le").upper() == f"{name}\0".upper()
        found = reader.class_name(rf"K{name}\SUB")
        assert found is None if not name else found.decode("utf-16-le").upper() == name.upper()
