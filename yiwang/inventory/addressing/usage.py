"""Every address that an estate declares, as integers, and the pools they come from."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import NamedTuple

from yiwang.inventory.addressing.space import Block
from yiwang.inventory.estate import Estate


class Holder(NamedTuple):
    """One declared address with its prefix length, and the value that declares it."""

    address: int
    prefix: int
    kind: str
    name: str
    path: tuple[str, ...]
    region: str
    zone: str | None
    vrf: str

    @property
    def network(self) -> Block:
        """The network that the address lies in."""
        size = 1 << (32 - self.prefix)
        return Block(self.address // size * size, size)


class DeclaredPool(NamedTuple):
    """A region's pool; an empty region stands for the estate's block of that name."""

    block: Block
    region: str
    name: str


def holders(estate: Estate) -> Iterator[Holder]:
    """Addresses of nodes, devices' management addresses and ports."""
    for name, node in estate.nodes.items():
        for zone, given in node.addresses.items():
            at: tuple[str, ...] = ("addresses", zone)
            yield Holder(int(given), given.network.prefixlen, "nodes", name, at, node.region, zone, "")
    for name, device in estate.devices.items():
        region = device.region
        if device.management is not None:
            yield Holder(int(device.management), 32, "devices", name, ("management",), region, None, "")
        for port, interface in device.interfaces.items():
            if (address := interface.address) is not None:
                at = ("interfaces", port, "address")
                prefix, vrf = address.network.prefixlen, interface.vrf or ""
                yield Holder(int(address), prefix, "devices", name, at, region, interface.zone, vrf)


def declared_pools(estate: Estate) -> Iterator[DeclaredPool]:
    """The estate's blocks and the regions' pools."""
    for name, network in estate.addressing.blocks.items():
        yield DeclaredPool(block_of(network), "", name)
    for code, region in estate.regions.items():
        for name, network in region.pools.items():
            yield DeclaredPool(block_of(network), code, name)


def block_of(network: IPv4Network) -> Block:
    """A parsed network as a block."""
    return Block(int(network.network_address), 1 << (32 - network.prefixlen))


def in_order(estate: Estate) -> list[DeclaredPool]:
    """All pools by their first address, an enclosing one before those inside it."""
    depth = {code: len(chain) for code, chain in estate.region_chains.items()}
    return sorted(
        declared_pools(estate), key=lambda pool: (pool.block.first, -pool.block.size, depth.get(pool.region, 0))
    )
