"""Judging whole columns: the declaration as Polars expressions.

Every field yields a column of verdicts: 0, or the number of the first rule that is broken.  A frame without a fault
costs no more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from types import MappingProxyType
from typing import Any, cast

import polars
from polars import Expr, col, lit

from yiwang.adapters.identifiers.columnar import fits
from yiwang.adapters.identifiers.registry import IDENTIFIERS
from yiwang.adapters.records.catalogue import Catalogue, catalogue
from yiwang.adapters.records.declaration import Record, RecordField, RecordRule, Type
from yiwang.adapters.records.faults import UNKNOWN_COLUMN, WRONG_TYPE
from yiwang.adapters.records.form import CONTROL, FIRST_YEAR, LAST_YEAR, expression
from yiwang.adapters.records.problem import FIELD_RULES, Problem
from yiwang.core.errors import AdapterError, suggestion
from yiwang.inventory.division_history import SLACK, terms

VERDICT = "\x00"
"""Before a field's name: the column of its verdicts.  No field is called so."""
NUMBERS = MappingProxyType({rule: number for number, rule in enumerate(FIELD_RULES, 1)})


@dataclass(frozen=True, slots=True)
class Judged:
    """A frame with typed columns, and the problems of its rows.

    ``problems`` has the columns ``row`` (from 0), ``field`` and ``rule``, in this order of sorting.
    """

    frame: polars.DataFrame
    problems: polars.DataFrame

    def of_rows(self) -> Mapping[int, tuple[Problem, ...]]:
        """The problems of each row that has any."""
        found: dict[int, list[Problem]] = {}
        for row, field, rule in self.problems.iter_rows():
            found.setdefault(row, []).append(Problem(field, rule))
        return {row: tuple(each) for row, each in found.items()}


class ColumnValidator:
    """Judges frames of one kind of record."""

    def __init__(self, record: Record, known: Catalogue) -> None:
        self.record = record
        self._known = known
        self._rules = {name: _broken(rule) for name, rule in record.rules.items()}

    def judge(self, frame: polars.DataFrame) -> Judged:
        """Type and judge every row; fields that have no column are empty in every row.

        Raises:
            AdapterError: a column is no field (E4003), or its type is neither text nor the field's (E4004).
        """
        for name in frame.columns:
            if name not in self.record.fields:
                near = suggestion(name, self.record.fields)
                raise AdapterError(UNKNOWN_COLUMN, record=self.record.name, given=name, suggestion=near)
        typed = frame.lazy().select(
            *(self._typed(name, field, frame) for name, field in self.record.fields.items()),
            *(self._verdict(name, field, frame).alias(VERDICT + name) for name, field in self.record.fields.items()),
        )
        judged = typed.collect()
        return Judged(judged.select(*self.record.fields), self._problems(judged))

    def _typed(self, name: str, field: RecordField, frame: polars.DataFrame) -> Expr:
        if name not in frame.columns:
            return lit(None, DTYPES[field.type](field)).alias(name)
        dtype = frame.schema[name]
        if dtype == polars.Null or (dtype == polars.String and field.type == "text"):
            return col(name).cast(DTYPES[field.type](field))
        if dtype == polars.String:
            return _converted(field, col(name))
        if not _is_native(field.type, dtype):
            raise AdapterError(WRONG_TYPE, field=name, given=str(dtype), wanted=field.type)
        return col(name).cast(DTYPES[field.type](field), strict=False)

    def _verdict(self, name: str, field: RecordField, frame: polars.DataFrame) -> Expr:
        """0, or the number of the first rule that a field breaks."""
        if name not in frame.columns:
            return lit(NUMBERS["missing"] if field.required else 0, polars.UInt8)
        is_text = frame.schema[name] == polars.String
        chain: Any = polars.when(col(name).is_null()).then(
            lit(NUMBERS["missing"] if field.required else 0, polars.UInt8)
        )
        if frame.schema[name] == polars.Null:
            return cast(Expr, chain.otherwise(lit(0, polars.UInt8)))
        for rule, is_right in self._tests(field, col(name), is_text=is_text):
            chain = chain.when(~is_right).then(lit(NUMBERS[rule], polars.UInt8))
        return cast(Expr, chain.otherwise(lit(0, polars.UInt8)))

    def _tests(self, field: RecordField, given: Expr, *, is_text: bool) -> Iterator[tuple[str, Expr]]:
        if field.type == "text":
            yield from _text_tests(field, given, self._known.codes(field))
            return
        value = _converted(field, given) if is_text else given
        if is_text:
            yield "type", value.is_not_null()
        elif field.type == "decimal":
            yield "type", (given.abs() < 10**12) & (given == given.round(field.places))
        if field.type in ("integer", "decimal"):
            yield "range", value.is_between(field.lowest, field.highest)
        if field.type in ("date", "moment"):
            yield "range", value.dt.year().is_between(FIRST_YEAR, LAST_YEAR)

    def _problems(self, judged: polars.DataFrame) -> polars.DataFrame:
        verdicts = [VERDICT + name for name in self.record.fields]
        indexed = judged.with_row_index("row").with_columns(is_right=~polars.any_horizontal(col(verdicts) != 0))
        found = [_of_fields(indexed.filter(~col("is_right")).select("row", *verdicts), self.record)]
        if self._rules:
            found.append(self._of_rules(indexed.filter("is_right")))
        return polars.concat(found).sort("row", maintain_order=True)

    def _of_rules(self, right: polars.DataFrame) -> polars.DataFrame:
        flags = right.select("row", *(broken.alias(name) for name, broken in self._rules.items()))
        told = (
            flags.filter(polars.any_horizontal(*self._rules)).unpivot(index="row", variable_name="rule").filter("value")
        )
        fields = {name: self.record.rules[name].field for name in self._rules}
        return _sorted(
            told.with_columns(field=col("rule").replace_strict(fields, return_dtype=polars.String)), [*fields], "rule"
        )


def _of_fields(wrong: polars.DataFrame, record: Record) -> polars.DataFrame:
    told = wrong.unpivot(index="row", variable_name="field").filter(col("value") != 0)
    names = {number: rule for rule, number in NUMBERS.items()}
    told = told.with_columns(
        field=col("field").str.strip_prefix(VERDICT),
        rule=col("value").replace_strict(names, return_dtype=polars.String),
    )
    return _sorted(told, [*record.fields], "field")


def _sorted(told: polars.DataFrame, order: Sequence[str], by: str) -> polars.DataFrame:
    """By row, then by the order of the declaration."""
    places = {name: place for place, name in enumerate(order)}
    place = col(by).replace_strict(places, return_dtype=polars.UInt32)
    return told.sort("row", place).select("row", "field", "rule")


@cache
def column_validator(name: str) -> ColumnValidator:
    """The validator of a record of the catalogue, by the record's name."""
    known = catalogue()
    return ColumnValidator(known.records[name], known)


DTYPES: Mapping[Type, Callable[[RecordField], polars.DataType]] = MappingProxyType(
    {
        "text": lambda _field: polars.String(),
        "integer": lambda _field: polars.Int64(),
        "decimal": lambda field: polars.Decimal(18, field.places),
        "date": lambda _field: polars.Date(),
        "moment": lambda _field: polars.Datetime("us"),
        "boolean": lambda _field: polars.Boolean(),
    }
)


def _is_native(type: Type, dtype: polars.DataType) -> bool:
    """Whether a column's type holds values of the field's type; zones are refused, since moments have none."""
    if type == "integer":
        return dtype.is_integer()
    if type == "decimal":
        return dtype.is_decimal()
    if type == "moment":
        return dtype == polars.Datetime and getattr(dtype, "time_zone", None) is None
    return dtype == {"date": polars.Date, "boolean": polars.Boolean, "text": polars.String}[type]


def _converted(field: RecordField, text: Expr) -> Expr:
    """The typed value of canonical text; null where it is not canonical."""
    given = polars.when(text.str.contains(f"^(?:{expression(field)})$")).then(text)
    if field.type == "date":
        return given.str.to_date("%Y-%m-%d", strict=False)
    if field.type == "moment":
        return given.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    if field.type == "boolean":
        return given == "true"
    return given.cast(DTYPES[field.type](field), strict=False)


def _text_tests(field: RecordField, given: Expr, codes: frozenset[str]) -> Iterator[tuple[str, Expr]]:
    yield "characters", ~given.str.contains(CONTROL)
    yield "length", given.str.len_chars().is_between(1, field.longest)
    if field.pattern:
        yield "pattern", given.str.contains(f"^(?:{field.pattern})$")
    if field.codes:
        yield "code", given.is_in(sorted(codes))
    if field.identifier:
        yield "identifier", fits(IDENTIFIERS[field.identifier])(given)


def _broken(rule: RecordRule) -> Expr:
    """Whether a row of right fields breaks a rule; never null."""
    if rule.order:
        first, second = rule.order
        return (col(first) > col(second)).fill_null(value=False)
    if rule.needs:
        return col(rule.needs.by).is_in(rule.needs.values) & col(rule.needs.field).is_null()
    if told := rule.identified:
        wrong = (
            (col(told.by) == value) & ~fits(IDENTIFIERS[kind])(col(told.field)) for value, kind in told.kinds.items()
        )
        return reduce(or_, wrong).fill_null(value=False)
    if rule.valid_on:
        return _out_of_term(rule.valid_on.field, col(rule.valid_on.on).cast(polars.Date))
    if not rule.agrees:
        raise ValueError(rule)
    number, said = col(rule.agrees.citizen), col(rule.agrees.field)
    if rule.agrees.part == "birth":
        return (number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False) != said).fill_null(value=False)
    sex = polars.when(number.str.slice(16, 1).is_in(["1", "3", "5", "7", "9"])).then(lit("1")).otherwise(lit("2"))
    return (said.is_not_null() & number.is_not_null() & (sex != said)).fill_null(value=False)


def _out_of_term(field: str, day: Expr) -> Expr:
    """Outside the days on which a code may be written: only codes that came or went have such days."""
    known = terms()
    county = col(field).str.slice(0, 6)
    since = {code: term.since - SLACK for code, term in known.items() if term.since}
    until = {code: term.until + SLACK for code, term in known.items() if term.until}
    first = county.replace_strict(since, default=None, return_dtype=polars.Date)
    last = county.replace_strict(until, default=None, return_dtype=polars.Date)
    outside = (day < first).fill_null(value=False) | (day > last).fill_null(value=False)
    return outside & col(field).is_not_null()
