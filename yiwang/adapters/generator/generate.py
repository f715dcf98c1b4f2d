"""Rows of a record, one after the other; faults among them, with the truth about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

from yiwang.adapters.generator.values import Values
from yiwang.adapters.identifiers.citizen import read_citizen
from yiwang.adapters.records.declaration import Record, RecordField, RecordRule
from yiwang.adapters.records.form import as_text
from yiwang.adapters.records.problem import Problem
from yiwang.adapters.records.row import row_validator
from yiwang.inventory.division_history import terms

ABSENT = 0.2
"""How many of the values that need not be there are not."""
WRONG = {
    "missing": None,
    "type": "不详",
    "characters": "错\x07误",
    "pattern": "？",
    "code": "？",
    "identifier": "00000000",
}
# Reads as a value of its type and is out of every range.
OUT_OF_RANGE = {"integer": "-999999", "decimal": "-999999", "date": "1066-10-14", "moment": "1066-10-14T09:00:00"}


@dataclass(frozen=True, slots=True)
class Made:
    """A row of canonical texts, and the problem that was planted in it, if one was."""

    row: dict[str, str | None]
    planted: Problem | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made: how many rows, how many of them wrong, for which division, from which seed."""

    rows: int
    faults: int = 0
    region: str = "410600"
    seed: int = 1


def generate(record: Record, order: Order) -> Iterator[Made]:
    """So many rows; the wrong ones lie among the others and break one rule each."""
    values = Values(order.seed, order.region)
    wrong = set(values.random.sample(range(order.rows), min(order.faults, order.rows)))
    kinds = cycle(possible_faults(record))
    for number in range(order.rows):
        made = Made(_row(record, values, number))
        yield _planted(record, made, kinds, values) if number in wrong else made


def _row(record: Record, values: Values, number: int) -> dict[str, str | None]:
    moment = values.moment()
    row: dict[str, Any] = {}
    for place, (name, field) in enumerate(record.fields.items()):
        if field.type in ("date", "moment"):
            # Later fields tell of later moments, as every record declares them.
            at = moment + timedelta(hours=place)
            row[name] = at.date() if field.type == "date" else at
        else:
            row[name] = _value(field, values)
    _make_unique(record, row, number)
    for rule in record.rules.values():
        _obey(rule, row, values)
    needed = {rule.needs.field for rule in record.rules.values() if rule.needs}
    for name, field in record.fields.items():
        if not field.required and name not in needed and values.random.random() < ABSENT:
            row[name] = None
    return {name: as_text(value) for name, value in row.items()}


def _value(field: RecordField, values: Values) -> Any:
    if field.type == "integer":
        return values.random.randint(field.lowest, min(field.highest, field.lowest + 1000))
    if field.type == "decimal":
        return Decimal(values.random.randint(0, min(field.highest, 100_000) * 10**field.places)).scaleb(-field.places)
    if field.type == "boolean":
        return values.random.random() < 0.5
    return values.text(field)


def _make_unique(record: Record, row: dict[str, Any], number: int) -> None:
    """Keys of free text differ by the number of the row."""
    field = record.fields[record.key[0]]
    if field.type == "text" and not field.identifier and field.pattern in (None, "[0-9A-Za-z._-]+", "[0-9A-Z]+"):
        row[record.key[0]] = f"{row[record.key[0]]}"[: field.longest - 12] + f"{number:012}"


def _obey(rule: RecordRule, row: dict[str, Any], values: Values) -> None:
    """Change a row so that it keeps a rule."""
    if rule.order:
        first, second = rule.order
        row[first], row[second] = sorted((row[first], row[second]))
    elif rule.identified and row[rule.identified.by] in rule.identified.kinds:
        row[rule.identified.field] = values.identifier(rule.identified.kinds[row[rule.identified.by]])
    elif rule.agrees:
        if rule.agrees.part == "birth":
            row[rule.agrees.citizen] = values.citizen().text
        row[rule.agrees.field] = getattr(read_citizen(row[rule.agrees.citizen]), rule.agrees.part)


def possible_faults(record: Record) -> Sequence[Problem]:
    """Every rule of a record that can be broken alone."""
    found = []
    for name, field in record.fields.items():
        found += [Problem(name, rule) for rule in _rules(field)]
    return [*found, *(Problem(rule.field, name) for name, rule in record.rules.items())]


def _rules(field: RecordField) -> Iterator[str]:
    if field.required:
        yield "missing"
    if field.type == "text":
        yield from ("characters", "length")
        yield from (rule for rule in ("pattern", "identifier") if getattr(field, rule))
        yield from ("code",) if field.codes else ()
        return
    yield "type"
    if field.type in OUT_OF_RANGE:
        yield "range"


def _planted(record: Record, made: Made, kinds: Iterator[Problem], values: Values) -> Made:
    """The row with the next fault that it can have; a row need not be one in which a certain rule can be broken."""
    check = row_validator(record.name).check
    for _attempt in range(len(possible_faults(record))):
        problem = next(kinds)
        row = _broken(record, made.row, problem, values)
        if check(row) == (problem,):
            return Made(row, problem)
    raise ValueError(record.name)


def _broken(record: Record, row: dict[str, str | None], problem: Problem, values: Values) -> dict[str, str | None]:
    rule = record.rules.get(problem.rule)
    if rule is None:
        return row | {problem.field: _wrong_value(record.fields[problem.field], problem.rule)}
    if rule.order:
        first, second = rule.order
        return row | {first: row[second], second: row[first]} | _just_before(record.fields[second], rule.order, row)
    if rule.needs:
        return row | {rule.needs.by: values.random.choice(rule.needs.values), rule.needs.field: None}
    if rule.identified:
        return row | {rule.identified.by: next(iter(rule.identified.kinds)), rule.identified.field: "00000000"}
    if rule.valid_on:
        gone = [code for code, term in terms().items() if term.until and term.until.year < 2012]
        return row | {rule.valid_on.field: values.random.choice(gone)}
    return row | {problem.field: "9" if problem.rule.startswith("sex") else "1999-01-01"}


def _wrong_value(field: RecordField, rule: str) -> str | None:
    if rule == "range":
        return OUT_OF_RANGE[field.type]
    return "长" * (field.longest + 1) if rule == "length" else WRONG[rule]


def _just_before(field: RecordField, order: tuple[str, str], row: dict[str, str | None]) -> dict[str, str | None]:
    """The second of two moments put right before the first, so that no other rule is broken; {} for numbers."""
    first, second = order
    told = row[first]
    if told is None or field.type not in ("date", "moment"):
        return {}
    if field.type == "date":
        return {first: told, second: (date.fromisoformat(told) - timedelta(days=1)).isoformat()}
    return {first: told, second: (datetime.fromisoformat(told) - timedelta(seconds=1)).isoformat()}
