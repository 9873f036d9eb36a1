"""The logs of lives are read as they were lived."""

import pytest

from forensic.artifacts.collector import collect
from forensic.artifacts.network.net_setup import NETWORK_SETUP
from forensic.artifacts.setup.specialize_run import SETUP_LOG_SPAN, SPECIALIZE_RUN
from forensic.artifacts.setup.sysprep_log import SYSPREP_LOG
from forensic.model import FactSet
from forensic.sources.collection import propose_in_collection
from forensic.volumes.directory import DirectoryTree
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
