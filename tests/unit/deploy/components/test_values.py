"""The values of components: described, and derivable for every node of every example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from yiwang.deploy.registry import Components
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load

ROOT = Path(__file__).parents[4]
EXAMPLES = ("guiyang", "hebi", "suqian", "xinxiang", "ziyang")
BY_ROLE = {name: name for name in ("mirror", "dns-time", "log-server", "bastion", "service-point")}
OURS = ("baseline", *BY_ROLE)


@pytest.fixture(scope="module")
def components() -> Components:
    return Components()


@pytest.fixture(scope="module", params=EXAMPLES)
def estate(request: pytest.FixtureRequest) -> Estate:
    return load(ROOT / "examples" / request.param).require()


def test_every_node_of_an_example_has_values_that_its_components_take(components: Components, estate: Estate) -> None:
    for name, node in estate.nodes.items():
        for component in ("baseline", *(BY_ROLE[role] for role in node.roles if role in BY_ROLE)):
            derived = components.find(component).component.derive(estate, name)

            part = components.part(component, derived)

            assert part.component == component


@pytest.mark.parametrize("name", OURS)
def test_every_value_is_described_and_every_clause_is_one(components: Components, name: str) -> None:
    component = components.find(name).component

    assert all(field.description for field in component.spec.model_fields.values())
    assert component.clauses
    assert all(re.fullmatch(r"8\.1\.[3-5]\.\d+", clause) for clause in component.clauses)


def test_the_same_estate_gives_the_same_values(components: Components, estate: Estate) -> None:
    derive = components.find("baseline").component.derive

    for name in list(estate.nodes)[:5]:
        assert derive(estate, name) == derive(estate, name)
