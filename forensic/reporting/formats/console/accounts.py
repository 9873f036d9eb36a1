"""Accounts and profiles: the people on an installation."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from forensic.model import Account, Profile
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import shown

LIST_LIMIT = 24
"""Accounts and profiles that a report without `-vv` lists; the rest is counted."""


def write_accounts(page: Page, accounts: Sequence[Account]) -> None:
    """Write the local accounts."""
    page.heading(f"Local accounts ({len(accounts)})")
    if not accounts:
        page.put("none found")
    column = min(24, max((cell_len(shown(account.name)) for account in accounts), default=0))
    listed = accounts if page.everything else accounts[:LIST_LIMIT]
    for account in listed:
        name = Text(shown(account.name))
        name.pad_right(max(0, column - name.cell_len))
        page.put(Text.assemble(name, "  ", (shown(account.sid), "dim")), lead=str(account.rid), column=10)
    page.rest(len(accounts) - len(listed), "accounts")


def write_profiles(page: Page, profiles: Sequence[Profile]) -> None:
    """Write the user profiles with their device identifiers."""
    page.heading(f"Profiles ({len(profiles)})")
    if not profiles:
        page.put("none found")
    listed = profiles if page.everything else profiles[:LIST_LIMIT]
    for profile in listed:
        sid = shown(profile.sid) if profile.sid else "SID not known"
        page.put(Text.assemble(shown(profile.path), "  ", (sid, "dim")))
        page.rows([(shown(device.kind), shown(device.value)) for device in profile.device_ids], indent=4)
    page.rest(len(profiles) - len(listed), "profiles")
