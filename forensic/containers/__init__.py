"""Containers: from a path to the bytes of a disk; one module per format, each recognized by content."""
