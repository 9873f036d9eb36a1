"""Relation `undetermined`: not determined."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="undetermined",
    title="Not determined",
    policy="undetermined",
    order=45,
    says="The evidence that would decide is missing on one side, or contradicts itself.",
    rests_on=("too few identifiers are stated on both sides, or they say opposite things",),
    beware=("It is no acquittal and no suspicion.",),
    not_excluded=("any of the other relations",),
    remedies=("Compare again with what is missing: whole images, or reports made at full depth.",),
)
