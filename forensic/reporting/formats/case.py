"""CASE/UCO: the report as JSON-LD of the Cyber-investigation Analysis Standard Expression (`docs/report-formats.md`).

What the ontology has a class for is stated in it: image, volumes, computer, operating system, accounts, registry keys and values,
files. A fact, a gap, a piece of evidence and the verdict are annotations of the objects that they speak of.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from forensic.model import Fact, FileTime, ImageReport, InstallationReport, VolumeInfo, printable
from forensic.reporting.formats import PAPER, Layout
from forensic.reporting.wording import fact_in_words, json_in_words, manner

CONTEXT = {
    "kb": "http://example.org/kb/",
    "action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "investigation": "https://ontology.caseontology.org/case/investigation/",
    "observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes; nothing has to be fetched to read the graph."""

_HASHES = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "sha512": "SHA512"}
_COLLECTIONS = {"directory": "observable:Directory", "zip": "observable:ArchiveFile"}
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_INHERENT = re.compile(r"kb:(?:\w+Facet|Hash|WindowsRegistryValue)-")
"""Nodes that are parts of objects, and no objects of a bundle themselves."""
_YEAR_10000 = 2_650_467_744_000_000_000
"""Ticks; xsd:dateTime as readers know it ends before."""

_LOCAL = " (local time)"

Node = dict[str, Any]


def render(reports: Iterable[ImageReport], _: Layout = PAPER) -> Iterator[str]:
    """Yield one JSON-LD text: a bundle with the graph of every report.

    Identifiers are made from the content (UUID version 5): one report gives the same text always.
    """
    yield '{\n"@context": ' + json_in_words(CONTEXT) + ',\n"@graph": [\n'
    written: set[str] = set()
    for report in reports:
        nodes = [node for node in _Graph(report).nodes() if node["@id"] not in written]
        yield "".join((",\n" if written or number else "") + json_in_words(node) for number, node in enumerate(nodes))
        written.update(node["@id"] for node in nodes)
    yield "\n]}\n"


class _Graph:
    """The graph of one report."""

    def __init__(self, report: ImageReport) -> None:
        self.report = report
        self.space = uuid.uuid5(uuid.NAMESPACE_URL, msgspec.structs.replace(report, stats=None).to_json(indent=None))
        self.found: dict[str, Node] = {}

    def nodes(self) -> list[Node]:
        """Return all nodes, the bundle first."""
        report = self.report
        image = self.image()
        tool = self.node("tool:Tool", "", **{
            "core:name": report.tool.name,
            "tool:toolType": "digital forensics",
            "tool:version": f"{report.tool.version}, knowledge of {report.tool.knowledge}",
        })  # fmt: skip
        volumes = {volume.id: self.volume(volume, image) for volume in report.volumes}
        results = [self.installation(one, volumes, image) for one in report.installations]
        results += [
            self.annotation(f"problem:{number}", f"problem ({problem.severity})", problem.what, [image], printable(problem.where))
            for number, problem in enumerate(report.problems)
        ]
        self.node("investigation:InvestigativeAction", "", **{
            "core:name": "examination",
            "core:description": "; ".join(
                ["Examination of one source, read-only, for duplication of a Windows installation without Sysprep", *manner(report)]
            ),
            "action:instrument": [tool],
            "action:object": [image],
            "action:result": results,
        })  # fmt: skip
        inside = [{"@id": name} for name in self.found if not _INHERENT.match(name)]
        bundle = self.node("core:Bundle", "", **{"core:name": "forensic report", "core:object": inside})
        return [self.found.pop(bundle["@id"]), *self.found.values()]

    def node(self, type_: str, name: str, **parts: Any) -> Node:
        """Add a node, unless it is there, and return the reference to it; parts that are empty are left out."""
        short = type_.rpartition(":")[2]
        identity = f"kb:{short}-{uuid.uuid5(self.space, f'{short}:{name}'.encode('utf-8', 'backslashreplace').decode())}"
        self.found.setdefault(
            identity, {"@id": identity, "@type": type_} | {key: _plain(part) for key, part in parts.items() if part not in (None, [], "")}
        )
        return {"@id": identity}

    def facet(self, type_: str, name: str, **parts: Any) -> Node:
        return self.node(f"observable:{type_}", name, **{f"observable:{key}": part for key, part in parts.items()})

    def annotation(
        self, name: str, title: str, statement: str, objects: Sequence[Node], description: str = "", tags: Iterable[str] = ()
    ) -> Node:
        return self.node("core:Annotation", name, **{
            "core:name": title,
            "core:statement": statement,
            "core:description": description,
            "core:tag": sorted({tag for tag in tags if tag}),
            "core:object": list(objects),
        })  # fmt: skip

    def image(self) -> Node:
        source = self.report.source
        hashes = [
            self.node("types:Hash", algorithm, **{
                "types:hashMethod": _HASHES.get(algorithm.lower(), algorithm),
                "types:hashValue": {"@type": "xsd:hexBinary", "@value": value.upper()},
            })
            for algorithm, value in sorted(source.stored_hashes.items()) if _HEX.fullmatch(value.lower())
        ]  # fmt: skip
        collected = _COLLECTIONS.get(source.format)
        names = list(dict.fromkeys(source.segments or [source.path.replace("\\", "/").rpartition("/")[2]]))
        facets = [
            self.facet("FileFacet", "image", fileName=names, filePath=source.path),
            self.facet("ContentDataFacet", "image", sizeInBytes=source.size, hash=hashes),
        ]
        facets += [] if collected else [self.facet("ImageFacet", "image", imageType=source.format)]
        said = f"stored hashes: verification {source.verification}"
        return self.node(
            collected or "observable:Image", "", **{"core:name": source.path, "core:description": said, "core:hasFacet": facets}
        )

    def volume(self, volume: VolumeInfo, image: Node) -> Node:
        facets = [
            self.facet("VolumeFacet", volume.id, volumeID=volume.serial, sectorSize=self.report.source.sector_size),
            self.facet(
                "DiskPartitionFacet", volume.id, partitionID=volume.id, partitionOffset=volume.start, partitionLength=volume.size,
                diskPartitionType=volume.scheme,
            ),
            self.facet("FileSystemFacet", volume.id, fileSystemType=volume.filesystem),
        ]  # fmt: skip
        described = f"not examined: {volume.not_examined}" if volume.not_examined else ""
        made = self.node(
            "observable:Volume",
            volume.id,
            **{"core:name": volume.label or volume.id, "core:description": described, "core:hasFacet": facets},
        )
        self.contained(made, image, volume.id)
        return made

    def contained(self, inner: Node, outer: Node, name: str) -> None:
        self.node("observable:ObservableRelationship", name, **{
            "core:source": [inner],
            "core:target": outer,
            "core:kindOfRelationship": "Contained_Within",
            "core:isDirectional": True,
        })  # fmt: skip

    def installation(self, one: InstallationReport, volumes: dict[str, Node], image: Node) -> Node:
        """Add one installation and return the provenance record that holds what was concluded of it."""
        outer = volumes.get(one.volume, image)
        product = one.product
        facets = [
            self.facet("OperatingSystemFacet", one.id, installDate=_time(product.installed)),
            self.facet("SoftwareFacet", one.id, version=" ".join(part for part in (product.version, product.build) if part)),
        ]
        system = self.node("observable:OperatingSystem", one.id, **{
            "@type": ["observable:OperatingSystem", "observable:Software"],  # the second as UCO 2 will imply it
            "core:name": product.name or "Windows",
            "core:description": f"{one.system_root} ({one.origin})",
            "core:hasFacet": facets,
        })  # fmt: skip
        self.contained(system, outer, one.id)
        specification = self.facet(
            "WindowsComputerSpecificationFacet", one.id, netBIOSName=one.computer_name, msProductName=product.name,
            osInstallDate=_time(product.installed),
        )  # fmt: skip
        described = f"machine SID {one.machine_sid}" if one.machine_sid else "machine SID not known"
        computer = self.node(
            "observable:Computer",
            one.id,
            **{"core:name": one.computer_name, "core:description": described, "core:hasFacet": [specification]},
        )
        accounts = [self.account(one.id, number, sid, name) for number, (sid, name) in enumerate((a.sid, a.name) for a in one.accounts)]
        facts = [self.fact(one, number, fact, outer) for number, fact in enumerate(one.facts)]
        said = [
            self.annotation(f"{one.id}:evidence:{number}", evidence.rule, evidence.because,
                            [facts[index] for index in evidence.facts if 0 <= index < len(facts)] or [system],
                            f"group {evidence.group}",
                            ("evidence", evidence.strength, evidence.supports and f"supports:{evidence.supports}",
                             evidence.against and f"against:{evidence.against}"))
            for number, evidence in enumerate(one.evidence)
        ]  # fmt: skip
        said += [
            self.annotation(f"{one.id}:gap:{number}", f"gap: {gap.artifact}", f"{gap.reason}: {gap.detail}" if gap.detail else gap.reason,
                            [system], gap.searched, ("gap", gap.reason))
            for number, gap in enumerate(one.gaps)
        ]  # fmt: skip
        said += [
            self.annotation(f"{one.id}:timeline:{number}", entry.event, f"{entry.time}{_LOCAL * entry.local}: {entry.what}",
                            [facts[index] for index in entry.facts if 0 <= index < len(facts)] or [system], "", ("timeline",))
            for number, entry in enumerate(one.timeline)
        ]  # fmt: skip
        verdict = one.verdict
        remarks = [f"not excluded: {text}" for text in verdict.not_excluded] + [f"to do: {text}" for text in verdict.remedies]
        remarks += [f"collides: {text}" for text in verdict.consequences]
        tags = ("verdict", f"history:{verdict.history}", f"policy:{verdict.policy}", f"strength:{verdict.strength}")
        said.append(self.annotation(f"{one.id}:verdict", verdict.history, verdict.summary, [system, computer], "\n".join(remarks), tags))
        return self.node("investigation:ProvenanceRecord", one.id, **{
            "core:name": one.id,
            "core:description": f"Facts, gaps, evidence and verdict of the installation {one.id}",
            "core:object": [system, computer, *accounts, *facts, *said],
        })  # fmt: skip

    def account(self, owner: str, number: int, sid: str, name: str) -> Node:
        key = f"{owner}:{number}"
        facets = [
            self.facet("AccountFacet", key, accountIdentifier=sid),
            self.facet("DigitalAccountFacet", key, accountLogin=name),
            self.facet("WindowsAccountFacet", key),
        ]
        return self.node("observable:WindowsAccount", key, **{"core:name": name or sid, "core:hasFacet": facets})

    def fact(self, one: InstallationReport, number: int, fact: Fact[Any], outer: Node) -> Node:
        raw = f"raw 0x{fact.raw}" if isinstance(fact.raw, str) else f"raw: {fact.raw.length} bytes with SHA-256 {fact.raw.sha256}"
        written = f"; last written {fact.written}" if fact.written is not None else ""
        return self.annotation(
            f"{one.id}:fact:{number}", fact.kind, fact_in_words(fact), [self.place(fact, outer)],
            f"{fact.source}; {raw}{written}; {fact.state}", ("fact", fact.kind),
        )  # fmt: skip

    def place(self, fact: Fact[Any], outer: Node) -> Node:
        """Return the registry key, file or volume that a fact was read from."""
        place = fact.place
        if not place.file:
            return outer
        file = self.node("observable:File", f"{place.volume}>{place.file}", **{
            "core:hasFacet": [self.facet(
                "FileFacet", f"{place.volume}>{place.file}", filePath=place.file, fileName=place.file.rpartition("/")[2],
                modifiedTime=_time(fact.written if not place.key else None))],
        })  # fmt: skip
        self.contained(file, outer, f"{place.volume}>{place.file}")
        if not place.key:
            return file
        name = f"{place.volume}>{place.file}>{place.key}"
        values = f"{name}>{place.value}>{place.offset}>{fact.raw}" if place.value is not None and isinstance(fact.raw, str) else ""
        key = self.node("observable:WindowsRegistryKey", name, **{
            "core:hasFacet": [self.facet("WindowsRegistryKeyFacet", name, key=place.key, modifiedTime=_time(fact.written))],
        })  # fmt: skip
        if values and isinstance(fact.raw, str):
            known = len(self.found)
            value = self.node("observable:WindowsRegistryValue", values, **{
                "core:name": place.value or "(default)",
                "observable:data": fact.raw,
            })  # fmt: skip
            (facet,) = self.found[key["@id"]]["core:hasFacet"]
            if len(self.found) > known:
                self.found[facet["@id"]].setdefault("observable:registryValues", []).append(value)
        self.contained(key, file, name)
        return key


def _time(time: FileTime | None) -> Node | None:
    return {"@type": "xsd:dateTime", "@value": str(time)} if time is not None and 0 <= time < _YEAR_10000 else None


def _plain(part: Any) -> Any:
    """Return text from evidence so that it is harmless wherever the graph is shown."""
    if isinstance(part, str):
        return printable(part)
    return [_plain(inner) for inner in part] if isinstance(part, list) else part
