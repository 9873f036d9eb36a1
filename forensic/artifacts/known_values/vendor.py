"""Vendors: what firmware makers leave in place, and by what the firmware of virtual machines is known."""

from __future__ import annotations

from forensic.artifacts.known_values import KnownValue
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.model import Basis, Guid

_LISTS = "lists in public programs that need a unique UUID"
_GENERAL = "general knowledge, no document"
_SOURCED, _OBSERVED, _UNVERIFIED = Basis.SOURCED, Basis.OBSERVED, Basis.UNVERIFIED

VENDOR_SYSTEM_UUIDS = EMPTY_GUIDS | {
    Guid("03000200-0400-0500-0006-000700080009"): KnownValue("several makers' placeholder", _SOURCED, _LISTS),
    Guid("00020003-0004-0005-0006-000700080009"): KnownValue("the same, in the byte order of older firmware", _SOURCED, _LISTS),
    Guid("12345678-1234-5678-90ab-cddeefaabbcc"): KnownValue("several makers' placeholder", _SOURCED, _LISTS),
    Guid("4c4c4544-0000-2010-8020-80c04f202020"): KnownValue(
        "a board of Dell's, often a replacement, into which no service tag was written", _SOURCED, _LISTS
    ),
    Guid("11111111-2222-3333-4444-555555555555"): KnownValue("several makers' placeholder", _SOURCED, _LISTS),
    Guid("fefefefe-fefe-fefe-fefe-fefefefefefe"): KnownValue("several makers' placeholder", _SOURCED, _LISTS),
}
"""SMBIOS system UUIDs that firmware makers leave in place."""

VIRTUAL_MAKERS = {
    "vmware": KnownValue("VMware", _OBSERVED, "SYSTEM of DESKTOP-2KGM189"),
    "innotek": KnownValue("VirtualBox", _OBSERVED, "SYSTEM of SENSEI"),
} | {
    maker: KnownValue(product, _UNVERIFIED, _GENERAL)
    for maker, product in (
        ("qemu", "QEMU"),
        ("xen", "Xen"),
        ("parallels", "Parallels"),
        ("amazon ec2", "Amazon EC2"),
        ("google", "Google Compute Engine"),
        ("nutanix", "Nutanix AHV"),
        ("red hat", "KVM, as Red Hat builds it"),
        ("openstack", "OpenStack"),
        ("bochs", "Bochs, and QEMU with its BIOS"),
        ("ovirt", "oVirt"),
        ("alibaba cloud", "Alibaba Cloud"),
        ("tencent cloud", "Tencent Cloud"),
        ("digitalocean", "DigitalOcean"),
        ("hetzner", "Hetzner Cloud"),
    )
}
"""Beginnings of the maker's name, in lower case, in the firmware of virtual machines."""
VIRTUAL_MODELS = ("virtual machine", "virtualbox", "vmware", "kvm", "standard pc (")
"""Beginnings of the product's name there, for makers that build computers too: general knowledge; VirtualBox and VMware seen."""


def is_virtual(manufacturer: str | None, product: str | None) -> bool:
    """Return whether firmware that names these is that of a virtual machine, as far as is known."""
    maker, model = (manufacturer or "").lower(), (product or "").lower()
    return maker.startswith(tuple(VIRTUAL_MAKERS)) or model.startswith(VIRTUAL_MODELS)


HYPERVISOR_CARDS = {
    "00:05:69": "VMware",
    "00:0c:29": "VMware",
    "00:1c:14": "VMware",
    "00:50:56": "VMware",
    "00:15:5d": "Microsoft Hyper-V",
    "08:00:27": "VirtualBox",
    "00:16:3e": "Xen",
    "00:1c:42": "Parallels",
}
"""First halves of the hardware addresses of virtual network cards: address blocks of the IEEE that these products use."""


def is_of_hypervisor(mac: str) -> bool:
    """Return whether a hypervisor gave this hardware address to a virtual network card."""
    return mac[:8].lower() in HYPERVISOR_CARDS
