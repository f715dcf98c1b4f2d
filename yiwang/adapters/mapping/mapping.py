"""A mapping that was read: for each field the ways in which it may be filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from yiwang.adapters.mapping.declaration import Choice, FieldMapping
from yiwang.adapters.mapping.step import Step
from yiwang.adapters.records.declaration import Record
from yiwang.core.errors import Position


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step and the line that asks for it."""

    step: Step
    position: Position


@dataclass(frozen=True, slots=True)
class Way:
    """One way to fill a field: a source, the conditions under which it counts, and the steps."""

    source: FieldMapping | Choice
    conditions: Mapping[str, tuple[str | None, ...]]
    steps: tuple[PlacedStep, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping whose every name is known; ``fields`` has the ways of each field in their order."""

    record: Record
    fields: Mapping[str, tuple[Way, ...]]

    def columns(self) -> Iterator[tuple[str, Position]]:
        """The source's columns that it reads, each with the line that names it."""
        for ways in self.fields.values():
            for way in ways:
                yield from ((column, way.position) for column in (*way.source.columns, *way.conditions))


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A value that a step did not know: the field, the step's name and its line."""

    field: str
    step: str
    line: int


Locate = Callable[[tuple[str | int, ...]], Position]
