"""The catalog: what was learned of thousands of images, kept in one place that any number of programs share.

`store` says what a backend does (`sqlite` is one), `record` what it keeps, `catalog` what programs and commands use: jobs to do, reports,
identifiers, and pairs judged by the engine of `compare`. `opening.open_catalog(url)` opens one.

**How a state is addressed.** A report may hold several installations that a comparison counts (`reasoning.pair.side.sides_of`): each is a
*state*, known outside by its source and its installation id (`SOURCE > p2/Windows`), inside by a number that is never given twice. Earlier
states (RegBack, shadow copies, Windows.old) are no states of the catalog: what they say is among the former values of theirs.
"""
