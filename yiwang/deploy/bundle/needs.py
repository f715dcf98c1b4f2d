"""Which Debian packages the nodes of an estate need: what their components would install on a bare node.

Each component is asked as when a plan is made, on a node in memory that has nothing; so no list of packages
beside the components can be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from yiwang.core.vault.secret import Secret
from yiwang.deploy.design import specification_of
from yiwang.deploy.planning import nodes_of

if TYPE_CHECKING:
    from yiwang.deploy.engine.specification import Specification
    from yiwang.deploy.registry import Components
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.selector import Selector

INSTALL = "apt.packages"
MEMORY_MIB = "2048\n"

Needs = Mapping[str, tuple[str, ...]]
"""Component → the packages that it asks apt for."""


@cache
def base() -> Needs:
    """What every bundle holds, in apt's patterns, by group."""
    table: dict[str, list[str]] = yaml.safe_load((files(__package__) / "base.yaml").read_text(encoding="utf-8"))
    return {group: tuple(names) for group, names in table.items()}


def needs_of(estate: Estate, selector: Selector | None, components: Components) -> Needs:
    """The packages of every component of the selected nodes.

    Raises:
        UsageError: no node is selected (E2057).
        DeployError, NotFoundError: a node is to be what cannot be (E2010-E2014, E2021).
    """
    found: dict[str, set[str]] = {}
    for name in nodes_of(estate, selector):
        for component, packages in asked_for(specification_of(estate, name, components), components):
            found.setdefault(component, set()).update(packages)
    return {component: tuple(sorted(packages)) for component, packages in sorted(found.items())}


def asked_for(specification: Specification, components: Components) -> Iterable[tuple[str, tuple[str, ...]]]:
    """What each component of a node installs, in the order in which it does.

    Raises:
        DeployError: a component cannot be decided (E2021).
    """
    from yiwang.deploy.components.postgresql.tuning import MemoryMib
    from yiwang.deploy.engine.decide import call
    from yiwang.deploy.engine.fake import FakeNode, FakeTransport
    from yiwang.deploy.engine.masking import Masking
    from yiwang.deploy.engine.session import Session
    from yiwang.deploy.engine.target import Target, arguments_of

    node = FakeNode(specification.target, answers={MemoryMib().command(): MEMORY_MIB})
    target = Target(Session(specification.target, FakeTransport(node), Masking()))
    # No secret decides which packages are needed, and who builds a bundle may have no key.
    owners = call(target, specification, components, lambda _reference: Secret("unknown"))
    for op in target.operations:
        operation, arguments = arguments_of(target.operation(op))
        if operation == INSTALL and arguments.get("present", True):
            yield owners[op], _names(arguments["packages"])


def _names(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(str(each) for each in given or ())
