"""Pair: how two states of evidence are related: lineage, what happened since the fork, two machines or one, and when they parted.

The table (`reasoning.table`) says what happened to the identifiers; the modules here say what a table cannot: `history` what each side has
of its own since the fork, `machines` whether they are two computers, `fork` when they parted, `relation` what it all amounts to.
"""

from forensic.reasoning.pair.judgement import judge_pair
from forensic.reasoning.pair.side import Side

__all__ = ["Side", "judge_pair"]
