"""The pydantic model of a record: what the border takes, with pydantic's own means.

Errors carry the same rules as the other validators do: :func:`problems` reads them off.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from yiwang.adapters.identifiers.registry import IDENTIFIERS
from yiwang.adapters.records.catalogue import catalogue
from yiwang.adapters.records.declaration import Record, RecordField
from yiwang.adapters.records.form import FIRST_YEAR, LAST_YEAR, PYTHON, PYTHON_CONTROL, expression
from yiwang.adapters.records.problem import FIELD_RULES, Problem
from yiwang.adapters.records.row import RowValidator, row_validator

_RULES = {
    "missing": "missing",
    "string_type": "type",
    "string_too_short": "length",
    "string_too_long": "length",
    "string_pattern_mismatch": "pattern",
    "greater_than_equal": "range",
    "less_than_equal": "range",
}


class Canonical(BaseModel):
    """Base of every record at the border: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", regex_engine="rust-regex")


@cache
def model(name: str) -> type[Canonical]:
    """The model of a record of the catalogue, by the record's name."""
    record = catalogue().records[name]
    fields: dict[str, Any] = {key: _definition(field) for key, field in record.fields.items()}
    title = "".join(part.capitalize() for part in name.split("_"))
    validators: dict[str, Any] = {"about_several_fields": model_validator(mode="after")(_rules(row_validator(name)))}
    return create_model(title, __base__=Canonical, __doc__=record.en, __validators__=validators, **fields)


def problems(record: Record, row: dict[str, Any]) -> tuple[Problem, ...]:
    """The rules that a record breaks, by the model; in the order of the declaration.

    Raises:
        ValidationError: it has a field that no such record has.
    """
    try:
        model(record.name).model_validate(row)
    except ValidationError as error:
        order = [*record.fields]
        found = [each for detail in error.errors(include_url=False) for each in _problems(detail, error)]
        return tuple(sorted(found, key=lambda each: 0 if each.rule in record.rules else order.index(each.field)))
    return ()


def _problems(detail: Any, error: ValidationError) -> tuple[Problem, ...]:
    kind = detail["type"]
    if kind == "extra_forbidden":
        raise error
    if kind == "broken_rules":
        return tuple(Problem(*each) for each in detail["ctx"]["broken"])
    rule = kind if kind in FIELD_RULES else _RULES.get(kind, "type")
    return (Problem(str(detail["loc"][0]), rule),)


def _rules(validator: RowValidator) -> Callable[[Canonical], Canonical]:
    def judged(value: Canonical) -> Canonical:
        if broken := validator.broken(value.__dict__):
            names = ", ".join(each.rule for each in broken)
            raise PydanticCustomError("broken_rules", "broken: {names}", {"names": names, "broken": broken})
        return value

    return judged


def _definition(field: RecordField) -> tuple[Any, Any]:
    described = Field(
        default=... if field.required else None,
        title=field.en,
        description=field.zh,
        json_schema_extra=_extra(field),
    )
    annotation = _annotation(field)
    return (annotation if field.required else annotation | None), described


def _extra(field: RecordField) -> dict[str, Any]:
    """What JSON Schema has no word for, or pydantic does not know."""
    known = {"identifier": field.identifier, "refers": field.refers, "enum": [*sorted(catalogue().codes(field))]}
    return {"sensitivity": field.sensitivity.value, **{key: value for key, value in known.items() if value}}


def _annotation(field: RecordField) -> Any:
    if field.type == "text":
        return _text(field)
    bounds: Any = Field()
    if field.type in ("integer", "decimal"):
        bounds = Field(ge=field.lowest, le=field.highest)
    if field.type in ("date", "moment"):
        bounds = AfterValidator(_years)
    return Annotated[PYTHON[field.type], bounds, BeforeValidator(_in_form(field))]


def _years(value: Any) -> Any:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("range", "year out of range")
    return value


def _in_form(field: RecordField) -> Callable[[Any], Any]:
    """Refuses what pydantic would kindly convert: numbers as days, floats as money, moments as days."""
    has_form, wanted, places = re.compile(expression(field)).fullmatch, PYTHON[field.type], field.places

    def checked(value: Any) -> Any:
        if value is None:
            raise PydanticCustomError("missing", "missing")
        is_right = has_form(value) if type(value) is str else type(value) is wanted
        if is_right and field.type == "decimal" and type(value) is not str:
            is_right = value.is_finite() and abs(value) < 10**12 and value == round(value, places)
        if is_right and field.type == "moment" and type(value) is not str:
            is_right = value.tzinfo is None
        if not is_right:
            raise PydanticCustomError("type", "not in the canonical form")
        return value

    return checked


def _text(field: RecordField) -> Any:
    shape = Field(strict=True, min_length=1, max_length=field.longest, pattern=_anchored(field.pattern))
    return Annotated[
        str, shape, AfterValidator(_one_of(field)), AfterValidator(_identified(field)), BeforeValidator(_given)
    ]


def _anchored(pattern: str | None) -> str | None:
    return f"^(?:{pattern})$" if pattern else None


def _given(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("missing", "missing")
    if isinstance(value, str) and re.search(PYTHON_CONTROL, value):
        raise PydanticCustomError("characters", "control characters")
    return value


def _one_of(field: RecordField) -> Callable[[str], str]:
    codes = catalogue().codes(field)

    def checked(value: str) -> str:
        if codes and value not in codes:
            raise PydanticCustomError("code", "not in the table")
        return value

    return checked


def _identified(field: RecordField) -> Callable[[str], str]:
    def checked(value: str) -> str:
        if field.identifier and not IDENTIFIERS[field.identifier].is_valid(value):
            raise PydanticCustomError("identifier", "not valid")
        return value

    return checked
