"""Volumes: partition tables and file systems; the only room that imports pytsk3."""
