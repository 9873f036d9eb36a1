"""The nouns of the field, frozen: what every room speaks and no room owns."""

from forensic.model.fact import Fact, FactSet, Gap, GapReason, Problem
from forensic.model.identifier import Guid, MacAddress, Sid
from forensic.model.judgement import POLICY, Evidence, History, Policy, Strength, Verdict, VerdictStrength
from forensic.model.kind import KINDS, Basis, Claim, Event, Kind, Origin
from forensic.model.place import Locator, Raw, RawDigest, Reading, Span, State, raw_of
from forensic.model.report import (
    Account,
    Depth,
    DeviceId,
    Era,
    HiveInfo,
    ImageReport,
    InstallationOrigin,
    InstallationReport,
    Product,
    Profile,
    Role,
    SourceInfo,
    TimelineEntry,
    Tool,
    VolumeInfo,
)
from forensic.model.text import decode_utf16, printable
from forensic.model.time import FileTime, LocalTime

__all__ = [
    "KINDS", "POLICY", "Account", "Basis", "Claim", "Depth", "DeviceId", "Era", "Event", "Evidence", "Fact", "FactSet", "FileTime", "Gap",
    "GapReason", "Guid", "History", "HiveInfo", "ImageReport", "InstallationOrigin", "InstallationReport", "Kind", "LocalTime", "Locator",
    "MacAddress", "Origin", "Policy", "Problem", "Product", "Profile", "Raw", "RawDigest", "Reading", "Role", "Sid", "SourceInfo", "Span",
    "State", "Strength", "TimelineEntry", "Tool", "Verdict", "VerdictStrength", "VolumeInfo", "decode_utf16", "printable", "raw_of",
]  # fmt: skip
