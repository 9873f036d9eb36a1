r"""Traces of products that copy, deploy, seal or convert installations: files and folders by one table, registry keys by another."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from forensic.artifacts.declaration import artifact, artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.errors import ForensicError, NotFound
from forensic.model import Basis, Claim, Fact, Kind, Locator, Origin, Span

if TYPE_CHECKING:
    from forensic.registry.hive import Key, Value
    from forensic.volumes.tree import Entry, Tree
    from forensic.windows.folder import Folder

Meaning = Literal[
    "deployment", "customization", "cloud", "seal", "sid-preserving", "controller-clone", "cloning", "sid-changer", "conversion", "backup"
]  # fmt: skip


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
_CONTROLLERS = "MicrosoftDocs/windowsserverdocs, Virtualized Domain Controller Troubleshooting (event 29265)"
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
    Trace("Domain controller cloning", "%SystemRoot%/NTDS/DCCloneConfig.2*.xml", "controller-clone", _SOURCED, _CONTROLLERS),
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


class KeyTrace(NamedTuple):
    """One row of a table of registry keys."""

    product: str
    path: str
    meaning: Meaning
    basis: Basis
    source: str = ""
    values: tuple[str, ...] = ()
    """Values that are noted; a row that has some needs at least one of them to be there."""


_MDT = "scripts that read or write what the Microsoft Deployment Toolkit notes"
_UDI = "Microsoft Deployment Toolkit documentation, Branding to Reg"
_TASK_SEQUENCE = "public logs of the Configuration Manager task sequence"
_OPSI = "opsi-org, opsi-script"
_AMAZON = "public users of the key (Salt, monitoring scripts)"
_RECMD = "EricZimmerman/RECmd, BasicSystemInfo"
_HORIZON = "a public script for Horizon's instant clones"
_VDA = "public scripts for Citrix delivery agents"
_MDT_VALUES = (
    "Deployment Method",
    "Deployment Timestamp",
    "Task Sequence ID",
    "Task Sequence Name",
    "Capture Method",
    "Capture Timestamp",
)

SOFTWARE_KEYS = (
    KeyTrace("Microsoft Deployment Toolkit", r"Microsoft\Deployment 4", "deployment", _SOURCED, _MDT, _MDT_VALUES),
    KeyTrace(
        "Microsoft Deployment Toolkit with Configuration Manager",
        r"Microsoft\MPSD\OSD",
        "deployment",
        _SOURCED,
        _UDI,
        ("OSDStartTime", "OSDEndTime"),
    ),
    KeyTrace("Configuration Manager task sequence", r"Microsoft\SMS\Task Sequence", "deployment", _SOURCED, _TASK_SEQUENCE),
    KeyTrace(
        "Base Image Script Framework",
        r"Login Consultants\BISF",
        "seal",
        _SOURCED,
        _BISF,
        ("Version", "LIC_BISF_PrepState", "LIC_BISF_PersState"),
    ),
    KeyTrace("Citrix Machine Creation Services", r"Citrix\MachineIdentityServiceAgent", "sid-preserving", _SOURCED, _VDA),
    KeyTrace("VMware Horizon instant clones", r"VMware, Inc.\ViewComposer\nga", "sid-preserving", _SOURCED, _HORIZON, ("VmForked",)),
    KeyTrace("opsi", r"opsi.org\general", "deployment", _SOURCED, _OPSI),
    KeyTrace("cloudbase-init", r"Cloudbase Solutions\Cloudbase-Init", "cloud", _SOURCED, _CLOUDBASE),
    KeyTrace("Amazon machine image", r"Amazon\MachineImage", "cloud", _SOURCED, _AMAZON, ("AMIName", "AMIVersion")),
    KeyTrace(
        "Azure provisioning",
        r"Microsoft\Virtual Machine\Guest",
        "cloud",
        _SOURCED,
        _RECMD,
        ("oobeSystem_PA_CompletionTime", "GuestAgentStartTime"),
    ),
    KeyTrace("Symantec Ghost", r"Symantec\Symantec Ghost", "cloning", _UNVERIFIED),
    KeyTrace("Acronis", "Acronis", "cloning", _UNVERIFIED),
    KeyTrace("Macrium Reflect", r"Macrium\Reflect", "cloning", _UNVERIFIED),
    KeyTrace("Faronics Deep Freeze", "Faronics", "cloning", _UNVERIFIED),
    KeyTrace("Veeam", "Veeam", "backup", _UNVERIFIED),
)
SERVICE_KEYS = (
    KeyTrace("Citrix Provisioning", r"bnistack\PvsAgent", "sid-preserving", _SOURCED, _BISF,
             ("DiskName", "WriteCacheType")),
    KeyTrace("Symantec Ghost", "NGClient", "cloning", _UNVERIFIED),
    KeyTrace("FOG", "FOGService", "cloning", _UNVERIFIED),
    KeyTrace("opsi", "opsiclientd", "deployment", _UNVERIFIED),
)  # fmt: skip
"""Keys that are looked for in SOFTWARE, there below `Wow6432Node` too, and in the list of services."""

_TEXTS, _NUMBER = (1, 2), 4
_NOTE_LIMIT = 256


class ImagingProductTrace(msgspec.Struct, frozen=True):
    """One file, folder or registry key of a product that handles installations."""

    product: str
    path: str
    """Of the file or folder on its volume, or of the registry key in its hive."""
    meaning: Meaning
    """What such a product does: `deployment` applies images or answer files, `customization` runs Sysprep on a copied virtual machine,
    `cloud` prepares templates of a cloud, `seal` prepares a template, `sid-preserving` copies without a new SID by design, `cloning`
    copies disks, `sid-changer` changes the SID, `conversion` makes a virtual machine of a computer, `backup` can restore elsewhere."""
    omitted: int = 0
    """Further names that the same pattern matches."""
    notes: tuple[str, ...] = ()
    """Of a registry key: what the product noted there, each as `value: content`."""


def _claims(what: str, rows: tuple[Trace | KeyTrace, ...]) -> Iterator[Claim]:
    for source in dict.fromkeys(row.source for row in rows if row.basis is Basis.SOURCED):
        products = dict.fromkeys(row.product for row in rows if row.source == source)
        yield Claim(f"{what} of {', '.join(products)}.", Basis.SOURCED, source)
    products = dict.fromkeys(row.product for row in rows if row.basis is Basis.UNVERIFIED)
    yield Claim(f"{what}, in whole or in part, of {', '.join(products)}.", Basis.UNVERIFIED)


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
        Claim(
            "The key of the deployment toolkit is also on machines where only the toolkit itself is installed: there without notes.",
            Basis.SOURCED,
            _MDT,
        ),
        *_claims("Files and folders", TRACES),
        *_claims("Registry keys", (*SOFTWARE_KEYS, *SERVICE_KEYS)),
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


@artifact("SOFTWARE", "", IMAGING_PRODUCT_TRACE, depth="full")
def imaging_product_key(key: Key) -> Iterator[Fact[ImagingProductTrace]]:
    r"""State each key of imaging products that SOFTWARE holds, and what the product noted there; also below its `Wow6432Node`.

    Of the deployment toolkit, task and time of the deployment and of the capture; of sealing scripts, how far they came; of clouds, the
    image and the time of provisioning. Up to 256 characters of each are stated. The key's last-written time is often that of
    the deployment. NotFound when there is none.
    """
    rows = [(row, path) for row in SOFTWARE_KEYS for path in (row.path, rf"Wow6432Node\{row.path}")]
    yield from _keys(key, rows)


@artifact("SYSTEM", r"CurrentControlSet\Services", IMAGING_PRODUCT_TRACE, depth="full")
def imaging_product_service(key: Key) -> Iterator[Fact[ImagingProductTrace]]:
    """State each service of imaging products, as of the keys in SOFTWARE."""
    yield from _keys(key, [(row, row.path) for row in SERVICE_KEYS])


def _keys(root: Key, rows: list[tuple[KeyTrace, str]]) -> Iterator[Fact[ImagingProductTrace]]:
    failures, found = Deferred(), False
    for row, path in rows:
        with failures:
            key = root.find(path)
            values = [] if key is None else [value for name in row.values if (value := key.find_value(name)) is not None]
            if key is None or (row.values and not values):
                continue
            found = True
            notes = tuple(f"{value.name}: {_note(value)}" for value in values)
            yield IMAGING_PRODUCT_TRACE.fact(ImagingProductTrace(row.product, path, row.meaning, notes=notes), values[0] if values else key)
    failures.settle()
    if not found:
        raise NotFound(f"none of {len(rows)} keys of imaging products is here")


def _note(value: Value) -> str:
    if value.type in _TEXTS:
        return value.text().strip()[:_NOTE_LIMIT]
    return str(value.number()) if value.type == _NUMBER else value.raw[: _NOTE_LIMIT // 2].hex()


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
