"""Registry: hives read a page at a time, their transaction logs, and an independent second reading."""
