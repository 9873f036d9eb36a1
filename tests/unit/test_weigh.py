"""The table that turns evidence into a verdict."""

import pytest

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.media_time import MEDIA_TIME
from forensic.artifacts.setup.setup_state import IMAGE_STATE, SETUP_FLAG
from forensic.artifacts.setup.windows_release import INSTALL_DATE, WINDOWS_RELEASE, WindowsRelease
from forensic.model import POLICY, Evidence, FactSet, History
from forensic.reasoning.installation import weighing as table
from forensic.reasoning.installation.weighing import TABLE, weigh
from forensic.reasoning.subject import Subject
from tests.builders.facts import at, fact, gap
from tests.rules.stories import STORIES, clone_tag

WHOLE = STORIES["plain 10"][0]
"""Facts enough that nothing caps the strength."""


def evidence(history, *strengths, against=None):
    return [
        Evidence(
            f"rule-{number}",
            "" if against else history.value,
            against.value if against else "",
            strength,
            f"group-{history.value}-{number}",
            "so",
        )
        for number, strength in enumerate(strengths)
    ]


@pytest.mark.parametrize("history", list(TABLE))
def test_each_row_gives_its_strength(history):
    for strong, total, strength in TABLE[history]:
        found = weigh(evidence(history, *["strong"] * strong, *["moderate"] * (total - strong)), WHOLE)
        assert (found.history, found.strength, found.policy) == (history, strength, POLICY[history])


@pytest.mark.parametrize("history", list(TABLE))
def test_the_printed_table_is_the_table(history):
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.__doc__.splitlines() if line.startswith("| ")]
    printed, name = {}, ""
    for first, *row in lines[1:]:
        name = first or name
        printed.setdefault(name, []).append((int(row[0]), int(row[1]), row[2]))
    assert printed[history.value] == list(TABLE[history])


@pytest.mark.parametrize("history", list(TABLE))
def test_weak_evidence_carries_nothing(history):
    assert weigh(evidence(history, *["weak"] * 9), WHOLE).history is History.UNDETERMINED


def test_one_cause_counts_once():
    one = evidence(History.SID_CHANGED, "moderate") * 5
    assert weigh(one, WHOLE).history is History.UNDETERMINED


def test_an_accusation_goes_before_an_acquittal():
    both = [*evidence(History.INSTALLED, *["moderate"] * 5), *evidence(History.RELOCATED_NOT_GENERALIZED, "strong")]
    found = weigh(both, WHOLE)
    assert (found.history, found.strength) == (History.RELOCATED_NOT_GENERALIZED, "indicated")


@pytest.mark.parametrize("history", [History.INSTALLED, History.DEPLOYED_GENERALIZED, History.SEALED_GENERALIZED])
def test_doubt_about_an_ordinary_history_leaves_it_undetermined(history):
    found = weigh([*evidence(history, *["moderate"] * 5), *evidence(history, "moderate", against=History.INSTALLED)], WHOLE)
    assert (found.history, found.strength) == (History.UNDETERMINED, "undetermined")
    assert found.summary.startswith("So. That speaks against")
    one_sided = weigh([*evidence(history, "strong"), *evidence(history, "moderate", against=history)], WHOLE)
    assert (one_sided.history, one_sided.strength) == (History.UNDETERMINED, "undetermined")


def test_strong_evidence_on_both_sides_is_a_contradiction():
    sealed = History.SEALED_GENERALIZED
    found = weigh([*evidence(sealed, "strong"), *evidence(sealed, "strong", against=sealed)], WHOLE)
    assert (found.history, found.strength) == (History.UNDETERMINED, "contradicted")


@pytest.mark.parametrize("history", [History.SID_CHANGED, History.GENERALIZE_FAILED])
def test_an_accusation_that_no_row_carries_is_no_verdict(history):
    plain = evidence(History.INSTALLED, *["moderate"] * 5)
    found = weigh([*plain, *evidence(history, "moderate")], WHOLE)
    assert found.history is History.UNDETERMINED
    one_setup = Evidence("rule", "installed", "", "moderate", "setup-clocks", "so")
    found = weigh([*plain, one_setup, *evidence(history, "moderate")], WHOLE)
    assert (found.history, found.strength) == (History.INSTALLED, "indicated")
    assert any(history.value in text for text in found.not_excluded)


@pytest.mark.parametrize(
    ("history", "kind"),
    [(History.INSTALLED, MACHINE_SID), (History.SEALED_GENERALIZED, CLONE_TAG), (History.DEPLOYED_GENERALIZED, CLONE_TAG)],
)
def test_a_gap_in_what_decides_caps_the_strength(history, kind):
    facts = FactSet([one for one in WHOLE.facts if one.kind != kind.name])
    strong, total, _ = TABLE[history][0]
    found = weigh(evidence(history, *["strong"] * strong, *["moderate"] * (total - strong)), Subject(facts))
    assert (found.history, found.strength) == (history, "indicated")
    assert any(kind.name in text for text in found.not_excluded)


@pytest.mark.parametrize(
    ("history", "kind", "hive"),
    [
        (History.SEALED_GENERALIZED, IMAGE_STATE, "SOFTWARE"),
        (History.SEALED_GENERALIZED, SETUP_FLAG, "SYSTEM"),
        (History.INSTALLED, SETUP_FLAG, "SYSTEM"),
        (History.DEPLOYED_GENERALIZED, SETUP_FLAG, "SYSTEM"),
    ],
)
def test_nobody_is_acquitted_without_the_hives_that_say_so(history, kind, hive):
    facts = FactSet([one for one in WHOLE.facts if one.kind != kind.name])
    found = weigh(evidence(history, *["strong"] * 5), Subject(facts, era="10"))
    assert (found.history, found.strength) == (History.UNDETERMINED, "undetermined")
    assert f"What the {hive} hive would tell is missing" in found.summary


@pytest.mark.parametrize("history", sorted(table.ACCUSATIONS, key=str))
def test_an_accusation_needs_no_hive_that_would_have_acquitted(history):
    found = weigh(evidence(history, *["strong"] * 5), Subject(FactSet([]), era="10"))
    assert (found.history, found.strength) == (history, "indicated")


def test_a_shadow_copy_is_proof_alone():
    found = weigh([Evidence("rule", "sid-changed", "", "strong", "shadow-copy", "so")], WHOLE)
    assert (found.history, found.strength) == (History.SID_CHANGED, "proven")
    found = weigh([Evidence("rule", "sid-changed", "", "weak", "shadow-copy", "so")], WHOLE)
    assert found.history is History.UNDETERMINED


def test_an_unknown_release_weakens_what_rests_on_its_media():
    facts = [one for one in WHOLE.facts if one.kind not in (CLONE_TAG.name, WINDOWS_RELEASE.name)]
    unknown = [clone_tag(at("2029-12-07 09:30")), fact(WINDOWS_RELEASE, WindowsRelease(version="10.0", build="99999"))]
    found = weigh(evidence(History.INSTALLED, *["strong"] * 5), Subject(FactSet([*facts, *unknown]), era="11"))
    assert (found.history, found.strength) == (History.INSTALLED, "indicated")
    assert any("media is unknown" in text for text in found.not_excluded)
    for history, subject in ((History.INSTALLED, WHOLE), (History.SID_CHANGED, Subject(FactSet([*facts, *unknown]), era="11"))):
        found = weigh(evidence(history, *["strong"] * 5), subject)
        assert found.strength != "indicated"
        assert not any("media is unknown" in text for text in found.not_excluded)


@pytest.mark.parametrize("history", [History.INSTALLED, History.DEPLOYED_GENERALIZED])
@pytest.mark.parametrize(("kind", "hive"), [(MACHINE_SID, "SAM"), (MACHINE_SID, "SECURITY"), (INSTALL_DATE, "SOFTWARE")])
def test_an_acquittal_names_the_hive_that_could_not_be_read(history, kind, hive):
    lost = gap(kind, "unreadable", f"Windows/System32/config/{hive} > somewhere")
    found = weigh(evidence(history, *["strong"] * 5), Subject(WHOLE.facts, (lost,), era="10"))
    assert (found.history, found.strength) == (history, "indicated")
    assert (
        f"missing from Windows/System32/config/{hive} (unreadable): {kind.name}; what stands there might tell otherwise"
        in found.not_excluded
    )
    accused = weigh(evidence(History.SID_CHANGED, *["strong"] * 5), Subject(WHOLE.facts, (lost,), era="10"))
    assert not any("might tell otherwise" in text for text in accused.not_excluded)


def test_a_clone_tag_of_which_nothing_says_the_media_leaves_open_whether_it_was_deployed():
    facts = [one for one in WHOLE.facts if one.kind not in (CLONE_TAG.name, WINDOWS_RELEASE.name, MEDIA_TIME.name)]
    found = weigh(evidence(History.INSTALLED, *["strong"] * 5), Subject(FactSet([*facts, clone_tag(at("2021-12-07 09:30"))])))
    assert found.history is History.UNDETERMINED
    assert "What the SOFTWARE hive would tell is missing" in found.summary


def test_undetermined_names_what_would_decide():
    found = weigh([], Subject(FactSet([]), (gap(CLONE_TAG, "unreadable", "SYSTEM > Setup"),)))
    assert found.summary.startswith("Missing is ")
    assert "clone-tag" in found.summary
    assert found.summary.endswith("What is there does not decide whether this installation was duplicated without Sysprep.")
    assert "missing from SYSTEM (unreadable): clone-tag" in found.not_excluded
    found = weigh([], Subject(FactSet([]), (gap(CLONE_TAG, "unreadable", "p1 > Windows/System32/config/SYSTEM > Setup"),)))
    assert "missing from p1 > Windows/System32/config/SYSTEM (unreadable): clone-tag" in found.not_excluded
    assert "Missing" not in weigh([], WHOLE).summary
    assert found.policy == "undetermined"


def test_no_verdict_says_that_sysprep_was_not_run():
    for subject, _ in STORIES.values():
        from forensic.reasoning.installation import judge

        found = judge(subject)[1]
        assert "not run" not in found.summary
        assert "was not generalized" not in found.summary


def test_signs_beside_an_ordinary_verdict_are_limited():
    signs = [Evidence("rule", "sid-changed", "", "weak", "former-sid", f"profile {number}") for number in range(40)]
    plain = evidence(History.INSTALLED, *["moderate"] * 4)
    found = weigh([*plain, *signs], WHOLE)
    assert found.history is History.INSTALLED
    assert len(found.not_excluded) < 8
    assert any("37 more" in text for text in found.not_excluded)
    assert not any("more such signs" in text for text in weigh([*plain, *signs[:3]], WHOLE).not_excluded)
    accused = weigh([*evidence(History.RELOCATED_NOT_GENERALIZED, "strong"), *signs], WHOLE)
    assert not any("sign" in text for text in accused.not_excluded)


@pytest.mark.parametrize(("reason", "told"), [("malformed", True), ("unreadable", True), ("not-found", False)])
def test_a_clone_tag_that_could_not_be_read_is_missed_before_vista_too(reason, told):
    subject, _ = STORIES["plain xp"]
    gaps = tuple(one for one in subject.gaps if one.artifact != CLONE_TAG.name)
    found = weigh(
        evidence(History.INSTALLED, *["moderate"] * 2),
        Subject(subject.facts, (*gaps, gap(CLONE_TAG, reason)), subject.origin, subject.era, subject.role),
    )
    assert found.history is History.INSTALLED
    assert any("(clone-tag)" in one for one in found.not_excluded) is told
