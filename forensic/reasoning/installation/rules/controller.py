"""Rules over domain controllers: was one made a master?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensic.artifacts.identity.domain import DOMAIN_SID
from forensic.artifacts.setup.image_state import IMAGE_STATE
from forensic.artifacts.setup.setup_command import SETUP_COMMAND
from forensic.artifacts.setup.windows_release import PRODUCT_TYPE
from forensic.model import Fact
from forensic.reasoning.installation.setup_time import MARGIN, clone_tag, is_later_than_media
from forensic.reasoning.rule import Finding, rule
from forensic.reasoning.subject import Subject, moment

_UNSUPPORTED = "Microsoft supports Sysprep on no domain controller: it is demoted before it is made a master"


@rule(group="controller", against="installed")
def controller_as_master(subject: Subject) -> Iterator[Finding]:
    """A domain controller was sealed with Sysprep.

    Supports: nothing.
    Against: every verdict that clears: Sysprep knows nothing of a domain's database, so that its copies are no controllers of their own.
    Does not say: that such an image was deployed.
    Overturned by: a promotion that came after the deployment, or a demotion before the seal.
    References: Microsoft, Sysprep support for server roles (Active Directory Domain Services: not supported); KB 314828.
    """
    if not subject.is_domain_controller or subject.is_supported_clone:
        return
    kind, tag, joined = subject.facts.of(PRODUCT_TYPE), clone_tag(subject), subject.facts.first(DOMAIN_SID)
    if subject.is_sealed or (subject.is_classic and "-mini" in subject.command("CmdLine").lower()):
        facts: tuple[Fact[Any], ...] = (*kind, *subject.facts.of(IMAGE_STATE), *subject.facts.of(SETUP_COMMAND))
        yield Finding("moderate", f"a domain controller was sealed with Sysprep; {_UNSUPPORTED}", facts)
    elif tag and joined and joined.written and is_later_than_media(subject) and joined.written < tag[1].ticks - MARGIN:
        because = (
            f"this domain controller has the SID of its domain since {moment(joined.written)}, and was generalized"
            f" {tag[0].value.text} (local time), after that; {_UNSUPPORTED}"
        )
        yield Finding("moderate", because, (*kind, tag[0], joined))
