r"""Marks of Windows PE: the keys and the value by which a recovery or setup environment is known, and which others plant as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from forensic.artifacts.declaration import artifact
from forensic.errors import NotFound
from forensic.model import Basis, Claim, Fact, Kind, Origin

if TYPE_CHECKING:
    from forensic.registry.key import Key

Mark = Literal["MiniNT", "WinPE", "InstallationType"]
_SILENCED = "public reports on the key MiniNT: the event log service writes nothing where it exists"

PREINSTALLATION_MARK = Kind(
    "preinstallation-mark",
    str,
    "Mark of Windows PE: a key or value by which a recovery or setup environment is known",
    origin=Origin.CHOSEN,
    claims=(
        Claim("Windows PE has the keys `MiniNT` and `WinPE` and the InstallationType `WindowsPE`.", Basis.UNVERIFIED),
        Claim("The key `MiniNT` silences the event log of an ordinary Windows, and is planted for that.", Basis.SOURCED, _SILENCED),
        Claim("One mark alone, in a Windows whose setup is over, makes no recovery environment of it.", Basis.INFERRED),
    ),
)


@artifact("SYSTEM", r"CurrentControlSet\Control", PREINSTALLATION_MARK, since=(5, 1))
def mini_nt(key: Key) -> Iterator[Fact[str]]:
    """State the key `MiniNT` below Control, by its name. Absent on ordinary installations."""
    found = key.find("MiniNT")
    if found is None:
        raise NotFound("Control has no key MiniNT")
    yield PREINSTALLATION_MARK.fact("MiniNT", found)


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion", PREINSTALLATION_MARK, since=(5, 1))
def win_pe(key: Key) -> Iterator[Fact[str]]:
    """State the key `WinPE`, by its name, and the REG_SZ value `InstallationType` where it says `WindowsPE`."""
    found, value = key.find("WinPE"), key.find_value("InstallationType")
    named = value is not None and value.text().lower() == "windowspe"
    if found is None and not named:
        raise NotFound("CurrentVersion has no mark of Windows PE")
    if found is not None:
        yield PREINSTALLATION_MARK.fact("WinPE", found)
    if value is not None and named:
        yield PREINSTALLATION_MARK.fact("InstallationType", value)
