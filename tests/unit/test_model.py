import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.windows_release import INSTALL_DATE, PRODUCT_TYPE
from forensic.errors import Malformed
from forensic.model import FactSet, FileTime, Guid, Locator, MacAddress, Sid, decode_utf16, printable
from tests.builders.facts import at, fact


@given(st.integers(0, 2**64 - 1))
def test_a_file_time_survives_its_text_to_the_tick(ticks):
    assert FileTime.from_iso(str(FileTime(ticks))) == ticks


def test_file_times_read_as_known_moments():
    assert str(FileTime(0)) == "1601-01-01T00:00:00.0000000Z"
    assert str(FileTime.from_unix(1475655770)) == "2016-10-05T08:22:50.0000000Z"
    assert str(FileTime(133112776429018501)) == "2022-10-26T17:07:22.9018501Z"


@pytest.mark.parametrize("text", ["", "2016-13-01T00:00:00Z", "2016-02-30T00:00:00Z", "2016-01-01 00:00:00", "2016-01-01T24:00:00Z"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="not a time"):
        FileTime.from_iso(text)


def test_a_sid_is_read_from_bytes_and_from_text():
    data = bytes.fromhex("010500000000000515000000") + b"".join(n.to_bytes(4, "little") for n in (1, 2, 4294967295, 500))
    sid = Sid.from_bytes(data)
    assert sid == "S-1-5-21-1-2-4294967295-500"
    assert sid == Sid.parse(" s-1-5-21-1-2-4294967295-500 ")
    assert (sid.rid, sid.prefix, sid.is_account, sid.prefix.is_machine_or_domain) == (500, "S-1-5-21-1-2-4294967295", True, True)


@pytest.mark.parametrize(("data", "offset", "need", "have"), [
    (b"", 0, 8, 0), (b"\x01", 0, 8, 1), (bytes(20), 30, 8, 0), (b"\xff\x01\x04" + bytes(10), 1, 24, 12),
    (b"\x02\x01" + bytes(10), 0, None, None), (b"\x01\x10" + bytes(80), 0, None, None),
])  # fmt: skip
def test_damaged_sids_are_refused_with_what_is_there(data, offset, need, have):
    with pytest.raises(Malformed) as failure:
        Sid.from_bytes(data, offset)
    assert (failure.value.offset, failure.value.need, failure.value.have) == (offset, need, have)


def test_the_shortest_and_the_longest_sid_are_read():
    assert Sid.from_bytes(b"\xff\x01\x00\x01\x02\x03\x04\x05\x06\xff", 1) == "S-1-1108152157446"
    longest = Sid.from_bytes(b"\x01\x0f" + bytes(6) + b"\x01\x00\x00\x00" * 15)
    assert longest == "S-1-0" + "-1" * 15 == Sid.parse(longest)


@pytest.mark.parametrize(
    "text", ["", "S-1", "S-2-5-21", "S-1-5-", "S-1-5-21-x", "S-1" + "-1" * 17, "S-1-5-21-1 S-1-5", "S-1-5-21-4294967296-2-3"]
)
def test_text_that_is_no_sid_is_refused(text):
    with pytest.raises(Malformed):
        Sid.parse(text)


@pytest.mark.parametrize(("text", "machine", "account"), [
    ("S-1-5-21-1-2-3", True, False), ("S-1-5-21-1-2-3-4", False, True), ("S-1-5-21-1-2", False, False),
    ("S-1-5-21-1-2-3-4-5", False, False), ("S-1-5-80-1-2-3", False, False), ("S-1-5-80-1-2-3-4", False, False),
    ("S-1-5-5-21-1-2", False, False), ("S-1-5-32-544", False, False),
])  # fmt: skip
def test_machines_accounts_and_other_sids_are_told_apart(text, machine, account):
    sid = Sid.parse(text)
    assert (sid.is_machine_or_domain, sid.is_account) == (machine, account)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_sid_or_malformed(data):
    with contextlib.suppress(Malformed):
        assert Sid.from_bytes(data).startswith("S-1-")


def test_a_guid_is_read_from_bytes_and_text_and_tells_its_node_and_time():
    guid = Guid.parse("{E29AC6C0-7037-11DE-816D-806E6F6E6963}")
    assert guid == "e29ac6c0-7037-11de-816d-806e6f6e6963"
    assert guid == Guid.from_bytes(bytes.fromhex("c0c69ae23770de11816d806e6f6e6963"))
    assert guid.node == "80:6e:6f:6e:69:63"
    assert str(FileTime(guid.ticks)) == "2009-07-14T05:33:39.5000000Z"
    assert guid.version == 1
    assert Guid.from_bytes(b"?" + bytes(7) + b"\xd0" + bytes(8), 1).version == 13
    for text in ("not a guid", f"{guid}0", guid[1:]):
        with pytest.raises(Malformed):
            Guid.parse(text)
    for size in (0, 15):
        with pytest.raises(Malformed) as failure:
            Guid.from_bytes(bytes(size + 3), 3)
        assert (failure.value.offset, failure.value.need, failure.value.have) == (3, 16, size)


def test_mac_addresses_have_one_spelling():
    assert MacAddress.parse("00-0C-29-7E-7E-D3") == MacAddress.parse("000c297e7ed3") == "00:0c:29:7e:7e:d3"
    assert [MacAddress.parse(f"{first:02x}:00:00:00:00:01").is_locally_administered for first in (0, 1, 2, 0x10, 0x12)] == [0, 0, 1, 0, 1]
    for text in ("00:0c", "00:0c:29:7e:7e:d3:00", "not an addr."):
        with pytest.raises(Malformed):
            MacAddress.parse(text)
    with pytest.raises(Malformed) as failure:
        MacAddress.from_bytes(bytes(5))
    assert (failure.value.need, failure.value.have) == (6, 5)


@given(st.text(st.characters(codec=None)))
def test_printable_text_cannot_act_on_a_terminal_and_can_be_encoded(text):
    shown = printable(text)
    shown.encode("utf-8")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\n" not in shown


def test_printable_leaves_letters_of_every_language_alone():
    assert printable("Müller Ключ 鍵 -> ok") == "Müller Ключ 鍵 -> ok"
    assert printable("admin\u3164 x\u2800 y\ufe0f") == "admin\\u3164 x\\u2800 y\\ufe0f"
    assert printable("a\x1b[31mb\u202ec") == "a\\x1b[31mb\\u202ec"


@given(st.binary())
def test_any_bytes_decode_as_utf16_to_text_that_can_be_encoded(data):
    decode_utf16(data).encode("utf-8")


def test_a_place_reads_from_the_volume_to_the_byte():
    place = Locator(volume="p2", file="Windows/System32/config/SAM", key=r"SAM\Domains\Account", value="V", offset=0x640C)
    assert str(place) == r"p2 > Windows/System32/config/SAM > SAM\Domains\Account > V @ 0x640c"
    assert str(Locator(field="MBR", offset=0)) == "disk > MBR @ 0x0".replace("MBR", "(MBR)")
    assert str(Locator(file="a\x1b", value="")) == "a\\x1b > (default)"


SIDS = [fact(MACHINE_SID, Sid("S-1-5-21-1-2-3")) for _ in range(3)]
DATE, ROLE = fact(INSTALL_DATE, at("2022-06-23 01:25")), fact(PRODUCT_TYPE, "WinNT")


def test_a_set_of_facts_is_without_the_very_facts_that_are_dropped():
    """Three that state the same are equal, and are three all the same: one of them less leaves two."""
    facts = FactSet([SIDS[0], DATE, SIDS[1], ROLE, SIDS[2]])
    assert SIDS[0] == SIDS[1]
    less = facts.without([SIDS[1], ROLE])
    assert [id(one) for one in less] == [id(SIDS[0]), id(DATE), id(SIDS[2])]
    assert len(less) == 3
    assert [id(one) for one in less.of(MACHINE_SID)] == [id(SIDS[0]), id(SIDS[2])]
    assert (less.of(INSTALL_DATE), less.of(PRODUCT_TYPE), less.first(PRODUCT_TYPE)) == ((DATE,), (), None)
    assert less.named(MACHINE_SID.name) == less.of(MACHINE_SID)
    assert [id(one) for one in less.without([SIDS[0]]).of(MACHINE_SID)] == [id(SIDS[2])]


def test_what_a_set_is_without_stays_in_the_set():
    facts = FactSet([*SIDS, DATE])
    facts.without(SIDS)
    assert list(facts) == [*SIDS, DATE]
    assert facts.of(MACHINE_SID) == tuple(SIDS)


def test_a_fact_that_is_not_in_a_set_drops_nothing():
    facts = FactSet([*SIDS, DATE])
    assert [id(one) for one in facts.without([ROLE, fact(MACHINE_SID, SIDS[0].value)])] == [id(one) for one in facts]
    assert list(facts.without(iter(()))) == list(facts)


def test_a_question_is_asked_once_of_each_set():
    asked = []

    def count(facts):
        asked.append(facts)
        return len(facts.of(MACHINE_SID))

    facts = FactSet([*SIDS, DATE])
    assert [facts.ask(count), facts.ask(count)] == [3, 3]
    assert asked == [facts]
    less = facts.without(SIDS[:1])
    assert [less.ask(count), less.ask(count), facts.ask(count)] == [2, 2, 3]
    assert asked == [facts, less]


def test_an_answer_of_nothing_is_an_answer_and_questions_are_told_apart():
    asked = []
    facts = FactSet([])
    first, second = (lambda facts, name=name: asked.append((name, len(facts))) for name in "ab")
    assert [facts.ask(one) for one in (first, second, first, second)] == [None] * 4
    assert asked == [("a", 0), ("b", 0)]


def test_a_question_that_fails_is_asked_again():
    answers = iter([None, 7])

    def once(_facts):
        answer = next(answers)
        if answer is None:
            raise Malformed("not yet")
        return answer

    facts = FactSet([])
    with pytest.raises(Malformed):
        facts.ask(once)
    assert facts.ask(once) == 7
