"""Relation `sid-changed-duplicate`: two computers, one installation, SID changed without Sysprep."""

from forensic.reasoning.pair.relation import RelationKind

RELATION = RelationKind(
    code="sid-changed-duplicate",
    title="Two computers, one installation, SID changed without Sysprep",
    policy="violation",
    order=20,
    says="Two computers descend from one installation, and the machine SID of one was changed by something other than Sysprep.",
    rests_on=(
        "machine SIDs differ, while the boot key and other values of the same setup are equal",
        "no specialize pass is on record since",
    ),
    beware=("A promotion to domain controller, and the way back, replace the SID too.",),
    not_excluded=(
        "a promotion to domain controller and back of which no trace is left",
        "one computer whose SID was changed between the two images",
    ),
    remedies=(
        "Rebuild the changed one from an image that was generalized before it was captured; Microsoft does not support SID changers.",
    ),
    of_many=(
        "Rebuild those whose SID was changed from an image that was generalized before it was captured; Microsoft supports no SID changer."
    ),
)
