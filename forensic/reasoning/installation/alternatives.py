"""Alternatives: explanations other than duplication that this very installation's facts bring up, each in one sentence.

A verdict kind names those that may explain its traces, and says itself what is true of every installation with that verdict.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.known_values.public import public_image
from forensic.artifacts.known_values.vendor import is_virtual
from forensic.artifacts.setup.preinstallation_mark import PREINSTALLATION_MARK
from forensic.artifacts.setup.source_os import SOURCE_OS
from forensic.artifacts.setup.sysprep_tag import SETUPCL_FILE, SYSPREP_FOLDER
from forensic.artifacts.storage.disk import VOLUME_CREATED
from forensic.artifacts.users.sqm import SQM_MACHINE_ID
from forensic.reasoning.binding import SETUP_NAMES, names_of, netbios
from forensic.reasoning.installation.setup_time import DAY, MARGIN, clock_was_behind, clone_tag, is_later_than_media, media_of, setup
from forensic.reasoning.subject import Subject, listed, moment

_HOUR = 3600 * 10_000_000
_BEFORE_CLONING = frozenset({"vista", "2008", "7", "2008r2", "8"})
"""Releases since Vista without the supported cloning of domain controllers."""
_CLONED_CONTROLLER = (
    "domain controller that was cloned in the way that Microsoft supports since Windows Server 2012 (DCCloneConfig.xml): it needs"
    " no Sysprep, and the copy is a controller of its own"
)


def promotion(subject: Subject) -> Iterator[str]:
    """A domain controller got its SID when it was promoted."""
    if subject.is_domain_controller:
        yield (
            "domain controller: the promotion gave its account database a new SID, which is no sign of Sysprep or of a SID changer;"
            " nothing is concluded from the SID's time"
        )
    if subject.is_domain_controller and not subject.is_supported_clone:
        yield f"domain controller as a master: {_no_master(subject)}"


def _no_master(subject: Subject) -> str:
    """Say what Microsoft supports of copies of a controller of this release."""
    if subject.era == "nt4":
        return "primary and backup controllers of Windows NT 4.0 have one SID, that of the domain, and Microsoft supports no copy of either"
    if subject.is_classic or subject.era in _BEFORE_CLONING:
        return (
            "an image that was taken after the promotion is not supported, sealed with Sysprep or not; the image is to be taken before, and"
            " each copy promoted for itself"
        )
    return (
        "neither an image that was sealed with Sysprep nor a plain copy is supported; only the cloning of Windows Server 2012 and later is,"
        " which leaves DCCloneConfig.xml, renamed"
    )


def first_controller(subject: Subject) -> Iterator[str]:
    """A server may have been the first controller of its domain itself."""
    if subject.product_type == "server":
        yield (
            "the first controller of the domain itself, demoted and given its former SID back, or restored from a backup of before its"
            " promotion: then there is one computer"
        )


def given_sid(subject: Subject) -> Iterator[str]:
    """A workstation cannot have become a controller: what it shares with one came from a program."""
    if subject.product_type == "workstation":
        yield (
            "this is a workstation, and controllers run Windows Server: two installations that got one SID from a program or a deployment"
            " product, and are no copies of each other otherwise"
        )


def demotion(subject: Subject) -> Iterator[str]:
    """A server may have been a domain controller for a time."""
    if not subject.is_domain_controller and subject.product_type == "server":
        yield "domain controller: a promotion and demotion that left no trace would have changed the SID too"


def supported_clone(subject: Subject) -> Iterator[str]:
    """A domain controller that bears the mark of the supported way of cloning."""
    if subject.is_supported_clone:
        yield f"{_CLONED_CONTROLLER}; its mark is there"


def unmarked_clone(subject: Subject) -> Iterator[str]:
    """A domain controller may have been cloned in the supported way, and its mark be lost."""
    if subject.is_domain_controller and not subject.is_classic and not subject.is_supported_clone:
        yield _CLONED_CONTROLLER


def portable(subject: Subject) -> Iterator[str]:
    """Windows To Go is carried from computer to computer; the computers are named all the same."""
    if not (subject.is_portable or subject.lies_on_usb):
        return
    marks = ["PortableOperatingSystem is set"] * subject.is_portable + ["it starts from USB"] * subject.lies_on_usb
    seen = {
        " ".join(part for part in (fact.value.manufacturer, fact.value.product) if part) or "a computer of unknown make"
        for fact in subject.facts.of(HARDWARE_CONFIG)
    }
    where = f"; it was started on {listed(seen)}" if seen else ""
    yield (
        f"Windows To Go ({', '.join(marks)}): it is made to be started on many computers, so that traces of several say"
        f" nothing{where}; whether the drive itself was duplicated, only a comparison with the other drive shows"
    )


def preinstallation(subject: Subject) -> Iterator[str]:
    """A mark of Windows PE lies in an installation that is in use."""
    marks = {fact.value for fact in subject.facts.of(PREINSTALLATION_MARK)}
    if marks:
        yield (
            f"a mark of Windows PE ({listed(marks)}) lies in a Windows whose setup is over: it makes no recovery environment of it, and"
            " `MiniNT` silences the event log"
        )


def known_image(subject: Subject) -> Iterator[str]:
    """The machine SID is that of a public image."""
    for fact in subject.facts.of(MACHINE_SID)[:1]:
        image = public_image(fact.value)
        if image is not None:
            yield f"known public image: every copy of {image.of} has this machine SID, and many people run one ({image.source})"


def mini_setup(subject: Subject) -> Iterator[str]:
    """Before Vista, mini-setup may have run."""
    if subject.is_classic and subject.has_no_clone_tag and not subject.knows_no_sysprep:
        duplicator = subject.command("OemDuplicatorString")
        traces = [fact.value for kind in (SETUPCL_FILE, SYSPREP_FOLDER) for fact in subject.facts.of(kind)]
        traces += [f'OemDuplicatorString "{duplicator}"'] * bool(duplicator)
        yield f"mini-setup: there are traces of Sysprep ({listed(traces)}), though no CloneTag; where mini-setup ran, it gave a new SID"


def kept_sid(subject: Subject) -> Iterator[str]:
    """Before Vista, Sysprep could be told to keep the SID."""
    if subject.is_classic:
        yield (
            "Sysprep with -nosidgen, or a customization that was told to keep the SID: it leaves the CloneTag and no new SID; only a"
            " comparison with another computer of the master shows that"
        )


def upgrade(subject: Subject) -> Iterator[str]:
    """An in-place upgrade renews the records of setup."""
    for fact in sorted(subject.facts.of(SOURCE_OS), key=lambda one: (one.value.build or "", one.source))[-1:]:
        former = " ".join(part for part in (fact.value.product, fact.value.build and f"build {fact.value.build}") if part)
        yield (
            f"in-place upgrade (from {former or 'an earlier Windows'}): it keeps the SID, renews the records of setup, and the CloneTag"
            " is that of its media; a generalize before it is not on record"
        )


def reset(subject: Subject) -> Iterator[str]:
    """Reset this PC runs setup again."""
    done = setup(subject)
    made = [fact.value for fact in subject.facts.of(VOLUME_CREATED)]
    made += [fact.value.id for fact in subject.facts.named("usn-journal")]
    first = min(made, default=None)
    if done.known and first and done.latest.time > first + 30 * DAY and not subject.facts.of(SOURCE_OS) and media_of(subject) is not None:
        yield (
            f"Reset this PC, or a new installation on the former volume: setup ran {moment(done.latest.time)} on a volume of"
            f" {moment(first)}; what was there before is not judged"
        )


def virtual(subject: Subject) -> Iterator[str]:
    """A virtual machine may have been moved to another host."""
    for fact in subject.facts.of(SYSTEM_INFORMATION)[:1]:
        if is_virtual(fact.value.manufacturer, fact.value.product):
            name = " ".join(part for part in (fact.value.manufacturer, fact.value.product) if part)
            yield (
                f"re-hosted virtual machine: the last start was on {name}; a machine that was moved, restored or registered anew on"
                " another host is one computer with new hardware"
            )


def clock_behind(subject: Subject) -> Iterator[str]:
    """The clock was wrong during setup."""
    done = setup(subject)
    if clock_was_behind(subject):
        first = min(done.known, key=lambda one: one.time)
        yield (
            f"clock errors during setup: {first.what} of {moment(first.time)} is older than the Windows itself: the clock was behind, or"
            " the record is of something else; nothing is concluded from what is later than setup"
        )


def clock_set_in_setup(subject: Subject) -> Iterator[str]:
    """The time zone was applied during setup."""
    done = setup(subject)
    clocks = [one.time for one in done.known]
    if not clock_was_behind(subject) and done.install and clocks and _HOUR < max(clocks) - done.install.time <= MARGIN:
        hours = (max(clocks) - done.install.time) // _HOUR
        yield (
            f"clock errors during setup: the installation date lies {hours} h before other records of the same setup, as happens when the"
            " time zone is applied; times within two days of each other are not compared"
        )


def cleared(subject: Subject) -> Iterator[str]:
    """Event logs were cleared."""
    cleared = [
        fact.value for fact in subject.facts.named("event-log-cleared") if fact.value.channel in ("System", "Security", "Application")
    ]
    if cleared:
        last = max(cleared, key=lambda value: (value.time, value.channel))
        yield f"event logs were cleared (last {last.channel}, {moment(last.time)}): what they told of the time before is lost"


def renaming(subject: Subject) -> Iterator[str]:
    """Setup gave the computer names of its own before."""
    names = [
        fact.value.name
        for fact in subject.facts.named("event-computer-name")
        if fact.value.name.upper().startswith((*SETUP_NAMES, "MINWINPC", "DESKTOP-", "LAPTOP-"))
    ]
    now = names_of(subject.facts)
    former = [name for name in names if netbios(name) not in now]
    if former and now:
        given = "are names" if len(set(former)) > 1 else "is a name"
        yield f"renamed during setup: {listed(former)} {given} that Setup gives by itself before the computer gets its own"


def maker(subject: Subject) -> Iterator[str]:
    """The manufacturer may have generalized the image."""
    for fact in subject.facts.of(SYSTEM_INFORMATION)[:1]:
        if fact.value.manufacturer and not is_virtual(fact.value.manufacturer, fact.value.product):
            yield (f"generalize in the factory: {fact.value.manufacturer} may have generalized the image before the computer was sold")


def as_shipped(subject: Subject) -> Iterator[str]:
    """The image may be Microsoft's own."""
    if not subject.is_classic and not is_later_than_media(subject):
        yield "Microsoft's image, applied and not started: no CloneTag later than the media shows that anybody else generalized it"


def maintained(subject: Subject) -> Iterator[str]:
    """The master may have been maintained for months."""
    tag = clone_tag(subject)
    release = media_of(subject)
    if tag is not None and release is None:
        yield (
            "master maintained for months: what is older than the CloneTag (programs, accounts, records of hardware) may be the master's"
            " own life, also where this is the computer on which the master was built"
        )


def sqm(subject: Subject) -> Iterator[str]:
    """Windows Error Reporting may have made the SQM machine id anew in the master."""
    if subject.facts.of(SQM_MACHINE_ID):
        yield (
            "WerSvc: where a program crashed during the generalize, Windows Error Reporting made the SQM machine id anew in the master, and"
            " all that were deployed from it correctly share it"
        )


def skip_rearm(subject: Subject) -> Iterator[str]:
    """SkipRearm left the licensing identity as it was."""
    if any(fact.value == 1 for fact in subject.facts.named("kms-skip-rearm")):
        yield (
            "SkipRearm is set: generalize left the licensing identity as it was, so that computers of this master share their KMS client"
            " machine id though each has a SID of its own"
        )


def by_design(subject: Subject) -> Iterator[str]:
    """A product gives computers one SID on purpose."""
    products = subject.products("sid-preserving")
    if products:
        yield (
            f"same SID by design ({listed(products)}): computers are made from one image without a SID of their own; the maker supports"
            " that, and the traces are those of a copy"
        )


def conversion(subject: Subject) -> Iterator[str]:
    """A physical computer may have been made virtual."""
    products = subject.products("conversion")
    if products:
        yield f"physical computer made virtual: {listed(products)} left traces; with the original shut down for good, there is one computer"


def restored(subject: Subject) -> Iterator[str]:
    """A backup may have been restored."""
    products = subject.products("backup")
    if products:
        yield f"restored backup: {listed(products)} is or was installed, which can put hives or a whole disk back on other hardware"


def mixed(subject: Subject) -> Iterator[str]:
    """SAM and SECURITY may be of different times or computers."""
    if len({fact.value for fact in subject.facts.of(MACHINE_SID)}) > 1:
        yield "restored hives: SAM and SECURITY may be of different times or computers, put back from a backup or collected together"
