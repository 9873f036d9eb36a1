"""Store: the objects of one bucket or container, read in parts by obstore. The one module that loads it.

Credentials come from where the environment of the program has them (`docs/remote.md`); none is ever in a report or in a sentence.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from typing import Any

from forensic.errors import ForensicError, Unreadable, Unsupported
from forensic.storage import stamp as limits
from forensic.storage.heedful import heedful
from forensic.storage.stamp import Stamp, stamp
from forensic.storage.store_failure import CHANGED, failure, is_cut_short, is_empty, unprepared
from forensic.storage.url import Address

try:
    import obstore
    from obstore.store import AzureStore, GCSStore, S3Store
except ImportError as error:
    raise Unsupported("sources behind s3://, gs:// and az:// need obstore: install sysprep-forensic[remote]") from error

PAGE = 1000
"""Objects of one request for a listing: what all stores give."""


class Store:
    """One bucket or container."""

    def __init__(self, address: Address) -> None:
        """Make ready to read what lies beside `address`; nothing is asked yet."""
        self._address = address
        self._opened: Any = None
        self.requests = self.bytes_read = 0
        """Requests made (those that were repeated count once) and bytes of objects that came."""

    def get(self, address: Address, start: int, size: int, known: Stamp | None = None, total: int | None = None) -> tuple[Stamp, bytes]:
        """Return bytes of an object, fewer only at its end, and what tells its content.

        Unreadable where that is no longer `known`, or the object has not `total` bytes any more.
        """
        broken: ForensicError | None = None
        for _ in range(limits.ATTEMPTS):
            try:
                return self._get(address, start, size, known, total)
            except _BrokenOff as error:
                broken = Unreadable(f"{address.name}: {error}", code="server-unavailable")
        raise broken or Unreadable(f"{address.name}: not asked for")

    def _get(self, address: Address, start: int, size: int, known: Stamp | None, total: int | None) -> tuple[Stamp, bytes]:
        store, key = self._at(address)
        options: dict[str, Any] = {"range": (start, start + size)}
        if known is not None and known.is_strong:
            options["if_match"] = f'"{known.etag}"'
        self.requests += 1
        try:
            answer, stamp = heedful(partial(_begin, store, key, options))
            if stamp.size != (stamp.size if total is None else total) or (known is not None and stamp != known):
                raise Unreadable(f"{address.name}: {CHANGED}")
            first, end = answer.range
            wanted = min(size, max(0, stamp.size - start))
            if first != start or end - first < wanted:
                raise Unreadable(f"{address.name}: the server sent other bytes than those that were asked for")
            data = heedful(partial(_received, answer, wanted))
        except ForensicError:
            raise
        except _FAILURES as error:
            if is_empty(error) and start == 0 and total is None:
                return self.head(address), b""
            if is_cut_short(error):
                raise _BrokenOff(str(failure(error, address)).removeprefix(f"{address.name}: ")) from None
            raise failure(error, address) from None
        self.bytes_read += len(data)
        if len(data) < wanted:
            raise _BrokenOff(f"the server sent {len(data)} of the {wanted} bytes that it announced")
        return stamp, data[:wanted]

    def head(self, address: Address) -> Stamp:
        """Return what tells the content of an object, without any of it."""
        store, key = self._at(address)
        self.requests += 1
        try:
            return _stamp(heedful(partial(obstore.head, store, key)))
        except _FAILURES as error:
            raise failure(error, address) from None

    def list(self, prefix: str, after: str = "") -> Iterator[tuple[str, Stamp]]:
        """Yield the keys below the folder `prefix` (empty, or with a slash at its end) in the order of the store, those after `after`."""
        store, _ = self._at(self._address)
        self.requests += 1
        count = 0
        try:
            pages = obstore.list(store, prefix.rstrip("/") or None, offset=after or None, chunk_size=PAGE)
            while (page := heedful(partial(next, pages, None))) is not None:
                for one in page:
                    count += 1
                    if count > PAGE and count % PAGE == 1:
                        self.requests += 1
                    yield one["path"], _stamp(one)
        except _FAILURES as error:
            raise failure(error, self._address._replace(key=prefix)) from None

    def _at(self, address: Address) -> tuple[Any, str]:
        """Return the store that has an object, and its name there."""
        if self._opened is None:
            try:
                self._opened = _open(address)
            except ForensicError:
                raise
            except Exception as error:  # noqa: BLE001  boto3 has exceptions of its own
                raise unprepared(error, address) from None
        return self._opened, address.key


def _begin(store: Any, key: str, options: Any) -> tuple[Any, Stamp]:
    answer = obstore.get(store, key, options=options)
    return answer, _stamp(answer.meta)


def _received(answer: Any, wanted: int) -> bytes:
    """Return the bytes of an answer, no more than a little over those wanted, however many it has."""
    data = bytearray()
    for part in answer.stream(min_chunk_size=min(wanted, 1 << 20) or 1):
        data += part
        if len(data) >= wanted:
            break
    return bytes(data)


_FAILURES = (obstore.exceptions.BaseError, OSError, ValueError, RuntimeError)
"""What obstore raises."""


class _BrokenOff(Exception):
    """An answer that ended before it was whole; the same question may be asked again."""


def _stamp(meta: Any) -> Stamp:
    return stamp(meta["size"], meta["e_tag"] or "", f"{meta['last_modified']:%Y-%m-%dT%H:%M:%SZ}")


def _open(address: Address) -> Any:
    backoff = {"init_backoff": timedelta(seconds=limits.FIRST_WAIT), "max_backoff": timedelta(seconds=10), "base": 2}
    plain = any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS)
    common: dict[str, Any] = {
        "client_options": {
            "connect_timeout": limits.CONNECT_TIMEOUT,
            "timeout": limits.TIMEOUT,
            "user_agent": "forensic",
            "allow_http": plain,
        },
        "retry_config": {"max_retries": limits.RETRIES, "retry_timeout": limits.RETRY_TIMEOUT, "backoff": backoff},
    }
    match address.scheme:
        case "s3":
            return S3Store(address.place, **common, **_profile())
        case "gs":
            return GCSStore(address.place, **common, **_emulator())
    return AzureStore(address.place, **common)


def _emulator() -> dict[str, Any]:
    """Return what leads to the server that Google's own tools ask where `STORAGE_EMULATOR_HOST` names one: without credentials."""
    server = os.environ.get("STORAGE_EMULATOR_HOST")
    if not server:
        return {}
    key = {"gcs_base_url": server, "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
    return {"service_account_key": json.dumps(key), "skip_signature": True}


_ENDPOINTS = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT",
    "AZURE_STORAGE_ENDPOINT",
    "AZURE_ENDPOINT",
    "STORAGE_EMULATOR_HOST",
)
"""Variables that name a server other than the provider's own: where one says `http://`, whoever set it wants no encryption."""
_OWN = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
"""Variables by which obstore finds credentials itself."""


def _profile() -> dict[str, Any]:
    """Return what lets boto3, where it is installed, take credentials from a profile of the AWS tools: obstore does not read these."""
    own = any(os.environ.get(name) for name in _OWN) or os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in ("1", "true")
    files = (os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials", os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config")
    there = any(os.path.isfile(os.path.expanduser(name)) for name in files)  # noqa: PTH111, PTH113  a home may be missing
    if own or not (there or os.environ.get("AWS_PROFILE")):
        return {}
    if find_spec("boto3") is None:
        if os.environ.get("AWS_PROFILE"):
            raise Unsupported("AWS_PROFILE is set, and profiles are read by boto3: install sysprep-forensic[remote-aws]")
        return {}
    from obstore.auth.boto3 import Boto3CredentialProvider

    return {"credential_provider": Boto3CredentialProvider()}
