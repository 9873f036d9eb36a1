"""Specialize runs and spans of the logs of device installation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup.specialize_run import (
    RunHardware,
    SetupLogSpan,
    SpecializeRun,
    device_log_span,
    old_device_log_span,
    old_setup_run,
    panther_log_span,
    respecialize_run,
    specialize_run,
)
from forensic.errors import Malformed
from forensic.model import Guid, LocalTime
from tests.builders.file import MemoryFile, stated

HEADER = "[Device Install Log]\r\n     OS Version = 10.0.19045\r\n     Service Pack = 0.0\r\n\r\n[BeginLog]\r\n\r\n"
RUN = (
    ">>>  [Sysprep Specialize - {3E17CBAA-ea8d-4347-b56c-5adeaaf64172}]\r\n"
    ">>>  Section start 2026/02/04 16:17:02.530\r\n"
    "     set: System Information:\r\n"
    "     set:      BIOS Release Date: 12/01/2006\r\n"
    "     set:      BIOS Vendor: innotek GmbH\r\n"
    "     set:      BIOS Version: VirtualBox\r\n"
    "     set:      System Family: Virtual Machine\r\n"
    "     set:      System Manufacturer: innotek GmbH\r\n"
    "     set:      System Product Name: VirtualBox\r\n"
    "     set:      System Version: 1.2\r\n"
    "     set: Initialized PnP data. Time = 141 ms. 16:17:02.715\r\n"
    "<<<  Section end 2026/02/04 16:17:14.570\r\n"
    "<<<  [Exit status: SUCCESS]\r\n\r\n\r\n"
)
SESSION = "[Boot Session: 2026/02/04 16:16:00.500]\r\n\r\n"


def file(text, path="Windows/INF/setupapi.setup.log"):
    return MemoryFile(text.encode() if isinstance(text, str) else text, path)


def test_states_a_run_with_its_times_its_status_and_the_computer():
    text = HEADER + SESSION + RUN
    facts, failure = stated(specialize_run, file(text))
    assert failure is None
    assert [fact.value for fact in facts] == [
        SpecializeRun(
            "specialize",
            Guid("3e17cbaa-ea8d-4347-b56c-5adeaaf64172"),
            LocalTime("2026-02-04T16:17:02.5300000"),
            LocalTime("2026-02-04T16:17:14.5700000"),
            "SUCCESS",
            RunHardware(
                text.index("     set: System Information"),
                manufacturer="innotek GmbH",
                product="VirtualBox",
                family="Virtual Machine",
                version="1.2",
                bios_vendor="innotek GmbH",
                bios_version="VirtualBox",
                bios_date="12/01/2006",
            ),
        )
    ]
    assert facts[0].place.offset == text.index(">>>  [Sysprep")
    assert facts[0].raw.length == len(RUN.rstrip("\n").rstrip("\r\n")) + 1  # to the end of the last line, its carriage return included


def test_reads_a_log_in_utf_16_alike():
    plain, _ = stated(specialize_run, file(HEADER + SESSION + RUN))
    wide, _ = stated(specialize_run, file((HEADER + SESSION + RUN).encode("utf-16")))
    assert wide[0].value.id == plain[0].value.id
    assert wide[0].value.hardware.product == "VirtualBox"
    assert wide[0].place.offset == 2 + 2 * plain[0].place.offset


@pytest.mark.parametrize(("title", "phase"), [("Respecialize", "respecialize"), ("Generalize", "generalize"), ("Specialize", "specialize")])
def test_tells_the_phases_apart(title, phase):
    facts, _ = stated(respecialize_run, file(RUN.replace("Specialize -", f"{title} -")))
    assert [fact.value.phase for fact in facts] == [phase]


def test_a_run_without_guid_or_end_is_stated_with_what_is_left():
    text = ">>>  [Sysprep Generalize Drivers]\r\n>>>  Section start 2026/02/04 16:17:02.530\r\n"
    text += ">>>  [Another]\r\n<<<  Section end 2026/02/05 01:01:01.000\r\n"
    facts, failure = stated(specialize_run, file(text))
    assert failure is None
    assert [fact.value for fact in facts] == [SpecializeRun("generalize", None, LocalTime("2026-02-04T16:17:02.5300000"))]


def test_a_log_without_runs_states_nothing_and_other_words_are_no_run():
    assert stated(specialize_run, file(HEADER + SESSION + "     cmd: [Sysprep Specialize - {x}]\r\n")) == ([], None)
    assert stated(specialize_run, file("")) == ([], None)


def test_a_guid_that_is_none_is_left_out():
    facts, failure = stated(specialize_run, file(RUN.replace("3E17CBAA-ea8d", "fixture")))
    assert failure is None
    assert facts[0].value.id is None


def test_a_million_sections_are_bounded_in_facts():
    facts, failure = stated(specialize_run, file(b">>>  [Sysprep Specialize - {x}]\n" * 1_000_000))
    assert len(facts) == 1_000
    assert isinstance(failure, Malformed)


def test_states_the_span_of_a_log():
    text = HEADER + SESSION + RUN + SESSION.replace("02/04", "03/05") + "     dvi: last line without a time\r\n"
    facts, failure = stated(device_log_span, file(text))
    assert failure is None
    assert [fact.value for fact in facts] == [
        SetupLogSpan(
            "setupapi.setup.log", LocalTime("2026-02-04T16:16:00.5000000"), LocalTime("2026-03-05T16:16:00.5000000"), "10.0.19045", 2
        )
    ]
    assert facts[0].place.offset == text.index("[Boot Session")


@pytest.mark.parametrize("data", [b"", b"no time at all", b"\xff\xfe", b"\0" * 5000])
def test_a_log_without_a_time_is_malformed(data):
    facts, failure = stated(device_log_span, file(data))
    assert facts == []
    assert isinstance(failure, Malformed)


def test_states_the_span_of_a_panther_log():
    text = "2025-07-22 21:55:35, Info  [0x0] IBS first\r\nmore\r\n2025-07-23 01:00:00, Info  MIG last\r\n"
    facts, _ = stated(panther_log_span, file(text, "Windows/Panther/setupact.log"))
    assert facts[0].value == SetupLogSpan(
        "setupact.log", LocalTime("2025-07-22T21:55:35.0000000"), LocalTime("2025-07-23T01:00:00.0000000")
    )


OLD = (
    "[SetupAPI Log]\r\nOS Version = 5.1.2600 Service Pack 3\r\nPlatform ID = 2 (NT)\r\n"
    "[2008/05/01 10:00:00 264.1115 Driver Install]\r\n"
    '#-199 Executing "C:\\WINDOWS\\system32\\setup.exe" with command line: setup -newsetup\r\n'
    "[2008/05/01 10:05:00 264.1116 Driver Install]\r\n"
    '#-199 Executing "C:\\WINDOWS\\system32\\setup.exe" with command line: setup -newsetup\r\n'
    "[2008/05/02 10:00:00 300.1 Driver Install]\r\n"
    '#-199 Executing "C:\\WINDOWS\\system32\\services.exe" with command line: C:\\WINDOWS\\system32\\services.exe\r\n'
    "[2008/06/01 09:00:00 264.1 Driver Install]\r\n"
    '#-199 Executing "C:\\WINDOWS\\system32\\setup.exe" with command line: setup -newsetup -mini\r\n'
    "[2008/06/01 09:02:00 264.2 Driver Install]\r\n"
    '#-199 Executing "C:\\WINDOWS\\system32\\setup.exe" with command line: setup -newsetup -mini\r\n'
)


def test_states_setup_and_mini_setup_of_an_old_log():
    facts, failure = stated(old_setup_run, file(OLD, "WINDOWS/setupapi.log"))
    assert failure is None
    assert [fact.value for fact in facts] == [
        SpecializeRun("setup", start=LocalTime("2008-05-01T10:00:00.0000000"), end=LocalTime("2008-05-01T10:05:00.0000000")),
        SpecializeRun("mini-setup", start=LocalTime("2008-06-01T09:00:00.0000000"), end=LocalTime("2008-06-01T09:02:00.0000000")),
    ]
    assert facts[1].place.offset == OLD.index("[2008/06/01 09:00:00")


def test_states_the_span_of_an_old_log():
    facts, failure = stated(old_device_log_span, file(OLD, "WINDOWS/setupapi.log"))
    assert failure is None
    assert facts[0].value == SetupLogSpan(
        "setupapi.log", LocalTime("2008-05-01T10:00:00.0000000"), LocalTime("2008-06-01T09:02:00.0000000"), "5.1.2600 Service Pack 3"
    )


@given(some.binary(max_size=60), some.integers(0, len(HEADER + SESSION + RUN + OLD)), some.booleans())
@settings(max_examples=200, deadline=None)
def test_any_damage_ends_in_facts_or_in_a_failure_of_evidence(noise, at, wide):
    data = (HEADER + SESSION + RUN + OLD).encode("utf-16" if wide else "ascii")
    data = data[:at] + noise + data[at + len(noise) // 2 :]
    for read in (specialize_run, device_log_span, old_setup_run, old_device_log_span):
        stated(read, file(data))


def test_real_setup_log_of_plaso(real):
    data = real("logs/plaso-setupapi.setup.log").read_bytes()
    facts, failure = stated(specialize_run, file(data))
    assert failure is None
    assert [fact.value for fact in facts] == [
        SpecializeRun(
            "specialize",
            Guid("51198c35-bd73-bb4d-a3cb-65bd5f2ab9cb"),
            LocalTime("2015-11-22T17:53:16.5990000"),
            LocalTime("2015-11-22T17:53:52.8490000"),
            "SUCCESS",
        )
    ]
    span, _ = stated(device_log_span, file(data))
    assert span[0].value == SetupLogSpan(
        "setupapi.setup.log", LocalTime("2015-11-22T17:52:29.4920000"), LocalTime("2015-11-22T17:57:17.7040000"), "10.0.10240", 1
    )


def test_real_device_log_of_plaso_has_a_respecialize_a_year_later(real):
    data = real("logs/plaso-setupapi.dev.log").read_bytes()
    facts, failure = stated(respecialize_run, file(data, "Windows/INF/setupapi.dev.log"))
    assert failure is None
    assert [(fact.value.phase, fact.value.id, fact.value.start.time, fact.place.offset) for fact in facts] == [
        ("respecialize", "804b345a-ffd7-854c-a1b5-ca9598907846", "2016-10-05T11:16:03.7470000", 4872)
    ]
    span, _ = stated(device_log_span, file(data, "Windows/INF/setupapi.dev.log"))
    assert span[0].value == SetupLogSpan(
        "setupapi.dev.log", LocalTime("2015-11-22T17:58:03.4980000"), LocalTime("2016-11-22T23:50:58.2360000"), "10.0.10240", 12
    )


def test_real_device_log_of_rathbun_has_no_run(real):
    data = real("machines/win10-rathbun/Logs/setupapi.dev.log").read_bytes()
    assert stated(respecialize_run, file(data)) == ([], None)
    span, _ = stated(device_log_span, file(data, "Windows/INF/setupapi.dev.log"))
    assert span[0].value == SetupLogSpan(
        "setupapi.dev.log", LocalTime("2022-02-05T11:18:36.2230000"), LocalTime("2022-02-07T00:20:16.0430000"), "10.0.19043", 3
    )
