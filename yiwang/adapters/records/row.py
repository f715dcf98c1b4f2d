"""Judging one record: a closure for each field, built once from the declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from yiwang.adapters.identifiers.citizen import read_citizen
from yiwang.adapters.identifiers.registry import IDENTIFIERS
from yiwang.adapters.records.catalogue import Catalogue, catalogue
from yiwang.adapters.records.declaration import Record, RecordField, RecordRule
from yiwang.adapters.records.form import FIRST_YEAR, LAST_YEAR, PYTHON, PYTHON_CONTROL, converted, expression
from yiwang.adapters.records.problem import Problem
from yiwang.inventory.division_history import is_valid_on

Row = Mapping[str, Any]
Read = Callable[[Any], tuple[Any, str]]
"""The typed value, and the rule that it breaks ("" for none)."""
Broken = Callable[[Row], bool]


class RowValidator:
    """Judges records one by one."""

    def __init__(self, record: Record, known: Catalogue) -> None:
        self.record = record
        self._readers = tuple(
            (name, field.required, reader(field, known.codes(field))) for name, field in record.fields.items()
        )
        self._rules = tuple((Problem(rule.field, name), breaks(rule)) for name, rule in record.rules.items())

    def read(self, row: Row) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        """The record with typed values, None where nothing was given, and every rule that it breaks.

        Rules about several fields are judged once each field is right by itself.
        """
        values: dict[str, Any] = {}
        problems = []
        for name, required, read in self._readers:
            given = row.get(name)
            if given is None:
                values[name] = None
                if required:
                    problems.append(Problem(name, "missing"))
                continue
            values[name], rule = read(given)
            if rule:
                problems.append(Problem(name, rule))
        if problems:
            return values, tuple(problems)
        return values, self.broken(values)

    def broken(self, values: Row) -> tuple[Problem, ...]:
        """The rules about several fields that a record of right, typed fields breaks."""
        return tuple(problem for problem, breaks_it in self._rules if breaks_it(values))

    def check(self, row: Row) -> tuple[Problem, ...]:
        """Every rule that a record breaks."""
        return self.read(row)[1]


@cache
def row_validator(name: str) -> RowValidator:
    """The validator of a record of the catalogue, by the record's name."""
    known = catalogue()
    return RowValidator(known.records[name], known)


def reader(field: RecordField, codes: frozenset[str]) -> Read:
    """The closure that types and judges a field's values."""
    return _text_reader(field, codes) if field.type == "text" else _typed_reader(field)


def _text_reader(field: RecordField, codes: frozenset[str]) -> Read:
    has_control = re.compile(PYTHON_CONTROL).search
    longest = field.longest
    tests = tuple(_tests(field, codes))

    def read(value: Any) -> tuple[Any, str]:
        if type(value) is not str:
            return value, "type"
        if not value.isprintable() and has_control(value):
            return value, "characters"
        if not 0 < len(value) <= longest:
            return value, "length"
        for rule, is_right in tests:
            if not is_right(value):
                return value, rule
        return value, ""

    return read


def _tests(field: RecordField, codes: frozenset[str]) -> Iterator[tuple[str, Callable[[str], Any]]]:
    if field.pattern:
        yield "pattern", re.compile(field.pattern).fullmatch
    if field.codes:
        yield "code", codes.__contains__
    if field.identifier:
        yield "identifier", IDENTIFIERS[field.identifier].is_valid


def _typed_reader(field: RecordField) -> Read:
    wanted, kind = PYTHON[field.type], field.type
    has_form = re.compile(expression(field)).fullmatch
    is_within, is_exact = _within(field), _exact(field)

    def read(value: Any) -> tuple[Any, str]:
        typed = value
        if type(value) is str:
            if not has_form(value):
                return value, "type"
            try:
                typed = converted(kind, value)
            except ValueError:
                return value, "type"
        elif type(value) is not wanted or not is_exact(value):
            return value, "type"
        return typed, "" if is_within(typed) else "range"

    return read


def _exact(field: RecordField) -> Callable[[Any], bool]:
    """Whether a value that came typed could be written in the field's form."""
    places = field.places
    if field.type == "decimal":
        return lambda value: value.is_finite() and abs(value) < 10**12 and value == round(value, places)
    if field.type == "moment":
        return lambda value: value.tzinfo is None
    return lambda _value: True


def _within(field: RecordField) -> Callable[[Any], bool]:
    least: Any = field.lowest
    most: Any = field.highest
    if field.type == "boolean":
        return lambda _value: True
    if field.type == "decimal":
        least, most = Decimal(least), Decimal(most)
    if field.type in ("date", "moment"):
        return lambda value: FIRST_YEAR <= value.year <= LAST_YEAR
    return lambda value: bool(least <= value <= most)


def breaks(rule: RecordRule) -> Broken:
    """The closure that tells whether a record of right fields breaks a rule."""
    if rule.order:
        return _out_of_order(*rule.order)
    if told := rule.needs:
        field, by, values = told.field, told.by, frozenset(told.values)
        return lambda row: row[by] in values and row[field] is None
    if rule.identified:
        return _misidentified(rule.identified.field, rule.identified.by, rule.identified.kinds)
    if rule.valid_on:
        return _out_of_term(rule.valid_on.field, rule.valid_on.on)
    if not rule.agrees:
        raise ValueError(rule)
    return _disagreeing(rule.agrees.field, rule.agrees.citizen, rule.agrees.part)


def _out_of_order(first: str, second: str) -> Broken:
    def broken(row: Row) -> bool:
        earlier, later = row[first], row[second]
        return earlier is not None and later is not None and earlier > later

    return broken


def _misidentified(field: str, by: str, kinds: Mapping[str, str]) -> Broken:
    judges = {value: IDENTIFIERS[kind].is_valid for value, kind in kinds.items()}

    def broken(row: Row) -> bool:
        text, is_valid = row[field], judges.get(row[by])
        return text is not None and is_valid is not None and not is_valid(text)

    return broken


def _out_of_term(field: str, on: str) -> Broken:
    def broken(row: Row) -> bool:
        code, at = row[field], row[on]
        if code is None or at is None:
            return False
        return not is_valid_on(code, _day(at))

    return broken


def _day(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _disagreeing(field: str, citizen: str, part: str) -> Broken:
    def broken(row: Row) -> bool:
        said, number = row[field], row[citizen]
        return said is not None and number is not None and getattr(read_citizen(number), part) != said

    return broken
