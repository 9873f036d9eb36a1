"""Commands: one module each, which declares a `COMMAND`."""
