"""Formats: one row for each container that is read, and for each that is only recognized.

From these rows follow how a file is opened (`opening`), which of the files in a folder are no images of their own
(`is_later_segment`), what `forensic doctor` says, the sentences with which files are refused, and `docs/formats.md`. Imports nothing
that may be missing on a machine.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import NamedTuple

from forensic.errors import Unsupported

HEAD, TAIL = 4096, 512
"""Bytes from the start and from the end of a file by which it is recognized."""


class Library(NamedTuple):
    """A library that a format is read with."""

    distribution: str
    module: str
    serves: str
    """What it is for."""
    needed: bool = True
    """Whether something cannot be read without it."""
    without: str = ""
    """What follows where it is absent, where `needed` does not say it all."""


class Refusal(NamedTuple):
    """Something that is recognized and not read."""

    what: str
    advice: str
    """What a person can do about it, with the tool that does it."""
    code: str = "not-interpreted"

    def of(self, name: str, detail: str = "") -> Unsupported:
        """Return what to raise for the file `name`; `detail` completes what it is."""
        return Unsupported(f"{name} is {self.what}{detail}: {self.advice}", code=self.code)


class Format(NamedTuple):
    """One container."""

    name: str
    """`source.format` in reports."""
    title: str
    signatures: tuple[tuple[int, bytes], ...] = ()
    """Offset in the file, and what stands there."""
    looks_like: Callable[[bytes, bytes], bool] | None = None
    """Tells by the first `HEAD` and last `TAIL` bytes what no signature tells."""
    module: str | None = None
    """The module of this room whose `open_container` opens it; None for what is no disk, or is not read."""
    holds_files: bool = False
    """Whether it holds files and no disk, and is read as such (`sources`)."""
    variants: str = ""
    """What of the format is read."""
    siblings: str = ""
    """Which files beside it belong to it, and how they are found."""
    later_segment: re.Pattern[str] | None = None
    """Names of files that only continue another one."""
    named: re.Pattern[str] | None = None
    """Names that say a file is of this format, of a set that of its first: it is one to examine, whatever its bytes are. A file so named
    of what is not read and whose bytes say nothing is read as a raw image, with a warning."""
    refusals: tuple[Refusal, ...] = ()
    """What of the format is not read; of a format without a module the one sentence of its refusal."""
    libraries: tuple[Library, ...] = ()

    def detect(self, head: bytes, tail: bytes) -> bool:
        """Tell by the first `HEAD` and last `TAIL` bytes of a file whether it is of this format."""
        for offset, magic in self.signatures:  # a plain loop: collections have many files
            if head.startswith(magic, offset):
                return True
        return self.looks_like is not None and self.looks_like(head, tail)

    def refuse(self, name: str) -> Unsupported:
        """Return what to raise for the file `name`, which is of this format and not read."""
        if self.holds_files:
            return Unsupported(f"{name} is of the format {self.title}, which holds files and no single disk: examine it (forensic examine)")
        return self.refusals[0].of(name)


def _is_damaged_ewf(head: bytes, tail: bytes) -> bool:
    """Tell whether a damaged signature of EWF is followed by a sound section descriptor."""
    del tail
    likely = len(head) >= 89 and (head[1:3] == b"VF" or head[13:19] == b"header")
    return likely and zlib.adler32(head[13:85]) == int.from_bytes(head[85:89], "little")


def is_vmdk_descriptor(head: bytes, tail: bytes = b"") -> bool:
    """Tell whether a file is the text that describes a VMDK."""
    del tail
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(b"# disk descriptorfile")


def _has_vhd_footer(head: bytes, tail: bytes) -> bool:
    """Tell whether the footer of a VHD stands at the end; before Virtual PC 2004 it was one byte short."""
    del head
    return b"conectix" in (tail[:8], tail[1:9])


def _is_anything(head: bytes, tail: bytes) -> bool:
    """Return True: any bytes may be those of a disk."""
    del head, tail
    return True


def _ending(endings: str) -> re.Pattern[str]:
    """Return the pattern of names with one of these endings."""
    return re.compile(rf"\.(?:{endings})$", re.IGNORECASE)


def _foreign(name: str, what: str, advice: str, *signatures: tuple[int, bytes], code: str = "not-interpreted") -> Format:
    """Return the row of something that is only recognized."""
    return Format(name, what, signatures, refusals=(Refusal(what, advice, code),))


def _unmarked(name: str, what: str, advice: str, pattern: str) -> Format:
    """Return the row of something that is only told by the names of its files."""
    return Format(name, what, refusals=(Refusal(what, advice),), named=re.compile(pattern, re.IGNORECASE))


def is_tar(head: bytes, tail: bytes = b"") -> bool:
    """Tell whether a file begins with a tar header: its checksum holds."""
    del tail
    field = head[148:156].strip(b"\0 ")
    if len(head) < 512 or not head[0] or not field or field.strip(b"01234567"):
        return False
    return int(field, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:512])


def _archive(name: str, what: str, tool: str, *signatures: tuple[int, bytes]) -> Format:
    return _foreign(name, f"{what}, not an image of a disk or volume", f"extract it first ({tool})", *signatures)


_COPIED_FILES = "it holds copied files, not a disk; export them first (FTK Imager, EnCase) and give their folder"
L01 = Format(
    "l01",
    "L01 (EnCase logical evidence file)",
    signatures=((0, b"LVF\x09\x0d\x0a\xff\x00"),),
    holds_files=True,
    variants="the files in it as a collection",
    siblings="L01, L02 to L99, LAA …, by the number in each; any of them may be given",
    later_segment=re.compile(r"\.L(?!01$)[0-9]{2}$", re.IGNORECASE),
    named=_ending("l01"),
)
LX01 = _foreign("lx01", "a logical evidence file (Lx01)", _COPIED_FILES, (0, b"LEF2\r\n\x81\x00"))._replace(named=_ending("lx01"))
ENCRYPTED_EWF2 = Refusal("an encrypted EWF2 image", "decrypt it first (EnCase, with its password or key)", "encrypted")
OLD_QCOW = Refusal("a QCOW image of another version than 2 and 3, which is not read", "convert it first (qemu-img convert -O raw)")
ENCRYPTED_QCOW2 = Refusal(
    "an encrypted QCOW2 image, which needs its key", "decrypt it first (qemu-img convert --object secret,… -O raw)", "encrypted"
)
DIFFERENCING_VDI = Refusal("a differencing VDI", "merge it with its parents first (VBoxManage clonemedium)")
SE_SPARSE_VMDK = Refusal("a seSparse extent, a snapshot of VMware ESXi 6.5 or later", "clone the disk first (vmkfstools -i)")
ENCRYPTED_VMDK = Refusal("an encrypted VMDK image, which needs its key", "decrypt it first (in VMware, remove the encryption)", "encrypted")

OLD_PARTCLONE = Refusal(
    "a Partclone image of another version than 2, which is not read", "restore it to a raw image first (partclone.restore -C -O)"
)
AFF4 = Refusal("an AFF4 image, which is not read", "export it as a raw image or E01 first (aff4imager -e, or the program that made it)")
_ZIP = Refusal("a ZIP archive, not an image of a disk or volume", "extract it first (unzip)")
_ACRONIS = "restore it to a virtual disk first, or convert it (Acronis, Convert to VHD)"
PIPED_WIM = Refusal("a WIM that was written to be piped", "convert it first (wimlib-imagex optimize --not-pipable)")
ENCRYPTED_ESD = Refusal("an encrypted ESD", "decrypt it first, or take the WIM of the installation media", "encrypted")

_ISAL = Library("isal", "isal.isal_zlib", "E01 images several times faster; without it the standard library's zlib serves", needed=False)
_PARENT = "of a differencing disk the parent that it names, in its folder or below; it must be the one that the disk was made from"

MARKED: tuple[Format, ...] = (
    Format(
        "ewf",
        "EWF (EnCase E01, SMART S01)",
        signatures=((0, b"EVF\x09\x0d\x0a\xff\x00"),),
        looks_like=_is_damaged_ewf,
        module="ewf",
        variants="compressed or not; damaged and unfinished acquisitions as far as their checksums hold",
        siblings="E01, E02 to E99, EAA to ZZZ (S01, SAA … of SMART), by the number in each; any of them may be given",
        later_segment=re.compile(r"\.[ES](?!01$)[0-9]{2}$", re.IGNORECASE),
        named=_ending("[es]01"),
        libraries=(_ISAL,),
    ),
    Format(
        "ewf2",
        "EWF2 (EnCase Ex01)",
        signatures=((0, b"EVF2\r\n\x81\x00"),),
        module="ewf2",
        variants="compressed by deflate or bzip2, or not",
        siblings="Ex01, Ex02 to Ex99, ExAA to EzZZ, by the set and number in each; any of them may be given",
        later_segment=re.compile(r"\.Ex(?!01$)[0-9]{2}$", re.IGNORECASE),
        named=_ending("ex01"),
        refusals=(ENCRYPTED_EWF2,),
        libraries=(Library("libewf-python", "pyewf", "Ex01 and unusual EWF images"),),
    ),
    Format(
        "qcow2",
        "QCOW2 (QEMU)",
        signatures=((0, b"QFI\xfb"),),
        module="qcow2",
        named=_ending("qcow2?"),
        variants="versions 2 and 3, deflate and zstd, subclusters; internal snapshots as earlier states of the disk",
        siblings="the backing file and the data file that it names, in its folder or below",
        refusals=(OLD_QCOW, ENCRYPTED_QCOW2),
        libraries=(Library("zstandard", "zstandard", "QCOW2 images compressed with zstd"),),
    ),
    Format(
        "vdi",
        "VDI (VirtualBox)",
        signatures=((64, b"\x7f\x10\xda\xbe"),),
        module="vdi",
        named=_ending("vdi"),
        variants="dynamic and fixed",
        refusals=(DIFFERENCING_VDI,),
    ),
    Format(
        "vhdx",
        "VHDX (Hyper-V)",
        signatures=((0, b"vhdxfile"),),
        module="vhdx",
        named=_ending("a?vhdx"),
        variants="fixed, dynamic and differencing (AVHDX); the log of a disk that was not closed is applied in memory",
        siblings=_PARENT,
    ),
    Format(
        "vmdk",
        "VMDK (VMware)",
        signatures=((0, b"KDMV"), (0, b"COWD"), (0, b"\xbe\xba\xfe\xca\0\0\0\0")),
        looks_like=is_vmdk_descriptor,
        module="vmdk",
        variants="sparse, flat, split, stream-optimized (as in OVA files), and the deltas of snapshots, also of ESX (COWD)",
        siblings="the extents and the parent that the descriptor names, in its folder or below; give the descriptor, not an extent",
        later_segment=re.compile(r"-(?:[sf][0-9]{3}|flat|delta)\.vmdk$", re.IGNORECASE),
        named=_ending("vmdk"),
        refusals=(SE_SPARSE_VMDK, ENCRYPTED_VMDK),
    ),
    Format(
        "vhd",
        "VHD (Virtual PC, early Hyper-V)",
        signatures=((0, b"conectix"),),
        looks_like=_has_vhd_footer,
        module="vhd",
        named=_ending("a?vhd"),
        variants="fixed, dynamic and differencing (AVHD)",
        siblings=_PARENT,
    ),
    Format(
        "partclone",
        "Partclone (Clonezilla, FOG)",
        signatures=((0, b"partclone-image\0"),),
        module="partclone",
        variants="version 2, each file of one volume; join the parts and unpack it first (cat, then zstd -d or gunzip)",
        refusals=(OLD_PARTCLONE,),
    ),
)
"""What is read and has a mark of its own; in this order they are tried."""

WIM = Format(
    "wim",
    "WIM (install.wim, ESD, SWM)",
    signatures=((0, b"MSWIM\0\0\0"),),
    holds_files=True,
    variants="each image in it as an installation of origin `master`; XPRESS, LZX and LZMS, solid (ESD), split (SWM)",
    siblings="the other parts of a split one, by the GUID in each, among the files with the same ending; any of them may be given",
    named=_ending("wim|esd"),
    refusals=(PIPED_WIM, ENCRYPTED_ESD),
    libraries=(
        Library(
            "libwim",
            "forensic.volumes.wim_library",
            "ESD and other WIM files with LZMS, and all others several times faster",
            needed=False,
            without="LZMS is not read; the others are read slower",
        ),
    ),
)
VMA = Format(
    "vma",
    "VMA (backup of Proxmox VE)",
    signatures=((0, b"VMA\0\0\0\0\1"),),
    holds_files=True,
    variants="each disk of the machine as an image; unpack a compressed backup first (zstd -d, gunzip, lzop -d)",
    named=_ending("vma"),
)
HOLD_FILES: tuple[Format, ...] = (WIM, L01, VMA)
"""What is read and holds files, no disk."""

REFUSED: tuple[Format, ...] = (
    LX01,
    _foreign("aff", "an AFF image, which is not read", "convert it first (affconvert -r)", (0, b"AFF10\r\n\0"))._replace(
        named=_ending("aff")
    ),
    _foreign("qed", "a QED image, which is not read", "convert it first (qemu-img convert -O raw)", (0, b"QED\0")),
    _foreign(
        "parallels",
        "a Parallels image, which is not read",
        "convert it first (qemu-img convert -f parallels -O raw)",
        (0, b"WithoutFreeSpace"),
        (0, b"WithouFreSpacExt"),
    ),
    _foreign("ad1", "an AD1 logical image", _COPIED_FILES, (0, b"ADSEGMENTEDFILE\0"))._replace(named=_ending("ad1")),
    _foreign("adcrypt", "an encrypted FTK image", "decrypt it first (FTK Imager)", (0, b"ADCRYPT\0"), code="encrypted"),
    _archive("gzip", "a gzip archive", "gunzip", (0, b"\x1f\x8b\x08")),
    _archive("xz", "an xz archive", "unxz", (0, b"\xfd7zXZ\0")),
    _archive("7z", "a 7z archive", "7z x", (0, b"7z\xbc\xaf\x27\x1c")),
    _archive("bzip2", "a bzip2 archive", "bunzip2", (0, b"BZh9")),
    _archive("zstd", "a Zstandard archive", "unzstd", (0, b"\x28\xb5\x2f\xfd")),
    _archive("zip", "a ZIP archive", "unzip", (0, b"PK\x03\x04"))._replace(refusals=(_ZIP, AFF4)),
    _archive("rar", "a RAR archive", "unrar x", (0, b"Rar!\x1a\x07")),
    _foreign("ffu", "an FFU image, which is not read", "apply it to a virtual disk first (DISM /Apply-FFU)", (4, b"SignedImage ")),
    _foreign("tib", "an Acronis image (.tib), which is not read", _ACRONIS, (0, b"\xb4\x6e\x68\x44")),
    _unmarked("tibx", "an Acronis image (.tibx), which is not read", _ACRONIS, r"\.tibx$"),
    _unmarked("vbk", "a Veeam backup, which is not read", "restore its disks first (Veeam extract utility)", r"\.(?:vbk|vib|vrb)$"),
    _foreign("ghost", "a Ghost image, which is not read", "restore it to a disk image first (Ghost)", (0, b"\xfe\xef\x01")),
    _foreign(
        "vmss",
        "a file with the saved memory of a VMware machine",
        "examine its disk (VMDK); what the machine had not yet written to it is only here",
        (0, b"\xd2\xbe\xd2\xbe"),
        (0, b"\xd0\xbe\xd2\xbe"),
        (0, b"\xd1\xba\xd1\xba"),
        (0, b"\xd3\xbe\xd2\xbe"),
    ),
    _foreign(
        "reg",
        "a text export of Regedit",
        "it lacks the times and the class names of keys; save the hives themselves (reg save) or copy their files",
        (0, b"REGEDIT4"),
        (0, "\ufeffWindows Registry Editor".encode("utf-16-le")),
    ),
    _archive("tar", "a tar archive (as OVA files are)", "tar -xf", (257, b"ustar"))._replace(looks_like=is_tar),
)
"""What people hand over in place of an image, by bytes where no disk or volume has them; tried after what is read."""

RAW = Format(
    "raw",
    "raw (dd)",
    looks_like=_is_anything,
    module="raw",
    variants="whole, or split over several files",
    siblings=".001, .002 … (or from .000, of three to five digits), .aa, .ab …, as far as numbers and sizes go on; any may be given",
    later_segment=re.compile(r"\.(?!0*[01]$)[0-9]{3,5}$"),
    named=_ending("dd|raw|img|image|0{2,4}[01]"),
)
"""What every file is that no other row claims."""

_ARCHIVES, _EMPTY_ZIP = {"zip", "tar", "gzip", "xz", "bzip2", "zstd"}, b"PK\5\6"

OPENED = (*MARKED, RAW)
READ = (*OPENED, *HOLD_FILES)
FORMATS = (*MARKED, *HOLD_FILES, *REFUSED, RAW)


def recognize(head: bytes, tail: bytes) -> Format:
    """Return the format of a file by its first `HEAD` and last `TAIL` bytes."""
    return next(row for row in FORMATS if row.detect(head, tail))


def warning_of(name: str) -> str | None:
    """Return what is to be said of a raw image by the name of its file, where that is of something that is not read."""
    row = next((row for row in REFUSED if row.named is not None and row.named.search(name)), None)
    return None if row is None else f"named like {row.refusals[0].what}: if it is one, {row.refusals[0].advice}"


def is_archive(head: bytes) -> bool:
    """Tell by the first 512 bytes of a file whether it may be an archive of collected files: a zip, a tar, or a packed tar."""
    return head.startswith(_EMPTY_ZIP) or any(row.detect(head, b"") for row in REFUSED if row.name in _ARCHIVES)


def is_later_segment(name: str) -> bool:
    """Tell whether a file of this name continues another one, so that it is no image of its own."""
    return any(row.later_segment is not None and row.later_segment.search(name) for row in FORMATS)


def named_as_image(name: str) -> Format | None:
    """Return the format that the name of a file says, of a set of its first file; None where the name says none.

    What the systems of people who copy files leave beside them under the same names is none: `._disk.E01` of macOS, `$I…` of a recycle bin.
    """
    if name.startswith(("._", "$")) or is_later_segment(name):
        return None
    return next((row for row in FORMATS if row.named is not None and row.named.search(name)), None)
