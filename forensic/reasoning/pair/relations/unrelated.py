"""Relation `unrelated`: nothing shared that means anything."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="unrelated",
    title="Nothing shared that means anything",
    policy="none-found",
    order=90,
    says="Both were set up on their own.",
    rests_on=("all identifiers of setup differ",),
    beware=("A master that left no value in common could not be seen.",),
    not_excluded=(),
    remedies=("Nothing has to be done for this pair.",),
)
