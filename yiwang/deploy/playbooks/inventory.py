"""The estate as Ansible's inventory of one node: plain data without secrets, which a plan can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yiwang.inventory.exports.ansible import host_variables
from yiwang.inventory.reach import group_names, reach_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yiwang.inventory.estate import Estate
    from yiwang.inventory.reach import Reach

WAY = {"ansible_connection": "yiwang_node"}
"""Through the connection that we hold."""
# How the node is reached is not the playbook's business.
LEFT_OUT = ("ansible_ssh_common_args", "ansible_port")
RESERVED = ("all", "ungrouped")


def values_of(estate: Estate, name: str) -> dict[str, Any]:
    """The variables and groups of a node."""
    reach = reach_of(estate, "nodes", name, estate.nodes[name])
    variables = {key: value for key, value in host_variables(estate, reach).items() if key not in LEFT_OUT}
    return {"vars": variables, "groups": list(dict.fromkeys(_groups(estate, reach)))}


def _groups(estate: Estate, reach: Reach) -> Iterator[str]:
    """As in the export, and roles and declared groups by their own names too: playbooks ask for `webservers`."""
    yield from group_names(estate, reach)
    for name in (*reach.roles, *estate.memberships.get((reach.kind, reach.name), ())):
        plain = name.replace("-", "_")
        if plain not in (reach.name, *RESERVED):
            yield plain


def inventory(target: str, values: Mapping[str, Any], way: Mapping[str, str]) -> dict[str, Any]:
    """What Ansible is given to read; ``way`` are the variables by which it reaches the node."""
    variables = {**values["vars"], **way}
    groups: dict[str, Any] = {name: {"hosts": {target: {}}} for name in values["groups"]}
    return {"all": {"hosts": {target: variables}, "children": groups}}
