"""Comparing an archive of saved reports: time, memory and pairs for 200 reports of one lineage, and for groups of ten among thousands.

`python -m benchmarks.pairs [REPORTS]`. Ten states of one family are examined once; every further group is the same family under other
identifiers: SIDs, GUIDs, hashes, addresses and times of its reports are exchanged for others of their kind, so that no group shares any
with another.
"""

import hashlib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from forensic import examine
from tests.builders.world import DAY, HOUR
from tests.pairs.families import lived
from tests.scenarios.histories import begun

FAMILY = 10
MEDIA = "2020"
"""Times before are those of the installation media, which strangers have in common."""
_SID = re.compile(r"S-1-5-21-\d+-\d+-\d+")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX = re.compile(r"(?<![0-9A-Za-z+/=-])[0-9a-f]{12,64}(?![0-9A-Za-z+/=-])")
_SIGNATURE = re.compile(r'(?<=")[0-9a-f]{8}(?=")')
_MAC = re.compile(r"(?<![0-9a-f:])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![0-9a-f:])")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def family(folder: Path) -> list[str]:
    """Examine ten clones of one installation and return their reports as JSON."""
    base, start = begun(7, "10", users=2)
    found = []
    for number in range(FAMILY):
        computer = base.world.computer("Fabrikam", "Tower 9", oui="00:1a:a0")
        life = base.copy().boot(computer, start + (205 + number) * DAY).rename(f"PC-{number}", start + (205 + number) * DAY + HOUR)
        lived(life, start + (206 + number) * DAY, start + (400 + number) * DAY, number)
        drive = folder / f"drive-{number}"
        for path, content in life.drive().items():
            (drive / path).parent.mkdir(parents=True, exist_ok=True)
            (drive / path).write_bytes(content)
        found.append(examine(drive).to_json(indent=None))
    return found


def under_other_identifiers(text: str, salt: int) -> str:
    """Return a report in which every identifier is another one, the same for the same salt."""

    def other(match: re.Match[str]) -> str:
        value = match.group()
        fresh = hashlib.sha256(f"{salt} {value}".encode()).hexdigest()
        if value.startswith("S-1-5-21-"):
            return "S-1-5-21-" + "-".join(str(int(fresh[at : at + 8], 16) | 1 << 28) for at in (0, 8, 16))
        if len(value) == 36:
            return f"{fresh[:8]}-{fresh[8:12]}-4{fresh[13:16]}-a{fresh[17:20]}-{fresh[20:32]}"
        if ":" in value:
            return ":".join(fresh[at : at + 2] for at in range(0, 12, 2))
        return fresh[: len(value)]

    def later(match: re.Match[str]) -> str:
        if match.group() < MEDIA:
            return match.group()
        return (datetime.fromisoformat(match.group()) + timedelta(seconds=salt * 5_417)).isoformat()

    for pattern in (_SID, _GUID, _HEX, _SIGNATURE, _MAC):
        text = pattern.sub(other, text)
    return _TIME.sub(later, text)


def archive(folder: Path, reports: list[str], count: int) -> Path:
    """Write `count` reports, each ten of them one family, as JSON lines."""
    path = folder / f"archive-{count}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            changed = under_other_identifiers(reports[number % FAMILY], number // FAMILY)
            body = json.loads(changed)
            body["source"]["path"] = f"archive/image-{number:05}.E01"
            file.write(json.dumps(body) + "\n")
    return path


def measured(*arguments: str) -> None:
    """Run the program in a process of its own and print what it took."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "forensic", "compare", *arguments], capture_output=True, check=False)
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    what = Path(arguments[-1]).name
    print(f"{what:22} {work:6.1f} s of processor, {seconds:6.1f} s, peak {after.ru_maxrss // 1024} MB, exit {done.returncode}", flush=True)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reports = family(folder)
        print(f"a report: {len(reports[0]) / 1024:.0f} KB of JSON")
        pair = [folder / f"{number}.json" for number in (0, 1)]
        for path, text in zip(pair, reports, strict=False):
            path.write_text(text, encoding="utf-8")
        measured(*map(str, pair))
        for count in (200, *map(int, sys.argv[1:])):
            path = archive(folder, reports, count)
            measured("--format", "html", "--output", str(folder / f"{count}.html"), str(path))


if __name__ == "__main__":
    main()
