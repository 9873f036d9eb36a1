"""The first SID of a lineage by lsasetup.log: on written bytes, and the truth of the real ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.identity import first_sid as module
from forensic.artifacts.identity.first_sid import FIRST_SID, FirstSidTime, first_sid, first_sid_time
from forensic.errors import Malformed, NotFound
from forensic.model import Sid
from tests.builders.file import MemoryFile, stated
from tests.builders.setup_log import truths

SID = "S-1-5-21-1111111111-2222222222-3333333333"
PREFIX = "[ 6/ 5 13:04:47] 640.644>  - "


def block(sid=SID, status="0x0", prefix=PREFIX):
    lines = (
        "In LsapSetRandomDomainSid()",
        "LsapGenerateRandomDomainSid: RtlAllocateAndInitializeSid returned 0x0",
        f"LsapSetRandomDomainSid: LsapGenerateRandomDomainSid          returned: {status}. DomainSid is below.",
        f"Sid = {sid}",
        "LsapSetRandomDomainSid: returning 0x0",
    )
    return "".join(f"{prefix}{line}\r\n" for line in lines)


def read(text, function=first_sid, encoding="utf-16-le"):
    data = text.encode(encoding) if isinstance(text, str) else text
    return stated(function, MemoryFile(data, "Windows/lsasetup.log"))


def test_states_the_sid_with_its_place():
    facts, failure = read(block())
    assert failure is None
    assert [fact.value for fact in facts] == [SID]
    assert facts[0].place.offset == 2 * block().index(f"{PREFIX}Sid")
    assert bytes.fromhex(facts[0].raw).decode("utf-16-le") == f"{PREFIX}Sid = {SID}\r"


def test_states_its_time_without_a_year():
    assert read(block(), first_sid_time)[0][0].value == FirstSidTime(Sid(SID), "06-05 13:04:47", "0x0")
    assert read(block(prefix="[12/31 23:59:59] 1.2>  - "), first_sid_time)[0][0].value.clock == "12-31 23:59:59"
    assert read(block(prefix="- "), first_sid_time)[0][0].value.clock is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "utf-16-be"])
def test_every_encoding_is_read(encoding):
    assert [fact.value for fact in read(block(), encoding=encoding)[0]] == [SID]


def test_it_is_a_former_machine_sid():
    (identifier,) = FIRST_SID.identifiers(Sid(SID))
    assert identifier == ("machine-sid", SID, "former")


def test_every_block_is_stated():
    other = SID.replace("1111111111", "4")
    assert [fact.value for fact in read(block() + block(other))[0]] == [SID, other]


@pytest.mark.parametrize("text", ["", "\0" * 4000, f"{PREFIX}Sid = {SID}\r\n", "x" * 50_000, block()[:250]])
def test_says_that_there_is_none(text):
    facts, failure = read(text)
    assert facts == []
    assert isinstance(failure, NotFound)


@pytest.mark.parametrize("sid", ["S-1-5-32", f"{SID}-500", "S-1-5-21-1-2-4294967296", f"{SID} and more"])
def test_what_is_no_machine_sid_is_malformed_and_what_stood_before_counts(sid):
    facts, failure = read(block() + block(sid))
    assert [fact.value for fact in facts] == [SID]
    assert isinstance(failure, Malformed)


def test_a_log_is_read_to_its_limit(monkeypatch):
    monkeypatch.setattr(module, "LINE_COUNT_LIMIT", 4)
    facts, failure = read(block() * 3)
    assert [fact.value for fact in facts] == [SID, SID]
    assert failure.code == "too-much"


@settings(max_examples=60)
@given(some.integers(0, 700), some.binary(max_size=6))
def test_damage_ends_in_sids_or_a_failure(at, junk):
    data = block().encode("utf-16-le")
    for fact in read(data[:at] + junk + data[at + 5 :])[0]:
        assert fact.value.is_machine_or_domain


@pytest.mark.parametrize(("name", "truth"), truths("lsasetup"))
def test_a_real_log_states_what_is_known_of_it(real, name, truth):
    data = real(name).read_bytes()
    facts, failure = read(data)
    assert failure is None
    assert [fact.value for fact in facts] == [truth["first_sid"]] * truth["blocks"]
    assert [fact.value for fact in read(data, first_sid_time)[0]] == [
        FirstSidTime(Sid(truth["first_sid"]), moment["at"], truth["returned"]) for moment in truth["moments"]
    ]
