"""Known values: what media, vendors and defaults bring along, so that it identifies nothing; data with the source of each."""
