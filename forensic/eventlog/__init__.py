"""Event logs: `.evtx` of Vista and later, `.Evt` of NT 4.0 to 2003."""
