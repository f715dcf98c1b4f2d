"""Demands on several lines at once: how many there are, in which order, and what their names refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiwang.network.audit.judge import Mark
from yiwang.network.audit.program import expression_search
from yiwang.network.audit.section import Inside, Section, last_command
from yiwang.network.rules.requirement import Count, Names, Order, Requirement


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that is wrong, or, without an index, the expression of one that is missing."""

    index: int | None = None
    expression: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one section, as demands look at them; ``bits`` are those of the expressions."""

    bits: Mapping[str, int]
    marks: Sequence[Mark]
    section: Section
    inside: Inside

    def matching(self, *expressions: str) -> list[int]:
        """The indexes of the lines that match one of the expressions."""
        wanted = 0
        for each in expressions:
            wanted |= self.bits[each]
        return self.inside.matching(self.section, wanted)


def unmet(requirement: Requirement, lines: Lines) -> Iterator[Wrong]:
    """What of a requirement's demands on several lines is not met."""
    if requirement.count:
        yield from _count(requirement.count, lines.matching(requirement.count.of))
    if requirement.order:
        yield from _order(requirement.order, lines)
    if requirement.last:
        yield from _last(requirement.last, lines)
    if requirement.names:
        yield from _names(requirement.names, lines)


def _count(count: Count, found: Sequence[int]) -> Iterator[Wrong]:
    if len(found) < count.at_least:
        yield Wrong(expression=count.of)
    if count.at_most is not None:
        yield from (Wrong(index) for index in found[count.at_most :])


def _order(order: Order, lines: Lines) -> Iterator[Wrong]:
    first = lines.bits[order.first]
    for index in lines.matching(order.first, order.then):
        if lines.marks[index].hits & first:
            return
        yield Wrong(index)


def _last(last: str, lines: Lines) -> Iterator[Wrong]:
    index = last_command(lines.marks, lines.section)
    if index is None or not expression_search(last)(lines.marks[index].text):
        yield Wrong(expression=last)


def _names(names: Names, lines: Lines) -> Iterator[Wrong]:
    used = _named(names.used, lines)
    defined = _named(names.defined, lines)
    wrong = used.keys() - defined.keys() if names.wrong == "undefined" else defined.keys() - used.keys()
    places = used if names.wrong == "undefined" else defined
    yield from (Wrong(index) for name in sorted(wrong) for index in places[name])


def _named(expressions: Sequence[str], lines: Lines) -> dict[str, list[int]]:
    tests = [(lines.bits[expression], expression_search(expression)) for expression in expressions]
    found: dict[str, list[int]] = {}
    for index in lines.matching(*expressions):
        mark = lines.marks[index]
        for bit, search in tests:
            match = search(mark.text) if mark.hits & bit else None
            if match and match[1]:
                found.setdefault(match[1], []).append(index)
    return found
