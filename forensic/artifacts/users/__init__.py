"""Users: profiles, and the identifiers that live in them."""
