"""Storage: the disk, the volume, and what names them."""
