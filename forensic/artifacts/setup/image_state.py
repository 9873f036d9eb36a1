"""Image state: how far Windows Setup or Sysprep came, in its two copies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import msgspec

from forensic.artifacts.declaration import artifact, artifact_file
from forensic.errors import Malformed
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always

if TYPE_CHECKING:
    from forensic.registry.key import Key
    from forensic.volumes.tree import File

_STATES = "https://learn.microsoft.com/en-us/windows-hardware/manufacture/desktop/windows-setup-states"
_INI_LIMIT = 64 << 10
_INI_STATE = re.compile(r"^[ \t]*ImageState[ \t]*=(.*)$", re.IGNORECASE | re.MULTILINE)


class ImageState(msgspec.Struct, frozen=True):
    """How far Setup came, by one of its two copies."""

    state: str
    """E.g. `IMAGE_STATE_COMPLETE`."""
    copy: Literal["registry", "state.ini"]


IMAGE_STATE = Kind(
    "image-state",
    ImageState,
    "ImageState: how far Setup or Sysprep came",
    origin=Origin.OBSERVED,
    renews={
        Change.SETUP: always(Basis.SOURCED, _STATES),
        Change.GENERALIZE: always(Basis.SOURCED, _STATES),
        Change.SPECIALIZE: always(Basis.SOURCED, _STATES),
    },
    decisive=True,
    claims=(
        Claim("IMAGE_STATE_COMPLETE: specialize and the first start are done; bound to this hardware.", Basis.SOURCED, _STATES),
        Claim("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE or …_TO_AUDIT: generalized and not yet started.", Basis.SOURCED, _STATES),
        Claim("IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE or …_TO_AUDIT: specialized and resealed without generalize.", Basis.SOURCED, _STATES),
        Claim("IMAGE_STATE_UNDEPLOYABLE: a phase has not finished; in an image that is not running it never will.", Basis.SOURCED, _STATES),
        Claim(
            "It is also the ordinary state of every first start, during specialize and again during OOBE: an image that was taken then "
            "shows it, and is no failed one.",
            Basis.OBSERVED,
            "setup logs of a Server 2012 R2 deployed in Azure and of a Windows 10 1709 from media: OrchestrateUpdateImageState",
        ),
        Claim(
            "Microsoft's media has IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE.",
            Basis.OBSERVED,
            "Panther/setupact.log of a Windows 10 1709 from media",
        ),
        Claim("The two copies (registry, State.ini) disagree after a Sysprep that failed, or after tampering.", Basis.INFERRED),
        Claim("The value is called ImageState; Microsoft's page writes StateName.", Basis.SOURCED, _STATES),
    ),
    references=(_STATES,),
)


@artifact("SOFTWARE", r"Microsoft\Windows\CurrentVersion\Setup\State", IMAGE_STATE, since=(6, 0))
def image_state(key: Key) -> Iterator[Fact[ImageState]]:
    """State the ImageState that the registry holds, text in value `ImageState`.

    The second copy is the file `Setup/State/State.ini`; both are written by Setup and Sysprep.
    """
    value = key.value("ImageState")
    yield IMAGE_STATE.fact(ImageState(value.text(), "registry"), value)


@artifact_file("%SystemRoot%/Setup/State/State.ini", IMAGE_STATE, since=(6, 0))
def image_state_file(file: File) -> Iterator[Fact[ImageState]]:
    """State the ImageState that State.ini holds: line `ImageState=…`, in one-byte text or in UTF-16 with a byte order mark.

    Malformed when the file has more than 64 KiB or no such line.
    """
    match = _INI_STATE.search(_decode(file.read_all(_INI_LIMIT)))
    if match is None:
        raise Malformed("State.ini has no line ImageState=")
    yield IMAGE_STATE.fact(ImageState(match[1].strip(), "state.ini"), file)


def _decode(data: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "backslashreplace")
    return data.decode("latin-1")
