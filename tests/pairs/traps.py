"""Pairs that look like something else: innocent ones that share what a duplicate would share, and guilty ones that hide it."""

from forensic.model import FileTime, Guid
from tests.builders.world import DAY, HOUR, MINUTE, RELEASES
from tests.pairs.families import Family, lived
from tests.scenarios.histories import begun

VENDOR_UUID = Guid("03000200-0400-0500-0006-000700080009")
UPGRADES = {"7": "10", "8.1": "10", "10": "11"}
SIBLINGS = frozenset({"generalized-siblings"})
APART = frozenset({"unrelated", "same-media"})
DUPLICATE = frozenset({"duplicated-without-sysprep"})
TRAP_ERAS = ("xp", "7", "10", "2019")


def traps(era, seed=11):
    """Yield every trap in one release of Windows."""
    base, start = begun(seed, era, users=2)
    world = base.world

    def day(number):
        return FileTime(start + number * DAY)

    def computer(make="Fabrikam", product="Tower 9"):
        return world.computer(make, product, oui="00:1a:a0")

    master = base.copy().generalize(day(210))

    def sibling(number, of=master, begin=231):
        life = of.copy().boot(computer(), day(begin - 1 + number), name=f"SIB-{number}")
        return lived(life, day(begin + number), day(400 + number), 20 + number)

    one, other = sibling(1), sibling(2)
    other.state.sqm_id = one.state.sqm_id
    yield Family("siblings with one SQM id, from a crash during generalize", one, other, SIBLINGS, day(210))
    one, other = sibling(3), sibling(4)
    other.state.sus_id = one.state.sus_id
    yield Family("siblings with one SusClientId, left by generalize", one, other, SIBLINGS, day(210))
    one, other = sibling(5), sibling(6)
    one.state.machine_guid = other.state.machine_guid = base.state.machine_guid
    yield Family("siblings whose step for the MachineGuid was cut out", one, other, SIBLINGS, day(210))
    lab = computer("Contoso", "Lab")
    second = lived(master.copy().boot(lab, day(215), name="LAB"), day(216), day(250), 30).generalize(day(260))
    yield Family("siblings of two versions of one master", sibling(7), sibling(8, second, 270), SIBLINGS | {"undetermined"}, None)
    yield Family("two versions of one master, both sealed", master.copy(), second.copy(), SIBLINGS, day(210))
    yield Family("the master before its seal, and a sibling", base.copy(), sibling(9), SIBLINGS | {"undetermined"}, None)

    if era in UPGRADES:
        upgraded = lived(base.copy(), day(201), day(300), 31).upgrade(RELEASES[UPGRADES[era]], day(301)).use(day(330))
        yield Family("the same machine, upgraded since", base.copy(), upgraded, frozenset({"same-machine"}), day(200))
        copied = base.copy().boot(computer(), day(210)).rename("PC-COPY", FileTime(day(210) + HOUR))
        both = [
            lived(life, day(212), day(300), 32 + place).upgrade(RELEASES[UPGRADES[era]], day(301 + place))
            for place, life in enumerate((base.copy(), copied))
        ]
        used = [lived(life, day(310), day(380), 34 + place) for place, life in enumerate(both)]
        yield Family("two clones, both upgraded since", *used, DUPLICATE, day(200))
    renamed = base.copy().rename("PC-TWO", day(220)).join("CORP", "corp.example", world.sid(), day(221))
    yield Family("the same machine, renamed and joined since", base.copy(), lived(renamed, day(222), day(300), 36),
                 frozenset({"same-machine"}), day(200))  # fmt: skip
    if era == "2019":
        promoted = lived(base.copy(), day(201), day(240), 37).promote("CORP", "corp.example", day(250)).use(day(300))
        # No fork: the builder writes the logs anew, without the accounts that a promotion takes away.
        yield Family("the same server, promoted since", base.copy(), promoted, frozenset({"same-machine", "undetermined"}))
    rebuilt, _ = begun(seed + 1, era, days=700, users=2, computer=base.computer)
    yield Family("one computer and name, set up again", base.copy(), rebuilt, APART)
    twin, _ = begun(seed + 2, era, days=400, users=2)
    neighbour, _ = begun(seed + 3, era, days=400 + 1 / 48, users=2)  # half an hour later
    neighbour.state.name = "PC-TWO"
    yield Family("two set-ups on one day by one author", twin, neighbour, APART)
    domain = world.sid()
    members = [begun(seed + number, era, days=400 + 33 * number)[0] for number in (4, 5)]
    joined = [life.join("CORP", "corp.example", domain, day(500 + place)).use(day(600 + place)) for place, life in enumerate(members)]
    yield Family("two members of one domain", *joined, APART)
    boards = [begun(seed + number, era, days=400 + 33 * number, users=2)[0] for number in (6, 7)]
    for life in boards:
        life.state.hardware = [(_with_uuid(met, VENDOR_UUID), when) for met, when in life.state.hardware]
    yield Family("two strangers with the system UUID of one vendor", *boards, APART)
    hidden = base.copy().boot(computer(), day(210)).rename("PC-COPY", FileTime(day(210) + HOUR))
    hidden.state.machine_guid, hidden.state.sqm_id, hidden.state.sus_id = world.guid(), world.guid(), world.guid()
    yield Family("two clones, ids of one made anew by a script", lived(base.copy(), day(201), day(400), 38),
                 lived(hidden, day(211), day(390), 39), DUPLICATE, day(200))  # fmt: skip
    twins = base.copy().boot(world.computer(), FileTime(day(210) + 5 * MINUTE))
    yield Family("two clones on computers of one model", lived(base.copy(), day(201), day(400), 40), lived(twins, day(212), day(390), 41),
                 DUPLICATE, day(200))  # fmt: skip


def _with_uuid(computer, value):
    from dataclasses import replace

    return replace(computer, uuid=value)
