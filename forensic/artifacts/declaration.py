r"""How an artifact is declared: a function that states facts from one place, and a decorator that names the place.

```python
@artifact("SOFTWARE", r"Microsoft\Cryptography", MACHINE_GUID)
def machine_guid(key: Key) -> Iterator[Fact[Guid]]:
    '''State the MachineGuid.'''
    value = key.value("MachineGuid")
    yield MACHINE_GUID.fact(Guid.parse(value.text()), value)
```

No `try` for absence: whatever the function raises becomes a gap at the place that was searched. Facts that were stated before stay.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

import msgspec

from forensic.artifacts.index import FULL, TRIAGE
from forensic.model import Depth, Fact, Kind

Place = Literal["registry", "file", "folder", "events", "disk"]
NtVersion = tuple[int, ...]
"""Version of Windows NT: `(4, 0)` NT 4.0, `(5, 1)` XP, `(6, 0)` Vista, `(6, 2)` 8, `(10, 0)` 10 and later; a third part is the build."""

OTHER_CHANNELS = "*"
"""In the place of a channel: every log that no artifact names, where logs were collected without the folders around them."""
PROFILE_HIVES = frozenset({"NTUSER", "USRCLASS"})

Read = TypeVar("Read", bound=Callable[[Any], Iterable[Fact[Any]]])


class Artifact(msgspec.Struct, frozen=True):
    """One declared artifact."""

    name: str
    """Of the function, kebab-case."""
    module: str
    place: Place
    hive: str
    """`SAM`, `SECURITY`, `SOFTWARE`, `SYSTEM`, or per profile `NTUSER`, `USRCLASS`; empty elsewhere."""
    path: str
    """Key path, file path, or the name of an event log's channel; empty for disk structures."""
    kinds: tuple[Kind[Any], ...]
    read: Callable[[Any], Iterable[Fact[Any]]]
    depth: Depth
    since: NtVersion | None
    until: NtVersion | None
    """First and last NT version on which the place exists; on others it is not searched and no gap is stated."""
    version: int = 1
    """Of the reading: to be raised when it states other facts of the same bytes, so that an archive knows what is older."""
    takes: tuple[str, ...] = ()
    """Of a folder: what it reads, as patterns below the folder or beginning with a variable; a stream stands behind `:`, `**` is any depth.
    A recipe for collecting takes these files."""
    names: tuple[str, ...] = ()
    """The same of files, and of folders (which end with `/`), of which it needs name and times, not the content, which may be secret."""

    @property
    def is_per_profile(self) -> bool:
        """Whether it is read from each user profile, and not from the machine."""
        return self.hive in PROFILE_HIVES or self.path.startswith(("%UserProfile%", "%AppData%"))

    @property
    def documentation(self) -> str:
        """The docstring of the function, without its indentation, which Python before 3.13 keeps."""
        from inspect import cleandoc

        return cleandoc(self.read.__doc__ or "")


ARTIFACTS: list[Artifact] = []
"""All artifacts that were declared so far; complete once `load()` ran."""


def _declare(  # noqa: PLR0917  called here only
    place: Place,
    hive: str,
    path: str,
    kinds: tuple[Kind[Any], ...],
    depth: Depth,
    eras: tuple[NtVersion | None, NtVersion | None],
    version: int,
    takes: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
) -> Callable[[Read], Read]:
    def declare(read: Read) -> Read:
        name = read.__name__.replace("_", "-")
        ARTIFACTS.append(Artifact(name, read.__module__, place, hive, path, kinds, read, depth, *eras, version, takes, names))
        return read

    return declare


def artifact(
    hive: str,
    path: str,
    *kinds: Kind[Any],
    depth: Depth = "triage",
    since: NtVersion | None = None,
    until: NtVersion | None = None,
    version: int = 1,
) -> Callable[[Read], Read]:
    r"""Declare a function over one registry key.

    `path` is relative to the hive's root; in SYSTEM it may begin with `CurrentControlSet` (the set that was in use) or
    `ControlSet*` (each set).
    A component `*` stands for every subkey: the function is called once for each key that matches.
    """
    return _declare("registry", hive, path, kinds, depth, (since, until), version)


def artifact_file(
    path: str, *kinds: Kind[Any], depth: Depth = "triage", since: NtVersion | None = None, until: NtVersion | None = None, version: int = 1
) -> Callable[[Read], Read]:
    """Declare a function over one file (`volumes.tree.File`).

    `path` begins with `%SystemRoot%/`, `%SystemDrive%/` or `%ProgramData%/`, or with `%UserProfile%/` or `%AppData%/` (the roaming data):
    then it is called for each profile. `%ProgramData%` and `%AppData%` are `Application Data` folders before Vista. A component with `*`
    in it stands for every name that it matches, without regard to case: the function is called for each file.
    """
    return _declare("file", "", path, kinds, depth, (since, until), version)


def artifact_folder(
    path: str,
    *kinds: Kind[Any],
    depth: Depth = "full",
    since: NtVersion | None = None,
    until: NtVersion | None = None,
    version: int = 1,
    takes: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
) -> Callable[[Read], Read]:
    """Declare a function over one folder (`windows.folder.Folder`): the names in it, and the files; `path` as for `artifact_file`.

    `takes` and `names` say what of it is read, and of what only the name (see `Artifact`).
    """
    return _declare("folder", "", path, kinds, depth, (since, until), version, takes, names)


def artifact_events(
    channel: str, *kinds: Kind[Any], depth: Depth = "full", since: NtVersion | None = None, until: NtVersion | None = None, version: int = 1
) -> Callable[[Read], Read]:
    """Declare a function over one event log (`windows.event_log.EventLog`) by its channel's name, e.g. `System`.

    Each log is opened once for all artifacts over it. `System`, `Security` and `Application` are also the logs of NT 4.0 to 2003.
    `OTHER_CHANNELS` stands for all logs that no artifact names.
    """
    return _declare("events", "", channel, kinds, depth, (since, until), version)


def artifact_disk(*kinds: Kind[Any], depth: Depth = "triage", version: int = 1) -> Callable[[Read], Read]:
    """Declare a function over the volume that holds the system root, and the disk below it (`volumes.disk.Volume`)."""
    return _declare("disk", "", "", kinds, depth, (None, None), version)


def load(depth: Depth = "full") -> list[Artifact]:
    """Import the artifact modules of this depth and return their artifacts.

    `index.py`, which `python -m tools.index` makes from the declarations, says which modules a triage needs, so that it does not pay for
    the others. `load()` completes `ARTIFACTS` and `KINDS`. The order is that of the modules' own names and of the declarations inside.
    """
    for module in TRIAGE if depth == "triage" else (*TRIAGE, *FULL):
        importlib.import_module(f"forensic.artifacts.{module}")
    found = [declared for declared in ARTIFACTS if depth == "full" or declared.depth == "triage"]
    return sorted(found, key=lambda declared: own_name(declared.module))


def own_name(module: str) -> tuple[str, str]:
    """Return what modules are ordered by: their name without its folder first."""
    return module.rpartition(".")[2], module
