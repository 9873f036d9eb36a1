"""The JSON codec of the report: the one place that knows how model values are spelled in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from forensic.errors import Malformed
from forensic.model.fact import Fact
from forensic.model.identifier import Sid
from forensic.model.kind import KINDS
from forensic.model.report import SCHEMA, ImageReport
from forensic.model.text import inert
from forensic.model.time import FileTime

DEPTH_LIMIT = 64
"""Levels of lists and objects in the value of a fact of a kind that this version does not know."""


def _encode_value(value: object) -> object:
    if isinstance(value, FileTime | str):
        return str(value)
    if isinstance(value, Fact):
        return _encode_fact(value)
    raise NotImplementedError(f"no JSON form for {type(value).__name__}")


def _encode_fact(fact: Fact[Any]) -> dict[str, object]:
    spelled = {
        "kind": fact.kind,
        "value": fact.value,
        "source": fact.source,
        "place": fact.place,
        "raw": fact.raw,
        "written": fact.written,
        "state": fact.state,
    }
    if fact.profile is not None:
        spelled["profile"] = fact.profile
    return spelled


def to_builtins(value: object) -> Any:
    """Return `value` (any model noun) as plain JSON types."""
    if isinstance(value, Fact):
        value = _encode_fact(value)
    return msgspec.to_builtins(value, enc_hook=_encode_value)


def encode(report: ImageReport, *, indent: int | None = 2) -> str:
    """Return the report as JSON text, facts with their `source` in words."""
    plain = msgspec.structs.asdict(report)
    body: dict[str, Any] = {"schema": plain.pop("schema"), "schema_minor": plain.pop("schema_minor")}
    body.update(plain)
    if body["stats"] is None:
        del body["stats"]
    body["installations"] = [
        msgspec.structs.asdict(installation) | {"facts": [_encode_fact(fact) for fact in installation.facts]}
        for installation in report.installations
    ]
    try:
        data = msgspec.json.encode(body, enc_hook=_encode_value)
    except UnicodeEncodeError:  # lone surrogates: names of files that are no valid text
        data = msgspec.json.encode(encodable(to_builtins(body)))
    if indent is not None:
        data = msgspec.json.format(data, indent=indent)
    return inert(data.decode())


def encodable(plain: Any) -> Any:
    r"""Return plain JSON types with every lone surrogate written as `\udcNN`: two unlike names stay unlike."""
    if isinstance(plain, str):
        return plain.encode("utf-8", "backslashreplace").decode()
    if isinstance(plain, dict):
        return {encodable(key): encodable(value) for key, value in plain.items()}
    if isinstance(plain, list | tuple):
        return [encodable(value) for value in plain]
    return plain


def decode(text: str | bytes) -> ImageReport:
    """Read one report; the values of facts get the types that their kinds declare.

    A fact of a kind this version does not know keeps its plain JSON value. Malformed when `text` is no single report.
    """
    reports = decode_all(text)
    if len(reports) != 1:
        raise Malformed(f"not one report but {len(reports)}")
    return reports[0]


def decode_all(text: str | bytes) -> tuple[ImageReport, ...]:
    """Read what a command wrote: one report, an array of reports, or one report per line. Malformed when it is none of these."""
    if isinstance(text, bytes):
        text = text.removeprefix(b"\xef\xbb\xbf")
    try:
        reports = tuple(_report(body) for item in _bodies(text) for body in (item if isinstance(item, list) else [item]))
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError, Malformed) as error:
        raise Malformed(f"not a report of this program: {_shortened(str(error))}") from None
    if not reports:
        raise Malformed("not a report of this program: it is empty")
    return reports


def _bodies(text: str | bytes) -> Iterator[Any]:
    """Yield what is written in a text: line by line where each holds a value, so that a long archive is not in memory twice."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    first, _, rest = data.lstrip().partition(b"\n")
    try:
        value = msgspec.json.decode(first)
    except msgspec.DecodeError:  # one value over several lines
        yield from msgspec.json.Decoder().decode_lines(data)
        return
    yield value
    at = 0
    while at < len(rest):
        end = rest.find(b"\n", at)
        end = len(rest) if end < 0 else end
        if line := rest[at:end].strip():
            yield msgspec.json.decode(line)
        at = end + 1


def _report(body: Any) -> ImageReport:
    found = body.get("schema") if isinstance(body, dict) else None
    if found != SCHEMA:
        raise Malformed(f"schema is {_shortened(repr(found))}, expected {SCHEMA!r}")
    minor = body.get("schema_minor", 0)
    if type(minor) is not int or minor < 0:
        raise Malformed("schema_minor is not a number from 0 on")
    if minor == 0:
        from forensic.model import migration

        try:
            migration.from_minor_0(body)
        except (KeyError, AttributeError) as error:
            raise Malformed(f"something that a report holds is missing or of another type: {error}") from None
    else:
        _require(body, "depth", "installations")
        for one in body["installations"]:
            _require(one, "facts", "gaps", "verdict")
    report = msgspec.convert(body, ImageReport, dec_hook=_decode_value)
    installations = tuple(
        msgspec.structs.replace(installation, facts=tuple(_typed(fact) for fact in installation.facts))
        for installation in report.installations
    )
    if len({one.id for one in installations}) < len(installations):
        raise Malformed("two installations have one id")
    return msgspec.structs.replace(report, installations=installations)


def _require(part: Any, *names: str) -> None:
    missing = [name for name in names if not isinstance(part, dict) or name not in part]
    if missing:
        raise Malformed(f"{', '.join(missing)} is missing")


def _shortened(text: str, limit: int = 300) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."


def _is_deep(value: Any) -> bool:
    """Whether lists and objects lie in one another deeper than anything that this program writes."""
    level, depth = [value], 0
    while level and depth <= DEPTH_LIMIT:
        level = [part for one in level if isinstance(one, list | dict) for part in (one.values() if isinstance(one, dict) else one)]
        depth += 1
    return depth > DEPTH_LIMIT


def _typed(fact: Fact[Any]) -> Fact[Any]:
    kind = KINDS.named(fact.kind)
    if kind is None:
        if _is_deep(fact.value):
            raise Malformed(f"the value of a fact nests deeper than {DEPTH_LIMIT} levels")
        return fact
    return msgspec.structs.replace(fact, value=msgspec.convert(fact.value, kind.type, dec_hook=_decode_value))


def _decode_value(type_: type[Any], value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    if issubclass(type_, FileTime):
        return FileTime.from_iso(value)
    parse = getattr(type_, "parse", None)
    return type_(value) if parse is None else parse(value)


def schema(verdicts: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a report, made from the model; `verdicts` are the codes that a verdict may have."""
    (reference,), definitions = msgspec.json.schema_components([ImageReport], schema_hook=_schema_of_value, ref_template="#/$defs/{name}")
    report = definitions.pop(reference["$ref"].rpartition("/")[2])
    report["properties"] = {"schema": {"const": SCHEMA}} | {name: part for name, part in report["properties"].items() if name != "schema"}
    fact = definitions["Fact"] = definitions.pop("Fact_Any_") | {"title": "Fact"}
    definitions["InstallationReport"]["properties"]["facts"]["items"]["$ref"] = "#/$defs/Fact"
    fact["properties"]["value"] = {"description": "As the kind declares: text, a number, a time, or an object with named parts."}
    fact["properties"]["source"] = {"type": "string", "description": "The place in words."}
    if verdicts:
        definitions["Verdict"]["properties"]["history"] = {"enum": sorted(verdicts)}
    for definition in [report, *(one for one in definitions.values() if "properties" in one)]:
        parts = definition["properties"]
        if definition is not definitions["Locator"]:  # the only noun that leaves out what it does not name
            definition["required"] = [name for name in parts if name not in ("stats", "profile") or definition is definitions["Gap"]]
        for part in parts.values():
            part.pop("default", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, "title": "Report of one image"}
    return head | {name: part for name, part in report.items() if name != "title"} | {"$defs": dict(sorted(definitions.items()))}


def comparison_schema(relations: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a comparison, made from the model; `relations` are the codes that a pair may have."""
    from forensic.model.pair import COMPARISON_SCHEMA, ComparisonReport

    return _schema_of(ComparisonReport, COMPARISON_SCHEMA, "Comparison of installations", relations)


def groups_schema(relations: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of the groups of an archive, made from the model; `relations` are the codes that a group may have."""
    from forensic.model.archive import GROUPS_SCHEMA, GroupsReport

    return _schema_of(GroupsReport, GROUPS_SCHEMA, "Groups of related installations in an archive", relations)


def holders_schema() -> dict[str, Any]:
    """Return the JSON Schema of who holds values in an archive, made from the model."""
    from forensic.model.archive import HOLDERS_SCHEMA, HoldersReport

    return _schema_of(HoldersReport, HOLDERS_SCHEMA, "Installations in an archive that hold values", ())


def _schema_of(type_: type[Any], name: str, title: str, relations: Iterable[str]) -> dict[str, Any]:
    (reference,), definitions = msgspec.json.schema_components([type_], ref_template="#/$defs/{name}")
    whole = definitions.pop(reference["$ref"].rpartition("/")[2])
    whole["properties"] = {"schema": {"const": name}} | {part: of for part, of in whole["properties"].items() if part != "schema"}
    codes = sorted(relations)
    for definition in (whole, *definitions.values()):
        definition["required"] = list(definition["properties"])
        for part in definition["properties"].values():
            part.pop("default", None)
        if codes and "relation" in definition["properties"]:
            definition["properties"]["relation"] = {"enum": codes}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name, "title": title}
    return head | {part: of for part, of in whole.items() if part != "title"} | {"$defs": dict(sorted(definitions.items()))}


def schema_text(made: dict[str, Any]) -> str:
    """Return a JSON Schema as a file holds it."""
    return json.dumps(made, indent=2) + "\n"


def _schema_of_value(type_: type[Any]) -> dict[str, Any]:
    patterns = {FileTime: r"^\+?\d{4,5}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$", Sid: r"^S-1(-\d+)+$"}
    return {"type": "string", "pattern": patterns[type_]}


def kebab(name: str) -> str:
    """Return a Python name (`machine_guid`, `MACHINE_GUID`) as the public, kebab-case one."""
    return re.sub(r"_+", "-", name.strip("_")).lower()


__all__ = [
    "comparison_schema",
    "decode",
    "decode_all",
    "encodable",
    "encode",
    "groups_schema",
    "holders_schema",
    "kebab",
    "schema",
    "schema_text",
    "to_builtins",
]
