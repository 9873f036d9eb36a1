"""Network: cards, addresses, networks, and the joins to a domain."""
