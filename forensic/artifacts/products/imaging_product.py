r"""Traces of products that copy, deploy, seal or convert installations: files and folders by one table, registry keys by another."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact, artifact_folder
from forensic.artifacts.known_values.product import BISF, MDT, SERVICE_KEYS, SOFTWARE_KEYS, TRACES, KeyTrace, Trace
from forensic.artifacts.optional_values import Deferred
from forensic.errors import ForensicError, NotFound
from forensic.model import Basis, Claim, Fact, Kind, Locator, Origin, Span

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.registry.value import Value
    from forensic.volumes.tree import Entry, Tree
    from forensic.windows.folder import Folder

_TEXTS, _NUMBER = (1, 2), 4
_NOTE_LIMIT = 256


class ImagingProductTrace(msgspec.Struct, frozen=True):
    """One file, folder or registry key of a product that handles installations."""

    product: str
    path: str
    """Of the file or folder on its volume, or of the registry key in its hive."""
    omitted: int = 0
    """Further names that the same pattern matches."""
    notes: tuple[str, ...] = ()
    """Of a registry key: what the product noted there, each as `value: content`."""


def _claims(what: str, rows: tuple[Trace | KeyTrace, ...]) -> Iterator[Claim]:
    for source in dict.fromkeys(row.source for row in rows if row.basis is Basis.SOURCED):
        products = dict.fromkeys(row.product for row in rows if row.source == source)
        yield Claim(f"{what} of {', '.join(products)}.", Basis.SOURCED, source)
    products = dict.fromkeys(row.product for row in rows if row.basis is Basis.UNVERIFIED)
    yield Claim(f"{what}, in whole or in part, of {', '.join(products)}.", Basis.UNVERIFIED)


IMAGING_PRODUCT_TRACE = Kind(
    "imaging-product-trace",
    ImagingProductTrace,
    "Trace of a product that copies, deploys, seals or converts installations",
    origin=Origin.OBSERVED,
    claims=(
        Claim("A product that is installed need not have been used on this installation: a trace alone proves nothing.", Basis.INFERRED),
        Claim(
            "vSphere customization changes the SID through Sysprep on Vista and later; a clone made without it keeps the SID.",
            Basis.SOURCED,
            "VMware API, CustomizationWinOptions, changeSID",
        ),
        Claim("cloudbase-init changes no SID by itself.", Basis.SOURCED, "cloudbase/cloudbase-init, issue 115"),
        Claim("BIS-F seals for Citrix on purpose without Sysprep: copies share one SID.", Basis.SOURCED, BISF),
        Claim("Ghost Walker may have run from DOS, which leaves no trace of its execution.", Basis.UNVERIFIED),
        Claim(
            "The key of the deployment toolkit is also on machines where only the toolkit itself is installed: there without notes.",
            Basis.SOURCED,
            MDT,
        ),
        *_claims("Files and folders", TRACES),
        *_claims("Registry keys", (*SOFTWARE_KEYS, *SERVICE_KEYS)),
    ),
)


@artifact_folder("%SystemRoot%", IMAGING_PRODUCT_TRACE, names=tuple(trace.path for trace in TRACES))
def imaging_product_trace(folder: Folder) -> Iterator[Fact[ImagingProductTrace]]:
    """State each file and folder of the table of imaging products that exists.

    Looked for in the drive's root, the system root, `Program Files`, `Program Files (x86)` and `ProgramData`; the folders are listed once,
    and nothing in the files is read. Links are not followed. NotFound when there is none.
    """
    places, failures, found = _Places(folder), Deferred(), False
    for trace in TRACES:
        for path in places.resolve(trace.path):
            with failures:
                matches = places.matches(path)
                if matches:
                    found, (name, is_directory) = True, matches[0]
                    value = ImagingProductTrace(trace.product, name, len(matches) - 1)
                    place = Span(Locator(volume=folder.tree.volume, file=name), b"") if is_directory else folder.tree.open(name)
                    yield IMAGING_PRODUCT_TRACE.fact(value, place)
    failures.settle()
    if not found:
        raise NotFound(f"none of {len(TRACES)} places exists")


@artifact("SOFTWARE", "", IMAGING_PRODUCT_TRACE, depth="full")
def imaging_product_key(key: Key) -> Iterator[Fact[ImagingProductTrace]]:
    r"""State each key of imaging products that SOFTWARE holds, and what the product noted there; also below its `Wow6432Node`.

    Of the deployment toolkit, task and time of the deployment and of the capture; of sealing scripts, how far they came; of clouds, the
    image and the time of provisioning. Up to 256 characters of each are stated. The key's last-written time is often that of
    the deployment. NotFound when there is none.
    """
    rows = [(row, path) for row in SOFTWARE_KEYS for path in (row.path, rf"Wow6432Node\{row.path}")]
    yield from _keys(key, rows)


@artifact("SYSTEM", r"CurrentControlSet\Services", IMAGING_PRODUCT_TRACE, depth="full")
def imaging_product_service(key: Key) -> Iterator[Fact[ImagingProductTrace]]:
    """State each service of imaging products, as of the keys in SOFTWARE."""
    yield from _keys(key, [(row, row.path) for row in SERVICE_KEYS])


def _keys(root: Key, rows: list[tuple[KeyTrace, str]]) -> Iterator[Fact[ImagingProductTrace]]:
    failures, found = Deferred(), False
    for row, path in rows:
        with failures:
            key = root.find(path)
            values = [] if key is None else [value for name in row.values if (value := key.find_value(name)) is not None]
            if key is None or (row.values and not values):
                continue
            found = True
            notes = tuple(f"{value.name}: {_note(value)}" for value in values)
            yield IMAGING_PRODUCT_TRACE.fact(ImagingProductTrace(row.product, path, notes=notes), values[0] if values else key)
    failures.settle()
    if not found:
        raise NotFound(f"none of {len(rows)} keys of imaging products is here")


def _note(value: Value) -> str:
    if value.type in _TEXTS:
        return value.text().strip()[:_NOTE_LIMIT]
    return str(value.number()) if value.type == _NUMBER else value.raw[: _NOTE_LIMIT // 2].hex()


class _Places:
    """Listings of folders, each made once."""

    def __init__(self, folder: Folder) -> None:
        self._tree: Tree = folder.tree
        drive = folder.path.rpartition("/")[0]
        self._roots = {
            "%SystemRoot%": [folder.path],
            "%SystemDrive%": [drive],
            "%ProgramFiles%": [f"{drive}/Program Files", f"{drive}/Program Files (x86)"],
            "%ProgramData%": [f"{drive}/ProgramData"],
        }
        self._listings: dict[str, dict[str, Entry] | ForensicError] = {folder.path: _by_name(folder.entries())}

    def resolve(self, path: str) -> Iterator[str]:
        """Yield the paths that a row of the table means."""
        variable, _, rest = path.partition("/")
        for root in self._roots[variable]:
            yield f"{root}/{rest}".lstrip("/")

    def matches(self, path: str) -> list[tuple[str, bool]]:
        """Return what exists of `path` as it is spelled there, and whether it is a folder."""
        *parents, last = path.rstrip("/").split("/")
        folder = ""
        for name in parents:
            entry = next((entry for entry in self._named(folder, name) if entry.is_directory), None)
            if entry is None:
                return []
            folder = f"{folder}/{entry.name}".lstrip("/")
        wanted = self._named(folder, last)
        return [(f"{folder}/{entry.name}".lstrip("/"), entry.is_directory) for entry in wanted if entry.is_directory or path[-1] != "/"]

    def _named(self, folder: str, name: str) -> list[Entry]:
        listing, name = self._listing(folder), name.lower()
        if "*" in name:
            return [entry for lower, entry in listing.items() if fnmatch.fnmatchcase(lower, name)]
        return [listing[name]] if name in listing else []

    def _listing(self, folder: str) -> dict[str, Entry]:
        if folder not in self._listings:
            try:
                self._listings[folder] = _by_name(self._tree.list(folder))
            except NotFound:
                self._listings[folder] = {}
            except ForensicError as error:
                self._listings[folder] = error
        listing = self._listings[folder]
        if isinstance(listing, ForensicError):
            raise listing
        return listing


def _by_name(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.name.lower(): entry for entry in entries if not entry.is_link}
