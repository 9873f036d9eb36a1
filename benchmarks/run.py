"""Measures `forensic` against its peers and against the physical floor, and prints a table of ratios.

`python benchmarks/run.py [FOLDER]` builds the image in FOLDER (a temporary one by default) when it is not there; see `build.py`.
Times are the best of several runs with a warm cache, whole process. Bytes read are exact and are asserted by the tests.
DISSECT_PYTHON names an interpreter that has dissect.target, which is not part of this project's environment.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = "import sys; from dissect.target import Target; t = Target.open(sys.argv[1]); print(t.hostname, list(t.machine_sid()), \
[k.name for k in t.registry.keys(r'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList')], \
t.registry.value(r'HKLM\\SOFTWARE\\Microsoft\\Cryptography', 'MachineGuid').value)"


def best(command, runs=5):
    """Return the best wall time in seconds and the largest resident size in MB of several runs."""
    times, peak = [], 0
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        times.append(time.perf_counter() - start)
        if status not in (0, 256, 768):  # exit codes 1 and 3 are verdicts
            raise SystemExit(f"failed: {' '.join(command)}")
        peak = max(peak, usage.ru_maxrss // 1024)
    return min(times), peak


def main(folder: Path) -> None:
    python = sys.executable
    if not (folder / "large.E01").exists():
        subprocess.run([python, "-m", "benchmarks.build", str(folder)], cwd=ROOT, check=True)
    bare, _ = best([python, "-c", "pass"])
    version, _ = best([str(Path(python).parent / "forensic"), "--version"])
    print(f"bare interpreter          {bare * 1000:8.0f} ms")
    print(f"forensic --version        {version * 1000:8.0f} ms   {version / bare:.1f} times the bare interpreter (at most 3)")
    for name, limit in (("large.raw", 8), ("large.E01", 10)):
        image = str(folder / name)
        command = [python, "-m", "forensic", "examine", "--depth", "triage", "--format", "json", image]
        ours, memory = best(command)
        naive, naive_memory = best([python, "-m", "benchmarks.naive", image], runs=2)
        stats = json.loads(subprocess.run([*command, "--stats"], cwd=ROOT, capture_output=True, check=False).stdout)["stats"]
        part = stats["bytes_read"] / (folder / "large.raw").stat().st_size
        print(f"{name} triage          {ours * 1000:8.0f} ms   {memory} MB resident (at most 60)")
        print(
            f"  bytes read              {stats['bytes_read']:12,}   {part:.3%} of the disk (at most 1 %), {stats['read_requests']} requests"
        )
        print(f"  straightforward script  {naive * 1000:8.0f} ms   {naive_memory} MB; ours takes 1/{naive / ours:.0f} (at most 1/{limit})")
        if "DISSECT_PYTHON" in os.environ:
            target, _ = best([os.environ["DISSECT_PYTHON"], "-c", TARGET, image], runs=3)
            print(f"  dissect.target          {target * 1000:8.0f} ms   four facts; ours takes 1/{target / ours:.0f} (at most 1/8)")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
