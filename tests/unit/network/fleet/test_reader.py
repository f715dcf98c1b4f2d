"""Typed facts are read from configurations of every platform, and nothing that is read shows a secret."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.network.configuration.decoding import decode
from yiwang.network.fleet.judging import Views
from yiwang.network.fleet.view import DeviceView
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.platforms.detection import Detection

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
WITH_FACTS = sorted(name for name, each in Platforms().all().items() if each.facts)

HUAWEI = """ip vpn-instance tax
 ipv4-family
  route-distinguisher 65001:10
  vpn-target 65001:10 65001:11 export-extcommunity
  vpn-target 65001:10 import-extcommunity
#
interface GigabitEthernet0/0/1
 ip binding vpn-instance tax
 ip address 10.0.0.1 255.255.255.252
 ip address 10.0.1.1 255.255.255.0 sub
 mtu 1400
 ospf timer hello 5
#
interface GigabitEthernet0/0/2
 shutdown
#
acl number 2001
 rule 5 permit source 59.237.1.0 0.0.0.255
 rule 6 permit source 59.237.2.9 0
 rule 10 deny
#
ospf 1 router-id 10.9.0.1
#
snmp-agent community read cipher k7Wq acl 2001
"""
CISCO = """vrf definition tax
 route-target export 65001:10
 route-target export 65001:11
 route-target import 65001:10
!
interface GigabitEthernet0/1
 vrf forwarding tax
 ip address 10.0.0.1 255.255.255.252
 ip address 10.0.1.1 255.255.255.0 secondary
 ip mtu 1400
 ip ospf hello-interval 5
!
interface GigabitEthernet0/2
 shutdown
!
ip access-list standard 2001
 permit 59.237.1.0 0.0.0.255
 permit host 59.237.2.9
 deny any
!
router ospf 1
 router-id 10.9.0.1
!
snmp-server community k7Wq RO 2001
"""


@cache
def views() -> Views:
    return Views(Platforms().all())


@pytest.mark.parametrize(("platform", "text"), [("huawei_vrp", HUAWEI), ("cisco_ios", CISCO), ("ruijie_os", CISCO)])
def test_platforms_tell_the_same_facts_in_their_own_words(platform: str, text: str) -> None:
    view = views().view("core-1", platform, text)

    first, second = view.ports
    assert [each.interface for each in first.addresses] == [
        IPv4Interface("10.0.0.1/30"),
        IPv4Interface("10.0.1.1/24"),
    ]
    assert (first.vrf, first.is_shut, second.is_shut) == ("tax", False, True)
    assert {name: each.text for name, each in first.settings.items()} == {"mtu": "1400", "ospf hello": "5"}
    (vrf,) = view.vrfs
    assert [each.text for each in vrf.imports] == ["65001:10"]
    assert [each.text for each in vrf.exports] == ["65001:10", "65001:11"]
    assert [each.text for each in view.router_ids] == ["10.9.0.1"]
    assert [each.network for each in view.filters["2001"]] == [
        IPv4Network("59.237.1.0/24"),
        IPv4Network("59.237.2.9/32"),
    ]
    assert [each.filter for each in view.snmp] == ["2001"]


@pytest.mark.parametrize(("platform", "text"), [("huawei_vrp", HUAWEI), ("cisco_ios", CISCO)])
def test_no_fact_shows_a_secret(platform: str, text: str) -> None:
    view = views().view("core-1", platform, text)

    assert [each.kind for each in view.secrets] == ["community"]
    assert "k7Wq" not in repr(view)


def test_what_a_banner_says_is_no_fact() -> None:
    text = "banner motd ^C\ninterface GigabitEthernet0/9\n ip address 10.0.0.1 255.255.255.0\n^C\n"

    assert views().view("core-1", "cisco_ios", text).ports == ()


def test_a_secret_that_both_ends_of_a_session_share_is_not_compared() -> None:
    text = "router bgp 65001\n neighbor 10.0.0.2 password 7 0822455D0A16\n"

    assert views().view("core-1", "cisco_ios", text).secrets == ()


@given(length=st.integers(0, 32))
def test_every_wildcard_of_a_prefix_is_that_prefix(length: int) -> None:
    network = IPv4Network(f"0.0.0.0/{length}")

    view = views().view("a", "cisco_ios", f"access-list 10 permit 0.0.0.0 {network.hostmask}\n")

    assert [each.network for each in view.filters["10"]] == [network]


def test_a_wildcard_with_holes_is_no_network_and_is_left_out() -> None:
    view = views().view("a", "cisco_ios", "access-list 10 permit 10.0.0.0 0.255.0.255\n")

    assert view.filters.get("10", ()) == ()


@settings(max_examples=60, deadline=None)
@given(
    platform=st.sampled_from(WITH_FACTS),
    lines=st.lists(st.one_of(st.sampled_from((HUAWEI + CISCO).split("\n")), st.text(max_size=30)), max_size=30),
    cut=st.integers(0, 40),
)
def test_any_text_is_read_without_an_exception(platform: str, lines: list[str], cut: int) -> None:
    text = "\n".join(line[: cut or None] for line in lines)

    assert isinstance(views().view("a", platform, text), DeviceView)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not there")
def test_the_whole_corpus_is_read_by_its_platform() -> None:
    detection = Detection(Platforms().all())
    texts = [decode(file.read_bytes()).text for file in sorted(CORPUS.glob("*/*")) if file.is_file()]
    known = [(detection.by_text(text).name, text) for text in texts]

    read = [views().view("a", name, text) for name, text in known if name in WITH_FACTS]

    assert sum(bool(each.ports) for each in read) >= len(read) / 2


@pytest.mark.parametrize(
    ("platform", "line", "filter"),
    [
        ("huawei_vrp", "snmp-agent community read cipher k7Wq mib-view all acl 2001", "2001"),
        ("huawei_vrp", "snmp-agent community read cipher k7Wq", ""),
        ("huawei_vrp", "snmp-agent group v3 ops privacy read-view all acl 2002", "2002"),
        ("hp_comware", "snmp-agent group v3 ops privacy", ""),
        ("cisco_ios", "snmp-server community k7Wq RO", ""),
        ("cisco_ios", "snmp-server community k7Wq view all RO ipv6 V6 OPS", "OPS"),
        ("cisco_ios", "snmp-server group ops v3 priv access 10", "10"),
        ("ruijie_os", "snmp-server community 7 0822455D0A16 ro 10", "10"),
        ("cisco_ios", "snmp-server community k7Wq something that we do not know", ""),
    ],
)
def test_every_way_into_snmp_is_read_with_its_filter(platform: str, line: str, filter: str) -> None:
    (access,) = views().view("a", platform, f"{line}\n").snmp

    assert access.filter == filter


@pytest.mark.parametrize(
    "line",
    [
        "ospf authentication-mode hmac-sha256 1 cipher k7Wq",
        "ntp-service authentication-keyid 1 authentication-mode hmac-sha256 cipher k7Wq",
        "ssh server cipher aes128_ctr aes256_ctr",
        "snmp-agent target-host trap address udp-domain 10.0.0.9 params securityname ops v3 privacy",
    ],
)
def test_what_is_ciphered_and_no_password_is_not_compared(line: str) -> None:
    assert views().view("a", "huawei_vrp", f"{line}\n").secrets == ()
