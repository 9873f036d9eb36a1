"""The straightforward script: pytsk3's path open, python-registry, pyewf; states the facts that `forensic examine --depth triage` states.

`python -m benchmarks.naive IMAGE` prints JSON. It is what an examiner writes in an afternoon: each hive is copied out whole, then read.
`forensic examine --depth triage --format json` names the facts; what they are, `forensic explain` says. Left out is what only the program
does: places and raw bytes of every fact, transaction logs, a cross-check, damage, other eras, rules and a verdict.
"""

import io
import json
import struct
import sys

import pyewf
import pytsk3
from Registry import Registry

CURRENT = r"Microsoft\Windows NT\CurrentVersion"
SOFTWARE = {
    CURRENT: (
        "ProductName", "EditionID", "InstallationType", "CurrentVersion", "CurrentMajorVersionNumber", "CurrentMinorVersionNumber",
        "CurrentBuild", "CurrentBuildNumber", "UBR", "DisplayVersion", "ReleaseId", "BuildLab", "BuildLabEx", "CSDVersion", "ProductId",
        "InstallDate", "InstallTime", "RegisteredOwner", "RegisteredOrganization",
    ),
    r"Microsoft\Cryptography": ("MachineGuid",),
    r"Microsoft\SQMClient": ("MachineId",),
    r"Microsoft\Windows\CurrentVersion\WindowsUpdate": ("SusClientId", "SusClientIdValidation"),
    r"Microsoft\Windows\CurrentVersion\Setup\State": ("ImageState",),
}  # fmt: skip
SETUP = (
    "CmdLine", "SetupType", "SystemSetupInProgress", "OOBEInProgress", "SetupPhase", "RestartSetup", "RespecializeCmdLine", "CloneTag",
)  # fmt: skip
HARDWARE = (
    "SystemManufacturer", "SystemProductName", "SystemFamily", "SystemSKU", "SystemVersion", "BaseBoardManufacturer", "BaseBoardProduct",
    "BIOSVendor", "BIOSVersion", "BIOSReleaseDate",
)  # fmt: skip
NETWORK_CLASS = "{4d36e972-e325-11ce-bfc1-08002be10318}"


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
    try:
        file = files.open(path)
    except OSError:
        return None
    return Registry.Registry(io.BytesIO(file.read_random(0, file.info.meta.size)))


def values(registry, path, names):
    try:
        key = registry.open(path)
    except Registry.RegistryKeyNotFoundException:
        return {}
    return {"written": str(key.timestamp())} | listed(key, names)


def listed(key, names):
    found = {}
    for name in names:
        try:
            found[name] = str(key.value(name).value())
        except Registry.RegistryValueNotFoundException:
            continue
    return found


def every(registry, path, names):
    try:
        key = registry.open(path)
    except Registry.RegistryKeyNotFoundException:
        return {}
    return {child.name(): {"written": str(child.timestamp())} | listed(child, names) for child in key.subkeys()}


def sid(data):
    return "S-1-" + "-".join(map(str, [data[7], *struct.unpack(f"<{data[1]}I", data[8 : 8 + 4 * data[1]])])) if data else None


def roots(files):
    for entry in files.open_dir("/"):
        name = entry.info.name.name.decode()
        if name[0] not in "$.":
            try:
                files.open(f"/{name}/System32/config/SAM")
            except OSError:
                continue
            yield f"/{name}"


def sam(files, config):
    registry = hive(files, f"{config}/SAM")
    domain = registry.open(r"SAM\Domains\Account")
    facts = {"machine-sid": struct.unpack("<III", domain.value("V").value()[-12:])}
    facts["created"] = struct.unpack("<Q", domain.value("F").value()[8:16])
    facts["names"] = every(registry, r"SAM\Domains\Account\Users\Names", ())
    for key in domain.subkey("Users").subkeys():
        if key.name() != "Names":
            record, fixed = key.value("V").value(), key.value("F").value()
            at, size = struct.unpack("<II", record[12:20])
            facts[key.name()] = [str(key.timestamp()), record[204 + at : 204 + at + size].decode("utf-16-le"), fixed[8:16].hex()]
    return facts


def security(files, config):
    registry, facts = hive(files, f"{config}/SECURITY"), {}
    for name in (
        "PolAcDmS",
        "PolAcDmN",
        "PolPrDmS",
        "PolPrDmN",
        "PolDnDDN",
        "PolMachineAccountS",
        "PolRevision",
        "PolOldSyskey",
        "PolEKList",
    ):
        try:
            key = registry.open(f"Policy\\{name}")
        except Registry.RegistryKeyNotFoundException:
            continue
        data = key.values()[0].raw_data() if key.values() else b""
        facts[name] = [str(key.timestamp()), sid(data) if name.endswith("DmS") else data.hex() if name != "PolEKList" else ""]
    return facts


def software(files, config):
    registry = hive(files, f"{config}/SOFTWARE")
    facts = {path: values(registry, path, names) for path, names in SOFTWARE.items()}
    names = ("ProfileImagePath", "Sid", "State", "Guid")
    times = ("LocalProfileLoadTimeHigh", "LocalProfileLoadTimeLow", "LocalProfileUnloadTimeHigh", "LocalProfileUnloadTimeLow")
    facts["profiles"] = every(registry, CURRENT + r"\ProfileList", names + times)
    return facts


def system(files, config):
    registry = hive(files, f"{config}/SYSTEM")
    current = f"ControlSet{registry.open('Select').value('Current').value():03}"
    control, services = rf"{current}\Control", rf"{current}\Services"
    facts = {"select": values(registry, "Select", ("Current", "Default", "Failed", "LastKnownGood"))}
    facts["setup"] = values(registry, "Setup", SETUP)
    facts["source-os"] = [key.name() for key in registry.open("Setup").subkeys() if key.name().startswith("Source OS")]
    facts["setupcl"] = values(registry, r"Setup\SetupCl", ("ExecutionSuccessful", "RunTime", "HiveTime", "FileACLTime", "NTSTATUS"))
    facts["status"] = values(registry, r"Setup\Status\SysprepStatus", ("GeneralizationState", "CleanupState"))
    facts["timers"] = every(registry, r"Setup\Timers", ("StartLow", "StartHigh", "StopLow", "StopHigh"))
    keys = [registry.open(rf"{control}\Lsa\{name}") for name in ("JD", "Skew1", "GBG", "Data")]
    facts["lsa"] = [[str(key.timestamp()), key._nkrecord.classname()] for key in keys]  # noqa: SLF001  class names stand nowhere else
    facts["name"] = values(registry, rf"{control}\ComputerName\ComputerName", ("ComputerName",))
    facts["active"] = values(registry, rf"{control}\ComputerName\ActiveComputerName", ("ComputerName",))
    facts["portable"] = values(registry, control, ("PortableOperatingSystem",))
    facts["type"] = values(registry, rf"{control}\ProductOptions", ("ProductType",))
    facts["architecture"] = values(registry, rf"{control}\Session Manager\Environment", ("PROCESSOR_ARCHITECTURE",))
    facts["profile"] = every(registry, rf"{control}\IDConfigDB\Hardware Profiles", ("HwProfileGuid",))
    facts["hardware"] = every(registry, "HardwareConfig", HARDWARE) | values(registry, "HardwareConfig", ("LastConfig",))
    facts["smbios"] = values(registry, rf"{services}\mssmbios\Data", ("SMBiosData",))
    facts["host"] = values(registry, rf"{services}\Tcpip\Parameters", ("Hostname", "NV Hostname"))
    lease = ("EnableDHCP", "DhcpIPAddress", "IPAddress", "DhcpServer", "LeaseObtainedTime", "LeaseTerminatesTime")
    facts["interfaces"] = every(registry, rf"{services}\Tcpip\Parameters\Interfaces", lease)
    driver = ("NetCfgInstanceId", "DriverDesc", "DeviceInstanceID", "MatchingDeviceId", "NetworkAddress", "OriginalNetworkAddress")
    facts["adapters"] = every(registry, rf"{control}\Class\{NETWORK_CLASS}", driver)
    for interface in every(registry, rf"{control}\NetworkSetup2\Interfaces", ()):
        path = rf"{control}\NetworkSetup2\Interfaces\{interface}\Kernel"
        facts[interface] = values(registry, path, ("PermanentAddress", "CurrentAddress"))
    facts["duid"] = values(registry, rf"{services}\Tcpip6\Parameters", ("Dhcpv6DUID",))
    facts["mounted"] = {value.name(): value.value().hex() for value in registry.open("MountedDevices").values()}
    facts["media"] = sorted(key.timestamp() for path in (control, services) for key in registry.open(path).subkeys())
    return facts


def user(files, path):
    registry = hive(files, path)
    if registry is None:
        return None
    crl, player = r"Software\Microsoft\IdentityCRL", r"Software\Microsoft\MediaPlayer\Player\Settings"
    return [
        values(registry, crl + r"\ExtendedProperties", ("LID",)),
        every(registry, r"Software\Microsoft\Windows\CurrentVersion\PushNotifications", ()),
        values(registry, player, ("Client ID",)),
        values(registry, r"Software\Microsoft\SQMClient", ("UserId",)),
        every(registry, r"Software\Sysinternals", ("EulaAccepted",)),
    ]


def state_file(files, root):
    try:
        file = files.open(f"{root}/Setup/State/State.ini")
    except OSError:
        return None
    return file.read_random(0, file.info.meta.size).decode("utf-16")


def sysprep_tag(files, root):
    try:
        return files.open(f"{root}/System32/Sysprep/Sysprep_succeeded.tag").info.meta.mtime
    except OSError:
        return None


def installation(files, root):
    config = f"{root}/System32/config"
    facts = {
        "SAM": sam(files, config),
        "SECURITY": security(files, config),
        "SOFTWARE": software(files, config),
        "SYSTEM": system(files, config),
    }
    names = [entry.info.name.name.decode() for entry in files.open_dir("/Users")]
    facts["users"] = {name: user(files, f"/Users/{name}/NTUSER.DAT") for name in names if name not in {".", ".."}}
    facts["users"]["system"] = user(files, f"{config}/DEFAULT")
    return facts | {"state": state_file(files, root), "tag": sysprep_tag(files, root)}


def main(path):
    image = EwfImage(path) if path.endswith(".E01") else pytsk3.Img_Info(path)
    facts = {"disk-signature": image.read(440, 4).hex()}
    for part in pytsk3.Volume_Info(image):
        if part.flags != pytsk3.TSK_VS_PART_FLAG_ALLOC:
            continue
        files = pytsk3.FS_Info(image, offset=part.start * 512)
        facts[f"partition at {part.start}"] = {
            "size": part.len * 512,
            "serial": image.read(part.start * 512 + 72, 8).hex(),
            "created": files.open_meta(3).info.meta.crtime,
            "installations": {root: installation(files, root) for root in roots(files)},
        }
    print(json.dumps(facts, default=str, indent=2))


if __name__ == "__main__":
    main(sys.argv[1])
