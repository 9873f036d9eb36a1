"""Opening: a catalog by its path or URL."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from forensic.catalog.location import without_password
from forensic.catalog.record import Finding
from forensic.catalog.store import Store
from forensic.errors import ForensicError, Unsupported


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
    raise Unsupported(f"{without_password(url)}: a catalog is a path, sqlite:///path or postgresql://…")


def damage_of(url: str, error: ForensicError) -> list[Finding]:
    """Return what is wrong with the files of a catalog in SQLite that could not be used by `error`; nothing where that was no damage."""
    from forensic.catalog.sqlite import beside_of
    from forensic.catalog.sqlite_check import damage

    scheme, colon, _ = url.partition("://")
    if colon and scheme != "sqlite":
        return []
    path = Path(_path_of(url) if colon else url)
    return damage((path, beside_of(path)), error)


def _path_of(url: str) -> str:
    path = unquote(url.removeprefix("sqlite://"))
    if not path.startswith("/") or len(path) < 2:
        raise Unsupported(f"{url}: sqlite:///archive.db names a file here, sqlite:////folder/archive.db one by its whole path")
    return path[1:]


def _sqlite(path: Path, *, must_exist: bool, durable: bool) -> Store:
    from forensic.catalog.sqlite import SqliteStore

    return SqliteStore(path, must_exist=must_exist, durable=durable)


def _postgres(url: str, *, must_exist: bool, durable: bool) -> Store:
    try:
        from forensic.catalog.postgres import PostgresStore
    except ImportError:
        how = "pip install 'sysprep-forensic[postgres]'"
        raise Unsupported(f"{without_password(url)}: PostgreSQL needs the extra part `postgres`: {how}") from None
    return PostgresStore(url, must_exist=must_exist, durable=durable)
