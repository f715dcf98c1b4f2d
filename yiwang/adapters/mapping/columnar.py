"""Mapping whole frames: the same steps as Polars expressions, in as many passes as a field has steps that can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import polars
from polars import Expr, col, lit

from yiwang.adapters.mapping.faults import MISSING_COLUMN
from yiwang.adapters.mapping.mapping import Mapped, PlacedStep, Unmapped, Way
from yiwang.core.errors import Finding, MappingError, suggestion

MARK = "\x00"
"""Begins the names of columns that are only on their way."""


@dataclass(frozen=True, slots=True)
class MappedFrame:
    """Canonical rows, and what steps did not know: the columns ``row`` (from 0), ``field``, ``step`` and ``line``."""

    frame: polars.DataFrame
    unmapped: polars.DataFrame

    def of_rows(self) -> Mapping[int, tuple[Unmapped, ...]]:
        """What steps did not know of each row, if anything."""
        found: dict[int, list[Unmapped]] = {}
        for row, *told in self.unmapped.iter_rows():
            found.setdefault(row, []).append(Unmapped(*told))
        return {row: tuple(each) for row, each in found.items()}


@dataclass(frozen=True, slots=True)
class _Stop:
    """A step that can fail: the columns before and behind it."""

    field: str
    placed: PlacedStep
    before: str
    behind: str

    def is_failed(self) -> Expr:
        """Whether the step met a value and did not know it."""
        return col(self.before).is_not_null() & col(self.behind).is_null()


class ColumnMapper:
    """Maps frames of rows."""

    def __init__(self, mapped: Mapped) -> None:
        self._mapped = mapped

    def map(self, frame: polars.DataFrame) -> MappedFrame:
        """The canonical rows of a frame.

        Raises:
            MappingError: the frame lacks a column that the mapping reads (E4110, in the findings).
        """
        self._require(frame)
        passes, stops, outcomes = self._passes(frame.schema)
        lazy = frame.lazy()
        for expressions in passes:
            lazy = lazy.with_columns(expressions)
        failed = [stop.is_failed().alias(f"{MARK}{place}?") for place, stop in enumerate(stops)]
        done = lazy.select(*outcomes, *failed).collect()
        return MappedFrame(done.select(*self._mapped.fields), _unmapped(done, stops))

    def _require(self, frame: polars.DataFrame) -> None:
        known = ", ".join(frame.columns)
        findings = []
        for name, position in dict(self._mapped.columns()).items():
            if name not in frame.columns:
                values = {"column": name, "suggestion": suggestion(name, frame.columns), "known": known}
                findings.append(Finding(MISSING_COLUMN, "error", position, values=values))
        if findings:
            raise MappingError(tuple(findings))

    def _passes(self, schema: polars.Schema) -> tuple[list[list[Expr]], list[_Stop], list[Expr]]:
        """The columns to compute one pass after the other, the steps that can fail, and each field at the end."""
        passes: list[list[Expr]] = [[]]
        stops: list[_Stop] = []
        outcomes = []
        for name, ways in self._mapped.fields.items():
            ends = []
            for number, way in enumerate(ways):
                value = _guarded(way, ways[:number], _source(way, schema), schema)
                level, before = 0, ""
                for index, placed in enumerate(way.steps):
                    if placed.step.can_fail:
                        before = f"{MARK}{name}{MARK}{number}{MARK}{index}"
                        _put(passes, level, value.alias(before))
                        behind = f"{before}{MARK}"
                        _put(passes, level + 1, placed.step.of_column(col(before)).alias(behind))
                        stops.append(_Stop(name, placed, before, behind))
                        level, value = level + 2, col(behind)
                    else:
                        value = placed.step.of_column(value)
                ends.append(value)
            outcomes.append(polars.coalesce(ends).alias(name))
        return passes, stops, outcomes


def _put(passes: list[list[Expr]], level: int, expression: Expr) -> None:
    while len(passes) <= level:
        passes.append([])
    passes[level].append(expression)


def _unmapped(done: polars.DataFrame, stops: list[_Stop]) -> polars.DataFrame:
    """The failures in the order of rows, then of the mapping."""
    flags = done.select(polars.nth(range(done.width - len(stops), done.width))).with_row_index("row")
    places = [f"{MARK}{place}?" for place in range(len(stops))]
    shape = {"row": polars.UInt32, "field": polars.String, "step": polars.String, "line": polars.Int64}
    if not stops:
        return polars.DataFrame(schema=shape)
    wrong = flags.filter(polars.any_horizontal(places)).unpivot(index="row", variable_name="stop").filter("value")
    number = col("stop").str.strip_chars(f"{MARK}?").cast(polars.Int64)
    told = wrong.with_columns(number.alias("stop")).sort("row", "stop")
    by_stop: dict[str, list[str] | list[int]] = {
        "field": [stop.field for stop in stops],
        "step": [stop.placed.step.name for stop in stops],
        "line": [stop.placed.position.line for stop in stops],
    }
    numbers = [*range(len(stops))]
    named = (
        col("stop").replace_strict(numbers, values, return_dtype=shape[name]).alias(name)
        for name, values in by_stop.items()
    )
    return told.select("row", *named)


def _source(way: Way, schema: polars.Schema) -> Expr:
    told = way.source
    if told.constant is not None:
        return lit(told.constant)
    if told.join or told.first:
        texts = [_something(_text(column, schema)) for column in told.columns]
        if told.first:
            return polars.coalesce(texts)
        return _something(polars.concat_str(texts, separator=told.with_, ignore_nulls=True))
    column = told.from_ or ""
    return _text(column, schema) if way.steps else col(column)


def _guarded(way: Way, above: tuple[Way, ...], value: Expr, schema: polars.Schema) -> Expr:
    """The value where the way's conditions hold and those of the ways above do not."""
    tests = [_holds(way, schema), *(~_holds(other, schema) for other in above)]
    if not way.conditions and not above:
        return value
    return polars.when(reduce(and_, tests)).then(value)


def _holds(way: Way, schema: polars.Schema) -> Expr:
    tests = []
    for column, values in way.conditions.items():
        text = _something(_text(column, schema))
        among = [value for value in values if value is not None]
        is_among = text.is_in(among).fill_null(value=False)
        tests.append(reduce(or_, [is_among, *([text.is_null()] if None in values else [])]))
    return reduce(and_, tests) if tests else lit(True)


def _something(text: Expr) -> Expr:
    return polars.when(text != "").then(text)


def _text(column: str, schema: polars.Schema) -> Expr:
    """A column as canonical text."""
    dtype = schema[column]
    if dtype == polars.String:
        return col(column)
    if dtype == polars.Datetime:
        whole, exact = (col(column).dt.to_string(f"%Y-%m-%dT%H:%M:%S{end}") for end in ("", "%.6f"))
        return polars.when(col(column).dt.microsecond() == 0).then(whole).otherwise(exact)
    return col(column).cast(polars.String)
