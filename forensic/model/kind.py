"""Kind: what an identifier is, where its values come from, which events renew them, and what they say of a common origin."""

from __future__ import annotations

import enum
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec

from forensic.model.fact import Fact
from forensic.model.place import RawDigest, Reading, raw_of

T = TypeVar("T")


class Change(enum.Enum):
    """Something that happens to an installation and may give an identifier a new value."""

    SETUP = "setup"
    """Windows Setup installed it from plain media (the specialize pass of Microsoft's own image included)."""
    GENERALIZE = "generalize"
    """Sysprep's own pass: it removes what belongs to one machine, and writes CloneTag, tag and log."""
    SPECIALIZE = "specialize"
    """The next start, which gives the new machine SID and the identifiers made with it. What the generalize before it removed cannot come
    through it either: such values are renewed by both, while those that generalize writes are only renewed there."""
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


class Effect(msgspec.Struct, frozen=True):
    """What a change does to a value, and what that rests on; made by `always`, `usually` and `kept`."""

    outcome: Literal["always", "usually", "kept"]
    """`always`: the value that stood before stands no more. `usually`: so it is, but for a known exception. `kept`: it stays."""
    basis: Basis
    source: str = ""
    """The document, or the hives in which it was observed."""
    machines: int = 0
    """Of an observation: how many machines it was made on, counted low."""
    exception: str = ""
    """With `usually`: when the value stays all the same, so that copies share it; what follows `unless` in a sentence."""


def always(basis: Basis, source: str = "", *, machines: int = 0) -> Effect:
    """Declare that a change always gives another value."""
    return Effect("always", basis, source, machines)


def usually(basis: Basis, source: str = "", *, exception: str, machines: int = 0) -> Effect:
    """Declare that a change gives another value, but for `exception`."""
    return Effect("usually", basis, source, machines, exception)


def kept(basis: Basis, source: str = "", *, machines: int = 0) -> Effect:
    """Declare that a change leaves the value as it is."""
    return Effect("kept", basis, source, machines)


Standing = Literal["current", "former"]
"""Whether a value is the machine's own now, or one that it had before or that another machine may have."""


class Identifier(NamedTuple):
    """A value as it is compared between machines."""

    namespace: str
    """Values are compared within it, of whatever kind they are; the kind of the same name declares what renews them."""
    text: str
    standing: Standing


_IDENTIFYING = frozenset({Origin.RANDOM, Origin.ASSIGNED, Origin.DERIVED})


class Kind(Generic[T]):
    """A fact kind: the stable public name of one sort of statement, and what is known about it.

    `name` is kebab-case and never changes; `type` is the type of the value; `renews` maps a change to its known effect on the value: a
    change that is not there is one of which nothing is known. A `secret` kind states digests only. A `decisive` kind is read a second time
    under `--cross-check`. `known_values` are values known to come from media, vendors or defaults: they never score.

    What is compared between machines: `namespace` names the row that values stand in, that of another kind where both hold the same
    identifier; `identity` gives the part of a value that identifies, None where it has none, and is left out where the whole value does.
    `standing` says whether that part is the machine's own of today. `also` gives further identifiers that a value holds. `shared` says
    that machines have equal values by design, as the members of a domain do.
    """

    __slots__ = (
        "also", "claims", "decisive", "identity", "known_values", "name", "namespace", "origin", "references", "renews", "secret", "shared",
        "standing", "title", "type",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913  a declaration: every argument is named at the call
        self,
        name: str,
        type: type[T],  # noqa: A002  the field's own word
        title: str,
        *,
        origin: Origin,
        renews: Mapping[Change, Effect] | None = None,
        secret: bool = False,
        decisive: bool = False,
        namespace: str | None = None,
        identity: Callable[[T], object | None] | None = None,
        standing: Standing | Callable[[T], Standing] = "current",
        also: Callable[[T], Iterable[Identifier]] | None = None,
        shared: bool = False,
        known_values: Iterable[T] = (),
        claims: Iterable[Claim] = (),
        references: Iterable[str] = (),
    ) -> None:
        """Declare the kind and enter it into `KINDS`."""
        if name in KINDS:
            raise ValueError(f"kind declared twice: {name}")
        self.name, self.type, self.title, self.origin = name, type, title, origin
        self.renews = dict(renews or {})
        self.secret, self.decisive = secret, decisive
        self.namespace, self.identity, self.standing, self.also, self.shared = namespace, identity, standing, also, shared
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

    def renewed_by(self, change: Change) -> Effect | None:
        """Return the effect of a change that is known to renew the value, always or usually; None of any other change."""
        effect = self.renews.get(change)
        return None if effect is None or effect.outcome == "kept" else effect

    def kept_by(self, change: Change) -> bool:
        """Return whether a change is known to leave the value as it is; on what basis, `renews` says."""
        effect = self.renews.get(change)
        return effect is not None and effect.outcome == "kept"

    def identifies(self, value: T) -> bool:
        """Return whether an equal value on another machine would speak for a common origin.

        Values do that whose origin is random, assigned or derived, and which no media, vendor or default brings along and no design shares.
        Moments, of which it takes the media's time to say so, do not; they have a namespace all the same.
        """
        return self.origin in _IDENTIFYING and not self.shared and self._part(value) is not None

    def identifiers(self, value: T) -> Iterator[Identifier]:
        """Yield what `value` is compared by; known values of media, vendors and defaults are left out."""
        part = self._part(value)
        if self.namespace is not None and part is not None:
            yield Identifier(self.namespace, str(part), self.standing(value) if callable(self.standing) else self.standing)
        if self.also is not None:
            yield from self.also(value)

    def _part(self, value: T) -> object | None:
        """Return the part of `value` that identifies; None where there is none, or it is a known one."""
        if self.namespace is None or value in self.known_values:
            return None
        return value if self.identity is None else self.identity(value)


class Kinds(dict[str, Kind[Any]]):
    """All declared kinds by public name; complete once `forensic.artifacts.load()` ran."""

    declare: Callable[[str], object] | None = None
    """Imports the module that declares the kind of this name, where there is one: `forensic.artifacts` sets it."""

    def named(self, name: str) -> Kind[Any] | None:
        """Return the kind of this name, declared now where its module was not imported yet; None where this version knows none."""
        if name not in self:
            if self.declare is None:  # a report may be the first thing that a program reads
                importlib.import_module("forensic.artifacts")
            if self.declare is not None:
                self.declare(name)
        return self.get(name)


KINDS = Kinds()
