"""What a declared node is to be: the components of its roles, with the values that follow from the estate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.deploy.engine.specification import Specification

if TYPE_CHECKING:
    from yiwang.deploy.registry import Components
    from yiwang.inventory.estate import Estate

NO_NODE = code("E2050", N_('there is no node "{name}"{suggestion}'), N_("`yiwang inventory list` shows what there is"))

FIRST = "baseline"
"""The role that every node has, whatever else it declares."""


def specification_of(estate: Estate, name: str, components: Components) -> Specification:
    """What a node is to be; the same estate always gives the same.

    Raises:
        NotFoundError: there is no such node (E2050).
        DeployError: a role names an unknown component (E2010), or its values do not fit (E2013).
    """
    if name not in estate.nodes:
        raise NotFoundError(NO_NODE, name=name, suggestion=suggestion(name, estate.nodes))
    parts = tuple(
        components.part(component, _values(estate, name, component, components))
        for component in components_of(estate, name)
    )
    return Specification(name, parts)


def components_of(estate: Estate, name: str) -> tuple[str, ...]:
    """The components of a node's roles, each once, in the order in which they are applied."""
    return tuple(dict.fromkeys(_of_roles(estate, (FIRST, *estate.nodes[name].roles))))


def _of_roles(estate: Estate, roles: tuple[str, ...]) -> Iterator[str]:
    for role in roles:
        if role in estate.roles:
            yield from estate.roles[role].components


def _values(estate: Estate, name: str, component: str, components: Components) -> dict[str, Any]:
    derived = components.find(component).component.derive(estate, name)
    own = estate.nodes[name].vars.get(component, {})
    return {**derived, **(own if isinstance(own, dict) else {})}
