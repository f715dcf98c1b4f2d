"""The objects of a new estate, level by level, with every address and port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.inventory.addressing.blocks import default_as_number
from yiwang.inventory.addressing.book import AddressBook
from yiwang.inventory.addressing.demand import PAIR, TOWNSHIP, ZONE_POOLS
from yiwang.inventory.addressing.space import Block, dotted
from yiwang.inventory.generate.ports import part_name, port_names
from yiwang.inventory.generate.services import Service, room_defaults, secrets, services_of
from yiwang.inventory.territory import Territory

Objects = dict[str, dict[str, Any]]

MBPS = {"core": 10000, "city": 10000, "county": 1000, "township": 100, "village": 20, "node": 1000}
COUNTY_NETWORK = 16
TOWNSHIPS_FILE = "townships.yaml"
"""Where the townships stand that lie directly below the estate's own region."""


@dataclass(slots=True)
class Part:
    """What goes into one file: the region that its objects belong to, and the objects by section."""

    place: Territory
    sections: dict[str, Objects] = field(
        default_factory=lambda: {kind: {} for kind in ("regions", "devices", "nodes", "links")}
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person chose."""

    platform: str
    platform_mode: str


class Design:
    """Builds the objects of a territory; ``parts`` holds them by the file they belong in."""

    def __init__(self, root: Territory, pools: Mapping[str, Mapping[str, Block]], choice: Choice) -> None:
        self.root = root
        self.pools = pools
        self.choice = choice
        self.parts: dict[str, Part] = {}
        self.organisations: dict[str, dict[str, Any]] = {}
        self._ports: dict[str, Iterator[str]] = {}
        self._devices: dict[str, dict[str, Any]] = {}
        chains = dict(_chains(root, ()))
        titles = {each.code: each.name for each in root.walk()}
        self.book = AddressBook({"": pools[root.code], **pools}, chains, titles)

    def build(self) -> Iterator[Territory]:
        """Build everything; yields each territory above township when it is done."""
        yield from self._build(self.root, Part(self.root), ())

    def _build(self, place: Territory, part: Part, above: tuple[str, ...]) -> Iterator[Territory]:
        self._region(place, part)
        if place.level in ("township", "village"):
            heads = self._township(place, part, above) if place.level == "township" else self._village(place, part)
        elif place is self.root or place.level == "city":
            heads = self._room(place, part, above)
        else:
            heads = self._county(place, part, above)
        for each in place.below:
            yield from self._build(each, self._part_for(each, part), heads)
        if place.level not in ("township", "village"):
            self._office(place, heads[0])
            yield place

    def _part_for(self, place: Territory, above: Part) -> Part:
        if place.level in ("city", "county"):
            name = f"regions/{place.code}.yaml"
        elif above.place is self.root and above is self.parts.get(self.top_file):
            name = TOWNSHIPS_FILE
        else:
            return above
        return self.parts.setdefault(name, Part(place if place.level in ("city", "county") else self.root))

    @property
    def top_file(self) -> str:
        """The file of the estate's own region."""
        return f"{self.root.level}.yaml"

    def _region(self, place: Territory, part: Part) -> None:
        if place is self.root:
            self.parts[self.top_file] = part
        own: dict[str, Any] = {"title": place.name, "level": place.level}
        if place.parent:
            own["parent"] = place.parent
        if place.code in self.pools:
            own["pools"] = {pool: str(whole) for pool, whole in self.pools[place.code].items()}
        if place.level in ("province", "city") or place is self.root:
            own["as_number"] = default_as_number(place.code)
        if place is not self.root and place.level == "city":
            own["defaults"] = room_defaults(place)
        elif place is not self.root and place.level == "county":
            own["defaults"] = secrets(place)
        part.sections["regions"][place.code] = own

    def _room(self, place: Territory, part: Part, above: tuple[str, ...]) -> tuple[str, ...]:
        """A machine room: two cores joined to each other and upwards, and the services."""
        cores = tuple(self._device(place, part, f"core-{place.code}-{number}", "core", number) for number in (1, 2))
        self._line(part, place, f"core-{place.code}", cores, MBPS["core"])
        for number, (upper, own) in enumerate(zip(above, cores, strict=False), 1):
            ends = self._line(part, place, f"uplink-{place.code}-{number}", (upper, own), MBPS["city"])
            self._peer(upper, own, ends, place)
        number = 0
        for service in services_of(self.choice.platform_mode):
            for index in range(1, service.count + 1):
                self._service(place, part, service, index, cores[number % 2])
                number += 1
        self._second_leg(place, part, cores[1])
        return cores

    def _service(self, place: Territory, part: Part, service: Service, index: int, core: str) -> None:
        name = f"{service.name}-{place.code}-{index}"
        own = {"title": f"{place.name}{service.title}{index if service.count > 1 else ''}"}
        node = self._node(place, part, name, own, service.zone, service.role)
        self._attach(part, place, name, core, PAIR)
        node |= service.own
        if "ntp" in service.own and place is not self.root:
            node["ntp"] = [f"dns-{self.root.code}-{each}" for each in (1, 2)]

    def _second_leg(self, place: Territory, part: Part, core: str) -> None:
        """The exchange of a machine room also stands in the dedicated zone: it alone may."""
        self._attach(part, place, f"exchange-{place.code}-1", core, PAIR, zone="dedicated")

    def _county(self, place: Territory, part: Part, above: tuple[str, ...]) -> tuple[str, ...]:
        """A county: an edge router with a line to each core above, and an exchange."""
        edge = self._device(place, part, f"edge-{place.code}", "aggregation")
        for number, core in enumerate(above, 1):
            self._line(part, place, f"uplink-{place.code}-{number}", (core, edge), MBPS["county"])
        name = f"exchange-{place.code}-1"
        self._node(place, part, name, {"title": f"{place.name}交换前置机"}, "extranet", "exchange")
        self._attach(part, place, name, edge, COUNTY_NETWORK)
        return (edge,)

    def _township(self, place: Territory, part: Part, above: tuple[str, ...]) -> tuple[str, ...]:
        """A township: an access router with one line upwards, and a service point in its hall."""
        access = self._device(place, part, f"access-{place.code}", "access")
        # By its code, not by its turn: another township beside it must not move it to the other core.
        upper = above[int(place.code) % len(above)]
        self._line(part, place, f"uplink-{place.code}", (upper, access), MBPS["township"])
        name = f"desk-{place.code}"
        self._node(place, part, name, {"title": f"{place.name}便民服务中心"}, "extranet", "service-point")
        self._attach(part, place, name, access, TOWNSHIP["service"])
        if place.below:
            # The carrier hands the villages' lines over on one port, each as a sub-interface.
            trunk = next(self._ports[access])
            parts = (part_name(self.choice.platform, trunk, number) for number in range(1, 4095))
            self._ports[access] = iter(parts)
        return (access,)

    def _village(self, place: Territory, part: Part) -> tuple[str, ...]:
        name = f"point-{place.code}"
        access = f"access-{place.parent}"
        self._node(place, part, name, {"title": f"{place.name}便民服务点"}, "extranet", "service-point")
        self._attach(part, place, name, access, PAIR, mbps=MBPS["village"])
        return (access,)

    def _device(self, place: Territory, part: Part, name: str, role: str, number: int = 0) -> str:
        titles = {"core": f"核心路由器{number}", "aggregation": "出口路由器", "access": "接入路由器"}
        address = self.book.network("management", place.code, 1)
        device = {
            **self._scope(place, part),
            "title": f"{place.name}{titles[role]}",
            "role": role,
            "management": dotted(address.first),
            "interfaces": {},
        }
        part.sections["devices"][name] = self._devices[name] = device
        self._ports[name] = port_names(self.choice.platform, "fast" if role == "core" else "plain")
        return name

    def _node(
        self, place: Territory, part: Part, name: str, own: Mapping[str, Any], zone: str, role: str
    ) -> dict[str, Any]:
        node = {**self._scope(place, part), **own, "zone": zone, "roles": [role], "addresses": {}}
        part.sections["nodes"][name] = node
        return node

    @staticmethod
    def _scope(place: Territory, part: Part) -> dict[str, Any]:
        return {} if place is part.place else {"region": place.code}

    def _line(self, part: Part, place: Territory, name: str, ends: tuple[str, ...], mbps: int) -> list[str]:
        """A line between two devices with a pair of addresses; returns these, upper end first."""
        pair = self.book.network("links", place.code, PAIR)
        addresses = [dotted(pair.first), dotted(pair.first + 1)]
        shown = []
        for device, address in zip(ends, addresses, strict=True):
            port = next(self._ports[device])
            self._devices[device]["interfaces"][port] = {"address": f"{address}/31"}
            shown.append(f"{device}:{port}")
        part.sections["links"][name] = {"ends": shown, "bandwidth_mbps": mbps}
        return addresses

    def _attach(
        self,
        part: Part,
        place: Territory,
        name: str,
        device: str,
        size: int,
        *,
        zone: str = "",
        mbps: int = MBPS["node"],
    ) -> None:
        """A node's line to its router: a network with the router first and the node behind it."""
        node = part.sections["nodes"][name]
        zone = zone or node["zone"]
        network = self.book.network(ZONE_POOLS.get(zone, "service"), place.code, size)
        gateway = network.first + (size > PAIR)
        port = next(self._ports[device])
        self._devices[device]["interfaces"][port] = {
            "address": f"{dotted(gateway)}/{network.prefix}",
            "zone": zone,
        }
        is_first = not node["addresses"]
        node["addresses"][zone] = f"{dotted(gateway + 1)}/{network.prefix}"
        link = name if is_first else f"{name}-{zone}"
        if is_first:
            node["gateway"] = dotted(gateway)
        ends = [f"{device}:{port}", f"{name}:eth{len(node['addresses']) - 1}"]
        part.sections["links"][link] = {"ends": ends, "bandwidth_mbps": mbps}

    def _peer(self, upper: str, own: str, addresses: list[str], place: Territory) -> None:
        """A city speaks BGP with the level above: each is an autonomous system of its own."""
        numbers = [default_as_number(self.root.code), default_as_number(place.code)]
        for device, other in ((upper, 1), (own, 0)):
            routing = self._devices[device].setdefault("routing", {"bgp": []})
            routing["bgp"].append({"address": addresses[other], "as_number": numbers[other]})

    def _office(self, place: Territory, head: str) -> None:
        self.organisations[f"office-{place.code}"] = {
            "title": office_title(place),
            "region": place.code,
            **({"parent": f"office-{place.parent}"} if place.parent else {}),
            "access": head,
            "contact": {"name": "值班室"},
            "security_owner": {"name": "值班室"},
        }


def office_title(place: Territory) -> str:
    """The name of the office of a territory's government."""
    if place.level == "province":
        return f"{place.name}人民政府办公厅"
    if place.name.endswith(("开发区", "示范区", "管理区", "园区", "集聚区", "试验区", "合作区", "度假区")):
        return f"{place.name}管理委员会办公室"
    return f"{place.name}人民政府办公室"


def _chains(place: Territory, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    chain = (*above, place.code)
    yield place.code, chain
    for each in place.below:
        yield from _chains(each, chain)
