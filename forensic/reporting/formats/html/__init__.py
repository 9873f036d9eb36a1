"""HTML: the report as one file that needs nothing else: no script, no network, no font (`docs/formats.md`)."""

from forensic.reporting.formats.html.page import CONTENT_POLICY, render

__all__ = ["CONTENT_POLICY", "render"]
