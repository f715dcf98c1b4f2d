"""A field's type and default in words."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tooling.reference.words import code_or_nothing, word
from yiwang.core.validation import Flag, Free
from yiwang.core.vault.reference import SecretRef

PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    date: "date",
    datetime: "time",
    IPv4Address: "IPv4 address",
    IPv4Network: "IPv4 network",
    IPv4Interface: "IPv4 address with prefix",
    Any: "anything",
    object: "anything",
}
BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}
LENGTHS = {"min_length": "at least {}", "max_length": "at most {} characters"}


def aliases() -> list[tuple[Any, str]]:
    """Annotated types that have a name of their own."""
    from yiwang.inventory.model.names import DivisionCode, Name, Port, Title

    return [
        (Flag, "true or false"),
        (Free, "anything"),
        (SecretRef, "reference to a secret"),
        (Name, "name"),
        (Title, "one line of text"),
        (DivisionCode, "division code"),
        (Port, "whole number"),
    ]


def hints(model: type[BaseModel]) -> Mapping[str, Any]:
    """The annotations of a model's fields as they were written."""
    return typing.get_type_hints(model, include_extras=True)


def type_words(annotation: Any) -> str:
    """An annotation in words."""
    for alias, words in aliases():
        if annotation is alias:
            return word(words)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return type_words(arguments[0]) + bounds(arguments[1:])
    if origin is typing.Literal:
        return " | ".join(f"`{each}`" for each in arguments if each != "")
    if origin in (typing.Union, types.UnionType):
        given = [type_words(each) for each in arguments if each is not type(None)]
        return word("{} or {}", ", ".join(given[:-1]), given[-1]) if len(given) > 1 else given[0]
    if origin in (tuple, list, set, frozenset):
        return word("list of {}", type_words(arguments[0]))
    if origin is dict:
        return word("mapping of name to {}", type_words(arguments[1]))
    return _class_words(annotation)


def _class_words(annotation: Any) -> str:
    if annotation in PLAIN:
        return word(PLAIN[annotation])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " | ".join(f"`{each.value}`" for each in annotation)
    raise TypeError(f"no words for the type {annotation}: add it to PLAIN in {__name__}")


def bounds(metadata: Any) -> str:
    """The limits that a field's metadata sets, with a comma before each."""
    return "".join(word(", ") + limit for each in metadata for limit in _limits(each))


def _limits(constraint: Any) -> Iterator[str]:
    if isinstance(constraint, FieldInfo):
        for inner in constraint.metadata:
            yield from _limits(inner)
        return
    for name, form in BOUNDS.items():
        if (value := getattr(constraint, name, None)) is not None:
            yield form.format(value)
    for name, form in LENGTHS.items():
        if (value := getattr(constraint, name, None)) is not None:
            yield word(form, str(value))
    if pattern := getattr(constraint, "pattern", None):
        yield word("pattern {}", f"`{pattern}`")


def field_words(annotation: Any, field: FieldInfo) -> str:
    """A field's type with its limits, unless they belong to a named type."""
    named = [alias for alias, _words in aliases()]
    if get_origin(annotation) is typing.Annotated and not any(annotation is alias for alias in named):
        # Pydantic has put what the annotation adds among the field's metadata.
        annotation = get_args(annotation)[0]
    own = (
        () if any(part is alias for alias in named for part in (annotation, *get_args(annotation))) else field.metadata
    )
    return type_words(annotation) + bounds(own)


def default_words(field: FieldInfo) -> str:
    """The default as it would be written in YAML; **required** where there is none."""
    if field.is_required():
        return f"**{word('required')}**"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value in (None, "", (), {}, []):
        return ""
    if isinstance(value, bool):
        return code_or_nothing(str(value).lower())
    return code_or_nothing(", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value))
