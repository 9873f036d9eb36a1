"""Names of master keys."""

import pytest

from forensic.artifacts.users.dpapi import KEY_LIMIT, dpapi_master_key, dpapi_system_master_key
from forensic.errors import Malformed, NotFound
from forensic.volumes.directory import DirectoryTree
from forensic.windows.folder import Folder
from tests.artifacts.reading import read_all

SID = "S-1-5-21-1-2-3-1001"
KEYS = ["01234567-89ab-cdef-0123-456789abcdef", "11234567-89ab-cdef-0123-456789abcdef"]


def protect(tmp_path, names):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"secret")
    return Folder(DirectoryTree(tmp_path), "")


def test_names_are_stated_and_content_is_not(tmp_path):
    folder = protect(tmp_path, [f"{SID}/{KEYS[1].upper()}", f"{SID}/{KEYS[0]}", f"{SID}/Preferred", "CREDHIST", "SYNCHIST"])
    facts, failure = read_all(dpapi_master_key, folder)
    assert failure is None
    assert [(fact.value.key, fact.value.folder, fact.raw) for fact in facts] == [(key, SID, "") for key in KEYS]


def test_the_machine_has_keys_of_its_own_and_of_what_runs_as_system(tmp_path):
    folder = protect(tmp_path, [f"S-1-5-18/{KEYS[0]}", f"S-1-5-18/User/{KEYS[1]}", "S-1-5-18/Preferred"])
    facts, failure = read_all(dpapi_system_master_key, folder)
    assert failure is None
    assert [(fact.value.key, fact.value.folder) for fact in facts] == [(KEYS[0], "S-1-5-18"), (KEYS[1], "S-1-5-18/User")]


@pytest.mark.parametrize("names", [["CREDHIST"], [f"{SID}/Preferred"], [f"other/{KEYS[0]}"]])
def test_a_folder_without_keys_is_not_found(tmp_path, names):
    facts, failure = read_all(dpapi_master_key, protect(tmp_path, names))
    assert (facts, type(failure)) == ([], NotFound)


def test_more_keys_than_the_limit_are_cut_and_told(tmp_path):
    names = [f"{SID}/{number:08x}-89ab-cdef-0123-456789abcdef" for number in range(KEY_LIMIT + 1)]
    facts, failure = read_all(dpapi_master_key, protect(tmp_path, names))
    assert len(facts) == KEY_LIMIT
    assert isinstance(failure, Malformed)
