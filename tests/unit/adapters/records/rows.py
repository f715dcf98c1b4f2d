"""Rows for property tests, drawn from a record's declaration."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from yiwang.adapters.identifiers.registry import IDENTIFIERS
from yiwang.adapters.records.catalogue import catalogue
from yiwang.adapters.records.declaration import Record, RecordField
from yiwang.adapters.records.form import PYTHON_CONTROL, expression

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
EXAMPLES = st.sampled_from([each.example for each in IDENTIFIERS.values()] + ["410381", "410307", "330103", "330113"])
DAYS = st.dates(date(1801, 1, 1), date(2900, 1, 1)) | st.dates(date(2009, 1, 1), date(2024, 12, 31))
# Beijing civil time has no zone.
SPANS = ((1801, 2900), (2009, 2024))
MOMENTS = st.one_of(*(st.datetimes(datetime(first, 1, 1), datetime(last, 1, 1)) for first, last in SPANS))  # noqa: DTZ001
RUBBISH = (
    TEXT | EXAMPLES | st.sampled_from(["", "0", "-1", "1.5", "true", "2017-02-30", "2017-04-30", "0001-01-01", "x\n"])
)


def right_value(field: RecordField) -> st.SearchStrategy[Any]:
    """A typed value that the field takes."""
    if field.codes:
        return st.sampled_from(sorted(catalogue().codes(field)))
    if field.identifier:
        return st.just(IDENTIFIERS[field.identifier].example)
    if field.pattern:
        texts = st.from_regex(field.pattern, fullmatch=True)
        return texts.filter(lambda text: len(text) <= field.longest and not re.search(PYTHON_CONTROL, text))
    return {
        "text": PRINTABLE.map(lambda text: text[: field.longest]),
        "integer": st.integers(field.lowest, field.highest),
        "decimal": st.decimals(field.lowest, field.highest, places=field.places),
        "date": DAYS,
        "moment": MOMENTS,
        "boolean": st.booleans(),
    }[field.type]


def near_value(field: RecordField) -> st.SearchStrategy[str | None]:
    """A text that is right, nearly right, or rubbish."""
    right = right_value(field).map(_text)
    if field.type == "text":
        pattern = field.pattern or (IDENTIFIERS[field.identifier].pattern if field.identifier else None)
        near = st.from_regex(pattern, fullmatch=True) if pattern else right
    else:
        near = st.from_regex(expression(field), fullmatch=True)
    return right | right | near | RUBBISH | st.none() | st.just("长" * (field.longest + 1))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def native_value(field: RecordField) -> st.SearchStrategy[Any]:
    """A value of the field's type, from all that the type has."""
    if field.type == "text":
        return near_value(field)
    wide: st.SearchStrategy[Any] = {
        "integer": st.integers(-(2**63), 2**63 - 1),
        "decimal": st.decimals(-(10**15), 10**15, places=8),
        "date": st.dates(),
        "moment": st.datetimes(),
        "boolean": st.booleans(),
    }[field.type]
    return st.none() | right_value(field) | wide


def right_rows(record: Record) -> st.SearchStrategy[dict[str, Any]]:
    """Rows whose fields are each right by themselves."""
    return st.fixed_dictionaries(
        {
            name: right_value(field) if field.required else st.none() | right_value(field)
            for name, field in record.fields.items()
        }
    )


def near_rows(record: Record) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of texts: mostly right ones with a few fields replaced."""
    return _replaced(
        record,
        right_rows(record).map(lambda row: {k: None if v is None else _text(v) for k, v in row.items()}),
        near_value,
    )


def native_rows(record: Record) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of typed values: mostly right ones with a few fields replaced."""
    return _replaced(record, right_rows(record), native_value)


def _replaced(
    record: Record, rows: st.SearchStrategy[dict[str, Any]], values: Any
) -> st.SearchStrategy[dict[str, Any]]:
    names = st.lists(st.sampled_from(sorted(record.fields)), max_size=4, unique=True)
    replaced = names.flatmap(
        lambda chosen: st.fixed_dictionaries({name: values(record.fields[name]) for name in chosen})
    )
    return st.builds(lambda row, other: {**row, **other}, rows, replaced)
