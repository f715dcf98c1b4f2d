"""Which packages an estate's nodes need is what their components install."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.deploy.bundle.build import with_base
from yiwang.deploy.bundle.needs import base, needs_of
from yiwang.deploy.registry import Components
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector

ESTATES = Path(__file__).parents[3] / "estates"


@pytest.fixture(scope="module")
def components() -> Components:
    return Components()


@pytest.mark.parametrize(
    ("component", "package"),
    [("mirror", "nginx"), ("dns-time", "unbound"), ("log-server", "zstd"), ("baseline", "auditd")],
)
def test_the_packages_of_each_role_are_named_by_its_component(
    components: Components, component: str, package: str
) -> None:
    estate = load(ESTATES / "platform").require()

    needs = needs_of(estate, parse_selector("base-1"), components)

    assert package in needs[component]


def test_a_component_that_looks_at_the_node_can_be_asked_without_one(components: Components) -> None:
    estate = load(ESTATES / "services").require()

    needs = needs_of(estate, parse_selector("role=database"), components)

    assert "postgresql-common" in needs["database"]


def test_packages_that_are_to_be_absent_are_not_needed(components: Components) -> None:
    estate = load(ESTATES / "platform").require()

    needs = needs_of(estate, parse_selector("base-1"), components)

    assert "telnetd" not in needs["baseline"]


def test_every_bundle_holds_the_base_system_and_what_is_asked_for_besides() -> None:
    whole = with_base({"mirror": ("nginx",)}, ("tree",))

    assert set(base()) < set(whole)
    assert whole["mirror"] == ("nginx",)
    assert whole["more"] == ("tree",)
