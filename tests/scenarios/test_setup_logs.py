"""The logs of lives are read as they were lived."""

import pytest

from forensic.artifacts.collector import collect
from forensic.artifacts.identity.assigned_identifier import assigned_machine_guid
from forensic.artifacts.network.net_setup import NETWORK_SETUP
from forensic.artifacts.setup.specialize_run import SETUP_LOG_SPAN, SPECIALIZE_RUN
from forensic.artifacts.setup.sysprep_log import SYSPREP_LOG, sysprep_error, sysprep_log
from forensic.model import FactSet
from forensic.sources.collection import propose_in_collection
from forensic.volumes.directory import DirectoryTree
from tests.builders.file import MemoryFile, stated
from tests.builders.setup_log import truths
from tests.builders.world import DAY, RELEASES, Life, World
from tests.builders.world_setup_log import run_guid, traces

ERAS = sorted(RELEASES)


@pytest.fixture
def facts(tmp_path):
    def read(life):
        for path, content in {**life.files(), **traces(life)}.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        (installation,) = [
            one for one in propose_in_collection(DirectoryTree(tmp_path), earlier_states=False).installations if one.system_root
        ]
        return FactSet(collect(installation, strict=True).facts)

    return read


def lived(era):
    world = World(3)
    first, second = world.computer("Contoso", "Desk 3"), world.computer("Fabrikam", "Book 9")
    return Life(world, RELEASES[era]).install(first, "2024-06-01T09:00:00Z", name="PC-ONE"), second


@pytest.mark.parametrize("era", ERAS)
def test_a_plain_installation_has_one_run(facts, era):
    life, second = lived(era)
    life.boot(second, "2024-08-01T08:00:00Z")
    found = facts(life)
    runs = found.of(SPECIALIZE_RUN)
    if life.release.nt < (5, 0):
        assert runs == found.of(NETWORK_SETUP) == ()
        return
    assert [run.value.phase for run in runs] == ["setup" if life.release.nt < (6, 0) else "specialize"]
    assert runs[0].value.start.time[:19] == str(life.state.specialized)[:19]
    assert [change.value.computer for change in found.of(NETWORK_SETUP)] == ["PC-ONE"]
    assert found.of(SYSPREP_LOG) == ()
    if life.release.nt >= (6, 0):
        assert runs[0].value.id == str(run_guid(life.state.specialized))
        assert {span.value.log for span in found.of(SETUP_LOG_SPAN)} == {"setupapi.setup.log", "setupapi.dev.log", "setupact.log"}
    if int(life.release.build) >= 19041:
        assert runs[0].value.hardware.product == "Desk 3"


@pytest.mark.parametrize("era", [era for era in ERAS if RELEASES[era].nt >= (5, 0)])
def test_a_deployed_master_has_the_run_of_its_deployment_and_the_log_of_sysprep(facts, era):
    life, second = lived(era)
    life.generalize("2024-07-01T10:00:00Z").boot(second, "2024-08-01T08:00:00Z", name="PC-TWO")
    found = facts(life)
    if life.release.nt < (6, 0):
        assert [run.value.phase for run in found.of(SPECIALIZE_RUN)] == ["mini-setup"]
        return
    (run,) = found.of(SYSPREP_LOG)
    assert (run.value.result, run.value.options) == ("succeeded", ("generalize", "oobe", "shutdown"))
    assert run.value.end.time[:19] == "2024-07-01T10:00:00"
    (specialized,) = found.of(SPECIALIZE_RUN)
    assert specialized.value.start.time[:10] == "2024-08-01"
    if int(life.release.build) >= 19041:
        assert specialized.value.hardware.product == "Book 9"


def test_an_aborted_generalize_is_read_as_failed(facts):
    life, _ = lived("10")
    life.abort_generalize("2024-07-01T10:00:00Z")
    (run,) = facts(life).of(SYSPREP_LOG)
    assert run.value.result == "failed"
    assert run.value.providers[-1].name == "SLReArmWindows"
    assert run.value.providers[-1].result == "failed"


def test_a_domain_join_is_read_with_the_name_of_its_time(facts):
    life, _ = lived("10")
    life.rename("PC-NEW", "2024-06-20T10:00:00Z").join("CORP", "corp.example", life.world.sid(), int(life.state.finished) + 30 * DAY)
    changes = [(one.value.operation, one.value.computer, one.value.domain) for one in facts(life).of(NETWORK_SETUP)]
    assert changes == [("join-workgroup", "PC-ONE", "WORKGROUP"), ("join-domain", "PC-NEW", "corp.example")]


def moments(times):
    """Return local times as the manifest writes them."""
    return [time.time[:19].replace("T", " ") for time in times]


def failure_of(run):
    """Return how a run failed, as the manifest writes it."""
    failed = next((one for one in run.providers if one.result == "failed"), None)
    if failed is None:
        return f"failed {run.code} while executing {run.executed[-1]} ({run.component})"
    code = failed.detail.removeprefix("dwRet = ")
    return f"failed {code} after {failed.seconds} s" if failed.seconds else f"failed {code} in {failed.name}"


GENERALIZED = {False: (), True: ("generalize",), "partly": ("generalize",)}
"""What the manifest says was generalized -> the phases whose execution began."""


@pytest.mark.parametrize(("name", "truth"), [one for one in truths("sysprep") if "setuperr" not in one.values[0]])
def test_a_real_log_of_sysprep_states_what_is_known_of_it(real, name, truth):
    data = real(name).read_bytes()
    facts, failure = stated(sysprep_log, MemoryFile(data))
    assert failure is None
    runs = [fact.value for fact in facts]
    if "next_run" in truth:
        assert moments([runs[-1].start]) == [truth["next_run"]]
        assert (runs[-1].result, runs[-1].phase, runs[-1].headless) == ("cut-off", None, False)
        runs.pop()
    assert len(runs) == truth.get("sysprep_runs", 1)
    if "results" in truth:
        assert [failure_of(run) for run in runs] == truth["results"]
        assert {run.result for run in runs} == {"failed"}
        for run, moment in zip(runs, truth["moments"], strict=True):
            assert moments([run.start if moment["kind"] == "sysprep-start" else run.end]) == [moment["at"]]
    else:
        assert [run.executed for run in runs] == [tuple(moment["kind"] for moment in truth["moments"])]
        assert moments([run.start for run in runs]) == [moment["at"] for moment in truth["moments"]]
    if "providers" in truth:
        assert [[one.module, one.name] for run in runs for one in run.providers] == truth["providers"]
    if "generalized" in truth:
        assert {run.executed for run in runs} == {GENERALIZED[truth["generalized"]]}
    if "phases_executed" in truth:
        assert [phase for run in runs for phase in run.executed] == truth["phases_executed"]
        assert {run.phase for run in runs} == {"validation"}
    guids, _ = stated(assigned_machine_guid, MemoryFile(data))
    assert [str(fact.value) for fact in guids] == [truth[key] for key in ("machine_guid",) if key in truth]


@pytest.mark.parametrize(("name", "truth"), [one for one in truths("sysprep") if "setuperr" in one.values[0]])
def test_a_real_list_of_errors_tells_the_runs_that_failed(real, name, truth):
    facts, failure = stated(sysprep_error, MemoryFile(real(name).read_bytes()))
    assert failure is None
    stops = [fact.value for fact in facts if fact.value.code]
    assert len(stops) == truth["failed_runs"]
    assert moments([stop.time for stop in stops]) == [moment["at"] for moment in truth["moments"]]
    assert [f"failed {stop.code}" for stop in stops] == truth["results"]
    later = [fact.value for fact in facts if fact.value.time.time > stops[-1].time.time]
    assert moments({one.time for one in later}) == [truth["after_last_failure"][:19]]
    assert [one.code for one in later] == [None] * 4
