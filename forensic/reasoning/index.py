"""Index of rules and verdicts: the modules of each depth, and of every verdict."""

# Written by `python -m tools.index`; a test says when it is stale.

TRIAGE = (
    "installation.rules.coherence",
    "installation.rules.controller",
    "installation.rules.devices",
    "installation.rules.disk",
    "installation.rules.domain_sid",
    "installation.rules.hardware",
    "installation.rules.hive_set",
    "installation.rules.machine_sid",
    "installation.rules.network",
    "installation.rules.outstanding",
    "installation.rules.setup_history",
)
"""Modules with rules over facts that a triage states."""
FULL = (
    "installation.rules.after_use",
    "installation.rules.former_sid",
    "installation.rules.hardware_log",
    "installation.rules.identity_conflict",
    "installation.rules.kept_identity",
    "installation.rules.lineage",
    "installation.rules.sysprep_log",
)
"""Modules with rules over facts that only a full examination states."""
VERDICTS = (
    "installation.verdicts.deployed_generalized",
    "installation.verdicts.duplicated_without_sysprep",
    "installation.verdicts.generalize_failed",
    "installation.verdicts.generalized_after_use",
    "installation.verdicts.installed",
    "installation.verdicts.relocated_not_generalized",
    "installation.verdicts.sealed_generalized",
    "installation.verdicts.sid_changed",
    "installation.verdicts.undetermined",
)
"""Modules of the verdicts over one installation."""
