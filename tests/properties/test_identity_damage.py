"""Whatever happens to the bytes of a hive: facts or a failure of evidence, never another exception, and never a secret."""

from hypothesis import given, settings
from hypothesis import strategies as st

from forensic.artifacts.declaration import ARTIFACTS
from forensic.artifacts.identity import account, domain, lsa_boot_key, lsa_policy, machine_sid, sid_changer
from forensic.artifacts.users import msa_device_id as device
from forensic.artifacts.users import profile_list, sqm
from forensic.errors import ForensicError
from forensic.model import Fact, FileTime
from forensic.model.codec import to_builtins
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ, HiveBuilder
from tests.builders.sam import MACHINE, SECRET, add_account, counted_string, sam, sid_bytes

MODULES = {module.__name__ for module in (account, device, domain, lsa_boot_key, lsa_policy, machine_sid, profile_list, sid_changer, sqm)}
MINE = [artifact for artifact in ARTIFACTS if artifact.module in MODULES]
IDENTITY = r"Software\Microsoft\IdentityCRL"
USER_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\PushNotifications"


def sam_hive():
    hive = sam()
    add_account(hive, 500, "Administrator", control=0x211)
    add_account(hive, 1001, "ann", last_logon=FileTime.from_iso("2022-02-08T20:44:05.0000000Z"))
    return hive.build()


def other_hive():
    hive = HiveBuilder()
    hive.value(r"Policy\PolAcDmS", "", 0, sid_bytes(MACHINE))
    hive.value(r"Policy\PolPrDmS", "", 0, sid_bytes("S-1-5-21-7-8-9"))
    hive.value(r"Policy\PolMachineAccountS", "", 0, sid_bytes("S-1-5-21-7-8-9-1000"))
    for name in ("PolPrDmN", "PolDnDDN", "PolAcDmN"):
        hive.value(rf"Policy\{name}", "", 0, counted_string("corp.example"))
    for name, text in (("JD", "95f34087"), ("Skew1", "ef01f6b8"), ("GBG", "9b56efd8"), ("Data", "e6a42778")):
        hive.key(rf"ControlSet001\Control\Lsa\{name}", class_name=text)
    profile = rf"Microsoft\Windows NT\CurrentVersion\ProfileList\{MACHINE}-1001"
    hive.value(profile, "Sid", REG_BINARY, sid_bytes(f"{MACHINE}-1001"))
    hive.value(profile, "State", REG_DWORD, 256)
    hive.value(rf"{IDENTITY}\ExtendedProperties", "LID", REG_SZ, "001840119A3BCB7C")
    hive.value(rf"{IDENTITY}\Immersive\production\Token\A", "DeviceId", REG_SZ, "001840119A3BCB7C")
    hive.value(rf"{IDENTITY}\Immersive\production\Token\A", "DeviceTicket", REG_BINARY, SECRET * 8)
    hive.value(USER_SETTINGS, "DatabaseMigrationCompleted", REG_DWORD, 1)
    hive.value(rf"{USER_SETTINGS}\wpnidm", "Path", REG_SZ, "C:\\")
    hive.value(r"Software\Sysinternals\NewSID", "EulaAccepted", REG_DWORD, 1)
    for path, name in ((r"Microsoft\SQMClient", "MachineId"), (r"Software\Microsoft\SQMClient", "UserId")):
        hive.value(path, name, REG_SZ, "{12FFDBA5-BE26-416D-ACA6-41D193FC4D13}")
    hive.value(r"Software\Microsoft\MediaPlayer\Player\Settings", "Client ID", REG_SZ, "{12FFDBA5-BE26-416D-ACA6-41D193FC4D13}")
    return hive.build()


HIVES = (sam_hive(), other_hive())


def paths(hive, path):
    """Fill in `*` as the collector does, for the shapes that these artifacts have."""
    path = path.replace("ControlSet*", "ControlSet001")
    if not path.endswith("*"):
        return [path]
    parent = path.removesuffix("\\*")
    try:
        return [f"{parent}\\{key.name}" for key in hive.key(parent).keys()]
    except ForensicError:
        return []


def everything(data):
    try:
        hive = open_hive(data)
    except ForensicError:
        return []
    return [fact for artifact in MINE for path in paths(hive, artifact.path) for fact in state(artifact.read, hive, path)[0]]


def test_the_sound_hives_state_every_kind():
    stated = {fact.kind for data in HIVES for fact in everything(data)}
    assert stated == {kind.name for artifact in MINE for kind in artifact.kinds}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1), st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=12))
def test_changed_bytes_end_in_facts_or_failures(which, changes):
    data = bytearray(HIVES[which])
    for offset, byte in changes:
        data[4096 + offset % (len(data) - 4096)] = byte
    for fact in everything(bytes(data)):
        assert isinstance(fact, Fact)
        assert SECRET.hex() not in str(to_builtins(fact))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1), st.integers(0, 1 << 20))
def test_a_truncated_hive_ends_in_facts_or_failures(which, size):
    data = HIVES[which]
    everything(data[: size % len(data)])
