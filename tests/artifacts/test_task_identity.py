"""SIDs and names of computers in scheduled tasks."""

from forensic.artifacts.identity.task_identity import task
from forensic.errors import Malformed
from forensic.model import Sid
from forensic.windows.folder import Folder
from tests.artifacts.reading import read_all, tree_of
from tests.builders.world_volume import task as task_file

MACHINE, FORMER = Sid("S-1-5-21-1-2-3"), Sid("S-1-5-21-4000000000-5-6")
ANN, OLD = Sid(f"{MACHINE}-1001"), Sid(f"{FORMER}-1000")


def test_tasks_tell_sids_and_the_computers_of_their_authors(tmp_path):
    tree = tree_of(
        tmp_path,
        {
            "Windows/System32/Tasks/Microsoft/Windows/Time": task_file("$(@%SystemRoot%\\system32\\w32time.dll,-200)"),
            "Windows/System32/Tasks/Backup": task_file("MASTER\\ann", OLD),
            "Windows/System32/Tasks/Own": task_file("DESK-1\\ann", ANN),
            "Windows/System32/Tasks/Second": task_file("desk-1\\bob", "NT AUTHORITY\\SYSTEM"),
            "Windows/System32/Tasks/plain": task_file("DESK-1\\ann", ANN).decode("utf-16").encode(),
        },
    )
    facts, failure = read_all(task, Folder(tree, "Windows/System32/Tasks"))
    assert failure is None
    sids = {fact.value.prefix: fact.value.count for fact in facts if fact.kind == "former-sid"}
    assert sids == {MACHINE: 2, FORMER: 1}
    names = {fact.value.computer: (fact.value.users, fact.value.count) for fact in facts if fact.kind == "task-identity"}
    assert names == {"DESK-1": (("ann", "bob"), 3), "MASTER": (("ann",), 1)}


def test_a_task_too_large_is_told_after_the_others(tmp_path):
    tree = tree_of(tmp_path, {"Tasks/huge": bytes((1 << 20) + 1), "Tasks/own": task_file("DESK-1\\ann", ANN)})
    facts, failure = read_all(task, Folder(tree, "Tasks"))
    assert len(facts) == 2
    assert isinstance(failure, Malformed)
