"""Evidence: what speaks for the verdict, against it, and on other verdicts."""

from __future__ import annotations

from rich.text import Text

from forensic.model import Evidence, InstallationReport
from forensic.reporting import view
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import shown


def write_evidence(page: Page, one: InstallationReport) -> None:
    """Write all evidence, the strongest first."""
    page.heading("Evidence")
    if not one.evidence:
        page.put("none found")
    for side, chosen in view.evidence_by_side(one):
        page.put(Text(side, "bold"))
        for evidence in chosen:
            _write_one(page, evidence)


def _write_one(page: Page, evidence: Evidence) -> None:
    lead = Text(evidence.strength, "bold" if evidence.strength == "strong" else "")
    page.put(shown(evidence.because), lead=lead, indent=4, column=14)
    said = [f"rule {shown(evidence.rule)}"]
    said += [f"for {shown(evidence.supports)}"] if evidence.supports else []
    said += [f"against {shown(evidence.against)}"] if evidence.against else []
    said.append(f"cause: {shown(evidence.group)}")
    if evidence.facts:
        said.append("facts " + " ".join(f"[{number}]" for number in evidence.facts))
    page.put(Text("; ".join(said), "dim"), indent=14)
