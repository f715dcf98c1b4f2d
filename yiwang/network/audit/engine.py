"""The engine: one pass over the lines of a configuration, in which every section's hits are gathered.

What a line matches is known from the first time it was seen anywhere; what a section with the same hits
means is known from the first such section.  Only where something is wrong are lines looked at again.
"""

from __future__ import annotations

from typing import Any

from yiwang.network.audit.finding import Fault, Wrong
from yiwang.network.audit.judge import Judge
from yiwang.network.audit.program import Demand, Program
from yiwang.network.audit.report import Report
from yiwang.network.audit.sweep import Sweep
from yiwang.network.configuration.grammar import Grammar

REMEMBERED = 100_000
"""Kinds of sections whose meaning is kept, and faults that are shared."""


class Engine:
    """Audits the configurations of one platform.  Not for several threads at once."""

    def __init__(self, program: Program, grammar: Grammar) -> None:
        self.program = program
        self.grammar = grammar
        self.judge = Judge(grammar, program.expressions)
        self._faults: dict[tuple[object, ...], Fault] = {}
        self._meanings: dict[tuple[int, int, int], tuple[int, tuple[Demand, ...]]] = {}

    def audit(self, device: str, text: str, *, version: str | None = None, is_whole: bool | None = None) -> Report:
        """Judge one configuration.

        ``version`` is the software's where it is known from elsewhere; ``is_whole`` says that nothing is cut
        off, or that something is, where the end of the configuration does not tell.  Raises nothing,
        whatever the text.
        """
        return Sweep(self, text.split("\n"), version).report(device, is_whole)

    def meaning(self, scopes: int, hits: int, gates: int) -> tuple[int, tuple[Demand, ...]]:
        """The rules that apply to a section with these hits, as bits, and the demands that it does not meet.

        ``gates`` are those hits of the whole configuration on which it depends which demands apply.
        """
        key = (scopes, hits, gates)
        known = self._meanings.get(key)
        if known is None:
            known = self._weigh(scopes, hits, gates)
            if len(self._meanings) >= REMEMBERED:
                self._meanings.clear()
            self._meanings[key] = known
        return known

    def fault(self, demand: Demand, verdict: Wrong, *shown: Any) -> Fault:
        """The fault of these values, as :class:`Fault` takes them; always the same one."""
        key = (demand, verdict, *shown)
        known = self._faults.get(key)
        if known is None:
            if len(self._faults) >= REMEMBERED:
                self._faults.clear()
            known = self._faults[key] = Fault(demand, verdict, *shown)
        return known

    def _weigh(self, scopes: int, hits: int, gates: int) -> tuple[int, tuple[Demand, ...]]:
        applied, unmet = 0, []
        for scope, demands in self.program.by_scope.items():
            if scope & scopes or scope == scopes:
                for demand in (each for each in demands if each.applies(hits, gates)):
                    applied |= demand.place
                    if demand.must_all & ~hits or demand.must_not & hits or demand.needs_lines:
                        unmet.append(demand)
        return applied, tuple(unmet)
