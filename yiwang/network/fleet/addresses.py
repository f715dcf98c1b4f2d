"""Addresses and router ids that two devices have, and addresses that the plan gave to somebody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network

from yiwang.core.i18n import _
from yiwang.inventory.estate import Estate
from yiwang.network.fleet.fleet import Difference, Fleet, listed
from yiwang.network.fleet.port import is_same_port
from yiwang.network.fleet.view import Address, DeviceView, Port, Spot

Place = tuple[str, str, Spot]
"""Device, port or nothing, and line."""


def duplicate_addresses(fleet: Fleet) -> Iterator[Difference]:
    """Two ports in one routing instance with the same address; ports that are shut do not count."""
    places: dict[tuple[str, IPv4Address], list[Place]] = defaultdict(list)
    for view, port, address in _addresses(fleet):
        places[port.vrf, address.interface.ip].append((view.device, port.name, address.spot))
    yield from _shared(places.values())


def duplicate_router_ids(fleet: Fleet) -> Iterator[Difference]:
    """Two devices with the same router id, whatever the protocol."""
    places: dict[str, list[Place]] = defaultdict(list)
    for view in fleet.views.values():
        for value in view.router_ids:
            places[value.text].append((view.device, "", value.spot))
    yield from _shared(found for found in places.values() if len({device for device, _port, _spot in found}) > 1)


def _shared(groups: Iterable[list[Place]]) -> Iterator[Difference]:
    for places in groups:
        if len(places) > 1:
            for place in places:
                device, _port, spot = place
                others = [_named(other) for other in places if other is not place]
                yield Difference(device, spot, _("also at {others}").format(others=listed(others)))


def _named(place: Place) -> str:
    device, port, spot = place
    return f"{device} {port}:{spot.line}" if port else f"{device}:{spot.line}"


def _addresses(fleet: Fleet) -> Iterator[tuple[DeviceView, Port, Address]]:
    for view in fleet.views.values():
        for port in (each for each in view.ports if not each.is_shut):
            for address in port.addresses:
                yield view, port, address


def unplanned_addresses(fleet: Fleet) -> Iterator[Difference]:
    """Addresses that are not those declared for the port, or lie in a block of which another region has the part."""
    estate = fleet.around.estate
    if estate is None:
        return
    blocks = tuple(estate.addressing.blocks.values())
    pools = {code: _pools(estate, code) for code in {device.region for device in estate.devices.values()}}
    for view, port, address in _addresses(fleet):
        if view.device in estate.devices:
            told = _unplanned(estate, view.device, port, address, (blocks, pools))
            if told:
                yield Difference(view.device, address.spot, told)


def _unplanned(
    estate: Estate,
    name: str,
    port: Port,
    address: Address,
    plan: tuple[Sequence[object], Mapping[str, Sequence[IPv4Network]]],
) -> str:
    device, own = estate.devices[name], address.interface
    declared = next((each.address for key, each in device.interfaces.items() if is_same_port(key, port.name)), None)
    if declared is not None and all(each.interface != declared for each in port.addresses):
        return _("declared: {address}").format(address=declared)
    if own == declared or own.ip == device.management:
        return ""
    blocks, pools = plan
    is_ours = any(isinstance(block, IPv4Network) and own.ip in block for block in blocks)
    if is_ours and not any(own.ip in pool for pool in pools[device.region]):
        return _("not in a pool of {region}").format(region=estate.regions[device.region].title)
    return ""


def _pools(estate: Estate, code: str) -> tuple[IPv4Network, ...]:
    """The pools of a region and of those above it that are carved, the estate's own aside."""
    chain = estate.region_chain(code)
    own = estate.regions.get(code)
    county = next((estate.regions[each] for each in chain if estate.regions[each].level == "county"), own)
    # A region's lines and loopbacks come from its county's pools; what has no county, from its own.
    regions = [each for each in (own, county) if each]
    found = [pool for region in regions for pool in region.pools.values() if isinstance(pool, IPv4Network)]
    if not found or (own and own.level in ("city", "province")):
        found += [block for block in estate.addressing.blocks.values() if isinstance(block, IPv4Network)]
    return tuple(found)
