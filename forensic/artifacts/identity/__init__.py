"""Identity: SIDs, boot key, secrets and names of the machine and its accounts."""
