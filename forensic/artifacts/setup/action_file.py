"""Action files: which providers Sysprep calls in each phase, by the lists in its folder that owners of images edit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.parsers import expat

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File
    from forensic.windows.folder import Folder

FILE_LIMIT = 4 << 20
"""Bytes; a larger action file is Malformed."""
PROVIDER_LIMIT = 500
"""Providers of one file that are stated at most."""
NEIGHBOUR_LIMIT = 20
_DEPTH_LIMIT = 16
_TEXT_LIMIT = 200
_NAMES = ("Cleanup.xml", "Generalize.xml", "Respecialize.xml", "Specialize.xml")
_CALLS = frozenset({"sysprepModule", "sysprepValidate"})
_COMMENTED = re.compile(r'methodName\s*=\s*"([^"]{1,200})"')
_EDITED = "public scripts of image builders that take CryptoSysPrep_Specialize out of Specialize.xml"


class ActionProvider(msgspec.Struct, frozen=True):
    """One provider that an action file names."""

    function: str
    module: str
    """As it is written, e.g. `$(runtime.system32)\\spopk.dll`."""
    component: str | None = None
    order: str | None = None
    """As it is written, hexadecimal."""
    validates: bool = False
    """Whether it only checks."""


class ActionFile(msgspec.Struct, frozen=True):
    """One action file."""

    name: str
    size: int
    sha256: str
    providers: tuple[ActionProvider, ...] = ()
    omitted: int = 0
    actions: int = 0
    """Declared actions on registry and files."""
    commented: tuple[str, ...] = ()
    """Functions of providers that stand in a comment: somebody took them out."""
    beside: tuple[str, ...] = ()
    """Other files of the folder whose names begin alike, e.g. `Generalize.xml.old`."""


SYSPREP_ACTION_FILE = Kind(
    "sysprep-action-file",
    ActionFile,
    "Action file of Sysprep, with the providers that it calls",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: kept(Basis.INFERRED), Change.SID_CHANGER: kept(Basis.INFERRED)},
    claims=(
        Claim(
            "From Windows 8 on Sysprep reads here what each phase calls and does; 7 reads the registry.",
            Basis.SOURCED,
            reference.GENERALIZE_LIST,
        ),
        Claim(
            "Owners of images edit the files, above all where a provider fails: what is taken out is not generalized.",
            Basis.SOURCED,
            _EDITED,
        ),
        Claim(
            "A published list has the provider of AppX in a comment; four lists of one owner differ by build and by his edits.",
            Basis.OBSERVED,
            reference.GENERALIZE_LIST,
        ),
        Claim("Which providers a file has depends on release and features: one that is missing proves no edit.", Basis.INFERRED),
        Claim("Updates write the files anew: they need not be those that the image was sealed with.", Basis.INFERRED),
    ),
    references=(reference.GENERALIZE_LIST,),
)


@artifact_folder(
    "%SystemRoot%/System32/Sysprep/ActionFiles",
    SYSPREP_ACTION_FILE,
    since=(6, 2),
    takes=_NAMES,
    names=tuple(f"{name[:-4]}*" for name in _NAMES),
)
def sysprep_action_file(folder: Folder) -> Iterator[Fact[ActionFile]]:
    """State each action file of Sysprep: Cleanup, Generalize, Respecialize and Specialize.xml, up to 4 MiB.

    | Element, below `sysprepInformation` | Notes |
    |---|---|
    | `imaging` | one component |
    | `assemblyIdentity name="…"` | its name |
    | `sysprepOrder order="0x1400"` | when it is called |
    | `sysprepModule methodName="F" moduleName="M"` | a provider |
    | `sysprepValidate methodName="F" moduleName="M"` | a check |
    | `registryActions`, `fileActions` | what is below them is a declared action |

    The fact's `written` is the file's. NotFound when there is none of the four, Malformed where one is no such file.
    """
    failures, found = Deferred(), False
    files = {entry.name.lower(): entry.name for entry in folder.entries() if not entry.is_directory and not entry.is_link}
    for name in _NAMES:
        if name.lower() not in files:
            continue
        found = True
        with failures:
            stem = name.partition(".")[0].lower()
            beside = [other for lower, other in sorted(files.items()) if lower.startswith(stem) and lower != name.lower()]
            file = folder.file(files[name.lower()])
            yield SYSPREP_ACTION_FILE.fact(_read(file, name, tuple(beside[:NEIGHBOUR_LIMIT])), file)
    failures.settle()
    if not found:
        raise NotFound("no action file of Sysprep")


def _read(file: File, name: str, beside: tuple[str, ...]) -> ActionFile:
    data, reader = file.read_all(FILE_LIMIT), _Reader()
    try:
        parser = expat.ParserCreate()
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CommentHandler = reader.comment
        parser.EntityDeclHandler = _refuse
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Malformed(f"{file.path}: no XML: {error}") from None
    if reader.root != "sysprepInformation":
        raise Malformed(f"{file.path}: the root element is {reader.root or 'missing'}, not sysprepInformation")
    return ActionFile(
        name,
        len(data),
        hashlib.sha256(data).hexdigest(),
        tuple(reader.providers),
        reader.omitted,
        reader.actions,
        tuple(reader.commented),
        beside,
    )


def _refuse(*_: object) -> None:
    raise Malformed("an action file that declares an entity")


class _Reader:
    """Keeps the component and its order, and the providers seen."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.path: list[str] = []
        self.component: str | None = None
        self.order: str | None = None
        self.providers: list[ActionProvider] = []
        self.omitted = self.actions = 0
        self.commented: dict[str, None] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        name = name.rpartition(":")[2]
        self.root = self.root or name
        if self.path and self.path[-1] in {"registryActions", "fileActions"}:
            self.actions += 1
        self.path.append(name)
        if len(self.path) > _DEPTH_LIMIT:
            raise Malformed(f"an action file with elements nested more than {_DEPTH_LIMIT} deep")
        text = {key: value[:_TEXT_LIMIT] for key, value in attributes.items()}
        if name == "imaging":
            self.component = self.order = None
        elif name == "assemblyIdentity":
            self.component = text.get("name")
        elif name == "sysprepOrder":
            self.order = text.get("order")
        elif name in _CALLS and len(self.providers) < PROVIDER_LIMIT:
            called = text.get("methodName", ""), text.get("moduleName", "")
            self.providers.append(ActionProvider(*called, self.component, self.order, name == "sysprepValidate"))
        elif name in _CALLS:
            self.omitted += 1

    def end(self, _: str) -> None:
        """Leave an element."""
        self.path.pop()

    def comment(self, text: str) -> None:
        """Take the providers that a comment holds."""
        for match in _COMMENTED.finditer(text):
            if len(self.commented) < PROVIDER_LIMIT:
                self.commented.setdefault(match[1])
