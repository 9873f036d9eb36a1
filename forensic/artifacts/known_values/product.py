"""Products that copy, deploy, seal or convert installations: what each does, and by which files, folders and keys it is known."""

from __future__ import annotations

from typing import Literal, NamedTuple

from forensic.model import Basis

Meaning = Literal[
    "deployment", "customization", "cloud", "seal", "sid-preserving", "controller-clone", "cloning", "sid-changer", "conversion", "backup"
]  # fmt: skip
"""What such a product does: `deployment` applies images or answer files, `customization` runs Sysprep on a copied virtual machine,
`cloud` prepares templates of a cloud, `seal` prepares a template, `sid-preserving` copies without a new SID by design, `controller-clone`
copies a domain controller as Microsoft supports it, `cloning` copies disks, `sid-changer` changes the SID, `conversion` makes a virtual
machine of a computer, `backup` can restore elsewhere."""


class Trace(NamedTuple):
    """One row of the table."""

    product: str
    path: str
    """Begins with `%SystemDrive%`, `%SystemRoot%`, `%ProgramFiles%` (both of them) or `%ProgramData%`; ends with `/` for a folder; only the
    last component may hold `*`."""
    meaning: Meaning
    basis: Basis
    source: str = ""


BISF = "EUCweb/BIS-F, Framework/SubCall/Preparation"
_VSPHERE = "public write-ups of vSphere guest customization logs"
_MARKER = "public notes of administrators on the marks of guest customization"
_GCE = "GoogleCloudPlatform/compute-image-windows, sysprep"
_CLOUDBASE = "cloudbase/cloudbase-init"
_CONTROLLERS = "MicrosoftDocs/windowsserverdocs, Virtualized Domain Controller Troubleshooting (event 29265)"
_SOURCED, _UNVERIFIED = Basis.SOURCED, Basis.UNVERIFIED

TRACES = (
    Trace("VMware guest customization", "%SystemRoot%/Temp/vmware-imc/", "customization", _SOURCED, _VSPHERE),
    Trace("VMware guest customization", "%SystemRoot%/Temp/vmware-imc/guestcust.log", "customization", _SOURCED, _VSPHERE),
    Trace("VMware guest customization", "%SystemRoot%/Temp/vmware-imc/toolsDeployPkg.log", "customization", _SOURCED, _VSPHERE),
    Trace("VMware guest customization", "%SystemRoot%/.post-gc-status", "customization", _SOURCED, _MARKER),
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
    Trace("Base Image Script Framework", "%SystemRoot%/Logs/PrepBISF_*", "seal", _SOURCED, BISF),
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
    # Whole schools share one SID by design (linuxmuster/linuxmuster-linbo7, issue 145); the paths are not verified.
    Trace("LINBO", "%SystemDrive%/linuxmuster*", "sid-preserving", _UNVERIFIED),
    Trace("LINBO", "%SystemDrive%/linbo*", "sid-preserving", _UNVERIFIED),
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


MDT = "scripts that read or write what the Microsoft Deployment Toolkit notes"
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

_TASKS = r"Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree"
SOFTWARE_KEYS = (
    KeyTrace("VMware guest customization", rf"{_TASKS}\VMware Guest OS Customization Task", "customization", _SOURCED, _MARKER),
    KeyTrace("Microsoft Deployment Toolkit", r"Microsoft\Deployment 4", "deployment", _SOURCED, MDT, _MDT_VALUES),
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
        BISF,
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
    KeyTrace("Citrix Provisioning", r"bnistack\PvsAgent", "sid-preserving", _SOURCED, BISF,
             ("DiskName", "WriteCacheType")),
    KeyTrace("Symantec Ghost", "NGClient", "cloning", _UNVERIFIED),
    KeyTrace("FOG", "FOGService", "cloning", _UNVERIFIED),
    KeyTrace("opsi", "opsiclientd", "deployment", _UNVERIFIED),
)  # fmt: skip
"""Keys that are looked for in SOFTWARE, there below `Wow6432Node` too, and in the list of services."""

_MEANINGS = {row.product: row.meaning for row in reversed(TRACES)} | {row.product: row.meaning for row in SOFTWARE_KEYS + SERVICE_KEYS}
_CUSTOMIZATION_LOG = "guestcust.log"
"""Of VMware's guest customization, in whatever folder it lies."""


def meaning_of(product: str, path: str) -> Meaning | None:
    """Return what the product does of which `path` is a trace; None where this version does not know it."""
    return "customization" if path.lower().endswith(_CUSTOMIZATION_LOG) else _MEANINGS.get(product)
