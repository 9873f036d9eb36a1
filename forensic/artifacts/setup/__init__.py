"""Setup: what Windows Setup and Sysprep left of their own runs."""
