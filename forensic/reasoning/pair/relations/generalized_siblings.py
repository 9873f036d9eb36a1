"""Relation `generalized-siblings`: siblings of one generalized master."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="generalized-siblings",
    title="Siblings of one generalized master",
    policy="compliant",
    order=50,
    says="Both were deployed from one master, or one is that master, which was generalized before it was captured.",
    rests_on=(
        "values of setup differ, as a specialize pass makes each anew",
        "values that a generalize leaves are equal, and the generalize before the fork is one",
    ),
    beware=("Values that a careless preparation leaves (agents, SkipRearm, SQM) collide all the same.",),
    not_excluded=(),
    remedies=("Nothing has to be done for this pair, but for what collides.",),
)
