"""One configuration on its way through the engine: its sections, what they lack, and where that shows."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, Protocol

from yiwang.core.i18n import _
from yiwang.network.audit.finding import Fault, Wrong
from yiwang.network.audit.judge import BANNER, CAPTURE, END, MARKER, Judge, Mark
from yiwang.network.audit.lines import Lines, unmet
from yiwang.network.audit.program import WHOLE, Demand, Lack, Program, lack
from yiwang.network.audit.report import Report
from yiwang.network.audit.section import Inside, Section, path_of
from yiwang.network.audit.version import Version, version_of
from yiwang.network.configuration.banner import closing
from yiwang.network.configuration.coverage import BLANK, coverage
from yiwang.network.configuration.grammar import Grammar
from yiwang.network.configuration.line import DEEP, HEAD, Kind, Shape
from yiwang.network.rules.requirement import Absence

_FAILED = Lack("fail")
_LINE_AND_RULE = itemgetter(0, 1)
_INSIDE = Mark("", Shape(Kind.noise, DEEP, ""), 0, BLANK)


class Meanings(Protocol):
    """What a sweep needs of the engine."""

    program: Program
    grammar: Grammar
    judge: Judge

    def meaning(self, scopes: int, hits: int, gates: int) -> tuple[int, tuple[Demand, ...]]:
        """What applies to a section and what of it is not met."""

    def fault(self, demand: Demand, verdict: Wrong, *shown: Any) -> Fault:
        """The fault that all devices with the same share."""


class Sweep:
    """One configuration on its way through the engine."""

    def __init__(self, engine: Meanings, lines: Sequence[str], version: str | None) -> None:
        self.engine = engine
        self.program = engine.program
        self.lines = lines
        self.marks = engine.judge.marks(lines)
        self.version = version
        self.hits: list[int] = []
        self.found: list[tuple[int, str, Fault]] = []
        self._paths: dict[int, tuple[str, ...]] = {}
        self.applied = self.failed = self.unclear = self.seen = 0
        self._known: tuple[Version | None] | None = None

    def report(self, device: str, is_whole: bool | None) -> Report:
        """Gather the sections, look at those that lack something, and tell."""
        sections = self._gather()
        self.is_whole = self._is_whole() if is_whole is None else is_whole
        gates = self.seen & self.program.gates
        for section in sections:
            applied, unmet = self.engine.meaning(section.scopes, section.hits, gates)
            self.applied |= applied
            for demand in unmet:
                self._look(demand, section)
        self._look_for_sections()
        self.found.sort(key=_LINE_AND_RULE)
        return Report(
            device,
            self.program,
            tuple([fault for _line, _rule, fault in self.found]),
            array("I", [line for line, _rule, _fault in self.found]),
            self.applied,
            self.failed,
            self.unclear,
            coverage("".join([mark.sign for mark in self.marks])),
            self.is_whole,
            self.version,
        )

    def _gather(self) -> list[Section]:
        """The sections that demands are about, the whole configuration last."""
        scopes = self.program.scopes
        special = scopes | MARKER
        whole = Section(-1, WHOLE, DEEP, 0)
        done: list[Section] = []
        open_sections = [whole]
        innermost = HEAD - 1
        hit_lines = self.hits
        # The hits of the innermost open section; those around it get them when it ends.
        gathered = 0
        for index, mark in enumerate(self.marks):
            indent = mark.indent
            if indent <= innermost:
                while indent <= innermost:
                    gathered = self._close(open_sections, gathered, index, done)
                    innermost = open_sections[-1].indent if len(open_sections) > 1 else HEAD - 1
            hits = mark.hits
            if hits:
                hit_lines.append(index)
                gathered |= hits
                if hits & special:
                    if hits & BANNER:
                        self._step_over(index, mark)
                    if hits & scopes:
                        open_sections[-1].hits = gathered
                        open_sections.append(Section(index, hits & scopes, indent, len(hit_lines)))
                        gathered, innermost = 0, indent
        while open_sections:
            open_sections[-1].is_cut = True
            gathered = self._close(open_sections, gathered, len(self.lines), done)
        self.seen = whole.hits
        return done

    def _close(self, open_sections: list[Section], gathered: int, index: int, done: list[Section]) -> int:
        """End the innermost section; the hits of the one around it, so far."""
        closed = open_sections.pop()
        closed.end, closed.last_hit, closed.hits = index, len(self.hits), gathered
        done.append(closed)
        return gathered | open_sections[-1].hits if open_sections else gathered

    def _step_over(self, index: int, mark: Mark) -> None:
        last = closing(self.lines, index, mark.text, self.engine.grammar)
        self.marks[index + 1 : last + 1] = [_INSIDE] * (last - index)

    def _is_whole(self) -> bool:
        grammar = self.engine.grammar
        if grammar.end is None or self.seen & END:
            return True
        return grammar.end_after is not None and not self.seen & CAPTURE

    @cached_property
    def _inside(self) -> Inside:
        return Inside(self.marks, self.hits)

    def _look(self, demand: Demand, section: Section) -> None:
        """Make the findings of a demand that a section does not meet."""
        absent = demand.must_all & ~section.hits
        if absent:
            meant = self._lack(demand, section)
            for bit, expression in demand.must:
                if bit & absent:
                    self._miss(demand, section, meant, expression)
        if demand.must_not & section.hits:
            for index in self._inside.matching(section, demand.must_not):
                self._record(demand, _FAILED, index)
        if demand.needs_lines:
            self._look_at_lines(demand, section)

    def _look_at_lines(self, demand: Demand, section: Section) -> None:
        lines = Lines(self.program.expressions, self.marks, section, self._inside)
        for wrong in unmet(demand.requirement, lines):
            if wrong.index is None:
                self._miss(demand, section, self._lack(demand, section), wrong.expression)
            else:
                self._record(demand, _FAILED, wrong.index)

    def _look_for_sections(self) -> None:
        for scope, demands in self.program.by_scope.items():
            if scope and not self.seen & scope:
                for demand in demands:
                    if demand.requirement.no_section and demand.applies_to_device(self.seen):
                        self.applied |= demand.place
                        meant = self._meant(demand.requirement.no_section, is_cut=True)
                        self._record(demand, meant, absent=demand.requirement.section or "")

    def _lack(self, demand: Demand, section: Section) -> Lack:
        return (
            demand.absent_lack
            if self.is_whole and demand.absent_lack
            else self._meant(demand.requirement.absent, is_cut=section.is_cut)
        )

    def _meant(self, absences: tuple[Absence, ...], *, is_cut: bool) -> Lack:
        meant = lack(absences, self._version())
        if meant.verdict == "fail" and is_cut and not self.is_whole:
            return Lack("cannot_tell", _("the rest of the configuration: its end is missing"))
        return meant

    def _version(self) -> Version | None:
        if self._known is None:
            self.version = self.version or self._written_version()
            self._known = (version_of(self.version),)
        return self._known[0]

    def _written_version(self) -> str | None:
        wanted = self.engine.grammar.version
        if wanted is None:
            return None
        found = (wanted.match(mark.text) for mark in self.marks if mark.text)
        return next((value for match in found if match for value in match.groups() if value), None)

    def _miss(self, demand: Demand, section: Section, meant: Lack, expression: str) -> None:
        self._record(demand, meant, None if section.index < 0 else section.index, absent=expression)

    def _record(self, demand: Demand, meant: Lack, index: int | None = None, *, absent: str = "") -> None:
        if meant.verdict == "pass":
            return
        if meant.verdict == "fail":
            self.failed |= demand.place
        else:
            self.unclear |= demand.place
        line, evidence = 0, ""
        section: tuple[str, ...] = ()
        if index is not None:
            line, evidence = index + 1, self.engine.judge.shown(self.marks[index])
            section = self._opened(index) if absent else self._around(index)
        verdict: Wrong = "fail" if meant.verdict == "fail" else "cannot_tell"
        fault = self.engine.fault(demand, verdict, evidence, section, absent, meant.missing)
        self.found.append((line, demand.id, fault))

    def _opened(self, index: int) -> tuple[str, ...]:
        """The path to the section that a line opens, with the line itself."""
        known = self._paths.get(index)
        if known is None:
            known = self._paths[index] = (*self._around(index), self.engine.judge.shown(self.marks[index]))
        return known

    def _around(self, index: int) -> tuple[str, ...]:
        margin = HEAD if self.engine.grammar.heads else 0
        innermost = next(path_of(self.marks, index, margin), None)
        return () if innermost is None else self._opened(innermost)
