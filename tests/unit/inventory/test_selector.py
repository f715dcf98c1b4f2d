"""Selectors: terms, globs, alternatives, negation, and what is refused."""

import pytest

from yiwang.core.errors import UsageError
from yiwang.inventory.selector import parse_selector

FACTS = {
    "name": ("exchange-410621-1",),
    "kind": ("nodes", "node"),
    "county": ("410621", "浚县"),
    "region": ("410600", "鹤壁市", "410621", "浚县"),
    "role": ("exchange", "monitor"),
    "zone": ("extranet",),
}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("", True),
        ("county=410621", True),
        ("county=浚县,role=exchange", True),
        ("county=410621,role=database", False),
        ("role=database|exchange", True),
        ("role!=database", True),
        ("role!=exchange", False),
        ("exchange-*", True),
        ("name=exchange-4106??-1", True),
        ("region=410600", True),
        ("region=4107*", False),
        ("township=410621101", False),
        ("township!=410621101", True),
        ("kind=node, zone=extranet", True),
    ],
)
def test_an_object_is_selected_when_every_term_holds(selector: str, expected: bool) -> None:
    assert parse_selector(selector).matches(FACTS) is expected


@pytest.mark.parametrize(("selector", "code"), [("rol=exchange", "E1020"), ("role=", "E1021"), ("role=|", "E1021")])
def test_a_selector_that_could_only_match_nothing_is_refused(selector: str, code: str) -> None:
    with pytest.raises(UsageError, match=code):
        parse_selector(selector)
