"""What comes in from a zone is what its policy and the roles' offers let out of it, and what answers them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from yiwang.deploy.components.host.firewall import Allowance, derive
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.network.intent.filters import rules_from
from yiwang.network.intent.model import FilterRule

HEBI = Path(__file__).resolve().parents[4] / "examples/hebi"


@pytest.fixture(scope="module")
def hebi() -> Estate:
    return load(HEBI).require()


def decide(rules: list[FilterRule], protocol: str, source: str, destination: str, port: int) -> bool:
    """The first rule that a packet meets decides, as on a router."""
    for rule in rules:
        if rule.is_reply or rule.source_ports or rule.protocol not in ("ip", protocol):
            continue
        if not (_holds(rule.source, source) and _holds(rule.destination, destination)):
            continue
        if rule.ports is None or rule.ports[0] <= port <= rule.ports[1]:
            return rule.permits
    raise AssertionError("no rule decides")


def _holds(network: IPv4Network | None, address: str) -> bool:
    return network is None or IPv4Address(address) in network


def test_nothing_that_a_hosts_firewall_lets_in_is_refused_on_the_way(hebi: Estate) -> None:
    rules = {zone: list(rules_from(hebi, zone)) for zone in hebi.zones}
    checked = 0

    for name, node in hebi.nodes.items():
        allowances = map(Allowance.model_validate, derive(hebi, name)["policy"])
        # What is open to everybody is open to the internet, which is none of the estate's zones.
        for allowance in (each for each in allowances if str(each.sources[0]) != "0.0.0.0/0"):
            for other in hebi.nodes.values():
                # Whoever has a leg in the zone that it reaches sends from that leg.
                shared = other.addresses.keys() & node.addresses.keys()
                for zone in shared or other.addresses.keys():
                    own = other.addresses[zone]
                    if other is node or not any(own.ip in source for source in allowance.sources):
                        continue
                    for service in allowance.services:
                        protocol, _slash, port = service.partition("/")
                        to = str(allowance.to or node.addresses[node.zone].ip)
                        checked += 1
                        assert decide(rules[zone], protocol, str(own.ip), to, int(port or 0)), (zone, name, service)

    assert checked > 1000


@pytest.mark.parametrize(
    ("zone", "protocol", "to", "port"),
    [
        ("extranet", "tcp", "database", 5432),
        ("extranet", "tcp", "database", 445),
        ("public", "tcp", "database", 5432),
        ("dedicated", "tcp", "bastion", 3389),
        ("internet-edge", "tcp", "database", 22),
    ],
)
def test_what_nobody_lets_out_stays(zone: str, protocol: str, to: str, port: int, hebi: Estate) -> None:
    node = next(node for node in hebi.nodes.values() if to in node.roles)
    address = str(node.addresses[node.zone].ip)
    stranger = "198.51.100.7"

    assert not decide(list(rules_from(hebi, zone)), protocol, stranger, address, port)


def test_the_last_rule_denies_everything(hebi: Estate) -> None:
    for zone in hebi.zones:
        assert list(rules_from(hebi, zone))[-1] == FilterRule(permits=False, protocol="ip")
