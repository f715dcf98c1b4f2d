"""The way to a declared node or device as plain data with references, and as an endpoint with its secrets opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.deploy.design import NO_NODE
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import DeployError
from yiwang.inventory.model import Node
from yiwang.inventory.reach import find_reach

if TYPE_CHECKING:
    from yiwang.deploy.component import Secrets
    from yiwang.inventory.estate import Estate

NO_ADDRESS = code(
    "E2055", N_("{name} has no address to connect to"), N_("declare one under addresses: or connection: host:")
)
CIRCLE = code("E2056", N_("the way to {name} goes in a circle: {way}"), N_("correct connection: via: of one of them"))


def way_to(estate: Estate, name: str) -> dict[str, Any]:
    """How a node or device is reached, jump hosts included: plain data with references to secrets only.

    Raises:
        NotFoundError: there is none of that name (E2050).
        DeployError: it has no address (E2055), or its jump hosts form a circle (E2056).
    """
    return _hop(estate, name, ())


def _hop(estate: Estate, name: str, before: tuple[str, ...]) -> dict[str, Any]:
    if name in before:
        raise DeployError(CIRCLE, name=before[0], way=" → ".join((*before, name)))
    reach = find_reach(estate, name)
    if reach is None:
        raise NotFoundError(NO_NODE, name=name, suggestion=suggestion(name, (*estate.nodes, *estate.devices)))
    if not reach.host:
        raise DeployError(NO_ADDRESS, name=name)
    target = reach.target
    account = target.connection if isinstance(target, Node) else target.credentials
    via = [_hop(estate, reach.via, (*before, name))] if reach.via and reach.via in estate.nodes else []
    return {
        "name": name,
        "host": reach.host,
        "port": reach.port,
        "user": reach.user,
        "host_keys": list(reach.host_keys),
        "private_key": getattr(account, "private_key", None) or "",
        "password": account.password or "",
        "via": via,
    }


def endpoint_of(way: Mapping[str, Any], secrets: Secrets) -> Endpoint:
    """The endpoint of a way, with its secrets opened at this last moment.

    Raises:
        VaultError, NotFoundError: a secret cannot be opened.
    """
    hops = []
    here: Mapping[str, Any] | None = way
    while here and here["via"]:
        here = here["via"][0]
        hops.append(_endpoint(here, (), secrets))
    # The nearest jump host comes first; ours lead from the target back to us.
    return _endpoint(way, tuple(reversed(hops)), secrets)


def _endpoint(way: Mapping[str, Any], via: tuple[Endpoint, ...], secrets: Secrets) -> Endpoint:
    return Endpoint(
        name=way["name"],
        host=way["host"],
        port=way["port"],
        user=way["user"],
        host_keys=tuple(way["host_keys"]),
        via=via,
        private_key=secrets(way["private_key"]) if way["private_key"] else None,
        password=secrets(way["password"]) if way["password"] else None,
        sudo=True,
    )
