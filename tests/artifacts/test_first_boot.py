"""The first start of an image by the logs in Panther: on written bytes, and the truth of the real ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup import first_boot as module
from forensic.artifacts.setup import panther_log
from forensic.artifacts.setup.first_boot import (
    FirstBootSetup,
    ImageStateChange,
    first_boot_setup,
    image_state_change,
    image_state_change_of_oobe,
    windeploy_run,
)
from forensic.errors import NotFound
from forensic.model import LocalTime
from tests.builders.file import MemoryFile, stated
from tests.builders.setup_log import truths

T = "2021-09-27 04:03:44"
WHEN = LocalTime("2021-09-27T04:03:44.0000000")
ZONE_SET = f"{T}, Info                         [Shell Unattend] TimeZone: Time zone set to 'UTC'\r\n"


def change(before="GENERALIZE_RESEAL_TO_OOBE", after="UNDEPLOYABLE", when=T, program="[setup.exe] "):
    text = f"OrchestrateUpdateImageState: Updating image state from [IMAGE_STATE_{before}] --> [IMAGE_STATE_{after}]"
    return f"{when}, Info                         {program}{text}\r\n"


def utc(clock, when=T, day="2021/9/27"):
    return f"{when}, Info                  CSI    00000001@{day}:{clock}.426 WcpInitialize (wcp.dll version 0.0.0.6) called\r\n"


def begin(word="starting", when=T):
    text = f"PrepareSetupForFirstBootPhase:Working directory is [C:\\Windows\\Panther]; we are {word} an installation"
    return f"{when}, Info       [0x0601ee] IBS    {text}\r\n"


REST = (
    f"{T}, Info       [0x0601d0] IBS    Build version is 6.3.9600.16384 (winblue_rtm.130821-1623)\r\n"
    f"{T}, Info       [0x06025d] IBS    Callback_ComputerName_Validate:Computer name is WIN-M7K38UH644A\r\n"
    f"{T}, Info                  SYSPRP SysprepSession::CreateXPathForSelection: Sysprep mode in registry is vm\r\n"
)
WINDEPLOY = (
    f"{T}, Info                         [windeploy.exe] Windeploy: Sysprep mode is [0x1]; setting SQM data for the same.\r\n"
    f"{T}, Info                         [windeploy.exe] Found generalization state [0x4], setup.exe completion flag [False]\r\n"
)


def read(function, text, encoding="utf-8"):
    data = text.encode(encoding) if isinstance(text, str) else text
    return stated(function, MemoryFile(data, "Windows/Panther/setupact.log"))


def values(function, text, encoding="utf-8"):
    facts, failure = read(function, text, encoding)
    assert failure is None
    return [fact.value for fact in facts]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_states_a_change_of_the_image_state(encoding):
    expected = [ImageStateChange("GENERALIZE_RESEAL_TO_OOBE", "UNDEPLOYABLE", WHEN, program="setup.exe")]
    assert values(image_state_change, "Müller\r\n" + change(), encoding) == expected
    assert values(image_state_change_of_oobe, change(), encoding) == expected
    assert values(image_state_change, change(program=""), encoding)[0].program is None


def test_a_change_has_its_place():
    (fact,), _ = read(image_state_change, "x\r\n" + change())
    assert (fact.place.file, fact.place.offset) == ("Windows/Panther/setupact.log", 3)
    assert bytes.fromhex(fact.raw).decode() == change().removesuffix("\n")


@pytest.mark.parametrize(
    ("before", "after", "zone", "offset"),
    [
        ("", utc("11:03:50"), "known", -420),
        (utc("23:33:44", day="2021/9/26"), "", "known", 270),
        (utc("04:03:44"), utc("11:03:50"), "known", 0),
        (utc("04:03:44") + ZONE_SET, utc("11:03:50"), "known", -420),
        (utc("04:03:44") + ZONE_SET, ZONE_SET + utc("11:03:50"), "unknown", None),
        ("", utc("11:03:50", "2021-09-27 05:03:45"), "unknown", None),
        ("", utc("11:03:50", day="2021/9/29"), "unknown", None),
        ("", utc("11:03:50", day="2021/13/27"), "unknown", None),
        ("", "x" * (64 << 10) + "\r\n" + utc("11:03:50"), "unknown", None),
    ],
)
def test_the_zone_is_known_by_a_nearby_line_that_gives_utc(before, after, zone, offset):
    (found,) = values(image_state_change, before + change() + after)
    assert (found.zone, found.offset) == (zone, offset)


def test_a_line_without_a_time_has_no_zone():
    (found,) = values(image_state_change, change(when="yesterday") + utc("11:03:50"))
    assert (found.time, found.zone) == (None, "unknown")


@pytest.mark.parametrize("function", [image_state_change, first_boot_setup, windeploy_run])
@pytest.mark.parametrize("text", ["", "\0" * 5000, "x" * 100_000, REST, "Updating image state from [", "Found generalization state ["])
def test_says_that_nothing_is_there(function, text):
    facts, failure = read(function, text)
    assert facts == []
    assert isinstance(failure, NotFound)


def test_states_how_setup_began_and_what_it_found():
    expected = FirstBootSetup("starting", WHEN, "known", -420, "6.3.9600.16384", "WIN-M7K38UH644A", "vm")
    assert values(first_boot_setup, begin() + REST + utc("11:03:50")) == [expected]
    assert values(first_boot_setup, begin("continuing")) == [FirstBootSetup("continuing", WHEN)]
    nothing = values(first_boot_setup, begin() + REST.replace("is vm", "is <null>"))
    assert nothing[0].sysprep_mode is None


def test_lines_above_a_beginning_and_later_ones_of_a_kind_do_not_count():
    again = REST.replace("WIN-M7K38UH644A", "WIN-2").replace("9600", "9601")
    text = again + begin() + REST + again + begin("continuing")
    assert [(one.installation, one.build, one.computer_name) for one in values(first_boot_setup, text)] == [
        ("starting", "6.3.9600.16384", "WIN-M7K38UH644A"),
        ("continuing", None, None),
    ]


def test_states_what_windeploy_found():
    assert values(windeploy_run, WINDEPLOY) == [FirstBootSetup(None, WHEN, sysprep_mode="0x1", generalization_state="0x4")]
    assert values(windeploy_run, WINDEPLOY + WINDEPLOY.partition("\n")[2])[1].sysprep_mode is None


def test_logs_without_end_are_read_to_their_limits(monkeypatch):
    monkeypatch.setattr(module, "FACT_LIMIT", 2)
    monkeypatch.setattr(panther_log, "FACT_LIMIT", 2)
    for function, text, count in ((image_state_change, change(), 2), (first_boot_setup, begin(), 2), (windeploy_run, WINDEPLOY, 2)):
        facts, failure = read(function, text * 9)
        assert len(facts) == count
        assert failure.code == "too-much"


def test_a_line_without_end_is_cut():
    facts, failure = read(image_state_change, change() + "x" * 3_000_000 + "Updating image state from [" + "y" * 3_000_000)
    assert len(facts) == 1
    assert failure is None


@settings(max_examples=60)
@given(some.integers(0, 900), some.binary(max_size=6))
def test_damage_ends_in_facts_or_a_failure(at, junk):
    data = (begin() + REST + change() + utc("11:03:50") + WINDEPLOY).encode()
    for function in (image_state_change, first_boot_setup, windeploy_run):
        read(function, data[:at] + junk + data[at + 4 :])


@pytest.mark.parametrize(("name", "truth"), truths("panther"))
def test_a_real_log_states_what_is_known_of_it(real, name, truth):
    data = real(name).read_bytes()
    changes = [fact.value for fact in read(image_state_change, data)[0]]
    assert [[one.before, one.after, one.time.time[:19].replace("T", " ")] for one in changes] == truth.get("image_state", [])
    offsets = {f"{one.offset // 60:+03}:{one.offset % 60:02}" for one in changes if one.zone == "known"}
    assert offsets == set(truth.get("utc_offset", offsets))
    begun = [fact.value for fact in read(first_boot_setup, data)[0]]
    expected = [(truth["install"], truth["build"], truth["sysprep_mode"])] if "install" in truth else []
    assert [(one.installation, one.build, one.sysprep_mode) for one in begun] == expected
    if "computer_name" in truth:
        assert [one.computer_name for one in begun] == [truth["computer_name"]]
    specialized = [moment["at"] for moment in truth["moments"] if moment["kind"] == "specialize"]
    assert [one.time.time[:19].replace("T", " ") for one in begun] == specialized
    found = [fact.value for fact in read(windeploy_run, data)[0]]
    states = [(truth["generalization_state"], truth["sysprep_mode_code"])] if "generalization_state" in truth else []
    assert [(one.generalization_state, one.sysprep_mode) for one in found] == states
