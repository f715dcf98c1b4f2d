"""Mapping one row: a closure for each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from yiwang.adapters.mapping.mapping import Mapped, PlacedStep, Unmapped, Way
from yiwang.adapters.records.form import as_text

Row = Mapping[str, Any]
Filled = tuple[Any, Unmapped | None]


class RowMapper:
    """Maps rows one by one; a column that a row has not counts as no value."""

    def __init__(self, mapped: Mapped) -> None:
        self._fields = tuple((name, _first_way(name, ways)) for name, ways in mapped.fields.items())

    def map(self, row: Row) -> tuple[dict[str, Any], tuple[Unmapped, ...]]:
        """The canonical row, and the values that a step did not know."""
        values: dict[str, Any] = {}
        unmapped = []
        for name, fill in self._fields:
            values[name], problem = fill(row)
            if problem:
                unmapped.append(problem)
        return values, tuple(unmapped)


def _first_way(name: str, ways: tuple[Way, ...]) -> Callable[[Row], Filled]:
    made = tuple((_condition(way.conditions), _fill(name, way)) for way in ways)
    if len(made) == 1 and not ways[0].conditions:
        return made[0][1]

    def filled(row: Row) -> Filled:
        return next((fill(row) for holds, fill in made if holds(row)), (None, None))

    return filled


def _condition(conditions: Mapping[str, tuple[str | None, ...]]) -> Callable[[Row], bool]:
    wanted = tuple((column, frozenset(values)) for column, values in conditions.items())
    return lambda row: all((as_text(row.get(column)) or None) in values for column, values in wanted)


def _fill(name: str, way: Way) -> Callable[[Row], Filled]:
    get = _source(way)
    if not way.steps:
        return lambda row: (get(row), None)
    steps = tuple((each.step.of_row, _unmapped(name, each)) for each in way.steps)

    def filled(row: Row) -> Filled:
        value = as_text(get(row))
        for convert, unmapped in steps:
            if value is None:
                return None, None
            value = convert(value)
            if value is None:
                return None, unmapped
        return value, None

    return filled


def _unmapped(name: str, placed: PlacedStep) -> Unmapped | None:
    return Unmapped(name, placed.step.name, placed.position.line) if placed.step.can_fail else None


def _source(way: Way) -> Callable[[Row], Any]:
    told = way.source
    if told.constant is not None:
        return lambda _row: told.constant
    if told.join:
        return _joined(told.join, told.with_)
    if told.first:
        return _first(told.first)
    column = told.from_ or ""
    return lambda row: row.get(column)


def _joined(columns: tuple[str, ...], between: str) -> Callable[[Row], str | None]:
    def joined(row: Row) -> str | None:
        parts = [text for column in columns if (text := as_text(row.get(column)))]
        return between.join(parts) if parts else None

    return joined


def _first(columns: tuple[str, ...]) -> Callable[[Row], str | None]:
    return lambda row: next((text for column in columns if (text := as_text(row.get(column)))), None)
