"""A vendor's configuration as FRR's, so that what is shown is what routes.

Times are shortened for the lab where the configuration leaves them at the vendors' common defaults:
OSPF says hello every 2 seconds and declares a neighbour dead after 8 (instead of 10 and 40), BGP
tries again to connect after 5 seconds (instead of 120).  Any other value stands as configured.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from yiwang.lab.personality.engine import meaning
from yiwang.lab.personality.engine.meaning import BETWEEN, Fact, Interface, plain, prefix_length
from yiwang.lab.personality.engine.platform import Platform
from yiwang.lab.personality.engine.tree import parse
from yiwang.lab.personality.engine.words import dotted

HELLO_SECONDS, DEAD_SECONDS = 10, 40
LAB_HELLO_SECONDS, LAB_DEAD_SECONDS = 2, 8
LAB_CONNECT_SECONDS = 5
# The lab reaches every host over a network of its own, which no vendor's device would announce.
CONNECTED = "redistribute connected"
NOT_THE_LAB = "route-map not-the-lab"
LAB_NETWORK = "198.18.0.0/15"
NULL = re.compile(r"null ?\d", re.IGNORECASE)
ALL_BITS = 2**32 - 1


@dataclass(frozen=True)
class Translation:
    """FRR's configuration, the daemons that it needs, each port's MTU, and what is not rehearsed.

    ``untranslated`` are the lines about routing and forwarding that the lab does not act on, each
    with the lines that it stands under.
    """

    frr: str
    daemons: tuple[str, ...]
    mtu: Mapping[str, int]
    untranslated: tuple[str, ...]


def translate(text: str, platform: Platform, ports: Mapping[str, str], *, name: str = "") -> Translation:
    """What a configuration means for FRR; ``ports`` are declared → kernel names."""
    return _Router(text, platform, ports, name).translation()


class _Router:
    """One configuration while it is translated."""

    def __init__(self, text: str, platform: Platform, ports: Mapping[str, str], name: str) -> None:
        self._platform = platform
        self._ports = {plain(declared): kernel for declared, kernel in ports.items()}
        tree = parse(text, platform.comment)
        facts = list(meaning.facts(tree, platform))
        self._hostname = meaning.hostname(tree, platform, name)
        self._interfaces = meaning.interfaces(iter(facts))
        self._facts: dict[str, list[Fact]] = defaultdict(list)
        self._process = next((fact["process"] for fact in facts if fact.means == "ospf"), "")
        self._left: list[str] = []
        for fact in facts:
            self._sort(fact)

    def _sort(self, fact: Fact) -> None:
        is_other = fact.means.startswith("ospf") and bool(fact["process"]) and fact["process"] != self._process
        is_elsewhere = fact.means == "interface" and not self._kernel(fact["interface"])
        is_unknown = fact.means == "unknown" and meaning.is_about_routing(fact.path, self._platform)
        if is_other or is_unknown or (is_elsewhere and not NULL.fullmatch(fact["interface"])):
            self._left.append(BETWEEN.join(fact.path))
        if not is_other:
            self._facts[fact.means].append(fact)

    def translation(self) -> Translation:
        """The whole of it."""
        blocks = [self._head(), *self._interface_blocks(), self._static(), self._ospf(), self._bgp()]
        if any(CONNECTED in line for block in blocks for line in block):
            blocks.append(_not_the_lab())
        daemons = [name for name, means in (("ospfd", "ospf"), ("bgpd", "bgp")) if self._facts[means]]
        if self._facts["ospf_enable"] and "ospfd" not in daemons:
            daemons.insert(0, "ospfd")
        mtu = {self._kernel(each.name): each.mtu for each in self._interfaces.values()}
        return Translation(
            "!\n".join("".join(f"{line}\n" for line in block) for block in blocks if block),
            tuple(daemons),
            {kernel: value for kernel, value in mtu.items() if kernel not in ("", "lo")},
            tuple(self._left),
        )

    def _kernel(self, interface: str) -> str:
        return "lo" if self._platform.is_loopback(interface) else self._ports.get(plain(interface), "")

    def _last(self, means: str, key: str, interface: str = "") -> str:
        wanted = plain(interface)
        values = [each[key] for each in self._facts[means] if not wanted or plain(each["interface"]) == wanted]
        return values[-1] if values else ""

    def _says(self, means: str, interface: str) -> bool:
        return any(plain(each["interface"]) == plain(interface) for each in self._facts[means])

    def _head(self) -> list[str]:
        lines = ["frr defaults traditional", "log syslog informational", "service integrated-vtysh-config"]
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]*", self._hostname):
            lines.insert(1, f"hostname {self._hostname}")
        return lines

    # Interfaces

    def _interface_blocks(self) -> Iterator[list[str]]:
        loopback: list[str] = []
        for each in self._interfaces.values():
            kernel = self._kernel(each.name)
            if kernel == "lo":
                loopback += [line for line in self._interface_lines(each) if line not in loopback]
            elif kernel:
                yield [f"interface {kernel}", *self._interface_lines(each), "exit"]
        if loopback:
            yield ["interface lo", *loopback, "exit"]

    def _interface_lines(self, interface: Interface) -> Iterator[str]:
        is_loopback = self._platform.is_loopback(interface.name)
        if interface.description and not is_loopback:
            yield f" description {interface.description}"
        if interface.is_shutdown and not is_loopback:
            yield " shutdown"
        yield from (f" ip address {address}" for address in interface.addresses)
        if area := self._area(interface):
            yield f" ip ospf area {area}"
            if not is_loopback:
                yield from self._ospf_lines(interface)
        if self._is_passive(interface.name) and area and not is_loopback:
            yield " ip ospf passive"

    def _area(self, interface: Interface) -> str:
        if area := self._last("ospf_enable", "area", interface.name):
            return area
        for fact in self._facts["ospf_network"]:
            if any(_covers(fact, address.number) for address in interface.addresses):
                return fact["area"]
        return ""

    def _ospf_lines(self, interface: Interface) -> Iterator[str]:
        hello = int(self._last("ospf_hello", "value", interface.name) or HELLO_SECONDS)
        dead = int(self._last("ospf_dead", "value", interface.name) or hello * 4)
        if (hello, dead) == (HELLO_SECONDS, DEAD_SECONDS):
            hello, dead = LAB_HELLO_SECONDS, LAB_DEAD_SECONDS
        yield f" ip ospf dead-interval {dead}"
        yield f" ip ospf hello-interval {hello}"
        for means, words in (("ospf_cost", "cost"), ("ospf_priority", "priority")):
            if value := self._last(means, "value", interface.name):
                yield f" ip ospf {words} {value}"
        is_pair = any(address.length == 31 for address in interface.addresses)
        if self._says("ospf_broadcast", interface.name):
            yield " ip ospf network broadcast"
        elif is_pair or self._says("ospf_point_to_point", interface.name):
            yield " ip ospf network point-to-point"

    def _is_passive(self, interface: str) -> bool:
        if self._says("ospf_passive", interface):
            return True
        is_default = self._facts["ospf_passive_default"] or self._says("ospf_passive", "all")
        return bool(is_default) and not self._says("ospf_active", interface)

    # Routing

    def _static(self) -> list[str]:
        lines = []
        for fact in self._facts["static"]:
            hop = self._hop(fact["hop"])
            length = prefix_length(fact["mask"])
            if hop and length is not None:
                distance = fact["distance"] or self._distance("static")
                lines.append(f"ip route {_network(fact['address'], length)} {hop} {distance}".rstrip())
            else:
                self._left.append(BETWEEN.join(fact.path))
        return lines

    def _distance(self, protocol: str) -> str:
        return str(self._platform.data.get("distances", {}).get(protocol, ""))

    def _hop(self, hop: str) -> str:
        if NULL.fullmatch(hop):
            return "Null0"
        return hop if re.fullmatch(r"\d+(\.\d+){3}", hop) else self._kernel(hop)

    def _ospf(self) -> list[str]:
        if not self._facts["ospf"] and not self._facts["ospf_enable"]:
            return []
        lines = ["router ospf"]
        if router_id := self._router_id("ospf"):
            lines.append(f" ospf router-id {router_id}")
        if inside := self._distance("ospf"):
            outside = self._distance("ospf_external")
            lines.append(f" distance ospf intra-area {inside} inter-area {inside} external {outside}")
        lines += _each(f" {each}" for each in self._redistributed("ospf_redistribute"))
        for fact in self._facts["ospf_stub"]:
            lines.append(f" area {fact['area']} stub{' no-summary' if fact['no_summary'] else ''}")
        for fact in self._facts["ospf_default"][:1]:
            lines.append(f" default-information originate{' always' if fact['always'] else ''}")
        return [*lines, "exit"]

    def _router_id(self, protocol: str) -> str:
        own = self._last(f"{protocol}_router_id", "router_id") or self._last(protocol, "router_id")
        loopbacks = [each for each in self._interfaces.values() if self._platform.is_loopback(each.name)]
        first = next((each.addresses[0].text for each in loopbacks if each.addresses), "")
        return own or self._last("router_id", "router_id") or first

    def _redistributed(self, means: str) -> Iterator[str]:
        words = self._platform.data["route_sources"]
        for fact in self._facts[means]:
            line = f"redistribute {words[fact['source']]}"
            yield f"{line} {NOT_THE_LAB}" if line == CONNECTED else line

    def _bgp(self) -> list[str]:
        as_number = self._last("bgp", "as_number")
        if not as_number:
            return []
        lines = [f"router bgp {as_number}", " no bgp ebgp-requires-policy"]
        needs_enable = bool(self._platform.data.get("bgp_needs_enable"))
        if needs_enable:
            lines.append(" no bgp default ipv4-unicast")
        if router_id := self._router_id("bgp"):
            lines.insert(1, f" bgp router-id {router_id}")
        peers = {fact["peer"]: fact["as_number"] for fact in self._facts["bgp_peer"]}
        for peer, remote in peers.items():
            lines += self._peer_lines(peer, remote)
        return [*lines, *self._family_lines(set(peers), needs_enable=needs_enable), "exit"]

    def _peer_lines(self, peer: str, remote: str) -> Iterator[str]:
        yield f" neighbor {peer} remote-as {remote}"
        for fact in self._facts["bgp_description"]:
            if fact["peer"] == peer:
                yield f" neighbor {peer} description {fact['text']}"
        for fact in self._facts["bgp_multihop"]:
            if fact["peer"] == peer:
                yield f" neighbor {peer} ebgp-multihop {fact['hops']}".rstrip()
        yield f" neighbor {peer} timers connect {LAB_CONNECT_SECONDS}"
        for fact in self._facts["bgp_source"]:
            if fact["peer"] == peer and (kernel := self._kernel(fact["interface"])):
                yield f" neighbor {peer} update-source {kernel}"

    def _family_lines(self, peers: set[str], *, needs_enable: bool) -> list[str]:
        distance = self._distance("bgp")
        lines = [f"  distance bgp {distance} {distance} {distance}"] if distance else []
        for fact in self._facts["bgp_network"]:
            length = prefix_length(fact["mask"]) if fact["mask"] else _classful(fact["address"])
            if length is not None:
                lines.append(f"  network {_network(fact['address'], length)}")
        lines += _each(f"  {each}" for each in self._redistributed("bgp_redistribute"))
        enabled = [fact["peer"] for fact in self._facts["bgp_enable"] if fact["peer"] in peers]
        lines += _each(f"  neighbor {peer} activate" for peer in enabled if needs_enable)
        near = [fact["peer"] for fact in self._facts["bgp_next_hop_self"] if fact["peer"] in peers]
        lines += _each(f"  neighbor {peer} next-hop-self" for peer in near)
        return [" !", " address-family ipv4 unicast", *lines, " exit-address-family"] if lines else []


def _not_the_lab() -> list[str]:
    return [
        f"ip prefix-list the-lab seq 5 permit {LAB_NETWORK} le 32",
        f"{NOT_THE_LAB} deny 10",
        " match ip address prefix-list the-lab",
        "exit",
        f"{NOT_THE_LAB} permit 20",
        "exit",
    ]


def _each(lines: Iterable[str]) -> list[str]:
    """Every line once, in order."""
    return list(dict.fromkeys(lines))


def _covers(fact: Fact, number: int) -> bool:
    """Whether a network statement takes in an address; its wildcard need not be contiguous."""
    fixed = meaning.number(fact["wildcard"]) ^ ALL_BITS
    return number & fixed == meaning.number(fact["address"]) & fixed


def _network(address: str, length: int) -> str:
    return f"{dotted(meaning.number(address) & meaning.mask_number(length))}/{length}"


def _classful(address: str) -> int:
    first = int(address.split(".")[0])
    return 8 if first < 128 else 16 if first < 192 else 24
