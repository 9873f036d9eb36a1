"""Error reporting: the identifier under which Windows Error Reporting sent its reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact
from forensic.model import Basis, Claim, Fact, Guid, Kind, Origin

if TYPE_CHECKING:
    from forensic.registry.key import Key

WER_MACHINE_ID = Kind(
    "wer-machine-id",
    Guid,
    "MachineID of Windows Error Reporting",
    origin=Origin.RANDOM,
    namespace="wer-machine-id",
    claims=[
        Claim("Older releases keep it.", Basis.UNVERIFIED),
        Claim(
            "Error reporting has providers for generalize and specialize (WerSysprepGeneralize, WerSysprepSpecialize); what they do to "
            "this value is not documented.",
            Basis.SOURCED,
            f"{reference.GENERALIZE_XML}; {reference.SPECIALIZE_LOGS}",
        ),
        Claim("The value and its key.", Basis.SOURCED, reference.WINREG_KB),
    ],
    references=[reference.WINREG_KB],
)


@artifact("SOFTWARE", r"Microsoft\Windows\Windows Error Reporting", WER_MACHINE_ID, depth="full", since=(6, 0))
def wer_machine_id(key: Key) -> Iterator[Fact[Guid]]:
    """State the MachineID: REG_SZ value `MachineID`, a GUID."""
    value = key.value("MachineID")
    yield WER_MACHINE_ID.fact(Guid.parse(value.text()), value)
