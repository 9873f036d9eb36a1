"""Artifacts: one module per family of facts; kinds, where to look, what it means."""

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

__all__ = ["ARTIFACTS", "Artifact", "artifact", "artifact_disk", "artifact_events", "artifact_file", "artifact_folder", "load"]
