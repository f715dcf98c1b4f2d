"""A section of a configuration during an audit, and the way from a line to the sections around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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

    def lines_of(self, hit_lines: Sequence[int]) -> Sequence[int]:
        """The indexes of the lines inside that match anything."""
        return hit_lines[self.first_hit : self.last_hit]

    def inside(self, hit_lines: Sequence[int], marks: Sequence[Mark]) -> Inside:
        """What demands on several lines look at."""
        return Inside(self.lines_of(hit_lines), last_command(marks, self))


@dataclass(frozen=True, slots=True)
class Inside:
    """Lines inside a section that match anything, and its last command; None where it has none."""

    hit_lines: Sequence[int]
    last: int | None


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
