import hashlib
import json

import pytest

from forensic.artifacts.users.msa_device_id import (
    PushNotificationState,
    media_player_client_id,
    msa_device_id,
    msa_device_ticket,
    msa_token_device_id,
    push_notification_state,
)
from forensic.errors import Malformed, NotFound
from forensic.model import Guid, RawDigest
from forensic.model.codec import to_builtins
from tests.artifacts.reading import open_hive, state
from tests.builders.hive import REG_BINARY, REG_DWORD, REG_SZ, HiveBuilder

PROPERTIES = r"Software\Microsoft\IdentityCRL\ExtendedProperties"
TOKENS = r"Software\Microsoft\IdentityCRL\Immersive\production\Token"
PUSH = r"Software\Microsoft\Windows\CurrentVersion\PushNotifications"
PLAYER = r"Software\Microsoft\MediaPlayer\Player\Settings"
TICKET = bytes.fromhex("01000000d08c9ddf0115d1118c7a00c04fc297eb") + bytes(range(256))


def ntuser(*values):
    hive = HiveBuilder(file_name="NTUSER.DAT")
    for path, name, kind, data in values:
        hive.value(path, name, kind, data)
    return open_hive(hive, "NTUSER.DAT")


def test_the_device_puid_is_stated_in_lower_case():
    (fact,), failure = state(msa_device_id, ntuser((PROPERTIES, "LID", REG_SZ, "001840119A3BCB7C")), PROPERTIES)
    assert failure is None
    assert (fact.kind, fact.value) == ("msa-device-id", "001840119a3bcb7c")
    assert (fact.place.key, fact.place.value) == (PROPERTIES, "LID")
    assert fact.raw == "001840119A3BCB7C\0".encode("utf-16-le").hex()


@pytest.mark.parametrize("data", ["", "001840119A3BCB7", "001840119A3BCB7CC", "001840119A3BCB7G"])
def test_a_device_puid_that_is_not_16_hex_digits_is_malformed(data):
    facts, failure = state(msa_device_id, ntuser((PROPERTIES, "LID", REG_SZ, data)), PROPERTIES)
    assert facts == []
    assert isinstance(failure, Malformed)


def test_a_device_puid_of_another_type_is_malformed_and_an_absent_one_not_found():
    _, failure = state(msa_device_id, ntuser((PROPERTIES, "LID", REG_DWORD, 7)), PROPERTIES)
    assert isinstance(failure, Malformed)
    _, failure = state(msa_device_id, ntuser((PROPERTIES, "Other", REG_SZ, "")), PROPERTIES)
    assert isinstance(failure, NotFound)
    _, failure = state(msa_device_id, ntuser(), PROPERTIES)
    assert isinstance(failure, NotFound)


def test_each_device_puid_of_the_tokens_is_stated_once():
    first, second, third = (rf"{TOKENS}\{{{name}}}" for name in "ABC")
    hive = ntuser(
        (first, "DeviceId", REG_SZ, "001840119A3BCB7C"),
        (second, "DeviceId", REG_SZ, "001840119A3BCB7C"),
        (third, "DeviceId", REG_SZ, "00180006C9862846"),
    )
    facts, failure = state(msa_token_device_id, hive, TOKENS)
    assert failure is None
    assert [(fact.value, fact.place.key) for fact in facts] == [("001840119a3bcb7c", first), ("00180006c9862846", third)]


def test_a_token_without_or_with_a_malformed_device_puid_leaves_the_others_alone():
    for bad in ("x", None):
        values = [
            (rf"{TOKENS}\A", "DeviceId" if bad else "Other", REG_SZ, bad or ""),
            (rf"{TOKENS}\B", "DeviceId", REG_SZ, "00180006C9862846"),
        ]
        facts, failure = state(msa_token_device_id, ntuser(*values), TOKENS)
        assert [fact.value for fact in facts] == ["00180006c9862846"]
        assert isinstance(failure, Malformed if bad else NotFound)


def test_a_profile_without_tokens_is_not_found():
    _, failure = state(msa_token_device_id, ntuser((TOKENS, "x", REG_SZ, "")), TOKENS)
    assert isinstance(failure, NotFound)


def test_a_device_ticket_is_stated_as_a_digest_only():
    facts, failure = state(msa_device_ticket, ntuser((rf"{TOKENS}\A", "DeviceTicket", REG_BINARY, TICKET)), rf"{TOKENS}\A")
    digest = hashlib.sha256(TICKET).hexdigest()
    assert failure is None
    assert (facts[0].kind, facts[0].value, facts[0].raw) == ("msa-device-ticket", digest, RawDigest(digest, len(TICKET)))
    assert TICKET[20:40].hex() not in json.dumps(to_builtins(facts))


def test_a_token_without_a_ticket_is_not_found():
    facts, failure = state(msa_device_ticket, ntuser((rf"{TOKENS}\A", "DeviceId", REG_SZ, "x")), rf"{TOKENS}\A")
    assert facts == []
    assert isinstance(failure, NotFound)


def test_the_state_of_push_notifications_is_stated():
    hive = ntuser(
        (PUSH, "DatabaseMigrationCompleted", REG_DWORD, 1),
        (rf"{PUSH}\Applications\Windows.SystemToast.One", "ApplicationType", REG_DWORD, 1),
        (rf"{PUSH}\Applications\Windows.SystemToast.Two", "ApplicationType", REG_DWORD, 1),
        (rf"{PUSH}\Backup\App", "appType", REG_SZ, "app:immersive"),
        (rf"{PUSH}\wpnidm", "Path", REG_SZ, r"C:\Users\ann\AppData\Local\Microsoft\Windows\Notifications\wpnidm"),
        (rf"{PUSH}\wpnidm\13eb4028", "FileExtension", REG_SZ, "png"),
    )
    (fact,), failure = state(push_notification_state, hive, PUSH)
    assert failure is None
    assert fact.kind == "push-notification-state"
    assert fact.value == PushNotificationState(2, 1, 1, r"C:\Users\ann\AppData\Local\Microsoft\Windows\Notifications\wpnidm", migrated=True)
    assert fact.place.key == PUSH


def test_an_empty_key_of_push_notifications_is_an_empty_state():
    (fact,), failure = state(push_notification_state, ntuser((PUSH, "x", REG_SZ, "")), PUSH)
    assert failure is None
    assert fact.value == PushNotificationState(0, 0, 0)


@pytest.mark.parametrize("value", [(PUSH, "DatabaseMigrationCompleted", REG_SZ, "1"), (rf"{PUSH}\wpnidm", "Path", REG_DWORD, 1)])
def test_a_malformed_part_of_push_notifications_is_a_gap_beside_the_state(value):
    (fact,), failure = state(push_notification_state, ntuser(value), PUSH)
    assert fact.value == PushNotificationState(0, 0, 0)
    assert isinstance(failure, Malformed)


def test_a_profile_without_push_notifications_is_not_found():
    _, failure = state(push_notification_state, ntuser(), PUSH)
    assert isinstance(failure, NotFound)


def test_the_client_id_of_the_media_player_is_stated():
    (fact,), failure = state(
        media_player_client_id, ntuser((PLAYER, "Client ID", REG_SZ, "{234B7732-3C40-4E50-9D82-C2462F3F8BC8}")), PLAYER
    )
    assert failure is None
    assert (fact.kind, fact.value, type(fact.value)) == ("media-player-client-id", "234b7732-3c40-4e50-9d82-c2462f3f8bc8", Guid)


def test_a_client_id_that_is_absent_or_malformed_is_a_gap_of_that_sort():
    _, failure = state(media_player_client_id, ntuser((PLAYER, "Volume", REG_DWORD, 1)), PLAYER)
    assert isinstance(failure, NotFound)
    _, failure = state(media_player_client_id, ntuser((PLAYER, "Client ID", REG_SZ, "{234B7732}")), PLAYER)
    assert isinstance(failure, Malformed)
