"""Known values: what media, vendors, public images and defaults bring along, so that it identifies nothing; data with the source of each.

Facts state values and never what is known of them: it is looked up here when a fact is judged, so that a corrected table reaches reports
that were made before. A value that is missing here makes a verdict weaker, never stronger.
"""

from __future__ import annotations

import msgspec

from forensic.model import Basis


class KnownValue(msgspec.Struct, frozen=True):
    """Whose a value is, and how well that is known."""

    of: str
    """The release, the maker, the image or the state that brings it along."""
    basis: Basis
    source: str
