"""Mutation testing: would the tests notice if a reader of bytes were wrong?

```
python -m tools.mutation registry|vhdx|containers|volumes [--limit 60] [--seed 1] [--jobs 1]
```

Each mutant is one small change of one reader (`<` for `<=`, 5 for 4, `or` for `and`, a `raise` left out, …), put into a copy of the
project, in which the tests of that reader then run. A mutant that no test notices survives: either a test is missing, or the change makes
no difference. What is printed for each: killed, timeout (killed too: the reader did not end) or survived, where it is, and the change.

The sample is the same for the same seed, target and source. Real data are not used, so that the answer is the same on every machine. A
mutant that is killed takes about 5 seconds, one that survives as long as its tests, half a minute for the registry.
Needs Linux or macOS, whose limits end a mutant that does not end by itself.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parent.parent
COPIED = ("forensic", "tests", "tools", "samples", "docs", "pyproject.toml")
HIVE_TESTS = ("test_hive_structures", "test_hive", "test_hive_damage")
LOG_TESTS = ("test_transaction_log", "test_hive_damage")
CROSS_CHECK_TESTS = ("test_hive_cross_check", "test_hive_damage")
VHDX_TESTS = ("test_containers_vhdx_structures", "test_containers_vhdx", "test_containers_libvhdi")
NTFS_TESTS = ("test_volumes_ntfs", "test_volumes_disk")
TARGETS: dict[str, dict[str, tuple[str, ...]]] = {
    "registry": {
        "registry/base_block.py": (*HIVE_TESTS, "test_transaction_log"),
        "registry/big_data.py": HIVE_TESTS,
        "registry/cell.py": (*HIVE_TESTS, "test_transaction_log"),
        "registry/cross_check.py": CROSS_CHECK_TESTS,
        "registry/dirty_vector.py": LOG_TESTS,
        "registry/hive.py": (*HIVE_TESTS, "test_transaction_log"),
        "registry/hive_library.py": CROSS_CHECK_TESTS,
        "registry/key.py": HIVE_TESTS,
        "registry/key_node.py": HIVE_TESTS,
        "registry/key_sample.py": ("test_key_sample",),
        "registry/key_security.py": HIVE_TESTS,
        "registry/key_value.py": HIVE_TESTS,
        "registry/log_entry.py": LOG_TESTS,
        "registry/page.py": (*HIVE_TESTS, "test_transaction_log"),
        "registry/recent_keys.py": ("test_recent_keys",),
        "registry/subkey_list.py": HIVE_TESTS,
        "registry/transaction_log.py": LOG_TESTS,
        "registry/value.py": HIVE_TESTS,
    },
    "vhdx": {"containers/vhdx*.py": VHDX_TESTS, "containers/crc32c.py": VHDX_TESTS},
    "containers": {
        "containers/chunk.py": ("test_containers_ewf",),
        "containers/ewf*.py": ("test_containers_ewf",),
        "containers/inflate.py": ("test_containers_ewf",),
        "containers/parent.py": ("test_containers_vhd", "test_containers_vhdx", "test_containers_qcow2", "test_containers_vmdk"),
        "containers/qcow2*.py": ("test_containers_qcow2",),
        "containers/raw.py": ("test_containers_raw",),
        "containers/segment.py": ("test_containers_raw", "test_containers_ewf"),
        "containers/sparse.py": ("test_containers_vhd", "test_containers_vdi", "test_containers_qcow2", *VHDX_TESTS),
        "containers/vdi.py": ("test_containers_vdi",),
        "containers/vhd.py": ("test_containers_vhd",),
        "containers/vhdx*.py": VHDX_TESTS,
        "containers/vmdk*.py": ("test_containers_vmdk",),
    },
    "volumes": {
        "volumes/compression.py": ("test_volumes_compression",),
        "volumes/content.py": ("test_volumes_disk",),
        "volumes/disk.py": ("test_volumes_disk",),
        "volumes/directory_index.py": NTFS_TESTS,
        "volumes/gpt.py": ("test_volumes_disk",),
        "volumes/mbr.py": ("test_volumes_disk",),
        "volumes/ntfs*.py": NTFS_TESTS,
        "volumes/partition*.py": ("test_volumes_disk",),
        "volumes/reparse.py": NTFS_TESTS,
        "volumes/wof.py": NTFS_TESTS,
    },
}
"""Target -> its readers below `forensic/`, and the modules of `tests/unit` that run for each."""
DAY = 24 * 3600
LIMITED = """
import os, resource, sys
seconds = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Run the rest of the command line in at most so many seconds of the processor, and 4 GiB of memory."""

NEGATED = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
}  # fmt: skip


class Site(NamedTuple):
    """One change that can be made to one file."""

    file: str
    """Below the project."""
    tests: tuple[str, ...]
    node: int
    """Of the file's syntax tree, in the order in which it is walked."""
    change: int
    """Of those that can be made at the node."""


class Mutant(NamedTuple):
    """One file with one change."""

    file: str
    """Below the project."""
    tests: tuple[str, ...]
    line: int
    change: str
    text: str

    def __str__(self) -> str:
        """Say where it is and what it does."""
        return f"{self.file}:{self.line}  {self.change}"


def sites(target: str, project: Path) -> Iterator[Site]:
    """Yield everything that can be changed in the readers of a target."""
    for pattern, tests in TARGETS[target].items():
        for path in sorted((project / "forensic").glob(pattern)):
            file = path.relative_to(project).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            left_out = set(_left_out(tree))
            for number, node in enumerate(ast.walk(tree)):
                if node not in left_out:
                    yield from (Site(file, tests, number, change) for change in range(len(_changes(node))))


def mutant(site: Site, project: Path) -> Mutant:
    """Make a change."""
    tree = ast.parse((project / site.file).read_text(encoding="utf-8"))
    node = list(ast.walk(tree))[site.node]
    before, line = ast.unparse(node), getattr(node, "lineno", 0)
    replacement = _changes(node)[site.change](node)
    after = ast.unparse(replacement)
    if replacement is not node:
        _Replace(node, replacement).visit(tree)
    text = ast.unparse(ast.fix_missing_locations(tree))
    return Mutant(site.file, site.tests, line, f"{_short(before)}  ->  {_short(after)}", text)


def _left_out(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that no test can tell from others: annotations, and what only types a name."""
    for node in ast.walk(tree):
        annotations = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for annotation in annotations:
            if isinstance(annotation, ast.AST):
                yield from ast.walk(annotation)
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            yield from ast.walk(node.format_spec)


def _changes(node: ast.AST) -> list[Callable[[ast.AST], ast.AST]]:
    """Return the changes that can be made at one node, each a function that returns what stands there afterwards."""
    changes: list[Callable[[ast.AST], ast.AST]] = []
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            changes += [_operator(at, table[type(operator)]) for table in (NEGATED, BOUNDARY) if type(operator) in table]
    elif isinstance(node, ast.BoolOp):
        changes.append(_set(op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))
        changes += [_without(at) for at in range(len(node.values))]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        changes.append(lambda twin: twin.operand)  # type: ignore[attr-defined]
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in ARITHMETIC:
        changes.append(_set(op=ARITHMETIC[type(node.op)]()))
    elif isinstance(node, ast.Constant):
        changes += _constants(node.value)
    elif isinstance(node, ast.Raise):
        changes.append(lambda _: ast.Pass())
    elif isinstance(node, ast.Continue):
        changes.append(lambda _: ast.Break())
    elif isinstance(node, ast.Break):
        changes.append(lambda _: ast.Pass())
    return changes


def _constants(value: object) -> list[Callable[[ast.AST], ast.AST]]:
    if isinstance(value, bool):
        return [_set(value=not value)]
    if isinstance(value, int):
        return [_set(value=value + 1)] + ([_set(value=value - 1)] if value > 0 else [])
    if isinstance(value, bytes) and value:
        return [_set(value=bytes([value[0] ^ 1]) + value[1:])]
    return []


def _set(**fields: object) -> Callable[[ast.AST], ast.AST]:
    def change(node: ast.AST) -> ast.AST:
        for name, value in fields.items():
            setattr(node, name, value)
        return node

    return change


def _operator(at: int, operator: type[ast.cmpop]) -> Callable[[ast.AST], ast.AST]:
    def change(node: ast.AST) -> ast.AST:
        node.ops[at] = operator()  # type: ignore[attr-defined]
        return node

    return change


def _without(at: int) -> Callable[[ast.AST], ast.AST]:
    """Leave out one part of a condition."""

    def change(node: ast.AST) -> ast.AST:
        parts = [value for number, value in enumerate(node.values) if number != at]  # type: ignore[attr-defined]
        return parts[0] if len(parts) == 1 else ast.BoolOp(node.op, parts)  # type: ignore[attr-defined]

    return change


class _Replace(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _short(text: str, limit: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[:limit] + "…"


class Copy:
    """A copy of the project, in which one mutant at a time is tested."""

    def __init__(self, folder: Path) -> None:
        """Copy what the tests need below `folder`."""
        self.folder = folder
        folder.mkdir()
        for name in COPIED:
            if (PROJECT / name).is_dir():
                shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(PROJECT / name, folder / name)

    def run(self, tests: tuple[str, ...], allowed: int = DAY) -> str:
        """Return `survived` where all the tests pass, `killed` where one fails, `timeout` where they take more seconds than `allowed`.

        Seconds of the processor, so that the answer does not depend on what else the machine does. `unclear` is no answer: the system
        ended the tests, for lack of memory or otherwise.
        """
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--hypothesis-seed=1", "-p", "no:cacheprovider", "-p", "no:xdist"]
        command += [f"tests/unit/{test}.py" for test in tests]
        environment = os.environ | {
            "FORENSIC_DATA": str(self.folder / "absent"),
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "",
        }
        done = subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-c", LIMITED, str(allowed), *command], cwd=self.folder, env=environment, capture_output=True, check=False
        )
        return {0: "survived", 1: "killed", 2: "killed", -signal.SIGXCPU: "timeout"}.get(done.returncode, "unclear")

    def judge(self, one: Mutant, allowed: int) -> str:
        """Run the tests over a mutant."""
        file = self.folder / one.file
        sound = file.read_text(encoding="utf-8")
        try:
            self._write(file, one.text)
            return self.run(one.tests, allowed)
        finally:
            self._write(file, sound)

    @staticmethod
    def _write(file: Path, text: str) -> None:
        file.write_text(text, encoding="utf-8")
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
            compiled.unlink()  # one mutant may have the size and the second of another


def sample(target: str, project: Path, limit: int, seed: int) -> list[Mutant]:
    """Return at most `limit` mutants of a target, the same ones for the same seed."""
    found = list(sites(target, project))
    chosen = random.Random(seed).sample(range(len(found)), min(limit, len(found)))  # noqa: S311  no secret
    return [mutant(found[number], project) for number in sorted(chosen)]


def examine(target: str, limit: int, seed: int, jobs: int) -> Counter[str]:
    """Test a sample of mutants, print what became of each, and return how many were killed and how many survived."""
    outcomes = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="mutation-") as temporary:
        copies: Queue[Copy] = Queue()
        for number in range(jobs):
            copies.put(Copy(Path(temporary) / str(number)))
        place, allowed = copies.get(), {}
        chosen = sample(target, place.folder, limit, seed)
        for tests in {one.tests for one in chosen}:
            before = _children_seconds()
            if place.run(tests) != "survived":
                sys.exit(f"the tests of {target} fail without any mutant: {' '.join(tests)}")
            allowed[tests] = int(10 + 2 * (_children_seconds() - before))
        copies.put(place)

        def judge(one: Mutant) -> str:
            place = copies.get()
            try:
                return place.judge(one, allowed[one.tests])
            finally:
                copies.put(place)

        with ThreadPoolExecutor(jobs) as pool:
            for one, outcome in zip(chosen, pool.map(judge, chosen), strict=True):
                outcomes[outcome] += 1
                print(f"{outcome:8}  {one}", flush=True)
    return outcomes


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutation", description="Test the tests: change a reader, see whether they notice."
    )
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--limit", type=int, default=60, help="mutants that are tested (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="another seed chooses other mutants (default 1)")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at a time (default 1)")
    arguments = parser.parse_args()
    outcomes = examine(arguments.target, arguments.limit, arguments.seed, arguments.jobs)
    total = outcomes.total()
    killed = outcomes["killed"] + outcomes["timeout"]
    print(f"\n{killed} of {total} killed ({100 * killed / max(1, total):.0f} %), {outcomes['timeout']} of them by not ending")


if __name__ == "__main__":
    main()
