"""Opening: a catalog by its path or URL."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from forensic.catalog.store import Store
from forensic.errors import Unsupported

_SERVER = "forensic.catalog.postgres"


def open_store(url: str, *, must_exist: bool = False, durable: bool = True) -> Store:
    """Open a catalog, or make one where there is none and it need not exist.

    `url` is the path of a SQLite file, `sqlite:///relative.db`, `sqlite:////absolute.db`, or `postgresql://…`. Raises a ForensicError with
    one sentence. Without `durable` a loss of power may take the last steps along; that of a process never does.
    """
    scheme, colon, _ = url.partition("://")
    if not colon:
        return _sqlite(Path(url), must_exist=must_exist, durable=durable)
    if scheme == "sqlite":
        return _sqlite(Path(_path_of(url)), must_exist=must_exist, durable=durable)
    if scheme in ("postgresql", "postgres"):
        return _postgres(url, must_exist=must_exist, durable=durable)
    raise Unsupported(f"{url}: a catalog is a path, sqlite:///path or postgresql://…")


def without_password(url: str) -> str:
    """Return a URL as it may be shown: without the password in it."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}"))


def _path_of(url: str) -> str:
    path = unquote(url.removeprefix("sqlite://"))
    if not path.startswith("/") or len(path) < 2:
        raise Unsupported(f"{url}: sqlite:///archive.db names a file here, sqlite:////folder/archive.db one by its whole path")
    return path[1:]


def _sqlite(path: Path, *, must_exist: bool, durable: bool) -> Store:
    from forensic.catalog.sqlite import SqliteStore

    return SqliteStore(path, must_exist=must_exist, durable=durable)


def _postgres(url: str, *, must_exist: bool, durable: bool) -> Store:
    if importlib.util.find_spec(_SERVER) is None:
        raise Unsupported(f"{without_password(url)}: this version keeps catalogs in SQLite only; give the path of a file")
    try:
        module: Any = importlib.import_module(_SERVER)
    except ImportError:
        how = "pip install 'sysprep-forensic[postgres]'"
        raise Unsupported(f"{without_password(url)}: PostgreSQL needs the extra part `postgres`: {how}") from None
    store: Store = module.open_store(url, must_exist=must_exist, durable=durable)
    return store
