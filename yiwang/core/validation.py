"""From a document to frozen pydantic values: every mistake at once, each at its line and column."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from yiwang.core.document import plain_value
from yiwang.core.errors import ErrorCode, Finding, Position, code, find_code, nearest, suggestion
from yiwang.core.i18n import N_

UNKNOWN_KEY = code(
    "E0120",
    N_('the key "{key}" is unknown{suggestion}'),
    N_("remove it or correct its spelling; known here: {known}"),
)
MISSING_KEY = code("E0121", N_('the key "{key}" is missing'), N_("add `{key}:`"))
NOT_ALLOWED = code(
    "E0122",
    N_('"{given}" is not among the allowed values{suggestion}'),
    N_("allowed: {known}"),
)
BAD_VALUE = code(
    "E0123",
    N_('"{given}" is not {wanted}'),
    N_("write {wanted}"),
    N_("The value's text cannot be read as the kind of value that this key takes."),
)
OUT_OF_RANGE = code("E0124", N_('"{given}" is out of range: {bound}'), N_("choose a value within the bound"))
WRONG_SHAPE = code(
    "E0125",
    N_("{wanted} was expected here"),
    N_("a list is written as `- item` lines, a mapping as `key: value` lines"),
)
BAD_PATTERN = code(
    "E0126",
    N_('"{given}" does not have the right form'),
    N_("it must match {pattern}"),
)

_WANTED = {
    "int_parsing": N_("a whole number"),
    "int_from_float": N_("a whole number"),
    "float_parsing": N_("a number"),
    "bool_parsing": N_("true or false"),
    "date_from_datetime_parsing": N_("a date such as 2017-04-30"),
    "date_parsing": N_("a date such as 2017-04-30"),
    "datetime_from_date_parsing": N_("a time such as 2017-04-30T09:00"),
    "ip_v4_address": N_("an IPv4 address"),
    "ip_any_address": N_("an IP address"),
    "ip_v4_network": N_("an IPv4 network such as 10.1.0.0/16, with no host bits"),
    "ip_any_network": N_("a network such as 10.1.0.0/16, with no host bits"),
    "ip_v4_interface": N_("an address with its prefix, such as 10.1.0.10/24"),
    "ip_any_interface": N_("an address with its prefix, such as 10.1.0.10/24"),
    "string_type": N_("text"),
    "path_type": N_("a path"),
    "too_short": N_("a list that is not empty"),
    "string_too_short": N_("text that is not empty"),
    "tuple_exact": N_("a list of the right length"),
}
_SHAPES = {
    "list_type": N_("a list"),
    "tuple_type": N_("a list"),
    "set_type": N_("a list"),
    "frozen_set_type": N_("a list"),
    "dict_type": N_("a mapping with keys"),
    "model_type": N_("a mapping with keys"),
    "model_attributes_type": N_("a mapping with keys"),
}
_BOUNDS = {"greater_than_equal": "≥", "greater_than": ">", "less_than_equal": "≤", "less_than": "<"}


def _flag(value: Any) -> Any:
    # YAML 1.1 reads yes/no/on/off as truth values; here they are text, so that a county
    # called "NO" or an interface called "on" never turns into false or true.
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise ValueError(N_("true or false"))
        return value == "true"
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""true or false and nothing else."""


def _date(value: Any) -> Any:
    # pydantic would read a bare number such as 20170430 as seconds since 1970.
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(N_("a date such as 2017-04-30"))
    return value


Date = Annotated[date, BeforeValidator(_date)]
"""A calendar day, written 2017-04-30."""

Free = Annotated[Any, BeforeValidator(plain_value)]
"""A free-form value, typed by YAML 1.2's core schema."""


class Declared(BaseModel):
    """Base of every declared value: frozen, unknown keys refused, texts trimmed of nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)
Locate = Callable[[Sequence[str | int], bool], Position]


def validate(
    model: type[Model], data: Any, locate: Locate, *, subject: str = ""
) -> tuple[Model | None, tuple[Finding, ...]]:
    """The frozen value, or every finding.  ``locate(path, of_key)`` tells where a value or key stands."""
    try:
        return model.model_validate(data), ()
    except ValidationError as error:
        problems = list(_without_misspelt(model, error.errors(include_url=False)))
        return None, tuple(_finding(model, problem, locate, subject) for problem in problems)


def _without_misspelt(model: type[BaseModel], problems: Sequence[Any]) -> Iterator[Any]:
    """A key that is only misspelt is not reported as missing as well."""
    meant = set()
    for problem in problems:
        if problem["type"] == "extra_forbidden":
            *above, key = problem["loc"]
            meant.add((*above, nearest(str(key), _known_keys(model, above))))
    for problem in problems:
        if problem["type"] != "missing" or problem["loc"] not in meant:
            yield problem


def _finding(model: type[BaseModel], problem: Any, locate: Locate, subject: str) -> Finding:
    path = [part for part in problem["loc"] if part != "[key]"]
    error, values = _explain(model, problem, path)
    in_key = error is UNKNOWN_KEY
    parent = path[:-1] if error is MISSING_KEY else path
    return Finding(error, "error", locate(parent, in_key), subject=_place(subject, path, error), values=values)


def _place(subject: str, path: Sequence[str | int], error: ErrorCode) -> str:
    shown = path[:-1] if error in (UNKNOWN_KEY, MISSING_KEY) else path
    inner = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in shown).lstrip(".")
    return " ".join(part for part in (subject, inner) if part)


def _explain(model: type[BaseModel], problem: Any, path: Sequence[str | int]) -> tuple[ErrorCode, dict[str, Any]]:
    kind, context = problem["type"], problem.get("ctx", {})
    given = problem["input"]
    if own := find_code(kind):
        return own, context
    if kind == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        return UNKNOWN_KEY, {
            "key": path[-1],
            "suggestion": suggestion(str(path[-1]), known),
            "known": ", ".join(known),
        }
    if kind == "missing":
        return MISSING_KEY, {"key": path[-1]}
    if kind in ("literal_error", "enum"):
        known = [part.strip(" '") for part in context["expected"].replace(" or ", ",").split(",")]
        return NOT_ALLOWED, {
            "given": given,
            "suggestion": suggestion(str(given), known),
            "known": ", ".join(known),
        }
    if kind in _SHAPES or (kind == "string_type" and isinstance(given, dict | list)):
        return WRONG_SHAPE, {"wanted": _SHAPES.get(kind, N_("a single value"))}
    if kind in _BOUNDS:
        bound = next(iter(context.values()))
        return OUT_OF_RANGE, {"given": given, "bound": f"{_BOUNDS[kind]} {bound}"}
    if kind == "string_pattern_mismatch":
        return BAD_PATTERN, {"given": given, "pattern": context["pattern"]}
    if kind == "value_error":
        return BAD_VALUE, {"given": given, "wanted": context["error"].args[0]}
    if kind == "string_too_long":
        return OUT_OF_RANGE, {"given": f"{given[:20]}…", "bound": f"≤ {context['max_length']}"}
    shown = N_("nothing") if given is None else given
    return BAD_VALUE, {"given": shown, "wanted": _WANTED.get(kind, problem["msg"])}


def _known_keys(model: Any, path: Sequence[str | int]) -> list[str]:
    """The keys allowed at ``path``: walks the model's annotations through lists, mappings and unions."""
    found = _models(model)
    for part in path:
        deeper: list[type[BaseModel]] = []
        for each in found:
            field = next((f for name, f in each.model_fields.items() if part in (name, f.alias)), None)
            deeper += _models(field.annotation) if field else []
        found = deeper or found
    return sorted({field.alias or name for each in found for name, field in each.model_fields.items()})


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        return [model for argument in typing.get_args(annotation) for model in _models(argument)]
    return []
