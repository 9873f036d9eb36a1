"""Public images: machines that were published ready-made, so that unrelated people run copies of them.

Copies of such an image are copies: the relation stays, and is said to be that of a known image.
"""

from __future__ import annotations

from forensic.artifacts.known_values import KnownValue
from forensic.model import Basis, Sid

_OBSERVED = Basis.OBSERVED

MACHINE_SIDS = {
    Sid("S-1-5-21-3461203602-4096304019-2269080069"): KnownValue(
        "MSEDGEWIN10, Microsoft's test machine for Edge (Windows 10 17763)", _OBSERVED, "public event logs of many repositories"
    ),
    Sid("S-1-5-21-3463664321-2923530833-3546627382"): KnownValue(
        "IE8Win7, IE10Win7 or IE11Win7, Microsoft's test machines for Internet Explorer", _OBSERVED, "public event logs"
    ),
    Sid("S-1-5-21-3583694148-1414552638-2922671848"): KnownValue(
        "IEWIN7 of 2018, Microsoft's test machine for Internet Explorer", _OBSERVED, "cincanproject/tools, samples/msdos/SAM.xz"
    ),
    Sid("S-1-5-21-1552841522-3835366585-4197357653"): KnownValue(
        "the virtual machine of a SANS course", _OBSERVED, "sans-blue-team/DeepBlueCLI, evtx: SEC511 (2017) to VALKYRIE (2023)"
    ),
    Sid("S-1-5-21-2047949552-857980807-821054962"): KnownValue("Windows Sandbox and containers", _OBSERVED, "public event logs"),
    Sid("S-1-5-21-3182181239-2212841327-159266127"): KnownValue(
        "Vagrant box jacqinthebox/windowsserver2016core, before 2017-02", _OBSERVED, "packer-templates, issue 1"
    ),
}


def public_image(sid: Sid) -> KnownValue | None:
    """Return the public image whose machine SID this is; None where none is known."""
    return MACHINE_SIDS.get(sid)
