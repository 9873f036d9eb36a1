"""Licensing: whether Sysprep was told to leave the activation identity alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts.declaration import artifact
from forensic.model import Basis, Claim, Fact, Kind, Origin

if TYPE_CHECKING:
    from forensic.registry.key import Key

_ASKCORE = "https://blogs.technet.microsoft.com/askcore/2011/05/11/sysprep-skiprearm-and-image-build-best-practices/"
_SETTING = "http://technet.microsoft.com/en-us/library/ff716063(v=WS.10).aspx"
_KMS = "https://logicalread.com/kms-server-activation"

KMS_SKIP_REARM = Kind(
    "kms-skip-rearm",
    int,
    "SkipRearm: whether Sysprep leaves the activation identity as it is",
    origin=Origin.CHOSEN,
    claims=(
        Claim("1 makes Sysprep leave the licensing state as it is; 0 is the default.", Basis.SOURCED, _SETTING),
        Claim("The client machine id of volume activation is then not reset either, though the SID becomes new.", Basis.SOURCED, _ASKCORE),
        Claim("Since Windows 8 the setting is seldom needed.", Basis.SOURCED, _SETTING),
        Claim("Machines with one client machine id count once on the activation host.", Basis.SOURCED, _KMS),
        Claim("The client machine id itself lies in an encrypted store and is not stated.", Basis.UNVERIFIED),
    ),
    references=(_SETTING, _ASKCORE, _KMS),
)


@artifact("SOFTWARE", r"Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform", KMS_SKIP_REARM, depth="full", since=(6, 1))
def kms_skip_rearm(key: Key) -> Iterator[Fact[int]]:
    """State SkipRearm, REG_DWORD value `SkipRearm`: 1 after a generalize that was told not to rearm. Absent or 0 is the default."""
    value = key.value("SkipRearm")
    yield KMS_SKIP_REARM.fact(value.number(), value)
