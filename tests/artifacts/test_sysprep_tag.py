"""Files that Sysprep leaves."""

import pytest

from forensic.artifacts import load
from forensic.artifacts.setup.sysprep_tag import setupcl_file, sysprep_folder, sysprep_tag
from forensic.errors import NotFound
from forensic.volumes.directory import DirectoryTree


@pytest.mark.parametrize(
    ("read", "path"),
    [
        (sysprep_tag, "Windows/System32/Sysprep/Sysprep_succeeded.tag"),
        (sysprep_folder, "sysprep/sysprep.inf"),
        (setupcl_file, "WINNT/System32/setupcl.exe"),
    ],
)
def test_states_the_path_of_the_file(tmp_path, read, path):
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.touch()
    facts = list(read(DirectoryTree(tmp_path).open(path)))
    assert [(fact.value, fact.place.file, fact.raw) for fact in facts] == [(path, path, "")]


def test_an_absent_file_is_not_found_before_the_artifact_is_asked(tmp_path):
    with pytest.raises(NotFound):
        DirectoryTree(tmp_path).open("Windows/System32/Sysprep/Sysprep_succeeded.tag")


def test_setupcl_and_the_sysprep_folder_are_looked_for_only_where_they_say_something():
    eras = {artifact.name: (artifact.since, artifact.until) for artifact in load() if artifact.module.endswith("sysprep_tag")}
    assert eras == {"sysprep-tag": ((6, 0), None), "sysprep-folder": ((5, 0), (5, 2)), "setupcl-file": (None, (5, 2))}
