"""Files that Sysprep leaves: the tag of its success, its folder, SetupCl."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forensic.artifacts.declaration import artifact_file
from forensic.model import Basis, Change, Claim, Fact, Kind, Origin, always, kept

if TYPE_CHECKING:
    from forensic.volumes.tree import File

_LOG = "published setupact.log of Sysprep (pastebin R45BRgvN)"
_Q180962 = "https://jeffpar.github.io/kbarchive/kb/180/Q180962/"

SYSPREP_TAG = Kind(
    "sysprep-tag",
    str,
    "Sysprep_succeeded.tag: the mark that Sysprep finished",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: always(Basis.SOURCED, _LOG), Change.SID_CHANGER: kept(Basis.INFERRED)},
    claims=(
        Claim("Each run of Sysprep deletes it first and makes it anew only when it succeeded.", Basis.SOURCED, _LOG),
        Claim(
            "On an installation in use: it descends from a successful Sysprep, which need not have generalized.",
            Basis.INFERRED,
        ),
        Claim(
            "Administrators often delete it before capture: its absence is weak.", Basis.SOURCED, "public image-building scripts for Azure"
        ),
    ),
)

SYSPREP_FOLDER = Kind(
    "sysprep-folder",
    str,
    "Sysprep folder of 2000, XP and 2003: sysprep.inf on the system drive",
    origin=Origin.OBSERVED,
    claims=(
        Claim(
            "Mini-setup removes the folder at the first start: where it stands, mini-setup has not run, or not finished.", Basis.UNVERIFIED
        ),
    ),
)

SETUPCL_FILE = Kind(
    "setupcl-file",
    str,
    "Setupcl.exe in System32: Sysprep prepared this NT 4.0 to 2003 installation",
    origin=Origin.OBSERVED,
    renews={Change.GENERALIZE: always(Basis.SOURCED, _Q180962)},
    claims=(
        Claim("Together with CloneTag Microsoft's own test for whether Sysprep was used on NT 4.0.", Basis.SOURCED, _Q180962),
        Claim(
            "Current Windows ships the file: there it says nothing, and is not looked for.",
            Basis.SOURCED,
            "public System32 listing of Windows 11",
        ),
    ),
    references=(_Q180962,),
)


@artifact_file("%SystemRoot%/System32/Sysprep/Sysprep_succeeded.tag", SYSPREP_TAG, since=(6, 0))
def sysprep_tag(file: File) -> Iterator[Fact[str]]:
    """State that Sysprep_succeeded.tag is there, with its path; the fact's `written` is the end of the run that made it.

    The file is empty. Its times are those of the machine that ran Sysprep, unless the image was applied file by file.
    """
    yield SYSPREP_TAG.fact(file.path, file)


@artifact_file("%SystemDrive%/sysprep/sysprep.inf", SYSPREP_FOLDER, since=(5, 0), until=(5, 2))
def sysprep_folder(file: File) -> Iterator[Fact[str]]:
    """State that sysprep.inf, the answer file of mini-setup, stands on the system drive, with its path."""
    yield SYSPREP_FOLDER.fact(file.path, file)


@artifact_file("%SystemRoot%/System32/setupcl.exe", SETUPCL_FILE, until=(5, 2))
def setupcl_file(file: File) -> Iterator[Fact[str]]:
    """State that Setupcl.exe lies in System32, with its path."""
    yield SETUPCL_FILE.fact(file.path, file)
