"""Packed: samples that a report keeps as records of one layout, one behind the other."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Any


def records(layout: Struct, packed: bytes) -> Iterator[tuple[Any, ...]]:
    """Yield the records of `packed`; a rest that is no whole record, as a changed report may have, is none."""
    return layout.iter_unpack(packed[: len(packed) // layout.size * layout.size])
