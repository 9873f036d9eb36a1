"""Relation `same-media`: nothing shared but installation media."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="same-media",
    title="Nothing shared but installation media",
    policy="none-found",
    order=80,
    says="Nothing is shared but what Microsoft's media, a vendor or a public image brings along.",
    rests_on=(
        "all identifiers of setup differ",
        "the CloneTag or key times of the media are equal",
    ),
    beware=("Equal media says nothing of a common master.",),
    not_excluded=(),
    remedies=("Nothing has to be done for this pair.",),
)
