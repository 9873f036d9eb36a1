"""The JSON codec of the report: the one place that knows how model values are spelled in JSON."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from forensic.errors import Malformed
from forensic.model.fact import Fact
from forensic.model.kind import KINDS
from forensic.model.report import SCHEMA, ImageReport
from forensic.model.time import FileTime


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
    body: dict[str, Any] = {"schema": plain.pop("schema")}
    body.update(plain)
    if body["stats"] is None:
        del body["stats"]
    body["installations"] = [
        msgspec.structs.asdict(installation) | {"facts": [_encode_fact(fact) for fact in installation.facts]}
        for installation in report.installations
    ]
    data = msgspec.json.encode(body, enc_hook=_encode_value)
    if indent is not None:
        data = msgspec.json.format(data, indent=indent)
    return data.decode()


def decode(text: str | bytes) -> ImageReport:
    """Read a report; the values of facts get the types that their kinds declare.

    A fact of a kind this version does not know keeps its plain JSON value.
    """
    try:
        body = msgspec.json.decode(text)
        if not isinstance(body, dict) or body.get("schema") != SCHEMA:
            found = body.get("schema") if isinstance(body, dict) else None
            raise Malformed(f"not a report of this program: schema is {found!r}, expected {SCHEMA!r}")
        report = msgspec.convert(body, ImageReport, dec_hook=_decode_value)
        installations = tuple(
            msgspec.structs.replace(installation, facts=tuple(_typed(fact) for fact in installation.facts))
            for installation in report.installations
        )
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"not a report of this program: {error}") from None
    return msgspec.structs.replace(report, installations=installations)


def _typed(fact: Fact[Any]) -> Fact[Any]:
    kind = KINDS.get(fact.kind)
    if kind is None:
        return fact
    return msgspec.structs.replace(fact, value=msgspec.convert(fact.value, kind.type, dec_hook=_decode_value))


def _decode_value(type_: type[Any], value: Any) -> Any:
    if issubclass(type_, FileTime):
        return FileTime.from_iso(value)
    return type_(value)


def kebab(name: str) -> str:
    """Return a Python name (`machine_guid`, `MACHINE_GUID`) as the public, kebab-case one."""
    return re.sub(r"_+", "-", name.strip("_")).lower()


__all__ = ["decode", "encode", "kebab", "to_builtins"]
