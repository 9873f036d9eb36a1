"""The families of this folder, each examined once by a process."""

import pytest

from forensic import examine
from tests.pairs.families import families
from tests.pairs.traps import traps


@pytest.fixture(scope="session")
def report_of(tmp_path_factory):
    """Examine what a life left on its drive."""

    return lambda life: examined_life(life, tmp_path_factory.mktemp("drive"))


def examined_life(life, folder):
    """Examine what a life left on its drive, written below a folder."""
    for path, content in life.drive().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return examine(folder, strict=True, reproducible=True)


@pytest.fixture(scope="session")
def examined(report_of):
    """Return by era each family with the reports of both, by its name."""
    return _once(families, report_of)


@pytest.fixture(scope="session")
def trapped(report_of):
    """Return by era each trap with the reports of both, by its name."""
    return _once(traps, report_of)


def _once(kind, report_of):
    made = {}

    def reports(era):
        if era not in made:
            made[era] = {one.name: (one, report_of(one.a), report_of(one.b)) for one in kind(era)}
        return made[era]

    return reports
