"""Scenarios are examined as folders of files: the same code path as an image, without a file system to build."""

import pytest


@pytest.fixture
def spread(tmp_path):
    """Give `spread(life)`: a folder that holds what the life left on its drive; without `full` the hives and little else."""

    def write(life, name="drive", *, full=True):
        for path, content in (life.drive() if full else life.files()).items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return tmp_path / name

    return write
