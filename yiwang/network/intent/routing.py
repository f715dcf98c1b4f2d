"""A device's routes: the same meaning as the rehearsal lab and the component ``router`` give to a declaration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device
from yiwang.inventory.model.device import BgpNeighbour
from yiwang.network.intent.model import (
    BgpIntent,
    OspfIntent,
    Peer,
    PortIntent,
    PrefixList,
    RoutingIntent,
    StaticRoute,
)
from yiwang.network.intent.neighbours import Neighbours

WHOLE, OWN = "ESTATE", "OWN"


def routing_of(device: Device, ports: Iterable[PortIntent], neighbours: Neighbours) -> RoutingIntent:
    """Routing of one device; ``ports`` are its own."""
    ports = tuple(ports)
    bgp = _bgp(device, ports, neighbours)
    dropped = [StaticRoute(network, None) for network in bgp.networks] if bgp else []
    return RoutingIntent(
        router_id=device.routing.router_id or device.management,
        ospf=_ospf(device, ports),
        bgp=bgp,
        static=(*dropped, *(StaticRoute(each.to, each.via) for each in device.routing.static)),
    )


def _ospf(device: Device, ports: tuple[PortIntent, ...]) -> OspfIntent | None:
    declared = device.routing.ospf
    if declared is None:
        return None
    networks = tuple(dict.fromkeys(port.address.network for port in ports if port.address and not port.vrf))
    return OspfIntent(declared.process, str(IPv4Address(int(declared.area))), networks, device.protection.ospf_key)


def _bgp(device: Device, ports: tuple[PortIntent, ...], neighbours: Neighbours) -> BgpIntent | None:
    estate = neighbours.estate
    as_number = as_number_of(estate, device)
    if not device.routing.bgp or as_number is None:
        return None
    networks = pools_of(estate, device)
    connected = (port.address.network for port in ports if port.address and not port.vrf)
    lists = {
        WHOLE: PrefixList(WHOLE, tuple(_whole(estate))),
        OWN: PrefixList(OWN, networks or tuple(collapse_addresses(connected))),
    }
    peers = []
    for declared in device.routing.bgp:
        peer = _peer(device, declared, neighbours, lists)
        peers.append(peer)
    used = {name for peer in peers for name in (peer.accepts, peer.announces)}
    return BgpIntent(as_number, tuple(peers), networks, tuple(each for each in lists.values() if each.name in used))


def _peer(device: Device, declared: BgpNeighbour, neighbours: Neighbours, lists: dict[str, PrefixList]) -> Peer:
    """From a device below only its own pools are taken, and it is told everything; anybody else is told ours."""
    accepts, announces = WHOLE, OWN
    found = neighbours.device_with(declared.address)
    if found and _is_below(neighbours.estate, found[1], device):
        announces = WHOLE
        if pools := pools_of(neighbours.estate, found[1]):
            accepts = f"OF-{found[0].upper()}"
            lists[accepts] = PrefixList(accepts, pools)
    return Peer(
        address=declared.address,
        as_number=declared.as_number,
        description=declared.description,
        password=declared.password or device.protection.bgp_key,
        accepts=accepts,
        announces=announces,
    )


def _is_below(estate: Estate, other: Device, device: Device) -> bool:
    return other.region != device.region and device.region in estate.region_chain(other.region)


def _whole(estate: Estate) -> Iterator[IPv4Network]:
    yield from collapse_addresses([estate.addressing.extranet, *estate.addressing.blocks.values()])


def as_number_of(estate: Estate, device: Device) -> int | None:
    """The device's own, else that of the nearest region that has one."""
    if device.routing.as_number:
        return device.routing.as_number
    numbers = [estate.regions[each].as_number for each in estate.region_chain(device.region)]
    return next((number for number in reversed(numbers) if number), None)


def pools_of(estate: Estate, device: Device) -> tuple[IPv4Network, ...]:
    """What a device says over BGP that it leads to: the pools of the nearest region that has any."""
    pools = [estate.regions[each].pools for each in reversed(estate.region_chain(device.region))]
    nearest = next((each for each in pools if each), {})
    return tuple(dict.fromkeys(nearest.values()))
