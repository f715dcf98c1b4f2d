"""What a declared node is to be: the components and playbooks of its roles, with values that follow from the estate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.deploy.engine.specification import Part, Specification
from yiwang.deploy.playbooks.inventory import values_of

if TYPE_CHECKING:
    from yiwang.deploy.engine.check import Tools
    from yiwang.deploy.registry import Components
    from yiwang.inventory.estate import Estate

NO_NODE = code("E2050", N_('there is no node "{name}"{suggestion}'), N_("`yiwang inventory list` shows what there is"))

FIRST = "baseline"
"""The role that every node has, whatever else it declares."""


@dataclass(frozen=True, slots=True)
class Design:
    """What a node is to be: its components, and the playbooks that run after them."""

    specification: Specification
    playbooks: tuple[Part, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON-able data."""
        more = {"playbooks": [part.plain() for part in self.playbooks]} if self.playbooks else {}
        return {**self.specification.plain(), **more}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Design:
        """From JSON-able data."""
        return cls(Specification.from_plain(data), tuple(Part(**part) for part in data.get("playbooks", ())))


def design_of(estate: Estate, name: str, tools: Tools) -> Design:
    """What a node is to be; the same estate and files always give the same.

    Raises:
        NotFoundError: there is no such node (E2050).
        DeployError: a role names an unknown component (E2010) or playbook (E2070, E2071), or its values do
            not fit (E2013).
    """
    specification = specification_of(estate, name, tools.components)
    named = dict(_playbooks(estate, name))
    values = values_of(estate, name) if named else {}
    places = {path: estate.position("roles", role, "playbooks", index) for path, (role, index) in named.items()}
    parts = (tools.playbooks.part(path, values, role=role, position=places[path]) for path, (role, _) in named.items())
    return Design(specification, tuple(parts))


def _playbooks(estate: Estate, name: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Each playbook of a node's roles, with the place where it is named."""
    for role in (FIRST, *estate.nodes[name].roles):
        if role in estate.roles:
            yield from ((path, (role, index)) for index, path in enumerate(estate.roles[role].playbooks))


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
