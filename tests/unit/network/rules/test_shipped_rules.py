"""Every rule that ships does on its own fixtures what its author meant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from yiwang.network.audit.engine import Engine
from yiwang.network.audit.program import compiled
from yiwang.network.audit.trial import trials
from yiwang.network.configuration.table import grammar_of
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.platforms.model import Platform
from yiwang.network.rules.load import RuleBook, shipped_rules

BOOK = shipped_rules()


@cache
def platforms() -> Mapping[str, Platform]:
    return Platforms().all()


@pytest.mark.parametrize("id", BOOK.rules)
def test_a_rule_passes_what_must_pass_and_fails_what_must_fail(id: str) -> None:
    alone = RuleBook({id: BOOK.rules[id]}, BOOK.sources)

    tried = list(trials(alone, platforms()))

    assert {each.wanted for each in tried} >= {"pass", "fail"}
    assert [(each.platform, each.fixture, each.got) for each in tried if not each.is_right] == []


def test_every_platform_that_a_rule_names_is_there() -> None:
    named = {platform for rule in BOOK.rules.values() for check in rule.checks for platform in check.platforms}

    assert named <= set(Platforms().names)


def test_no_rule_checks_a_platform_twice() -> None:
    for id, rule in BOOK.rules.items():
        named = [platform for check in rule.checks for platform in check.platforms]

        assert len(named) == len(set(named)), id


def test_a_fixture_that_fails_does_so_among_all_rules_too() -> None:
    engines = {
        name: Engine(compiled(BOOK, name), grammar)
        for name, grammar in ((name, grammar_of(each)) for name, each in platforms().items())
    }
    for id, rule in BOOK.rules.items():
        # What is compared across devices does not show in one of them.
        for check in (each for each in rule.checks if not any(one.fleet for one in each.require)):
            for platform in check.platforms:
                report = engines[platform].audit("fixture", check.fails[0], is_whole=True)

                assert report.verdicts[id] == "fail", (id, platform)
