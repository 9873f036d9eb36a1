"""Measures `forensic` against its peers and prints a table of ratios.

`python -m benchmarks.run [FOLDER]` builds the images in FOLDER (a temporary one by default) when they are not there; see `build.py`.
Whole processes on one core with a warm cache, in turn, the best of RUNS rounds: the least disturbed run of each. Then what each further
image costs in one process (`repeat.py`): one image again and again, and the images in turn; the median of all but the first. Compiled
modules are kept in FOLDER, so that every program starts as an installed one does. DISSECT_PYTHON names an interpreter that has
dissect.target, which is not part of this project's environment. Bytes read are exact; the tests assert them on the samples.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS = 15
SLOW_RUNS = 5
FURTHER, FURTHER_FULL = 12, 6
"""How many images one process examines."""
TARGET = r"""
import sys
from dissect.target import Target
target = Target.open(sys.argv[1])
profiles = target.registry.keys(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList")
guid = target.registry.value(r"HKLM\SOFTWARE\Microsoft\Cryptography", "MachineGuid").value
print(target.hostname, list(target.machine_sid()), [key.name for listed in profiles for key in listed.subkeys()], guid)
"""


def once(command, environment):
    """Run a program; return wall time and processor time in seconds, and the largest resident size in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:  # the image's verdict is one that exits with 0
        raise SystemExit(f"failed: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def best(programs, environment):
    """Run the programs in turn, the slow ones less often; return for each the least wall time, processor time and resident size."""
    results = {name: [once(command, environment)] for name, command in programs.items()}  # this round also fills the caches
    for number in range(RUNS):
        for name, command in programs.items():
            if number < SLOW_RUNS or results[name][0][0] < 0.5:
                results[name].append(once(command, environment))
    return {name: tuple(map(min, zip(*runs, strict=True))) for name, runs in results.items()}


def further(images, environment):
    """Print what the first and each further image cost in one process, of one image again and again and of the images in turn."""
    print("\n| Images | Program | First | Each further | Ratio |\n|---|---|---|---|---|")
    kinds = ([image for image in images if image.endswith(suffix)] for suffix in (".raw", ".E01"))
    series = {kind: [image] for kind, image in images.items()} | {f"{len(kind)} {Path(kind[0]).suffix[1:]} in turn": kind for kind in kinds}
    for name, members in series.items():
        medians = {}
        for program, times in {"triage": FURTHER, "naive": FURTHER, "full": FURTHER_FULL}.items():
            rounds = -(-times // len(members))
            command = [sys.executable, "-m", "benchmarks.repeat", program, str(rounds), *members]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
            first, *others = json.loads(done.stdout)
            medians[program] = statistics.median(others)
            ratio = f"1/{medians['naive'] / medians['triage']:.1f}" if program == "naive" else ""
            print(f"| {name} | {program} | {first * 1000:.0f} ms | {medians[program] * 1000:.0f} ms | {ratio} |")


def main(folder: Path) -> None:
    python = sys.executable
    subprocess.run([python, "-m", "benchmarks.build", str(folder)], cwd=ROOT, check=True)  # those that are not there
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    start = {"bare interpreter": [python, "-c", "pass"], "forensic --version": [str(Path(python).parent / "forensic"), "--version"]}
    images = {path.name: str(path) for raw in sorted(folder.glob("*.raw"), reverse=True) for path in (raw, raw.with_suffix(".E01"))}
    triage, full = (["-m", "forensic", "examine", "--depth", depth, "--format", "json"] for depth in ("triage", "full"))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    print("| Program | Wall | Processor | Resident | Ratio | Goal |\n|---|---|---|---|---|---|")

    def row(name, result, ratio="", goal=""):
        print(f"| {name} | {result[0] * 1000:.0f} ms | {result[1] * 1000:.0f} ms | {result[2]:.0f} MB | {ratio} | {goal} |")

    results = best(start, environment)
    bare, version = results.values()
    row("bare interpreter", bare)
    row("`forensic --version`", version, f"{version[0] / bare[0]:.1f} times", "at most 3 times")
    for kind, image in images.items():
        programs = {"triage": [python, *triage, image], "full": [python, *full, image], "naive": [python, "-m", "benchmarks.naive", image]}
        if "DISSECT_PYTHON" in os.environ:
            programs["dissect"] = [os.environ["DISSECT_PYTHON"], "-c", TARGET, image]
        results = best(programs, environment)
        ours = results["triage"]
        row(f"{kind}: `forensic` triage", ours, "", "at most 60 MB")
        row(
            f"{kind}: straightforward script",
            results["naive"],
            f"1/{results['naive'][0] / ours[0]:.1f}",
            f"1/{10 if kind.endswith('E01') else 8}",
        )
        if "dissect" in results:
            row(f"{kind}: dissect.target, four facts", results["dissect"], f"1/{results['dissect'][0] / ours[0]:.1f}", "1/8")
        row(f"{kind}: `forensic` full", results["full"], "", "at most 3 s and 200 MB")
    further(images, environment)
    for (kind, image), (depth, goal) in product(images.items(), ((triage, " (goal: at most 1 %)"), (full, ""))):
        done = subprocess.run([python, *depth, "--stats", image], cwd=ROOT, env=environment, capture_output=True, check=True)
        stats = json.loads(done.stdout)["stats"]
        part = stats["bytes_read"] / Path(image).with_suffix(".raw").stat().st_size
        print(f"\n{kind}, {depth[4]}: {stats['bytes_read']:,} bytes in {stats['read_requests']} requests, {part:.3%} of the disk{goal}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
