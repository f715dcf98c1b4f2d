"""A section of a configuration during an audit, and the way from a line to the sections around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from yiwang.network.audit.judge import Mark


@dataclass(slots=True)
class Section:
    """A section while it is gathered; ``index`` is that of its first line, -1 for the whole configuration.

    ``hits`` are those of all lines inside; ``first_hit`` and ``last_hit`` bound the lines inside that have
    any, in the list of all such lines; ``is_cut``: it is open where the text ends.
    """

    index: int
    scopes: int
    indent: int
    first_hit: int
    hits: int = 0
    end: int = 0
    last_hit: int = 0
    is_cut: bool = False


class Inside:
    """The lines of a configuration by what they match, looked for in one section after another.

    ``indexes`` are those of all lines that match anything, in their order.
    """

    def __init__(self, marks: Sequence[Mark], indexes: Sequence[int]) -> None:
        self._marks = marks
        self._indexes = indexes

    @cached_property
    def _alike(self) -> Mapping[int, Sequence[int]]:
        """The lines by all that they match: there are few kinds of lines."""
        marks = self._marks
        found: defaultdict[int, list[int]] = defaultdict(list)
        for index in self._indexes:
            found[marks[index].hits].append(index)
        return found

    def matching(self, section: Section, wanted: int) -> list[int]:
        """The indexes of the lines in a section that match one of the expressions wanted, in their order."""
        if section.index < 0:
            return sorted(index for hits, alike in self._alike.items() if hits & wanted for index in alike)
        marks = self._marks
        return [index for index in self._indexes[section.first_hit : section.last_hit] if marks[index].hits & wanted]


def last_command(marks: Sequence[Mark], section: Section) -> int | None:
    """The last command that stands directly in a section: no deeper than its first."""
    inside = range(section.index + 1, section.end)
    first = next((index for index in inside if marks[index].is_command), None)
    if first is None:
        return None
    direct = marks[first].indent
    return next(index for index in reversed(inside) if marks[index].is_command and marks[index].indent <= direct)


def path_of(marks: Sequence[Mark], index: int, margin: int) -> Iterator[int]:
    """The indexes of the lines that open the sections around a line, the innermost first.

    ``margin`` is the smallest indentation that a line can have.  The way is the same as in the tree: a
    comment ends the sections at its indentation.
    """
    indent = marks[index].indent
    while index and indent > margin:
        index -= 1
        mark = marks[index]
        if mark.indent < indent:
            indent = mark.indent
            if mark.is_command:
                yield index
