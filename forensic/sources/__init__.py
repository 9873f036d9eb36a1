"""Sources: from what was handed in to the installations in it."""
