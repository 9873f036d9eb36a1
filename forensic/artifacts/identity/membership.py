r"""Membership: to which directory in the cloud, and to which management service, this computer was joined."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred, OptionalValues
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, RawDigest, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key


class CloudJoin(msgspec.Struct, frozen=True):
    """A join to Microsoft Entra ID (Azure Active Directory)."""

    thumbprint: str
    """Of the certificate that proves who the computer is."""
    tenant: str | None = None
    user_sha256: str | None = None
    """SHA-256 of the stored mail address of who joined it."""


class MdmEnrollment(msgspec.Struct, frozen=True):
    """An enrollment in mobile device management."""

    id: Guid
    provider: str | None = None
    state: int | None = None
    type: int | None = None


_VDI = "Microsoft, Device identity and desktop virtualization, https://learn.microsoft.com/en-us/entra/identity/devices/howto-device-identity-virtual-desktop-infrastructure"
_BISF = "EUCweb/BIS-F, Framework/SubCall/Preparation"

_LEFT = kept(Basis.INFERRED, reference.GENERALIZE_XML)
"""No action of generalize that is known names it."""

CLOUD_JOIN = Kind(
    "cloud-join",
    CloudJoin,
    "Join to Microsoft Entra ID: certificate and tenant",
    origin=Origin.ASSIGNED,
    renews={
        Change.GENERALIZE: _LEFT,
        Change.SPECIALIZE: _LEFT,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.UNVERIFIED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="cloud-join",
    identity=lambda value: value.thumbprint,
    claims=[
        Claim("An image that will be copied must not be joined; there is guidance for such desktops.", Basis.SOURCED, _VDI),
        Claim("Sealing scripts leave the directory (dsregcmd /leave) first.", Basis.SOURCED, _BISF),
        Claim("Equal certificates on two machines: one join that was copied.", Basis.INFERRED),
        Claim(
            "A computer that never joined has the key without entries.",
            Basis.OBSERVED,
            "SYSTEM of DESKTOP-2KGM189",
        ),
    ],
    references=[_VDI, _BISF],
)

MDM_ENROLLMENT = Kind(
    "mdm-enrollment",
    MdmEnrollment,
    "MDM enrollment: identifier of the enrollment in device management",
    origin=Origin.ASSIGNED,
    renews={
        Change.GENERALIZE: _LEFT,
        Change.SPECIALIZE: _LEFT,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
    },
    namespace="mdm-enrollment",
    identity=lambda value: value.id,
    claims=[
        Claim("An equal enrollment on two machines: one that was copied.", Basis.UNVERIFIED),
        Claim("Some enrollments with fixed identifiers and without a provider come with Windows; they are left out.", Basis.UNVERIFIED),
    ],
    references=[_VDI],
)


@artifact("SYSTEM", r"CurrentControlSet\Control\CloudDomainJoin", CLOUD_JOIN, depth="full", since=(10, 0))
def cloud_join(key: Key) -> Iterator[Fact[CloudJoin]]:
    r"""State each join to the cloud: `JoinInfo\<thumbprint>`, values `TenantId` (stated) and `UserEmail` (its digest only)."""
    holder = key.find("JoinInfo")
    failures, found = Deferred(), False
    for child in () if holder is None else islice(holder.keys(), 64):
        with failures:
            optional = OptionalValues(child)
            mail = child.find_value("UserEmail")
            digest = RawDigest.of(mail.raw).sha256 if mail is not None and mail.raw else None
            found = True
            yield CLOUD_JOIN.fact(CloudJoin(child.name.lower(), optional.text("TenantId"), digest), child)
            optional.settle()
    failures.settle()
    if not found:
        raise NotFound("it was never joined to the cloud")


@artifact("SOFTWARE", r"Microsoft\Enrollments", MDM_ENROLLMENT, depth="full", since=(6, 3))
def mdm_enrollment(key: Key) -> Iterator[Fact[MdmEnrollment]]:
    r"""State each enrollment that has a provider: subkeys named by a GUID; values `ProviderID`, `EnrollmentState`, `EnrollmentType`."""
    failures, found = Deferred(), False
    for child in islice(key.keys(), 256):
        with failures:
            if child.find_value("ProviderID") is None:
                continue
            optional = OptionalValues(child)
            identity, provider = Guid.parse(child.name), optional.text("ProviderID")
            found = True
            yield MDM_ENROLLMENT.fact(
                MdmEnrollment(identity, provider, optional.number("EnrollmentState"), optional.number("EnrollmentType")), child
            )
            optional.settle()
    failures.settle()
    if not found:
        raise NotFound("it was never enrolled")
