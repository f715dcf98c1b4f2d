"""Intent: what a device shall do, whatever its vendor.  Secrets are references in it, never values."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

Algorithm = Literal["hmac-sha-256", "md5"]
Origin = Literal["", "strict", "loose"]


@dataclass(frozen=True, slots=True)
class OspfPort:
    """OSPF on a port: ``is_pair`` expects one neighbour; no ``algorithm`` where nobody is greeted."""

    is_passive: bool
    is_pair: bool
    algorithm: Algorithm | None


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway address shared with another device (VRRP)."""

    group: int
    address: IPv4Address
    priority: int


@dataclass(frozen=True, slots=True)
class PortIntent:
    """An interface; ``filter`` names the filter of what comes in, ``origin`` how strictly senders are checked."""

    name: str
    description: str
    is_enabled: bool = True
    is_loopback: bool = False
    vrf: str = ""
    mtu: int | None = None
    address: IPv4Interface | None = None
    ospf: OspfPort | None = None
    filter: str = ""
    origin: Origin = ""
    gateway: Gateway | None = None


@dataclass(frozen=True, slots=True)
class VrfIntent:
    """A routing instance with its route distinguisher."""

    name: str
    distinguisher: str


@dataclass(frozen=True, slots=True)
class PrefixList:
    """Networks with everything inside them, in order; all else is refused."""

    name: str
    networks: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """A BGP session: what is taken from it and what it is told are prefix lists, by their names."""

    address: IPv4Address
    as_number: int
    description: str
    password: str
    accepts: str
    announces: str


@dataclass(frozen=True, slots=True)
class OspfIntent:
    """One OSPF process in one area, written dotted; ``networks`` are those of its ports, ``key`` a reference."""

    process: int
    area: str
    networks: tuple[IPv4Network, ...]
    key: str


@dataclass(frozen=True, slots=True)
class BgpIntent:
    """BGP: ``networks`` are announced as they stand; without any, those of the ports are."""

    as_number: int
    peers: tuple[Peer, ...]
    networks: tuple[IPv4Network, ...]
    lists: tuple[PrefixList, ...]


@dataclass(frozen=True, slots=True)
class StaticRoute:
    """A static route; without ``via`` what goes there is dropped."""

    to: IPv4Network
    via: IPv4Address | None


@dataclass(frozen=True, slots=True)
class RoutingIntent:
    """Everything about routes."""

    router_id: IPv4Address | None
    ospf: OspfIntent | None
    bgp: BgpIntent | None
    static: tuple[StaticRoute, ...]


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One line of a filter.  A network of None is any; ports are first and last; ``is_reply``: of open TCP only."""

    permits: bool
    protocol: str
    source: IPv4Network | None = None
    destination: IPv4Network | None = None
    source_ports: tuple[int, int] | None = None
    ports: tuple[int, int] | None = None
    is_reply: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What may come in from a zone; what no rule permits is denied.  ``place`` counts the device's filters from 1."""

    name: str
    place: int
    rules: tuple[FilterRule, ...]


@dataclass(frozen=True, slots=True)
class SnmpIntent:
    """Read access over SNMP; ``auth``, ``privacy`` and ``community`` are references."""

    version: str
    user: str
    community: str
    auth: str
    privacy: str
    auth_protocol: str
    privacy_protocol: str


@dataclass(frozen=True, slots=True)
class ManagementIntent:
    """Who may manage the device, from where, and whom it tells; keys and passwords are references."""

    account: str
    password: str
    enable: str
    auditor: str
    auditor_password: str
    managers: tuple[IPv4Network, ...]
    servers: tuple[str, ...]
    server_key: str
    ntp: tuple[str, ...]
    ntp_key: str
    log: tuple[str, ...]
    traps: tuple[str, ...]
    snmp: SnmpIntent | None


@dataclass(frozen=True, slots=True)
class Intent:
    """What one device shall be."""

    name: str
    platform: str
    ports: tuple[PortIntent, ...]
    vrfs: tuple[VrfIntent, ...]
    routing: RoutingIntent
    filters: tuple[Filter, ...]
    management: ManagementIntent

    @property
    def source(self) -> IPv4Address | None:
        """The address that the device speaks from: that of its loopback."""
        found = (port.address.ip for port in self.ports if port.is_loopback and port.address)
        return next(found, None)

    @property
    def has_gateways(self) -> bool:
        """Whether any port shares a gateway address."""
        return any(port.gateway for port in self.ports)
