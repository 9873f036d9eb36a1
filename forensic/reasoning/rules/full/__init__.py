"""Rules over facts that only a full examination states."""
