"""How much of a capture was understood.

Every line is a sign, so that a whole capture can be looked through by one expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yiwang.network.configuration.line import Kind, Shape

BLANK, NOISE, SEPARATOR, INNER, TOP, DEEPER, DAMAGED, END = " .#-ti!E"
_SIGNS = {Kind.damaged: DAMAGED, Kind.end: END, Kind.closer: INNER}

_ORPHANS = re.compile(r"(?:\A|#)[ .#-]*(i[i .-]*)")
_SUSPICIOUS = re.compile(rf"{DAMAGED}|{END}.*[ti]|{_ORPHANS.pattern}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many lines are not blank, and the numbers, from 1, of those that have no place in the tree."""

    lines: int
    stray: tuple[int, ...] = ()

    @property
    def share(self) -> float:
        """The part of the lines that has its place, 0 to 1; 1 for an empty capture."""
        return 1 - len(self.stray) / self.lines if self.lines else 1.0


def sign(line: Shape, margin: int) -> str:
    """What a line is, as one character."""
    if line.kind is Kind.noise:
        return NOISE if line.text else BLANK
    if line.kind is Kind.comment:
        return INNER if line.indent > 0 else SEPARATOR
    return _SIGNS.get(line.kind) or (DEEPER if line.indent > margin else TOP)


def coverage(signs: str) -> Coverage:
    """Look for the lines that have no place, in the signs of a capture's lines.

    They are lines with control characters left in them, indented lines that no section opened, and commands
    after the end of the configuration.
    """
    lines = len(signs) - signs.count(BLANK)
    if not _SUSPICIOUS.search(signs):
        return Coverage(lines)
    return Coverage(lines, tuple(sorted(set(_stray(signs)))))


def _stray(signs: str) -> Iterator[int]:
    end = signs.find(END)
    for found in _ORPHANS.finditer(signs):
        yield from (index + 1 for index in range(*found.span(1)) if signs[index] == DEEPER)
    for index, each in enumerate(signs):
        if each == DAMAGED or (0 <= end < index and each in (TOP, DEEPER)):
            yield index + 1
