"""Public images: machines that were published ready-made, so that unrelated people run copies of them.

Copies of such an image are copies: the relation stays, and is said to be that of a known image. Sandboxes and containers stand here too:
they share one SID by design.
"""

from __future__ import annotations

from forensic.artifacts.known_values import KnownValue
from forensic.model import Basis, Sid

_OBSERVED, _INFERRED = Basis.OBSERVED, Basis.INFERRED

MACHINE_SIDS = {
    Sid("S-1-5-21-3461203602-4096304019-2269080069"): KnownValue(
        "MSEDGEWIN10, Microsoft's test machine for Edge (Windows 10 17763)",
        _OBSERVED,
        "event logs of sbousseaden/EVTX-ATTACK-SAMPLES, course notes and management consoles of unrelated people, 2019 to 2022",
    ),
    Sid("S-1-5-21-4144202625-3024446806-325092953"): KnownValue(
        "MSEDGEWIN10 of 2016, Microsoft's test machine for Edge",
        _INFERRED,
        "SAM of SpecterOps/Nemesis, made on 2016-03-22 in one go with the image's own OpenSSH service; seen once",
    ),
    Sid("S-1-5-21-3463664321-2923530833-3546627382"): KnownValue(
        "IE8Win7, IE10Win7 or IE11Win7, Microsoft's test machines for Internet Explorer",
        _OBSERVED,
        "event logs of sans-blue-team/DeepBlueCLI (2013) and of other unrelated repositories, under several names",
    ),
    Sid("S-1-5-21-3583694148-1414552638-2922671848"): KnownValue(
        "IEWIN7 of 2018, Microsoft's test machine for Internet Explorer",
        _OBSERVED,
        "cincanproject/tools, samples/msdos/SAM.xz; event logs of unrelated repositories",
    ),
    Sid("S-1-5-21-1552841522-3835366585-4197357653"): KnownValue(
        "the virtual machine of a SANS course", _OBSERVED, "sans-blue-team/DeepBlueCLI, evtx: SEC511 (2017) to VALKYRIE (2023)"
    ),
    Sid("S-1-5-21-2047949552-857980807-821054962"): KnownValue(
        "Windows Sandbox, Application Guard and containers",
        _OBSERVED,
        "logs of unrelated repositories, 2020 and later: WDAGUtilityAccount is RID 504 of it everywhere",
    ),
    Sid("S-1-5-21-3182181239-2212841327-159266127"): KnownValue(
        "Vagrant box jacqinthebox/windowsserver2016core, before 2017-02", _OBSERVED, "packer-templates, issue 1"
    ),
}


def public_image(sid: Sid) -> KnownValue | None:
    """Return the public image whose machine SID this is; None where none is known."""
    return MACHINE_SIDS.get(sid)
