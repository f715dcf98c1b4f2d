"""Twenty hosts of Hebi: the city's core, Xun and Qi counties, four townships, routed end to end."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiwang.inventory.loading.load import load
from yiwang.inventory.model.device import Snmp
from yiwang.inventory.selector import parse_selector
from yiwang.lab.credentials import own_vault
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import eventually, lab_name, raised_lab
from yiwang.lab.lab import Lab
from yiwang.network.fleet.cabling import CablingDifference, differences
from yiwang.network.snmp.facts.neighbour import Neighbour

pytestmark = [pytest.mark.xdist_group("lab"), pytest.mark.slow]

HEBI = Path(__file__).parents[3] / "examples/hebi"
ROUTERS = (
    *("core-410600-1", "core-410600-2", "edge-410621", "edge-410622"),
    *("access-410621101", "access-410621102", "access-410622101", "access-410622102"),
)
NODES = (
    *("mirror-410600-1", "bastion-410600-1", "dns-410600-1", "log-410600-1", "monitor-410600-1", "database-410600-1"),
    *("exchange-410621-1", "exchange-410622-1"),
    *("desk-410621101", "desk-410621102", "desk-410622101", "desk-410622102"),
)


@pytest.fixture(scope="module")
def raised() -> Iterator[Lab]:
    chosen = parse_selector("|".join((*ROUTERS, *NODES)))
    yield from raised_lab(load(HEBI).require(), Request(lab_name("excerpt"), chosen, is_exact=True))


@pytest.fixture(scope="module")
def excerpt(raised: Lab) -> Lab:
    assert eventually(lambda: is_converged(raised), seconds=120)
    return raised


def is_converged(lab: Lab) -> bool:
    """Whether every router has a route to the desk farthest from it, and every desk an answer from the other county."""
    done = lab.machine("desk-410621102").run("ping", "-c", "1", "-W", "1", "59.207.130.42", check=False)
    return done.returncode == 0 and all(len(neighbours(lab, name)) == routed_cables(lab, name) for name in ROUTERS)


def neighbours(lab: Lab, router: str) -> set[str]:
    """The OSPF neighbours in state Full, by router id."""
    found = json.loads(lab.machine(router).run("vtysh", "-c", "show ip ospf neighbor json").stdout)["neighbors"]
    return {
        name
        for name, ways in found.items()
        for way in ways
        if way.get("nbrState", way.get("state", "")).startswith("Full")
    }


def routed_cables(lab: Lab, router: str) -> int:
    return sum(all(end.host in ROUTERS for end in cable.ends) for cable in lab.layout.cables_of(router))


def owner_of(lab: Lab, address: str) -> str:
    return next((host.name for host in lab.layout.hosts if address in host.addresses), address)


def test_the_excerpt_has_twenty_hosts(excerpt: Lab) -> None:
    assert len(excerpt.layout.hosts) == 20


@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_is_adjacent_to_every_router_that_it_is_cabled_to(excerpt: Lab, router: str) -> None:
    across = {
        end.host
        for cable in excerpt.layout.cables_of(router)
        for end in cable.ends
        if end.host != router and end.host in ROUTERS
    }

    assert neighbours(excerpt, router) == {excerpt.layout.by_name[name].addresses[0] for name in across}


def test_a_township_reaches_the_other_county_by_the_declared_way(excerpt: Lab) -> None:
    target = excerpt.layout.by_name["desk-410622101"].addresses[0]

    traced = excerpt.machine("desk-410621101").run("traceroute", "-n", "-q", "1", "-w", "2", target).stdout

    hops = [owner_of(excerpt, address) for address in re.findall(r"^ *\d+ +(\S+)", traced, re.MULTILINE)]
    way = ["access-410621101", "edge-410621", "core", "edge-410622", "access-410622101", "desk-410622101"]
    assert [re.sub(r"core-410600-\d", "core", hop) for hop in hops] == way


@pytest.mark.parametrize("node", NODES)
def test_every_node_is_reached_from_every_county(excerpt: Lab, node: str) -> None:
    address = excerpt.layout.by_name[node].addresses[0]

    for source in ("exchange-410621-1", "desk-410622102"):
        excerpt.machine(source).run("ping", "-c", "1", "-W", "2", address)


@pytest.mark.parametrize("host", [*ROUTERS, *NODES])
def test_the_lldp_neighbours_of_a_host_are_its_declared_links(excerpt: Lab, host: str) -> None:
    declared = {
        (excerpt_port(excerpt, host, mine.kernel), other.host, other.declared)
        for cable in excerpt.layout.cables_of(host)
        for mine, other in (cable.ends, cable.ends[::-1])
        if mine.host == host
    }

    assert eventually(lambda: lldp_neighbours(excerpt, host) == declared, seconds=30), lldp_neighbours(excerpt, host)


def excerpt_port(lab: Lab, host: str, kernel: str) -> str:
    return next(port.declared for port in lab.layout.by_name[host].ports if port.kernel == kernel)


def lldp_neighbours(lab: Lab, host: str) -> set[tuple[str, str, str]]:
    """(own port, neighbour, its port), all as they are declared."""
    told = json.loads(lab.machine(host).run("lldpcli", "-f", "json0", "show", "neighbors").stdout)["lldp"][0]
    found = set()
    for port in told.get("interface", []):
        (chassis,), (far,) = port["chassis"], port["port"]
        far_port = far["descr"][0]["value"] if "descr" in far else far["id"][0]["value"]
        found.add((excerpt_port(lab, host, port["name"]), chassis["name"][0]["value"], far_port))
    return found


@pytest.mark.parametrize("router", ROUTERS)
def test_the_neighbours_of_a_router_differ_in_nothing_from_the_declared_links(excerpt: Lab, router: str) -> None:
    estate = load(HEBI).require()
    hosts = {*ROUTERS, *NODES}
    links = {name: link for name, link in estate.links.items() if hosts.issuperset(end.owner for end in link.ends)}

    def found() -> tuple[CablingDifference, ...]:
        seen = [
            Neighbour(port, "", "", far_port, name=name) for port, name, far_port in lldp_neighbours(excerpt, router)
        ]
        return differences(links, {router: seen}, hosts)

    assert any(end.owner == router for link in links.values() for end in link.ends)
    assert eventually(lambda: not found(), seconds=30), found()


def test_losing_a_countys_line_moves_its_traffic_to_the_other(excerpt: Lab) -> None:
    edge = excerpt.machine("edge-410621")
    first = next(port.kernel for port in edge.host.ports if port.declared == "GigabitEthernet0/0/0")
    target = excerpt.layout.by_name["mirror-410600-1"].addresses[0]

    edge.run("ip", "link", "set", first, "down")
    try:
        desk = excerpt.machine("desk-410621101")
        moved = eventually(lambda: desk.run("ping", "-c", "1", "-W", "1", target, check=False).returncode == 0)
        traced = desk.run("traceroute", "-n", "-q", "1", "-w", "2", target).stdout
    finally:
        edge.run("ip", "link", "set", first, "up")

    assert moved
    assert "core-410600-2" in {owner_of(excerpt, each) for each in re.findall(r"^ *\d+ +(\S+)", traced, re.MULTILINE)}


@pytest.mark.parametrize("router", ROUTERS)
def test_an_snmp_walk_with_the_declared_user_shows_the_declared_interfaces(
    raised: Lab, router: str, tmp_path: Path
) -> None:
    declared = load(HEBI).require().devices[router]
    assert declared.snmp is not None
    (tmp_path / "snmp.conf").write_text(snmp_defaults(raised, declared.snmp))
    walk = ("env", f"SNMPCONFPATH={tmp_path}", "snmpbulkwalk", "-OQv", str(declared.management), "1.3.6.1.2.1.2.2.1.2")

    names = {line.strip('"') for line in raised.run(*walk).stdout.splitlines()}

    assert set(declared.interfaces) <= names
    assert not {"mgmt0", "lo"} & names


@pytest.mark.parametrize("client", ["gufo", "pysnmp"])
def test_every_router_tells_its_facts_over_snmp(raised: Lab, tmp_path: Path, client: str) -> None:
    settings = {"lab.name": raised.layout.name, "state_folder": tmp_path, "cache_folder": tmp_path}
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    yiwang = str(Path(sys.executable).with_name("yiwang"))
    asking = ["network", "facts", "|".join(ROUTERS), "-e", str(HEBI), "-o", "json", "--only", "counters"]

    done = raised.run(yiwang, *words, *asking, *(["--reference"] if client == "pysnmp" else []), check=False)

    told = {each["device"]: each for each in json.loads(done.stdout)["items"]}
    declared = load(HEBI).require().devices
    assert done.returncode == 0, done.stderr
    assert set(told) == set(ROUTERS)
    for router in ROUTERS:
        ports = {each["name"]: each for each in told[router]["interfaces"]}
        assert set(declared[router].interfaces) <= set(ports)
        assert all("in_octets" in port["counters"] for port in ports.values())


def snmp_defaults(lab: Lab, snmp: Snmp) -> str:
    """net-snmp's defaults for the declared user, whose pass phrases this lab has made."""
    vault = own_vault(lab.folder.secrets)
    auth, privacy = (vault.open(str(each).removeprefix("vault:")).reveal() for each in (snmp.auth, snmp.privacy))
    words = {
        "defVersion": "3",
        "defSecurityName": snmp.user,
        "defSecurityLevel": "authPriv",
        "defAuthType": "SHA-256",
        "defAuthPassphrase": auth,
        "defPrivType": "AES",
        "defPrivPassphrase": privacy,
    }
    return "".join(f"{key} {value}\n" for key, value in words.items())
