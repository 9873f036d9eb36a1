"""Gap codes: what exactly is absent, in words that programs and rules may rely on; one page each in `explain`."""

from __future__ import annotations

from typing import Literal

import msgspec

GapReason = Literal["not-found", "unreadable", "malformed", "unsupported", "not-looked"]


class GapCode(msgspec.Struct, frozen=True):
    """One code: under which reason it stands, and what it says to a person."""

    reason: GapReason
    title: str
    says: str


CODES: dict[str, GapCode] = {
    "nothing-there": GapCode(
        "not-found", "Nothing there", "The place was read, and it holds nothing of what was looked for. The detail says what."
    ),
    "no-hive": GapCode("not-found", "No such hive", "The hive is not among the evidence: the folder in which it would lie was listed."),
    "no-key": GapCode("not-found", "No such key", "The hive was read, and its tree has no key of this path."),
    "no-value": GapCode("not-found", "No such value", "The key was read, and has no value of this name."),
    "empty-value": GapCode("not-found", "The value is empty", "The value is there, and holds no data."),
    "no-file": GapCode("not-found", "No such file", "The folder was listed, and has no such file or folder in it."),
    "is-link": GapCode(
        "not-found", "A link", "The name leads to another place (a junction, a symbolic link, a mount point); links are not followed."
    ),
    "no-log": GapCode("not-found", "No such event log", "The folder of event logs was listed, and has none of this channel."),
    "no-profile-hive": GapCode(
        "not-found", "No hive in the profile", "ProfileList names the folder of a user, and no volume here has a hive in it."
    ),
    "workgroup": GapCode(
        "not-found", "In a workgroup", "The security policy was read, and names no domain: the computer is in a workgroup."
    ),
    "bytes-unreadable": GapCode(
        "unreadable", "Bytes that cannot be read", "The thing is there, and the medium or the container did not give its bytes."
    ),
    "access-refused": GapCode(
        "unreadable",
        "Access refused",
        "A store or a server did not let the program read the thing; it may not even have said whether it is there.",
    ),
    "credentials-refused": GapCode(
        "unreadable",
        "Credentials not accepted",
        "A store does not accept the credentials that the program has, or it has none: that says nothing about the thing itself.",
    ),
    "server-unavailable": GapCode(
        "unreadable",
        "Server not available",
        "The server that has the thing cannot be reached, is busy or out of order: that says nothing about the thing itself.",
    ),
    "format-broken": GapCode("malformed", "Broken format", "The bytes were read, and do not follow the format that they should have."),
    "hive-broken": GapCode(
        "malformed", "Broken hive", "The file is no hive any more: its base block, or the tree, does not hold together."
    ),
    "too-much": GapCode(
        "malformed", "More than is searched", "The place holds more than the stated limit; what lies beyond the limit was not looked at."
    ),
    "not-interpreted": GapCode(
        "unsupported", "Not interpreted", "The bytes are sound as far as they were read; this version cannot interpret them."
    ),
    "encrypted": GapCode("unsupported", "Encrypted", "The content is encrypted, and its key is not at hand."),
    "elsewhere": GapCode(
        "unsupported", "Kept elsewhere", "The file is listed here, and its content is kept in a cloud, an archive or other storage."
    ),
    "not-listed": GapCode(
        "unsupported",
        "Cannot be listed",
        "The place does not say what lies in it, as a web server does not; only names that are known can be asked for.",
    ),
    "too-large": GapCode("unsupported", "Too large", "The thing is larger than anything that is read whole."),
    "only-hives": GapCode(
        "not-looked", "Only hives are here", "Hives were handed in without the files around them: files were not looked for."
    ),
    "not-collected": GapCode(
        "not-looked", "Not among the files", "Files were handed in without the folders around them, and this one is not among them."
    ),
    "no-disk": GapCode(
        "not-looked", "No disk", "Files were collected, not the disk: what stands in the volume's own structures was not looked for."
    ),
    "captured-image": GapCode(
        "not-looked",
        "Not in a captured image",
        "A WIM holds the files of a volume, not the volume: what stands in the structures of the disk and of NTFS, and in folders that no"
        " capture takes, is not in it by nature.",
    ),
    "unclaimed-profile": GapCode(
        "not-looked", "Profile of unknown ownership", "Two Windows share the drive, and ProfileList of this one does not name the folder."
    ),
}
"""Public name -> what it says. Adding is free; names are never changed."""
