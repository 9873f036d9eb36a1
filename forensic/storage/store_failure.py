"""Failures of stores and web servers, as sentences that say what to do.

What a library says of a failed request holds its URL (with a signature, perhaps) and what the server sent: of that only the status, the
store's own code for the error and the kind of the failure are used, and never shown as they came.
"""

from __future__ import annotations

import re

from forensic.errors import ForensicError, NotFound, Unreadable
from forensic.storage.url import STORES, Address

OUTAGES = frozenset({"server-unavailable", "credentials-refused"})
"""Codes of failures that say nothing about what was asked for: later, or with other credentials, the same question has an answer."""
CHANGED = "was replaced or changed while it was read; nothing of the new content is mixed in: examine it again"
_STATUS = re.compile(r"status code: ([1-5][0-9]{2})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,64})</Code>")
_KIND = re.compile(r"kind: (Connect|Timeout|Interrupted|Decode)\b")
_NO_PLACE = {"NoSuchBucket", "ContainerNotFound", "InvalidBucketName", "InvalidResourceName"}
_CREDENTIALS = re.compile(
    r"(?:performing [A-Z]+ https?://(?:169\.254\.|metadata\.google\.internal|oauth2\.googleapis\.|login\.microsoftonline\.))"
    r"|[Ee]rror (?:performing|requesting|getting) token|[Ee]rror getting (?:instance|container|credentials)"
)
"""Where credentials are asked for, and not the object."""
_WRONG_KEYS = {
    "InvalidAccessKeyId": "it does not know the access key",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key",
    "ExpiredToken": "the session of the credentials has ended: get new ones",
    "InvalidToken": "the session token is none",
    "RequestTimeTooSkewed": "the clock of this computer is wrong",
    "AuthenticationFailed": "it does not accept the credentials",
}

_STATUSES = {"PermissionDeniedError": 403, "UnauthenticatedError": 401, "PreconditionError": 412}
_KINDS = {
    "Connect": "the server cannot be reached (it is off, its name is wrong, or a firewall or proxy is between)",
    "Timeout": "the server did not answer in time",
    "Interrupted": "the server broke off its answer, also when asked again,",
    "Decode": "the server broke off its answer, also when asked again,",
}


def is_empty(error: Exception) -> bool:
    """Whether a server refused a range because there is no byte at all."""
    return _status(error) == 416


def is_cut_short(error: Exception) -> bool:
    """Whether an answer had begun, and broke off."""
    return _status(error) is None and "response body error" in _said(error)


def failure(error: Exception, address: Address) -> ForensicError:
    """Return what a failed request of a store means."""
    if isinstance(error, ForensicError):
        return error
    text, status = _said(error), _status(error)
    code = found.group(1) if (found := _CODE.search(text)) else ""
    kind = found.group(1) if (found := _KIND.search(str(error))) else ""
    if code in _NO_PLACE:
        what = f"there is no {STORES.get(address.scheme, 'bucket')} {address.place!r} {_where(address)}"
        return NotFound(f"{what}; check its name, the region and the endpoint", code="no-file")
    if isinstance(error, FileNotFoundError):
        status = 404
    if _CREDENTIALS.search(text) and status not in (404, 412, 416):
        what = f"no credentials for {address.scheme}:// were found in the environment; docs/remote.md says where they may stand"
        return Unreadable(f"{address.name}: {what}", code="credentials-refused")
    if isinstance(error, ValueError):
        return NotFound(f"{address.name}: a name that cannot be asked for {_where(address)}", code="no-file")
    if "incorrectly configured region" in text:
        status = 301
    if "builder error" in text:
        what = "the environment leads to an address that is not https, and nothing there allows that"
        return Unreadable(f"{address.name}: {what}")
    return meaning(address, _STATUSES.get(type(error).__name__, status), code=code, kind=kind)


def meaning(address: Address, status: int | None = None, *, code: str = "", kind: str = "") -> ForensicError:
    """Return what it means that a server answered with a status (and a code of its own), or in this way not at all."""
    name, where = address.name, _where(address)
    if status == 404:
        return NotFound(f"{name}: there is no such {'file' if address.is_web else 'object'} {where}", code="no-file")
    if status in (401, 403):
        refused = "credentials-refused" if code in _WRONG_KEYS else "access-refused"
        return Unreadable(f"{name}: access refused {where}: {_refusal(address, code)}", code=refused)
    gap = None
    if status in (412, 416):
        what = CHANGED
    elif status in (301, 307, 308) and not address.is_web:
        what = "it lies in another region; set AWS_REGION to that of the bucket"
    elif status is not None and (status == 429 or status >= 500):
        what = f"the server is busy or out of order (status {status}) {where}, also when asked again; try later"
        gap = "server-unavailable"
    elif status is not None:
        what = f"the server refused the request with status {status} {where}"
    else:
        what = _KINDS.get(kind, "the server's answer does not follow the protocol") + f" {where}"
        gap = "server-unavailable" if kind in _KINDS or not address.is_web else None  # stores speak it, while they are there
    return Unreadable(f"{name}: {what}", code=gap)


def unprepared(error: Exception, address: Address) -> ForensicError:
    """Return what it means that not even a request could be made: the environment says too little, or what cannot be."""
    text = _said(error)
    if "Account must be specified" in text:
        what = "set AZURE_STORAGE_ACCOUNT_NAME: az:// names a container, and not the account that it is in"
    else:
        what = f"what the environment says of {address.scheme}:// is incomplete or wrong ({type(error).__name__}): docs/remote.md lists it"
    return Unreadable(f"{address.name}: {what}")


def _where(address: Address) -> str:
    return f"at {address.place}" if address.is_web else f"in {address.scheme}://{address.place}"


def _refusal(address: Address, code: str) -> str:
    if code in _WRONG_KEYS:
        return _WRONG_KEYS[code]
    if address.is_web:
        return "it wants a signed URL, one that has not expired"
    return "the credentials do not allow to read this object, or it is not there and they do not allow to see that"


def _said(error: Exception) -> str:
    """Return what was said, without the debugging part."""
    return str(error).partition("Debug source")[0]


def _status(error: Exception) -> int | None:
    found = _STATUS.search(_said(error))
    return int(found.group(1)) if found else None
