"""Whole installations with runs of Sysprep: what one witness says, what two say, and what a later success takes back."""

from forensic.artifacts.identity.certificate import MACHINE_CERTIFICATE, MachineCertificate
from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.identity.membership import CLOUD_JOIN, CloudJoin
from forensic.artifacts.products.agent import AGENT_ID, AgentId
from forensic.artifacts.setup.first_boot import FIRST_BOOT_SETUP, IMAGE_STATE_CHANGE, FirstBootSetup, ImageStateChange
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_command import SETUP_FLAG
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP, SetupLineageStep
from forensic.artifacts.setup.setup_progress import SYSPREP_STATUS, SysprepStatus
from forensic.artifacts.setup.sysprep_log import SYSPREP_ERROR, SYSPREP_LOG, SysprepErrorLine
from forensic.artifacts.setup.sysprep_run import SysprepRun
from forensic.artifacts.setup.sysprep_tag import SYSPREP_TAG
from forensic.artifacts.setup.unattend_pass import CHILD_COMPLETION, ChildCompletion
from forensic.model import LocalTime, Sid
from tests.builders.facts import fact, gap
from tests.rules.full_examples import FAILED, FAILED_CHECK, run
from tests.rules.stories import DOMAIN, STORIES, flags, image_state, without
from tests.rules.stories import subject as whole

MAY = LocalTime("2023-05-01T10:00:00.0000000")
LATER = "2024-03-02T10:00:00.0000000"
DEAD = image_state("IMAGE_STATE_UNDEPLOYABLE")
DONE = image_state("IMAGE_STATE_COMPLETE")
BEGUN, AT_REST = fact(SYSPREP_STATUS, SysprepStatus(3)), fact(SYSPREP_STATUS, SysprepStatus(7))
GAVE_UP = fact(
    SYSPREP_ERROR,
    SysprepErrorLine(
        "SYSPRP WinMain:Hit failure while processing sysprep generalize internal providers; hr = 0x80070005",
        LocalTime("2024-03-01T09:58:00.0000000"),
        "0x80070005",
    ),
)
OPENED = fact(SYSPREP_LOG, SysprepRun(LocalTime(LATER)))
"""A run of which only the first line stands."""
TAG = fact(SYSPREP_TAG, "Windows/System32/Sysprep/Sysprep_succeeded.tag", written="2024-03-01 12:00")
NO_TAG = gap(SYSPREP_TAG)
AGENT = fact(AGENT_ID, AgentId("PowerShell Desired State Configuration", "AgentId", "9E9F7C4A-2D11-11EC-8C5B-00155D010203"))
SMS = fact(MACHINE_CERTIFICATE, MachineCertificate("SMS", "ab" * 20))
OWN_CERTIFICATE = fact(MACHINE_CERTIFICATE, MachineCertificate("Remote Desktop", "cd" * 20))
JOINED = fact(CLOUD_JOIN, CloudJoin("ef" * 20))
MEMBER = fact(DOMAIN_SID, Sid(DOMAIN), key=r"Policy\PolPrDmS")


def plain(*facts, gaps=(), states=DONE, setup=(), origin="active"):
    """A plain Windows 10 without status and image state, and these facts; `setup`: other flags of setup."""
    told, _ = STORIES["plain 10"]
    kept = without(told.facts, IMAGE_STATE, SYSPREP_STATUS, SYSPREP_TAG, *((SETUP_FLAG,) if setup else ()))
    others = [one for one in told.gaps if one.artifact != SYSPREP_TAG.name]
    return whole(told.era, [*kept, *states, *setup, *facts], [*others, *gaps], origin=origin)


def sealed(*facts, gaps=(), origin="active"):
    """A sealed master of Windows 10, and these facts, without the file of success."""
    told, _ = STORIES["sealed for first start"]
    others = [one for one in told.gaps if one.artifact not in (SYSPREP_TAG.name, "domain-sid")]
    return whole(told.era, [*without(told.facts, SYSPREP_TAG), *facts], [*others, *gaps], origin=origin)


def state_change(before, after, when, program):
    """One change of the image state in Panther."""
    return fact(IMAGE_STATE_CHANGE, ImageStateChange(before, after, LocalTime(when), program=program))


BUSY = flags(SystemSetupInProgress=1, SetupType=2, OOBEInProgress=1)
OOBE = state_change("SPECIALIZE_RESEAL_TO_OOBE", "UNDEPLOYABLE", "2022-06-23T01:40:00.0000000", "oobeldr.exe")
UNTIL_OOBE = [fact(CHILD_COMPLETION, ChildCompletion("setup.exe", 3)), fact(CHILD_COMPLETION, ChildCompletion("oobeldr.exe", 1))]

GATE_STORIES = {
    "one witness: a status of 3": (plain(BEGUN), {"undetermined"}),
    "one witness: UNDEPLOYABLE": (plain(AT_REST, states=DEAD), {"undetermined"}),
    "one witness: a log that failed, all at rest": (plain(AT_REST, FAILED), {"installed"}),
    "one witness: a log that failed, nothing known of the status": (plain(FAILED), {"undetermined"}),
    "one witness: a list of errors, all at rest": (plain(AT_REST, GAVE_UP), {"installed"}),
    "one witness: an absent success file": (plain(AT_REST, gaps=[NO_TAG]), {"installed"}),
    "two witnesses: status and image state": (plain(BEGUN, states=DEAD), {"generalize-failed"}),
    "two witnesses: image state and log": (plain(AT_REST, FAILED, states=DEAD), {"generalize-failed"}),
    "two witnesses: status and log, no image state": (plain(BEGUN, FAILED, states=()), {"generalize-failed"}),
    "two witnesses against COMPLETE: status and log": (plain(BEGUN, FAILED), {"undetermined"}),
    "two witnesses against COMPLETE: status and list of errors": (plain(BEGUN, GAVE_UP), {"undetermined"}),
    "two witnesses of hives alone": (plain(BEGUN, states=DEAD[:1]), {"generalize-failed"}),
    "three witnesses": (plain(BEGUN, FAILED, states=DEAD), {"generalize-failed"}),
    "a run of one line hides none": (plain(AT_REST, FAILED, OPENED, states=DEAD), {"generalize-failed"}),
    "a status of 3 beside a success": (plain(BEGUN, run(LATER, "succeeded")), {"installed"}),
    "a status of 3 and a failure, before a success": (plain(BEGUN, FAILED, run(LATER, "succeeded")), {"installed"}),
    "a refused generalize": (plain(AT_REST, FAILED_CHECK), {"installed"}),
    "a refused generalize does not explain UNDEPLOYABLE": (plain(AT_REST, FAILED_CHECK, states=DEAD), {"undetermined"}),
    "taken between the passes, by the flags": (plain(BEGUN, FAILED, states=DEAD, setup=BUSY), {"undetermined"}),
    "taken between the passes, by Panther": (plain(BEGUN, OOBE, states=DEAD), {"undetermined"}),
    "taken between the passes, by ChildCompletion": (plain(BEGUN, *UNTIL_OOBE, states=DEAD), {"undetermined"}),
    "a mark of the first start beside COMPLETE": (plain(BEGUN, *UNTIL_OOBE, OOBE), {"undetermined"}),
    "sealed, run failed": (sealed(FAILED, gaps=[NO_TAG]), {"undetermined"}),
    "sealed, run refused": (sealed(FAILED_CHECK, gaps=[NO_TAG]), {"undetermined"}),
    "sealed, an older run failed": (sealed(FAILED, run(LATER, "succeeded"), TAG), {"sealed-generalized"}),
    "sealed, success file missing": (sealed(gaps=[NO_TAG]), {"sealed-generalized"}),
    "sealed, carrying": (sealed(TAG, AGENT, SMS, JOINED, MEMBER, OWN_CERTIFICATE), {"sealed-generalized"}),
}
"""Name -> the subject, and the histories that may come out."""
TOLD = {
    "refused": (plain(AT_REST, FAILED_CHECK), "Sysprep was run with generalize on 2024-03-01 and refused (SysprepGeneralizeValidate)"),
    "failed": (plain(AT_REST, FAILED), "Sysprep was run with generalize on 2024-03-01 and failed in the midst of its work"),
    "without generalize": (
        plain(AT_REST, run(LATER, "succeeded", options=("oobe", "quit"), executed=("cleanup",))),
        "Sysprep was run without generalize on 2024-03-02, with success",
    ),
    "without generalize, by its file": (plain(AT_REST, TAG), "Sysprep ran to its end on 2024-03-01 12:00:00 UTC without generalize"),
    "broken off": (plain(AT_REST, run(LATER, "cut-off")), "Sysprep was run with generalize on 2024-03-02; its log breaks off"),
    "a later first start": (
        plain(AT_REST, state_change("GENERALIZE_RESEAL_TO_OOBE", "UNDEPLOYABLE", "2023-01-01T10:00:00.0000000", "setup.exe")),
        "Panther has the first start of a generalized image on 2023-01-01",
    ),
    "a deployed image": (
        plain(AT_REST, fact(FIRST_BOOT_SETUP, FirstBootSetup("starting", LocalTime("2022-06-23T01:25:00.0000000")))),
        "The first start of 2022-06-23 was that of an image that had been deployed",
    ),
    "a generalize in the lineage": (
        plain(
            AT_REST,
            fact(SETUP_LINEAGE_STEP, SetupLineageStep("generalize", MAY), file="Windows/DtcInstall.log"),
        ),
        "DtcInstall.log has a generalize of 2023-05-01",
    ),
}
"""Name -> a subject, and what its summary has to say in place of that there is no trace."""
