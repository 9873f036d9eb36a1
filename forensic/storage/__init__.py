"""Storage: where evidence lies, and the bytes there. Nothing below reads a file otherwise."""
