"""Steps of the lineage by TSSysprep.log: on written bytes, and the truth of the real ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup import ts_sysprep
from forensic.artifacts.setup.setup_lineage import SetupLineageStep
from forensic.artifacts.setup.ts_sysprep import ts_setup_step
from forensic.errors import NotFound
from forensic.model import LocalTime
from tests.builders.file import MemoryFile, stated
from tests.builders.setup_log import truths


def block(when, function, end="Leaving {}"):
    lines = (
        "",
        f"*******Initializing Message Log:TSSysprep.dll {when}",
        "*******Version:Major=6, Minor=1, Build=7601, PlatForm=2, CSDVer=Service Pack 1, Free",
        "",
        f"sysprep.cpp(283)Entering {function}",
        "sysprep.cpp(512)If no Names/SIDs were saved during LSMSysPrepBackup, this is NOT an error. Otherwise, it IS an error",
        f"sysprep.cpp(291){end.format(function)}",
        "logmsg.cpp(38)********Terminating Log.",
    )
    return "".join(f"{line}\r\n" for line in lines)


def specialize(when, later):
    return block(when, "LSMSysPrepRestore") + block(when, "RdpSysPrepRestore") + block(later, "RCMSysPrepRestore")


def generalize(when):
    return block(when, "LSMSysPrepBackup", "{} completed") + block(when, "RdpSysPrepGeneralize")


def read(text, encoding="utf-8"):
    data = text.encode(encoding) if isinstance(text, str) else text
    return stated(ts_setup_step, MemoryFile(data, "Windows/TSSysprep.log"))


def told(text, encoding="utf-8"):
    facts, failure = read(text, encoding)
    assert failure is None
    return [(fact.value.kind, fact.value.time and fact.value.time.time[:19], fact.value.complete) for fact in facts]


LIFE = (
    specialize("07/23/12 15:10:54", "07/23/12 15:12:58")
    + generalize("07/23/12 15:20:59")
    + specialize("05/28/16 00:07:06", "05/28/16 00:09:16")
)
TOLD = [
    ("specialize", "2012-07-23T15:10:54", True),
    ("generalize", "2012-07-23T15:20:59", True),
    ("specialize", "2016-05-28T00:07:06", True),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252"])
def test_blocks_of_one_pass_are_one_step(encoding):
    assert told(LIFE + "Müller", encoding) == TOLD


def test_a_step_has_the_place_of_its_first_block_and_no_zone():
    facts, _ = read(LIFE)
    assert [fact.place.offset for fact in facts] == [
        LIFE.index(f"*******Initializing Message Log:TSSysprep.dll {when}")
        for when in ("07/23/12 15:10:54", "07/23/12 15:20:59", "05/28/16 00:07:06")
    ]
    assert facts[0].value == SetupLineageStep("specialize", LocalTime("2012-07-23T15:10:54.0000000"), "unknown")


def test_two_generalizes_within_an_hour_are_two_and_a_repeated_specialize_is_one():
    assert len(told(generalize("07/23/12 15:20:59") + generalize("07/23/12 15:40:59"))) == 2
    assert len(told(specialize("07/23/12 15:10:54", "07/23/12 15:12:58") + specialize("07/23/12 15:11:54", "07/23/12 15:13:58"))) == 1
    assert len(told(specialize("07/23/12 15:10:54", "07/23/12 16:12:58"))) == 2


def test_a_function_that_did_not_end_leaves_the_step_broken_off():
    assert told(block("07/23/12 15:10:54", "LSMSysPrepRestore", "ERROR")) == [("specialize", "2012-07-23T15:10:54", False)]


def test_a_block_without_its_beginning_is_left_out():
    text = generalize("07/23/12 15:20:59")
    assert told(text[text.index("sysprep.cpp") :])[0][1] == "2012-07-23T15:20:59"
    assert isinstance(read(text[text.index("sysprep.cpp") : text.index("Terminating")])[1], NotFound)


def test_a_time_that_is_none_leaves_the_step():
    assert told(block("13/41/12 15:10:54", "LSMSysPrepRestore")) == [("specialize", None, True)]
    assert told(block("yesterday", "LSMSysPrepRestore")) == [("specialize", None, True)]


@pytest.mark.parametrize("text", ["", "\0" * 5000, "SysPrep" * 20_000, "Terminating Log", block("07/23/12 15:10:54", "nothing")])
def test_says_that_no_step_is_there(text):
    facts, failure = read(text)
    assert facts == []
    assert isinstance(failure, NotFound)


def test_a_log_without_end_is_read_to_its_limits(monkeypatch):
    monkeypatch.setattr(ts_sysprep, "LINE_COUNT_LIMIT", 5)
    facts, failure = read(LIFE)
    assert [fact.value.kind for fact in facts] == ["specialize"]
    assert failure.code == "too-much"
    monkeypatch.undo()
    facts, failure = read(generalize("07/23/12 15:20:59") * 1001)
    assert len(facts) == 1000
    assert failure.code == "too-much"


@settings(max_examples=60)
@given(some.integers(0, 2000), some.binary(max_size=6))
def test_damage_ends_in_facts_or_a_failure(at, junk):
    data = LIFE.encode()
    facts, _ = read(data[:at] + junk + data[at + 4 :])
    assert {fact.value.kind for fact in facts} <= {"generalize", "specialize"}


@pytest.mark.parametrize(("name", "truth"), truths("tssysprep"))
def test_a_real_log_states_what_is_known_of_it(real, name, truth):
    found = told(real(name).read_bytes())
    assert [(kind, time.replace("T", " ")) for kind, time, _ in found] == [(moment["kind"], moment["at"]) for moment in truth["moments"]]
    assert sum(kind == "generalize" for kind, *_ in found) == truth["sysprep_runs"]
    assert all(complete for *_, complete in found)
