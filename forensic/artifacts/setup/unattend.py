r"""Answer files: what Setup and Sysprep were told to do, as far as it bears on identity. Passwords and product keys are never stated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from xml.parsers import expat

import msgspec

from forensic.artifacts import reference
from forensic.artifacts.declaration import artifact_file, artifact_folder
from forensic.artifacts.optional_values import Deferred
from forensic.errors import Malformed, NotFound
from forensic.model import Basis, Claim, Fact, Kind, Origin, decode_utf16

if TYPE_CHECKING:
    from forensic.volumes.tree import File
    from forensic.windows.folder import Folder

FILE_LIMIT = 4 << 20
"""Bytes; a larger answer file is Malformed."""
INF_LIMIT = 256 << 10
"""Bytes of sysprep.inf."""
SETTING_LIMIT = 1_000
FILE_COUNT_LIMIT = 100
_DEPTH_LIMIT = 64
_TEXT_LIMIT = 300

FOLDERS = (
    "",
    "%SystemRoot%/Panther",
    "%SystemRoot%/Panther/Unattend",
    "%SystemRoot%/System32/Sysprep",
    "%SystemRoot%/System32/Sysprep/Panther",
)
"""Where answer files are looked for; the empty one is the root of the drive."""

XML_SETTINGS = frozenset(
    {
        "persistalldeviceinstalls", "donotcleanupnonpresentdevices", "skiprearm", "copyprofile", "computername", "mode", "forceshutdownnow",
        "skipautoactivation", "joindomain", "joinworkgroup", "machineobjectou", "unsecurejoin", "skipmachineoobe", "skipuseroobe",
        "registeredorganization", "registeredowner", "timezone",
    }
)  # fmt: skip
"""Elements of unattend.xml that are stated, in lower case; no other is."""
INI_SETTINGS = frozenset(
    {
        "oempreinstall", "computername", "orgname", "fullname", "joindomain", "joinworkgroup", "machineobjectou", "oemduplicatorstring",
        "keeppagefile", "updateinstalleddrivers", "buildmassstoragesection", "extendoempartition", "timezone", "unattendmode",
        "disabledynamicupdates", "targetpath",
    }
)  # fmt: skip
"""Settings of sysprep.inf that are stated, in lower case; no other is."""

_XML_NAME = re.compile(r".*unattend.*\.xml", re.IGNORECASE)
_PNP = "Microsoft, Microsoft-Windows-PnpSysprep, https://learn.microsoft.com/en-us/windows-hardware/customize/desktop/unattend/microsoft-windows-pnpsysprep"
_KB_929829 = "Microsoft KB 929829, The KMS current count does not increase (MicrosoftDocs/SupportArticles-docs)"


class UnattendSetting(msgspec.Struct, frozen=True):
    """One setting of an answer file."""

    name: str
    """Element or key, e.g. `PersistAllDeviceInstalls`."""
    value: str
    section: str | None = None
    """The configuration pass, e.g. `generalize`, or the section of sysprep.inf."""
    component: str | None = None


class UnattendFile(msgspec.Struct, frozen=True):
    """One answer file."""

    path: str
    passes: tuple[str, ...] = ()
    """Configuration passes that it has settings for, or the sections of sysprep.inf."""
    settings: tuple[UnattendSetting, ...] = ()
    """Those that bear on identity; never passwords or product keys."""


UNATTEND_FILE = Kind(
    "unattend-file",
    UnattendFile,
    "Answer file of Setup or Sysprep",
    origin=Origin.CHOSEN,
    claims=(
        Claim(
            "`PersistAllDeviceInstalls` keeps devices through generalize, `DoNotCleanUpNonPresentDevices` those not present too.",
            Basis.SOURCED,
            _PNP,
        ),
        Claim(
            "`SkipRearm` keeps the state of activation through generalize, the client machine id of KMS included.",
            Basis.SOURCED,
            _KB_929829,
        ),
        Claim("Setup keeps a copy in the folder Panther, in which passwords are replaced once they were used.", Basis.UNVERIFIED),
        Claim("An answer file with a generalize pass was written for an image: it does not say that Sysprep ran.", Basis.INFERRED),
        Claim("Passwords, product keys and the commands of a file are not stated.", Basis.SOURCED, "this program"),
    ),
    references=(_PNP, reference.GENERALIZE),
)


@artifact_folder("%SystemRoot%", UNATTEND_FILE, since=(6, 0), takes=tuple(f"{name or '%SystemDrive%'}/*unattend*.xml" for name in FOLDERS))
def unattend_file(folder: Folder) -> Iterator[Fact[UnattendFile]]:
    """State each answer file `*unattend*.xml` in the drive's root, in Panther, Panther/Unattend, Sysprep and Sysprep/Panther.

    | Element | Notes |
    |---|---|
    | `unattend/settings pass="…"` | one configuration pass |
    | `component name="…"` | whose settings follow |
    | the setting | its text is the value |

    Files of up to 4 MiB; entities may not be declared. NotFound when there is none, Malformed for the first that is no answer file.
    """
    failures, found = Deferred(), False
    for file in _answer_files(folder):
        found = True
        with failures:
            yield UNATTEND_FILE.fact(_read_xml(file), file)
    failures.settle()
    if not found:
        raise NotFound("no answer file in any of the usual folders")


def _answer_files(folder: Folder) -> Iterator[File]:
    drive, count = folder.path.rpartition("/")[0], 0
    for place in FOLDERS:
        path = place.replace("%SystemRoot%", folder.path) or drive
        try:
            entries = folder.tree.list(path)
        except NotFound:
            continue  # most installations have only some of these folders
        for entry in entries:
            if not entry.is_directory and not entry.is_link and _XML_NAME.fullmatch(entry.name):
                count += 1
                if count > FILE_COUNT_LIMIT:
                    raise Malformed(f"more than {FILE_COUNT_LIMIT} answer files")
                yield folder.tree.open(f"{path}/{entry.name}".lstrip("/"))


def _read_xml(file: File) -> UnattendFile:
    reader = _Reader()
    with _parsing(file):
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        parser.EntityDeclHandler = _refuse
        parser.Parse(file.read_all(FILE_LIMIT), True)
    if reader.root != "unattend":
        raise Malformed(f"{file.path}: the root element is {reader.root or 'missing'}, not unattend")
    return UnattendFile(file.path, tuple(reader.passes), tuple(reader.settings))


@contextmanager
def _parsing(file: File) -> Iterator[None]:
    """Turn what expat raises into Malformed."""
    try:
        yield
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Malformed(f"{file.path}: no XML: {error}") from None


def _refuse(*_: object) -> None:
    raise Malformed("an answer file that declares an entity")


class _Reader:
    """Keeps the path of elements and the settings that are wanted."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.path: list[str] = []
        self.passes: dict[str, None] = {}
        self.settings: list[UnattendSetting] = []
        self.current: str | None = None
        self.component: str | None = None
        self._value: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        name = name.rpartition(" ")[2]
        self.root = self.root or name
        self.path.append(name)
        if len(self.path) > _DEPTH_LIMIT:
            raise Malformed(f"an answer file with elements nested more than {_DEPTH_LIMIT} deep")
        if name == "settings" and len(self.passes) < SETTING_LIMIT:
            self.current = attributes.get("pass", "")[:_TEXT_LIMIT]
            self.passes.setdefault(self.current)
        elif name == "component":
            self.component = attributes.get("name", "")[:_TEXT_LIMIT]
        self._value = [] if name.lower() in XML_SETTINGS else None

    def text(self, data: str) -> None:
        """Take a piece of text."""
        if self._value is not None:
            self._value.append(data[:_TEXT_LIMIT])

    def end(self, name: str) -> None:
        """Leave an element."""
        name = name.rpartition(" ")[2]
        self.path.pop()
        if self._value is not None and len(self.settings) < SETTING_LIMIT:
            value = "".join(self._value).strip()[:_TEXT_LIMIT]
            self.settings.append(UnattendSetting(name, value, self.current, self.component))
        self._value = None
        if name == "component":
            self.component = None


@artifact_file("%SystemDrive%/sysprep/sysprep.inf", UNATTEND_FILE, since=(5, 0), until=(5, 2), depth="full")
def sysprep_inf(file: File) -> Iterator[Fact[UnattendFile]]:
    """State sysprep.inf, the answer file of mini-setup: `[section]`, `name = value`, in one-byte text or UTF-16 with a byte order mark.

    Malformed when the file has more than 256 KiB.
    """
    data = file.read_all(INF_LIMIT)
    text = decode_utf16(data[2:]) if data.startswith(b"\xff\xfe") else data.decode("utf-8", "backslashreplace")
    sections: dict[str, None] = {}
    settings: list[UnattendSetting] = []
    section: str | None = None
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("[") and "]" in stripped and len(sections) < SETTING_LIMIT:
            section = stripped[1 : stripped.index("]")][:_TEXT_LIMIT]
            sections.setdefault(section)
            continue
        name, equals, value = stripped.partition("=")
        if equals and name.strip().lower() in INI_SETTINGS and len(settings) < SETTING_LIMIT:
            value = value.strip().strip('"')[:_TEXT_LIMIT]
            settings.append(UnattendSetting(name.strip(), value, section))
    yield UNATTEND_FILE.fact(UnattendFile(file.path, tuple(sections), tuple(settings)), file)
