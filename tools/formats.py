"""Formats: writes `docs/formats.md`, which images are read and what helps with the others, from the rows of `forensic.containers.formats`.

```
python -m tools.formats
```

A test compares, so that nobody forgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from forensic.containers.formats import READ, REFUSED

PAGE = Path(__file__).resolve().parent.parent / "docs" / "formats.md"

INTRODUCTION = """\
# Images that are read

An image is recognized by its content, whatever its name is. Files that belong to it are looked for beside it; a path that evidence names
(that of a parent, an extent) never leads out of its folder. What is missing or damaged is a problem in the report, and the part of the disk
that it held is unreadable, never zeros.

Made from `forensic/containers/formats.py` by `make docs`. In which formats a *report* is written says [another page](report-formats.md).
"""
REFUSALS = """\
## What is recognized and not read

Each is refused as an image, with one sentence that says what the file is and what helps. `examine` and `compare` look into ZIP and tar
archives (tar also within gzip, bzip2, xz or zstd) without that step: for a collection, and for images within the limits of unpacking.
"""


def page() -> str:
    """Return the text of the page."""
    read = _table(
        ("Format", "`source.format`", "What is read", "Further files"),
        ((row.title, f"`{row.name}`", row.variants, row.siblings) for row in READ),
    )
    libraries = _table(
        ("Library", "For", "Without it"),
        (
            (
                f"`{library.distribution}`",
                library.serves.partition(";")[0],
                library.without or ("these are not read" if library.needed else "they are read slower"),
            )
            for row in READ
            for library in row.libraries
        ),
    )
    refused = _table(
        ("The file is", "What helps"),
        ((refusal.what, refusal.advice) for row in (*READ, *REFUSED) for refusal in row.refusals),
    )
    return f"{INTRODUCTION}\n{read}\n{libraries}\n{REFUSALS}\n{refused}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
