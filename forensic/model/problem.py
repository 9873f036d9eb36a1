"""Problems: what is wrong with the evidence or with its reading, what follows from it, and what helps; one page each in `explain`."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["warning", "error"]


class Problem(msgspec.Struct, frozen=True):
    """Something wrong with the evidence or with its reading that a person should know."""

    severity: Severity
    where: str
    what: str
    code: str = ""
    """Which problem it is: one of `CODES`; empty where it is of no kind that anything follows from."""
    installation: str = ""
    """Id of the one installation that it concerns; empty: all of the source."""

    @property
    def is_incomplete(self) -> bool:
        """Whether it says that evidence is known to be incomplete: then nothing is in order; see `caps_verdicts` too."""
        return self.code in CODES and CODES[self.code].incomplete

    @property
    def caps_verdicts(self) -> bool:
        """Whether what is missing by it may be of the installations that were examined."""
        return self.is_incomplete and CODES[self.code].caps


class ProblemCode(msgspec.Struct, frozen=True):
    """One code: what it says, what follows from it, and what a person can do."""

    title: str
    effect: str
    remedy: str
    incomplete: bool = True
    """Whether evidence is missing by it, known and not only possible."""
    caps: bool = True
    """Whether what is missing may be of the installations that were examined; False: only another one may have been missed."""


_AGAIN = "acquire the image again, or take the copy whose hashes are right"

_WITH_KEY = "give the key of a BitLocker volume (--key-file), or decrypt it, then examine it again"

CODES: dict[str, ProblemCode] = {
    # Containers.
    "missing-segment": ProblemCode(
        "A segment is missing", "what lay in it was not read", "put all segments of the image into one folder and examine it again"
    ),
    "truncated-image": ProblemCode("The image is cut short", "what lay behind its end was not read", _AGAIN),
    "damaged-chunk": ProblemCode("Bytes of the image are damaged", "what lay there was not read, or is not what was acquired", _AGAIN),
    "hash-mismatch": ProblemCode("The image is not as acquired", "any value may have been altered since", _AGAIN),
    "checksum-differs": ProblemCode(
        "A checksum differs", "at least one bit is not what was packed; nobody knows which", "pack or copy it again"
    ),
    "container-malformed": ProblemCode(
        "The container contradicts itself",
        "where it does, other bytes may have been meant",
        "repair a copy with the program that made it, or acquire again",
    ),
    "backing-missing": ProblemCode(
        "A parent image is missing",
        "what only the parent holds was not read",
        "put the parent beside the image, under the name that it asks for",
    ),
    "unread-at-acquisition": ProblemCode(
        "Sectors of the original disk could not be read",
        "zeros stand in their place; where they were asked for, damage is named by itself",
        "acquire the disk again where it still answers",
        incomplete=False,
    ),
    # Volumes.
    "table-damaged": ProblemCode(
        "The partition table is damaged",
        "a volume that only the table names may not have been seen",
        "compare with the disk, or with an older image of it",
    ),
    "snapshot-not-read": ProblemCode(
        "A snapshot in the image was not read",
        "an earlier state of the disk was not looked at; the disk as it is now was",
        "nothing, unless the earlier state matters: then export it (qemu-img convert -l)",
        incomplete=False,
    ),
    "second-copy-used": ProblemCode(
        "A second copy was used",
        "the first copy is damaged; the second one was read instead",
        "nothing has to be done where the second copy is sound",
        incomplete=False,
    ),
    "encrypted": ProblemCode("A volume, an image or a file is encrypted", "nothing in it was read", _WITH_KEY),
    "encrypted-beside": ProblemCode(
        "A volume beside the examined Windows is encrypted",
        "nothing in it was read: it may hold data, or a second Windows",
        f"{_WITH_KEY}, where a second Windows is possible",
        caps=False,
    ),
    "volume-beside": ProblemCode(
        "A volume beside the examined Windows was not read",
        "nothing in it was read; Windows is hardly ever installed there",
        "nothing, unless profiles or a second Windows lie in it",
        incomplete=False,
    ),
    "volume-not-read": ProblemCode(
        "A volume was not read",
        "what lies in it is not known",
        "export it in a form that is read: forensic doctor lists them",
        caps=False,
    ),
    "file-system-damaged": ProblemCode("A file system is damaged", "files in it may not have been seen", "repair a copy, or acquire again"),
    "file-system-repaired": ProblemCode(
        "A damaged place of a file system was read another way",
        "nothing that was looked for is known to be lost by it",
        "nothing",
        incomplete=False,
    ),
    # Collections.
    "folder-not-read": ProblemCode(
        "A folder could not be listed", "files in it were not seen", "examine it with the right to read it, or collect it again"
    ),
    "folder-not-searched": ProblemCode(
        "A folder beside what was examined could not be listed",
        "another Windows in it would not have been seen",
        "examine it with the right to read it, where it may hold one",
        incomplete=False,
    ),
    "not-opened": ProblemCode(
        "A file that may hold a Windows was not opened",
        "what lies in it is not known",
        "give it by its own name, in a form that is read",
        caps=False,
    ),
    "single-file": ProblemCode(
        "A single file was given", "nothing else of its computer was looked at", "give the folder or the image from which it was taken"
    ),
    "limit-reached": ProblemCode("A limit was reached", "what lies beyond it was not looked at", "give a smaller part of the evidence"),
    "archive-damaged": ProblemCode(
        "An archive is damaged", "files in the damaged places were not read", "pack it again, or take another copy of it"
    ),
    "changed-while-read": ProblemCode(
        "The evidence changed while it was read", "what was read may be of two moments", "examine a copy that nothing writes to"
    ),
    "two-computers": ProblemCode(
        "Files that may be of more than one computer lie together",
        "they were kept apart",
        "collect each computer into a folder of its own",
        incomplete=False,
    ),
    "set-aside": ProblemCode(
        "Files were set aside", "what was set aside is not used", "give it by itself, where it matters", incomplete=False
    ),
    # Hives and logs.
    "hive-unreadable": ProblemCode("A hive cannot be read", "nothing that it holds is known", "collect it again with its transaction logs"),
    "hive-damaged": ProblemCode(
        "A hive is damaged", "keys and values in the damaged places were not read", "collect it again with its transaction logs"
    ),
    "log-not-applied": ProblemCode(
        "A hive's transaction log was not applied",
        "the last changes before the capture were not read",
        "collect the hive again, with its files .LOG1 and .LOG2 beside it",
    ),
    "user-hive-damaged": ProblemCode(
        "A user's hive, or a hive of no weight, was not read whole",
        "some of what it says of one user or of programs is missing; what decides stands in the machine's hives",
        "collect it again with its transaction logs, where that user matters",
        incomplete=False,
    ),
    "event-log-damaged": ProblemCode("An event log is damaged", "records in the damaged places were not read", "collect it again"),
    "event-log-sampled": ProblemCode(
        "An event log was not read whole",
        "of a very large log the oldest and the newest records were read, those between them were not",
        "give a part of the log, exported by time, where what lies between matters",
        incomplete=False,
    ),
    # The examination.
    "source-unreadable": ProblemCode(
        "The source cannot be read",
        "nothing in it was examined",
        "check its name and the right to read it, and copy it again where it is damaged; what kinds are read, forensic doctor lists",
    ),
    "out-of-memory": ProblemCode(
        "More memory was needed than there is",
        "what it would have stated is not known",
        "examine it again with more memory: --memory of forensic scan and of examine --isolate",
    ),
    "reader-ended": ProblemCode(
        "The process that read the source was ended",
        "nothing is known of the source: it took too long, or it broke a reader, by damage or on purpose",
        "examine a part of it, or its files, by themselves; where only time ran out, with a longer --timeout",
    ),
    "internal-error": ProblemCode(
        "A defect of this program", "what it would have stated is not known", "report it, with what --strict shows"
    ),
}
"""Public name -> what it says. Adding is free; names are never changed."""
