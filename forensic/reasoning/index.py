"""Index of rules: the modules of each depth."""

# Written by `python -m tools.index`; a test says when it is stale.

TRIAGE = (
    "installation.rules.disk",
    "installation.rules.hardware",
    "installation.rules.hive_set",
    "installation.rules.machine_sid",
    "installation.rules.network",
    "installation.rules.setup_history",
)
"""Modules with rules over facts that a triage states."""
FULL = (
    "installation.rules.after_use",
    "installation.rules.former_sid",
    "installation.rules.hardware_log",
    "installation.rules.identity_conflict",
    "installation.rules.sysprep_log",
)
"""Modules with rules over facts that only a full examination states."""
