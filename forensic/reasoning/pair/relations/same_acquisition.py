"""Relation `same-acquisition`: one content, acquired twice."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="same-acquisition",
    title="One content, acquired twice",
    policy="none-found",
    order=70,
    says="Both hold the same content: every sampled record and every identifier is equal, and neither has a history of its own.",
    rests_on=(
        "all identifiers that both state are equal",
        "samples of the registry and of event logs are equal to the last record",
    ),
    beware=("Two computers made from one image look like this as long as neither of the copies was started.",),
    not_excluded=("two disks of one image that were not started yet",),
    remedies=("Nothing has to be done for this pair; keep one of the two.",),
)
