"""The interface tables of IF-MIB (RFC 2863) and the address table of IP-MIB (RFC 4293), as configured."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from yiwang.lab.personality.engine import live, meaning
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.engine.meaning import Interface, plain
from yiwang.lab.personality.engine.platform import Platform
from yiwang.lab.personality.engine.tree import Tree

Oid = tuple[int, ...]
Columns = dict[int, tuple[str, int | str]]
IF_NUMBER: Oid = (1, 3, 6, 1, 2, 1, 2, 1)
IF_TABLE: Oid = (1, 3, 6, 1, 2, 1, 2, 2)
IF_X_TABLE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1)
ADDRESS_TABLE: Oid = (1, 3, 6, 1, 2, 1, 4, 20)
SUBTREES = (IF_NUMBER, IF_TABLE, ADDRESS_TABLE, IF_X_TABLE)
ETHERNET, LOOPBACK, OTHER = 6, 24, 1
UP, DOWN = 1, 2
FIRST_LOGICAL = 1001


@dataclass(frozen=True, slots=True, order=True)
class Value:
    """One object: its OID, its type in the words of net-snmp's ``pass`` protocol, its value."""

    oid: Oid
    kind: str
    text: str


@dataclass(frozen=True)
class Mib:
    """Objects in the order of their OIDs."""

    values: tuple[Value, ...]

    def get(self, oid: Oid) -> Value | None:
        """The object with exactly this OID."""
        at = bisect_right(self._oids, oid)
        return self.values[at - 1] if at and self._oids[at - 1] == oid else None

    def after(self, oid: Oid) -> Value | None:
        """The first object behind this OID."""
        at = bisect_right(self._oids, oid)
        return self.values[at] if at < len(self.values) else None

    @cached_property
    def _oids(self) -> list[Oid]:
        return [value.oid for value in self.values]


def oid_of(text: str) -> Oid:
    """``.1.3.6`` as numbers."""
    return tuple(int(part) for part in text.strip().strip(".").split("."))


def dotted_oid(oid: Oid) -> str:
    """Numbers as ``.1.3.6``."""
    return "".join(f".{number}" for number in oid)


def mib(device: Device, platform: Platform, tree: Tree) -> Mib:
    """The tables of a device at this moment."""
    interfaces = list(meaning.interfaces(meaning.facts(tree, platform)).values())
    indexes = interface_indexes(device, [each.name for each in interfaces])
    found = [Value((*IF_NUMBER, 0), "integer", str(len(interfaces)))]
    for each in interfaces:
        row = _Row(device, platform, each, indexes[each.name])
        found += [*row.entry(), *row.extended_entry(), *row.addresses()]
    return Mib(tuple(sorted(found)))


def interface_indexes(device: Device, names: list[str]) -> dict[str, int]:
    """Each interface's ifIndex: a port's is its place among the device's, so that it never changes."""
    places = {plain(declared): number for number, declared in enumerate(device.ports, 1)}
    others = [name for name in names if plain(name) not in places]
    first = FIRST_LOGICAL if places else 1
    made = {name: number for number, name in enumerate(others, first)}
    return {name: places.get(plain(name)) or made[name] for name in names}


class _Row:
    """One interface's objects."""

    def __init__(self, device: Device, platform: Platform, interface: Interface, index: int) -> None:
        self._device = device
        self._interface = interface
        self._index = index
        self._kernel = live.kernel_name(device, platform, interface.name)
        self._is_loopback = platform.is_loopback(interface.name)
        self._counted = live.counters(self._kernel)

    def entry(self) -> Iterator[Value]:
        """ifEntry."""
        one, count = self._interface, self._counted
        state = live.state_of(one, self._kernel, bool(self._device.ports))
        mac = live.hardware_address(self._device, one.name, self._kernel)
        columns: Columns = {
            1: ("integer", self._index),
            2: ("string", one.name),
            3: ("integer", self._type),
            4: ("integer", one.mtu),
            5: ("gauge", min(self._speed_mbps * 1_000_000, 2**32 - 1)),
            6: ("octet", "" if self._is_loopback else " ".join(mac)),
            7: ("integer", DOWN if state == "disabled" else UP),
            8: ("integer", UP if state == "up" else DOWN),
            9: ("timeticks", 0),
            10: ("counter", count["rx_bytes"] % 2**32),
            11: ("counter", count["rx_packets"] % 2**32),
            13: ("counter", count["rx_dropped"] % 2**32),
            14: ("counter", count["rx_errors"] % 2**32),
            16: ("counter", count["tx_bytes"] % 2**32),
            17: ("counter", count["tx_packets"] % 2**32),
            19: ("counter", count["tx_dropped"] % 2**32),
            20: ("counter", count["tx_errors"] % 2**32),
        }
        return self._values((*IF_TABLE, 1), columns)

    def extended_entry(self) -> Iterator[Value]:
        """ifXEntry."""
        count = self._counted
        columns: Columns = {
            1: ("string", self._interface.name),
            6: ("counter64", count["rx_bytes"]),
            7: ("counter64", count["rx_packets"]),
            10: ("counter64", count["tx_bytes"]),
            11: ("counter64", count["tx_packets"]),
            14: ("integer", 1),
            15: ("gauge", self._speed_mbps),
            16: ("integer", 2),
            17: ("integer", 2 if self._is_loopback else 1),
            18: ("string", self._interface.description),
            19: ("timeticks", 0),
        }
        return self._values((*IF_X_TABLE, 1), columns)

    def addresses(self) -> Iterator[Value]:
        """ipAddrEntry of each address."""
        for address in self._interface.addresses:
            index = tuple(address.number >> shift & 255 for shift in (24, 16, 8, 0))
            columns = {
                1: ("ipaddress", address.text),
                2: ("integer", self._index),
                3: ("ipaddress", address.mask),
                4: ("integer", 1),
                5: ("integer", 65535),
            }
            for column, (kind, value) in columns.items():
                yield Value((*ADDRESS_TABLE, 1, column, *index), kind, str(value))

    @property
    def _type(self) -> int:
        if self._is_loopback:
            return LOOPBACK
        return OTHER if live.is_null(self._interface.name) else ETHERNET

    @property
    def _speed_mbps(self) -> int:
        return live.speed_mbps(self._interface.name)

    def _values(self, table: Oid, columns: Columns) -> Iterator[Value]:
        for column, (kind, value) in columns.items():
            yield Value((*table, column, self._index), kind, str(value))
