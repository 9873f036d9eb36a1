"""Identity: who an installation is."""

from __future__ import annotations

from rich.text import Text

from forensic.model import InstallationReport
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import shown


def write_identity(page: Page, one: InstallationReport) -> None:
    """Write who the installation is."""
    page.heading("Identity")
    page.rows(identity_rows(one))


def identity_rows(one: InstallationReport) -> list[tuple[str, Text | str]]:
    """Return labels and values."""
    product = one.product
    release = [product.name, product.edition and f"edition {product.edition}", product.architecture]
    version = [product.version and f"NT {product.version}", product.build and f"build {product.build}", one.era and f"era {one.era}"]
    missing = {gap.artifact for gap in one.gaps if gap.reason != "not-found"}

    def stated(text: str | None, kind: str = "") -> str:
        if text:
            return shown(text)
        return "not known: see the gaps" if kind in missing else "none found"

    return [
        ("machine SID", stated(one.machine_sid, "machine-sid")),
        ("computer name", stated(one.computer_name, "computer-name")),
        ("domain SID", stated(one.domain_sid, "domain-sid")),
        ("role", stated(one.role and one.role.replace("-", " "))),
        ("product", ", ".join(shown(part) for part in release if part) or "none found"),
        ("version", ", ".join(shown(part) for part in version if part) or "none found"),
        ("installed", str(product.installed) if product.installed is not None else "none found"),
        ("system root", f"{shown(one.system_root)} on {shown(one.volume)}" if one.volume else shown(one.system_root)),
    ]
