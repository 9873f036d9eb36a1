"""forensic: tells from disk images alone whether a Windows installation was duplicated without Sysprep.

`forensic.examine(source)` gives an `ImageReport`, `forensic.rejudge(report)` judges a saved one anew, `forensic.compare(reports)` gives
the relations of their installations, `forensic.verify(image)` compares the hashes of an image with those that it carries.
`forensic.scan(paths, catalog=…)` examines everything below paths into an archive; `forensic.open_catalog(url)` opens one;
`forensic.groups(catalog)`, `forensic.relatives(sources, catalog)` and `forensic.holders(identifiers, catalog)` ask it. Nothing heavy is
imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forensic.batch.scan import scan
    from forensic.catalog.catalog import open_catalog
    from forensic.catalog.question import groups, holders, relatives
    from forensic.comparison import compare
    from forensic.examination import examine, rejudge, verify
    from forensic.model import ImageReport

__version__ = "0.1.0"
__all__ = [
    "ImageReport",
    "__version__",
    "compare",
    "examine",
    "groups",
    "holders",
    "open_catalog",
    "rejudge",
    "relatives",
    "scan",
    "verify",
]
_ABOVE = {
    "compare": "forensic.comparison",
    "groups": "forensic.catalog.question",
    "holders": "forensic.catalog.question",
    "open_catalog": "forensic.catalog.catalog",
    "relatives": "forensic.catalog.question",
    "scan": "forensic.batch.scan",
}
"""Imported by their names: what lies below imports this package for its version."""


def __getattr__(name: str) -> Any:
    if name in ("examine", "rejudge", "verify", "ImageReport"):
        from forensic import examination

        return getattr(examination, name)
    if name in _ABOVE:
        from importlib import import_module

        return getattr(import_module(_ABOVE[name]), name)
    raise AttributeError(f"module 'forensic' has no attribute {name!r}")
