"""Looking for the marks of all platforms in one pass: each distinct line is judged once and remembered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

REMEMBERED = 50_000
"""Distinct lines that are kept; a fleet shares most of its lines, and memory stays bounded."""

_Placed = tuple[int, re.Pattern[str]]


class _Together:
    """Expressions as one: a first look tells whether any is in a line, a second one which of them are."""

    def __init__(self, placed: Sequence[_Placed], reach: str) -> None:
        texts = [each.pattern for _place, each in placed]
        self._first = re.compile("|".join(f"(?:{each})" for each in texts), re.MULTILINE).search
        # Each looks ahead on its own and may fail, so that the groups tell of every one of them.
        self._second = re.compile("".join(f"(?:(?={reach}({each}))|)" for each in texts), re.MULTILINE).match
        self._bits = [1 << place for place, _expression in placed]

    def bits(self, line: str) -> int:
        if not self._first(line) or not (found := self._second(line)):
            return 0
        groups = zip(self._bits, found.groups(), strict=True)
        return reduce(or_, (bit for bit, group in groups if group is not None), 0)


class Marking(dict[str, int]):
    """For each line the expressions that are found in it, as bits in their order."""

    def __init__(self, expressions: Sequence[re.Pattern[str]]) -> None:
        super().__init__()
        placed = list(enumerate(expressions))
        together = [each for each in placed if _goes_with_others(each[1])]
        # Apart, for what can only match where a line begins is looked for there alone.
        anchored = [each for each in together if _is_anchored(each[1].pattern)]
        floating = [each for each in together if each not in anchored]
        self._together = [_Together(each, reach) for each, reach in ((anchored, ""), (floating, ".*?")) if each]
        self._alone = [(1 << place, each.search) for place, each in placed if (place, each) not in together]

    def of(self, lines: Iterable[str]) -> int:
        """The expressions that are found in any of the lines."""
        return reduce(or_, set(map(self.__getitem__, set(lines))), 0)

    def __missing__(self, line: str) -> int:
        if len(self) >= REMEMBERED:
            self.clear()
        found = reduce(or_, (each.bits(line) for each in self._together), 0)
        found = reduce(or_, (bit for bit, search in self._alone if search(line)), found)
        self[line] = found
        return found


def _goes_with_others(expression: re.Pattern[str]) -> bool:
    """Whether it means the same as a part of a larger expression: it has neither groups of its own nor flags."""
    return not expression.groups and "(?" not in expression.pattern.replace("(?:", "").replace("(?!", "")


def _is_anchored(expression: str) -> bool:
    outside_groups = re.sub(r"\((?:[^()\\]|\\.)*\)", "", expression)
    return expression.startswith("^") and "|" not in outside_groups
