"""Other nodes as a node sees them: by which address, and who names it for a service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device, Node


def address_for(estate: Estate, asker: str, given: str) -> str:
    """Where a node finds what was declared as a node's name or an address: in a zone of its own if it can be."""
    target = estate.nodes.get(given)
    if target is None:
        return given
    for zone in estate.nodes[asker].addresses:
        if zone in target.addresses:
            return str(target.addresses[zone].ip)
    own = target.addresses.get(target.zone) or next(iter(target.addresses.values()), None)
    return str(own.ip) if own else target.connection.host or given


def addresses(nodes: Iterable[Node]) -> list[IPv4Network]:
    """Every address of the nodes, as few networks as they make."""
    return merged(IPv4Network(each.ip) for node in nodes for each in node.addresses.values())


def merged(networks: Iterable[IPv4Network | IPv4Address | str]) -> list[IPv4Network]:
    """The same addresses in as few networks as they make, in order."""
    return list(collapse_addresses(IPv4Network(each) for each in networks))


def with_role(estate: Estate, role: str) -> Iterator[Node]:
    """The nodes of a role."""
    return (node for node in estate.nodes.values() if role in node.roles)


def users_of(estate: Estate, name: str, service: str) -> list[IPv4Network]:
    """Who names a node as its ``ntp``, ``log``, ``dns`` or ``mirror``: the addresses of nodes and devices."""
    own = {name, *(str(each.ip) for each in estate.nodes[name].addresses.values())}
    nodes = [node for other, node in estate.nodes.items() if other != name and own & _named(node, service)]
    devices = [device for device in estate.devices.values() if own & _named(device, service)]
    found = [each.ip for node in nodes for each in node.addresses.values()]
    return merged([*found, *(each for device in devices for each in device_addresses(device))])


def device_addresses(device: Device) -> Iterator[IPv4Address]:
    """Every address that a device may send from; which one it takes depends on its own configuration."""
    ports = (port.address.ip for port in device.interfaces.values() if port.address)
    yield from dict.fromkeys(each for each in (device.management, *ports) if each)


def _named(target: object, service: str) -> set[str]:
    value = getattr(target, service, None) or ()
    return {value} if isinstance(value, str) else set(value)
