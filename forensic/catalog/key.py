"""Key: the number under which a catalog finds a value, and the form in which a source is named there."""

from __future__ import annotations

import json
import re
from hashlib import blake2b

from forensic.reasoning.pair.meeting import DOMAIN, met_by

MACHINE = "machine-sid"
PREFIX = "machine-guid:prefix"
"""Namespace under which the first 32 bits of a MachineGuid are kept, for who has no more of it (Sysmon's ids): they are no candidates."""
_MARK = "json:"
"""Before a path that no database takes as text."""


def key_of(namespace: str, text: str) -> int:
    """Return the first 8 bytes of the BLAKE2b of namespace, NUL and value, as a signed number.

    The SID of a domain has the key of the machine SID, its lowest bit turned, so that each is found from the other (`met_keys`).
    Of 30 million values two have one key with a chance of 1 in 40,000; what is listed and judged comes from the reports all the same.
    """
    data = f"{MACHINE if namespace == DOMAIN else namespace}\0{text}".encode("utf-8", "backslashreplace")
    key = int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)
    return key ^ 1 if namespace == DOMAIN else key


def met_keys(namespace: str, key: int) -> tuple[int, ...]:
    """Return the keys of the values that a value meets, as `meeting.met_by` says: a domain's SID meets machine SIDs, and those both."""
    if namespace == PREFIX:
        return ()
    if namespace == DOMAIN:
        return (key ^ 1,)
    return (key, key ^ 1) if namespace == MACHINE else (key,)


def asked_for(namespace: str) -> tuple[str, ...]:
    """Return the namespaces under which a value is looked for by who asks for it."""
    return {DOMAIN: (DOMAIN, MACHINE), "machine-guid-prefix": ("machine-guid-prefix", PREFIX)}.get(namespace, met_by(namespace))


def named(path: str) -> str:
    r"""Return the form in which a path is kept: itself, or where it holds lone surrogates or NUL, JSON with a mark before it.

    File names of Linux are bytes and may be no text; Python then has lone surrogates in their place, which no database takes.
    """
    if path.startswith(_MARK) or "\0" in path or not _is_text(path):
        return _MARK + json.dumps(path)
    return path


def path_of(name: str) -> str:
    """Return the path of a name; the opposite of `named`."""
    if name.startswith(_MARK):
        try:
            path = json.loads(name.removeprefix(_MARK))
        except ValueError:
            return name
        return path if isinstance(path, str) else name
    return name


def is_below(path: str, folder: str) -> bool:
    """Whether a path is `folder` or lies below it, with either separator, as paths of one system or a URL."""
    if not folder:
        return False
    base = folder.rstrip("/\\")
    return path in (folder, base) or path.startswith((f"{base}/", f"{base}\\"))


def is_root(path: str) -> bool:
    r"""Whether nothing lies above a path, so that all of a machine or drive is below it: `/`, `C:\`, `//`, `/.`, `s3://`."""
    scheme, mark, rest = path.partition("://")
    if mark and scheme.isalnum():
        return not rest.strip("/\\") if scheme.lower() == "file" else not rest.strip("/")
    parts = [part for part in re.split(r"[/\\]", path) if part not in ("", ".", "..", "?")]
    return (not parts and path[:1] in ("/", "\\")) or (len(parts) == 1 and re.fullmatch(r"[A-Za-z]:", parts[0]) is not None)


def text_of(value: str | None) -> str | None:
    """Return a text as a database takes it: lone surrogates and NUL as escapes."""
    if value is None or ("\0" not in value and _is_text(value)):
        return value
    return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
