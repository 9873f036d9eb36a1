"""The nouns of the field, frozen: what every room speaks and no room owns."""

from forensic.model.comparison import StateComparison, TableRow
from forensic.model.fact import Fact, FactSet, Gap, Problem
from forensic.model.gap import GapReason
from forensic.model.identifier import Guid, MacAddress, Sid
from forensic.model.judgement import Evidence, Policy, Strength, Verdict, VerdictStrength
from forensic.model.kind import KINDS, Basis, Change, Claim, Effect, Identifier, Kind, Origin, Standing, always, kept, usually
from forensic.model.place import Locator, Raw, RawDigest, Reading, Span, State, raw_of
from forensic.model.report import (
    Account,
    Depth,
    DeviceId,
    Era,
    Extraction,
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
    "KINDS",
    "Account",
    "Basis",
    "Change",
    "Claim",
    "Depth",
    "DeviceId",
    "Effect",
    "Era",
    "Evidence",
    "Extraction",
    "Fact",
    "FactSet",
    "FileTime",
    "Gap",
    "GapReason",
    "Guid",
    "HiveInfo",
    "Identifier",
    "ImageReport",
    "InstallationOrigin",
    "InstallationReport",
    "Kind",
    "LocalTime",
    "Locator",
    "MacAddress",
    "Origin",
    "Policy",
    "Problem",
    "Product",
    "Profile",
    "Raw",
    "RawDigest",
    "Reading",
    "Role",
    "Sid",
    "SourceInfo",
    "Span",
    "Standing",
    "State", "StateComparison",
    "Strength",
    "TableRow", "TimelineEntry",
    "Tool",
    "Verdict",
    "VerdictStrength",
    "VolumeInfo",
    "always",
    "decode_utf16",
    "kept",
    "printable",
    "raw_of",
    "usually",
]  # fmt: skip
