"""Filters of what comes in from each zone: the zones' policy, and what roles offer, as a router can tell it.

A router looks at packets, not at connections: what answers must be let back in, and hosts' own firewalls
decide more exactly.  Nothing that they let in is refused here on its way; a node with a leg in the zone that it
reaches sends from that leg.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from itertools import chain

from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device, Flow, Node, Zone
from yiwang.inventory.policy import offers, zone_networks
from yiwang.network.intent.model import Filter, FilterRule
from yiwang.network.intent.ports import filter_name

EXCHANGE, MONITOR = "exchange", "monitor"
WAYS = ("bastion", "console")
WITHIN = frozenset(("zone", "everybody"))
"""Whose offers reach no further than the zone that their nodes stand in."""
SSH = "tcp/22"
DANGEROUS = ("tcp/23", "tcp/135-139", "tcp/445", "tcp/3389", "udp/135-139", "udp/445")
"""Telnet, Windows' file sharing and remote desktop: the ways of the worms (GB/T 22239-2019 8.1.3.5)."""
VRRP = ("112", IPv4Network("224.0.0.18/32"))

Services = Iterable[str]
Networks = Iterable[IPv4Network | None]


@dataclass(frozen=True, slots=True)
class _Zone:
    estate: Estate
    name: str

    def nodes(self, role: str) -> list[IPv4Network]:
        return _addresses(node for node in self.estate.nodes.values() if role in node.roles)

    def own(self, role: str) -> list[IPv4Network]:
        return _addresses((node for node in self.estate.nodes.values() if role in node.roles), self.name)


def filters_of(estate: Estate, device: Device) -> Iterator[Filter]:
    """A filter for each zone that a port of the device faces, in the order of the ports."""
    zones = dict.fromkeys(port.zone for port in device.interfaces.values() if port.zone and port.address)
    shares = any(port.vrrp for port in device.interfaces.values())
    for place, zone in enumerate(zones, 1):
        if zone in estate.zones:
            rules = chain(_shared() if shares else (), rules_from(estate, zone))
            yield Filter(filter_name(zone), place, tuple(dict.fromkeys(rules)))


def rules_from(estate: Estate, zone: str) -> Iterator[FilterRule]:
    """What may come in from a zone; the last rule denies."""
    own = _Zone(estate, zone)
    opened = [service for flow in estate.zones[zone].may_open for service in flow.services]
    yield from _rules(False, (each for each in DANGEROUS if each not in opened), [None], [None])
    yield FilterRule(True, "tcp", is_reply=True)
    yield from _answers(own)
    for flow in estate.zones[zone].may_open:
        yield from _flow(own, flow)
    for other in estate.zones.values():
        yield from _exchanged(own, other)
    yield from _offered(own)
    for role in WAYS:
        yield from _rules(True, [SSH], own.own(role), [None])
    yield FilterRule(False, "ip")


def _shared() -> Iterator[FilterRule]:
    yield FilterRule(True, VRRP[0], destination=VRRP[1])


def _flow(zone: _Zone, flow: Flow) -> Iterator[FilterRule]:
    if flow.to not in zone.estate.zones:
        return
    direct = flow.through == "direct"
    there = zone_networks(zone.estate, flow.to) if direct else _Zone(zone.estate, flow.to).own(EXCHANGE)
    yield from _rules(True, flow.services, [None], there)


def _exchanged(zone: _Zone, other: Zone) -> Iterator[FilterRule]:
    """What exchange nodes open for others, from the leg that they have in this zone."""
    for flow in other.may_open:
        if flow.through == EXCHANGE and flow.to in zone.estate.zones:
            yield from _rules(True, flow.services, zone.own(EXCHANGE), zone_networks(zone.estate, flow.to))


def _offered(zone: _Zone) -> Iterator[FilterRule]:
    for offer in offers():
        if offer.role == "*":
            yield from _rules(True, offer.services, zone.own(MONITOR), [None])
        else:
            within = offer.whose in WITHIN
            yield from _rules(True, offer.services, [None], zone.own(offer.role) if within else zone.nodes(offer.role))


def _answers(zone: _Zone) -> Iterator[FilterRule]:
    """Answers that carry no mark of being one: UDP and ICMP."""
    estate = zone.estate
    asked = [
        s for each in estate.zones.values() for flow in each.may_open if flow.to == zone.name for s in flow.services
    ]
    asked += [s for offer in offers() if offer.role == "*" or zone.own(offer.role) for s in offer.services]
    for service in dict.fromkeys(asked):
        protocol, _slash, ports = service.partition("/")
        if protocol == "udp":
            yield FilterRule(True, "udp", source_ports=_ports(ports))
        elif protocol == "icmp":
            yield FilterRule(True, "icmp")


def _rules(permits: bool, services: Services, sources: Networks, destinations: Networks) -> Iterator[FilterRule]:
    sources, destinations = list(sources), list(destinations)
    for service in services:
        protocol, _slash, ports = service.partition("/")
        for source in sources:
            for destination in destinations:
                protocol = "ip" if protocol == "any" else protocol
                yield FilterRule(permits, protocol, source, destination, ports=_ports(ports) if ports else None)


def _ports(text: str) -> tuple[int, int]:
    first, _dash, last = text.partition("-")
    return int(first), int(last or first)


def _addresses(nodes: Iterable[Node], zone: str = "") -> list[IPv4Network]:
    found: Iterator[IPv4Address] = (
        address.ip for node in nodes for name, address in node.addresses.items() if zone in ("", name)
    )
    return list(collapse_addresses(map(IPv4Network, found)))
