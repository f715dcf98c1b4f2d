"""The canonical form of each type of value: as text, and as Python has it.

A value may come in either form. A moment is Beijing civil time without a zone: departments' systems know no other, and
a single zone without summer time leaves nothing to convert. Numbers are written in ASCII digits without grouping, days
2017-04-30, moments 2017-04-30T09:00:00, truth values true and false. Texts hold no control characters but line breaks
and tabs, which databases would refuse or terminals would act upon.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from yiwang.adapters.records.declaration import RecordField, Type

DAY = "[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
MOMENT = f"{DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{{1,6}})?"
CONTROL = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]"
"""Expression for what a text must not hold; Rust's strings cannot hold surrogates, Python's can."""
PYTHON_CONTROL = CONTROL[:-1] + "\ud800-\udfff]"
FIRST_YEAR, LAST_YEAR = 1800, 2999
"""Years of days and moments; sources write 0001-01-01 and 9999-12-31 for what they do not know."""

PYTHON: Mapping[Type, type[Any]] = MappingProxyType(
    {"text": str, "integer": int, "decimal": Decimal, "date": date, "moment": datetime, "boolean": bool}
)


def expression(field: RecordField) -> str:
    """The regular expression that a value's text has, for all types but text."""
    return {
        "integer": "0|-?[1-9][0-9]{0,17}",
        "decimal": "-?[0-9]{1,12}" + (f"(?:[.][0-9]{{1,{field.places}}})?" if field.places else ""),
        "date": DAY,
        "moment": MOMENT,
        "boolean": "true|false",
    }[field.type]


def converted(type: Type, text: str) -> Any:
    """The Python value of a text that has the type's expression.

    Raises:
        ValueError: there is no such day.
    """
    if type == "integer":
        return int(text)
    if type == "decimal":
        return Decimal(text)
    if type == "date":
        return date.fromisoformat(text)
    if type == "moment":
        return datetime.fromisoformat(text)
    return text == "true"


def as_text(value: Any) -> str | None:
    """A value as canonical text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
