"""Index: which module declares what, written from the declarations: `python -m tools.index`; a test says when it is stale.

Late import needs it: a triage imports the modules of its depth only, and a saved report only those of the kinds that it states.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ARTIFACTS = PROJECT / "forensic" / "artifacts" / "index.py"
RULES = PROJECT / "forensic" / "reasoning" / "index.py"
NOTE = "# Written by `python -m tools.index`; a test says when it is stale.\n"


def _modules(package: str) -> list[str]:
    """Import every module below a package and return their names, without that of the package."""
    found = importlib.import_module(package)
    names = sorted(one.name for one in pkgutil.walk_packages(found.__path__, f"{package}.") if not one.ispkg)
    for name in names:
        importlib.import_module(name)
    return names


def _tuple(name: str, modules: Iterable[str], what: str) -> str:
    lines = "".join(f'    "{module}",\n' for module in sorted(modules))
    return f'{name} = (\n{lines})\n"""{what}"""\n'


def artifacts() -> str:
    """Return the text of the index of artifacts."""
    from forensic.artifacts.declaration import ARTIFACTS as DECLARED
    from forensic.model import KINDS

    prefix = "forensic.artifacts."
    names = _modules("forensic.artifacts")
    triage = {one.module.removeprefix(prefix) for one in DECLARED if one.depth == "triage"}
    full = {one.module.removeprefix(prefix) for one in DECLARED} - triage
    homes = {
        kind.name: min(
            (name for name in names if kind in vars(sys.modules[name]).values()), key=lambda name: not _declares(name, kind.name)
        )
        for kind in KINDS.values()
    }
    kinds = "".join(f'    "{name}": "{homes[name].removeprefix(prefix)}",\n' for name in sorted(homes))
    return (
        f'"""Index of artifacts: the modules of each depth, and where each kind is declared."""\n\n{NOTE}\n'
        + _tuple("TRIAGE", triage, "Modules of which a triage reads something.")
        + _tuple("FULL", full, "Modules of which only a full examination reads anything.")
        + f'KINDS = {{\n{kinds}}}\n"""Public name of a kind -> the module that declares it."""\n'
    )


def _declares(module: str, kind: str) -> bool:
    """Whether the module itself makes the kind, and does not import it."""
    return f'Kind(\n    "{kind}"' in Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8")


def rules() -> str:
    """Return the text of the index of rules and verdicts."""
    from forensic.reasoning.rule import RULES as DECLARED

    prefix = "forensic.reasoning."
    _modules("forensic.reasoning.installation.rules")
    depths = {}
    for one in DECLARED.values():
        depths.setdefault(one.function.__module__.removeprefix(prefix), set()).add(one.depth)
    triage = {module for module, found in depths.items() if "triage" in found}
    verdicts = [name.removeprefix(prefix) for name in _modules("forensic.reasoning.installation.verdicts")]
    return (
        f'"""Index of rules and verdicts: the modules of each depth, and of every verdict."""\n\n{NOTE}\n'
        + _tuple("TRIAGE", triage, "Modules with rules over facts that a triage states.")
        + _tuple("FULL", depths.keys() - triage, "Modules with rules over facts that only a full examination states.")
        + _tuple("VERDICTS", verdicts, "Modules of the verdicts over one installation.")
    )


def main() -> None:
    """Write both."""
    ARTIFACTS.write_text(artifacts(), encoding="utf-8")
    RULES.write_text(rules(), encoding="utf-8")


if __name__ == "__main__":
    main()
