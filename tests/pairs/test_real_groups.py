"""Real groups whose truth is known, published by people who tested their logs and hives: every pair has a relation that is right."""

import json
import shutil
from itertools import combinations

import pytest

from forensic import comparison, examine
from forensic.comparison import compare

GROUPS = (
    "desktop-0qt8017-two-logs", "guapos-reinstalled", "msedgewin10-same-log-twice", "offsec-fs02-fs03", "sans-course-vm",
    "trust-foreign-domain-sid", "win7-sam-media-time",
)  # fmt: skip


def read(real, group, folder):
    """Return what is said of a group, and the report of each member."""
    truth = json.loads(real(f"groups/{group}/truth.json").read_bytes())
    reports = []
    for member in truth["members"]:
        for file in member["files"]:
            name = file["file"].removesuffix(".xz")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(real(f"groups/{group}/{name}"), target)
        reports.append(examine(folder / member["dir"], strict=True))
    return truth, [member["dir"] for member in truth["members"]], reports


@pytest.mark.parametrize("group", GROUPS)
def test_every_pair_has_a_relation_that_is_right(real, tmp_path, group):
    truth, names, reports = read(real, group, tmp_path)
    (said,) = truth["pairs"]
    found = compare(reports)
    right = {said["relation"], *said.get("also_right", ())}
    stated = {(pair.a, pair.b): pair for pair in found.pairs}
    assert set(stated) <= set(combinations(range(len(names)), 2))
    assert {pair.relation for pair in stated.values()} <= right
    if said["relation"] != "unrelated":
        assert len(stated) == len(names) * (len(names) - 1) // 2


@pytest.mark.parametrize("every_pair", [24, 0])
def test_one_machine_sid_under_three_names_is_one_group_and_said(real, tmp_path, monkeypatch, every_pair):
    monkeypatch.setattr(comparison, "EVERY_PAIR", every_pair)
    truth, names, reports = read(real, "sans-course-vm", tmp_path)
    found = compare(reports)
    (group,) = found.groups
    assert (group.members, group.collides) == ((0, 1, 2), ("machine-sid",))
    sid = truth["members"][0]["machine_sid"]
    assert len(names) == 3
    for pair in found.pairs:
        image, equal = (one.because for one in pair.evidence[:2])
        assert f"both have the machine SID {sid} of the virtual machine of a SANS course, a known public image" in image
        assert f"both have the machine SID {sid} (of " in equal
        assert "from accounts in logs or profiles alone" in equal
        assert pair.policy == "suspect"
