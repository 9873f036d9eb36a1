"""Time zone of the computer: what local times in its logs are reckoned by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts.declaration import artifact
from forensic.artifacts.optional_values import OptionalValues
from forensic.errors import NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.registry.key import Key

_MICROSOFT = (
    "Microsoft, TIME_ZONE_INFORMATION, https://learn.microsoft.com/en-us/windows/win32/api/timezoneapi/ns-timezoneapi-time_zone_information"
)
_RESOURCE = "@tzres.dll,"


class TimeZone(msgspec.Struct, frozen=True):
    """The time zone that was set, and what was in force when the hive was written last."""

    name: str | None
    """Of the zone, the same in every language, e.g. `W. Europe Standard Time`; before Vista that of its standard time in the system's."""
    bias: int | None
    """Minutes from local time to UTC without summer time: -60 is UTC+1."""
    active_bias: int | None
    """The same as it was in force, with summer time where that was."""
    hardware_clock_is_utc: bool
    """Whether the clock of the hardware runs in UTC (`RealTimeIsUniversal`), and not in local time as Windows has it."""


TIME_ZONE = Kind(
    "time-zone",
    TimeZone,
    "Time zone of the computer",
    origin=Origin.CHOSEN,
    renews={
        Change.SETUP: always(Basis.INFERRED),
        Change.SID_CHANGER: kept(Basis.INFERRED),
        Change.USE: always(Basis.INFERRED),
    },
    claims=(
        Claim("UTC is local time plus the bias, in minutes.", Basis.SOURCED, _MICROSOFT),
        Claim("`ActiveTimeBias` is what was in force: it changes with summer time.", Basis.UNVERIFIED),
        Claim(
            "Times in event logs, keys and file systems are UTC and do not depend on it; text logs of setup are local time.",
            Basis.UNVERIFIED,
        ),
    ),
    references=(_MICROSOFT,),
)


@artifact("SYSTEM", r"CurrentControlSet\Control\TimeZoneInformation", TIME_ZONE, depth="full")
def time_zone(key: Key) -> Iterator[Fact[TimeZone]]:
    r"""State the time zone, key `Control\TimeZoneInformation`.

    `TimeZoneKeyName` (REG_SZ, Vista and later; `StandardName` before), `Bias` and `ActiveTimeBias` (REG_DWORD, signed minutes),
    `RealTimeIsUniversal` (REG_DWORD).
    """
    values = OptionalValues(key)
    name = (values.text("TimeZoneKeyName") or "").partition("\0")[0] or None
    if name is None:
        standard = values.text("StandardName") or ""
        name = None if not standard or standard.startswith(_RESOURCE) else standard
    bias, active = (_signed(values.number(value)) for value in ("Bias", "ActiveTimeBias"))
    zone = TimeZone(name, bias, active, hardware_clock_is_utc=bool(values.number("RealTimeIsUniversal")))
    if zone.name is None and zone.bias is None and zone.active_bias is None:
        values.settle()
        raise NotFound("no time zone in the key", code="no-value")
    yield TIME_ZONE.fact(zone, key)
    values.settle()


def _signed(number: int | None) -> int | None:
    """Return a DWORD as the signed number that it means; None of anything larger."""
    if number is None or number >> 32:
        return None
    return number - (1 << 32) if number >> 31 else number
