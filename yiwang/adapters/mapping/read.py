"""Reading a mapping: every mistake at once, each at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yiwang.adapters.mapping.declaration import Choice, Declaration, FieldMapping
from yiwang.adapters.mapping.faults import (
    BAD_ARGUMENT,
    BAD_CONSTANT,
    NOT_MAPPED,
    OTHER_VERSION,
    SEVERAL_SOURCES,
    UNKNOWN_FIELD,
    UNKNOWN_STEP,
    UNREACHABLE,
)
from yiwang.adapters.mapping.mapping import Mapped, PlacedStep, Way
from yiwang.adapters.mapping.step import ArgumentError, Step
from yiwang.adapters.mapping.table_steps import TABLE_STEPS, Surroundings
from yiwang.adapters.mapping.text_steps import TEXT_STEPS
from yiwang.adapters.mapping.time_steps import TIME_STEPS
from yiwang.adapters.records.catalogue import catalogue, find_record
from yiwang.adapters.records.declaration import Record
from yiwang.adapters.records.problem import Problem, describe
from yiwang.adapters.records.row import reader
from yiwang.core.document import Document, parse, read
from yiwang.core.errors import ErrorCode, Finding, MappingError, suggestion
from yiwang.core.validation import validate

STEPS = tuple(sorted((*TEXT_STEPS, *TIME_STEPS, *TABLE_STEPS)))
Path_ = tuple[str | int, ...]


def read_mapping(file: Path, around: Surroundings | None = None) -> Mapped:
    """The mapping of a file.

    Raises:
        MappingError: it has mistakes (E4101); all of them are in ``findings``.
        NotFoundError: it is for a record that there is none of (E4001).
    """
    content, unreadable = read(file)
    document, malformed = parse(content, file)
    if unreadable or malformed:
        raise MappingError(unreadable or malformed)
    declared, mistakes = validate(
        Declaration, document.data, lambda path, of_key: document.position(path, of_key=of_key)
    )
    if declared is None:
        raise MappingError(mistakes)
    reading = _Reading(document, declared, find_record(declared.record), around or Surroundings(file.parent))
    mapped = reading.mapped()
    if reading.findings:
        raise MappingError(tuple(sorted(reading.findings, key=lambda each: each.position.line)))
    return mapped


@dataclass
class _Reading:
    """A declaration on its way to a mapping; findings gather."""

    document: Document
    declared: Declaration
    record: Record
    around: Surroundings
    findings: list[Finding] = field(default_factory=list)

    def mapped(self) -> Mapped:
        """The mapping; worth something only when there are no findings."""
        record, declared = self.record, self.declared
        self.around = Surroundings(self.around.folder, declared.tables, self.around.secret)
        if declared.version != record.version:
            self._find(OTHER_VERSION, ("version",), given=declared.version, record=record.name, version=record.version)
        for name, field_ in record.fields.items():
            if field_.required and name not in declared.fields:
                self._find(NOT_MAPPED, ("fields",), field=name, record=record.name)
        return Mapped(record, {name: tuple(self._ways(name, each)) for name, each in declared.fields.items()})

    def _find(self, error: ErrorCode, path: Path_, **values: Any) -> None:
        self.findings.append(Finding(error, "error", self.document.position(path, of_key=True), values=values))

    def _ways(self, name: str, told: FieldMapping) -> Iterator[Way]:
        path: Path_ = ("fields", name)
        if name not in self.record.fields:
            near = suggestion(name, self.record.fields)
            self._find(UNKNOWN_FIELD, path, record=self.record.name, given=name, suggestion=near)
            return
        if told.choose is None:
            yield self._way(name, told, path, {})
            return
        if _sources(told):
            self._find(SEVERAL_SOURCES, path, field=name)
        for index, choice in enumerate(told.choose):
            if index and not told.choose[index - 1].when:
                self._find(UNREACHABLE, (*path, "choose", index))
            yield self._way(name, choice, (*path, "choose", index), choice.when)

    def _way(
        self, name: str, source: FieldMapping | Choice, path: Path_, when: Mapping[str, tuple[str | None, ...]]
    ) -> Way:
        if _sources(source) != 1:
            self._find(SEVERAL_SOURCES, path, field=name)
        steps = tuple(self._steps(source.steps, path))
        self._check_outcomes(name, source, steps, path)
        return Way(source, when, steps, self.document.position(path, of_key=True))

    def _steps(self, told: Sequence[Any], path: Path_) -> Iterator[PlacedStep]:
        for index, each in enumerate(told):
            at = (*path, "steps", index)
            position = self.document.position(at)
            name, argument = _step(each)
            try:
                step = self._build(name, argument)
            except ArgumentError as error:
                values = {"step": name, "wanted": error.wanted}
                self.findings.append(Finding(BAD_ARGUMENT, "error", position, values=values))
                continue
            if step is None:
                values = {"given": name, "suggestion": suggestion(name, STEPS), "known": ", ".join(STEPS)}
                self.findings.append(Finding(UNKNOWN_STEP, "error", position, values=values))
                continue
            yield PlacedStep(step, position)

    def _build(self, name: str, argument: Any) -> Step | None:
        if name in TABLE_STEPS:
            return TABLE_STEPS[name](argument, self.around)
        build = TEXT_STEPS.get(name) or TIME_STEPS.get(name)
        return build(argument) if build else None

    def _check_outcomes(
        self, name: str, source: FieldMapping | Choice, steps: Sequence[PlacedStep], path: Path_
    ) -> None:
        """Texts that stand in the mapping itself must be ones that the field takes."""
        given: list[tuple[str, Path_]] = []
        if source.constant is not None and not steps:
            given.append((source.constant, (*path, "constant")))
        if steps and len(steps) == len(source.steps):
            step, argument = _step(source.steps[-1])
            table, otherwise = _table(argument) if step == "table" else ("", None)
            given += [
                (meaning, ("tables", table, code)) for code, meaning in self.declared.tables.get(table, {}).items()
            ]
            given += [(otherwise, (*path, "steps", len(steps) - 1))] if otherwise else []
        taken = self.record.fields[name]
        judge = reader(taken, catalogue().codes(taken))
        for text, at in given:
            if rule := judge(text)[1]:
                reason = describe(self.record, Problem(name, rule))
                self._find(BAD_CONSTANT, at, field=name, given=text, reason=reason, record=self.record.name)


def _sources(told: FieldMapping | Choice) -> int:
    return sum(each is not None for each in (told.from_, told.constant, told.join, told.first))


def _step(told: Any) -> tuple[str, Any]:
    """A step's name and argument: `trim`, or `{table: states}`."""
    if isinstance(told, dict) and len(told) == 1:
        return next(iter(told.items()))
    return (told, None) if isinstance(told, str) else (str(told), None)


def _table(argument: Any) -> tuple[str, str | None]:
    if isinstance(argument, dict):
        return str(argument.get("name", "")), argument.get("otherwise")
    return str(argument), None
