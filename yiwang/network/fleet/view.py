"""What one device's configuration tells that matters beside those of other devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv4Network


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a configuration: its number from 1, its text without secrets, and the section it stands in."""

    line: int
    text: str
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """Something that a line says; ``text`` is as written."""

    text: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Address:
    """An address with its prefix."""

    interface: IPv4Interface
    spot: Spot


@dataclass(frozen=True, slots=True)
class Port:
    """An interface; ``vrf`` is empty for the device's own table, ``settings`` are by name, such as ``ospf cost``."""

    name: str
    spot: Spot
    addresses: tuple[Address, ...] = ()
    vrf: str = ""
    is_shut: bool = False
    settings: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vrf:
    """A routing instance with the route targets that it takes in and gives out."""

    name: str
    imports: tuple[Value, ...] = ()
    exports: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Permit:
    """A line of a filter that lets a network in."""

    network: IPv4Network
    spot: Spot


@dataclass(frozen=True, slots=True)
class SnmpAccess:
    """A line that lets managers read over SNMP; ``filter`` names what limits it, empty for nothing."""

    filter: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class SecretMark:
    """Where a secret stands and a keyed digest of it, by which equal ones are known and none is told."""

    kind: str
    digest: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class DeviceView:
    """Typed facts of one configuration.  ``default_mtu`` is None where the configuration does not hold MTUs."""

    device: str
    platform: str
    ports: tuple[Port, ...] = ()
    vrfs: tuple[Vrf, ...] = ()
    router_ids: tuple[Value, ...] = ()
    filters: Mapping[str, tuple[Permit, ...]] = field(default_factory=dict)
    snmp: tuple[SnmpAccess, ...] = ()
    secrets: tuple[SecretMark, ...] = ()
    default_mtu: int | None = None
