"""The identity of real machines, against values that python-registry gave, read by hand."""

import io
import struct

import pytest

from forensic.artifacts.identity.account import account_sid
from forensic.artifacts.identity.domain import account_domain_name, domain_name, domain_sid, machine_account_sid
from forensic.artifacts.identity.lsa_boot_key import lsa_boot_key, lsa_boot_key_time
from forensic.artifacts.identity.lsa_policy import lsa_policy_time
from forensic.artifacts.identity.machine_sid import SAM_DOMAIN_CREATED, machine_sid, machine_sid_of_policy, sam_domain_created
from forensic.artifacts.identity.sid_changer import newsid_trace
from forensic.artifacts.users.msa_device_id import (
    media_player_client_id,
    msa_device_id,
    msa_device_ticket,
    msa_token_device_id,
    push_notification_state,
)
from forensic.artifacts.users.sqm import sqm_user_id
from forensic.errors import Malformed, NotFound
from tests.artifacts.reading import open_real, state
from tests.conftest import real_files

ACCOUNT = r"SAM\Domains\Account"

PAIRS = [
    # SAM, SECURITY, machine SID, when it was written, when the domain was created, domain SID, name of the computer
    ("hives/m57-pat-xp/SAM", "hives/m57-pat-xp/SECURITY", "S-1-5-21-1292428093-1645522239-1547161642",
     "2009-11-08T15:35:15.2187500Z", "2009-11-08T15:35:15.2656250Z", None, "M57-PAT"),
    ("hives/msedgewin10/SAM", "hives/msedgewin10/SECURITY", "S-1-5-21-4144202625-3024446806-325092953",
     "2016-03-22T20:54:09.1175412Z", "2016-03-22T20:54:09.1332480Z", None, "MSEDGEWIN10"),
    ("hives/ericzimmerman/SAM", "hives/ericzimmerman/SECURITY", "S-1-5-21-3064465268-1549819264-574340205",
     "2014-07-03T18:05:37.5744279Z", "2014-07-03T18:05:37.5900530Z", "S-1-5-21-727398572-3617256236-2003601904", "2JQQWP1"),
    ("machines/win10-rathbun/Registry/SAM", "machines/win10-rathbun/Registry/SECURITY", "S-1-5-21-2290304894-658537038-505560459",
     "2022-02-05T22:17:40.7938975Z", "2022-02-05T22:17:40.8840889Z", None, "DESKTOP-GNCCVRK"),
    ("machines/win10-belkasoft/Registry/SAM", "machines/win10-belkasoft/Registry/SECURITY", "S-1-5-21-672274782-2342008316-3472871522",
     "2020-08-01T21:47:59.4766381Z", "2020-08-01T21:47:59.6339127Z", "S-1-5-21-3064058907-2826536974-2889819764", "DESKTOP-23PS6ES"),
    ("hives/servers/win2008_32/sam.reg", "hives/servers/win2008_32/security.reg", "S-1-5-21-589621100-4099512711-419229089",
     "2023-02-07T18:48:36.4856576Z", "2023-02-07T18:48:36.4856576Z", "S-1-5-21-2275648644-3942841253-2971125818", "WIN-FZHK9QZNE1O"),
    ("hives/servers/win2008r2_64/sam.reg", "hives/servers/win2008r2_64/security.reg", "S-1-5-21-1245377938-162839305-2294755303",
     "2023-02-07T18:26:57.9864149Z", "2023-02-07T18:26:57.9864149Z", "S-1-5-21-664776169-1866141539-3234210782", "WIN-H7QT5JD3494"),
    ("hives/servers/win2012_64/sam.reg", "hives/servers/win2012_64/security.reg", "S-1-5-21-2633610193-2350519190-1461333034",
     "2023-02-08T03:29:59.3555617Z", "2023-02-08T03:29:59.3555617Z", "S-1-5-21-3242107621-661933761-745066312", "WIN-E0V8E8CNRR7"),
    ("hives/servers/win2016_64/sam.reg", "hives/servers/win2016_64/security.reg", "S-1-5-21-161349065-230161307-1850086198",
     "2023-02-08T06:22:53.9703008Z", "2023-02-08T06:22:53.9703008Z", "S-1-5-21-1455456205-2985946602-3455386300", "WIN-0KKFJVVGUGE"),
    ("hives/servers/win2019_64/sam.reg", "hives/servers/win2019_64/security.reg", "S-1-5-21-2466873999-1711635343-3190441946",
     "2023-02-08T06:21:34.9232756Z", "2023-02-08T06:21:34.9388831Z", "S-1-5-21-3858943369-3041406868-3263267107", "WIN-20RVASFNFKB"),
    ("hives/servers/win2022_64/sam.reg", "hives/servers/win2022_64/security.reg", "S-1-5-21-4042553000-2217363381-1479057140",
     "2023-02-07T21:57:40.2869394Z", "2023-02-07T21:57:40.2869394Z", "S-1-5-21-160346852-3785316526-2003489713", "WIN-LKUDUANDAQS"),
]  # fmt: skip


@pytest.mark.parametrize(("sam", "security", "sid", "written", "created", "domain", "name"), PAIRS)
def test_sam_and_security_of_one_host_agree(real, sam, security, sid, written, created, domain, name):
    sam, security = open_real(real(sam)), open_real(real(security))
    (ours,), failure = state(machine_sid, sam, ACCOUNT)
    assert (ours.value, failure) == (sid, None)
    (copy,), failure = state(machine_sid_of_policy, security, r"Policy\PolAcDmS")
    assert (copy.value, str(copy.written), failure) == (sid, written, None)
    assert ours.raw == copy.raw
    (time,), _ = state(sam_domain_created, sam, ACCOUNT)
    assert str(time.value) == created
    assert time.value not in SAM_DOMAIN_CREATED.known_values
    facts, failure = state(domain_sid, security, r"Policy\PolPrDmS")
    assert [fact.value for fact in facts] == ([domain] if domain else [])
    assert (failure is None) == bool(domain)
    (fact,), _ = state(account_domain_name, security, r"Policy\PolAcDmN")
    assert fact.value == name


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("win2019_64", "S-1-5-21-3858943369-3041406868-3263267107-1000"),
        ("win2016_64", None),
        ("win2022_64", "S-1-5-21-160346852-3785316526-2003489713-1000"),
    ],
)
def test_domain_controllers_name_their_domain_and_from_2019_on_their_account(real, name, account):
    hive = open_real(real(f"hives/servers/{name}/security.reg"))
    (fact,), _ = state(domain_name, hive, "Policy")
    assert (fact.value.netbios, fact.value.dns) == ("TEST", "TEST.corp")
    facts, _ = state(machine_account_sid, hive, r"Policy\PolMachineAccountS")
    assert [fact.value for fact in facts] == ([account] if account else [])


def test_two_hives_in_one_folder_can_come_from_two_hosts(real):
    (sam,), _ = state(machine_sid, open_real(real("hives/regipy/SAM")), ACCOUNT)
    (security,), _ = state(machine_sid_of_policy, open_real(real("hives/regipy/SECURITY")), r"Policy\PolAcDmS")
    assert (sam.value, security.value) == ("S-1-5-21-1760460187-1592185332-161725925", "S-1-5-21-1786693902-1815088602-2777321892")


@pytest.mark.parametrize("name", ["hives/regipy/SAM", "hives/ericzimmerman/SAM_RootValue", "hives/ericzimmerman/SAM_hasBigEndianDWord"])
def test_the_creation_time_of_windows_7_and_8_is_that_of_the_media(real, name):
    (fact,), _ = state(sam_domain_created, open_real(real(name)), ACCOUNT)
    assert fact.value in SAM_DOMAIN_CREATED.known_values


ACCOUNTS = {
    "hives/m57-pat-xp/SAM": [
        (500, "Administrator", "2009-11-08T15:35:15.2656250Z", "2009-11-10T01:21:04.9375000Z", "2009-12-06T16:23:59.0781250Z", False),
        (501, "Guest", "2009-11-08T15:35:15.2656250Z", None, None, True),
        (1000, "HelpAssistant", "2009-11-09T00:23:19.1715000Z", None, "2009-11-09T00:23:19.1715000Z", True),
        (1002, "SUPPORT_388945a0", "2009-11-09T00:27:58.6715000Z", None, "2009-11-09T00:27:58.6715000Z", True),
        (1003, "Pat", "2009-11-10T19:18:56.5781250Z", "2009-12-08T01:45:07.4843750Z", None, False),
    ],
    "machines/win10-rathbun/Registry/SAM": [
        (500, "Administrator", "2022-02-05T22:18:49.7893633Z", None, None, True),
        (501, "Guest", "2022-02-05T22:18:49.7893633Z", None, None, True),
        (503, "DefaultAccount", "2022-02-05T22:18:49.7893633Z", None, None, True),
        (504, "WDAGUtilityAccount", "2022-02-05T22:18:49.7893633Z", None, "2022-02-05T22:17:40.9312167Z", True),
        (1001, "AndrewRathbun", "2022-02-05T19:31:19.8142818Z", "2022-02-08T20:44:05.7503286Z", None, False),
    ],
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_accounts_of_real_machines(real, name):
    facts, failure = state(account_sid, open_real(real(name)), ACCOUNT)
    assert failure is None
    stated = [(fact.value.rid, fact.value.name, *map(_text, (fact.value.created, fact.value.last_logon, fact.value.password_last_set)),
               fact.value.disabled) for fact in facts]  # fmt: skip
    assert stated == ACCOUNTS[name]


def _text(time):
    return None if time is None else str(time)


@pytest.mark.parametrize(
    "name", [name for name in real_files("hives") + real_files("machines") if name.lower().endswith(("/sam", "/sam.reg"))]
)
def test_every_sam_hive_reads_as_a_second_reader_reads_it(real, name):
    from Registry import Registry

    path = real(name)
    with io.BytesIO(path.read_bytes()) as file:
        account = Registry.Registry(file).open(ACCOUNT)
        sid = account.value("V").raw_data()[-24:]
        users = account.subkey("Users")
        names = {}
        for key in users.subkey("Names").subkeys():
            rid = next(iter(key.values()))._vkrecord.unpack_dword(0xC)
            names[rid] = key.name()
        logons = {rid: struct.unpack_from("<Q", users.subkey(f"{rid:08X}").value("F").raw_data(), 8)[0] for rid in names}
    hive = open_real(path)
    (fact,), _ = state(machine_sid, hive, ACCOUNT)
    assert fact.raw == sid.hex()
    facts, failure = state(account_sid, hive, ACCOUNT)
    assert failure is None
    assert {fact.value.rid: fact.value.name for fact in facts} == names
    assert {fact.value.rid: fact.value.last_logon or 0 for fact in facts} == logons
    assert all(fact.value.created for fact in facts)


@pytest.mark.parametrize(
    ("name", "digest", "time"),
    [
        ("m57-pat-xp/SYSTEM", "75f2b6381bc9a8c874191e68dac3f50d5ebeda032f899584ab7da8680bb9e20b", "2009-11-08T15:37:47.4687500Z"),
        ("regipy/SYSTEM_2", "9fee3e0e3bcee941a683a6d3c06c92cb4a233786fad160b585b0bcc1b0f7c278", "2015-12-12T02:20:21.8009133Z"),
        ("regipy/SYSTEM_B", "16ac0d26f7f49ebaff1568cb98c98ba0aa8eb5552c839026d9aee2affb287938", "2018-03-27T12:12:48.7982147Z"),
        ("regipy/SYSTEM_WIN_10_1709", "f64e5cd854f923ad3cdee9f4a97492a0ece74e908de3284014f772878cfcd212", "2019-05-16T08:22:00.2700041Z"),
    ],
)
def test_boot_keys_and_the_time_that_their_four_keys_share(real, name, digest, time):
    hive = open_real(real(f"hives/{name}"))
    (fact,), failure = state(lsa_boot_key, hive, r"ControlSet001\Control\Lsa")
    assert (fact.value, str(fact.written), failure) == (digest, time, None)
    facts, _ = state(lsa_boot_key_time, hive, r"ControlSet001\Control\Lsa")
    assert [fact.value.name for fact in facts] == ["JD", "Skew1", "GBG", "Data"]
    assert {str(fact.written) for fact in facts} == {time}


def test_a_corrupted_system_hive_gives_a_gap(real):
    facts, failure = state(lsa_boot_key, open_real(real("hives/regipy/corrupted_system_hive")), r"ControlSet001\Control\Lsa")
    assert facts == []
    assert isinstance(failure, Malformed | NotFound)


def test_the_policy_times_of_windows_xp(real):
    facts, _ = state(lsa_policy_time, open_real(real("hives/m57-pat-xp/SECURITY")), "Policy")
    times = {fact.value: str(fact.written) for fact in facts}
    assert times["PolAcDmS"] == "2009-11-08T15:35:15.2187500Z"
    assert times["PolAcDmN"] == "2009-11-09T00:15:18.6871250Z"
    assert "PolOldSyskey" not in times


PROFILES = [
    # hive, device PUID, state of push notifications, media player, SQM user
    ("machines/win10-rathbun/Registry/NTUSER.DAT", "00180008b2c1a7e3", (7, 154, 0), "6872328a-f50e-4c31-8e53-2497ab6cbeef",
     "a36566eb-40db-4b47-890c-de32bfa0ddbd"),
    ("machines/win10-rathbun/Registry/DEFAULT", "0018c00585b0ff7e", (0, 50, 0), None, None),
    ("machines/win10-rathbun/Registry/LocalService/NTUSER.DAT", "0018800553e75d1e", (7, 0, 0), None, None),
    ("machines/win10-rathbun/Registry/NetworkService/NTUSER.DAT", "00180008b41ecd8d", (7, 0, 0), None, None),
    ("machines/win10-belkasoft/Registry/DEFAULT", "00180005284d971c", (0, 45, 0), None, None),
    ("hives/regipy/NTUSER-WSL.DAT", "001840119a3bcb7c", (7, 155, 0), "234b7732-3c40-4e50-9d82-c2462f3f8bc8",
     "12ffdba5-be26-416d-aca6-41d193fc4d13"),
    ("hives/regipy/NTUSER_BAGMRU.DAT", "00180006c9862846", (7, 168, 54), "6df6ea74-cea0-4e31-95c5-2f85904cd895",
     "01783300-c346-43a2-9008-327d1976928a"),
    ("hives/ericzimmerman/NTUSER1.DAT", None, (0, 0, 0), None, None),
    ("hives/m57-pat-xp/NTUSER.DAT", None, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "puid", "push", "player", "sqm"), PROFILES)
def test_the_identity_of_profiles(real, name, puid, push, player, sqm):
    hive = open_real(real(name))

    def values(read, path):
        facts, failure = state(read, hive, path)
        assert bool(facts) != isinstance(failure, NotFound)
        return [fact.value for fact in facts]

    identity = r"Software\Microsoft\IdentityCRL"
    assert values(msa_device_id, rf"{identity}\ExtendedProperties") == ([puid] if puid else [])
    assert values(msa_token_device_id, rf"{identity}\Immersive\production\Token") == ([puid] if puid else [])
    states = values(push_notification_state, r"Software\Microsoft\Windows\CurrentVersion\PushNotifications")
    assert [(state.applications, state.settings, state.images) for state in states] == ([push] if push else [])
    assert values(media_player_client_id, r"Software\Microsoft\MediaPlayer\Player\Settings") == ([player] if player else [])
    assert values(sqm_user_id, r"Software\Microsoft\SQMClient") == ([sqm] if sqm else [])
    assert values(newsid_trace, r"Software\Sysinternals") == []


def test_the_tickets_of_one_profile_differ_from_one_another(real):
    hive = open_real(real("hives/regipy/NTUSER-WSL.DAT"))
    tokens = r"Software\Microsoft\IdentityCRL\Immersive\production\Token"
    digests = [state(msa_device_ticket, hive, rf"{tokens}\{key.name}")[0][0].value for key in hive.key(tokens).keys()]
    assert len(set(digests)) == len(digests) == 7
