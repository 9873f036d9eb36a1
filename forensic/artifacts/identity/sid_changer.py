r"""Traces of programs that change the machine SID."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.model import Basis, Claim, Fact, Kind, Origin

if TYPE_CHECKING:
    from forensic.registry.key import Key


class SidChangerTrace(msgspec.Struct, frozen=True):
    """A trace that a SID changer left; the fact's `written` is its time."""

    product: str
    trace: str
    """`EulaAccepted`, or `key` where the value is not set."""
    companions: int = 0
    """How many other Sysinternals programs have a key that was written within ten seconds of this one."""


SID_CHANGER_TRACE = Kind(
    "sid-changer-trace",
    SidChangerTrace,
    "Trace of a program that changes the machine SID",
    origin=Origin.OBSERVED,
    claims=[
        Claim("No SID changer is supported by Microsoft, whatever it does well or badly.", Basis.SOURCED, reference.KB_314828),
        Claim("NewSID notes in the profile of the user who ran it that its licence was accepted.", Basis.SOURCED, reference.REGRIPPER),
        Claim(
            "Scripts accept the licences of all Sysinternals programs at once: sixty keys within a quarter of a second. A key beside many "
            "of the same second does not show that the program ran.",
            Basis.OBSERVED,
            "two NTUSER hives of regipy (NewSID not among them)",
        ),
        Claim(
            "Scripts that automate NewSID set the value before they start it.",
            Basis.SOURCED,
            "Apache VCL (NC State University), NewSID automation",
        ),
        Claim(
            "Ghost Walker can run from DOS, outside of Windows, and then leaves no such trace: absence shows nothing.",
            Basis.UNVERIFIED,
        ),
    ],
    references=[reference.NEWSID, reference.REGRIPPER, reference.GHOST_WALKER, reference.KB_314828],
)

_TOGETHER = 10 * 10_000_000
"""Ten seconds in ticks of 100 ns."""


@artifact("NTUSER", r"Software\Sysinternals", SID_CHANGER_TRACE)
def newsid_trace(key: Key) -> Iterator[Fact[SidChangerTrace]]:
    r"""State that NewSID left its key in a profile.

    In the profile's NTUSER.DAT, `Software\Sysinternals\NewSID`, value `EulaAccepted` (REG_DWORD, 1). The key's last-written time is when
    the licence was accepted: at the first run, or by a script. Normally there is no such key, and the gap says so.

    Caveats: `companions` counts the keys of other Sysinternals programs that were written within ten seconds. Where there are many, a
    script accepted all licences and the key does not show that NewSID ran. That a SID was in fact changed is seen elsewhere: in
    `lsa-policy-time` against `setupcl-run`, and in SIDs of former days.
    """
    newsid = key.key("NewSID")
    accepted = newsid.find_value("EulaAccepted")
    trace = "EulaAccepted" if accepted is not None and any(accepted.raw) else "key"
    companions = sum(abs(child.written - newsid.written) <= _TOGETHER for child in key.keys()) - 1
    yield SID_CHANGER_TRACE.fact(SidChangerTrace("NewSID", trace, companions), newsid if accepted is None else accepted)
