"""Giving addresses to what is declared without: pools, management addresses, lines, nodes, AS numbers.

Nothing that has an address is touched, so whatever is added never renumbers another.  What
cannot be given an address is a finding, and the rest is allocated all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yiwang.core.errors import AddressError, ErrorCode, Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.addressing.book import AddressBook
from yiwang.inventory.addressing.demand import CLOUD_POOLS, EXTRANET_POOLS, PAIR, ZONE_POOLS, Pool, pool_size
from yiwang.inventory.addressing.space import Block, Space, block, dotted
from yiwang.inventory.addressing.usage import declared_pools, holders
from yiwang.inventory.estate import Estate
from yiwang.inventory.lists.change import Change
from yiwang.inventory.loading.declarations import subject_of
from yiwang.inventory.model import Device, End, Link, Node
from yiwang.inventory.territory import Territory

NO_LINE = code(
    "E1304",
    N_("the node cannot be given an address: no line leads from it to a port of a device"),
    N_("declare a link between the node and a port of its router, then allocate again"),
)
NO_HOST = code(
    "E1306",
    N_("the network {network} has no free address"),
    N_("remove what is no longer there, or join it to another port, which gets a network of its own"),
)
NO_AS_NUMBER = code(
    "E1305",
    N_("no autonomous system number of {range} is free"),
    N_("widen `addressing.as_numbers`"),
)

NETWORK_OF_ROLE = {"core": PAIR, "aggregation": 16, "access": 8, "firewall": PAIR}
"""Size of the network on a router's port towards a node."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What would be written, and what could not be allocated."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]


def allocate(estate: Estate) -> Allocation:
    """Addresses for everything in the estate that lacks one."""
    allocator = _Allocator(estate)
    allocator.pools()
    allocator.management()
    allocator.lines()
    allocator.nodes()
    allocator.as_numbers()
    changes = tuple(
        Change(kind, name, "changed", tuple(values), estate.position(kind, name))
        for (kind, name), values in allocator.values.items()
    )
    return Allocation(changes, tuple(allocator.findings))


class _Allocator:
    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.values: dict[tuple[str, str], list[tuple[tuple[str, ...], str, str]]] = {}
        self.findings: list[Finding] = []
        self.given: dict[tuple[str, str], str] = {}
        pools: dict[str, dict[str, Block]] = {}
        for pool in declared_pools(estate):
            pools.setdefault(pool.region, {})[pool.name] = pool.block
        titles = {code_: region.title for code_, region in estate.regions.items()}
        self.book = AddressBook(pools, estate.region_chains, titles)
        used = list(holders(estate))
        self.taken = {holder.address for holder in used}
        self.book.occupy({holder.network for holder in used} | {Block(address, 1) for address in self.taken})

    def put(self, kind: str, name: str, path: tuple[str, ...], value: str) -> None:
        self.values.setdefault((kind, name), []).append((path, "", value))

    def fail(self, kind: str, name: str, error: ErrorCode, **values: Any) -> None:
        at = self.estate.position(kind, name)
        self.findings.append(Finding(error, "warning", at, subject_of(kind, name), values))

    def take(self, kind: str, name: str, pool: str, region: str, size: int) -> Block | None:
        """A network for an object; a pool without room becomes a finding about it."""
        try:
            return self.book.network(pool, region, size)
        except AddressError as error:
            self.fail(kind, name, error.error, **error.values)
            return None

    def pools(self) -> None:
        """A pool for each region that has none although one above it has."""
        tree = territory_of(self.estate)
        for place in tree.walk() if tree else ():
            wanted: tuple[Pool, ...] = EXTRANET_POOLS + (CLOUD_POOLS if place.level == "city" else ())
            for pool in () if place is tree else wanted:
                size = pool_size(pool, place)
                if size and not self.book.has_own(pool, place.code) and self.book.has_above(pool, place.code):
                    self._pool(pool, place.code, size)

    def _pool(self, pool: str, region: str, size: int) -> None:
        try:
            found = self.book.add(pool, region, size)
        except AddressError as error:
            self.fail("regions", region, error.error, **error.values)
        else:
            self.put("regions", region, ("pools", pool), str(found))

    def management(self) -> None:
        """A management address for each device."""
        for name, device in self.estate.devices.items():
            if device.management is None:
                found = self.take("devices", name, "management", device.region, 1)
                if found:
                    self.put("devices", name, ("management",), dotted(found.first))

    def lines(self) -> None:
        """A pair for each line between devices whose ports have no address."""
        for name, link in self.estate.links.items():
            devices = [self.estate.devices.get(end.owner) for end in link.ends]
            if all(
                device and end.interface in device.interfaces for device, end in zip(devices, link.ends, strict=True)
            ):
                self._line(name, link)

    def _line(self, name: str, link: Link) -> None:
        known = [self._port_address(end) for end in link.ends]
        if all(known):
            return
        if any(known):
            there = next(each for each in known if each)
            addresses = [each or self._free_host(there, "links", name) for each in known]
        else:
            region = max(
                (self._region(end) for end in link.ends), key=lambda code_: len(self.estate.region_chain(code_))
            )
            pair = self.take("links", name, "links", region, PAIR)
            addresses = [f"{dotted(pair.first)}/31", f"{dotted(pair.first + 1)}/31"] if pair else []
        for end, before, address in zip(link.ends, known, addresses, strict=False):
            if not before and address:
                self._give(end, address)

    def _region(self, end: End) -> str:
        return self.estate.devices[end.owner].region

    def _port_address(self, end: End) -> str:
        own = self.estate.devices[end.owner].interfaces[end.interface].address
        return str(own) if own else self.given.get((end.owner, end.interface), "")

    def _give(self, end: End, address: str) -> None:
        self.given[end.owner, end.interface] = address
        self.taken.add(_first(address))
        self.put("devices", end.owner, ("interfaces", end.interface, "address"), address)

    def nodes(self) -> None:
        """An address in its own zone, and a gateway, for each node."""
        ports = self._ports()
        for name, node in self.estate.nodes.items():
            if node.zone in node.addresses:
                continue
            if name in ports:
                self._node(name, node, ports[name])
            else:
                self.fail("nodes", name, NO_LINE)

    def _ports(self) -> dict[str, End]:
        """The device port that each node's first line leads to."""
        found: dict[str, End] = {}
        for link in self.estate.links.values():
            for own, other in (link.ends, link.ends[::-1]):
                device = self.estate.devices.get(other.owner)
                if own.owner in self.estate.nodes and device and other.interface in device.interfaces:
                    found.setdefault(own.owner, other)
        return found

    def _node(self, name: str, node: Node, port: End) -> None:
        router = self._port_address(port) or self._network(name, node, port)
        if not router:
            return
        address = self._free_host(router, "nodes", name)
        if address:
            self.put("nodes", name, ("addresses", node.zone), address)
            if node.gateway is None:
                self.put("nodes", name, ("gateway",), router.partition("/")[0])

    def _free_host(self, router: str, kind: str, name: str) -> str:
        """The first free host of the network of a router's address, now taken; empty when there is none."""
        network = _network_of(router)
        reserved = {network.first, network.end - 1} if network.size > PAIR else set()
        used = (each for each in self.taken | reserved if network.first <= each < network.end)
        found = Space(network, (Block(each, 1) for each in used)).find(1)
        if found is None:
            self.fail(kind, name, NO_HOST, network=network)
            return ""
        self.taken.add(found.first)
        return f"{dotted(found.first)}/{network.prefix}"

    def _network(self, name: str, node: Node, port: End) -> str:
        """A network for the port, whose first host the router is."""
        device = self.estate.devices[port.owner]
        found = self.take("nodes", name, ZONE_POOLS.get(node.zone, "service"), node.region, self._size(node, device))
        if found is None:
            return ""
        address = f"{dotted(found.first + (found.size > PAIR))}/{found.prefix}"
        self._give(port, address)
        return address

    @staticmethod
    def _size(node: Node, device: Device) -> int:
        return NETWORK_OF_ROLE[device.role] if node.region == device.region else PAIR

    def as_numbers(self) -> None:
        """An AS number for each city and for the top region."""
        first, _dash, last = self.estate.addressing.as_numbers.partition("-")
        regions = self.estate.regions
        taken = {region.as_number for region in regions.values()} | {
            device.routing.as_number for device in self.estate.devices.values()
        }
        free: Iterator[int] = (number for number in range(int(first), int(last) + 1) if number not in taken)
        for code_, region in regions.items():
            if region.as_number is None and (region.level == "city" or code_ == self.estate.header.region):
                number = next(free, None)
                if number is None:
                    self.fail("regions", code_, NO_AS_NUMBER, range=self.estate.addressing.as_numbers)
                else:
                    self.put("regions", code_, ("as_number",), str(number))


def _first(address: str) -> int:
    return block(address.partition("/")[0]).first


def _network_of(address: str) -> Block:
    size = 1 << (32 - int(address.partition("/")[2]))
    return Block(_first(address) // size * size, size)


def territory_of(estate: Estate) -> Territory | None:
    """The estate's own regions as a tree; None when its top region is not declared."""
    below: dict[str | None, list[str]] = {}
    root = estate.header.region
    for code_, region in estate.regions.items():
        if code_ != root:
            below.setdefault(region.parent, []).append(code_)

    def tree(code_: str) -> Territory:
        region = estate.regions[code_]
        return Territory(code_, region.title, region.level, region.parent, tuple(map(tree, below.get(code_, ()))))

    return tree(root) if root in estate.regions else None
