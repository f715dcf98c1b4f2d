"""Trying a rule on its own fixtures: what must pass passes, what must fail fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yiwang.network.audit.engine import Engine
from yiwang.network.audit.program import compiled
from yiwang.network.audit.report import Report
from yiwang.network.configuration.table import grammar_of
from yiwang.network.fleet.fixture import tried
from yiwang.network.platforms.model import Platform
from yiwang.network.rules.load import RuleBook
from yiwang.network.rules.requirement import Verdict
from yiwang.network.rules.rule import Check


@dataclass(frozen=True, slots=True)
class Trial:
    """One fixture of a rule on one platform, and what came of it; ``got`` is empty where the rule did not apply."""

    rule: str
    platform: str
    number: int
    fixture: str
    wanted: Verdict
    got: str

    @property
    def is_right(self) -> bool:
        """Whether the verdict is what the rule's author meant."""
        return self.got == self.wanted


def trials(book: RuleBook, platforms: Mapping[str, Platform]) -> Iterator[Trial]:
    """Every fixture of every rule, tried alone."""
    for id, rule in book.rules.items():
        alone = RuleBook({id: rule}, book.sources)
        for check in rule.checks:
            for platform in (each for each in check.platforms if each in platforms):
                engine = Engine(compiled(alone, platform), grammar_of(platforms[platform]))
                for number, (wanted, fixture) in enumerate(_fixtures(check), 1):
                    if any(each.fleet for each in check.require):
                        got = tried(engine, fixture, platforms)
                    else:
                        got = trial(engine, fixture).verdicts.get(id, "")
                    yield Trial(id, platform, number, fixture, wanted, got)


def trial(engine: Engine, fixture: str) -> Report:
    """A fixture's report; it counts as whole although it shows only what matters."""
    return engine.audit("fixture", fixture, is_whole=True)


def _fixtures(check: Check) -> Iterator[tuple[Verdict, str]]:
    yield from (("pass", each) for each in check.passes)
    yield from (("fail", each) for each in check.fails)
    yield from (("cannot_tell", each) for each in check.unclear)
