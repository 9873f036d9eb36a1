r"""Device identity in a user's profile: what Microsoft's services know this device by, from Windows 8 on, and the media player's number.

KB 314828 says where the damage of a copy shows: from Windows 8 on, machines that were copied without generalize lose push notifications,
because the identifier of the device lies in the user's profile; only a new profile gets a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import Deferred, OptionalValues
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, always, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value


class PushNotificationState(msgspec.Struct, frozen=True):
    """What a profile's key of push notifications holds: a state, no identifier."""

    applications: int
    """Senders that are registered below `Applications`."""
    settings: int
    """Applications whose settings are kept below `Backup`."""
    images: int
    """Downloaded pictures that are listed below `wpnidm`."""
    cache_path: str | None = None
    """Folder of those pictures: the profile's folder at the time."""
    migrated: bool = False
    """Whether `DatabaseMigrationCompleted` is set."""


_DELETED = usually(
    Basis.SOURCED,
    reference.GENERALIZE_XML,
    exception="it lies in a user's profile: only the system's own loses it, from Windows 10 1703 on",
)

MSA_DEVICE_ID = Kind(
    "msa-device-id",
    str,
    "Device PUID that Microsoft's account service gave to this device and profile",
    origin=Origin.ASSIGNED,
    renews={
        Change.SETUP: always(Basis.SOURCED, reference.GDID),
        Change.GENERALIZE: _DELETED,
        Change.SPECIALIZE: _DELETED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: always(Basis.OBSERVED, "win10-rathbun: four profiles", machines=1),
        Change.USE: kept(Basis.SOURCED, reference.GDID),
    },
    decisive=True,
    namespace="msa-device-id",
    claims=[
        Claim(
            "From Windows 8 on, machines copied without generalize lose push notifications: the identifier lies in the user's profile, and "
            "only a new profile gets a new one.",
            Basis.SOURCED,
            reference.KB_314828,
        ),
        Claim(
            "login.live.com gives it out; it is not made from hardware. Deleted, the same one comes back; after a new installation another "
            "one comes.",
            Basis.SOURCED,
            reference.GDID,
        ),
        Claim("A machine that was never online has none; a local account gets one too.", Basis.SOURCED, reference.GDID),
        Claim(
            "Each profile of a machine has its own, those of the services too.",
            Basis.OBSERVED,
            "win10-rathbun: four profiles, four identifiers (AndrewRathbun/DFIRArtifactMuseum)",
        ),
        Claim("All begin with 0018, the class of devices.", Basis.OBSERVED, "nine profiles of Windows 10 and later"),
        Claim("The same value in two profiles: one profile, copied.", Basis.INFERRED),
        Claim(
            "Generalize deletes the key in the system's own profile, DEFAULT, from Windows 10 1703 on.",
            Basis.SOURCED,
            reference.GENERALIZE_XML,
        ),
        Claim("It does not reach users' profiles: those that exist when it runs keep theirs.", Basis.INFERRED, reference.KB_314828),
    ],
    references=[reference.KB_314828, reference.GDID],
)

MSA_DEVICE_TICKET = Kind(
    "msa-device-ticket",
    str,
    "Ticket of the device for one of Microsoft's services, as a digest",
    origin=Origin.ASSIGNED,
    renews={
        Change.GENERALIZE: _DELETED,
        Change.SPECIALIZE: _DELETED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.NEW_PROFILE: always(Basis.INFERRED),
        Change.USE: always(Basis.OBSERVED, "NTUSER_BAGMRU of regipy", machines=1),
    },
    secret=True,
    namespace="msa-device-ticket",
    claims=[
        Claim(
            "It begins with the header of a blob that Windows' data protection sealed.",
            Basis.OBSERVED,
            "NTUSER hives of regipy, Windows 10 2019 to 2024",
        ),
        Claim("Sealing adds random bytes: equal bytes were copied, and not issued twice.", Basis.INFERRED),
        Claim(
            "It is renewed while the machine is in use: unlike tickets refute nothing.",
            Basis.OBSERVED,
            "NTUSER_BAGMRU of regipy: tickets of one profile written over a year",
        ),
        Claim(
            "The names of the token keys are those of services and applications, equal everywhere.",
            Basis.OBSERVED,
            "NTUSER hives of regipy: three machines share three names",
        ),
    ],
    references=[reference.GDID],
)

PUSH_NOTIFICATION_STATE = Kind(
    "push-notification-state",
    PushNotificationState,
    "State of push notifications in a profile",
    origin=Origin.OBSERVED,
    renews={
        Change.NEW_PROFILE: always(Basis.OBSERVED, "NTUSER and DEFAULT hives of eleven profiles, Windows 8.1 and later", machines=2),
        Change.USE: always(Basis.OBSERVED, "NTUSER and DEFAULT hives of eleven profiles, Windows 8.1 and later", machines=2),
    },
    claims=[
        Claim(
            "Push notifications break, from Windows 8 on, on copies made without generalize; the remedy is a generalize before the "
            "capture, or a new user account.",
            Basis.SOURCED,
            reference.KB_314828,
        ),
        Claim(
            "The key holds no identifier that was seen: settings, counters, and a cache of pictures. The device's identifier is "
            "`msa-device-id`.",
            Basis.OBSERVED,
            "NTUSER and DEFAULT hives of eleven profiles, Windows 8.1 and later",
        ),
        Claim(
            "Seven senders below `Applications` come with the media, with the media's time.",
            Basis.OBSERVED,
            "Windows 10 profiles: keys of 2019-12-07T09:16:14.5990416Z on unrelated machines",
        ),
        Claim(
            "`wpnidm\\Path` names the folder of the profile: one that differs from where the hive lies shows a profile that was copied or "
            "renamed.",
            Basis.INFERRED,
        ),
        Claim(
            "Windows 8.1 keeps a database in the value `AppDB`, which begins with HNPW and a FILETIME; it is not read.",
            Basis.OBSERVED,
            "Windows 8.1 hives of libyal/winreg-kb and PyRegedit",
        ),
    ],
    references=[reference.KB_314828],
)

MEDIA_PLAYER_CLIENT_ID = Kind(
    "media-player-client-id",
    Guid,
    "Client ID of Windows Media Player in a profile",
    origin=Origin.RANDOM,
    renews={
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.INFERRED),
        Change.RENAME: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.NEW_PROFILE: always(Basis.OBSERVED, "NTUSER hives of regipy and win10-rathbun", machines=2),
        Change.USE: kept(Basis.INFERRED),
    },
    namespace="media-player-client-id",
    claims=[
        Claim(
            "Media player settings are among what Microsoft's policy names as to be cleaned on a copy.", Basis.SOURCED, reference.KB_314828
        ),
        Claim("Sysprep has providers that clean and generalize the media player.", Basis.SOURCED, reference.GENERALIZE_XML),
        Claim("Whether they clear this value in profiles that exist is not known.", Basis.UNVERIFIED),
        Claim(
            "One GUID for each profile, XP to Windows 11; the service profiles and some user profiles have none.",
            Basis.OBSERVED,
            "NTUSER hives of regipy and win10-rathbun",
        ),
        Claim("The same value in two profiles: a copied profile.", Basis.INFERRED),
        Claim("The default profile can hand one value to all users that are made from it.", Basis.UNVERIFIED),
    ],
    references=[reference.KB_314828],
)


@artifact("NTUSER", r"Software\Microsoft\IdentityCRL\ExtendedProperties", MSA_DEVICE_ID, since=(6, 2))
def msa_device_id(key: Key) -> Iterator[Fact[str]]:
    r"""State the device PUID of a profile.

    In the profile's NTUSER.DAT, `Software\Microsoft\IdentityCRL\ExtendedProperties`, value `LID`: text, 16 hex digits, stated in lower
    case. The system's own profile (SYSTEM32\config\DEFAULT) and those of the services have it too.

    Caveats: a profile of a machine that was never online has none. The identifier that Microsoft's telemetry shows as `g:<number>` is the
    same number in decimal. Source: gdid-reversal; real hives of Windows 10 and 11.
    """
    value = key.value("LID")
    yield MSA_DEVICE_ID.fact(_puid(value), value)


@artifact("NTUSER", r"Software\Microsoft\IdentityCRL\Immersive\production\Token", MSA_DEVICE_ID, since=(6, 2), depth="full")
def msa_token_device_id(key: Key) -> Iterator[Fact[str]]:
    r"""State the device PUIDs that the tokens of the profile were issued to, each of them once.

    In the profile's NTUSER.DAT, `Software\Microsoft\IdentityCRL\Immersive\production\Token\<service>`, value `DeviceId`: text, 16 hex
    digits. They repeat `LID`. One that differs was issued under another identity of the device.
    """
    failures, stated = Deferred(), set[str]()
    for token in key.keys():
        with failures:
            value = token.value("DeviceId")
            puid = _puid(value)
            if puid not in stated:
                stated.add(puid)
                yield MSA_DEVICE_ID.fact(puid, value)
    failures.settle()
    if not stated:
        raise NotFound("there are no tokens")


@artifact("NTUSER", r"Software\Microsoft\IdentityCRL\Immersive\production\Token\*", MSA_DEVICE_TICKET, since=(6, 2), depth="full")
def msa_device_ticket(key: Key) -> Iterator[Fact[str]]:
    r"""State the SHA-256 of each ticket that was issued to the device.

    In the profile's NTUSER.DAT, `Software\Microsoft\IdentityCRL\Immersive\production\Token\<service>`, value `DeviceTicket`: a sealed blob
    of some thousand bytes. Only whether two images hold the same bytes matters.
    """
    yield MSA_DEVICE_TICKET.digest(key.value("DeviceTicket"))


@artifact("NTUSER", r"Software\Microsoft\Windows\CurrentVersion\PushNotifications", PUSH_NOTIFICATION_STATE, since=(6, 2))
def push_notification_state(key: Key) -> Iterator[Fact[PushNotificationState]]:
    r"""State what a profile keeps about push notifications.

    In the profile's NTUSER.DAT, `Software\Microsoft\Windows\CurrentVersion\PushNotifications`:

    | Name | Kind | Field | Notes |
    |---|---|---|---|
    | `DatabaseMigrationCompleted` | REG_DWORD | 1 | the senders moved to `wpndatabase.db`; Windows 10 and later |
    | `ToastEnabled` | REG_DWORD | 0 or 1 | the user's switch; not stated |
    | `Applications\*` | keys | registered senders | seven with the media's time on Windows 10 |
    | `Backup\*` | keys | settings of each application | |
    | `wpnidm` | key | `Path`: folder of the picture cache | |
    | `wpnidm\*` | keys | pictures in the cache | |
    | `FirstRun` | key | seen on Windows 8.1 | |

    Caveats: no identifier was found in this key. The identifier of the channel to the notification service lies in files of the profile
    that this version does not read. Source: real hives of Windows 8.1 to 11; the meaning of the names is inferred.
    """
    applications, settings, cache = (key.find(name) for name in ("Applications", "Backup", "wpnidm"))
    optional, cached = OptionalValues(key), None if cache is None else OptionalValues(cache)
    state = PushNotificationState(
        applications=0 if applications is None else applications.key_count,
        settings=0 if settings is None else settings.key_count,
        images=0 if cache is None else cache.key_count,
        cache_path=None if cached is None else cached.text("Path"),
        migrated=optional.number("DatabaseMigrationCompleted") == 1,
    )
    yield PUSH_NOTIFICATION_STATE.fact(state, key)
    optional.settle()
    if cached is not None:
        cached.settle()


@artifact("NTUSER", r"Software\Microsoft\MediaPlayer\Player\Settings", MEDIA_PLAYER_CLIENT_ID)
def media_player_client_id(key: Key) -> Iterator[Fact[Guid]]:
    r"""State the Client ID of Windows Media Player.

    In the profile's NTUSER.DAT, `Software\Microsoft\MediaPlayer\Player\Settings`, value `Client ID`: text, a GUID in braces. It is written
    when the profile is made or the player first runs; the key is often there without the value.
    """
    value = key.value("Client ID")
    yield MEDIA_PLAYER_CLIENT_ID.fact(Guid.parse(value.text()), value)


def _puid(value: Value) -> str:
    text = value.text()
    if not re.fullmatch(r"[0-9A-Fa-f]{16}", text):
        raise Malformed("device PUID is not 16 hex digits", value.place.offset)
    return text.lower()
