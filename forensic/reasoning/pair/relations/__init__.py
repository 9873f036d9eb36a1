"""Relations of two states: one file each; a new relation is one new file here with `RELATION`."""
