"""Who can reach a device's SNMP agent."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from yiwang.core.i18n import _
from yiwang.inventory.estate import Estate
from yiwang.network.fleet.fleet import Difference, Fleet
from yiwang.network.fleet.view import DeviceView, SnmpAccess

POOL = "management"


def open_snmp(fleet: Fleet) -> Iterator[Difference]:
    """SNMP that answers others than the management block and hosts of the estate."""
    estate = fleet.around.estate
    if estate is None:
        return
    allowed = _allowed(estate)
    for view in fleet.views.values():
        for access in view.snmp:
            yield from _access(view, access, allowed)


def _allowed(estate: Estate) -> list[IPv4Network]:
    pools = [
        *estate.addressing.blocks.items(),
        *(each for region in estate.regions.values() for each in region.pools.items()),
    ]
    hosts = [address.ip for node in estate.nodes.values() for address in node.addresses.values()]
    blocks = [network for name, network in pools if name == POOL and isinstance(network, IPv4Network)]
    return [*blocks, *(IPv4Network(host) for host in hosts if isinstance(host, IPv4Address))]


def _access(view: DeviceView, access: SnmpAccess, allowed: list[IPv4Network]) -> Iterator[Difference]:
    if not access.filter:
        yield Difference(view.device, access.spot, _("no filter limits who may ask"))
        return
    if access.filter not in view.filters:
        told = _("the filter {name} is not defined").format(name=access.filter)
        yield Difference(view.device, access.spot, told)
    for permit in view.filters.get(access.filter, ()):
        if not any(permit.network.subnet_of(each) for each in allowed):
            told = _("{network} may ask, and is not the management block").format(network=permit.network)
            yield Difference(view.device, permit.spot, told)
