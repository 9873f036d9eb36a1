"""Products: agents, update, licensing, imaging and other programs with identifiers of their own."""
