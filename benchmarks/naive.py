"""The straightforward script: pytsk3's path open, python-registry, pyewf; states the facts that `forensic examine --depth triage` states.

`python -m benchmarks.naive IMAGE` prints JSON. It is what an examiner writes in an afternoon: hives are copied out whole, then read.
"""

import io
import json
import struct
import sys

import pyewf
import pytsk3
from Registry import Registry

CONFIG = "/Windows/System32/config"
CURRENT = r"Microsoft\Windows NT\CurrentVersion"
SOFTWARE = {
    CURRENT: ("ProductName", "EditionID", "CurrentVersion", "CurrentBuild", "UBR", "BuildLabEx", "ProductId", "InstallDate", "InstallTime"),
    r"Microsoft\Cryptography": ("MachineGuid",),
    r"Microsoft\SQMClient": ("MachineId",),
    r"Microsoft\Windows\CurrentVersion\WindowsUpdate": ("SusClientId", "SusClientIdValidation", "PingID", "AccountDomainSid"),
    r"Microsoft\Windows\CurrentVersion\Setup\State": ("ImageState",),
    CURRENT + r"\SoftwareProtectionPlatform": ("SkipRearm",),
}
SETUP = ("CmdLine", "SetupType", "SystemSetupInProgress", "OOBEInProgress", "SetupPhase", "RestartSetup", "RespecializeCmdLine", "CloneTag")


class EwfImage(pytsk3.Img_Info):
    def __init__(self, path):
        self.handle = pyewf.handle()
        self.handle.open(pyewf.glob(path))
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def close(self):
        self.handle.close()

    def read(self, offset, size):
        self.handle.seek(offset)
        return self.handle.read(size)

    def get_size(self):
        return self.handle.get_media_size()


def hive(files, path):
    file = files.open(path)
    return Registry.Registry(io.BytesIO(file.read_random(0, file.info.meta.size)))


def values(registry, path, names):
    try:
        key = registry.open(path)
    except Registry.RegistryKeyNotFoundException:
        return {}
    found = {"written": str(key.timestamp())}
    for name in names:
        try:
            found[name] = str(key.value(name).value())
        except Registry.RegistryValueNotFoundException:
            continue
    return found


def every(registry, path, names):
    try:
        return {key.name(): values(registry, f"{path}\\{key.name()}", names) for key in registry.open(path).subkeys()}
    except Registry.RegistryKeyNotFoundException:
        return {}


def machine(files):
    facts = {}
    sam = hive(files, f"{CONFIG}/SAM")
    facts["machine-sid"] = struct.unpack("<III", sam.open(r"SAM\Domains\Account").value("V").value()[-12:])
    facts["accounts"] = [key.name() for key in sam.open(r"SAM\Domains\Account\Users\Names").subkeys()]
    security = hive(files, f"{CONFIG}/SECURITY")
    for name in ("PolAcDmS", "PolAcDmN", "PolPrDmS", "PolPrDmN", "PolDnDDN", "PolRevision", "PolOldSyskey", "PolEKList"):
        facts[name] = values(security, f"Policy\\{name}", ("(default)",))
    software = hive(files, f"{CONFIG}/SOFTWARE")
    for path, names in SOFTWARE.items():
        facts[path] = values(software, path, names)
    facts["profiles"] = every(software, CURRENT + r"\ProfileList", ("ProfileImagePath", "Sid", "State"))
    system = hive(files, f"{CONFIG}/SYSTEM")
    current = f"ControlSet{system.open('Select').value('Current').value():03}"
    control, services = rf"{current}\Control", rf"{current}\Services"
    facts["setup"] = values(system, "Setup", SETUP)
    facts["setupcl"] = values(system, r"Setup\SetupCl", ("ExecutionSuccessful", "RunTime", "HiveTime", "FileACLTime"))
    facts["status"] = values(system, r"Setup\Status\SysprepStatus", ("GeneralizationState", "CleanupState"))
    facts["passes"] = values(system, r"Setup\Status\UnattendPasses", ("specialize", "oobeSystem"))
    facts["timers"] = every(system, r"Setup\Timers", ("StartLow", "StartHigh", "StopLow", "StopHigh"))
    facts["lsa"] = [str(system.open(rf"{control}\Lsa\{name}").timestamp()) for name in ("JD", "Skew1", "GBG", "Data")]
    facts["name"] = values(system, rf"{control}\ComputerName\ComputerName", ("ComputerName",))
    facts["type"] = values(system, rf"{control}\ProductOptions", ("ProductType",))
    facts["profile"] = values(system, rf"{control}\IDConfigDB\Hardware Profiles\0001", ("HwProfileGuid",))
    facts["information"] = values(system, rf"{control}\SystemInformation", ("SystemManufacturer", "SystemProductName"))
    facts["hardware"] = every(system, "HardwareConfig", ("SystemManufacturer", "SystemProductName", "BIOSVersion"))
    facts["host"] = values(system, rf"{services}\Tcpip\Parameters", ("Hostname", "NV Hostname"))
    facts["interfaces"] = every(system, rf"{services}\Tcpip\Parameters\Interfaces", ("DhcpIPAddress", "LeaseObtainedTime"))
    facts["adapters"] = every(
        system, control + r"\Class\{4d36e972-e325-11ce-bfc1-08002be10318}", ("NetCfgInstanceId", "DriverDesc", "DeviceInstanceID")
    )
    facts["duid"] = values(system, rf"{services}\Tcpip6\Parameters", ("Dhcpv6DUID",))
    facts["mounted"] = {value.name(): value.value().hex() for value in system.open("MountedDevices").values()}
    facts["media"] = [str(key.timestamp()) for key in system.open(services).subkeys()]
    return facts


def users(files):
    facts = {}
    for entry in files.open_dir("/Users"):
        name = entry.info.name.name.decode()
        if name in {".", ".."}:
            continue
        user = hive(files, f"/Users/{name}/NTUSER.DAT")
        crl = r"Software\Microsoft\IdentityCRL"
        facts[name] = [
            values(user, crl + r"\ExtendedProperties", ("LID",)),
            every(user, crl + r"\Immersive\production\Token", ("DeviceId",)),
            values(user, r"Software\Microsoft\MediaPlayer\Player\Settings", ("Client ID",)),
            values(user, r"Software\Microsoft\SQMClient", ("UserId",)),
            values(user, r"Software\Sysinternals\NewSID", ("EulaAccepted",)),
        ]
    return facts


def main(path):
    image = EwfImage(path) if path.endswith(".E01") else pytsk3.Img_Info(path)
    for part in pytsk3.Volume_Info(image):
        if part.flags == pytsk3.TSK_VS_PART_FLAG_ALLOC:
            files = pytsk3.FS_Info(image, offset=part.start * 512)
            print(json.dumps(machine(files) | {"users": users(files)}, default=str))


if __name__ == "__main__":
    main(sys.argv[1])
