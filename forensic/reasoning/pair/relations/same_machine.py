"""Relation `same-machine`: one computer, imaged twice."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="same-machine",
    title="One computer, imaged twice",
    policy="none-found",
    order=60,
    says="One history goes on where the other ends, or a backup was put back, on the same hardware: one computer at two times.",
    rests_on=(
        "the later one has all that the earlier one has, and more",
        "the last starts of both were on one computer",
    ),
    beware=("Virtual machines that were copied with their identity have equal hardware; activity at the same time would tell them apart.",),
    not_excluded=("a virtual machine that was copied together with its hardware identity, and whose original was not in use afterwards",),
    remedies=("Nothing has to be done for this pair.",),
)
