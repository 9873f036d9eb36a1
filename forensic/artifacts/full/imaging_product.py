"""Traces of products that copy, deploy, seal or convert installations: their files and folders, by one table."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.part import Deferred
from forensic.errors import ForensicError, NotFound
from forensic.model import Basis, Claim, Fact, Kind, Locator, Origin, Span

if TYPE_CHECKING:
    from forensic.volumes.tree import Entry, Tree
    from forensic.windows.folder import Folder

Meaning = Literal["deployment", "customization", "cloud", "seal", "sid-preserving", "cloning", "sid-changer", "conversion", "backup"]


class Trace(NamedTuple):
    """One row of the table."""

    product: str
    path: str
    """Begins with `%SystemDrive%`, `%SystemRoot%`, `%ProgramFiles%` (both of them) or `%ProgramData%`; ends with `/` for a folder; only the
    last component may hold `*`."""
    meaning: Meaning
    basis: Basis
    source: str = ""


_BISF = "EUCweb/BIS-F, Framework/SubCall/Preparation"
_VSPHERE = "public write-ups of vSphere guest customization logs"
_GCE = "GoogleCloudPlatform/compute-image-windows, sysprep"
_CLOUDBASE = "cloudbase/cloudbase-init"
_SOURCED, _UNVERIFIED = Basis.SOURCED, Basis.UNVERIFIED

TRACES = (
    Trace("VMware guest customization", "%SystemRoot%/Temp/vmware-imc/", "customization", _SOURCED, _VSPHERE),
    Trace("VMware guest customization", "%SystemRoot%/Temp/vmware-imc/guestcust.log", "customization", _SOURCED, _VSPHERE),
    Trace("VMware guest customization", "%SystemRoot%/Temp/vmware-imc/toolsDeployPkg.log", "customization", _SOURCED, _VSPHERE),
    Trace("Sysprep folder on the drive", "%SystemDrive%/sysprep/", "deployment", _SOURCED, _VSPHERE),
    Trace("Sysprep folder on the drive", "%SystemDrive%/sysprep/guestcust.log", "customization", _UNVERIFIED),
    Trace("cloudbase-init", "%ProgramFiles%/Cloudbase Solutions/", "cloud", _SOURCED, _CLOUDBASE),
    Trace("Google Compute Engine", "%ProgramFiles%/Google/Compute Engine/sysprep/", "cloud", _SOURCED, _GCE),
    Trace("Google Compute Engine", "%ProgramFiles%/Google/Compute Engine/", "cloud", _SOURCED, _GCE),
    Trace("Amazon EC2Config", "%ProgramFiles%/Amazon/Ec2ConfigService/", "cloud", _UNVERIFIED),
    Trace("Amazon EC2Launch", "%ProgramData%/Amazon/EC2-Windows/Launch/", "cloud", _UNVERIFIED),
    Trace("Amazon EC2Launch v2", "%ProgramData%/Amazon/EC2Launch/", "cloud", _UNVERIFIED),
    Trace("Azure guest agent", "%SystemDrive%/WindowsAzure/", "cloud", _UNVERIFIED),
    Trace("Azure provisioning", "%SystemRoot%/OEM/SetupComplete*.cmd", "cloud", _UNVERIFIED),
    Trace("Microsoft Deployment Toolkit", "%SystemDrive%/MININT/", "deployment", _UNVERIFIED),
    Trace("Microsoft Deployment Toolkit", "%SystemRoot%/Temp/DeploymentLogs/", "deployment", _UNVERIFIED),
    Trace("Configuration Manager task sequence", "%SystemDrive%/_SMSTaskSequence/", "deployment", _UNVERIFIED),
    Trace("Configuration Manager task sequence", "%SystemRoot%/CCM/Logs/smsts*.log", "deployment", _UNVERIFIED),
    Trace("Windows Deployment, custom scripts", "%SystemRoot%/Setup/Scripts/SetupComplete.cmd", "deployment", _UNVERIFIED),
    Trace("Base Image Script Framework", "%SystemRoot%/Logs/PrepBISF_*", "seal", _SOURCED, _BISF),
    Trace("Base Image Script Framework", "%ProgramFiles%/Base Image Script Framework (BIS-F)/", "seal", _UNVERIFIED),
    Trace("Citrix Provisioning or Machine Creation Services", "%SystemDrive%/Personality.ini", "sid-preserving", _UNVERIFIED),
    Trace("Citrix Machine Creation Services", "%ProgramFiles%/Citrix/PvsVm/", "sid-preserving", _UNVERIFIED),
    Trace("Citrix Provisioning", "%ProgramFiles%/Citrix/Provisioning Services/", "sid-preserving", _UNVERIFIED),
    Trace("VMware Horizon instant clones", "%ProgramFiles%/VMware/VMware View/Composer Guest Agent/", "sid-preserving", _UNVERIFIED),
    Trace("VMware Horizon QuickPrep", "%ProgramData%/VMware/View Composer/", "sid-preserving", _UNVERIFIED),
    Trace("Symantec Ghost", "%SystemDrive%/ghost/", "cloning", _UNVERIFIED),
    Trace("Symantec Ghost", "%ProgramFiles%/Symantec/Ghost/", "cloning", _UNVERIFIED),
    Trace("Symantec Ghost", "%SystemDrive%/ghost*.exe", "cloning", _UNVERIFIED),
    Trace("Ghost Walker", "%SystemDrive%/ghstwalk.exe", "sid-changer", _UNVERIFIED),
    Trace("Ghost Walker", "%SystemDrive%/ghost/ghstwalk.exe", "sid-changer", _UNVERIFIED),
    Trace("Altiris Deployment Solution", "%ProgramFiles%/Altiris/", "deployment", _UNVERIFIED),
    Trace("LINBO", "%SystemDrive%/linuxmuster*", "cloning", _UNVERIFIED),
    Trace("LINBO", "%SystemDrive%/linbo*", "cloning", _UNVERIFIED),
    Trace("opsi", "%ProgramFiles%/opsi.org/", "deployment", _UNVERIFIED),
    Trace("opsi", "%SystemDrive%/opsi.org/", "deployment", _UNVERIFIED),
    Trace("FOG", "%ProgramFiles%/FOG/", "cloning", _UNVERIFIED),
    Trace("FOG", "%SystemDrive%/fog.log", "cloning", _UNVERIFIED),
    Trace("FOG", "%SystemDrive%/fog.cfg", "cloning", _UNVERIFIED),
    Trace("Acronis True Image", "%ProgramFiles%/Acronis/", "cloning", _UNVERIFIED),
    Trace("Macrium Reflect", "%ProgramFiles%/Macrium/", "cloning", _UNVERIFIED),
    Trace("EaseUS Todo Backup", "%ProgramFiles%/EaseUS/", "cloning", _UNVERIFIED),
    Trace("AOMEI Backupper", "%ProgramFiles%/AOMEI*", "cloning", _UNVERIFIED),
    Trace("Paragon", "%ProgramFiles%/Paragon Software/", "cloning", _UNVERIFIED),
    Trace("Veeam", "%ProgramFiles%/Veeam/", "backup", _UNVERIFIED),
    Trace("VMware vCenter Converter agent", "%ProgramFiles%/VMware/VMware vCenter Converter Agent/", "conversion", _UNVERIFIED),
    Trace("VMware vCenter Converter", "%ProgramFiles%/VMware/VMware vCenter Converter Standalone/", "conversion", _UNVERIFIED),
    Trace("VMware vCenter Converter", "%ProgramData%/VMware/VMware vCenter Converter Standalone/", "conversion", _UNVERIFIED),
    Trace("PlateSpin", "%ProgramFiles%/PlateSpin*", "conversion", _UNVERIFIED),
    Trace("Packer", "%SystemDrive%/packer*", "deployment", _UNVERIFIED),
    Trace("Faronics Deep Freeze", "%ProgramFiles%/Faronics/", "cloning", _UNVERIFIED),
    Trace("SIDCHG", "%SystemDrive%/sidchg*", "sid-changer", _UNVERIFIED),
    Trace("NewSID", "%SystemDrive%/newsid*", "sid-changer", _UNVERIFIED),
)  # fmt: skip
"""Every place that is looked at, what it means, and how well that is known."""


class ImagingProductTrace(msgspec.Struct, frozen=True):
    """One file or folder of a product that handles installations."""

    product: str
    path: str
    meaning: Meaning
    """What such a product does: `deployment` applies images or answer files, `customization` runs Sysprep on a copied virtual machine,
    `cloud` prepares templates of a cloud, `seal` prepares a template, `sid-preserving` copies without a new SID by design, `cloning`
    copies disks, `sid-changer` changes the SID, `conversion` makes a virtual machine of a computer, `backup` can restore elsewhere."""
    omitted: int = 0
    """Further names that the same pattern matches."""


def _claims() -> Iterator[Claim]:
    for source in dict.fromkeys(trace.source for trace in TRACES if trace.basis is Basis.SOURCED):
        products = dict.fromkeys(trace.product for trace in TRACES if trace.source == source)
        yield Claim(f"Paths of {', '.join(products)}.", Basis.SOURCED, source)
    products = dict.fromkeys(trace.product for trace in TRACES if trace.basis is Basis.UNVERIFIED)
    yield Claim(f"Paths, in whole or in part, of {', '.join(products)}.", Basis.UNVERIFIED)


IMAGING_PRODUCT_TRACE = Kind(
    "imaging-product-trace",
    ImagingProductTrace,
    "Trace of a product that copies, deploys, seals or converts installations",
    origin=Origin.OBSERVED,
    claims=(
        Claim("A product that is installed need not have been used on this installation: a trace alone proves nothing.", Basis.INFERRED),
        Claim(
            "vSphere customization changes the SID through Sysprep on Vista and later; a clone made without it keeps the SID.",
            Basis.SOURCED,
            "VMware API, CustomizationWinOptions, changeSID",
        ),
        Claim("cloudbase-init changes no SID by itself.", Basis.SOURCED, "cloudbase/cloudbase-init, issue 115"),
        Claim("BIS-F seals for Citrix on purpose without Sysprep: copies share one SID.", Basis.SOURCED, _BISF),
        Claim("Ghost Walker may have run from DOS, which leaves no trace of its execution.", Basis.UNVERIFIED),
        *_claims(),
    ),
)


@artifact_folder("%SystemRoot%", IMAGING_PRODUCT_TRACE)
def imaging_product_trace(folder: Folder) -> Iterator[Fact[ImagingProductTrace]]:
    """State each file and folder of the table of imaging products that exists.

    Looked for in the drive's root, the system root, `Program Files`, `Program Files (x86)` and `ProgramData`; the folders are listed once,
    and nothing in the files is read. Links are not followed. NotFound when there is none.
    """
    places, failures, found = _Places(folder), Deferred(), False
    for trace in TRACES:
        for path in places.resolve(trace.path):
            with failures:
                matches = places.matches(path)
                if matches:
                    found, (name, is_directory) = True, matches[0]
                    value = ImagingProductTrace(trace.product, name, trace.meaning, len(matches) - 1)
                    place = Span(Locator(volume=folder.tree.volume, file=name), b"") if is_directory else folder.tree.open(name)
                    yield IMAGING_PRODUCT_TRACE.fact(value, place)
    failures.settle()
    if not found:
        raise NotFound(f"none of {len(TRACES)} places exists")


class _Places:
    """Listings of folders, each made once."""

    def __init__(self, folder: Folder) -> None:
        self._tree: Tree = folder.tree
        drive = folder.path.rpartition("/")[0]
        self._roots = {
            "%SystemRoot%": [folder.path],
            "%SystemDrive%": [drive],
            "%ProgramFiles%": [f"{drive}/Program Files", f"{drive}/Program Files (x86)"],
            "%ProgramData%": [f"{drive}/ProgramData"],
        }
        self._listings: dict[str, dict[str, Entry] | ForensicError] = {folder.path: _by_name(folder.entries())}

    def resolve(self, path: str) -> Iterator[str]:
        """Yield the paths that a row of the table means."""
        variable, _, rest = path.partition("/")
        for root in self._roots[variable]:
            yield f"{root}/{rest}".lstrip("/")

    def matches(self, path: str) -> list[tuple[str, bool]]:
        """Return what exists of `path` as it is spelled there, and whether it is a folder."""
        *parents, last = path.rstrip("/").split("/")
        folder = ""
        for name in parents:
            entry = next((entry for entry in self._named(folder, name) if entry.is_directory), None)
            if entry is None:
                return []
            folder = f"{folder}/{entry.name}".lstrip("/")
        wanted = self._named(folder, last)
        return [(f"{folder}/{entry.name}".lstrip("/"), entry.is_directory) for entry in wanted if entry.is_directory or path[-1] != "/"]

    def _named(self, folder: str, name: str) -> list[Entry]:
        listing, name = self._listing(folder), name.lower()
        if "*" in name:
            return [entry for lower, entry in listing.items() if fnmatch.fnmatchcase(lower, name)]
        return [listing[name]] if name in listing else []

    def _listing(self, folder: str) -> dict[str, Entry]:
        if folder not in self._listings:
            try:
                self._listings[folder] = _by_name(self._tree.list(folder))
            except NotFound:
                self._listings[folder] = {}
            except ForensicError as error:
                self._listings[folder] = error
        listing = self._listings[folder]
        if isinstance(listing, ForensicError):
            raise listing
        return listing


def _by_name(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.name.lower(): entry for entry in entries if not entry.is_link}
