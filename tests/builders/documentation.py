"""Regenerates what is generated in docs/: `make docs`. A test compares, so that nobody forgets."""

import json
from pathlib import Path

from forensic.model import codec

DOCS = Path(__file__).resolve().parents[2] / "docs"


def pages():
    """Every generated file below docs/, with its text."""
    return {"report.schema.json": json.dumps(codec.schema(), indent=2) + "\n"}


def main():
    for name, text in pages().items():
        target = DOCS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
