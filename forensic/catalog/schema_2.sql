-- The catalog, from version 1 to 2: whether a group grows by a pair, and how often a lease ran out.
-- What version 1 kept of pairs does not tell, so they count as judged by an older knowledge, and their states as not compared.

ALTER TABLE image ADD COLUMN lapses INTEGER NOT NULL DEFAULT 0;  -- how many of its tries ended with a lease that ran out

DROP VIEW pairs;

CREATE TABLE answer_2 (                  -- what pairs are: few different ones, many pairs
  id INTEGER PRIMARY KEY,
  knowledge TEXT NOT NULL,               -- by which it was judged
  relation TEXT NOT NULL,
  policy TEXT NOT NULL,
  strength TEXT NOT NULL,
  lineage TEXT NOT NULL,
  separate_machines TEXT NOT NULL,
  direction TEXT NOT NULL,
  shared TEXT NOT NULL,                  -- kinds of identifiers that both have now, separated by spaces
  joins INTEGER NOT NULL,                -- 1: a group grows by such a pair; 0: it is one only where its states are in no other
  generalized TEXT NOT NULL,             -- a or b: the side that alone was generalized; empty where that is not so
  UNIQUE (knowledge, relation, policy, strength, lineage, separate_machines, direction, shared, joins, generalized)
);

INSERT INTO answer_2
  SELECT id, knowledge || ' (version 1)', relation, policy, strength, lineage, separate_machines, direction, shared,
         lineage IN ('proven', 'strong') OR ' ' || shared || ' ' LIKE '% machine-sid %', ''
  FROM answer;

DROP TABLE answer;

ALTER TABLE answer_2 RENAME TO answer;

UPDATE state SET compared = NULL;

CREATE VIEW pairs AS
  SELECT pair.a, pair.b, one.computer_name AS a_computer, other.computer_name AS b_computer, answer.relation, answer.policy, answer.strength,
         answer.lineage, answer.separate_machines, answer.direction, pair.fork_after, pair.fork_before, answer.shared, answer.knowledge,
         one_image.source AS a_source, other_image.source AS b_source
  FROM pair JOIN answer ON answer.id = pair.answer
  JOIN state AS one ON one.id = pair.a JOIN state AS other ON other.id = pair.b
  JOIN image AS one_image ON one_image.id = one.image JOIN image AS other_image ON other_image.id = other.image;
