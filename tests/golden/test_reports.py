"""Reports byte for byte. After an intended change: FORENSIC_REGENERATE=1 pytest tests/golden, then read the difference."""

import os
from pathlib import Path

import pytest

from tests.builders.report import STORIES, on_console

FOLDER = Path(__file__).parent / "report"
FORMS = {
    "json": lambda report: report.to_json() + "\n",
    "txt": lambda report: on_console(report, width=100),
    "detail.txt": lambda report: on_console(report, width=100, verbosity=1),
    "everything.txt": lambda report: on_console(report, width=100, verbosity=2),
    "narrow.txt": lambda report: on_console(report, width=80, plain=True),
    "color.txt": lambda report: on_console(report, width=120, color=True),
}
CASES = [
    *((story, "txt") for story in STORIES),
    *((story, form) for story in ("ordinary", "relocated") for form in ("json", "narrow.txt", "color.txt")),
    ("ordinary", "detail.txt"),
    ("undetermined", "detail.txt"),
    ("hostile", "narrow.txt"),
]


@pytest.mark.parametrize(("story", "form"), CASES)
def test_the_report_is_the_same_to_the_byte(story, form):
    made = FORMS[form](STORIES[story]()).encode()
    golden = FOLDER / f"{story}.{form}"
    if os.environ.get("FORENSIC_REGENERATE"):
        golden.write_bytes(made)
    assert made == golden.read_bytes()


def test_no_golden_report_is_left_over():
    assert {path.name for path in FOLDER.iterdir()} == {f"{story}.{form}" for story, form in CASES}
