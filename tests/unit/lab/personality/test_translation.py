"""Vendors' configurations mean the same to FRR, and FRR accepts what is made of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.lab.personality.catalogue import platform, platform_names
from yiwang.lab.personality.engine.meaning import prefix_length
from yiwang.lab.personality.engine.translation import translate
from yiwang.lab.personality.serving import default_configuration

CORPUS = Path(__file__).resolve().parents[5] / "shared" / "corpus"

ONE_ROUTER = {
    "huawei_vrp": """#
sysname r1
#
interface GigabitEthernet0/0/1
 mtu 1400
 description to r2
 ip address 10.0.0.0 255.255.255.254
 ospf cost 7
#
interface GigabitEthernet0/0/2
 shutdown
 ip address 10.0.1.1 255.255.255.0
 ospf timer hello 5
#
interface LoopBack0
 ip address 192.0.2.1 255.255.255.255
#
bgp 64512
 peer 10.0.0.1 as-number 64513
 peer 10.0.0.1 description up
 #
 ipv4-family unicast
  undo synchronization
  network 10.0.1.0 255.255.255.0
  peer 10.0.0.1 enable
#
ospf 1 router-id 192.0.2.1
 silent-interface GigabitEthernet0/0/2
 import-route static
 area 0.0.0.0
  network 10.0.0.0 0.0.1.255
  network 192.0.2.1 0.0.0.0
#
ip route-static 203.0.113.0 255.255.255.0 10.0.0.1
#
return
""",
    "hp_comware": """#
 sysname r1
#
ospf 1 router-id 192.0.2.1
 silent-interface GigabitEthernet0/0/2
 import-route static
 area 0.0.0.0
  network 10.0.0.0 0.0.1.255
  network 192.0.2.1 0.0.0.0
#
interface LoopBack0
 ip address 192.0.2.1 255.255.255.255
#
interface GigabitEthernet0/0/1
 port link-mode route
 mtu 1400
 description to r2
 ip address 10.0.0.0 255.255.255.254
 ospf cost 7
#
interface GigabitEthernet0/0/2
 port link-mode route
 shutdown
 ip address 10.0.1.1 255.255.255.0
 ospf timer hello 5
#
bgp 64512
 peer 10.0.0.1 as-number 64513
 peer 10.0.0.1 description up
 #
 address-family ipv4 unicast
  network 10.0.1.0 255.255.255.0
  peer 10.0.0.1 enable
#
 ip route-static 203.0.113.0 24 10.0.0.1
#
return
""",
    "cisco_ios": """!
hostname r1
!
interface Loopback0
 ip address 192.0.2.1 255.255.255.255
!
interface GigabitEthernet0/0/1
 mtu 1400
 description to r2
 ip address 10.0.0.0 255.255.255.254
 ip ospf cost 7
!
interface GigabitEthernet0/0/2
 ip address 10.0.1.1 255.255.255.0
 ip ospf hello-interval 5
 shutdown
!
router ospf 1
 router-id 192.0.2.1
 redistribute static subnets
 passive-interface GigabitEthernet0/0/2
 network 10.0.0.0 0.0.1.255 area 0.0.0.0
 network 192.0.2.1 0.0.0.0 area 0.0.0.0
!
router bgp 64512
 bgp log-neighbor-changes
 network 10.0.1.0 mask 255.255.255.0
 neighbor 10.0.0.1 remote-as 64513
 neighbor 10.0.0.1 description up
!
ip route 203.0.113.0 255.255.255.0 10.0.0.1
!
end
""",
    "zte_zxros": """!
hostname r1
!
interface GigabitEthernet0/0/1
  description to r2
  mtu 1400
  ip address 10.0.0.0 255.255.255.254
$
!
interface GigabitEthernet0/0/2
  ip address 10.0.1.1 255.255.255.0
  shutdown
$
!
interface loopback1
  ip address 192.0.2.1 255.255.255.255
$
!
router ospf 1
  router-id 192.0.2.1
  redistribute static
  passive-interface GigabitEthernet0/0/2
  area 0.0.0.0
    network 10.0.0.0 0.0.1.255
    network 192.0.2.1 0.0.0.0
    interface GigabitEthernet0/0/1
      cost 7
    $
    interface GigabitEthernet0/0/2
      hello-interval 5
    $
  $
$
!
router bgp 64512
  network 10.0.1.0 255.255.255.0
  neighbor 10.0.0.1 remote-as 64513
  neighbor 10.0.0.1 description up
  neighbor 10.0.0.1 activate
$
!
ip route 203.0.113.0 255.255.255.0 10.0.0.1
!
end
""",
}
PORTS = {"GigabitEthernet0/0/1": "ge0-0-1", "GigabitEthernet0/0/2": "ge0-0-2"}
EXPECTED = """\
interface ge0-0-1
 description to r2
 ip address 10.0.0.0/31
 ip ospf area 0.0.0.0
 ip ospf dead-interval 8
 ip ospf hello-interval 2
 ip ospf cost 7
 ip ospf network point-to-point
exit
!
interface ge0-0-2
 shutdown
 ip address 10.0.1.1/24
 ip ospf area 0.0.0.0
 ip ospf dead-interval 20
 ip ospf hello-interval 5
 ip ospf passive
exit
!
interface lo
 ip address 192.0.2.1/32
 ip ospf area 0.0.0.0
exit
!
"""
ROUTING = {
    "": """ip route 203.0.113.0/24 10.0.0.1
!
router ospf
 ospf router-id 192.0.2.1
 redistribute static
exit
""",
    "own preferences": """ip route 203.0.113.0/24 10.0.0.1 60
!
router ospf
 ospf router-id 192.0.2.1
 distance ospf intra-area 10 inter-area 10 external 150
 redistribute static
exit
""",
}


@pytest.mark.parametrize("name", ONE_ROUTER)
def test_one_router_means_the_same_whoever_made_it(name: str) -> None:
    translation = translate(ONE_ROUTER[name], platform(name), PORTS)

    routing = ROUTING["own preferences" if name in ("huawei_vrp", "hp_comware") else ""]
    assert EXPECTED + routing in translation.frr
    assert "hostname r1\n" in translation.frr
    assert " neighbor 10.0.0.1 remote-as 64513\n neighbor 10.0.0.1 description up\n" in translation.frr
    assert "  network 10.0.1.0/24\n" in translation.frr
    assert translation.daemons == ("ospfd", "bgpd")
    assert translation.mtu == {"ge0-0-1": 1400, "ge0-0-2": 1500}
    assert translation.untranslated == ()


def test_what_the_lab_does_not_act_on_is_told() -> None:
    text = """#
ip vpn-instance dedicated
 ipv4-family
#
interface GigabitEthernet0/0/1
 ip binding vpn-instance dedicated
 ip address 10.0.0.1 255.255.255.0
#
interface GigabitEthernet0/0/9
#
ospf 1
#
ospf 2
 area 0.0.0.0
#
acl 3000
 rule 5 deny ip
#
snmp-agent
#
return
"""

    translation = translate(text, platform("huawei_vrp"), PORTS)

    assert translation.untranslated == (
        "ip vpn-instance dedicated",
        "ip vpn-instance dedicated > ipv4-family",
        "interface GigabitEthernet0/0/1 > ip binding vpn-instance dedicated",
        "interface GigabitEthernet0/0/9",
        "ospf 2",
        "ospf 2 > area 0.0.0.0",
        "acl 3000",
        "acl 3000 > rule 5 deny ip",
    )


@pytest.mark.parametrize("source", ["ospf 1\n import-route direct\n", "bgp 1\n import-route direct\n"])
def test_the_labs_own_network_is_not_announced(source: str, tmp_path: Path) -> None:
    frr = translate(f"#\n{source}#\nreturn\n", platform("huawei_vrp"), PORTS).frr

    assert "redistribute connected route-map not-the-lab\n" in frr
    assert "ip prefix-list the-lab seq 5 permit 198.18.0.0/15 le 32\n" in frr
    accepted(frr, tmp_path)


def test_a_comware_peer_that_is_not_enabled_carries_no_routes() -> None:
    peers = " peer 10.0.0.1 as-number 2\n peer 10.0.0.2 as-number 2\n"
    text = f"#\nbgp 1\n{peers} #\n address-family ipv4 unicast\n  peer 10.0.0.1 enable\n#\n"

    frr = translate(text, platform("hp_comware"), {}).frr

    assert " no bgp default ipv4-unicast\n" in frr
    assert "  neighbor 10.0.0.1 activate\n" in frr
    assert "10.0.0.2 activate" not in frr


@pytest.mark.parametrize(
    ("mask", "length"),
    [("255.255.255.0", 24), ("0.0.0.255", 24), ("255.255.255.255", 32), ("0.0.0.0", 0), ("/31", 31), ("30", 30)],
)
def test_masks_are_read_however_they_are_written(mask: str, length: int) -> None:
    assert prefix_length(mask) == length


def accepted(frr: str, folder: Path) -> None:
    """FRR's own reader accepts a configuration; skips where FRR is not installed."""
    if not shutil.which("vtysh"):
        pytest.skip("FRR is not installed (apt-get install frr)")
    file = folder / "frr.conf"
    file.write_text(frr)
    done = subprocess.run(["vtysh", "-C", "-f", str(file)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", platform_names())
def test_frr_accepts_the_sample_of_every_platform(name: str, tmp_path: Path) -> None:
    text = default_configuration(name)
    ports = {line.removeprefix("interface "): f"p{number}" for number, line in enumerate(text.splitlines())}

    accepted(translate(text, platform(name), ports).frr, tmp_path)


@pytest.mark.parametrize("name", ONE_ROUTER)
def test_frr_accepts_a_whole_router(name: str, tmp_path: Path) -> None:
    accepted(translate(ONE_ROUTER[name], platform(name), PORTS).frr, tmp_path)


@pytest.mark.parametrize("name", ["huawei_vrp", "hp_comware", "cisco_ios"])
def test_frr_accepts_what_is_made_of_collected_configurations(name: str, tmp_path: Path) -> None:
    files = sorted((CORPUS / name).glob("*.cfg"))
    if not files:
        pytest.skip("the corpus of public configurations is not here")
    for file in files:
        text = file.read_text("utf-8", "replace")
        names = [line.removeprefix("interface ") for line in text.splitlines() if line.startswith("interface ")]
        translation = translate(text, platform(name), {each: f"p{number}" for number, each in enumerate(names)})
        accepted(translation.frr, tmp_path)


OCTET = st.integers(0, 255)
ADDRESS = st.tuples(st.integers(1, 223), OCTET, OCTET, OCTET).map(lambda each: ".".join(map(str, each)))
MASK = st.integers(8, 32)


@st.composite
def routers(draw: st.DrawFn) -> str:
    lines = ["#", "sysname r1", "#"]
    for number in range(draw(st.integers(0, 3))):
        lines += [f"interface GigabitEthernet0/0/{number}", f" ip address {draw(ADDRESS)} {draw(MASK)}"]
        lines += draw(st.lists(st.sampled_from([" shutdown", " description a ! b", " ospf cost 9"]), unique=True))
    lines.append(f"ospf 1 router-id {draw(ADDRESS)}")
    lines += draw(st.lists(st.sampled_from([" import-route direct", " default-route-advertise always"]), unique=True))
    lines.append(f" area {draw(st.integers(0, 2**32 - 1))}")
    lines += [f"  network {draw(ADDRESS)} 0.0.0.{draw(OCTET)}" for _number in range(draw(st.integers(0, 3)))]
    lines.append(f"bgp {draw(st.integers(1, 2**32 - 2))}")
    lines += [f" peer {draw(ADDRESS)} as-number 64512" for _number in range(draw(st.integers(0, 3)))]
    return "\n".join([*lines, "return", ""])


@settings(max_examples=15, deadline=None)
@given(text=routers())
def test_frr_accepts_what_is_made_of_any_router(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    ports = {f"GigabitEthernet0/0/{number}": f"ge{number}" for number in range(3)}

    accepted(translate(text, platform("huawei_vrp"), ports).frr, tmp_path_factory.mktemp("frr"))
