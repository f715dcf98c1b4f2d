"""Declared links against seen neighbours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from yiwang.inventory.model.link import Link
from yiwang.network.fleet.cabling import CablingDifference, differences
from yiwang.network.fleet.port import is_same_port
from yiwang.network.snmp.facts.neighbour import Neighbour

HOSTS = {"core-1", "edge-1", "edge-2"}
LINKS = {"core-edge": Link.model_validate({"ends": ["core-1:GigabitEthernet0/0/1", "edge-1:GE0/0/9"]})}


def seen(port: str, name: str, far_port: str) -> Neighbour:
    return Neighbour(port, "", "00:1b:44:11:3a:b7", far_port, "", name)


def test_a_cable_as_declared_is_no_difference() -> None:
    told = {
        "core-1": [seen("GE0/0/1", "edge-1", "GigabitEthernet0/0/9")],
        "edge-1": [seen("GE0/0/9", "core-1", "GE0/0/1")],
    }

    assert differences(LINKS, told, HOSTS) == ()


def test_a_declared_cable_that_nobody_sees_is_told_at_each_end_that_was_asked() -> None:
    expected = CablingDifference("unseen", "core-1", "GigabitEthernet0/0/1", "edge-1:GE0/0/9", link="core-edge")

    assert differences(LINKS, {"core-1": []}, HOSTS) == (expected,)


@pytest.mark.parametrize(("name", "port"), [("edge-2", "GE0/0/9"), ("edge-1", "GE0/0/8")])
def test_a_cable_that_leads_elsewhere_is_told_with_where(name: str, port: str) -> None:
    told = {"core-1": [seen("GE0/0/1", name, port)]}

    (found,) = differences(LINKS, told, HOSTS)

    assert (found.kind, found.declared, found.seen) == ("elsewhere", "edge-1:GE0/0/9", f"{name}:{port}")


def test_a_host_of_ours_without_a_declared_link_is_told_and_a_carriers_box_is_not() -> None:
    told = {
        "core-1": [
            seen("GE0/0/1", "edge-1", "GE0/0/9"),
            seen("GE0/0/2", "edge-2", "GE0/0/1"),
            seen("GE0/0/3", "ont", "1"),
        ]
    }

    found = differences(LINKS, told, HOSTS)

    assert found == (CablingDifference("undeclared", "core-1", "GE0/0/2", seen="edge-2:GE0/0/1"),)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("GE0/0/1", "GigabitEthernet0/0/1", True),
        ("Gi0/0/1", "GigabitEthernet0/0/1", True),
        ("XGE1/0/1", "XGigabitEthernet1/0/1", True),
        ("Te1/1", "TenGigabitEthernet1/1", True),
        ("gei-0/1/0/1", "gei-0/1/0/1", True),
        ("eth0", "ETH0", True),
        ("Gi0/1", "Te0/1", False),
        ("GE0/0/1", "GE0/0/11", False),
        ("GigabitEthernet0/0/1", "Ethernet0/0/1", False),
        ("mgmt", "management", False),
    ],
)
def test_names_of_one_port_are_known_as_one(one: str, other: str, is_same: bool) -> None:
    assert is_same_port(one, other) is is_same
    assert is_same_port(other, one) is is_same


@given(some.text(max_size=30), some.text(max_size=30))
def test_any_two_names_are_compared(one: str, other: str) -> None:
    assert is_same_port(one, other) == is_same_port(other, one)
    assert is_same_port(one, one)
