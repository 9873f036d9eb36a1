"""The rules: one module per subject, one pure function per rule."""
