"""Addresses: none twice, none that a network keeps for itself, lines and gateways that fit together."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.addressing.space import Block, dotted
from yiwang.inventory.addressing.usage import Holder, holders
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.checks.pools import check_pools
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Link

TWICE = code(
    "E1315",
    N_('the address {address} is already that of "{other}"'),
    N_("give one of the two another address; `yiwang inventory addresses --allocate` chooses free ones"),
)
NOT_A_HOST = code(
    "E1316",
    N_("{address} is the first or last address of {network}, which the network keeps for itself"),
    N_("choose an address between them"),
)
SAME_CONNECTION = code(
    "E1317",
    N_('"{other}" is reached through the same address and port, {target}'),
    N_("correct `connection:` of one of the two: Yiwang would set up one host twice and the other not at all"),
)
LINK_APART = code(
    "E1318",
    N_("the two ends are in different networks: {first} and {second}"),
    N_("give both ports addresses of one network, a /31 between devices"),
)
LINK_WIDE = code(
    "E1319",
    N_("the line between two devices takes a /{prefix}"),
    N_("a /31 is enough for two ends"),
)
GATEWAY_APART = code(
    "E1320",
    N_("the gateway {gateway} is in none of the node's networks"),
    N_("write the router's address in {networks}"),
)
GATEWAY_SELF = code(
    "E1321",
    N_("the gateway {gateway} is the node's own address"),
    N_("write the router's address"),
)

POINT_TO_POINT = 31


def check(estate: Estate) -> Iterator[Finding]:
    """Doubles, reserved addresses, connections, lines, gateways, pools."""
    used = list(holders(estate))
    yield from _doubles(estate, used)
    yield from _reserved(estate, used)
    yield from _connections(estate)
    yield from _lines(estate, used)
    yield from _gateways(estate)
    yield from check_pools(estate, used)


def _doubles(estate: Estate, used: list[Holder]) -> Iterator[Finding]:
    first: dict[tuple[str, int], Holder] = {}
    for holder in used:
        other = first.setdefault((holder.vrf, holder.address), holder)
        # A device may repeat its management address on the loopback that carries it.
        if other is not holder and (other.name != holder.name or other.kind == "nodes"):
            values = {"address": dotted(holder.address), "other": other.name}
            yield finding(estate, TWICE, "error", (holder.kind, holder.name, *holder.path), **values)


def _reserved(estate: Estate, used: list[Holder]) -> Iterator[Finding]:
    for holder in used:
        if holder.prefix < POINT_TO_POINT:
            network = holder.network
            if holder.address in (network.first, network.end - 1):
                values = {"address": dotted(holder.address), "network": network}
                yield finding(estate, NOT_A_HOST, "error", (holder.kind, holder.name, *holder.path), **values)


def _connections(estate: Estate) -> Iterator[Finding]:
    first: dict[tuple[str, int, str | None], str] = {}
    for name, node in estate.nodes.items():
        way = node.connection
        if way.host:
            other = first.setdefault((way.host, way.port, way.via), name)
            if other != name:
                values = {"other": other, "target": f"{way.host}:{way.port}"}
                yield finding(estate, SAME_CONNECTION, "error", ("nodes", name, "connection", "host"), **values)


def _lines(estate: Estate, used: list[Holder]) -> Iterator[Finding]:
    ports: dict[tuple[str, str], list[Block]] = {}
    for holder in used:
        if holder.path[0] != "management":
            port = holder.path[1] if holder.kind == "devices" else ""
            ports.setdefault((holder.name, port), []).append(holder.network)
    for name, link in estate.links.items():
        yield from _line(estate, name, link, ports)


def _line(estate: Estate, name: str, link: Link, ports: dict[tuple[str, str], list[Block]]) -> Iterator[Finding]:
    networks = [ports.get((end.owner, "" if end.owner in estate.nodes else end.interface), []) for end in link.ends]
    if not all(networks) or any(_is_router(estate, end.owner) for end in link.ends):
        return
    shared = set(networks[0]) & set(networks[1])
    if not shared:
        shown = [", ".join(map(str, each)) for each in networks]
        yield finding(estate, LINK_APART, "error", ("links", name, "ends"), first=shown[0], second=shown[1])
    elif all(end.owner in estate.devices for end in link.ends):
        prefix = min(each.prefix for each in shared)
        if prefix < POINT_TO_POINT:
            yield finding(estate, LINK_WIDE, "advice", ("links", name, "ends"), prefix=prefix)


def _is_router(estate: Estate, name: str) -> bool:
    # Its component gives the ports beyond the first their addresses.
    return name in estate.nodes and "router" in estate.nodes[name].roles


def _gateways(estate: Estate) -> Iterator[Finding]:
    for name, node in estate.nodes.items():
        if node.gateway is None or not node.addresses:
            continue
        gateway = int(node.gateway)
        at = ("nodes", name, "gateway")
        if gateway in map(int, node.addresses.values()):
            yield finding(estate, GATEWAY_SELF, "error", at, gateway=node.gateway)
        elif not any(node.gateway in each.network for each in node.addresses.values()):
            networks = ", ".join(str(each.network) for each in node.addresses.values())
            yield finding(estate, GATEWAY_APART, "error", at, gateway=node.gateway, networks=networks)
