"""JSON Schema of an estate's file, so that an editor completes keys and marks mistakes while one types.

Our reader takes every scalar as text, so a value may be written quoted or plain: where the
model wants text a number is fine, and where it wants a number quoted digits are.  Objects that
take values from layers need not repeat them; for these no key is required, and an empty value
takes a layer's value away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.inventory.loading.declarations import SINGULAR
from yiwang.inventory.model import KINDS, Addressing, EstateHeader, Rollout
from yiwang.inventory.model.names import NAME_PATTERN

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PLAIN_KINDS = ("zones", "roles", "groups", "regions")
DIVISION = {"type": ["string", "integer"], "pattern": r"^(\d{6}|\d{9}|\d{12})$"}

SECTION_TEXTS = {
    "estate": N_("what the estate is; once in the whole estate"),
    "addressing": N_("address blocks from which the regions' pools are carved; once in the whole estate"),
    "rollout": N_("how plans are approved and carried out; once in the whole estate"),
    "defaults": N_("values for all objects of a kind, such as node: {ntp: …}; the weakest layer"),
    "region": N_("division of the objects in this file that name none themselves"),
    "include": N_("further files or folders to read, relative to this file"),
    "zones": N_("network security areas by name"),
    "roles": N_("node roles beyond the built-in ones, by name"),
    "groups": N_("values for objects that a selector matches, by name"),
    "regions": N_("administrative divisions by code"),
    "sites": N_("machine rooms, halls and offices by name"),
    "nodes": N_("hosts that Yiwang provisions, by name"),
    "devices": N_("routers, switches and firewalls by name"),
    "links": N_("lines between two ports, by name"),
    "organisations": N_("departments and offices by name"),
    "systems": N_("information systems by name"),
    "adapters": N_("bindings of systems to the exchange, by name"),
    "agreements": N_("interface agreements by name"),
    "milestones": N_("dated duties by name"),
    "reports": N_("report schedules by name"),
    "waivers": N_("accepted findings of the audit, by name"),
}

_OCTET = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = rf"{_OCTET}(\.{_OCTET}){{3}}"
_FORMATS = {
    "ipv4": rf"^{_ADDRESS}$",
    "ipv4network": rf"^{_ADDRESS}(/([12]?\d|3[0-2]))?$",
    "ipv4interface": rf"^{_ADDRESS}(/([12]?\d|3[0-2]))?$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
}
_WHOLE = r"^[-+]?\d+$"
_NUMBER = r"^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$"
_KEPT = ("pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")


def json_schema() -> dict[str, Any]:
    """The schema (2020-12) of one file of an estate, its descriptions in the language in force."""
    properties: dict[str, Any] = {
        "region": DIVISION,
        "include": {"type": ["string", "array"], "items": {"type": "string"}},
        "estate": _of_model(EstateHeader),
        "addressing": _of_model(Addressing),
        "rollout": _of_model(Rollout),
        "defaults": _layer_values(tuple(kind for kind in KINDS if kind not in PLAIN_KINDS)),
        **{kind: _section(kind) for kind in KINDS},
    }
    return {
        "$schema": DIALECT,
        "title": _("A file of a Yiwang estate"),
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {key: value | {"description": _(SECTION_TEXTS[key])} for key, value in properties.items()},
        "$defs": {SINGULAR[kind]: _of_model(model, layered=kind not in PLAIN_KINDS) for kind, model in KINDS.items()},
    }


def _section(kind: str) -> dict[str, Any]:
    pattern = DIVISION["pattern"] if kind == "regions" else NAME_PATTERN
    return {
        "type": ["object", "null"],
        "propertyNames": {"pattern": pattern},
        "additionalProperties": {"$ref": f"#/$defs/{SINGULAR[kind]}"},
    }


def _layer_values(kinds: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {SINGULAR[kind]: {"$ref": f"#/$defs/{SINGULAR[kind]}"} for kind in kinds},
    }


def _of_model(model: type[Declared], *, layered: bool = False) -> dict[str, Any]:
    raw = model.model_json_schema(mode="validation")
    schema = _Writer(raw.get("$defs", {})).object(raw, layered=layered)
    if model is KINDS["regions"]:
        schema["properties"]["defaults"] |= _layer_values(tuple(kind for kind in KINDS if kind not in PLAIN_KINDS))
    if model is KINDS["groups"]:
        for kind in ("node", "device"):
            schema["properties"][kind] |= {"$ref": f"#/$defs/{kind}"}
            del schema["properties"][kind]["additionalProperties"]
    return schema


class _Writer:
    """Rewrites pydantic's schema of one model: references resolved, scalars as our reader takes them."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions

    def object(self, raw: Mapping[str, Any], *, layered: bool) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": ["object", "null"] if layered else "object",
            "additionalProperties": False,
            "properties": {key: self.value(value, layered=layered) for key, value in raw["properties"].items()},
        }
        if raw.get("required") and not layered:
            schema["required"] = raw["required"]
        return schema

    def value(self, raw: Mapping[str, Any], *, layered: bool) -> dict[str, Any]:
        schema = self._typed(raw, layered=layered)
        if layered:
            schema = _or_nothing(schema)
        told = raw.get("description")
        if told and "$ref" not in raw:
            schema["description"] = _(told)
        if raw.get("default") not in (None, "", [], {}) and not isinstance(raw["default"], dict):
            schema["default"] = raw["default"]
        return schema

    def _typed(self, raw: Mapping[str, Any], *, layered: bool) -> dict[str, Any]:
        if "$ref" in raw:
            return self.object(self.definitions[raw["$ref"].rpartition("/")[2]], layered=layered)
        if "anyOf" in raw:
            return self._any_of(raw["anyOf"], layered=layered)
        if "enum" in raw or "const" in raw:
            return _choice(raw.get("enum") or [raw["const"]])
        if raw.get("type") == "array":
            return self._array(raw)
        if raw.get("type") == "object":
            below = raw.get("additionalProperties", True)
            values = self.value(below, layered=layered) if isinstance(below, dict) else below
            return {"type": "object", "additionalProperties": values}
        return _scalar(raw)

    def _any_of(self, options: list[Any], *, layered: bool) -> dict[str, Any]:
        real = [self.value(each, layered=layered) for each in options if each.get("type") != "null"]
        schema = real[0] if len(real) == 1 else {"anyOf": real}
        return _or_nothing(schema) if len(real) < len(options) else schema

    def _array(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        # A list replaces another whole, so its items are complete even in a layer.
        items = raw.get("prefixItems", [raw.get("items", {})])
        schema: dict[str, Any] = {"type": "array", "items": self.value(items[0], layered=False)}
        return schema | {key: raw[key] for key in ("minItems", "maxItems") if key in raw}


def _or_nothing(schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]} if None not in schema["enum"] else schema
    if "anyOf" in schema:
        nothing = {"type": "null"}
        return schema if nothing in schema["anyOf"] else {**schema, "anyOf": [*schema["anyOf"], nothing]}
    if "type" not in schema:
        return schema
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*types, "null"] if "null" not in types else types}


def _choice(values: list[Any]) -> dict[str, Any]:
    numbers = [int(value) for value in values if str(value).isdecimal()]
    return {"enum": [*values, *numbers]}


def _scalar(raw: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: raw[key] for key in _KEPT if key in raw}
    match raw.get("type"):
        case "string" if "format" in raw:
            return {"type": "string", "pattern": _FORMATS[raw["format"]], **kept}
        case "string":
            return {"type": ["string", "number", "boolean"], **kept}
        case "integer":
            return {"type": ["integer", "string"], "pattern": _WHOLE, **kept}
        case "number":
            return {"type": ["number", "string"], "pattern": _NUMBER, **kept}
        case "boolean":
            return {"enum": [True, False, "true", "false"]}
    return {}
