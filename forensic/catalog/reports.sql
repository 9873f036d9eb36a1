-- The file of reports beside a catalog, version 1.

CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE report (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);              -- JSON, zstd; image.report names it

CREATE TABLE pair (a INTEGER NOT NULL, b INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (a, b));  -- JSON, zstd; of related states
