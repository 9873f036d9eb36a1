-- The catalog, version 1; schema_2.sql brings it to version 2. `forensic/catalog/sqlite.py` runs both on a new file; docs/catalog.md explains it.
-- The reports lie in a file beside (reports.sql), so that the index stays in memory.

CREATE TABLE image (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL UNIQUE,           -- path or URL
  fingerprint TEXT NOT NULL,             -- of what was offered last
  wanted_depth TEXT NOT NULL,
  status TEXT NOT NULL,                  -- waiting, leased, done, failed
  tries INTEGER NOT NULL DEFAULT 0,
  ticket INTEGER NOT NULL DEFAULT 0,     -- number of the lease
  owner TEXT,
  expires REAL,                          -- of the lease: seconds since 1970
  reason TEXT,                           -- of the last failure
  failed TEXT,                           -- when it failed last
  stored TEXT,                           -- when the report was stored; NULL: there is none
  stored_fingerprint TEXT,               -- of what the report is about
  format TEXT,
  size INTEGER,
  examined TEXT,
  depth TEXT,
  tool TEXT,
  knowledge TEXT,                        -- by which the report is judged
  policy TEXT,                           -- the gravest of its states; none, where it has none
  incomplete INTEGER,
  extraction INTEGER REFERENCES extraction(id),
  report INTEGER                         -- number of its body in the file of reports
);
CREATE INDEX image_waiting ON image(tries, id) WHERE status = 'waiting';
CREATE INDEX image_leased ON image(owner, expires) WHERE status = 'leased';
CREATE INDEX image_counted ON image(status, policy);
CREATE INDEX image_failed ON image(source) WHERE reason IS NOT NULL;

CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;  -- `catalog`: names it, in both files

CREATE TABLE extraction (id INTEGER PRIMARY KEY, versions TEXT NOT NULL UNIQUE);  -- JSON: artifact -> version of its reading

CREATE TABLE tag (image INTEGER NOT NULL REFERENCES image(id), tag TEXT NOT NULL, PRIMARY KEY (image, tag)) WITHOUT ROWID;

CREATE TABLE state (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
  image INTEGER NOT NULL REFERENCES image(id),
  installation TEXT NOT NULL,            -- its id in the report
  origin TEXT NOT NULL,
  computer_name TEXT,
  machine_sid TEXT,
  domain_sid TEXT,
  product TEXT,
  era TEXT,
  role TEXT,
  history TEXT NOT NULL,
  policy TEXT NOT NULL,
  strength TEXT NOT NULL,
  compared TEXT,                         -- knowledge by which its relatives were looked for last; NULL: they were not
  unjudged INTEGER NOT NULL DEFAULT 0,       -- candidates that were found then and not judged
  UNIQUE (image, installation)
);
CREATE INDEX state_compared ON state(compared, unjudged);

CREATE TABLE kind (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, standing TEXT NOT NULL, UNIQUE (namespace, standing));

CREATE TABLE occurrence (                -- a state holds a value
  key INTEGER NOT NULL,                  -- first 8 bytes of BLAKE2b(namespace NUL value), signed; of a domain's SID see docs/catalog.md
  state INTEGER NOT NULL REFERENCES state(id),
  kind INTEGER NOT NULL REFERENCES kind(id),
  PRIMARY KEY (key, state)
) WITHOUT ROWID;
CREATE INDEX occurrence_of_state ON occurrence(state);

CREATE TABLE frequency (key INTEGER PRIMARY KEY, kind INTEGER NOT NULL REFERENCES kind(id), count INTEGER NOT NULL);  -- of values that two states or more hold

CREATE TABLE answer (                    -- made anew by schema_2.sql; what pairs are: few different ones, many pairs
  id INTEGER PRIMARY KEY,
  knowledge TEXT NOT NULL,               -- by which it was judged
  relation TEXT NOT NULL,
  policy TEXT NOT NULL,
  strength TEXT NOT NULL,
  lineage TEXT NOT NULL,
  separate_machines TEXT NOT NULL,
  direction TEXT NOT NULL,
  shared TEXT NOT NULL,                  -- kinds of identifiers that both have now, separated by spaces
  UNIQUE (knowledge, relation, policy, strength, lineage, separate_machines, direction, shared)
);

CREATE TABLE pair (
  a INTEGER NOT NULL REFERENCES state(id),  -- below b
  b INTEGER NOT NULL REFERENCES state(id),
  answer INTEGER NOT NULL REFERENCES answer(id),
  fork_after TEXT,
  fork_before TEXT,
  PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE INDEX pair_backwards ON pair(b, a);

CREATE TABLE member (                    -- groups as they were kept last, for who reads this file by SQL: `forensic groups --keep`
  state INTEGER PRIMARY KEY REFERENCES state(id),
  number INTEGER NOT NULL,               -- of the group, the gravest first
  relation TEXT NOT NULL,                -- the gravest of its pairs
  policy TEXT NOT NULL,
  strength TEXT NOT NULL
);
CREATE INDEX member_of_group ON member(number);

CREATE TABLE constant (                  -- values that strangers share: no candidates, no scores
  key INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  value TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT ''
);

-- Views with plain names, for people who ask by SQL.

CREATE VIEW images AS
  SELECT image.id, source, status, policy, format, size, depth, examined, stored, tool, knowledge, incomplete, reason,
         (SELECT group_concat(tag, ', ') FROM tag WHERE tag.image = image.id) AS tags
  FROM image;

CREATE VIEW installations AS
  SELECT state.id, image.source, state.installation, state.computer_name, state.machine_sid, state.domain_sid, state.product, state.history,
         state.policy, state.strength, image.stored, state.compared, state.image
  FROM state JOIN image ON image.id = state.image;

CREATE VIEW pairs AS
  SELECT pair.a, pair.b, one.computer_name AS a_computer, other.computer_name AS b_computer, answer.relation, answer.policy, answer.strength,
         answer.lineage, answer.separate_machines, answer.direction, pair.fork_after, pair.fork_before, answer.shared, answer.knowledge,
         one_image.source AS a_source, other_image.source AS b_source
  FROM pair JOIN answer ON answer.id = pair.answer
  JOIN state AS one ON one.id = pair.a JOIN state AS other ON other.id = pair.b
  JOIN image AS one_image ON one_image.id = one.image JOIN image AS other_image ON other_image.id = other.image;

CREATE VIEW groups AS
  SELECT number, relation, policy, strength, count(*) AS installations, min(state) AS first
  FROM member GROUP BY number;

CREATE VIEW members AS
  SELECT member.number, member.relation, member.policy AS group_policy, installations.*
  FROM member JOIN installations ON installations.id = member.state;

CREATE VIEW identifiers AS
  SELECT occurrence.state, kind.namespace, kind.standing, coalesce(frequency.count, 1) AS held_by, occurrence.key
  FROM occurrence JOIN kind ON kind.id = occurrence.kind LEFT JOIN frequency ON frequency.key = occurrence.key;

CREATE VIEW failures AS SELECT source, status, tries, reason, failed FROM image WHERE reason IS NOT NULL AND status <> 'done';
