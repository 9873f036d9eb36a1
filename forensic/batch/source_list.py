"""Source list: the paths that a file names, one a line, or a table (CSV) with a header and tags."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple

PATH_COLUMNS = ("path", "source", "file", "image")
"""Headers of the column with the paths, in any case; the first of a table that has one of them."""
TAG_COLUMNS = ("tag", "tags")
"""Headers of columns whose cells are tags, several of them separated by semicolons. A cell of any other column is the tag `header=cell`."""


class Listed(NamedTuple):
    """One line of a list."""

    path: str
    tags: tuple[str, ...] = ()


class NoList(Exception):
    """The text is no list of paths."""


def read_list(lines: Iterable[str]) -> Iterator[Listed]:
    """Yield what is listed, line by line; NoList where a table has a header without a column of paths.

    A first line with a comma whose cells are names like `path` or `tag` makes the list a table; otherwise each line is a path, as it
    stands.
    """
    iterator = iter(lines)
    first = next((line for line in iterator if line.strip()), None)
    if first is None:
        return
    first = first.removeprefix("\ufeff")
    header = [cell.strip() for cell in next(csv.reader([first]))]
    known = {cell.lower() for cell in header}
    if not known & {*PATH_COLUMNS, *TAG_COLUMNS} or (len(header) == 1 and not known & {*PATH_COLUMNS}):
        yield from _plain(first)
        for line in iterator:
            yield from _plain(line)
        return
    column = next((place for place, cell in enumerate(header) if cell.lower() in PATH_COLUMNS), None)
    if column is None:
        raise NoList(f"the list has a header ({', '.join(header)}) and no column called {' or '.join(PATH_COLUMNS)}")
    for row in csv.reader(iterator):
        if len(row) > column and row[column].strip():
            yield Listed(row[column], tuple(_tags(header, row, column)))


def _plain(line: str) -> Iterator[Listed]:
    path = line.rstrip("\r\n")
    if path.strip():
        yield Listed(path)


def _tags(header: list[str], row: list[str], column: int) -> Iterator[str]:
    for place, (name, cell) in enumerate(zip(header, row, strict=False)):
        text = cell.strip()
        if place == column or not text:
            continue
        if name.lower() in TAG_COLUMNS:
            yield from (tag.strip() for tag in text.split(";") if tag.strip())
        else:
            yield f"{name}={text}"
