"""From the declared estate to the layout of a lab."""

from pathlib import Path

import msgspec
import pytest

from yiwang.core.errors import UsageError
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector
from yiwang.lab.drafting import Request, draft
from yiwang.lab.layout import Layout

HEBI = Path(__file__).parents[3] / "examples/hebi"


@pytest.fixture(scope="module")
def hebi() -> Estate:
    return load(HEBI).require()


def drafted(estate: Estate, selector: str, **wishes: bool) -> Layout:
    return draft(estate, Request("hebi", parse_selector(selector), **wishes), 3)


def test_a_county_brings_along_what_it_leans_on_and_the_way_there(hebi: Estate) -> None:
    layout = drafted(hebi, "county=410621")

    along = {host.name for host in layout.hosts if not host.region.startswith("410621")}
    assert along == {
        "bastion-410600-1",
        "core-410600-1",
        "core-410600-2",
        "dns-410600-1",
        "dns-410600-2",
        "log-410600-1",
        "mirror-410600-1",
    }
    assert layout.mirror == "mirror-410600-1"


def test_an_exact_selection_brings_nothing_along(hebi: Estate) -> None:
    layout = drafted(hebi, "county=410621", is_exact=True)

    assert {host.region[:6] for host in layout.hosts} == {"410621"}


def test_a_host_has_every_declared_address_and_port(hebi: Estate) -> None:
    edge = drafted(hebi, "edge-410621").by_name["edge-410621"]

    declared = hebi.devices["edge-410621"]
    assert edge.addresses[0] == str(declared.management)
    assert {port.declared: port.address for port in edge.ports} == {
        name: str(port.address) for name, port in declared.interfaces.items()
    }


def test_each_address_of_an_exchange_node_is_on_the_port_of_its_zone(hebi: Estate) -> None:
    exchange = drafted(hebi, "exchange-410600-1").by_name["exchange-410600-1"]

    assert [(port.kernel, port.address) for port in exchange.ports] == [
        ("eth0", "59.207.130.205/31"),
        ("eth1", "10.66.88.7/31"),
    ]


def test_a_cable_joins_the_kernel_names_of_its_declared_ends(hebi: Estate) -> None:
    layout = drafted(hebi, "edge-410621|access-410621101", is_exact=True)

    (cable,) = layout.cables
    assert cable.name == "uplink-410621101"
    assert [(str(end), end.kernel) for end in cable.ends] == [
        ("edge-410621:GigabitEthernet0/0/7", "ge0-0-7"),
        ("access-410621101:GigabitEthernet1/0/1", "ge1-0-1"),
    ]


def test_what_is_cut_off_or_imitated_is_said(hebi: Estate) -> None:
    layout = drafted(hebi, "access-410621101", is_exact=True)

    said = {(each.kind, each.subject, each.detail) for each in layout.omissions}
    assert ("end-outside", "access-410621101:GigabitEthernet1/0/1", "edge-410621") in said
    assert ("platform", "access-410621101", "hp_comware") in said
    assert {"kernel", "clock", "modules", "audit"} <= {each.kind for each in layout.omissions}
    assert all(each.message for each in layout.omissions)


def test_a_layout_is_the_same_after_it_was_written_and_read(hebi: Estate) -> None:
    layout = drafted(hebi, "")

    assert len(layout.hosts) == len(hebi.nodes) + len(hebi.devices)
    assert msgspec.json.decode(msgspec.json.encode(layout), type=Layout) == layout


def test_a_selector_that_matches_nothing_is_refused(hebi: Estate) -> None:
    with pytest.raises(UsageError) as caught:
        drafted(hebi, "county=999999")

    assert caught.value.error.id == "E6001"
