"""Rules made ready for one platform: every expression is a bit, every requirement a few masks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from yiwang.core.i18n import _
from yiwang.network.audit.judge import RESERVED
from yiwang.network.audit.version import Version, holds
from yiwang.network.configuration.grammar import MODES
from yiwang.network.rules.load import RuleBook
from yiwang.network.rules.requirement import Absence, Requirement
from yiwang.network.rules.rule import Check, Rule

WHOLE = 0
"""The scope of a requirement on the whole configuration."""


@dataclass(frozen=True, slots=True)
class Lack:
    """An absence that counts: what it means and what one must look at to tell."""

    verdict: str
    missing: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """One requirement of one rule as masks; ``place`` is the bit of its rule."""

    id: str
    rule: Rule
    check: Check
    requirement: Requirement
    place: int
    scope: int
    when: int
    unless: int
    must: tuple[tuple[int, str], ...]
    must_all: int
    must_not: int
    needs_lines: bool
    when_anywhere: int
    unless_anywhere: int
    absent_lack: Lack | None
    """What an absence means where the version does not matter."""

    def applies(self, hits: int, anywhere: int) -> bool:
        """Whether the requirement is about a section with these hits, in a configuration with those anywhere."""
        is_meant = hits & self.when == self.when and not hits & self.unless
        return is_meant and self.applies_to_device(anywhere)

    def applies_to_device(self, anywhere: int) -> bool:
        """Whether the requirement is about a configuration with these hits."""
        return anywhere & self.when_anywhere == self.when_anywhere and not anywhere & self.unless_anywhere


@dataclass(frozen=True)
class Program:
    """All demands of a platform; ``expressions`` maps each expression to its bit."""

    platform: str
    expressions: Mapping[str, int]
    demands: tuple[Demand, ...]
    rules: tuple[str, ...]
    scopes: int
    gates: int
    by_scope: Mapping[int, tuple[Demand, ...]] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> Mapping[Demand, int]:
        """The place of each demand among the demands."""
        return {demand: number for number, demand in enumerate(self.demands)}


class _Bits:
    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def of(self, expression: str) -> int:
        return self.known.setdefault(expression, 1 << (RESERVED + len(self.known)))

    def all(self, expressions: Iterable[str]) -> int:
        found = 0
        for each in expressions:
            found |= self.of(each)
        return found


def compiled(book: RuleBook, platform: str) -> Program:
    """The rules that apply to a platform, as a program."""
    bits = _Bits()
    demands: list[Demand] = []
    rules: list[str] = []
    for id, rule in book.rules.items():
        if check := rule.check_for(platform):
            place = 1 << len(rules)
            rules.append(id)
            demands += (_demand(bits, (id, rule, check), each, place) for each in check.require)
    scopes = gates = 0
    by_scope: dict[int, list[Demand]] = {}
    for demand in demands:
        scopes |= demand.scope
        gates |= demand.when_anywhere | demand.unless_anywhere
        by_scope.setdefault(demand.scope, []).append(demand)
    ordered = {scope: tuple(each) for scope, each in by_scope.items()}
    return Program(platform, bits.known, tuple(demands), tuple(rules), scopes, gates, ordered)


def _demand(bits: _Bits, of: tuple[str, Rule, Check], requirement: Requirement, place: int) -> Demand:
    id, rule, check = of
    must = tuple((bits.of(each), each) for each in requirement.must)
    bits.all(_of_lines(requirement))
    return Demand(
        id,
        rule,
        check,
        requirement,
        place,
        bits.of(requirement.section) if requirement.section else WHOLE,
        bits.all(requirement.when),
        bits.all(requirement.unless),
        must,
        bits.all(requirement.must),
        bits.all(requirement.must_not),
        bool(requirement.count or requirement.order or requirement.last or requirement.names),
        bits.all(requirement.when_anywhere),
        bits.all(requirement.unless_anywhere),
        plain_lack(requirement.absent),
    )


def _of_lines(requirement: Requirement) -> Iterable[str]:
    if requirement.count:
        yield requirement.count.of
    if requirement.order:
        yield from (requirement.order.first, requirement.order.then)
    if requirement.names:
        yield from (*requirement.names.used, *requirement.names.defined)


def lack(absences: tuple[Absence, ...], version: Version | None) -> Lack:
    """What an absence means on a version of the software: the first statement that holds."""
    for each in absences:
        known = holds(version, each.since, each.before)
        if known is None:
            return Lack("cannot_tell", _("the version of its software"))
        if known:
            return Lack(each.means, str(each.missing or ""))
    return Lack("fail")


def plain_lack(absences: tuple[Absence, ...]) -> Lack | None:
    """What an absence means where that is a matter neither of the version nor of the language."""
    first = absences[0] if absences else None
    if first and first.since is None and first.before is None and first.missing is None:
        return Lack(first.means)
    return None


@cache
def expression_search(expression: str) -> Callable[[str], re.Match[str] | None]:
    """The search of an expression as rules mean it."""
    return re.compile(expression, MODES).search
