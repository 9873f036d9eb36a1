r"""Hypervisors and clouds: services of guest tools and agents, and what Hyper-V told its guest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred, OptionalValues
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.hive import Key

Meaning = Literal["guest-tools", "cloud-agent", "conversion"]


class Service(NamedTuple):
    """One row of the table."""

    name: str
    product: str
    meaning: Meaning
    basis: Basis = Basis.UNVERIFIED


_OBSERVED = Basis.OBSERVED

SERVICES = (
    Service("VMTools", "VMware Tools", "guest-tools", _OBSERVED),
    Service("vmci", "VMware", "guest-tools", _OBSERVED),
    Service("VBoxGuest", "VirtualBox Guest Additions", "guest-tools", _OBSERVED),
    Service("VBoxService", "VirtualBox Guest Additions", "guest-tools", _OBSERVED),
    Service("BALLOON", "virtio (KVM, QEMU)", "guest-tools"),
    Service("BalloonService", "virtio (KVM, QEMU)", "guest-tools"),
    Service("netkvm", "virtio (KVM, QEMU)", "guest-tools"),
    Service("QEMU-GA", "QEMU guest agent", "guest-tools"),
    Service("vioscsi", "virtio (KVM, QEMU)", "guest-tools"),
    Service("viostor", "virtio (KVM, QEMU)", "guest-tools"),
    Service("xenbus", "Xen", "guest-tools"),
    Service("xenvbd", "Xen", "guest-tools"),
    Service("xenagent", "Xen", "guest-tools"),
    Service("prl_tools", "Parallels Tools", "guest-tools"),
    Service("prl_tg", "Parallels Tools", "guest-tools"),
    Service("Nutanix Guest Agent", "Nutanix Guest Tools", "guest-tools"),
    Service("WindowsAzureGuestAgent", "Azure guest agent", "cloud-agent"),
    Service("RdAgent", "Azure guest agent", "cloud-agent"),
    Service("GCEAgent", "Google Compute Engine agent", "cloud-agent"),
    Service("gvnic", "Google Compute Engine", "guest-tools"),
    Service("AmazonSSMAgent", "Amazon Systems Manager agent", "cloud-agent"),
    Service("AWSLiteAgent", "Amazon EC2", "cloud-agent"),
    Service("AWSNVMe", "Amazon EC2", "guest-tools"),
    Service("Ec2Config", "Amazon EC2Config", "cloud-agent"),
    Service("Amazon EC2Launch", "Amazon EC2Launch v2", "cloud-agent"),
    Service("ena", "Amazon EC2", "guest-tools"),
    Service("cloudbase-init", "cloudbase-init", "cloud-agent"),
    Service("vmware-converter-agent", "VMware vCenter Converter", "conversion"),
    Service("bmdrvr", "VMware vCenter Converter", "conversion"),
    Service("vstor2-mntapi20-shared", "VMware vCenter Converter", "conversion"),
)
"""Services that are looked for. Those of Hyper-V (`vmbus`, `vmic…`) come with Windows on every machine and show nothing."""


class HypervisorMark(msgspec.Struct, frozen=True):
    """One service of guest tools, of a cloud, or of a converter."""

    product: str
    service: str
    meaning: Meaning
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
                parts = OptionalValues(service)
                yield HYPERVISOR_MARK.fact(HypervisorMark(row.product, service.name, row.meaning, parts.number("Start")), service)
                parts.settle()
    failures.settle()
    if not found:
        raise NotFound("no service of a known hypervisor, cloud or converter")


@artifact("SOFTWARE", r"Microsoft\Virtual Machine\Guest\Parameters", HYPERV_GUEST, depth="full", since=(5, 1))
def hyperv_guest(key: Key) -> Iterator[Fact[HyperVGuest]]:
    """State virtual machine and host: values `VirtualMachineName`, `VirtualMachineId`, `HostName`, `PhysicalHostNameFullyQualified`."""
    parts = OptionalValues(key)
    guest = HyperVGuest(
        parts.text("VirtualMachineName"),
        parts.guid("VirtualMachineId"),
        parts.text("HostName"),
        parts.text("PhysicalHostNameFullyQualified") or parts.text("PhysicalHostName"),
    )
    if guest == HyperVGuest():
        parts.settle()
        raise NotFound("the key names neither machine nor host")
    yield HYPERV_GUEST.fact(guest, key)
    parts.settle()
