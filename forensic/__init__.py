"""forensic: tells from disk images alone whether a Windows installation was duplicated without Sysprep.

`forensic.examine(source)` gives an `ImageReport`, `forensic.rejudge(report)` judges a saved one anew, `forensic.compare(reports)` gives
the relations of their installations, `forensic.scan(paths, catalog=…)` examines everything below paths into a catalog,
`forensic.verify(image)` compares the hashes of an image with those that it carries. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forensic.batch.scan import scan
    from forensic.comparison import compare
    from forensic.examination import examine, rejudge, verify
    from forensic.model import ImageReport

__version__ = "0.1.0"
__all__ = ["ImageReport", "__version__", "compare", "examine", "rejudge", "scan", "verify"]


def __getattr__(name: str) -> Any:
    if name in ("examine", "rejudge", "verify", "ImageReport"):
        from forensic import examination

        return getattr(examination, name)
    if name == "compare":
        from importlib import import_module

        return import_module("forensic.comparison").compare  # by its name: what lies below imports this package for its version
    if name == "scan":
        from importlib import import_module

        return import_module("forensic.batch.scan").scan
    raise AttributeError(f"module 'forensic' has no attribute {name!r}")
