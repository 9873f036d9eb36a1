"""Rules over facts that only a full examination states; imported by those only."""
