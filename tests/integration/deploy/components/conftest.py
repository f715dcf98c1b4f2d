"""Real nodes with the components that are tried on them, as the engine makes them so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.apply import Applied, Order, apply
from yiwang.deploy.engine.check import Checked, Tools, check
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.registry import Components
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import lab_name, raised_lab
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

PLATFORM = Path(__file__).parents[3] / "estates" / "platform"
Values = Mapping[str, Mapping[str, Any]]
NONE: Values = MappingProxyType({})


@dataclass(frozen=True)
class Bench:
    """The nodes of a lab, and components to make of them what the estate declares.

    ``secrets`` are those that components open, by their reference; ``values`` beside the node's own ``vars``,
    by component.
    """

    lab: Lab
    estate: Estate
    secrets: Mapping[str, str] = field(default_factory=dict)
    components: Components = field(default_factory=Components)

    def node(self, name: str) -> Machine:
        return self.lab.machine(name)

    def endpoint(self, name: str) -> Endpoint:
        host = self.node(name).host
        key = Secret(self.lab.folder.operator_key.read_text())
        return Endpoint(name, host.management, 22, host.user, (host.host_key,), private_key=key, sudo=True)

    def specification(self, name: str, components: tuple[str, ...], values: Values = NONE) -> Specification:
        def part(component: str) -> Any:
            derived = self.components.find(component).component.derive(self.estate, name)
            own = self.estate.nodes[name].vars.get(component, {})
            return self.components.part(component, {**derived, **own, **values.get(component, {})})

        return Specification(name, tuple(map(part, components)))

    @property
    def tools(self) -> Tools:
        return Tools(self.components, lambda reference: Secret(self.secrets[reference]))

    def check(self, name: str, *components: str, values: Values = NONE) -> Checked:
        return check(self.endpoint(name), self.specification(name, components, values), self.tools)

    def apply(self, name: str, *components: str, values: Values = NONE) -> Applied:
        applied = apply(
            self.endpoint(name), self.specification(name, components, values), self.tools, Order(f"test-{name}")
        )
        assert applied.is_done, f"{applied.failure}\n" + "\n".join(applied.tail)
        return applied

    def changes(self, name: str, *components: str, values: Values = NONE) -> list[str]:
        """What a check would change now, for people."""
        return [f"{each.component}: {each.title}" for each in self.check(name, *components, values=values).changes]


@pytest.fixture(scope="session")
def bench() -> Callable[..., Bench]:
    """Makes a bench of a lab that is up: ``bench(lab, estate, secrets)``."""
    return Bench


ROLES = {
    "base-1": ("baseline", "mirror", "dns-time", "log-server"),
    "bastion-1": ("baseline", "bastion"),
    "desk-1": ("baseline", "service-point"),
    "exchange-1": ("baseline",),
    "web-1": ("baseline",),
}


@pytest.fixture(scope="session")
def platform() -> Iterator[Bench]:
    """A city's and a township's nodes with their components, after one apply each."""
    estate = load(PLATFORM).require()
    for lab in raised_lab(estate, Request(lab_name("platform"))):
        made = Bench(lab, estate)
        for name, components in ROLES.items():
            made.apply(name, *components)
        yield made


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> tuple[str, tuple[str, ...]]:
    """Each node of the platform with its components."""
    return request.param, ROLES[request.param]
