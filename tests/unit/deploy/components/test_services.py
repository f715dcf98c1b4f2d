"""What business servers take from the estate: pure functions of what is declared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.deploy.components.postgresql.verifier import verifier
from yiwang.deploy.design import components_of, specification_of
from yiwang.deploy.registry import Components
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load

ESTATES = Path(__file__).parents[3] / "estates"
EXAMPLE = Path(__file__).parents[4] / "examples" / "hebi"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIv0oAwP8SlZsoeqNwiQ9wDgkw1lwDODlFmmnYnWnxSx"


@pytest.fixture(scope="module")
def estate() -> Estate:
    """Business servers of a city, with pinned host keys."""
    found = load(ESTATES / "services").require()
    nodes = {
        name: node.model_copy(update={"connection": node.connection.model_copy(update={"host_keys": (KEY,)})})
        for name, node in found.nodes.items()
    }
    return replace(found, nodes=nodes)


def values(estate: Estate, name: str, component: str) -> dict[str, Any]:
    """The values of a component of a node."""
    parts = specification_of(estate, name, Components()).parts
    return dict(next(part.values for part in parts if part.component == component))


def test_a_database_is_used_by_application_nodes_of_its_zone_and_by_the_exchange(estate: Estate) -> None:
    found = values(estate, "database-1", "database")

    assert found["clients"] == ["10.71.0.6/32", "10.71.0.18/32", "59.252.0.2/32"]
    assert found["listen"] == ["10.71.0.2"]


def test_the_database_of_a_front_node_is_for_the_node_alone(estate: Estate) -> None:
    found = values(estate, "exchange-1", "database")

    assert found["clients"] == []
    assert found["listen"] == []
    assert found["services"] == {"yiwang-worker": "yiwang"}


def test_changes_are_kept_only_where_somebody_fetches_them(estate: Estate) -> None:
    backup = estate.nodes["backup-1"].model_copy(update={"vars": {}})
    without_password = replace(estate, nodes={**estate.nodes, "backup-1": backup})

    assert values(estate, "database-1", "database")["archive"]
    assert values(estate, "database-1", "backup-client")["server"]["address"] == "10.71.0.10"
    assert not values(without_password, "database-1", "database")["archive"]
    assert values(without_password, "database-1", "backup-client")["server"] is None


def test_a_node_is_backed_up_only_where_policy_lets_it(estate: Estate) -> None:
    clients = values(estate, "backup-1", "backup")["clients"]

    # The monitor's zone may open SSH to the dedicated one; the public zone may not, and a desk has nothing to keep.
    assert sorted(clients) == ["bigdata-1", "database-1", "exchange-1", "monitor-1"]


def test_the_outer_zone_hands_on_to_the_web_nodes_behind_it(estate: Estate) -> None:
    outer, inner = values(estate, "proxy-1", "web"), values(estate, "web-1", "web")

    assert outer["sites"]["portal"]["proxies"][0]["to"] == ["https://10.131.0.2"]
    assert inner["sites"]["portal"]["proxies"] == []
    assert inner["trusted_proxies"] == ["203.0.113.2"]
    assert outer["trusted_proxies"] == []


def test_devices_that_are_read_alike_share_their_way_of_being_read(estate: Estate) -> None:
    found = values(estate, "monitor-1", "monitor")

    assert list(found["snmp"]) == ["if_mib_1"]
    assert found["snmp"]["if_mib_1"]["auth"] == "vault:snmp/auth"
    assert found["devices"][0]["labels"]["__snmp_module"] == "if_mib_1"


def test_a_router_greets_devices_and_only_announces_hosts(estate: Estate) -> None:
    found = values(estate, "router-1", "router")

    assert found["area"] in (0, "0", "0.0.0.0")
    assert (found["links"]["eth0"]["passive"], found["links"]["eth0"]["point_to_point"]) == (False, True)
    assert found["links"]["eth1"]["passive"]


def test_every_node_of_a_watched_estate_tells_of_itself(estate: Estate) -> None:
    assert components_of(estate, "desk-1")[:2] == ("baseline", "node-exporter")
    assert values(estate, "desk-1", "node-exporter")["is_watched"]


def test_every_node_of_the_example_has_values_that_its_components_take() -> None:
    example, components = load(EXAMPLE).require(), Components()

    for name in example.nodes:
        specification_of(example, name, components)


def test_a_password_always_gives_the_same_verifier_and_another_for_another_role() -> None:
    secret = Secret("Correct horse")

    assert verifier("a", secret) == verifier("a", secret)
    assert verifier("a", secret) != verifier("b", secret)
    assert "Correct" not in verifier("a", secret)
