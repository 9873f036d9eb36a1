"""The table that turns evidence into a verdict."""

import msgspec
import pytest

from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.media_time import MEDIA_TIME
from forensic.artifacts.setup.setup_command import SETUP_FLAG
from forensic.artifacts.setup.sysprep_tag import SYSPREP_TAG
from forensic.artifacts.setup.windows_release import INSTALL_DATE, WINDOWS_RELEASE, WindowsRelease
from forensic.model import Evidence, FactSet
from forensic.reasoning.contradiction import Contradiction
from forensic.reasoning.installation.sentences import COMPARE_WITH_SOURCE
from forensic.reasoning.installation.weighing import HANGS_ON_ONE_VALUE, hangs_on, weigh
from forensic.reasoning.subject import Subject
from forensic.reasoning.verdict import load
from tests.builders.facts import at, fact, gap
from tests.rules.stories import STORIES, clone_tag

VERDICTS = load()
CARRIED = [code for code, kind in VERDICTS.items() if kind.carries]
WHOLE = STORIES["plain 10"][0]
"""Facts enough that nothing caps the strength: for a seal, with the file that Sysprep leaves when it succeeds."""
WHOLE = msgspec.structs.replace(WHOLE, facts=FactSet((*WHOLE.facts, fact(SYSPREP_TAG, "Sysprep_succeeded.tag"))))


def evidence(history, *strengths, against=None):
    return [
        Evidence(
            f"rule-{number}",
            "" if against else history,
            against or "",
            strength,
            f"group-{history}-{number}",
            "so",
        )
        for number, strength in enumerate(strengths)
    ]


@pytest.mark.parametrize("history", CARRIED)
def test_each_row_gives_its_strength(history):
    rows = [row for row in VERDICTS[history].carries if not row.only]
    for row in rows:
        found = weigh(evidence(history, *["strong"] * row.strong, *["moderate"] * (row.groups - row.strong)), WHOLE)
        assert (found.history, found.strength, found.policy) == (history, row.gives, row.policy or VERDICTS[history].policy)
        assert (found.decided_by, found.title) == (row.name, VERDICTS[history].title)
        fewer = evidence(history, *["strong"] * row.strong, *["moderate"] * (row.groups - row.strong))[1:]
        assert weigh(fewer, WHOLE).decided_by != row.name


def test_every_row_has_a_name_of_its_own_and_explains_itself():
    for kind in VERDICTS.values():
        rows = [*kind.carries, *kind.vetoes, *kind.caps, *kind.set_aside]
        assert len({row.name for row in rows}) == len(rows)
        assert all(row.because.endswith(".") for row in rows if row not in kind.carries)
        assert all(row.documentation for row in kind.carries)


@pytest.mark.parametrize("history", CARRIED)
def test_weak_evidence_carries_nothing(history):
    assert weigh(evidence(history, *["weak"] * 9), WHOLE).history == "undetermined"


def test_one_cause_counts_once():
    one = evidence("sid-changed", "moderate") * 5
    assert weigh(one, WHOLE).history == "undetermined"


def test_an_accusation_goes_before_an_acquittal():
    both = [*evidence("installed", *["moderate"] * 5), *evidence("relocated-not-generalized", "strong")]
    found = weigh(both, WHOLE)
    assert (found.history, found.strength) == ("relocated-not-generalized", "indicated")


@pytest.mark.parametrize("history", ["installed", "deployed-generalized", "sealed-generalized"])
def test_doubt_about_an_ordinary_history_leaves_it_undetermined(history):
    found = weigh([*evidence(history, *["moderate"] * 5), *evidence(history, "moderate", against="installed")], WHOLE)
    assert (found.history, found.strength) == ("undetermined", "undetermined")
    assert found.summary.startswith("So. That speaks against")
    one_sided = weigh([*evidence(history, "strong"), *evidence(history, "moderate", against=history)], WHOLE)
    assert (one_sided.history, one_sided.strength) == ("undetermined", "undetermined")


def test_strong_evidence_on_both_sides_is_a_contradiction():
    sealed = "sealed-generalized"
    found = weigh([*evidence(sealed, "strong"), *evidence(sealed, "strong", against=sealed)], WHOLE)
    assert (found.history, found.strength) == ("undetermined", "contradicted")


@pytest.mark.parametrize("history", ["sid-changed", "generalize-failed"])
def test_an_accusation_that_no_row_carries_is_no_verdict_and_no_acquittal(history):
    """Clocks that agree on one setup lift it no more than other evidence does: a copy keeps them."""
    plain = evidence("installed", *["moderate"] * 5)
    one_setup = Evidence("rule", "installed", "", "moderate", "setup-clocks", "so")
    for acquitting in (plain, [*plain, one_setup]):
        found = weigh([*acquitting, *evidence(history, "moderate")], WHOLE)
        assert (found.history, found.strength, found.decided_by) == ("undetermined", "undetermined", "accusation-pending")
        assert found.summary.startswith("So. That speaks against installed, for which there is evidence too.")


@pytest.mark.parametrize(("accused", "group"), [("relocated-not-generalized", "symptom"), ("generalized-after-use", "target-hardware")])
def test_what_one_computer_leaves_as_well_keeps_nobody_from_being_cleared(accused, group):
    sign = Evidence("rule", accused, "", "moderate", group, "a sign")
    found = weigh([*evidence("installed", *["moderate"] * 5), sign], WHOLE)
    assert (found.history, found.strength) == ("installed", "strong")
    assert f"a sign of {accused}, too little to carry that verdict: a sign" in found.not_excluded


CONTRADICTED = msgspec.structs.replace(
    WHOLE, contradictions=(Contradiction("check", "what is there contradicts itself", WHOLE.facts.of(INSTALL_DATE)),)
)
TOLD = Evidence("contradiction", "", "installed", "weak", "coherence", "what is there contradicts itself; that is set aside")


@pytest.mark.parametrize("history", ["deployed-generalized", "sealed-generalized"])
def test_no_template_is_passed_on_what_contradicts_itself(history):
    carried = evidence(history, *["strong"] * 5)
    found = weigh([*carried, TOLD], CONTRADICTED)
    assert (found.history, found.decided_by) == ("undetermined", "contradicted")
    assert found.summary.startswith("What is there contradicts itself; that is set aside. That speaks against")
    nothing_lost = msgspec.structs.replace(WHOLE, contradictions=(Contradiction("check", "a copy is another's", ()),))
    assert weigh([*carried, TOLD], nothing_lost).history == history
    assert weigh(carried, WHOLE).history == history


def test_an_ordinary_installation_that_contradicts_itself_is_indicated_at_most():
    found = weigh([*evidence("installed", *["strong"] * 5), TOLD], CONTRADICTED)
    assert (found.history, found.strength, found.caps) == ("installed", "indicated", ("contradiction",))
    assert "a contradiction: what is there contradicts itself; that is set aside" in found.not_excluded
    accused = weigh([*evidence("sid-changed", *["strong"] * 5), TOLD], CONTRADICTED)
    assert (accused.history, accused.strength) == ("sid-changed", "proven")


def test_the_hives_of_two_computers_accuse_and_clear_nobody():
    doubt = Evidence("rule", "", "installed", "moderate", "hive-set", "two computers")
    for history in ("sid-changed", "relocated-not-generalized", "installed", "deployed-generalized"):
        found = weigh([*evidence(history, *["strong"] * 5), doubt], WHOLE)
        assert found.history == "undetermined", history
        assert found.summary.startswith("Two computers. That speaks against")


def test_a_sid_of_setup_speaks_against_a_changed_one():
    witness = Evidence("machine-sid-of-setup", "installed", "sid-changed", "moderate", "sid-origin", "it is that of setup")
    found = weigh([*evidence("sid-changed", "strong", "strong"), witness], WHOLE)
    assert (found.history, found.decided_by) == ("undetermined", "evidence-against")


def test_sids_that_differ_between_two_hives_are_no_changed_sid():
    differ = Evidence("machine-sid-copies-differ", "", "installed", "moderate", "sid-copies", "they differ")
    found = weigh([*evidence("sid-changed", "strong", "strong"), differ], WHOLE)
    assert (found.history, found.decided_by) == ("undetermined", "sid-copies-differ")


def test_what_hangs_on_one_value_is_told_with_that_value():
    mark = next(iter(WHOLE.facts.of(INSTALL_DATE)))
    accused, cleared = (weigh(evidence(history, *["strong"] * 5), WHOLE) for history in ("sid-changed", "installed"))
    found = hangs_on(mark, accused, cleared, WHOLE)
    assert (found.history, found.policy, found.strength, found.decided_by) == ("undetermined",) * 3 + (HANGS_ON_ONE_VALUE,)
    assert found.summary.startswith(accused.summary)
    assert (
        f"But all of that hangs on one value, install-date ({mark.source}): without it this would be '{cleared.title}' (installed)."
        in found.summary
    )
    assert set(accused.not_excluded) <= set(found.not_excluded)
    assert found.remedies == (COMPARE_WITH_SOURCE,)
    assert "all of it hangs on one value, install-date of the disk: without it" in found.conclusion
    assert found.caps == ()


@pytest.mark.parametrize(
    ("history", "kind"),
    [("installed", CLONE_TAG), ("sealed-generalized", CLONE_TAG), ("deployed-generalized", CLONE_TAG)],
)
def test_a_gap_in_what_decides_caps_the_strength(history, kind):
    facts = FactSet([one for one in WHOLE.facts if one.kind != kind.name])
    row = VERDICTS[history].carries[0]
    found = weigh(evidence(history, *["strong"] * row.strong, *["moderate"] * (row.groups - row.strong)), Subject(facts))
    assert "facts-missing" in found.caps
    assert (found.history, found.strength) == (history, "indicated")
    assert any(kind.name in text for text in found.not_excluded)


@pytest.mark.parametrize(
    ("history", "kind", "hive"),
    [
        ("sealed-generalized", IMAGE_STATE, "SOFTWARE"),
        ("sealed-generalized", SETUP_FLAG, "SYSTEM"),
        ("installed", SETUP_FLAG, "SYSTEM"),
        ("deployed-generalized", SETUP_FLAG, "SYSTEM"),
        ("installed", MACHINE_SID, "SAM or the SECURITY"),
        ("deployed-generalized", MACHINE_SID, "SAM or the SECURITY"),
    ],
)
def test_nobody_is_acquitted_without_the_hives_that_say_so(history, kind, hive):
    facts = FactSet([one for one in WHOLE.facts if one.kind != kind.name])
    found = weigh(evidence(history, *["strong"] * 5), Subject(facts, era="10"))
    assert (found.history, found.strength) == ("undetermined", "undetermined")
    assert f"What the {hive} hive would tell is missing" in found.summary


@pytest.mark.parametrize("history", sorted(code for code, kind in VERDICTS.items() if kind.accuses))
def test_an_accusation_needs_no_hive_that_would_have_acquitted(history):
    found = weigh(evidence(history, *["strong"] * 5), Subject(FactSet([]), era="10"))
    assert (found.history, found.strength) == (history, "indicated")


def test_a_shadow_copy_is_proof_alone():
    found = weigh([Evidence("rule", "sid-changed", "", "strong", "shadow-copy", "so")], WHOLE)
    assert (found.history, found.strength) == ("sid-changed", "proven")
    found = weigh([Evidence("rule", "sid-changed", "", "weak", "shadow-copy", "so")], WHOLE)
    assert found.history == "undetermined"


def test_an_unknown_release_weakens_what_rests_on_its_media():
    facts = [one for one in WHOLE.facts if one.kind not in (CLONE_TAG.name, WINDOWS_RELEASE.name)]
    unknown = [clone_tag(at("2029-12-07 09:30")), fact(WINDOWS_RELEASE, WindowsRelease(version="10.0", build="99999"))]
    found = weigh(evidence("installed", *["strong"] * 5), Subject(FactSet([*facts, *unknown]), era="11"))
    assert (found.history, found.strength) == ("installed", "indicated")
    assert any("media is unknown" in text for text in found.not_excluded)
    for history, subject in (("installed", WHOLE), ("sid-changed", Subject(FactSet([*facts, *unknown]), era="11"))):
        found = weigh(evidence(history, *["strong"] * 5), subject)
        assert found.strength != "indicated"
        assert not any("media is unknown" in text for text in found.not_excluded)


@pytest.mark.parametrize("history", ["installed", "deployed-generalized"])
@pytest.mark.parametrize(("kind", "hive"), [(MACHINE_SID, "SAM"), (MACHINE_SID, "SECURITY"), (INSTALL_DATE, "SOFTWARE")])
def test_an_acquittal_names_the_hive_that_could_not_be_read(history, kind, hive):
    lost = gap(kind, "unreadable", f"Windows/System32/config/{hive} > somewhere")
    found = weigh(evidence(history, *["strong"] * 5), Subject(WHOLE.facts, (lost,), era="10"))
    assert (found.history, found.strength) == (history, "indicated")
    assert (
        f"missing from Windows/System32/config/{hive} (unreadable): {kind.name}; what stands there might tell otherwise"
        in found.not_excluded
    )
    accused = weigh(evidence("sid-changed", *["strong"] * 5), Subject(WHOLE.facts, (lost,), era="10"))
    assert not any("might tell otherwise" in text for text in accused.not_excluded)


def test_a_clone_tag_of_which_nothing_says_the_media_leaves_open_whether_it_was_deployed():
    facts = [one for one in WHOLE.facts if one.kind not in (CLONE_TAG.name, WINDOWS_RELEASE.name, MEDIA_TIME.name)]
    found = weigh(evidence("installed", *["strong"] * 5), Subject(FactSet([*facts, clone_tag(at("2021-12-07 09:30"))])))
    assert found.history == "undetermined"
    assert "What the SOFTWARE hive would tell is missing" in found.summary


def test_undetermined_names_what_would_decide():
    found = weigh([], Subject(FactSet([]), (gap(CLONE_TAG, "unreadable", "SYSTEM > Setup"),)))
    assert found.summary.startswith("Missing is ")
    assert "clone-tag" in found.summary
    assert found.summary.endswith("What is there does not decide whether this installation was duplicated without Sysprep.")
    assert found.conclusion.startswith("Most of what decides is missing. What is there")
    found = weigh([], Subject(FactSet([]), (gap(CLONE_TAG, "unreadable", "p1 > Windows/System32/config/SYSTEM > Setup"),)))
    assert "clone-tag" in found.summary
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
    plain = evidence("installed", *["moderate"] * 4)
    found = weigh([*plain, *signs], WHOLE)
    assert found.history == "installed"
    assert len(found.not_excluded) < 8
    assert any("37 more" in text for text in found.not_excluded)
    assert not any("more such signs" in text for text in weigh([*plain, *signs[:3]], WHOLE).not_excluded)
    accused = weigh([*evidence("relocated-not-generalized", "strong"), *signs], WHOLE)
    assert not any("sign" in text for text in accused.not_excluded)


@pytest.mark.parametrize(("reason", "told"), [("malformed", True), ("unreadable", True), ("not-found", False)])
def test_a_clone_tag_that_could_not_be_read_is_missed_before_vista_too(reason, told):
    subject, _ = STORIES["plain xp"]
    gaps = tuple(one for one in subject.gaps if one.artifact != CLONE_TAG.name)
    found = weigh(
        evidence("installed", *["moderate"] * 2),
        Subject(subject.facts, (*gaps, gap(CLONE_TAG, reason)), subject.origin, subject.era, subject.role),
    )
    assert found.history == "installed"
    assert any("(clone-tag)" in one for one in found.not_excluded) is told


def test_a_machine_sid_that_was_set_aside_was_read():
    facts = FactSet([one for one in WHOLE.facts if one.kind != MACHINE_SID.name])
    aside = (Contradiction("check", "it is of no use", WHOLE.facts.of(MACHINE_SID)),)
    assert weigh(evidence("installed", *["strong"] * 5), Subject(facts, contradictions=aside)).history == "installed"


@pytest.mark.parametrize("story", ["moved virtual machine"])
def test_moved_without_a_generalize_is_said_only_where_its_place_was_read(story):
    """A CloneTag that was set aside, or never read, leaves open whether there was one."""
    subject = STORIES[story][0]
    opening = VERDICTS["relocated-not-generalized"].opening
    tags = subject.facts.of(CLONE_TAG)
    assert "No trace of a generalize" in opening(subject)
    assert "without one" in opening(subject)
    unread = msgspec.structs.replace(subject, facts=FactSet([one for one in subject.facts if one.kind != CLONE_TAG.name]))
    assert "is not known: the CloneTag could not be read. It was moved or copied. One image" in opening(unread)
    aside = msgspec.structs.replace(unread, contradictions=(Contradiction("check", "it is a lie", tags),))
    assert f"the CloneTag ({tags[0].value.text}, local time) contradicts what else is on record, and was set aside." in opening(aside)
    assert "without one" not in opening(aside)
