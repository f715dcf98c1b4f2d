"""The tree: every line of a capture, what it is, and the section it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from yiwang.network.configuration import banner
from yiwang.network.configuration.coverage import Coverage, coverage, sign
from yiwang.network.configuration.decoding import Decoded, decode
from yiwang.network.configuration.grammar import Grammar
from yiwang.network.configuration.line import DEEP, IN_TREE, Kind, Shape, shape

TOP = -1
"""The parent of a line that stands in no section."""

_TEXT = Shape(Kind.noise, DEEP, "")


@dataclass(frozen=True)
class Configuration:
    """A capture with its lines in order; indexes count from 0, line numbers for people from 1."""

    decoded: Decoded
    grammar: Grammar

    @property
    def text(self) -> str:
        """What was captured, unchanged."""
        return self.decoded.text

    @cached_property
    def lines(self) -> Sequence[str]:
        """The lines as captured; joined by newlines they are the text again."""
        return self.text.split("\n")

    @cached_property
    def shapes(self) -> Sequence[Shape]:
        """What each line is; the inside of a banner is noise."""
        found = [shape(line, self.grammar) for line in self.lines]
        for index, each in enumerate(found):
            if each.kind is Kind.banner:
                last = banner.closing(self.lines, index, each.text, self.grammar)
                found[index + 1 : last + 1] = [_TEXT] * (last - index)
        return found

    @cached_property
    def parents(self) -> Sequence[int]:
        """For each line the index of the line that opens its section, or ``TOP``.

        A comment at an indentation ends the sections that are open there.  That is what makes sense of
        Comware, which writes top lines with one blank after its ``#``.
        """
        found: list[int] = []
        open_sections: list[tuple[int, int]] = []
        for index, each in enumerate(self.shapes):
            while open_sections and each.indent <= open_sections[-1][0]:
                open_sections.pop()
            found.append(open_sections[-1][1] if open_sections else TOP)
            if each.kind in IN_TREE:
                open_sections.append((each.indent, index))
        return found

    def path(self, index: int) -> tuple[str, ...]:
        """The texts of the sections that a line stands in, the outermost first."""
        above: list[str] = []
        while (index := self.parents[index]) != TOP:
            above.append(self.shapes[index].text)
        return tuple(reversed(above))

    def children(self, index: int) -> Iterator[int]:
        """The commands that stand directly in the section which a line opens; of ``TOP`` the outermost."""
        for inner in range(index + 1, self.end_of(index)):
            if self.parents[inner] == index and self.shapes[inner].kind in IN_TREE:
                yield inner

    def end_of(self, index: int) -> int:
        """One past the last line of the section that a line opens."""
        if index == TOP:
            return len(self.lines)
        indent = self.shapes[index].indent
        later = range(index + 1, len(self.lines))
        return next((each for each in later if self.shapes[each].indent <= indent), len(self.lines))

    @cached_property
    def coverage(self) -> Coverage:
        """How much of the capture has its place in the tree."""
        return coverage("".join(sign(each, self.grammar.margin) for each in self.shapes))

    @cached_property
    def is_whole(self) -> bool:
        """Whether the last line of a configuration came; True where none is written."""
        grammar = self.grammar
        if grammar.end is None or any(each.kind is Kind.end for each in self.shapes):
            return True
        return grammar.end_after is not None and not any(grammar.end_after.match(each.text) for each in self.shapes)

    @cached_property
    def name(self) -> str | None:
        """The name that the device gives itself."""
        return self._first(self.grammar.name)

    @cached_property
    def version(self) -> str | None:
        """The software's version, where the configuration tells it."""
        return self._first(self.grammar.version)

    def _first(self, wanted: re.Pattern[str] | None) -> str | None:
        if wanted is None:
            return None
        matches = (wanted.match(each.text) for each in self.shapes if each.text)
        return next((value for match in matches if match for value in match.groups() if value), None)


def read(content: bytes | str, grammar: Grammar) -> Configuration:
    """The tree of a capture.  Reads anything and raises nothing."""
    decoded = Decoded(content, "text") if isinstance(content, str) else decode(content)
    return Configuration(decoded, grammar)
