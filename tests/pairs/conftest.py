"""The families of this folder, each examined once by a process."""

import pytest

from forensic import examine
from tests.pairs.families import families


@pytest.fixture(scope="session")
def examined(tmp_path_factory):
    """The reports of a family, each examined once."""
    made = {}

    def reports(era):
        if era not in made:
            made[era] = {one.name: (one, *(_report(life, tmp_path_factory) for life in (one.a, one.b))) for one in families(era)}
        return made[era]

    return reports


def _report(life, factory):
    folder = factory.mktemp("drive")
    for path, content in life.drive().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return examine(folder, strict=True, reproducible=True)
