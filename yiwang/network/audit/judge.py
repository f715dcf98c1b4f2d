"""Judging lines: each distinct line is tried against the expressions once and remembered."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from yiwang.network.audit.beginning import beginnings
from yiwang.network.configuration.coverage import sign
from yiwang.network.configuration.grammar import MODES, Grammar
from yiwang.network.configuration.line import IN_TREE, Kind, Shape, cleaned, shape
from yiwang.network.configuration.redaction import redacted

BANNER = 1
END = 2
CAPTURE = 4
MARKER = BANNER | END | CAPTURE
RESERVED = 3
"""Bits of a line's hits that are not expressions but say what the line is."""

REMEMBERED = 100_000
"""Distinct lines that are kept; a fleet shares most of its lines, and memory stays bounded."""
LONGEST_KEY = 8
"""Characters of a line by which the expressions to try are found."""

Search = Callable[[str], Any]


class Mark:
    """What is known of a distinct line: ``hits`` are the bits of the expressions that match it."""

    __slots__ = ("hits", "indent", "is_command", "raw", "shown", "sign", "text")

    def __init__(self, raw: str, line: Shape, hits: int, sign: str) -> None:
        self.raw = raw
        self.is_command = line.kind in IN_TREE
        self.indent = line.indent
        self.text = line.text
        self.hits = hits
        self.sign = sign
        self.shown: str | None = None


class Judge(dict[str, Mark]):
    """The marks of lines of one platform, made when a line is first seen."""

    def __init__(self, grammar: Grammar, expressions: Mapping[str, int]) -> None:
        super().__init__()
        self.grammar = grammar
        self._anywhere: list[tuple[int, Search]] = []
        self._by_key: list[tuple[int, dict[str, list[tuple[str, int, Search]]]]] = []
        self._arrange(expressions)

    def _arrange(self, expressions: Mapping[str, int]) -> None:
        keyed: dict[int, dict[str, list[tuple[str, int, Search]]]] = defaultdict(lambda: defaultdict(list))
        for expression, bit in expressions.items():
            compiled = re.compile(expression, MODES)
            starts = beginnings(expression)
            if starts is None:
                self._anywhere.append((bit, compiled.search))
            for start in starts or ():
                key = start[:LONGEST_KEY]
                keyed[len(key)][key].append((start, bit, compiled.match))
        self._by_key = sorted((length, dict(tests)) for length, tests in keyed.items())

    def __missing__(self, raw: str) -> Mark:
        if len(self) >= REMEMBERED:
            self.clear()
        made = shape(raw, self.grammar)
        mark = Mark(raw, made, self._hits(made.kind, made.text), sign(made, self.grammar.margin))
        self[raw] = mark
        return mark

    def _hits(self, kind: Kind, text: str) -> int:
        is_capture = self.grammar.end_after is not None and self.grammar.end_after.match(text)
        hits = CAPTURE if is_capture else 0
        if kind is Kind.noise or kind is Kind.comment:
            return hits
        hits |= END if kind is Kind.end else BANNER if kind is Kind.banner else 0
        lowered = text.lower()
        for length, tests in self._by_key:
            for start, bit, search in tests.get(lowered[:length], ()):
                if lowered.startswith(start) and search(text):
                    hits |= bit
        for bit, search in self._anywhere:
            if search(text):
                hits |= bit
        return hits

    def shown(self, mark: Mark) -> str:
        """The line as it may be shown: without secrets."""
        if mark.shown is None:
            mark.shown = redacted(cleaned(mark.raw), self.grammar).strip()
        return mark.shown

    def marks(self, lines: Sequence[str]) -> list[Mark]:
        """The marks of all lines, in their order."""
        return list(map(self.__getitem__, lines))
