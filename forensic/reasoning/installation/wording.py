"""Wording: what each verdict says, leaves open and advises, on every installation that it is given to."""

from __future__ import annotations

from forensic.artifacts.users.msa_device_id import MSA_DEVICE_ID
from forensic.model import History
from forensic.reasoning.subject import Subject

OPENING = {
    History.INSTALLED: "{window} It looks like an ordinary installation {place}.",
    History.DEPLOYED_GENERALIZED: "It was deployed from a master that was generalized first, as Microsoft asks.",
    History.SEALED_GENERALIZED: "It is a generalized image that was not started since: a sealed master, ready to be deployed.",
    History.RELOCATED_NOT_GENERALIZED: (
        "{window} So it was moved or copied without one. A single image cannot show whether the original still runs."
    ),
    History.SID_CHANGED: "So the machine SID was replaced by something other than Sysprep, which Microsoft does not support.",
    History.GENERALIZED_AFTER_USE: (
        "So Sysprep ran only after this installation had a life on its target; Microsoft does not accept that as a repair of a copy."
    ),
    History.GENERALIZE_FAILED: "A generalize was begun here and did not finish; every copy of this image has the same defect.",
}  # fmt: skip

NOT_EXCLUDED: dict[History, tuple[str, ...]] = {
    History.INSTALLED: (
        "an image shows one computer: a copy that was never started elsewhere looks the same as its original",
    ),
    History.DEPLOYED_GENERALIZED: (
        "the manufacturer of the computer, or Microsoft when it renewed its media, generalized the image, and nobody here did",
        "the master had been in use on another computer before it was generalized",
    ),
    History.SEALED_GENERALIZED: (
        "copies that were taken before the generalize",
    ),
    History.RELOCATED_NOT_GENERALIZED: (
        "one computer that was repaired: another board, another disk, another network card, or firmware that got another system UUID",
        "a virtual machine that was moved to another host or given a new identity",
        "a computer that was made a virtual machine and then shut down for good",
        "a backup that was restored on other hardware after the original was lost",
    ),
    History.SID_CHANGED: (
        "hives restored from a backup of another time",
        "a former time as domain controller of which no trace is left",
    ),
    History.GENERALIZED_AFTER_USE: (
        "the computer on which a master was built and maintained for months, generalized there and started again: then it is no copy",
        "a virtual machine whose template has the same hardware identity",
        "an installation that never was a copy, generalized to give it away or to set it up anew",
    ),
    History.GENERALIZE_FAILED: (
        "the image was taken while Sysprep was at work, and the computer finished it afterwards",
    ),
    History.UNDETERMINED: (
        "an ordinary installation as well as a duplicate: missing evidence is neither",
    ),
}  # fmt: skip

_COMPARE = (
    "Examine the suspected source as well (`forensic examine` each) and compare machine SID, boot key, MachineGuid and hardware of both"
    " reports: only that shows whether two computers share one installation."
)

REMEDIES: dict[History, tuple[str, ...]] = {
    History.INSTALLED: (
        "Nothing has to be done.",
        "Where a copy is suspected, examine both images (`forensic examine` each) and compare machine SID and boot key of the reports.",
    ),
    History.DEPLOYED_GENERALIZED: ("Nothing has to be done.",),
    History.SEALED_GENERALIZED: ("Nothing has to be done: capture and deploy this image.",),
    History.RELOCATED_NOT_GENERALIZED: (
        _COMPARE,
        "If the source is still in use, rebuild this computer from an image that was generalized before it was captured.",
        "Running Sysprep on it now, or changing its SID, does not make it compliant.",
    ),
    History.SID_CHANGED: (
        "Rebuild this computer from an image that was generalized before it was captured.",
        "Changing the SID once more, or running Sysprep on it now, does not help: Microsoft does not support either as a repair.",
        _COMPARE,
    ),
    History.GENERALIZED_AFTER_USE: (
        _COMPARE,
        "Find out whether it was copied from another computer before the generalize; if so, rebuild it from an image generalized in time.",
        "Running Sysprep once more does not help.",
    ),
    History.GENERALIZE_FAILED: (
        "Read System32\\Sysprep\\Panther\\setuperr.log for the step that failed.",
        "Repair that on the master, and generalize it again before capturing.",
        "Do not deploy this image; computers that were deployed from it have to be rebuilt.",
    ),
    History.UNDETERMINED: (
        "Examine again with what is missing: the whole disk image rather than single hives, with the transaction logs beside them.",
        _COMPARE,
    ),
}  # fmt: skip


def profile_remedy(history: History, subject: Subject) -> tuple[str, ...]:
    """Return what has to be done about user profiles: a device identifier in a copied profile outlives every repair of the machine."""
    copied = history in (History.RELOCATED_NOT_GENERALIZED, History.SID_CHANGED, History.GENERALIZED_AFTER_USE)
    if not copied or not subject.facts.of(MSA_DEVICE_ID):
        return ()
    return ("For push notifications each user needs a new profile as well: the device identifier lives in the old one (KB 314828).",)
