r"""Hypervisors and clouds: services of guest tools and agents, and what Hyper-V told its guest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred, OptionalValues
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.key import Key


class Service(NamedTuple):
    """One row of the table."""

    name: str
    product: str
    basis: Basis = Basis.UNVERIFIED


_OBSERVED = Basis.OBSERVED

SERVICES = (
    Service("VMTools", "VMware Tools", _OBSERVED),
    Service("vmci", "VMware", _OBSERVED),
    Service("VBoxGuest", "VirtualBox Guest Additions", _OBSERVED),
    Service("VBoxService", "VirtualBox Guest Additions", _OBSERVED),
    Service("BALLOON", "virtio (KVM, QEMU)"),
    Service("BalloonService", "virtio (KVM, QEMU)"),
    Service("netkvm", "virtio (KVM, QEMU)"),
    Service("QEMU-GA", "QEMU guest agent"),
    Service("vioscsi", "virtio (KVM, QEMU)"),
    Service("viostor", "virtio (KVM, QEMU)"),
    Service("xenbus", "Xen"),
    Service("xenvbd", "Xen"),
    Service("xenagent", "Xen"),
    Service("prl_tools", "Parallels Tools"),
    Service("prl_tg", "Parallels Tools"),
    Service("Nutanix Guest Agent", "Nutanix Guest Tools"),
    Service("WindowsAzureGuestAgent", "Azure guest agent"),
    Service("RdAgent", "Azure guest agent"),
    Service("GCEAgent", "Google Compute Engine agent"),
    Service("gvnic", "Google Compute Engine"),
    Service("AmazonSSMAgent", "Amazon Systems Manager agent"),
    Service("AWSLiteAgent", "Amazon EC2"),
    Service("AWSNVMe", "Amazon EC2"),
    Service("Ec2Config", "Amazon EC2Config"),
    Service("Amazon EC2Launch", "Amazon EC2Launch v2"),
    Service("ena", "Amazon EC2"),
    Service("cloudbase-init", "cloudbase-init"),
    Service("vmware-converter-agent", "VMware vCenter Converter"),
    Service("bmdrvr", "VMware vCenter Converter"),
    Service("vstor2-mntapi20-shared", "VMware vCenter Converter"),
)
"""Services that are looked for. Those of Hyper-V (`vmbus`, `vmic…`) come with Windows on every machine and show nothing."""


class HypervisorMark(msgspec.Struct, frozen=True):
    """One service of guest tools, of a cloud, or of a converter."""

    product: str
    service: str
    start: int | None = None
    """0 to 2: starts by itself; 3 on demand; 4 disabled."""


class HyperVGuest(msgspec.Struct, frozen=True):
    """What the host told its guest at the last start."""

    machine: str | None = None
    machine_id: Guid | None = None
    host: str | None = None
    physical_host: str | None = None


HYPERVISOR_MARK = Kind(
    "hypervisor-mark",
    HypervisorMark,
    "Service of a hypervisor's guest tools, of a cloud, or of a converter",
    origin=Origin.OBSERVED,
    claims=[
        Claim(
            "Guest tools of another hypervisor than the present one: the virtual machine was moved or converted.",
            Basis.INFERRED,
        ),
        Claim(
            f"Names of the services of {', '.join(dict.fromkeys(row.product for row in SERVICES if row.basis is _OBSERVED))}.",
            Basis.OBSERVED,
            "SYSTEM hives of SENSEI (VirtualBox) and DESKTOP-2KGM189 (VMware)",
        ),
        Claim("Names of all other services.", Basis.UNVERIFIED),
        Claim(
            "The services of Hyper-V are on machines that never were its guests.",
            Basis.OBSERVED,
            "SYSTEM hives of SENSEI, DESKTOP-2KGM189 and DESKTOP-PM6C56D, a laptop",
        ),
        Claim("The key's time is that of the last change to the service, often an update of the tools.", Basis.INFERRED),
    ],
)

HYPERV_GUEST = Kind(
    "hyperv-guest",
    HyperVGuest,
    "Hyper-V guest parameters: virtual machine and host of the last start",
    origin=Origin.HARDWARE,
    renews={Change.NEW_HARDWARE: always(Basis.UNVERIFIED)},
    claims=[
        Claim(
            "The host writes them at each start: they name the present virtual machine, and say nothing of its lineage.", Basis.UNVERIFIED
        ),
        Claim("The names of the values.", Basis.SOURCED, "public users of the Hyper-V guest key"),
    ],
)


@artifact("SYSTEM", r"CurrentControlSet\Services", HYPERVISOR_MARK, depth="full", since=(5, 0))
def hypervisor_mark(key: Key) -> Iterator[Fact[HypervisorMark]]:
    r"""State the services of guest tools, clouds and converters that the list of services holds; its `Start` says how they start."""
    failures, found = Deferred(), False
    for row in SERVICES:
        with failures:
            service = key.find(row.name)
            if service is not None:
                found = True
                optional = OptionalValues(service)
                yield HYPERVISOR_MARK.fact(HypervisorMark(row.product, service.name, optional.number("Start")), service)
                optional.settle()
    failures.settle()
    if not found:
        raise NotFound("no service of a known hypervisor, cloud or converter")


@artifact("SOFTWARE", r"Microsoft\Virtual Machine\Guest\Parameters", HYPERV_GUEST, depth="full", since=(5, 1))
def hyperv_guest(key: Key) -> Iterator[Fact[HyperVGuest]]:
    """State virtual machine and host: values `VirtualMachineName`, `VirtualMachineId`, `HostName`, `PhysicalHostNameFullyQualified`."""
    optional = OptionalValues(key)
    guest = HyperVGuest(
        optional.text("VirtualMachineName"),
        optional.guid("VirtualMachineId"),
        optional.text("HostName"),
        optional.text("PhysicalHostNameFullyQualified") or optional.text("PhysicalHostName"),
    )
    if guest == HyperVGuest():
        optional.settle()
        raise NotFound("the key names neither machine nor host")
    yield HYPERV_GUEST.fact(guest, key)
    optional.settle()
