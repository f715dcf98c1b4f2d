"""A device's interfaces and routing instances as its declaration, its links and its zones ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from yiwang.inventory.model import Device, End, Interface
from yiwang.network.intent.model import Gateway, Origin, OspfPort, PortIntent, VrfIntent
from yiwang.network.intent.neighbours import Neighbours
from yiwang.network.intent.table import IntentTable

PAIR_LENGTHS = (30, 31)


def ports_of(name: str, device: Device, neighbours: Neighbours, table: IntentTable) -> Iterator[PortIntent]:
    """Every port, the loopback with the management address last unless it is declared."""
    for port, declared in device.interfaces.items():
        is_loopback = bool(table.is_loopback.match(port))
        across = neighbours.across(name, port)
        yield PortIntent(
            name=port,
            description=declared.description or _leads_to(across, declared),
            is_enabled=declared.enabled,
            is_loopback=is_loopback,
            vrf=declared.vrf or "",
            mtu=declared.mtu,
            address=declared.address,
            ospf=None if is_loopback else _ospf(device, port, declared, across, neighbours),
            filter=filter_name(declared.zone) if declared.zone and declared.address and table.filters else "",
            origin=_origin(declared, is_loopback=is_loopback),
            gateway=_gateway(declared),
        )
    if device.management and table.loopback not in device.interfaces:
        address = IPv4Interface(device.management)
        yield PortIntent(table.loopback, "", is_loopback=True, address=address, ospf=_silent(device))


def filter_name(zone: str) -> str:
    """What the filter of a zone is called."""
    return f"FROM-{zone.upper()}"


def _leads_to(across: End | None, declared: Interface) -> str:
    if across:
        return f"to {across.owner} {across.interface}"
    return f"zone {declared.zone}" if declared.zone else "no declared link"


def _ospf(
    device: Device, port: str, declared: Interface, across: End | None, neighbours: Neighbours
) -> OspfPort | None:
    if device.routing.ospf is None or declared.address is None or declared.vrf:
        return None
    is_passive = port in device.routing.ospf.passive or not neighbours.is_router(across)
    is_pair = declared.address.network.prefixlen in PAIR_LENGTHS
    algorithm = neighbours.algorithm(device, across) if across and not is_passive else None
    return OspfPort(is_passive, is_pair, algorithm)


def _silent(device: Device) -> OspfPort | None:
    return OspfPort(is_passive=True, is_pair=False, algorithm=None) if device.routing.ospf else None


def _origin(declared: Interface, *, is_loopback: bool) -> Origin:
    """Hosts must send from their own network; a line between routers may carry whatever there is a route to."""
    if is_loopback or declared.address is None:
        return ""
    return "strict" if declared.zone else "loose"


def _gateway(declared: Interface) -> Gateway | None:
    shared = declared.vrrp
    return Gateway(shared.group, shared.address, shared.priority) if shared else None


def vrfs_of(device: Device) -> Iterator[VrfIntent]:
    """Every routing instance; one without a declared distinguisher gets one from the router's id and its place."""
    router_id = device.routing.router_id or device.management
    for place, (name, declared) in enumerate(device.vrfs.items(), 1):
        yield VrfIntent(name, declared.rd or f"{router_id or 0}:{place}")
