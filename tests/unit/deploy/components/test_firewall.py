"""The rules of a node follow from the zones' policy and from who is told to use it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.deploy.components.host.firewall import derive
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.inventory.model.zone import Flow, Zone

HEBI = Path(__file__).parents[4] / "examples/hebi"


@pytest.fixture(scope="module")
def hebi() -> Estate:
    return load(HEBI).require()


def lets_in(estate: Estate, name: str, source: str, service: str) -> bool:
    return any(_covers(rule, source, service) for rule in derive(estate, name)["policy"])


def _covers(rule: dict[str, Any], source: str, service: str) -> bool:
    return service in rule["services"] and any(ip_address(source) in ip_network(each) for each in rule["sources"])


EXCHANGE, DESK, APP, WEB = "10.66.88.7", "59.207.129.162", "10.66.88.11", "10.130.88.1"


def test_the_database_is_reached_by_the_exchange_and_by_its_own_zone_and_by_nobody_else(hebi: Estate) -> None:
    found = {source: lets_in(hebi, "database-410600-1", source, "tcp/5432") for source in (EXCHANGE, APP, DESK, WEB)}

    assert found == {EXCHANGE: True, APP: True, DESK: False, WEB: False}


def test_the_internet_reaches_the_outermost_zone_only(hebi: Estate) -> None:
    assert lets_in(hebi, "proxy-410600-1", "198.51.100.7", "tcp/443")
    assert not lets_in(hebi, "web-410600-1", "198.51.100.7", "tcp/443")
    assert lets_in(hebi, "web-410600-1", "203.0.113.2", "tcp/443")


def test_whoever_is_told_to_use_a_mirror_may_reach_it(hebi: Estate) -> None:
    assert lets_in(hebi, "mirror-410600-1", APP, "tcp/80")
    assert not lets_in(hebi, "mirror-410600-1", "59.200.1.1", "tcp/80")


def test_ssh_comes_from_the_bastion_and_the_console(hebi: Estate) -> None:
    assert derive(hebi, "desk-410621101")["ssh_sources"] == ("59.207.130.193/32", "59.207.130.211/32")
    assert derive(hebi, "bastion-410600-1")["ssh_sources"] == ("59.192.0.0/10",)


def test_an_estate_without_bastion_does_not_lock_itself_out(hebi: Estate) -> None:
    direct = {
        name: node.model_copy(update={"connection": node.connection.model_copy(update={"via": None})})
        for name, node in hebi.nodes.items()
        if not {"bastion", "console"} & set(node.roles)
    }
    estate = replace(hebi, nodes=direct, zones={"extranet": Zone(title="外网")})

    assert derive(estate, "desk-410621101")["ssh_sources"] == ("0.0.0.0/0",)


@given(st.lists(st.sampled_from(["tcp/443", "tcp/22", "udp/123", "icmp"]), min_size=1), st.booleans())
def test_no_flow_of_a_zone_ever_opens_ssh(hebi: Estate, services: list[str], through: bool) -> None:
    flow = Flow(to="extranet", services=tuple(services), through="exchange" if through else "direct")
    estate = replace(hebi, zones={**hebi.zones, "public": Zone(title="公有云", may_open=(flow,))})

    opened = {service for rule in derive(estate, "desk-410621101")["policy"] for service in rule["services"]}

    assert "tcp/22" not in opened


def test_every_node_of_the_example_can_be_derived(hebi: Estate) -> None:
    for name, node in hebi.nodes.items():
        found = derive(hebi, name)

        assert found["ssh_sources"]
        assert {str(rule["to"]) for rule in found["policy"]} <= {"None", *(str(a.ip) for a in node.addresses.values())}
