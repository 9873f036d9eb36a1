"""Values known to come from media, vendors or defaults: data that never scores, each group with its source."""

from __future__ import annotations

from forensic.model import Guid

EMPTY_GUIDS = (Guid("00000000-0000-0000-0000-000000000000"), Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"))
"""No identifier at all: never set, or set to all ones (`BuildGUID` of current builds)."""

MEDIA_GUID_SUFFIXES = ("-7037-11de-816d-806e6f6e6963", "-0b41-11e3-8249-806e6f6e6963")
"""Ends of version-1 GUIDs that were made while media was built: on 2009-07-14 of Windows 7 (`{e29ac6c0-…}`, `{e29ac6c2-…}`), on
2013-08-22 of Windows 8.1 (`{bbed3e02-…}`, `{bbed3e08-…}`). Seen in one hive each, as hardware profile and as TCP/IP interface."""

VENDOR_SYSTEM_UUIDS = (
    *EMPTY_GUIDS,
    Guid("03000200-0400-0500-0006-000700080009"),
    Guid("00020003-0004-0005-0006-000700080009"),
    Guid("12345678-1234-5678-90ab-cddeefaabbcc"),
    Guid("4c4c4544-0000-2010-8020-80c04f202020"),
    Guid("11111111-2222-3333-4444-555555555555"),
    Guid("fefefefe-fefe-fefe-fefe-fefefefefefe"),
)
"""SMBIOS system UUIDs that firmware makers leave in place, by lists in public programs that need a unique one. The second is the first in
the byte order of older firmware; the fourth is Dell's of a board, often a replacement, into which no service tag was written."""

VENDOR_SERIALS = frozenset(
    {"", "0", "none", "default string", "system serial number", "to be filled by o.e.m.", "not specified", "not applicable", "n/a"}
)
"""SMBIOS serial numbers, in lower case, that identify nothing: general knowledge; `0` was seen on VirtualBox machines."""


def is_media_guid(guid: Guid) -> bool:
    """Return whether installation media carries this GUID, so that unrelated machines share it."""
    return guid in EMPTY_GUIDS or guid.endswith(MEDIA_GUID_SUFFIXES)


VIRTUAL_MAKERS = (
    "vmware", "qemu", "xen", "innotek", "parallels", "amazon ec2", "google", "nutanix", "red hat", "openstack", "bochs", "ovirt",
    "alibaba cloud", "tencent cloud", "digitalocean", "hetzner",
)  # fmt: skip
"""Makers, in lower case, by which the firmware of virtual machines calls itself: general knowledge; VMware and innotek seen."""


def is_virtual(manufacturer: str | None, product: str | None) -> bool:
    """Return whether firmware that names these is that of a virtual machine, as far as is known."""
    maker, model = (manufacturer or "").lower(), (product or "").lower()
    return maker.startswith(VIRTUAL_MAKERS) or model.startswith(("virtual machine", "virtualbox", "vmware", "kvm", "standard pc ("))
