"""Whom a device believes over BGP, and what it tells them."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network

from yiwang.network.intent.service import Intended

Build = Callable[[str], Intended]


def test_a_county_may_announce_only_its_own_pools(intended: Build) -> None:
    bgp = intended("frr").intents.of("core-1").routing.bgp

    assert bgp
    county, province = bgp.peers
    lists = {each.name: each.networks for each in bgp.lists}
    assert lists[county.accepts] == (IPv4Network("59.200.32.0/20"),)
    assert IPv4Network("59.192.0.0/10") in lists[county.announces]
    assert lists[province.announces] == (IPv4Network("59.200.0.0/16"),)
    assert IPv4Network("59.192.0.0/10") in lists[province.accepts]


def test_what_the_county_says_is_what_the_city_takes(intended: Build) -> None:
    intents = intended("frr").intents
    city, county = intents.of("core-1").routing.bgp, intents.of("county-1").routing.bgp

    assert city
    assert county
    taken = next(each.networks for each in city.lists if each.name == city.peers[0].accepts)
    assert county.networks == taken
    assert next(each.networks for each in county.lists if each.name == county.peers[0].announces) == taken


def test_only_ports_with_a_router_across_are_greeted(intended: Build) -> None:
    ports = {port.name: port for port in intended("frr").intents.of("core-1").ports}

    greeted = [name for name, port in ports.items() if port.ospf and not port.ospf.is_passive]

    assert greeted == ["eth0"]
    assert ports["eth2"].ospf is None
    assert ports["eth1"].origin == "strict"
    assert ports["eth0"].origin == "loose"
