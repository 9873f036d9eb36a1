"""Hardware: on what the installation was started."""
