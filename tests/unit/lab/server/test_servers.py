"""Which departments' servers a lab has, and how they are plugged in."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from yiwang.core.errors import NotFoundError, UsageError
from yiwang.core.vault.secret import Secret
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector
from yiwang.lab.drafting import Request, draft
from yiwang.lab.layout import Host, Layout
from yiwang.lab.profile import profiles
from yiwang.lab.server.binding import Binding
from yiwang.lab.server.seeding import Words, profile_seed

ESTATE = Path(__file__).parents[3] / "estates" / "departments"


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load(ESTATE).require()


def drafted(estate: Estate, *servers: str, slot: int = 3) -> Layout:
    return draft(estate, Request("departments", servers=servers), slot)


def servers(layout: Layout) -> dict[str, Host]:
    return {host.name: host for host in layout.hosts if host.kind == "server"}


def changed(estate: Estate, name: str, **options: Any) -> Estate:
    """The estate with other options of an adapter."""
    adapter = estate.adapters[name].model_copy(update={"options": options})
    return replace(estate, adapters={**estate.adapters, name: adapter})


def said(layout: Layout, kind: str) -> list[tuple[str, str]]:
    return [(each.subject, each.detail) for each in layout.omissions if each.kind == kind]


def test_a_lab_has_no_server_unless_one_is_wanted(estate: Estate) -> None:
    layout = drafted(estate)

    assert servers(layout) == {}
    assert layout.by_name["exchange-1"].port("dept0") is None


def test_all_servers_are_those_of_the_selected_exchange_nodes(estate: Estate) -> None:
    request = Request("departments", parse_selector("name=exchange-2"), is_exact=True, servers=("all",))

    layout = draft(estate, request, 3)

    assert servers(layout).keys() == {"housing"}
    assert servers(layout)["housing"].adapters == ("housing-return",)


def test_a_kind_without_a_profile_is_said(estate: Estate) -> None:
    layout = drafted(estate, "all")

    assert said(layout, "server-kind") == [("land", "oracle")]


def test_a_server_has_exactly_its_declared_address_and_port(estate: Estate) -> None:
    layout = drafted(estate, "all")

    housing = servers(layout)["housing"]
    assert (housing.addresses, housing.service_port, housing.profile) == (("172.31.8.5",), 13306, "mariadb")
    assert {port.address for port in housing.ports} == {"172.31.8.5/32"}


def test_a_server_without_a_declared_address_gets_one_for_test_networks_and_it_is_said(estate: Estate) -> None:
    layout = drafted(estate, "all", slot=5)

    address = servers(layout)["water"].addresses[0]
    assert address.startswith("198.19.20.")
    assert ("water", address) in said(layout, "server-address")


def test_each_cable_joins_one_address_to_one_address(estate: Estate) -> None:
    layout = drafted(estate, "all")

    for cable in layout.cables:
        one, other = (layout.by_name[end.host].port(end.declared) for end in cable.ends)
        if layout.by_name[cable.ends[1].host].kind == "server":
            assert one
            assert other
            assert (f"{one.peer}/32", f"{other.peer}/32") == (other.address, one.address)


def test_adapters_of_one_system_on_two_exchange_nodes_share_a_server_with_two_cables(estate: Estate) -> None:
    layout = drafted(estate, "housing", "housing-return")

    assert servers(layout)["housing"].adapters == ("housing", "housing-return")
    assert [cable.ends[0].host for cable in layout.cables_of("housing")] == ["exchange-1", "exchange-2"]


def test_a_server_whose_system_is_called_as_a_node_gets_another_name(estate: Estate) -> None:
    adapter = estate.adapters["water"].model_copy(update={"system": "desk-1"})

    layout = drafted(replace(estate, adapters={**estate.adapters, "water": adapter}), "water")

    assert servers(layout).keys() == {"desk-1-2"}


def test_an_adapter_whose_declared_host_is_a_node_of_the_lab_needs_no_server(estate: Estate) -> None:
    layout = drafted(changed(estate, "water", host="59.254.0.10"), "water")

    assert servers(layout) == {}
    assert said(layout, "server-node") == [("water", "desk-1")]


def test_hosts_stay_in_name_order_and_keep_their_management_addresses(estate: Estate) -> None:
    before, after = drafted(estate), drafted(estate, "all")

    names = [host.name for host in after.hosts]
    assert names == sorted(names)
    assert all(after.by_name[host.name].management == host.management for host in before.hosts)
    assert len({host.management for host in after.hosts}) == len(names)


def test_an_unknown_adapter_is_refused_with_the_nearest(estate: Estate) -> None:
    with pytest.raises(NotFoundError, match=r"E6353.*housing"):
        drafted(estate, "hosing")


def test_a_server_needs_its_exchange_node_in_the_lab(estate: Estate) -> None:
    request = Request("departments", parse_selector("name=exchange-2"), is_exact=True, servers=("water",))

    with pytest.raises(UsageError, match=r"E6354.*exchange-1"):
        draft(estate, request, 3)


def test_two_kinds_of_server_at_one_address_are_refused(estate: Estate) -> None:
    with pytest.raises(UsageError, match=r"E6355.*172\.31\.8\.5"):
        drafted(changed(estate, "water", host="172.31.8.5"), "all")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"charset": "klingon"}, "klingon"),
        ({"database": "a'b"}, "a'b"),
        ({"port": 70000}, "70000"),
        ({"port": "¼"}, "¼"),
    ],
)
def test_an_option_that_no_server_can_have_is_refused(estate: Estate, options: dict[str, Any], expected: str) -> None:
    with pytest.raises(UsageError, match="E6352") as raised:
        drafted(changed(estate, "water", **options), "water")

    assert expected in raised.value.message


def test_a_charset_that_is_only_stood_in_for_is_said(estate: Estate) -> None:
    layout = drafted(estate, "all")

    assert said(layout, "server-charset") == [("statistics", "gbk")]


def test_what_the_first_boot_runs_holds_no_password_and_only_root_reads_it(estate: Estate) -> None:
    host = servers(drafted(estate, "housing", "housing-return"))["housing"]
    profile = profiles()["mariadb"]
    secret = Secret("Kept.Between-Us7")
    words = [Words(host, Binding(name, estate.adapters[name], "mariadb", profile), secret) for name in host.adapters]

    seed = profile_seed(profile, words)

    setup = seed["etc/yiwang/setup"]
    assert setup.mode == 0o700
    assert setup.content.decode().count("GRANT") == 2
    assert all(secret.reveal().encode() not in file.content for file in seed.values())
    assert "Kept" not in repr(words)
