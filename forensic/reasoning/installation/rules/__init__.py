"""Rules over one installation: one module per subject."""
