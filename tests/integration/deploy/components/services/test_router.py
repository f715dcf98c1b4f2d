"""``router``: a node behind which others are reached, because its neighbours learn of them."""

from __future__ import annotations

import pytest

from yiwang.lab.fixtures import eventually

from .conftest import Services

pytestmark = pytest.mark.xdist_group("lab")

DESK = "59.252.8.2"


def is_reached(services: Services, asker: str = "app-1") -> bool:
    return services.bare(asker).run("ping", "-c1", "-W1", DESK, check=False).returncode == 0


def test_a_node_behind_it_is_reached_once_it_routes(services: Services) -> None:
    was_made = "router-1" in services.made
    before = is_reached(services)

    services.node("router-1")

    assert before == was_made
    assert eventually(lambda: is_reached(services), seconds=60)


def test_its_neighbour_learns_by_ospf_what_lies_behind_it(services: Services) -> None:
    services.node("router-1")

    def learnt() -> str:
        return services.bench.node("core-1").run("vtysh", "-c", "show ip route ospf").stdout

    assert eventually(lambda: "59.252.8.0/30" in learnt(), seconds=60)
    assert "O>* 59.252.8.0/30" in learnt()


def test_what_somebody_changed_at_its_command_line_is_found_and_put_back(services: Services) -> None:
    router = services.node("router-1")
    router.run("vtysh", "-c", "configure terminal", "-c", "interface eth0", "-c", "ip ospf cost 77")

    changes = services.bench.changes("router-1", "router")
    services.bench.apply("router-1", "router")

    assert changes == ["router: routing in force"]
    assert "cost 77" not in router.run("vtysh", "-c", "show running-config").stdout
    assert services.bench.changes("router-1", "router") == []


def test_a_static_route_is_added_without_a_restart(services: Services) -> None:
    router = services.node("router-1")
    before = router.run("pidof", "ospfd", "zebra").stdout
    values = {"router": {"static": [{"to": "192.0.2.0/24", "via": DESK}]}}

    services.bench.apply("router-1", "router", values=values)
    found = router.run("ip", "route", "show", "192.0.2.0/24").stdout
    services.bench.apply("router-1", "router")

    assert f"via {DESK}" in found
    assert router.run("pidof", "ospfd", "zebra").stdout == before
    assert router.run("ip", "route", "show", "192.0.2.0/24").stdout == ""


def test_it_still_routes_after_a_reboot(services: Services) -> None:
    router = services.node("router-1")
    boot = router.run("cat", "/proc/sys/kernel/random/boot_id").stdout
    router.run("systemctl", "reboot", check=False)

    def is_back() -> bool:
        done = router.run("cat", "/proc/sys/kernel/random/boot_id", check=False)
        return done.returncode == 0 and done.stdout != boot and router.is_answering()

    assert eventually(is_back, seconds=60)
    assert eventually(lambda: is_reached(services), seconds=60)
    assert services.bench.changes("router-1", "router") == []
