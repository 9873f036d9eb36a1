"""Era: the name of a release of Windows by its NT version, and by whether it is one for servers."""

from __future__ import annotations

from forensic.model.report import Era

_ERAS: dict[tuple[int, int], tuple[Era, Era]] = {
    (4, 0): ("nt4", "nt4"),
    (5, 0): ("2000", "2000"),
    (5, 1): ("xp", "2003"),
    (5, 2): ("xp", "2003"),  # the workstation with 5.2 is XP x64
    (6, 0): ("vista", "2008"),
    (6, 1): ("7", "2008r2"),
    (6, 2): ("8", "2012"),
    (6, 3): ("8.1", "2012r2"),
}
"""NT version: (name of the workstation, name of the server)."""

_CLIENT_BUILDS: tuple[tuple[int, Era], ...] = ((22000, "11"), (0, "10"))
_SERVER_BUILDS: tuple[tuple[int, Era], ...] = ((26000, "2025"), (20000, "2022"), (17134, "2019"), (0, "2016"))
"""First build of each 10.0 release; semi-annual server releases count with the long-term one that followed their code base."""


def era_of(nt_version: tuple[int, ...] | None, *, is_server: bool | None) -> Era | None:
    """Return the era of a version, e.g. `(6, 1, 7601)`; None where it is not known, or where only the kind of release would tell it."""
    if nt_version is None:
        return None
    if nt_version[0] < 10:
        workstation, server = _ERAS.get((nt_version[0], nt_version[1]), (None, None))
        return server if is_server else workstation if is_server is not None or workstation == server else None
    if len(nt_version) < 3 or is_server is None:
        return None
    builds = _SERVER_BUILDS if is_server else _CLIENT_BUILDS
    return next(era for first, era in builds if nt_version[2] >= first)
