"""Identity towards update servers (WSUS, Windows Update)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.artifacts.known_values.default import EMPTY_GUIDS
from forensic.artifacts.known_values.media import is_media_sid
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, Guid, Kind, Origin, Sid, always, decode_utf16, kept, usually

if TYPE_CHECKING:
    from forensic.registry.key import Key

_PATH = r"Microsoft\Windows\CurrentVersion\WindowsUpdate"
_WSUS = "https://technet.microsoft.com/de-de/library/dd939898"
_JAPAN = "https://jpwinsup.github.io/blog/2026/04/13/Deployment/Sysprep/sysprep-masterimage/"
_RESET_TOOL = "https://github.com/ManuelGil/Reset-Windows-Update-Tool/issues/24"
_SUSCLIENT = "https://github.com/keydet89/RegRipper3.0/blob/master/plugins/susclient.pl"


class SusClientValidation(msgspec.Struct, frozen=True):
    """What SusClientId was bound to when it was made."""

    text: str
    """Seen to be the serial number of the disk, blanks included."""
    hex: str
    """The whole value."""


_RENEWED = "WindowsUpdate.log of a Windows 7 SP1: another one two hours after setup"
_REMOVED = usually(Basis.SOURCED, _JAPAN, exception="the release is 2000, XP or 2003, whose Sysprep does not clear it")

SUS_CLIENT_ID = Kind(
    "sus-client-id",
    Guid,
    "SusClientId: random identifier of the machine towards update servers",
    origin=Origin.RANDOM,
    renews={
        Change.GENERALIZE: _REMOVED,
        Change.SPECIALIZE: _REMOVED,
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.UPGRADE: kept(Basis.INFERRED),
        Change.NEW_HARDWARE: kept(Basis.INFERRED),
        Change.NEW_DISK: kept(Basis.INFERRED),
        Change.USE: usually(Basis.OBSERVED, _RENEWED, exception="the update client sees no reason to make another one", machines=1),
    },
    decisive=True,
    namespace="sus-client-id",
    known_values=EMPTY_GUIDS,
    claims=(
        Claim("Sysprep resets it on Vista and later.", Basis.SOURCED, _JAPAN),
        Claim("The provider is GeneralizeForImaging, wuaueng.dll.", Basis.SOURCED, reference.GENERALIZE_XML),
        Claim(
            "The update client renews it by itself: another value than before is no evidence of Sysprep.",
            Basis.OBSERVED,
            _RENEWED,
        ),
        Claim(
            "Sysprep of 2000, XP and 2003 does not clear it: clients from one image replace each other on the update server.",
            Basis.SOURCED,
            _WSUS,
        ),
        Claim("It is made when the update client first runs, not by Setup.", Basis.UNVERIFIED),
    ),
    references=(_WSUS, _JAPAN),
)

SUS_CLIENT_VALIDATION = Kind(
    "sus-client-validation",
    SusClientValidation,
    "SusClientIdValidation: the hardware that SusClientId was made on",
    origin=Origin.HARDWARE,
    renews={Change.GENERALIZE: always(Basis.INFERRED), Change.SPECIALIZE: always(Basis.INFERRED), Change.SID_CHANGER: kept(Basis.INFERRED)},
    claims=(
        Claim("Holds text at a stored offset and length; it was seen to be the disk's serial number.", Basis.SOURCED, _SUSCLIENT),
        Claim("On a copy that moved to another disk a value that was not renewed names the disk of the master.", Basis.INFERRED),
    ),
    references=(_SUSCLIENT,),
)


def _machine_or_domain(sid: Sid) -> Sid | None:
    """Return the machine or domain that the SID is, or is of; None of one that names neither, or that media bring along."""
    prefix = sid.prefix if sid.is_account else sid
    return prefix if prefix.is_machine_or_domain and not is_media_sid(prefix) else None


WU_ACCOUNT_DOMAIN_SID = Kind(
    "wu-account-domain-sid",
    Sid,
    "AccountDomainSid: the SID of the machine, or of its domain, as the update client last noted it",
    origin=Origin.DERIVED,
    renews={Change.SID_CHANGER: kept(Basis.UNVERIFIED)},
    namespace="machine-sid",
    identity=_machine_or_domain,
    standing="former",
    claims=(
        Claim("Tools that reset an update client's identity delete it together with SusClientId and PingID.", Basis.SOURCED, _RESET_TOOL),
        Claim(
            "By its name it is the SID of the domain of this machine's account: of the machine itself, or of its domain.", Basis.INFERRED
        ),
        Claim("It may be a stale copy of a former machine SID.", Basis.UNVERIFIED),
    ),
    references=(_RESET_TOOL,),
)

WU_PING_ID = Kind(
    "wu-ping-id",
    Guid,
    "PingID: identifier of the update client in its reports",
    origin=Origin.RANDOM,
    renews={Change.SID_CHANGER: kept(Basis.INFERRED)},
    namespace="wu-ping-id",
    known_values=EMPTY_GUIDS,
    claims=(Claim("What Sysprep does to it is not documented.", Basis.SOURCED, _RESET_TOOL),),
    references=(_RESET_TOOL,),
)


@artifact("SOFTWARE", _PATH, SUS_CLIENT_ID, since=(5, 0))
def sus_client_id(key: Key) -> Iterator[Fact[Guid]]:
    """State the SusClientId, text without braces in value `SusClientId`.

    The key's last-written time moves with every search for updates: it dates nothing here.
    """
    value = key.value("SusClientId")
    yield SUS_CLIENT_ID.fact(Guid.parse(value.text()), value)


@artifact("SOFTWARE", _PATH, SUS_CLIENT_VALIDATION, since=(5, 0))
def sus_client_validation(key: Key) -> Iterator[Fact[SusClientValidation]]:
    """State what SusClientId was bound to: REG_BINARY value `SusClientIdValidation`.

    | Offset | Size | Field | Notes |
    |---|---|---|---|
    | 0 | 1 | offset of the text | from the start of the value |
    | 1 | 1 | unknown | |
    | 2 | 1 | length of the text | bytes |
    | 3 | | unknown | |
    | offset | length | text | UTF-16LE |

    Malformed when the text reaches past the value, or past its own header.
    """
    value = key.value("SusClientIdValidation")
    raw = value.raw
    if len(raw) < 3:
        raise Malformed("SusClientIdValidation", None, 3, len(raw))
    start, size = raw[0], raw[2]
    if start < 3 or start + size > len(raw):
        raise Malformed("text of SusClientIdValidation", start, size, max(0, len(raw) - start))
    text = decode_utf16(raw[start : start + size]).partition("\0")[0]
    yield SUS_CLIENT_VALIDATION.fact(SusClientValidation(text, raw.hex()), value)


@artifact("SOFTWARE", _PATH, WU_ACCOUNT_DOMAIN_SID, depth="full", since=(5, 0))
def account_domain_sid(key: Key) -> Iterator[Fact[Sid]]:
    """State the AccountDomainSid, a SID as text or as its bytes in value `AccountDomainSid`."""
    value = key.value("AccountDomainSid")
    sid = Sid.from_bytes(value.raw) if value.raw.startswith(b"\x01") and len(value.raw) % 4 == 0 else Sid.parse(value.text())
    yield WU_ACCOUNT_DOMAIN_SID.fact(sid, value)


@artifact("SOFTWARE", _PATH, WU_PING_ID, depth="full", since=(5, 0))
def ping_id(key: Key) -> Iterator[Fact[Guid]]:
    """State the PingID, text in value `PingID`."""
    value = key.value("PingID")
    yield WU_PING_ID.fact(Guid.parse(value.text()), value)
