"""Whole installations with the facts of a full examination."""

from forensic.artifacts.hardware.hardware_config import HARDWARE_CONFIG, SYSTEM_INFORMATION
from forensic.artifacts.identity.former_sid import FORMER_SID, FormerSid
from forensic.artifacts.logs.event_conflict import EVENT_IDENTITY_CONFLICT
from forensic.artifacts.logs.event_history import EVENT_LOG_CLEARED, EventLogCleared
from forensic.artifacts.products.imaging_product import IMAGING_PRODUCT_TRACE, ImagingProductTrace
from forensic.artifacts.products.licensing import KMS_SKIP_REARM
from forensic.artifacts.setup.specialize_run import SPECIALIZE_RUN
from forensic.artifacts.users.sqm import SQM_MACHINE_ID
from forensic.model import Guid, Sid
from tests.builders.facts import at, fact
from tests.rules import full_examples as full
from tests.rules.stories import OWN, STORIES
from tests.rules.stories import subject as whole

HOME = "d1d1d1d1-0000-4000-8000-000000000001"


def _with(name, *facts, gaps=()):
    told, _ = STORIES[name]
    return whole(told.era, [*told.facts, *facts], [*told.gaps, *gaps], earlier_states=told.earlier_states)


def _specialized_elsewhere():
    return _with("plain 10", fact(SPECIALIZE_RUN, full.ON_DELL), fact(SYSTEM_INFORMATION, full.LENOVO))


def _repaired_disk_by_copy():
    """One body, another chipset, disk and card at one time: what a restored backup on other hardware leaves."""
    return _with("plain 10", full.FIRST_BODY, full.SECOND_BODY)


def _both():
    return _with("plain 10", fact(SPECIALIZE_RUN, full.ON_DELL), fact(SYSTEM_INFORMATION, full.LENOVO), full.FIRST_BODY, full.SECOND_BODY)


def _on_two_machines(told):
    facts = [one for one in told.facts if one.kind != HARDWARE_CONFIG.name]
    return whole(told.era, [*facts, full.JUNK_MACHINE], told.gaps)


def _changed_by_files():
    told, _ = STORIES["SID changed on 10"]
    return whole(told.era, [*told.facts, fact(FORMER_SID, FormerSid(Sid(OWN), "dpapi-folder", 1, (1000,)), profile="Users/ann")], told.gaps)


def _copied_profile():
    """A computer to which ann's files were copied from her former one: the folder of her master keys came along."""
    return _with("plain 10", full.KEYS, full.FILES)


def _reinstalled():
    """Windows was installed anew without formatting: the former one's recycle bin and descriptors remain."""
    return _with("reset", full.FILES, full.BIN)


def _after_use():
    told, _ = STORIES["deployed from a generalized master"]
    facts = [*told.facts, *full.PRESENT, full.OLD_IDS, full.OLD_DUID, full.OLD_VOLUME, *full.MEMBER, full.JOINED, *full.WORKED]
    return whole("10", facts, [one for one in told.gaps if one.artifact != "domain-sid"])


def _masters_life():
    """A sibling whose master had been in a domain and had users: nothing of it names this computer."""
    told, _ = STORIES["deployed from a generalized master"]
    facts = [*told.facts, full.PRESENT[0], full.MASTERS_IDS, *full.MEMBER, full.JOINED, *full.WORKED, *full.PEOPLE]
    return whole("10", facts, [one for one in told.gaps if one.artifact != "domain-sid"])


def _refreshed():
    """A computer of the domain onto whose disk a newer master was applied, its users' files left where they were."""
    told, _ = STORIES["deployed from a generalized master"]
    facts = [*told.facts, *full.PRESENT, full.OLD_IDS, *full.MEMBER, *full.WORKED]
    return whole("10", facts, [one for one in told.gaps if one.artifact != "domain-sid"])


def _master_itself():
    """The computer on which the master is built, started again after the capture: its cards precede the generalize, nobody works on it."""
    return _with("deployed from a generalized master", *full.PRESENT, full.OLD_IDS, full.OLD_DUID)


FULL_STORIES = {
    "specialized elsewhere, by one log": (_on_two_machines(_specialized_elsewhere()), {"undetermined"}),
    "second body of devices, by their list alone": (_on_two_machines(_repaired_disk_by_copy()), {"undetermined"}),
    "specialized elsewhere, with another body of devices": (_on_two_machines(_both()), {"relocated-not-generalized"}),
    "instance of another size": (_specialized_elsewhere(), {"installed"}),
    "virtual machine with another chipset": (_repaired_disk_by_copy(), {"installed"}),
    "worked example": (_with("worked example, without its devices", full.FIRST_BODY_7, full.SECOND_BODY_7), {"relocated-not-generalized"}),
    "SID changed, keys of the former one": (_changed_by_files(), {"sid-changed"}),
    "copied profile": (_copied_profile(), {"installed"}),
    "reinstalled on the former volume": (_reinstalled(), {"installed"}),
    "generalized after use": (_after_use(), {"generalized-after-use"}),
    "sibling of a master with a past": (_masters_life(), {"deployed-generalized"}),
    "re-imaged without formatting": (_refreshed(), {"deployed-generalized"}),
    "the master itself": (_master_itself(), {"deployed-generalized"}),
    "met its duplicate": (_with("plain 10", fact(EVENT_IDENTITY_CONFLICT, full.CONFLICT)), {"undetermined"}),
    "logs cleared": (
        _with("plain 10", fact(EVENT_LOG_CLEARED, EventLogCleared("Security", "ann", 7, at("2023-01-01 10:00")))),
        {"installed"},
    ),
    "one event 6167": (_with("plain 10", fact(EVENT_IDENTITY_CONFLICT, full.ONCE)), {"installed"}),
    "moved, and met its duplicate": (
        _with("moved virtual machine", fact(EVENT_IDENTITY_CONFLICT, full.CONFLICT)),
        {"relocated-not-generalized"},
    ),
    "Sysprep failed in its checks": (_with("plain 10", full.FAILED_CHECK), {"installed"}),
    "Sysprep failed while generalizing, and all is at rest": (_with("plain 10", full.FAILED), {"installed"}),
    "deployed, logged": (
        _with("deployed from a generalized master", full.run("2023-03-05T09:50:00.0000000", "succeeded")),
        {"deployed-generalized"},
    ),
    "deployed with SkipRearm": (
        _with("deployed from a generalized master", fact(KMS_SKIP_REARM, 1), fact(SQM_MACHINE_ID, Guid(HOME))),
        {"deployed-generalized"},
    ),
    "provisioned by Citrix": (
        _with("plain 10", fact(IMAGING_PRODUCT_TRACE, ImagingProductTrace("Citrix Provisioning", "Personality.ini"))),
        {"installed"},
    ),
}
"""Name -> the subject, and the histories that may come out."""
