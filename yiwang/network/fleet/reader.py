"""From a configuration to the typed facts that are compared across devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Interface, IPv4Network

from yiwang.network.configuration.table import grammar_of
from yiwang.network.fleet.scan import SECTIONS, Fact, Groups, Scanner
from yiwang.network.fleet.secret import SecretReader
from yiwang.network.fleet.table import facts_of
from yiwang.network.fleet.view import Address, DeviceView, Permit, Port, SnmpAccess, Spot, Value, Vrf
from yiwang.network.platforms.model import Platform

EVERYTHING = IPv4Network("0.0.0.0/0")


class Reader:
    """Reads configurations of one platform.  ``tag`` makes the keyed digest of a secret that is not redacted yet."""

    def __init__(self, name: str, platform: Platform, tag: Callable[[str], str]) -> None:
        table = facts_of(platform)
        self._name = name
        self._default_mtu = table.default_mtu
        grammar = grammar_of(platform)
        self._scanner = Scanner(table, grammar)
        self._secrets = SecretReader(platform, grammar, tag)

    def view(self, device: str, text: str) -> DeviceView:
        """The facts of a configuration.  Raises nothing, whatever the text."""
        gathered = _Gathered()
        for fact in self._scanner.facts(text):
            gathered.take(fact)
        return DeviceView(
            device,
            self._name,
            ports=tuple(each.port(name) for name, each in gathered.ports.items()),
            vrfs=tuple(Vrf(name, *each.targets()) for name, each in gathered.vrfs.items()),
            router_ids=tuple(gathered.router_ids),
            filters={name: tuple(permits) for name, permits in gathered.filters.items()},
            snmp=tuple(SnmpAccess(each.filter or gathered.common_filter, each.spot) for each in gathered.snmp),
            secrets=tuple(self._secrets.marks(text)),
            default_mtu=self._default_mtu,
        )


@dataclass(slots=True)
class _Gathered:
    """Facts on their way into a view."""

    ports: dict[str, _Port] = field(default_factory=dict)
    vrfs: dict[str, _Targets] = field(default_factory=dict)
    router_ids: list[Value] = field(default_factory=list)
    filters: dict[str, list[Permit]] = field(default_factory=dict)
    snmp: list[SnmpAccess] = field(default_factory=list)
    common_filter: str = ""

    def take(self, fact: Fact) -> None:
        takers: Mapping[str, Callable[[Fact], None]] = {
            SECTIONS: self._open,
            "interface": self._interface,
            "vrf": self._vrf,
            "acl": self._permit,
        }
        takers.get(fact.place, self._device)(fact)

    def _open(self, fact: Fact) -> None:
        if fact.what == "interface":
            self.ports.setdefault(fact.owner, _Port(fact.spot))
        elif fact.what == "vrf":
            self.vrfs.setdefault(fact.owner, _Targets())
        elif fact.what == "acl":
            self.filters.setdefault(fact.owner, [])

    def _interface(self, fact: Fact) -> None:
        port = self.ports[fact.owner]
        if fact.what == "address":
            if address := _address(fact.groups):
                port.addresses.append(Address(address, fact.spot))
        elif fact.what == "vrf":
            port.vrf = fact.groups.get("name") or ""
        elif fact.what == "shutdown":
            port.is_shut = True
        else:
            port.settings[fact.what] = Value(fact.groups.get("value") or "", fact.spot)

    def _vrf(self, fact: Fact) -> None:
        self.vrfs[fact.owner].add(fact.groups, fact.spot)

    def _permit(self, fact: Fact) -> None:
        name = fact.owner or fact.groups.get("name") or ""
        written = (fact.groups.get("host"), fact.groups.get("address"), fact.groups.get("wildcard"))
        if network := _network(*written):
            self.filters.setdefault(name, []).append(Permit(network, fact.spot))

    def _device(self, fact: Fact) -> None:
        if fact.what == "permit":
            self._permit(fact)
        elif fact.what == "router id":
            self.router_ids.append(Value(fact.groups.get("value") or "", fact.spot))
        elif fact.what == "snmp":
            self.snmp.append(SnmpAccess(fact.groups.get("acl") or "", fact.spot))
        elif fact.what == "snmp for all":
            self.common_filter = fact.groups.get("acl") or ""


@dataclass(slots=True)
class _Port:
    spot: Spot
    addresses: list[Address] = field(default_factory=list)
    vrf: str = ""
    is_shut: bool = False
    settings: dict[str, Value] = field(default_factory=dict)

    def port(self, name: str) -> Port:
        return Port(name, self.spot, tuple(self.addresses), self.vrf, self.is_shut, self.settings)


@dataclass(slots=True)
class _Targets:
    both: list[tuple[str, Value]] = field(default_factory=list)

    def add(self, groups: Groups, spot: Spot) -> None:
        for target in (groups.get("targets") or "").split():
            self.both.append((groups.get("way") or "", Value(target, spot)))

    def targets(self) -> Iterator[tuple[Value, ...]]:
        """Those taken in, then those given out; a line that names no way means both."""
        for way in ("import", "export"):
            yield tuple(value for its, value in self.both if its.lower() in ("", way))


def _address(groups: Groups) -> IPv4Interface | None:
    try:
        return IPv4Interface(f"{groups.get('address')}/{groups.get('mask')}")
    except ValueError:
        return None


@lru_cache(10_000)
def _network(host: str | None, address: str | None, wildcard: str | None) -> IPv4Network | None:
    """The network that a line permits; None where its wildcard is none that a prefix can say."""
    if not host and not address:
        return EVERYTHING
    written = f"{host}/32" if host else f"{address}/{_prefix(wildcard or '0')}"
    try:
        return IPv4Network(written, strict=False)
    except ValueError:
        return None


def _prefix(wildcard: str) -> str:
    """The prefix length of a wildcard such as 0.0.0.255, or what IPv4Network refuses; 0 is a single host."""
    if wildcard == "0":
        return "32"
    parts = [int(each) for each in wildcard.split(".") if each.isdecimal()]
    number = int.from_bytes(bytes(parts), "big") if len(parts) == 4 and max(parts) < 256 else 5
    return str(32 - number.bit_length()) if number & (number + 1) == 0 else "none"
