"""Relation `duplicate-or-same-machine`: one installation, not generalized; two computers or one is not known."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="duplicate-or-same-machine",
    title="One installation, not generalized; two computers or one is not known",
    policy="suspect",
    order=40,
    says="Both descend from one installation without a generalize between; whether they are two computers could not be shown.",
    rests_on=(
        "identifiers that every setup makes anew are equal",
        "records since the fork do not tell two computers from one",
    ),
    beware=("A repaired or converted computer, a restored backup and a copy of a stopped original look alike.",),
    not_excluded=(
        "one computer that was repaired, converted or restored between the two images",
        "a copy whose original was not in use since",
    ),
    remedies=(
        "Find out whether both exist: look for activity of both at the same time (event logs of both, a later image of the older one).",
        "If both exist, rebuild the copy from an image that was generalized before it was captured.",
    ),
    of_many="Find out which of the {count} exist at the same time: of those that do, rebuild all but the original.",
)
