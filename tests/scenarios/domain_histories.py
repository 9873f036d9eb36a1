"""Histories of domains: members whose machine SID is the domain's, each beside the innocent machine that it looks like."""

from forensic.model import FileTime, Sid
from tests.builders import world_registry
from tests.builders.world import DAY, HOUR, RELEASES, Life, World, at, sid_bytes

DOMAIN = ("CORP", "corp.example")
EQUAL = "duplicated-without-sysprep"


def set_up(seed, era):
    """A computer in use for 200 days, and when it was set up."""
    world, release = World(seed), RELEASES[era]
    start = FileTime(at(release.media) + 400 * DAY)
    life = Life(world, release).install(world.computer(), start, name="PC-ONE").add_user("ann", FileTime(start + HOUR))
    return life.use(FileTime(start + 200 * DAY)), start


def member(seed, era, *, equal):
    """A member of a domain; with `equal` of the one whose first controller had this machine's SID."""
    life, start = set_up(seed, era)
    life.join(*DOMAIN, life.state.sid if equal else life.world.sid(), FileTime(start + (60 if equal else 120) * DAY))
    return life.use(FileTime(start + 300 * DAY)), start


def controller(seed, era):
    """The first controller of its domain."""
    life, start = set_up(seed, era)
    return life.promote(*DOMAIN, FileTime(start + 100 * DAY)).use(FileTime(start + 300 * DAY)), start


def demoted(seed, era, *, former_sid):
    """The first controller, demoted to a member; with `former_sid` by a tool that gave it its SID of before the promotion."""
    life, start = controller(seed, era)
    state = life.state
    state.controller, state.sid_written = False, FileTime(start + 310 * DAY)
    state.sid = state.domain[2] if former_sid else life.world.sid()
    return life.add_user("bob", FileTime(start + 311 * DAY)).use(FileTime(start + 400 * DAY))


def security(life, *, account=1105, domain_sid=None, written=None):
    """The SECURITY hive of a member with its account in the domain; with `domain_sid` as somebody edited it then."""
    hive = life._security()
    world_registry.add({"SECURITY": hive}, life)
    sid = life.state.domain[2]
    if account:
        hive.key(r"Policy\PolMachineAccountS", written=life.state.domain_written)
        hive.value(r"Policy\PolMachineAccountS", "", 0, sid_bytes(Sid(f"{sid}-{account}")))
    if domain_sid:
        hive.key(r"Policy\PolPrDmS", written=written)
        hive.value(r"Policy\PolPrDmS", "", 0, sid_bytes(domain_sid))
    return {f"{life.release.root}/System32/config/SECURITY": hive.build()}


def add_domains(add):
    """Add the histories of domains."""
    for seed, era in enumerate(("2003", "7", "10", "2019"), 1400):
        life, _ = member(seed, era, equal=True)
        account = security(life) if life.release.nt >= (10, 0) else {}
        add(f"{era}: member with the SID of its domain", life, EQUAL, innocent=False, added=account,
            explanation="one SID" if life.release.server is False else "demoted and given its former SID back")  # fmt: skip
        life, _ = member(seed + 10, era, equal=False)
        add(f"{era}: member of a domain with a SID of its own", life, "installed", added=security(life) if account else {})
    add("10: never joined, from the image of a first controller", set_up(1402, "10")[0], "installed")
    for seed, era in enumerate(("2003", "2019"), 1420):
        add(f"{era}: first controller of the domain itself", controller(seed, era)[0], "installed", "undetermined",
            explanation="domain controller as a master")  # fmt: skip
        add(f"{era}: first controller, demoted to a member", demoted(seed, era, former_sid=False), "installed", "undetermined")
        add(f"{era}: first controller, demoted and given its former SID", demoted(seed, era, former_sid=True), "undetermined")
        before, _ = set_up(seed, era)
        config = f"{RELEASES[era].root}/System32/config/"
        old = {f"{config}{name}": before.files()[f"{config}{name}"] for name in ("SAM", "SYSTEM")}
        add(f"{era}: first controller, SAM and SYSTEM of before the promotion", controller(seed, era)[0], "undetermined", added=old)
    for seed, era in enumerate(("7", "10"), 1430):
        life, start = member(seed, era, equal=False)
        edited = security(life, account=None, domain_sid=life.state.sid, written=FileTime(start + 290 * DAY))
        add(f"{era}: the machine SID planted as that of the domain", life, "undetermined", added=edited)
    life, start = controller(1440, "2019")
    add("2019: domain controller, sealed", life.generalize(FileTime(start + 310 * DAY)), "undetermined", innocent=False,
        explanation="domain controller was sealed")  # fmt: skip


__all__ = ["add_domains"]
