"""Examples and counter-examples of the rules over the lineage of setup, the origin of the machine SID, and what contradicts itself."""

from functools import partial

import msgspec

from forensic.artifacts.identity.account import ACCOUNT_SID, LocalAccount
from forensic.artifacts.identity.assigned_identifier import SETUP_LOG_SID, SetupLogSid
from forensic.artifacts.identity.first_sid import FIRST_SID
from forensic.artifacts.logs.event_log import EVENT_USER_SID, EventUserSid
from forensic.artifacts.setup.setup_lineage import SETUP_LINEAGE_STEP, SetupLineageStep
from forensic.artifacts.setup.setup_progress import SETUPCL_RUN, SetupclRun
from forensic.artifacts.setup.windows_release import INSTALL_DATE, PRODUCT_TYPE
from forensic.model import FactSet, FileTime, LocalTime, Sid
from forensic.reasoning.contradiction import Contradiction
from forensic.reasoning.subject import EarlierState
from tests.builders.facts import at, days, fact
from tests.rules.full_examples import COMPLETE, CONTROLLER, LATER, MASTER_TAG, MEDIA, MEDIA_TAG, SEALED, SETUP, SETUPCL, UPGRADED, WHOLE, of
from tests.rules.stories import OTHER, OWN, accounts, boot_key, flags, running, sid_pair

WORKSTATION, SERVER = fact(PRODUCT_TYPE, "WinNT"), fact(PRODUCT_TYPE, "ServerNT")
IN_SETUP = flags(SystemSetupInProgress=1)
THIRD = Sid("S-1-5-21-7-7-7")
LOG = "Windows/DtcInstall.log"


def lineage_step(kind, when, offset=100, file=LOG, **parts):
    """One step of the lineage, at this byte of its log; `when` to the minute by its clock, or None."""
    time = LocalTime(f"{when}:00.0000000") if when else None
    stated = fact(SETUP_LINEAGE_STEP, SetupLineageStep(kind, time, **parts), file=file)
    return msgspec.structs.replace(stated, place=msgspec.structs.replace(stated.place, offset=offset))


def lineage(*steps, file=LOG):
    """The steps of one log, `(kind, when)` each, in the order of the log."""
    return [lineage_step(kind, when, 100 * (number + 1), file) for number, (kind, when) in enumerate(steps)]


OF_MEDIA = ("media", "2019-12-07T09:17")
SET_UP = ("specialize", "2022-06-23T03:25")
SEALED_THEN = ("generalize", "2022-03-01T10:01")
PLAIN, DEPLOYED = lineage(OF_MEDIA, SET_UP), lineage(OF_MEDIA, SEALED_THEN, SET_UP)
TWICE = [("specialize", "2019-12-07T02:10"), ("generalize", "2019-12-07T02:18")]
"""What Microsoft does to the media of a service pack: within two days of the time of MEDIA."""

FIRST_OTHER, FIRST_OWN = fact(FIRST_SID, Sid(OTHER)), fact(FIRST_SID, Sid(OWN))
TODAY = sid_pair(OWN, SETUP)
CHANGED = sid_pair(OWN, LATER)
EARLIER = EarlierState(FactSet(sid_pair(OTHER, SETUP)))


def logged(sid, when, channel="System"):
    """Accounts of a SID in an event log, from `when` on."""
    return fact(EVENT_USER_SID, EventUserSid(channel, Sid(sid), 90, 40, 200, 900, when, FileTime(when + days(90))))


SOON, BEFORE = FileTime(SETUP + days(1)), FileTime(SETUP - days(1))
IN_SETUP_LOG, OTHER_IN_SETUP_LOG = (
    fact(SETUP_LOG_SID, SetupLogSid(Sid(f"{sid}-500"), Sid(sid), "administrator-profile")) for sid in (OWN, OTHER)
)
MIGRATED = msgspec.structs.replace(IN_SETUP_LOG, value=msgspec.structs.replace(IN_SETUP_LOG.value, where="migrated-account"))

INSTALLED_LATER = fact(INSTALL_DATE, LATER)
TWO_SETUPS = [SETUPCL, *boot_key(SETUP), INSTALLED_LATER, *running(), *COMPLETE]
EARLY = at("2002-01-01 00:10")
UNDATED = fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-1001"), 1001, "bob", None))
ANN = fact(ACCOUNT_SID, LocalAccount(Sid(f"{OWN}-1000"), 1000, "ann", LATER))
UNTRUE = partial(Contradiction, "time-after-the-end", "the CloneTag of then is later than all else on record")

STRANGE = FactSet([*sid_pair(OTHER, LATER), *boot_key(LATER, "bb" * 32)])
STRANGER = EarlierState(STRANGE, "shadow-copy", at("2023-01-05 12:00"))
KEYED = [*TODAY, *boot_key(SETUP), *running(), *COMPLETE]

LINEAGE_EXAMPLES = [
    (
        "shadow-copy-of-another-installation",
        of(KEYED, earlier_states=(STRANGER,)),
        "moderate",
        "a shadow copy of 2023-01-05 12:00:00 UTC, made after the setup of 2022-06-23 01:25:00 UTC, has the machine SID",
    ),
    (
        "lineage-of-media",
        of([*WHOLE, *PLAIN]),
        "moderate",
        "DtcInstall.log has the steps of the media and the specialize of 2022-06-23 03:25",
    ),
    ("lineage-of-media", of([*WHOLE, MEDIA, *lineage(*TWICE, SET_UP)]), "moderate", "and no generalize in between"),
    (
        "generalize-in-lineage",
        of([*WHOLE, *DEPLOYED]),
        "moderate",
        "DtcInstall.log has a generalize of 2022-03-01 10:01 and, after it, the",
    ),
    (
        "generalize-in-lineage",  # the last one counts
        of([*WHOLE, *lineage(OF_MEDIA, ("generalize", "2021-03-01T10:01"), SEALED_THEN, SET_UP)]),
        "moderate",
        "a generalize of 2022-03-01 10:01 and, after it, the specialize of 2022-06-23 03:25 by which this computer was set up",
    ),
    (
        "lineage-ends-with-generalize",
        of([*SEALED, *lineage(OF_MEDIA, SET_UP, ("generalize", "2024-03-05T10:00"))]),
        "moderate",
        "DtcInstall.log ends with a generalize, of 2024-03-05 10:00",
    ),
    (
        "lineage-ends-with-generalize",  # the specialize before is of the master
        of([*SEALED, *lineage(OF_MEDIA, SEALED_THEN, SET_UP, ("generalize", "2024-03-05T10:00"))]),
        "moderate",
        "of 2024-03-05 10:00",
    ),
    (
        "first-sid-replaced",
        of([*WHOLE, WORKSTATION, *CHANGED, FIRST_OTHER, *PLAIN]),
        "strong",
        f"the security authority generated {OTHER} as the first machine SID, today it is {OWN}, and the log of the lineage has no",
    ),
    ("first-sid-replaced", of([*WHOLE, WORKSTATION, *CHANGED, FIRST_OTHER, MEDIA_TAG]), "moderate", "and the CloneTag is the media's own"),
    ("first-sid-replaced", of([*WHOLE, SERVER, *CHANGED, FIRST_OTHER, *PLAIN]), "weak", f"generated {OTHER} as the first machine SID"),
    ("first-sid-replaced", of([*WHOLE, *CHANGED, FIRST_OTHER, MEDIA_TAG]), "weak", f"generated {OTHER} as the first machine SID"),
    (
        "machine-sid-of-setup",
        of([*WHOLE, *TODAY]),
        "moderate",
        f"the machine SID {OWN} is that of setup: its key was written 2022-06-23 01:25:00 UTC, within setup, and not since",
    ),
    (
        "machine-sid-of-setup",
        of([*WHOLE, *CHANGED, logged(OWN, SOON)]),
        "moderate",
        "its accounts logged events in System from 2022-06-24 01:25:00 UTC on",
    ),
    ("machine-sid-of-setup", of([*CHANGED, FIRST_OWN]), "moderate", "the log of the security authority has it as the first"),
    ("machine-sid-of-setup", of([*CHANGED, IN_SETUP_LOG]), "moderate", "a log of setup names it"),
    ("machine-sid-of-setup", of([*WHOLE, *TODAY, FIRST_OWN], earlier_states=(EARLIER,)), "moderate", "has it as the first"),
    (
        "setups-of-two-installations",
        of([*TWO_SETUPS, *sid_pair(OWN, LATER), ANN]),
        "moderate",
        (
            "SYSTEM records a setup on 2022-06-23 01:25:00 UTC, SOFTWARE one on 2024-05-01 12:00:00 UTC; the machine SID in SECURITY"
            " (2024-05-01 12:00:00 UTC) and the first account in SAM (2024-05-01 12:00:00 UTC) agree with SOFTWARE: these may be hives of"
            " two computers"
        ),
    ),
    (
        "setups-of-two-installations",
        of([*TWO_SETUPS, *sid_pair(OWN, SETUP), ANN]),
        "moderate",
        (
            "; the machine SID in SECURITY (2022-06-23 01:25:00 UTC) agrees with SYSTEM; the first account in SAM (2024-05-01 12:00:00 UTC)"
            " agrees with SOFTWARE: these may be hives of two computers"
        ),
    ),
    (
        "setups-of-two-installations",  # neither accounts that Setup makes nor those of unknown age tell
        of([*TWO_SETUPS, *accounts(OWN, SETUP), UNDATED, ANN]),
        "moderate",
        "SOFTWARE one on 2024-05-01 12:00:00 UTC; the first account in SAM (2024-05-01 12:00:00 UTC) agrees with SOFTWARE",
    ),
    (
        "setups-of-two-installations",
        of([*boot_key(SETUP), INSTALLED_LATER, *running()]),
        "moderate",
        "SOFTWARE one on 2024-05-01 12:00:00 UTC: these may be hives of two computers",
    ),
    ("contradiction", of(TODAY, contradictions=(UNTRUE(()),)), "weak", "is later than all else on record; that is set aside"),
    (
        "contradiction",
        of([MASTER_TAG], contradictions=(UNTRUE((MASTER_TAG,)),)),
        "weak",
        "is later than all else on record; that is set aside",
    ),
]

LINEAGE_COUNTER_EXAMPLES = [
    ("shadow-copy-of-another-installation", of(KEYED, earlier_states=(EarlierState(STRANGE, "shadow-copy", at("2021-01-05 12:00")),))),
    ("shadow-copy-of-another-installation", of(KEYED, earlier_states=(EarlierState(STRANGE),))),
    ("shadow-copy-of-another-installation", of([*TODAY, *running(), *COMPLETE], earlier_states=(STRANGER,))),
    ("shadow-copy-of-another-installation", of([*KEYED, CONTROLLER], earlier_states=(STRANGER,))),
    ("shadow-copy-of-another-installation", of([*TODAY, *boot_key(SETUP), *IN_SETUP], earlier_states=(STRANGER,))),
    (
        "shadow-copy-of-another-installation",
        of(KEYED, earlier_states=(EarlierState(FactSet([*sid_pair(OWN, LATER)]), "shadow-copy", at("2023-01-05 12:00")),)),
    ),
    (
        "shadow-copy-of-another-installation",
        of(KEYED, earlier_states=(EarlierState(FactSet([*sid_pair(OTHER, LATER), *boot_key(SETUP)]), "shadow-copy", LATER),)),
    ),
    ("lineage-of-media", of([*WHOLE, *DEPLOYED])),
    ("lineage-of-media", of([*WHOLE, *lineage(SET_UP)])),  # a log that was begun anew
    ("lineage-of-media", of([*WHOLE, *lineage(*TWICE, SET_UP)])),  # nothing says that these were Microsoft's
    ("lineage-of-media", of([*WHOLE, *lineage(OF_MEDIA, ("specialize", "2022-01-01T03:25"))])),  # another setup
    ("lineage-of-media", of([*WHOLE, *lineage(OF_MEDIA, ("specialize", None))])),
    ("lineage-of-media", of([*WHOLE, *lineage(OF_MEDIA)])),
    ("lineage-of-media", of([*WHOLE, *lineage(OF_MEDIA), lineage_step(*SET_UP, 900, in_upgrade=True)])),
    ("lineage-of-media", of([*running(), *COMPLETE, *PLAIN])),  # no clock of setup
    ("lineage-of-media", of([SETUPCL, *SEALED, *PLAIN])),
    ("lineage-of-media", of([*WHOLE, UPGRADED, *PLAIN])),
    ("generalize-in-lineage", of([*WHOLE, *PLAIN])),
    ("generalize-in-lineage", of([*WHOLE, MEDIA, *lineage(*TWICE, SET_UP)])),  # Microsoft's own
    ("generalize-in-lineage", of([*WHOLE, *lineage(OF_MEDIA, SET_UP, ("generalize", "2022-09-01T10:00"))])),  # since
    ("generalize-in-lineage", of([*WHOLE, *lineage(OF_MEDIA, ("generalize", None), SET_UP)])),
    ("generalize-in-lineage", of([*WHOLE, *lineage(OF_MEDIA, ("cleanup", "2022-03-01T10:01"), SET_UP)])),  # Sysprep without /generalize
    ("generalize-in-lineage", of([*WHOLE, *lineage(OF_MEDIA, SEALED_THEN)])),
    ("generalize-in-lineage", of([*WHOLE, *lineage(OF_MEDIA, SEALED_THEN, ("specialize", "2022-05-01T03:25"))])),
    ("generalize-in-lineage", of([*WHOLE, *lineage(OF_MEDIA, SEALED_THEN), lineage_step(*SET_UP, 900, in_upgrade=True)])),
    ("generalize-in-lineage", of([SETUPCL, *SEALED, *DEPLOYED])),
    ("generalize-in-lineage", of([*WHOLE, *DEPLOYED], era="xp")),
    ("lineage-ends-with-generalize", of([*COMPLETE, *lineage(OF_MEDIA, ("generalize", "2024-03-05T10:00"))])),
    ("lineage-ends-with-generalize", of([*SEALED, *PLAIN])),
    ("lineage-ends-with-generalize", of([*SEALED, *DEPLOYED])),
    ("lineage-ends-with-generalize", of([*SEALED, MEDIA, *lineage(*TWICE)])),
    ("first-sid-replaced", of([*WHOLE, WORKSTATION, *CHANGED, FIRST_OWN, *PLAIN])),
    ("first-sid-replaced", of([*WHOLE, WORKSTATION, *CHANGED, *PLAIN])),
    ("first-sid-replaced", of([*WHOLE, WORKSTATION, *CHANGED, FIRST_OTHER, *DEPLOYED])),
    ("first-sid-replaced", of([*WHOLE, WORKSTATION, *CHANGED, FIRST_OTHER, MASTER_TAG])),  # generalized, or who knows
    ("first-sid-replaced", of([*WHOLE, WORKSTATION, *CHANGED, FIRST_OTHER])),
    ("first-sid-replaced", of([*WHOLE, CONTROLLER, *CHANGED, FIRST_OTHER, *PLAIN])),
    ("first-sid-replaced", of([*WHOLE, WORKSTATION, *sid_pair(OWN, LATER, sam=THIRD), FIRST_OTHER, *PLAIN])),
    ("first-sid-replaced", of([*WHOLE, WORKSTATION, FIRST_OTHER, *PLAIN])),
    ("first-sid-replaced", of([SETUPCL, *SEALED, WORKSTATION, *CHANGED, FIRST_OTHER, *PLAIN])),
    ("machine-sid-of-setup", of([*WHOLE, *CHANGED])),
    ("machine-sid-of-setup", of(TODAY)),
    ("machine-sid-of-setup", of([*WHOLE, *TODAY[:1]])),  # SAM is written at every turn
    ("machine-sid-of-setup", of([*WHOLE, *sid_pair(OWN, SETUP, sam=OTHER)])),
    ("machine-sid-of-setup", of([*WHOLE, *TODAY, CONTROLLER])),
    ("machine-sid-of-setup", of([*WHOLE, *TODAY], earlier_states=(EARLIER,))),
    ("machine-sid-of-setup", of([*WHOLE, *CHANGED, logged(OWN, FileTime(SETUP + days(9)))])),
    ("machine-sid-of-setup", of([*WHOLE, *CHANGED, logged(OTHER, SOON)])),
    ("machine-sid-of-setup", of([*WHOLE, *CHANGED, logged(OWN, SOON), logged(OTHER, BEFORE, "Security")])),
    ("machine-sid-of-setup", of([*CHANGED, FIRST_OTHER, OTHER_IN_SETUP_LOG])),
    ("machine-sid-of-setup", of([*CHANGED, MIGRATED])),  # an upgrade lists the SID that it found
    ("setups-of-two-installations", of(WHOLE)),
    ("setups-of-two-installations", of([*TWO_SETUPS, *boot_key(LATER)])),  # one of the clocks of SYSTEM agrees
    ("setups-of-two-installations", of([SETUPCL, *boot_key(SETUP), *running(), *COMPLETE])),
    ("setups-of-two-installations", of([INSTALLED_LATER, *running(), *COMPLETE])),
    ("setups-of-two-installations", of([SETUPCL, INSTALLED_LATER, *IN_SETUP])),
    ("setups-of-two-installations", of([*TWO_SETUPS, UPGRADED])),
    (
        "setups-of-two-installations",  # the clock was wrong
        of([fact(SETUPCL_RUN, SetupclRun(succeeded=True), written=EARLY), fact(INSTALL_DATE, FileTime(EARLY + days(9))), *COMPLETE, MEDIA]),
    ),
    ("contradiction", of(TODAY)),
]
"""The rule, and facts of which it must make nothing."""
