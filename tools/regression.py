"""Regression: what two states of this program say of the same evidence, compared fact by fact.

```
python -m tools.regression cases FOLDER              write every scenario, and unpack the real data, below FOLDER
python -m tools.regression take FOLDER OUT.jsonl     examine all of it and the samples with the `forensic` that is importable
python -m tools.regression compare OLD NEW           print the table; exit code 1 where anything differs that was not announced
```

`take` is run once with `PYTHONPATH` on the state before and once on the state after. It goes through the command line, since exit codes
belong to what is compared, and reads only the JSON report. `ANNOUNCED` names the changes of spelling that are meant.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("FORENSIC_DATA", PROJECT.parent / "shared" / "data"))
IMAGES = {".e01", ".raw", ".vhd", ".vhdx", ".qcow2", ".vmdk", ".dd", ".zip"}

RENAMED_RULES: dict[str, str] = {
    "second-body-of-devices": "second-hardware-set",
    "body-of-devices-left-behind": "hardware-set-left-behind",
    "duplicate-met": "identity-conflict",
    "duplicate-met-by-an-ordinary-machine": "identity-conflict-of-an-ordinary-machine",
}
"""Names of rules before -> after."""
RENAMED_EVENTS: dict[str, str] = {"duplicate-met": "identity-conflict"}
"""Names of timeline events before -> after."""
DROPPED_PARTS: dict[str, tuple[str, ...]] = {
    "former-sid": ("media",),
    "network-interface": ("media",),
    "network-adapter": ("media", "software"),
    "imaging-product-trace": ("meaning",),
    "hypervisor-mark": ("meaning",),
}
"""Fact kind -> parts of its values that are looked up when judging, and stated no more."""


def cases(folder: Path) -> None:
    """Write each scenario's drive, and the real data, below `folder`."""
    from tests.scenarios.histories import scenarios
    from tests.scenarios.test_validation import innocent

    for number, one in enumerate(scenarios()):
        files = {path: data for path, data in (one.life.drive() | one.added).items() if path.rpartition("/")[2] not in one.missing}
        _spread(folder / "scenario" / f"{number:03} {one.name}".replace("/", "_"), files)
    for seed in range(100):
        life = innocent(seed)
        _spread(folder / "life" / f"{seed:03}", life.drive() if seed % 2 == 0 else life.files())
    for packed in sorted(DATA.rglob("*")):
        relative = packed.relative_to(DATA)
        if packed.is_file() and relative.parts[0] in {"hives", "machines", "images", "logs", "groups", "cases"}:
            target = (
                folder / "data" / (relative.with_suffix("") if packed.suffix == ".xz" and not packed.name.endswith(".tar.xz") else relative)
            )
            target.parent.mkdir(parents=True, exist_ok=True)
            if packed.suffix == ".xz" and not packed.name.endswith(".tar.xz"):
                target.write_bytes(lzma.decompress(packed.read_bytes()))
            elif packed.name.endswith(".tar.xz"):
                shutil.unpack_archive(packed, target.with_name(target.name.removesuffix(".tar.xz")), filter="data")
            else:
                shutil.copy(packed, target)


def _spread(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def sources(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of everything that is examined: samples, scenarios, each folder of real hives, each image."""
    for story in json.loads((PROJECT / "samples" / "manifest.json").read_text(encoding="utf-8")):
        yield f"sample/{story['image']}", PROJECT / "samples" / story["image"]
    for group in ("scenario", "life"):
        for drive in sorted((folder / group).iterdir()):
            yield f"{group}/{drive.name}", drive
    data = folder / "data"
    if not data.exists():
        return
    for path in sorted(data.rglob("*")):
        relative = path.relative_to(data)
        if (
            (path.is_dir() and any(one.is_file() for one in path.iterdir()) and relative.parts[0] in {"hives", "machines", "groups"})
            or (relative.parts[0] == "cases" and len(relative.parts) == 2 and path.name != "README.md")
            or (path.is_file() and relative.parts[0] == "images" and path.suffix.lower() in IMAGES)
        ):
            yield f"data/{relative}", path


def take(folder: Path, out: Path) -> None:
    """Examine every source and write one line each: name, exit code, reports."""
    from forensic import cli

    with TemporaryDirectory() as place, out.open("w", encoding="utf-8") as lines:
        target = Path(place) / "report.json"
        for name, path in sources(folder):
            for depth in ("full", "triage"):
                target.unlink(missing_ok=True)
                with redirect_stderr(StringIO()):
                    code = cli.main(["examine", "--format", "json", "--reproducible", "--depth", depth, "--output", str(target), str(path)])
                report = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
                lines.write(json.dumps({"name": f"{name} ({depth})", "exit": code, "report": report}) + "\n")
            print(name, file=sys.stderr)


def _facts(one: dict[str, Any]) -> Iterator[str]:
    for fact in one["facts"]:
        value = fact["value"]
        if isinstance(value, dict):
            value = {name: part for name, part in value.items() if name not in DROPPED_PARTS.get(fact["kind"], ())}
        yield json.dumps(
            [fact["kind"], value, fact["source"], fact["raw"], fact["written"], fact["state"], fact.get("profile")], sort_keys=True
        )


def _cited(positions: list[int], facts: list[str]) -> list[str]:
    return sorted(facts[position] for position in positions)


def _aspects(report: dict[str, Any], code: int) -> dict[str, Any]:
    """Return what is compared, by the word under which the table counts it."""
    found: dict[str, Any] = {"exit code": code, "problems": sorted(json.dumps(one, sort_keys=True) for one in report.get("problems", []))}
    for one in report.get("installations", []):
        facts, at = list(_facts(one)), one["id"]
        found[f"facts\0{at}"] = sorted(facts)
        found[f"gaps\0{at}"] = sorted([gap["artifact"], gap["reason"], gap["searched"], gap["detail"]] for gap in one["gaps"])
        found[f"evidence\0{at}"] = sorted(
            [
                RENAMED_RULES.get(item["rule"], item["rule"]), item["supports"], item["against"], item["strength"], item["group"],
                item["because"], _cited(item["facts"], facts),
            ]
            for item in one["evidence"]
        )  # fmt: skip
        verdict = one["verdict"]
        found[f"verdict\0{at}"] = [verdict["history"], verdict["policy"], verdict["strength"]]
        found[f"sentences\0{at}"] = [verdict["summary"], verdict["not_excluded"], verdict["remedies"], verdict["consequences"]]
        found[f"timeline\0{at}"] = [
            [item["time"], RENAMED_EVENTS.get(item["event"], item["event"]), item["what"], _cited(item["facts"], facts)]
            for item in one["timeline"]
        ]
        found[f"identity\0{at}"] = [
            one[name] for name in ("machine_sid", "domain_sid", "computer_name", "accounts", "profiles", "era", "role")
        ]
    return found


def compare(old: Path, new: Path, show: int) -> int:
    """Print how many sources agree in each aspect, and the first that do not."""
    before = {line["name"]: line for line in map(json.loads, old.open(encoding="utf-8"))}
    after = {line["name"]: line for line in map(json.loads, new.open(encoding="utf-8"))}
    compared, differing, told = Counter[str](), Counter[str](), 0
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            differing["present in one only"] += 1
            continue
        sides = [_aspects(side[name]["report"], side[name]["exit"]) for side in (before, after)]
        for aspect in sorted(sides[0].keys() | sides[1].keys()):
            word = aspect.partition("\0")[0]
            compared[word] += 1
            one, two = (side.get(aspect) for side in sides)
            if one != two:
                differing[word] += 1
                if told < show:
                    told += 1
                    print(f"{name} {aspect!r}:\n{_difference(one, two)}")
    print(f"{len(before)} examinations before, {len(after)} after\n\n| Compared | Count | Differing |\n|---|---|---|")
    for word in sorted(compared | differing):
        print(f"| {word} | {compared[word]} | {differing[word]} |")
    return int(bool(differing))


def _difference(one: Any, two: Any) -> str:
    if isinstance(one, list) and isinstance(two, list):
        left, right = (Counter(json.dumps(item) for item in side) for side in (one, two))
        return "\n".join([*(f"  - {item[:600]}" for item in left - right), *(f"  + {item[:600]}" for item in right - left)][:12])
    return f"  - {one}\n  + {two}"


def main() -> int:
    """Run one of the three steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("cases").add_argument("folder", type=Path)
    taking = steps.add_parser("take")
    taking.add_argument("folder", type=Path)
    taking.add_argument("out", type=Path)
    comparing = steps.add_parser("compare")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    comparing.add_argument("--show", type=int, default=10, help="differences that are printed")
    arguments = parser.parse_args()
    if arguments.step == "compare":
        return compare(arguments.old, arguments.new, arguments.show)
    cases(arguments.folder) if arguments.step == "cases" else take(arguments.folder, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
