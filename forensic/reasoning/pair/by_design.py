"""By design: two computers that share their identity on purpose, by their product or as copies of an image that was published.

What they share and what it breaks is the same as for any duplicate. What is not shown is that somebody broke the policy: the relation
stays, and the policy is `suspect`. Both sides have to carry the trace: one that is added to a single image changes nothing.
"""

from __future__ import annotations

from forensic.artifacts.known_values.public import public_image
from forensic.model import Sid
from forensic.model.pair import PairEvidence
from forensic.reasoning.pair.side import Side
from forensic.reasoning.subject import listed

REMEDIES = (
    "Find out whether these computers are meant to share one identity; if they are not, rebuild them from a generalized image.",
    "Where Windows 11 24H2 or Server 2025 is among them, the equal machine SIDs break Kerberos and NTLM between them all the same.",
)


def by_design(a: Side, b: Side) -> PairEvidence | None:
    """Return the sentence that names the product or the public image of both; None where there is none."""
    for sid in sorted(a.machine_sids & b.machine_sids):
        image = public_image(Sid(sid))
        if image is not None:
            because = (
                f"both have the machine SID {sid} of {image.of}, a known public image of which many people run copies ({image.source})"
            )
            return PairEvidence("public-image", "lineage", "strong", because)
    products = a.subject.products("sid-preserving") & b.subject.products("sid-preserving")
    if products:
        because = f"{listed(sorted(products))} left traces on both: it makes computers from one image with one machine SID by design"
        return PairEvidence("same-sid-by-design", "lineage", "moderate", because)
    return None
