"""Lone mark: whether a file is worth a closer look as a single hive or log, by its name and first bytes, before anything else is loaded."""

from __future__ import annotations

import re

GLANCE = 64
"""First bytes that are asked for."""
CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1b-\x1f]")
"""What no text has."""
NAMES = re.compile(r"(?:SAM|SECURITY|SOFTWARE|SYSTEM|NTUSER\.DAT|USRCLASS\.DAT|AMCACHE\.HVE|.*\.EVTX?)", re.IGNORECASE | re.DOTALL)
"""Names that no disk image has: what is so called and does not begin so is damaged."""


def is_marked(head: bytes) -> bool:
    """Whether a file begins like a registry hive or an event log."""
    return head[:4] == b"regf" or head[:8] == b"ElfFile\0" or head[4:8] == b"LfLe"


def may_be_lone(name: str, head: bytes) -> bool:
    """Whether a file called `name` that begins with `head` may be a hive, an event log or a text."""
    return bool(head) and (is_marked(head) or NAMES.fullmatch(name) is not None or is_text(head))


def is_text(head: bytes) -> bool:
    """Whether bytes begin like text: UTF-16 with its mark, or bytes without control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return not CONTROL.search(head.replace(b"\0", b""))
    return bool(head) and b"\0" not in head and not CONTROL.search(head)
