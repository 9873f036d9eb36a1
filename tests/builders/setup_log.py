"""The real setup logs, each with what is known of it."""

import csv
import json

import pytest

from tests.conftest import DATA

csv.field_size_limit(1 << 20)


def truths(folder):
    """Name and truth of every real log of a folder, for parametrization; one that is skipped where the data is absent."""
    manifest = DATA / "setup-logs" / "MANIFEST.tsv"
    if not manifest.exists():
        return [pytest.param("setup-logs", {}, marks=pytest.mark.skip(reason="real data absent: setup-logs"))]
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["path"].startswith(f"{folder}/")]
    return [pytest.param(f"setup-logs/{row['path'].removesuffix('.xz')}", json.loads(row["truth"]), id=row["path"]) for row in rows]
