"""Members, controllers and masters of domains as sets of facts: stories, examples and counter-examples of the rules over them."""

import msgspec

from forensic.artifacts.identity.domain import DOMAIN_NAME, DOMAIN_SID, MACHINE_ACCOUNT_SID, DomainName
from forensic.artifacts.identity.former_sid import FORMER_SID, FormerSid
from forensic.artifacts.identity.lsa_secret import LSA_SECRET, LsaSecret
from forensic.artifacts.identity.machine_sid import MACHINE_SID
from forensic.artifacts.network.net_setup import NETWORK_SETUP, NetworkSetup
from forensic.artifacts.setup.clone_tag import CLONE_TAG
from forensic.artifacts.setup.windows_release import PRODUCT_TYPE
from forensic.model import FactSet, LocalTime, Sid
from tests.builders.facts import at, fact
from tests.rules.stories import DOMAIN, OTHER, OWN, STORIES, clone_tag, installed, profile, sid_pair, subject, without

JOINED = "2024-05-06 10:00"
SETUP = at("2022-06-23 01:25")
EARLIER, LATER = "2024-02-06 10:00", "2026-01-01 10:00"
"""Days at which it did not join."""
NAME = fact(DOMAIN_NAME, DomainName("CORP", "corp.example"), written=JOINED, key=r"Policy\PolPrDmN")
STEP = fact(NETWORK_SETUP, NetworkSetup("join-domain", LocalTime("2024-05-06T11:00:00.0000000"), "DESKTOP-1", None, "corp.example", 0))
FAILED_STEP = msgspec.structs.replace(STEP, value=msgspec.structs.replace(STEP.value, status=8644))
PASSWORD = fact(LSA_SECRET, LsaSecret("$MACHINE.ACC", "current", "ab" * 32, at(JOINED)), key=r"Policy\Secrets")
KEYS = fact(LSA_SECRET, LsaSecret("NL$KM", "current", "cd" * 32, at(JOINED)), key=r"Policy\Secrets")
ACCOUNT = fact(MACHINE_ACCOUNT_SID, Sid(f"{OWN}-2101"), written=JOINED, key=r"Policy\PolMachineAccountS")
USER = profile(f"{OWN}-1105", r"C:\Users\bob")
GROUPS = fact(FORMER_SID, FormerSid(Sid(OWN), "security-descriptor", 9, (512, 513, 1000), 0, 3, 3, 9, 300))
OWN_GROUP = fact(FORMER_SID, FormerSid(Sid(OWN), "security-descriptor", 9, (513, 1000), 0, 3, 3, 9, 300))


def policy(sid=OWN, written=JOINED):
    """The SID of the domain, as the security policy has it."""
    return fact(DOMAIN_SID, Sid(sid), written=written, key=r"Policy\PolPrDmS")


def member(*facts, era="10", less=(), **parts):
    """An installation of this era with these facts of its domain, without those of the kinds `less`."""
    own, gaps = installed(era, **parts)
    return subject(era, [*without(own, *less), *facts], gaps[1:])


def copied(era="10", *more, **parts):
    """A member whose machine SID is its domain's."""
    return member(policy(), NAME, STEP, PASSWORD, *more, era=era, **parts)


def _of_before_its_promotion():
    """SAM and SYSTEM of the first controller from before its promotion, beside SECURITY from after it."""
    sam = sid_pair(OTHER, at("2021-06-23 10:00"), sam=OWN)
    return member(*sam, policy(written="2021-06-23 10:00"), NAME, era="2019", less=(MACHINE_SID,))


def _sealed_controller():
    sealed = STORIES["sealed for first start"][0]
    facts = [*without(sealed.facts, PRODUCT_TYPE), fact(PRODUCT_TYPE, "LanmanNT"), policy(DOMAIN, EARLIER)]
    return msgspec.structs.replace(sealed, facts=FactSet(facts), role="domain-controller", era="2019")


def _sealed_before_deployment():
    facts, gaps = installed("2019", product="LanmanNT", when="2024-07-01 10:00")
    facts = [*without(facts, CLONE_TAG), clone_tag(at("2024-06-01 10:00")), policy(DOMAIN, EARLIER)]
    return subject("2019", facts, gaps[1:])


ACCUSED = "duplicated-without-sysprep"
DOMAIN_STORIES = {
    "7: only the policy has it": (copied("7"), {ACCUSED}, "suspect"),
    "7: only the name tells of the join": (member(policy(), NAME, era="7"), {ACCUSED}, "suspect"),
    "10: account in the domain": (copied("10", ACCOUNT), {ACCUSED}, "violation"),
    "10: profile of a domain user": (copied("10", USER), {ACCUSED}, "violation"),
    "2003: permissions of a domain's groups": (copied("2003", GROUPS), {ACCUSED}, "violation"),
    "2019: server that kept its SID": (copied("2019", ACCOUNT), {ACCUSED}, "violation"),
    "10: member with a SID of its own": (member(policy(DOMAIN), NAME, STEP, PASSWORD), {"installed"}, "none-found"),
    "2019: controller": (STORIES["domain controller 2019"][0], {"installed", "undetermined"}, ""),
    "10: planted, with the time of the edit": (member(policy(OWN, LATER), NAME, STEP, PASSWORD), {"undetermined"}, "undetermined"),
    "10: planted in a workgroup": (member(policy(OWN, LATER)), {"undetermined"}, "undetermined"),
    "10: planted beside the domain's own": (member(policy(), policy(DOMAIN), NAME, STEP), {"undetermined"}, "undetermined"),
    "2019: hives from before and after the promotion": (_of_before_its_promotion(), {"undetermined"}, "undetermined"),
    "2019: copy that is called a controller": (copied("2019", ACCOUNT, product="LanmanNT"), {"undetermined"}, "undetermined"),
    "2019: sealed controller": (_sealed_controller(), {"undetermined"}, "undetermined"),
}
"""Name -> the subject, the histories that may come out, and the policy."""

EQUAL, DOUBT, TORN, MASTER = (
    "machine-sid-is-that-of-the-domain",
    "machine-sid-of-the-domain-in-doubt",
    "domain-sid-is-not-of-the-join",
    "controller-as-master",
)
DOMAIN_EXAMPLES = [
    (EQUAL, copied("7"), "moderate", "the SID of the domain CORP, though this is no domain controller"),
    (EQUAL, copied("7"), "moderate", "on record: the name of the domain, NetSetup.LOG, the password of the computer's account"),
    (EQUAL, copied("10", ACCOUNT), "strong", f"the account of the computer in the domain, {OWN}-2101"),
    (EQUAL, copied("10", USER), "strong", f"the profile of {OWN}-1105, which is no account of this computer"),
    (EQUAL, copied("10", GROUPS), "strong", "permissions of groups that only a domain has (RID 512)"),
    (EQUAL, copied("10", OWN_GROUP, profile(f"{OWN}-1000", "C:\\Users\\ann")), "moderate", "it stands in the security policy;"),
    (EQUAL, copied("10", ACCOUNT, *sid_pair(OWN, SETUP)[1:], less=(MACHINE_SID,)), "moderate", f"{OWN}-2101"),  # nothing in SAM
    (EQUAL, member(ACCOUNT, NAME), "moderate", "it stands in the account of the computer"),
    (EQUAL, member(policy(), ACCOUNT), "moderate", "the security policy and the account of the computer in the domain"),
    (DOUBT, member(policy(OWN, LATER), NAME, STEP, PASSWORD), "moderate", "nothing else on record tells of a join"),
    (DOUBT, member(policy(), FAILED_STEP, KEYS), "moderate", "nothing else on record tells of a join"),
    (DOUBT, member(policy(), USER), "moderate", "nothing else on record tells of a join"),
    (DOUBT, copied("10", less=(PRODUCT_TYPE,)), "moderate", "nothing says whether it is a domain controller"),
    (DOUBT, copied("2019", product="LanmanNT"), "moderate", "said to be a domain controller"),
    (DOUBT, copied("nt4"), "moderate", "NT 4.0"),
    (DOUBT, member(policy(), policy(DOMAIN), NAME), "moderate", f"the domain is also said to have the SID {DOMAIN}"),
    (DOUBT, _of_before_its_promotion(), "moderate", "SAM and SECURITY do not agree on it"),
    (DOUBT, copied("10", ACCOUNT, *sid_pair(OWN, SETUP)[:1], less=(MACHINE_SID,)), "moderate", "SECURITY does not show it"),
    (TORN, member(NAME), "moderate", "names the domain corp.example and not its SID"),
    (TORN, member(policy(DOMAIN, LATER), NAME), "moderate", "was written 2026-01-01 10:00:00 UTC and its name 2024-05-06 10:00:00 UTC"),
    (MASTER, _sealed_controller(), "moderate", "a domain controller was sealed with Sysprep"),
    (MASTER, _sealed_before_deployment(), "moderate", "was generalized"),
]
"""The rule, the facts, the strength, and a part of the sentence."""
DOMAIN_COUNTER_EXAMPLES = [
    (EQUAL, member(policy(DOMAIN), NAME, STEP)),
    (EQUAL, copied("2019", product="LanmanNT")),
    (EQUAL, copied("10", less=(PRODUCT_TYPE,))),
    (EQUAL, member(policy(OWN, LATER), NAME, STEP)),
    (EQUAL, STORIES["domain controller 2019"][0]),
    (EQUAL, STORIES["plain 10"][0]),
    (DOUBT, copied("10", ACCOUNT)),
    (DOUBT, member(policy(DOMAIN), NAME)),
    (DOUBT, copied("nt4", product="LanmanNT")),
    (TORN, copied("10")),
    (TORN, member(NAME, ACCOUNT)),
    (TORN, member(fact(DOMAIN_NAME, DomainName("WORKGROUP")))),
    (TORN, member(policy(DOMAIN, "2024-05-07 10:00"), NAME)),
    (TORN, member(policy(DOMAIN, None), NAME)),
    (TORN, member(policy(DOMAIN))),
    (MASTER, STORIES["sealed for first start"][0]),
    (MASTER, STORIES["domain controller 2019"][0]),
]
"""The rule, and facts of which it must make nothing."""
