"""A plugin of Datasette: makes a link of what the canned queries give as `QUERY?PARAMETERS|WORDS` in a column `open`."""

from datasette import hookimpl
from markupsafe import Markup


@hookimpl
def render_cell(value: object, column: str, database: str) -> Markup | None:
    """Return the link; nothing for every other cell, so that Datasette shows it as it is."""
    if column != "open" or not isinstance(value, str):
        return None
    target, bar, words = value.partition("|")
    if not bar or "?" not in target or "/" in target.partition("?")[0]:
        return None
    return Markup('<a href="/{}/{}">{}</a>').format(database, target, words)
