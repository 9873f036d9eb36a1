"""Kind: what an identifier is, where its values come from and which events change them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec

from forensic.model.fact import Fact
from forensic.model.place import RawDigest, Reading, raw_of

T = TypeVar("T")


class Change(enum.Enum):
    """Something that happens to an installation and may give an identifier a new value."""

    SETUP = "setup"
    """Windows Setup installed it (the specialize pass of Microsoft's own image included)."""
    GENERALIZE = "generalize"
    """Sysprep generalized it, and the specialize pass of the next boot ran."""
    SID_CHANGER = "sid-changer"
    """A tool such as NewSID or GhostWalker changed the machine SID."""
    UPGRADE = "upgrade"
    """It was upgraded in place."""
    DC_PROMOTION = "dc-promotion"
    """The server became, or ceased to be, a domain controller."""
    DOMAIN_JOIN = "domain-join"
    RENAME = "rename"
    NEW_HARDWARE = "new-hardware"
    NEW_DISK = "new-disk"
    """It was copied to another disk or volume."""
    NEW_PROFILE = "new-profile"
    USE = "use"
    """Ordinary use moves it."""


class Origin(enum.Enum):
    """Where the values of a kind come from."""

    RANDOM = "random"
    DERIVED = "derived"
    """Computed from other identifiers, a time or hardware."""
    CHOSEN = "chosen"
    """By a person or an organization."""
    ASSIGNED = "assigned"
    """By a server or a product."""
    HARDWARE = "hardware"
    MEDIA = "media"
    """Baked into installation media: equal on unrelated machines."""
    OBSERVED = "observed"
    """A time, a state or a trace: no identifier at all."""


class Basis(enum.Enum):
    """How well a claim is founded: the distinction that is never blended."""

    SOURCED = "sourced"
    """A document says so; the reference names it."""
    OBSERVED = "observed"
    """Read in real hives; a small sample, so *seen*, not *always*."""
    INFERRED = "inferred"
    """Reasoned from the above; not tested in a laboratory."""
    UNVERIFIED = "unverified"
    """General knowledge without a source."""


class Claim(msgspec.Struct, frozen=True):
    """One statement about a kind, with what it rests on."""

    text: str
    basis: Basis
    source: str = ""
    """A document, a hive or an URL; empty when there is none to name."""


class Kind(Generic[T]):
    """A fact kind: the stable public name of one sort of statement, and what is known about it.

    `name` is kebab-case and never changes; `type` is the type of the value; `changed_by` maps an event to how well it is
    known that the event gives the identifier a new value; `kept_by` likewise for events known to leave it alone.
    A `secret` kind states digests only. A `decisive` kind is read by a second reader under `--cross-check`.
    `known_values` are values known to come from media, vendors or defaults: they never score.
    """

    __slots__ = (
        "changed_by", "claims", "decisive", "kept_by", "known_values", "name", "origin", "references", "secret", "title", "type",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913  a declaration: every argument is named at the call
        self,
        name: str,
        type: type[T],  # noqa: A002  the field's own word
        title: str,
        *,
        origin: Origin,
        changed_by: dict[Change, Basis] | None = None,
        kept_by: dict[Change, Basis] | None = None,
        secret: bool = False,
        decisive: bool = False,
        known_values: Iterable[T] = (),
        claims: Iterable[Claim] = (),
        references: Iterable[str] = (),
    ) -> None:
        """Declare the kind and enter it into `KINDS`."""
        if name in KINDS:
            raise ValueError(f"kind declared twice: {name}")
        self.name, self.type, self.title, self.origin = name, type, title, origin
        self.changed_by, self.kept_by = dict(changed_by or {}), dict(kept_by or {})
        self.secret, self.decisive = secret, decisive
        self.known_values, self.claims, self.references = tuple(known_values), tuple(claims), tuple(references)
        KINDS[name] = self

    def __repr__(self) -> str:
        """Return the public name."""
        return f"<Kind {self.name}>"

    def fact(self, value: T, reading: Reading) -> Fact[T]:
        """State `value` as read from `reading`: the place, the raw bytes and the time come from there."""
        raw = raw_of(reading.raw, secret=self.secret)
        return Fact(self.name, value, reading.place, raw, reading.written, reading.state)

    def digest(self: Kind[str], reading: Reading) -> Fact[str]:
        """State the SHA-256 of the stored bytes: the only way to state a secret kind's value."""
        return self.fact(RawDigest.of(reading.raw).sha256, reading)


class Kinds(dict[str, Kind[Any]]):
    """All declared kinds by public name; complete once `forensic.artifacts.load()` ran."""

    declare: Callable[[str], object] | None = None
    """Imports the module that declares the kind of this name, where there is one: `forensic.artifacts` sets it."""

    def named(self, name: str) -> Kind[Any] | None:
        """Return the kind of this name, declared now where its module was not imported yet; None where this version knows none."""
        if name not in self and self.declare is not None:
            self.declare(name)
        return self.get(name)


KINDS = Kinds()
