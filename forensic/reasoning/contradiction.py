"""Contradiction: facts that may not testify, because something on record shows that they do not belong here or cannot be true."""

from __future__ import annotations

from typing import Any

import msgspec

from forensic.model import Fact


class Contradiction(msgspec.Struct, frozen=True):
    """Facts that are set aside before the rules are asked; they stay in the report, and a rule names each contradiction."""

    name: str
    """Of the check that found it, kebab-case."""
    because: str
    """What contradicts what, as a clause without a full stop."""
    facts: tuple[Fact[Any], ...]
    """What is set aside; none where a whole earlier state is."""
    against: tuple[Fact[Any], ...] = ()
    """What contradicts it, and keeps its voice."""
