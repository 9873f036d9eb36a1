"""Artifacts: one module per family of facts; kinds, where to look, what it means."""

import importlib

from forensic.artifacts import index
from forensic.artifacts.declaration import (
    ARTIFACTS,
    Artifact,
    artifact,
    artifact_disk,
    artifact_events,
    artifact_file,
    artifact_folder,
    load,
)
from forensic.model import KINDS

__all__ = ["ARTIFACTS", "Artifact", "artifact", "artifact_disk", "artifact_events", "artifact_file", "artifact_folder", "load"]


def _declare(kind: str) -> None:
    """Import the module that declares a kind, so that the values of a saved report get their types."""
    module = index.KINDS.get(kind)
    if module is not None:
        importlib.import_module(f"{__name__}.{module}")


KINDS.declare = _declare
