"""Which Windows it is, from whichever of the two hives there are."""

import pytest

from forensic.windows.release import CURRENT_VERSION, read_release
from tests.artifacts.reading import open_hive
from tests.builders.hive import REG_DWORD, REG_SZ, HiveBuilder


def release(version, build="", product_type=None, **texts):
    software = HiveBuilder()
    if version == "10.0":
        software.value(CURRENT_VERSION, "CurrentMajorVersionNumber", REG_DWORD, 10)
    texts |= {"CurrentVersion": "6.3" if version == "10.0" else version, "CurrentBuildNumber": build}
    for name, text in texts.items():
        software.value(CURRENT_VERSION, name, REG_SZ, text)
    if product_type is None:
        return read_release(open_hive(software).root, None)
    system = HiveBuilder(file_name="SYSTEM")
    system.value(r"Control\ProductOptions", "ProductType", REG_SZ, product_type)
    return read_release(open_hive(software).root, open_hive(system).root)


@pytest.mark.parametrize(("version", "name", "era"), [
    ("5.1", "Microsoft Windows XP", "xp"),
    ("5.2", "Microsoft Windows Server 2003 R2", "2003"),
    ("5.2", "Microsoft Windows XP", "xp"),
    ("6.0", "Windows Server (R) 2008 Standard", "2008"),
    ("6.3", "Hyper-V Server 2012 R2", "2012r2"),
    ("5.2", "", None),
    ("5.0", "", "2000"),
    ("4.0", "", "nt4"),
    ("3.51", "", None),
])  # fmt: skip
def test_without_a_product_type_the_name_tells_a_server_and_nothing_tells_no_release(version, name, era):
    assert release(version, **{"ProductName": name} if name else {}).era == era


@pytest.mark.parametrize(("build", "product_type", "kind", "era", "role"), [
    ("19045", "WinNT", "Client", "10", "workstation"),
    ("19045", "ServerNT", "Client", "10", "server"),
    ("22631", "ServerNT", "Client", "11", "server"),
    ("20348", "ServerNT", "Server Core", "2022", "server"),
    ("14393", "LanmanNT", "", "2016", "domain-controller"),
    ("14393", None, "Nano Server", "2016", None),
    ("26100", None, "", None, None),
])  # fmt: skip
def test_a_client_for_several_users_at_once_is_a_client_with_the_role_of_a_server(build, product_type, kind, era, role):
    found = release("10.0", build, product_type, **{"InstallationType": kind} if kind else {})
    assert (found.era, found.role) == (era, role)


def test_windows_pe_says_so_in_its_installation_type():
    assert release("10.0", "19041", InstallationType="WindowsPE").is_preinstallation
    assert not release("10.0", "19041", InstallationType="Client").is_preinstallation
