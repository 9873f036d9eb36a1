"""Earlier states: the hypothesis table of each, with what every column makes of every row."""

from __future__ import annotations

from rich.text import Text

from forensic.model import ImageReport, InstallationReport, StateComparison, TableRow
from forensic.reporting import view
from forensic.reporting.formats.console.page import Page
from forensic.reporting.wording import shown

COLUMNS = ("never", "time", "sid-changed", "specialized", "upgraded")
"""Columns of the table that fit a page; the combinations stand in the HTML and the JSON report."""
_MARKS = {"contradicted": "x", "possible": "o", "expected": "+"}
_NAME = 24


def write_earlier_states_in_brief(page: Page, report: ImageReport, one: InstallationReport) -> None:
    """Say in one line which earlier states of an installation there are, and whether they have its machine SID."""
    states = [state for state in report.installations if state.earlier_state_of == one.id]
    if not states:
        return
    other = sum(state.machine_sid not in (None, one.machine_sid) for state in states)
    said = f"{len(states)}: {', '.join(shown(state.id) for state in states)}; " + (
        f"{other} with another machine SID" if other else "none with another machine SID"
    )
    page.brief(said, lead=Text("Earlier states", "bold cyan"), indent=0, column=16, most=1)


def write_earlier_states(page: Page, one: InstallationReport) -> None:
    """Write each earlier state with its table."""
    if not one.earlier_states:
        return
    page.heading("Earlier states beside the installation of today")
    page.put(Text("+ expected, o possible, x contradicted, xx contradicted strongly, blank: not known", "dim"))
    for state in one.earlier_states:
        _write_one(page, state)


def _write_one(page: Page, state: StateComparison) -> None:
    remaining = view.explanations_in_words(state)
    page.put(Text(f"{shown(state.words)} ({shown(state.state)}): explained by {remaining}; common origin {state.lineage}", "bold"))
    deciding = [row for row in state.table if row.decides]
    if not deciding:
        page.put("no row decides", indent=4)
        return
    page.put(Text(" " * (_NAME + 11) + "".join(f"{view.HYPOTHESES[name]:<13}" for name in COLUMNS), "dim"), indent=4)
    for row in deciding:
        page.put(
            Text(f"{shown(row.namespace):<{_NAME}.{_NAME}} {row.observed:<10}" + "".join(_cell(row, name) for name in COLUMNS)), indent=4
        )


def _cell(row: TableRow, column: str) -> str:
    mark = _MARKS.get(row.cells.get(column, ""), "")
    return f"{mark * 2 if mark == 'x' and row.weight == 'strong' else mark:<13}"
