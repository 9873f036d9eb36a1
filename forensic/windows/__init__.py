"""Windows: installations, hives with their transaction logs, profiles."""
