-- The catalog in PostgreSQL, version 1: the tables, columns and views of SQLite (schema.sql), and the reports among them.
-- `forensic/catalog/postgres.py` runs it in an empty database; docs/catalog.md explains it. Times are texts as in reports: ISO 8601, UTC.

CREATE TABLE about (name text PRIMARY KEY, value text NOT NULL);  -- `version` of this schema

CREATE TABLE extraction (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,          -- BLAKE2b of the versions, 16 bytes: a text of any length has one
  versions text NOT NULL                 -- JSON: artifact -> version of its reading
);

CREATE TABLE image (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,          -- BLAKE2b of the source, 16 bytes
  source text COLLATE "C" NOT NULL,      -- path or URL
  fingerprint text NOT NULL,             -- of what was offered last
  wanted_depth text NOT NULL,
  status text NOT NULL,                  -- waiting, leased, done, failed
  tries integer NOT NULL DEFAULT 0,
  lapses integer NOT NULL DEFAULT 0,     -- how many of its tries ended with a lease that ran out
  ticket bigint NOT NULL DEFAULT 0,      -- number of the lease
  owner text,
  expires double precision,              -- of the lease, by the clock of the server: seconds since 1970
  reason text,                           -- of the last failure
  failed text,                           -- when it failed last
  stored text,                           -- when the report was stored; NULL: there is none
  stored_fingerprint text,               -- of what the report is about
  format text,
  size bigint,
  examined text,
  depth text,
  tool text,
  knowledge text,                        -- by which the report is judged
  policy text COLLATE "C",               -- the gravest of its states; none, where it has none
  incomplete boolean,
  extraction bigint REFERENCES extraction(id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX image_waiting ON image(tries, id) WHERE status = 'waiting';
CREATE INDEX image_leased ON image(expires) WHERE status = 'leased';
CREATE INDEX image_counted ON image(status, policy);
CREATE INDEX image_failed ON image(id) WHERE reason IS NOT NULL;
CREATE INDEX image_extraction ON image(extraction);

CREATE TABLE tag (image bigint NOT NULL REFERENCES image(id), tag text COLLATE "C" NOT NULL);
CREATE INDEX tag_of_image ON tag(image);

CREATE TABLE report (image bigint PRIMARY KEY REFERENCES image(id), body bytea NOT NULL);  -- JSON, zstd
ALTER TABLE report ALTER body SET STORAGE EXTERNAL;

CREATE TABLE state (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- never given twice
  image bigint NOT NULL REFERENCES image(id),
  installation text NOT NULL,            -- its id in the report
  origin text NOT NULL,
  computer_name text,
  machine_sid text,
  domain_sid text,
  product text,
  era text,
  role text,
  history text NOT NULL,
  policy text NOT NULL,
  strength text NOT NULL,
  compared text,                         -- knowledge by which its relatives were looked for last; NULL: they were not
  unjudged integer NOT NULL DEFAULT 0    -- candidates that were found then and not judged
);
CREATE INDEX state_of_image ON state(image);
CREATE INDEX state_compared ON state(compared, unjudged);

CREATE TABLE kind (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, namespace text NOT NULL, standing text NOT NULL, UNIQUE (namespace, standing)
);

-- No reference to state and kind here and in pair: it would be looked up for each of fifty rows of a report. `check` finds what points nowhere.
CREATE TABLE occurrence (                -- a state holds a value
  key bigint NOT NULL,                   -- first 8 bytes of BLAKE2b(namespace NUL value), signed; of a domain's SID see docs/catalog.md
  state bigint NOT NULL,
  kind integer NOT NULL,
  PRIMARY KEY (key, state)
);
CREATE INDEX occurrence_of_state ON occurrence(state);

CREATE TABLE frequency (key bigint PRIMARY KEY, kind integer NOT NULL, count bigint NOT NULL)  -- of values that two states or more hold
  WITH (fillfactor = 80);

CREATE TABLE answer (                    -- what pairs are: few different ones, many pairs
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  knowledge text NOT NULL,               -- by which it was judged
  relation text NOT NULL,
  policy text NOT NULL,
  strength text NOT NULL,
  lineage text NOT NULL,
  separate_machines text NOT NULL,
  direction text NOT NULL,
  shared text NOT NULL,                  -- kinds of identifiers that both have now, separated by spaces
  joins boolean NOT NULL,                -- a group grows by such a pair; else it is one only where its states are in no other
  generalized text NOT NULL,             -- a or b: the side that alone was generalized; empty where that is not so
  UNIQUE (knowledge, relation, policy, strength, lineage, separate_machines, direction, shared, joins, generalized)
);

CREATE TABLE pair (
  a bigint NOT NULL,                     -- below b
  b bigint NOT NULL,
  answer integer NOT NULL REFERENCES answer(id),
  fork_after text,
  fork_before text,
  PRIMARY KEY (a, b)
);
CREATE INDEX pair_backwards ON pair(b, a);

CREATE TABLE pair_body (a bigint NOT NULL, b bigint NOT NULL, body bytea NOT NULL, PRIMARY KEY (a, b));  -- JSON, zstd; of related states
CREATE INDEX pair_body_backwards ON pair_body(b);
ALTER TABLE pair_body ALTER body SET STORAGE EXTERNAL;

CREATE TABLE member (                    -- groups as they were kept last, for who reads by SQL: `forensic groups --keep`
  state bigint PRIMARY KEY REFERENCES state(id),
  number bigint NOT NULL,                -- of the group, the gravest first
  relation text NOT NULL,                -- the gravest of its pairs
  policy text NOT NULL,
  strength text NOT NULL
);
CREATE INDEX member_of_group ON member(number);

CREATE TABLE constant (                  -- values that strangers share: no candidates, no scores
  key bigint PRIMARY KEY,
  namespace text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  note text NOT NULL DEFAULT ''
);

-- Views with plain names, for people who ask by SQL.

CREATE VIEW images AS
  SELECT image.id, source, status, policy, format, size, depth, examined, stored, tool, knowledge, incomplete, reason,
         (SELECT string_agg(tag, ', ' ORDER BY tag) FROM tag WHERE tag.image = image.id) AS tags
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
  FROM member GROUP BY number, relation, policy, strength;

CREATE VIEW members AS
  SELECT member.number, member.relation, member.policy AS group_policy, installations.*
  FROM member JOIN installations ON installations.id = member.state;

CREATE VIEW identifiers AS
  SELECT occurrence.state, kind.namespace, kind.standing, coalesce(frequency.count, 1) AS held_by, occurrence.key
  FROM occurrence JOIN kind ON kind.id = occurrence.kind LEFT JOIN frequency ON frequency.key = occurrence.key;

CREATE VIEW failures AS SELECT source, status, tries, reason, failed FROM image WHERE reason IS NOT NULL AND status <> 'done';
