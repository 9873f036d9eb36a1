"""Validation: histories that were made, judged, and counted; `docs/validation.md` is what comes out (FORENSIC_REGENERATE=1 writes it)."""

import os
import random
import re
import shutil
import textwrap
from collections import Counter
from pathlib import Path, PurePosixPath

import msgspec
import pytest

from forensic import examine
from forensic.artifacts.declaration import load
from forensic.cli.outcome import exit_code
from forensic.model import FactSet, FileTime
from forensic.reasoning import verdict
from forensic.reasoning.installation import judge
from forensic.reasoning.subject import Subject
from tests.builders.world import DAY, HOUR, RELEASES, World, at
from tests.conftest import DATA, real_files
from tests.scenarios.histories import begun, scenarios
from tests.scenarios.test_real_lives import CONFIG, place


def machine(name):
    """The files of a collected machine whose place is known, and where they lay."""
    base = f"machines/{name}/"
    return {file: target for file in real_files(base.rstrip("/")) if (target := place(file.removeprefix(base)))}


def is_there(name):
    """Whether a real file is at hand."""
    return (DATA / name).exists() or (DATA / f"{name}.xz").exists()


PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "validation.md"
ACCUSING = {"violation", "suspect"}
SCENARIOS = scenarios()
MINIMUM = 3
_REAL = re.compile(r"\breal(?:_files)?\(")
EXPLANATIONS = (
    "domain controller", "in-place upgrade", "Reset this PC", "another board, disk or network card", "re-hosted virtual machine",
    "renamed during setup", "factory", "WerSvc", "SkipRearm", "restored hives", "clock errors during setup", "maintained for months",
    "same SID by design",
)  # fmt: skip
ABSENT = "did not run: data absent"
CONTROLLERS = sorted({PurePosixPath(name).parent.name for name in real_files("hives/servers")}) or ["win2008_32"]
REAL = (
    ("Windows 10 of DFIRArtifactMuseum (Rathbun)", [machine("win10-rathbun")]),
    ("Windows 10 of DFIRArtifactMuseum (Belkasoft)", [machine("win10-belkasoft")]),
    (
        "domain controllers, 2008 to 2022 (aiowinreg): SAM, SECURITY",
        [{f"hives/servers/{name}/{hive.lower()}.reg": f"{CONFIG}/{hive}" for hive in ("SAM", "SECURITY")} for name in CONTROLLERS],
    ),
    (
        "M57-PAT, Windows XP: SYSTEM, SAM, SECURITY",
        [{f"hives/m57-pat-xp/{hive}": f"WINDOWS/system32/config/{hive}" for hive in ("SYSTEM", "SAM", "SECURITY")}],
    ),
    (
        "DESKTOP-2KGM189, Windows 10: System log of 2017, SYSTEM of 2020",
        [
            {
                "hives/regipy/SYSTEM_WIN_10_1709": f"{CONFIG}/SYSTEM",
                "logs/desktop-2kgm189-2017-system.evtx": "Windows/System32/winevt/Logs/System.evtx",
            }
        ],
    ),
    ("SENSEI, Windows 8.1: SYSTEM", [{"hives/regipy/SYSTEM_2": f"{CONFIG}/SYSTEM"}]),
    ("DESKTOP-PM6C56D, Windows 10: SYSTEM", [{f"hives/regipy/SYSTEM_B{log}": f"{CONFIG}/SYSTEM{log}" for log in ("", ".LOG1", ".LOG2")}]),
    ("MSEDGEWIN10, Windows 10: SAM, SECURITY", [{f"hives/msedgewin10/{hive}": f"{CONFIG}/{hive}" for hive in ("SAM", "SECURITY")}]),
    ("2JQQWP1, Windows 8.1: SAM, SECURITY", [{f"hives/ericzimmerman/{hive}": f"{CONFIG}/{hive}" for hive in ("SAM", "SECURITY")}]),
    ("WKS-WIN732BITA, Windows 7: SYSTEM", [{"hives/regipy/SYSTEM": f"{CONFIG}/SYSTEM"}]),
)
"""Real data and where each file lay; what is stated on it comes from running it."""


def judged(scenario, folder):
    files = scenario.life.drive() | scenario.added
    for path, content in files.items():
        if path.rpartition("/")[2] not in scenario.missing:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    report = examine(folder, strict=True)
    (found,) = [one for one in report.installations if one.earlier_state_of is None]
    return found.verdict


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """The verdict over every scenario, by its name."""
    return {one.name: judged(one, tmp_path_factory.mktemp("drive")) for one in SCENARIOS}


def test_every_scenario_is_judged_as_it_happened(verdicts):
    wrong = {one.name: verdicts[one.name].history for one in SCENARIOS if verdicts[one.name].history not in one.expected}
    assert not wrong


def test_nobody_innocent_is_accused(verdicts):
    assert not [one.name for one in SCENARIOS if one.innocent and verdicts[one.name].policy in ACCUSING]


def test_every_explanation_that_applies_is_named(verdicts):
    for one in SCENARIOS:
        told = " ".join((verdicts[one.name].summary, *verdicts[one.name].not_excluded))
        assert one.explanation in told, one.name


def test_every_verdict_occurs_three_times_and_every_explanation_once():
    codes = Counter(code for one in SCENARIOS for code in one.expected)
    assert set(verdict.load()) == set(codes)
    assert min(codes.values()) >= MINIMUM
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS) >= 40


def test_every_innocent_explanation_is_told_somewhere(verdicts):
    told = " ".join(text for found in verdicts.values() for text in (found.summary, *found.not_excluded))
    assert [explanation for explanation in EXPLANATIONS if explanation not in told] == []


def stated_on(sets, real, folder):
    """What is stated on real files, laid out as they lay: verdict, strength, what decided, exit code; with how often, of several."""
    found = Counter()
    for number, files in enumerate(sets):
        if not files or not all(is_there(name) for name in files):
            return ABSENT
        for name, target in files.items():
            path = folder / str(number) / target
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(real(name), path)
        report = examine(folder / str(number), strict=True)
        (one,) = [each for each in report.installations if each.earlier_state_of is None]
        found[f"{one.verdict.history}, {one.verdict.strength}, by {one.verdict.decided_by}; exit code {exit_code(report)}"] += 1
    return "; ".join(f"{count} times {said}" if len(sets) > 1 else said for said, count in sorted(found.items()))


@pytest.fixture(scope="module")
def on_real_data(real, tmp_path_factory):
    """What is stated on each of the real data, or that it is absent."""
    return {name: stated_on(sets, real, tmp_path_factory.mktemp("real")) for name, sets in REAL}


def without_absent(text, on_real_data):
    """The document without the rows of data that is not here: nobody can say what comes out on it."""
    gone = tuple(f"| {name} |" for name, said in on_real_data.items() if said == ABSENT)
    return "".join(line for line in text.splitlines(keepends=True) if not gone or not line.startswith(gone))


def test_the_document_is_what_comes_out(verdicts, on_real_data):
    text = document(verdicts, on_real_data)
    if os.environ.get("FORENSIC_REGENERATE"):
        DOCUMENT.write_text(text, encoding="utf-8")
    there = DOCUMENT.read_text(encoding="utf-8")
    assert without_absent(there, on_real_data) == without_absent(text, on_real_data)
    assert all(there.count(f"\n| {name} | ") == 1 for name, _ in REAL)


def test_a_row_whose_data_is_absent_says_so(verdicts, tmp_path):
    said = stated_on([{"hives/nobody/SYSTEM": f"{CONFIG}/SYSTEM"}], None, tmp_path)
    assert said == stated_on([{}], None, tmp_path) == ABSENT
    text = document(verdicts, dict.fromkeys((name for name, _ in REAL), ABSENT))
    assert text.count(f" | {ABSENT} |") == len(REAL)
    assert without_absent(text, {REAL[0][0]: ABSENT, REAL[1][0]: "installed"}).count(ABSENT) == len(REAL) - 1


def innocent(seed):
    """A random life in which nothing happens that the policy forbids."""
    chance = random.Random(seed)
    era = chance.choice(sorted(RELEASES))
    life, start = begun(seed, era, days=chance.randrange(30, 900), users=chance.randrange(4))
    now = FileTime(start + 220 * DAY)
    for _ in range(chance.randrange(5)):
        now = FileTime(now + chance.randrange(3, 200) * DAY)
        deed = chance.choice(("rename", "join", "use", "user", "upgrade", "promote", "generalize"))
        if deed == "rename":
            life.rename(f"PC-{chance.randrange(100)}", now)
        elif deed == "join" and not life.state.controller:
            life.join("CORP", "corp.example", life.world.sid(), now)
        elif deed == "user" and not life.state.controller:
            life.add_user(f"user{chance.randrange(1000)}", now)
        elif deed == "promote" and life.release.server and not life.state.controller:
            life.promote("CORP", "corp.example", now)
        elif deed == "upgrade" and life.release.era in {"7", "8.1"}:
            now = FileTime(max(now, at(RELEASES["10"].media) + 90 * DAY))
            life.upgrade(RELEASES["10"], now)
        elif deed == "generalize" and life.release.nt >= (5, 1) and life.state.domain is None and not life.state.source_os:
            life.generalize(now)
            if chance.random() < 0.8:
                computer = life.computer if chance.random() < 0.3 else World(seed + 5000).computer("Fabrikam", "Tower 9", oui="00:1a:a0")
                now = FileTime(now + chance.randrange(1, 40) * DAY)
                life.boot(computer, now, name="SIB-1").use(FileTime(now + 3 * DAY))
            else:
                return life
        life.use(FileTime(now + HOUR))
    return life


def test_a_hundred_random_innocent_lives_are_not_accused(spread):
    for seed in range(100):
        folder = spread(innocent(seed), f"life{seed}", full=seed % 2 == 0)
        (found,) = [one for one in examine(folder, strict=True).installations if one.earlier_state_of is None]
        assert found.verdict.policy not in ACCUSING, (seed, found.era, found.verdict)


def document(verdicts, on_real_data):
    """The whole text of docs/validation.md."""
    innocents = [one for one in SCENARIOS if one.innocent]
    guilty = [one for one in SCENARIOS if not one.innocent]
    accused = [one for one in innocents if verdicts[one.name].policy in ACCUSING]
    missed = [one for one in guilty if verdicts[one.name].policy not in ACCUSING]
    wrong = [one for one in SCENARIOS if verdicts[one.name].history not in one.expected]
    lines = [
        "# Validation",
        "",
        "Generated by `tests/scenarios/test_validation.py` (`FORENSIC_REGENERATE=1 pytest tests/scenarios/test_validation.py`); the test",
        "fails when it is not what comes out.",
        "",
        "The histories are made: hives, logs and what the volume remembers are written for each life as this program understands",
        "Windows. They show that the rules do what they say on such histories. They cannot show that Windows behaves as is assumed;",
        "what is sourced, seen and inferred stands on the page of each artifact. A hundred more lives are drawn at random in the same",
        "test and must accuse nobody.",
        "",
        "## Error rates",
        "",
        "| Measure | Count | Rate |",
        "|---|---|---|",
        _rate("scenarios whose verdict is not the expected one", len(wrong), len(SCENARIOS)),
        _rate("innocent histories that are accused (violation or suspect)", len(accused), len(innocents)),
        _rate("forbidden histories that are not accused", len(missed), len(guilty)),
        "",
        *(
            f"- Not accused though forbidden: {one.name}: {verdicts[one.name].history}, by {verdicts[one.name].decided_by}"
            for one in missed
        ),
        "",
        "## Verdicts",
        "",
        "Rows: what happened. Columns: what was stated.",
        "",
        *_matrix(verdicts),
        "",
        "## Scenarios",
        "",
        "What happened, on which releases, and what was stated; each as expected but for those named above.",
        "",
        "| What happened | Releases | Stated | Explanation that has to be named |",
        "|---|---|---|---|",
        *_scenarios(verdicts),
        "",
        "## Real machines",
        "",
        "Files of real machines, laid out as they lay on the drive and examined; a row says so where the data was not at hand. No pair of",
        "images of one duplicated installation is public.",
        "",
        "| Data | Stated |",
        "|---|---|",
        *(f"| {data} | {stated} |" for data, stated in on_real_data.items()),
        "",
        "## Artifacts",
        "",
        *_artifacts_in_words(),
    ]
    return "\n".join(lines) + "\n"


def _rate(what, count, of):
    return f"| {what} | {count} of {of} | {100 * count / of:.1f} % |"


def _matrix(verdicts):
    codes = list(verdict.load())
    yield f"| | {' | '.join(codes)} |"
    yield f"|---{'|---' * len(codes)}|"
    for code in codes:
        stated = Counter(verdicts[one.name].history for one in SCENARIOS if min(one.expected) == code)
        yield f"| {code} ({verdict.load()[code].policy}) | {' | '.join(str(stated[other] or '') for other in codes)} |"


def _scenarios(verdicts):
    """A row for each thing that happened: the releases on which it did, and what was stated on them."""
    rows = {}
    for one in SCENARIOS:
        release, _, what = one.name.partition(": ")
        found = verdicts[one.name]
        rows.setdefault((what, one.explanation), {}).setdefault(f"{found.history}, {found.strength}", []).append(release)
    for (what, explanation), stated in rows.items():
        releases = ", ".join(release for some in stated.values() for release in some)
        said = next(iter(stated)) if len(stated) == 1 else "; ".join(f"{words} ({', '.join(some)})" for words, some in stated.items())
        yield f"| {what} | {releases} | {said} | {explanation} |"


def _artifacts_in_words():
    """Which modules were tried on written bytes alone."""
    modules = list(_artifacts())
    written = [f"`{name}`" for name, real, _ in modules if not real]
    yield f"The tests of {len(modules) - len(written)} of {len(modules)} modules use files of real machines. Tested on written bytes alone:"
    yield from textwrap.wrap(", ".join(written) + ".", 130, break_on_hyphens=False)


def _artifacts():
    modules = {}
    for artifact in load("full"):
        module = artifact.module.removeprefix("forensic.artifacts.")
        modules.setdefault(module, set()).update(kind.name for kind in artifact.kinds)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (PROJECT / "tests").rglob("test_*.py")}
    for module, kinds in sorted(modules.items()):
        own = texts.get(f"test_{module.rpartition('.')[2]}", "")
        together = [text for name, text in texts.items() if name.startswith("test_real_")]
        named = (f"artifacts.{module} import", *(f'"{kind}"' for kind in kinds))
        real = _REAL.search(own) is not None or any(name in text for name in named for text in together)
        yield module, real, sorted(kinds)


def _subjects(folder_of):
    """The facts of every innocent history as the rules see them."""
    for one in [each for each in SCENARIOS if each.innocent and not each.missing][::3]:
        folder = folder_of(one)
        (found,) = [each for each in examine(folder, strict=True).installations if each.earlier_state_of is None]
        yield one.name, Subject(FactSet(found.facts), found.gaps, found.origin, found.era, found.role)


def test_no_lost_kind_of_evidence_accuses_an_innocent_machine(tmp_path):
    def write(one):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for path, content in (one.life.drive() | one.added).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return folder

    for name, subject in _subjects(write):
        for kind in sorted({fact.kind for fact in subject.facts}):
            left = FactSet(fact for fact in subject.facts if fact.kind != kind)
            role = None if kind == "product-type" else subject.role
            found = judge(msgspec.structs.replace(subject, facts=left, role=role))[1]
            assert found.policy not in ACCUSING, (name, kind, found)
