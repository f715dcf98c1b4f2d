"""Demands on several lines at once: how many there are, in which order, and what their names refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiwang.network.audit.judge import Mark
from yiwang.network.audit.program import expression_search
from yiwang.network.audit.section import Inside
from yiwang.network.rules.requirement import Count, Names, Order, Requirement


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that is wrong, or, without an index, the expression of one that is missing."""

    index: int | None = None
    expression: str = ""


def unmet(requirement: Requirement, bits: Mapping[str, int], marks: Sequence[Mark], inside: Inside) -> Iterator[Wrong]:
    """What of a requirement's demands on several lines is not met."""
    hits = inside.hit_lines
    if requirement.count:
        yield from _count(requirement.count, [i for i in hits if marks[i].hits & bits[requirement.count.of]])
    if requirement.order:
        yield from _order(requirement.order, bits, marks, hits)
    if requirement.last:
        yield from _last(requirement.last, marks, inside)
    if requirement.names:
        yield from _names(requirement.names, bits, marks, hits)


def _count(count: Count, found: Sequence[int]) -> Iterator[Wrong]:
    if len(found) < count.at_least:
        yield Wrong(expression=count.of)
    if count.at_most is not None:
        yield from (Wrong(index) for index in found[count.at_most :])


def _order(order: Order, bits: Mapping[str, int], marks: Sequence[Mark], hits: Sequence[int]) -> Iterator[Wrong]:
    first, then = bits[order.first], bits[order.then]
    for index in hits:
        if marks[index].hits & first:
            return
        if marks[index].hits & then:
            yield Wrong(index)


def _last(last: str, marks: Sequence[Mark], inside: Inside) -> Iterator[Wrong]:
    if inside.last is None or not expression_search(last)(marks[inside.last].text):
        yield Wrong(expression=last)


def _names(names: Names, bits: Mapping[str, int], marks: Sequence[Mark], hits: Sequence[int]) -> Iterator[Wrong]:
    used = _named(names.used, bits, marks, hits)
    defined = _named(names.defined, bits, marks, hits)
    wrong = used.keys() - defined.keys() if names.wrong == "undefined" else defined.keys() - used.keys()
    places = used if names.wrong == "undefined" else defined
    yield from (Wrong(index) for name in sorted(wrong) for index in places[name])


def _named(
    expressions: Sequence[str], bits: Mapping[str, int], marks: Sequence[Mark], hits: Sequence[int]
) -> dict[str, list[int]]:
    tests = [(bits[expression], expression_search(expression)) for expression in expressions]
    wanted = 0
    for bit, _search in tests:
        wanted |= bit
    found: dict[str, list[int]] = {}
    for index in hits:
        mark = marks[index]
        if mark.hits & wanted:
            for bit, search in tests:
                match = search(mark.text) if mark.hits & bit else None
                if match and match[1]:
                    found.setdefault(match[1], []).append(index)
    return found
