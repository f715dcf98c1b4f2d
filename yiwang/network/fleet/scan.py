"""One pass over a configuration: every line that tells a fact, with the section that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yiwang.network.audit.judge import BANNER, Judge, Mark
from yiwang.network.configuration.banner import closing
from yiwang.network.configuration.grammar import MODES, Grammar
from yiwang.network.configuration.redaction import any_of
from yiwang.network.fleet.table import FactTable
from yiwang.network.fleet.view import Spot

ANYWHERE = "device"
SECTIONS = "sections"
Groups = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Fact:
    """A line that says ``what``; ``place`` is the kind of section it belongs to and ``owner`` the section's name."""

    place: str
    what: str
    owner: str
    groups: Groups
    spot: Spot


@dataclass(frozen=True, slots=True)
class _Test:
    place: str
    what: str
    bit: int
    expression: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Open:
    kind: str
    name: str
    indent: int
    text: str


class Scanner:
    """Finds the facts of configurations of one platform; distinct lines are looked at once."""

    def __init__(self, table: FactTable, grammar: Grammar) -> None:
        self.grammar = grammar
        bits: dict[str, int] = {}
        self._tests = [
            _Test(place, what, bits.setdefault(text, 8 << len(bits)), re.compile(text, MODES))
            for place in (SECTIONS, "interface", "vrf", "acl", ANYWHERE)
            for what, texts in getattr(table, place).items()
            for text in texts
        ]
        self._may_hide = any_of(grammar.secrets)
        self._judge = Judge(grammar, bits)
        self._wanted = sum(bits.values())
        self._known: dict[str, tuple[tuple[_Test, Groups], ...]] = {}

    def facts(self, text: str) -> Iterator[Fact]:
        """Every fact in the order of lines.  Raises nothing, whatever the text."""
        lines = text.split("\n")
        inside: list[_Open] = []
        skipped_to = -1
        for index, raw in enumerate(lines):
            mark = self._judge[raw]
            if index <= skipped_to:
                continue
            while inside and mark.indent <= inside[-1].indent:
                inside.pop()
            if mark.hits & BANNER:
                skipped_to = closing(lines, index, mark.text, self.grammar)
            elif mark.hits & self._wanted:
                yield from self._line(mark, index, inside)

    def _line(self, mark: Mark, index: int, inside: list[_Open]) -> Iterator[Fact]:
        told = self._told(mark)
        section = tuple(each.text for each in inside)
        shown = self._judge.shown(mark) if self._may_hide.search(mark.raw) else mark.text
        for test, groups in told:
            if test.place == SECTIONS:
                inside.append(_Open(test.what, groups.get("name") or "", mark.indent, shown))
                yield Fact(SECTIONS, test.what, inside[-1].name, groups, Spot(index + 1, shown, section))
        owners = {each.kind: each.name for each in inside}
        done: set[tuple[str, str]] = set()
        for test, groups in told:
            is_meant = test.place == ANYWHERE or test.place in owners
            if test.place != SECTIONS and is_meant and (test.place, test.what) not in done:
                done.add((test.place, test.what))
                yield Fact(test.place, test.what, owners.get(test.place, ""), groups, Spot(index + 1, shown, section))

    def _told(self, mark: Mark) -> tuple[tuple[_Test, Groups], ...]:
        known = self._known.get(mark.raw)
        if known is None:
            matches = ((test, test.expression.search(mark.text)) for test in self._tests if mark.hits & test.bit)
            known = tuple((test, found.groupdict()) for test, found in matches if found)
            if len(self._known) >= len(self._judge) + 1:
                self._known.clear()
            self._known[mark.raw] = known
        return known
