"""Relation `generalized-after-deployment`: two computers, one installation, generalized only after deployment."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="generalized-after-deployment",
    title="Two computers, one installation, generalized only after deployment",
    policy="violation",
    order=30,
    says="Both descend from one installation that had a life on its target before it was generalized there.",
    rests_on=(
        "values that a generalize leaves are equal",
        "each was generalized by itself, after a life on its own",
    ),
    beware=("Versions of one master that were generalized one after the other look alike.",),
    not_excluded=("versions of one master, each generalized before its own capture",),
    remedies=("Rebuild both from an image that was generalized before it was captured.",),
    of_many="Rebuild all {count} from an image that was generalized before it was captured.",
)
