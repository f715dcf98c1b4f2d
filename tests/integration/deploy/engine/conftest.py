"""A real node of the lab, as the engine sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from yiwang.core.validation import Declared
from yiwang.core.vault.secret import Secret
from yiwang.deploy.component import Component, Secrets
from yiwang.deploy.engine.channel import Channel
from yiwang.deploy.engine.check import Tools
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.registry import Components
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

HARDENING = Path(__file__).parents[4] / "benchmarks" / "provisioning"
SECRET = Secret("correct horse battery staple")

Trial = tuple[Specification, Tools]
Make = Callable[..., Trial]


class NoValues(Declared):
    """A component without values."""


@pytest.fixture
def endpoint(lab_estate: Lab, lab_node: Machine) -> Endpoint:
    """The node over the lab's management network."""
    host = lab_node.host
    key = Secret(lab_estate.folder.operator_key.read_text())
    return Endpoint(host.name, host.management, 22, host.user, (host.host_key,), private_key=key, sudo=True)


@pytest.fixture
def channel(endpoint: Endpoint) -> Any:
    """A connection to the node."""
    opened = Channel(endpoint)
    yield opened
    opened.close()


@pytest.fixture
def hardening(endpoint: Endpoint) -> tuple[Specification, Tools]:
    """The 25 hardening steps."""
    tools = Tools(Components(HARDENING), lambda reference: SECRET)
    return Specification(endpoint.name, (tools.components.part("hardening", {}),)), tools


@pytest.fixture
def make(endpoint: Endpoint, tmp_path: Path) -> Make:
    """A specification of one component that is deployed by a function."""

    def made(deploy: Callable[[Secrets], None]) -> tuple[Specification, Tools]:
        component = Component("trial", "trial", NoValues, lambda spec, secrets: deploy(secrets))
        tools = Tools(Components(more={component: tmp_path}), lambda reference: SECRET)
        return Specification(endpoint.name, (tools.components.part("trial", {}),)), tools

    return made
