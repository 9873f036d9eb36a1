"""Endings of key files."""

from types import SimpleNamespace

from forensic.artifacts.identity.machine_key import GUID_LIMIT, TIME_LIMIT, machine_key_file, user_key_file
from forensic.errors import Malformed, NotFound
from forensic.model import FileTime
from forensic.volumes.directory import DirectoryTree
from forensic.windows.folder import Folder
from tests.artifacts.reading import read_all

OWN, FORMER = "01234567-89ab-cdef-0123-456789abcdef", "fedcba98-7654-3210-fedc-ba9876543210"
RDP = "f686aace6942fb7f7ceb231212eef4a4"
REST = {"raw": b"", "state": "stored"}
SID = "S-1-5-21-1-2-3-1001"


def crypto(tmp_path, names):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"key")
    return Folder(DirectoryTree(tmp_path), "")


def test_endings_are_counted_by_store_and_known_containers_named(tmp_path):
    names = [f"RSA/MachineKeys/{RDP}_{FORMER}", f"RSA/MachineKeys/{'1' * 32}_{OWN.upper()}", f"RSA/MachineKeys/{'2' * 32}_{OWN}"]
    names += [f"Keys/{'3' * 32}_{OWN}", "RSA/MachineKeys/desktop.ini", f"RSA/MachineKeys/{'4' * 31}_{OWN}"]
    facts, failure = read_all(machine_key_file, crypto(tmp_path, names))
    assert failure is None
    assert [(fact.value.guid, fact.value.store, fact.value.count, fact.value.containers) for fact in facts] == [
        (OWN, "RSA/MachineKeys", 2, ()),
        (FORMER, "RSA/MachineKeys", 1, ("TSSecKeySet1",)),
        (OWN, "Keys", 1, ()),
    ]
    assert facts[1].place.file == f"RSA/MachineKeys/{RDP}_{FORMER}"
    assert (facts[0].value.timed, facts[0].value.first, facts[0].value.last) == (2, None, None)


def test_the_earliest_creation_and_the_latest_writing_are_kept(tmp_path):
    folder = crypto(tmp_path, [f"Keys/{digit * 32}_{OWN}" for digit in "123"])
    opened = folder.tree.open

    def dated(path):
        digit = int(path[5])
        return SimpleNamespace(
            created=FileTime(20 - digit), written=FileTime(digit) if digit < 3 else None, place=opened(path).place, **REST
        )

    folder.tree.open = dated
    (fact,), _ = read_all(machine_key_file, folder)
    assert (fact.value.first, fact.value.last) == (17, 2)


def test_keys_of_a_user_lie_in_a_folder_named_after_the_sid(tmp_path):
    (fact,), failure = read_all(user_key_file, crypto(tmp_path, [f"RSA/{SID}/{'1' * 32}_{FORMER}"]))
    assert (fact.value.store, fact.value.guid, failure) == (f"RSA/{SID}", FORMER, None)


def test_no_key_file_is_not_found(tmp_path):
    for read in (machine_key_file, user_key_file):
        facts, failure = read_all(read, crypto(tmp_path, ["RSA/MachineKeys/desktop.ini"]))
        assert (facts, type(failure)) == ([], NotFound)


def test_five_thousand_files_are_counted_without_opening_them(tmp_path):
    folder = crypto(tmp_path, [f"RSA/MachineKeys/{number:032x}_{OWN}" for number in range(5000)] + [f"RSA/MachineKeys/{RDP}_{OWN}"])
    (fact,), _ = read_all(machine_key_file, folder)
    assert (fact.value.count, fact.value.timed, fact.value.containers) == (5001, TIME_LIMIT, ("TSSecKeySet1",))


def test_more_endings_than_the_limit_are_cut_and_told(tmp_path):
    names = [f"Keys/{'1' * 32}_{number:08x}{OWN[8:]}" for number in range(GUID_LIMIT + 1)]
    facts, failure = read_all(machine_key_file, crypto(tmp_path, names))
    assert len(facts) == GUID_LIMIT
    assert isinstance(failure, Malformed)
