"""Steps of the lineage by DtcInstall.log: the reading rules on written bytes, and the truth of the real ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from forensic.artifacts.setup import dtc_install
from forensic.artifacts.setup.dtc_install import dtc_setup_step
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP, SetupLineageStep
from forensic.errors import Malformed, NotFound
from forensic.model import LocalTime
from forensic.reasoning.installation.lineage import apart
from tests.builders.file import MemoryFile, stated
from tests.builders.setup_log import truths

SOURCE = "com\\complus\\dtc\\dtc\\adme\\deployment.cpp (2088) "


def line(when, text, error="0"):
    return f"{when} : DTC Install error = {error}, {text}, {SOURCE}\r\n"


def bracket(when, name, *inside):
    return line(when, f"SysPrepDtc{name} : Enter") + "".join(inside) + line(when, f"SysPrepDtc{name} : Exit")


def deploy(when):
    return line(when, "Entering DeployDtc") + line(when, "InstallContacts, Enter") + line(when, "Exiting DeployDtc")


def configure(when):
    return line(when, "Enter MsDtcAdvancedInstaller::Configure") + line(when, "Exit MsDtcAdvancedInstaller::Configure")


def seal(when):
    return bracket(when, "Cleanup") + bracket(when, "Generalize")


def plugin(when, function):
    return line(when, f"CMsdtcUpgradePlugin::{function}: Enter") + line(when, f"CMsdtcUpgradePlugin::{function}: Exit")


def specialize_of_10(when):
    return bracket(when, "Specialize", bracket(when, "Generalize", bracket(when, "Cleanup")), line(when, "InstallContacts, Enter"))


def read(text):
    data = text.encode() if isinstance(text, str) else text
    return stated(dtc_setup_step, MemoryFile(data, "Windows/DtcInstall.log"))


def steps(text):
    facts, failure = read(text)
    assert failure is None
    return [fact.value for fact in facts]


def told(text):
    return [(step.kind, step.zone) for step in steps(text)]


MEDIA_7 = deploy("07-13-2009 21:34") + seal("07-13-2009 21:55")
MEDIA_10 = configure("12-07-2019 09:17")


def test_media_and_a_plain_specialize_of_windows_7():
    assert told(MEDIA_7 + bracket("05-24-2011 11:14", "Specialize")) == [
        ("media", "media"),
        ("media-generalize", "media"),
        ("specialize", "media"),
    ]


def test_a_generalize_inside_of_specialize_is_no_run_of_sysprep_and_one_outside_is():
    assert told(MEDIA_10 + specialize_of_10("01-11-2021 13:43")) == [("media", "media"), ("specialize", "media")]
    assert told(MEDIA_10 + specialize_of_10("01-11-2021 13:43") + seal("01-12-2021 08:00"))[2:] == [("generalize", "unknown")]


def test_a_seal_of_windows_10_without_a_logged_specialize_is_not_the_media_s():
    assert told(MEDIA_10 + seal("12-07-2019 10:00")) == [("media", "media"), ("generalize", "unknown")]


def test_a_seal_is_the_media_s_only_within_a_day_of_it_and_before_any_specialize():
    assert told(deploy("07-13-2009 21:34") + seal("07-14-2009 21:35"))[1] == ("generalize", "unknown")
    assert told(deploy("07-13-2009 21:34") + bracket("07-13-2009 21:40", "Specialize") + seal("07-13-2009 21:55"))[2][0] == "generalize"
    assert told(seal("07-13-2009 21:55")) == [("generalize", "unknown")]


def test_a_repeated_specialize_is_told_apart():
    again = "SysprepDtcSpecialize: SysprepInProgress == 0. DTC has been already specialized."
    text = bracket("11-14-2011 14:10", "Specialize") + bracket("11-14-2011 14:11", "Specialize", line("11-14-2011 14:11", again))
    assert told(text) == [("specialize", "unknown"), ("specialize-repeat", "unknown")]


def test_the_specialize_of_an_upgrade_says_so_and_the_upgrade_has_the_time_of_its_success():
    before = line("10-04-2017 15:55", "UpgradeApplySuccess, DownlevelVersion = 6")
    text = MEDIA_10 + specialize_of_10("10-04-2017 15:52") + plugin("10-04-2017 15:53", "PreApply")
    text += line("10-04-2017 15:55", "CMsdtcUpgradePlugin::ApplySuccess: Enter") + before
    text += line("10-04-2017 15:55", "CMsdtcUpgradePlugin::ApplySuccess: Exit") + plugin("10-04-2017 15:55", "PostApply")
    assert steps(text)[1:] == [
        SetupLineageStep("specialize", LocalTime("2017-10-04T15:52:00.0000000"), in_upgrade=True),
        SetupLineageStep("upgrade", LocalTime("2017-10-04T15:55:00.0000000"), from_version=6),
    ]


def test_a_specialize_days_before_an_upgrade_is_a_deployment_and_an_upgrade_without_success_is_not_complete():
    found = steps(MEDIA_10 + specialize_of_10("10-01-2017 15:52") + plugin("10-04-2017 15:53", "PreApply"))
    assert [(step.kind, step.in_upgrade, step.complete) for step in found[1:]] == [("specialize", False, True), ("upgrade", False, False)]


def test_lone_exits_are_one_step_of_a_minute_and_no_media():
    lone = line("01-26-2022 23:42", "Exit MsDtcAdvancedInstaller::Configure")
    assert told(lone * 2) == [("configure-exit-only", "unknown")]
    assert (
        told(MEDIA_10 + lone * 2 + line("01-27-2022 23:42", "Exit MsDtcAdvancedInstaller::Configure"))[1:]
        == [("configure-exit-only", "unknown")] * 2
    )


def test_a_second_installation_of_msdtc_is_not_media():
    assert told(MEDIA_10 + configure("01-26-2022 23:42"))[1:] == [("configure", "unknown")]


def test_sysprep_without_generalize_is_a_cleanup():
    assert told(MEDIA_10 + bracket("01-26-2022 23:42", "Cleanup"))[1:] == [("cleanup", "unknown")]
    assert told(MEDIA_10 + bracket("01-26-2022 20:42", "Cleanup") + bracket("01-26-2022 23:42", "Generalize"))[1:] == [
        ("cleanup", "unknown"),
        ("generalize", "unknown"),
    ]


def test_an_offline_specialize_is_named_and_not_interpreted():
    assert told(MEDIA_10 + line("12-04-2021 10:00", "SysPrepDtcOfflineSpecialize called on OS >= Win8"))[1:] == [
        ("offline-specialize", "unknown")
    ]


def test_a_bracket_that_was_broken_off_swallows_no_later_run():
    text = MEDIA_10 + line("01-11-2021 13:43", "SysPrepDtcSpecialize : Enter") + seal("01-11-2021 15:43")
    assert [(step.kind, step.complete) for step in steps(text)] == [("media", True), ("specialize", False), ("generalize", True)]
    lone = steps(line("01-11-2021 13:43", "SysPrepDtcGeneralize : Exit"))
    assert [(step.kind, step.complete) for step in lone] == [("generalize", False)]


def test_an_error_is_kept_as_it_is_written():
    text = line("01-11-2021 13:43", "SysPrepDtcGeneralize : Enter") + line("01-11-2021 13:43", "InstallContacts", "0x80070005")
    assert [step.error for step in steps(text + line("01-11-2021 13:43", "SysPrepDtcGeneralize : Exit"))] == ["0x80070005"]
    assert [step.error for step in steps(bracket("01-11-2021 13:43", "Generalize"))] == [None]


def test_a_time_that_is_none_leaves_the_step():
    assert [(step.kind, step.time) for step in steps(bracket("13-41-2021 13:43", "Generalize"))] == [("generalize", None)]


def test_every_step_has_its_place():
    facts, _ = read(MEDIA_7)
    assert [(fact.place.file, fact.place.offset) for fact in facts] == [
        ("Windows/DtcInstall.log", 0),
        ("Windows/DtcInstall.log", MEDIA_7.index("07-13-2009 21:55 : DTC Install error = 0, SysPrepDtcGeneralize")),
    ]
    assert "SysPrepDtcGeneralize : Enter" in bytes.fromhex(facts[1].raw).decode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_every_encoding_is_read(encoding):
    assert told((MEDIA_7 + "Müller\r\n").encode(encoding)) == [("media", "media"), ("media-generalize", "media")]


@pytest.mark.parametrize(
    "text", ["", "\0" * 5000, "x" * 100_000, "DTC Install error = 0", line("01-11-2021 13:43", "InstallContacts, Enter")]
)
def test_says_that_no_step_is_there(text):
    assert read(text)[0] == []
    assert isinstance(read(text)[1], NotFound)


def test_a_log_without_end_is_read_to_its_limits(monkeypatch):
    monkeypatch.setattr(dtc_install, "LINE_COUNT_LIMIT", 3)
    facts, failure = read(MEDIA_7)
    assert [fact.value.kind for fact in facts] == ["media"]
    assert isinstance(failure, Malformed)
    assert failure.code == "too-much"
    monkeypatch.undo()
    facts, failure = read("".join(bracket("01-11-2021 13:43", "Cleanup") + configure("01-11-2021 13:44") for _ in range(600)))
    assert len(facts) == 1000
    assert failure.code == "too-much"


def test_a_line_without_end_is_cut():
    facts, failure = read(MEDIA_7 + line("01-11-2021 13:43", "SysPrepDtcGeneralize : Enter") + "x" * 3_000_000)
    assert [fact.value.kind for fact in facts] == ["media", "media-generalize", "generalize"]
    assert failure is None


@settings(max_examples=60)
@given(some.integers(0, 2000), some.binary(max_size=8))
def test_damage_ends_in_facts_or_a_failure(at, junk):
    data = (MEDIA_7 + specialize_of_10("01-11-2021 13:43")).encode()
    facts, _ = read(data[:at] + junk + data[at + 3 :])
    assert all(fact.kind == "setup-lineage-step" for fact in facts)


def test_steps_of_media_identify_nobody_and_those_of_a_master_its_copies():
    step = SetupLineageStep("generalize", LocalTime("2011-11-14T14:07:00.0000000"))
    assert [one.text for one in SETUP_LINEAGE_STEP.identifiers(step)] == ["generalize 2011-11-14T14:07"]
    of_media = ("media", "2009-07-13T21:34"), ("media-generalize", "2009-07-13T21:55"), ("specialize", "2010-11-20T18:43")
    for kind, minute in of_media:
        assert list(SETUP_LINEAGE_STEP.identifiers(SetupLineageStep(kind, LocalTime(f"{minute}:00.0000000")))) == []
    assert not SETUP_LINEAGE_STEP.identifies(step)


@pytest.mark.parametrize(("name", "truth"), truths("dtcinstall"))
def test_a_real_log_states_what_is_known_of_it(real, name, truth):
    facts, failure = read(real(name).read_bytes())
    assert failure is None
    found = list(apart([fact.value for fact in facts], ()))
    assert [(step.kind, step.time.time[:16].replace("T", " ")) for step in found] == [
        (moment["kind"], moment["at"]) for moment in truth["moments"]
    ]
    assert sum(step.kind == "generalize" for step in found) == truth["sysprep_runs"]
    assert all(step.complete for step in found)
    upgraded = truth["deployed"] == "upgrade"
    assert [step.in_upgrade for step in found if step.kind == "specialize"] == [upgraded] * sum(step.kind == "specialize" for step in found)
    (first, *_) = [*(step for step in found if step.kind == "specialize"), None]
    assert first is None or first.zone == ("unknown" if upgraded else "media")
