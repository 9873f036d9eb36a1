"""Relation `duplicated-without-sysprep`: two computers, one installation, not generalized."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="duplicated-without-sysprep",
    title="Two computers, one installation, not generalized",
    policy="violation",
    order=10,
    says="Two computers descend from one installation, and no generalize lies between it and either of them.",
    rests_on=(
        "identifiers that every setup makes anew are equal",
        "both were in use at the same time, or each on hardware of its own with a history of its own",
    ),
    beware=("A converted machine, or a restored backup whose original kept running, is the same breach.",),
    not_excluded=("clocks of both that were wrong by the same span",),
    remedies=(
        "Decide which of the two is the original; rebuild the other one from an image that was generalized before it was captured.",
        "Running Sysprep on a copy that is deployed, or changing its SID, does not make it compliant.",
    ),
    of_many=(
        "Decide which one is the original; rebuild the other {others} from an image that was generalized before it was captured."
        " Sysprep on a copy that is deployed, or another SID, does not repair it."
    ),
)
