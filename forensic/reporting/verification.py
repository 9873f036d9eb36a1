"""The outcome of `forensic verify`: computed hashes beside the stored ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from forensic.model import printable
from forensic.model.codec import to_builtins
from forensic.model.text import inert

WORDS = {
    "match": "match: the content has the stored hashes",
    "mismatch": "MISMATCH: the content is not what the stored hashes were computed over",
    "none-stored": "none stored: the image carries no hashes to compare with",
}
UNREADABLE = "MISMATCH: a part of the content cannot be read, so no hash of it could be computed or compared"


def render(path: str, result: Mapping[str, Any], *, as_json: bool = False, brief: bool = False) -> str:
    """Return the outcome as text, as one line (`brief`), or as a JSON object."""
    stored, computed, verdict = result["stored"], result["computed"], result["verdict"]
    if as_json:
        path = path.encode("utf-8", "backslashreplace").decode()
        said = {"path": path, "verdict": verdict, "stored": stored, "computed": computed, "problems": to_builtins(list(result["problems"]))}
        return inert(msgspec.json.format(msgspec.json.encode(said), indent=2).decode()) + "\n"
    name = printable(path)
    if brief:
        return f"{name}: {verdict}\n"
    lines = [name]
    for algorithm in sorted(stored.keys() | computed.keys()):
        lines.append(f"  {printable(algorithm)}")
        lines += [f"    computed  {printable(computed[algorithm])}"] if algorithm in computed else ["    computed  not computed"]
        if algorithm in stored:
            same = computed.get(algorithm) == stored[algorithm]
            word = "equal" if same else "DIFFERENT" if algorithm in computed else ""
            lines.append(f"    stored    {printable(stored[algorithm])}  {word}".rstrip())
    lines += [f"  {problem.severity}: {printable(problem.what)} ({printable(problem.where)})" for problem in result["problems"]]
    lines.append(f"  {WORDS[verdict] if computed else UNREADABLE}")
    return "\n".join(lines) + "\n"
