"""Neighbours over LLDP (IEEE 802.1AB, LLDP-MIB)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from yiwang.network.snmp.facts.text import hardware_address, text
from yiwang.network.snmp.session import Table, Value

_REMOTE, _LOCAL = "1.0.8802.1.1.2.1.4.1.1", "1.0.8802.1.1.2.1.3.7.1"
CHASSIS_KIND, CHASSIS, PORT_KIND, PORT, PORT_DESCRIPTION, NAME, DESCRIPTION = (f"{_REMOTE}.{n}" for n in range(4, 11))
REMOTE_COLUMNS = (CHASSIS_KIND, CHASSIS, PORT_KIND, PORT, PORT_DESCRIPTION, NAME, DESCRIPTION)
LOCAL_KIND, LOCAL_PORT, LOCAL_DESCRIPTION = (f"{_LOCAL}.{n}" for n in range(2, 5))
LOCAL_COLUMNS = (LOCAL_KIND, LOCAL_PORT, LOCAL_DESCRIPTION)
# The standard numbers the kinds of a chassis id and of a port id differently.
CHASSIS_MAC, CHASSIS_NETWORK = 4, 5
PORT_MAC, PORT_NETWORK = 3, 4
LENGTHS = {1: 4, 2: 16}
"""IANA address family: octets of an address."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A device on the other end of a cable, as it announces itself; ``port`` is our own, ``far_port`` its."""

    port: str
    port_description: str
    chassis: str
    far_port: str
    far_port_description: str = ""
    name: str = ""
    description: str = ""


def neighbours(table: Table) -> tuple[Neighbour, ...]:
    """From both sets of columns, by our own port."""
    return tuple(sorted(_neighbours(table), key=lambda each: (each.port, each.name, each.far_port)))


def _neighbours(table: Table) -> Iterator[Neighbour]:
    for index in table.get(CHASSIS, {}) | table.get(PORT, {}):
        parts = index.split(".")
        if len(parts) != 3:
            # Time mark, our port's number, a running number: everything else is another table's row.
            continue
        local, row = _row(table, parts[1]), _row(table, index)
        yield Neighbour(
            port=_identity(local.get(LOCAL_KIND), local.get(LOCAL_PORT), PORT_MAC, PORT_NETWORK) or parts[1],
            port_description=text(local.get(LOCAL_DESCRIPTION)),
            chassis=_identity(row.get(CHASSIS_KIND), row.get(CHASSIS), CHASSIS_MAC, CHASSIS_NETWORK),
            far_port=_identity(row.get(PORT_KIND), row.get(PORT), PORT_MAC, PORT_NETWORK),
            far_port_description=text(row.get(PORT_DESCRIPTION)),
            name=text(row.get(NAME)),
            description=text(row.get(DESCRIPTION)),
        )


def _row(table: Table, index: str) -> Mapping[str, Value]:
    return {column: cells[index] for column, cells in table.items() if index in cells}


def _identity(kind: Value | None, value: Value | None, mac: int, network: int) -> str:
    if kind == mac:
        return hardware_address(value)
    if kind == network and isinstance(value, bytes) and len(value) - 1 == LENGTHS.get(next(iter(value), 0)):
        return str(ip_address(value[1:]))
    return text(value)
