"""Installations with a life: the verdict that must come out, and those that must not."""

import pytest

from forensic import examine
from forensic.model import FileTime
from tests.builders.world import DAY, HOUR, RELEASES, Life, World, at

ERAS = sorted(RELEASES)
MODERN = [era for era in ERAS if RELEASES[era].nt >= (6, 0)]
ACCUSING = {"violation", "suspect"}
SEEDS = (1, 2026)


def installed(world, era, computer=None, days=400):
    """Return a life that began some days after the media was made, on a first computer."""
    release = RELEASES[era]
    start = FileTime(at(release.media) + days * DAY)
    life = Life(world, release).install(computer or world.computer(), start, name="PC-ONE")
    return life.add_user("ann", FileTime(start + HOUR)).use(FileTime(start + 200 * DAY)), start


def judged(folder):
    report = examine(folder, strict=True)
    (installation,) = [found for found in report.installations if found.earlier_state_of is None]
    return installation


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("era", ERAS)
def test_an_ordinary_installation_is_not_accused(spread, era, seed):
    life, _ = installed(World(seed), era)
    found = judged(spread(life))
    assert found.verdict.history == "installed"
    assert found.era == era
    assert found.machine_sid == life.state.sid


@pytest.mark.parametrize("era", ERAS)
def test_a_renamed_and_joined_machine_is_not_accused(spread, era):
    world = World(5)
    life, start = installed(world, era)
    life.rename("PC-TWO", FileTime(start + 90 * DAY)).join("CORP", "corp.example", world.sid(), FileTime(start + 91 * DAY))
    found = judged(spread(life))
    assert found.verdict.policy not in ACCUSING
    assert found.domain_sid == life.state.domain[2]


@pytest.mark.parametrize("era", [era for era in ERAS if RELEASES[era].server])
def test_a_promoted_domain_controller_is_not_accused(spread, era):
    life, start = installed(World(6), era)
    life.promote("CORP", "corp.example", FileTime(start + 100 * DAY)).use(FileTime(start + 300 * DAY))
    found = judged(spread(life))
    assert found.role == "domain-controller"
    assert found.verdict.policy not in ACCUSING


@pytest.mark.parametrize("era", MODERN)
def test_a_sealed_master_is_recognized(spread, era):
    life, start = installed(World(7), era)
    life.generalize(FileTime(start + 210 * DAY))
    assert judged(spread(life)).verdict.history == "sealed-generalized"


@pytest.mark.parametrize("era", MODERN)
def test_a_deployed_sibling_complies(spread, era):
    world = World(8)
    life, start = installed(world, era)
    life.generalize(FileTime(start + 210 * DAY)).boot(world.computer("Fabrikam", "Tower 9"), FileTime(start + 230 * DAY), name="SIB-1")
    life.use(FileTime(start + 500 * DAY))
    assert judged(spread(life)).verdict.history == "deployed-generalized"


@pytest.mark.parametrize("era", [era for era in ERAS if RELEASES[era].nt >= (5, 0)])
def test_a_moved_installation_is_suspected(spread, era):
    world = World(9)
    life, start = installed(world, era)
    life.boot(world.computer("Fabrikam", "Tower 9", oui="00:1a:a0"), FileTime(start + 210 * DAY))
    life.rename("PC-COPY", FileTime(start + 210 * DAY + HOUR)).use(FileTime(start + 400 * DAY))
    found = judged(spread(life))
    assert found.verdict.history == "relocated-not-generalized"
    assert found.verdict.not_excluded


@pytest.mark.parametrize("era", [era for era in ERAS if RELEASES[era].nt >= (5, 1)])
def test_a_changed_sid_is_found(spread, era):
    life, start = installed(World(10), era)
    life.change_sid(FileTime(start + 150 * DAY)).use(FileTime(start + 250 * DAY))
    assert judged(spread(life)).verdict.history == "sid-changed"


@pytest.mark.parametrize("era", MODERN)
def test_an_aborted_generalize_is_told(spread, era):
    life, start = installed(World(11), era)
    life.abort_generalize(FileTime(start + 150 * DAY))
    assert judged(spread(life)).verdict.history == "generalize-failed"


@pytest.mark.parametrize(("before", "after"), [("7", "10"), ("8.1", "10"), ("10", "11")])
def test_an_upgraded_machine_is_not_accused(spread, before, after):
    life, start = installed(World(12), before)
    life.upgrade(RELEASES[after], FileTime(max(start, at(RELEASES[after].media)) + 300 * DAY)).use(
        FileTime(max(start, at(RELEASES[after].media)) + 700 * DAY)
    )
    assert judged(spread(life)).verdict.policy not in ACCUSING


def test_a_clone_that_never_ran_elsewhere_is_no_accusation(spread):
    life, _ = installed(World(13), "10")
    assert judged(spread(life.copy())).verdict.policy not in ACCUSING


@pytest.mark.parametrize("missing", ["SAM", "SECURITY", "SOFTWARE", "SYSTEM"])
def test_a_missing_hive_never_makes_an_accusation(spread, missing):
    life, _ = installed(World(14), "10")
    folder = spread(life)
    (folder / "Windows/System32/config" / missing).unlink()
    found = judged(folder)
    assert found.verdict.policy not in ACCUSING
    assert any(gap.reason == "not-found" for gap in found.gaps)


@pytest.mark.parametrize(("era", "known"), [("nt4", False), ("2000", True), ("10", True)])
def test_nothing_has_to_be_done_only_where_a_record_of_its_computers_was_read(spread, era, known):
    """Windows NT 4.0 keeps no list of devices: a copy on another computer looks the same."""
    life, _ = installed(World(3), era)
    remedy = judged(spread(life)).verdict.remedies[0]
    assert remedy.startswith("Nothing has to be done." if known else "What was read asks for nothing; on which computers")
