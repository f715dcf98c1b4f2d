"""Interfaces and their counters (RFC 2863)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yiwang.network.snmp.facts.text import hardware_address, number, text, word
from yiwang.network.snmp.session import Table, Value

_ENTRY, _EXTENDED = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
DESCRIPTION, TYPE, MTU, SPEED, ADDRESS, ADMINISTRATIVE, OPERATIONAL = (f"{_ENTRY}.{n}" for n in range(2, 9))
NAME, SPEED_MBPS, ALIAS = f"{_EXTENDED}.1", f"{_EXTENDED}.15", f"{_EXTENDED}.18"
COLUMNS = (DESCRIPTION, TYPE, MTU, SPEED, ADDRESS, ADMINISTRATIVE, OPERATIONAL, NAME, SPEED_MBPS, ALIAS)

WIDE = {
    "in_octets": f"{_EXTENDED}.6",
    "in_packets": f"{_EXTENDED}.7",
    "out_octets": f"{_EXTENDED}.10",
    "out_packets": f"{_EXTENDED}.11",
}
NARROW = {
    "in_octets": f"{_ENTRY}.10",
    "in_packets": f"{_ENTRY}.11",
    "out_octets": f"{_ENTRY}.16",
    "out_packets": f"{_ENTRY}.17",
}
ONLY = {
    "in_discards": f"{_ENTRY}.13",
    "in_errors": f"{_ENTRY}.14",
    "out_discards": f"{_ENTRY}.19",
    "out_errors": f"{_ENTRY}.20",
}
COUNTERS = (*WIDE.values(), *ONLY.values())
NARROW_COUNTERS = tuple(NARROW.values())
STATES = {
    1: "up",
    2: "down",
    3: "testing",
    4: "unknown",
    5: "dormant",
    6: "absent",
    7: "lower-layer-down",
}
"""RFC 2863, ifOperStatus; 6 is its notPresent."""
SPEED_UNKNOWN = 4_294_967_295
"""What ifSpeed says of everything that is faster."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the device or the counter began; ``is_wide`` for 64 bits, else octets and packets wrap at 32.

    ``packets`` are those to one receiver.
    """

    in_octets: int | None = None
    in_packets: int | None = None
    out_octets: int | None = None
    out_packets: int | None = None
    in_discards: int | None = None
    in_errors: int | None = None
    out_discards: int | None = None
    out_errors: int | None = None
    is_wide: bool = True


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface; ``index`` is ifIndex, ``type`` the IANA number, ``alias`` what its configuration calls it."""

    index: int
    name: str
    description: str = ""
    alias: str = ""
    type: int | None = None
    mtu: int | None = None
    speed_mbps: int | None = None
    address: str = ""
    administrative: str = ""
    operational: str = ""
    counters: Counters | None = None


def interfaces(table: Table) -> tuple[Interface, ...]:
    """From ``COLUMNS``, in the order of their index; with ``COUNTERS`` or ``NARROW_COUNTERS`` there, with counters."""
    # A row that only one table has is still an interface.
    indexes = {index for column in COLUMNS for index in table.get(column, {}) if index.isdecimal()}
    rows = sorted(indexes, key=int)
    return tuple(
        _interface(index, {column: cells[index] for column, cells in table.items() if index in cells}) for index in rows
    )


def _interface(index: str, row: Mapping[str, Value]) -> Interface:
    description = text(row.get(DESCRIPTION))
    return Interface(
        index=int(index),
        name=text(row.get(NAME)) or description,
        description=description,
        alias=text(row.get(ALIAS)),
        type=number(row.get(TYPE)),
        mtu=number(row.get(MTU)),
        speed_mbps=_speed(number(row.get(SPEED_MBPS)), number(row.get(SPEED))),
        address=hardware_address(row.get(ADDRESS)),
        administrative=word(row.get(ADMINISTRATIVE), STATES),
        operational=word(row.get(OPERATIONAL), STATES),
        counters=_counters(row),
    )


def _speed(mbps: int | None, bps: int | None) -> int | None:
    """A slow line has 0 in ifHighSpeed, a fast one the greatest number in ifSpeed."""
    if mbps:
        return mbps
    return None if bps is None or bps == SPEED_UNKNOWN else bps // 1_000_000


def _counters(row: Mapping[str, Value]) -> Counters | None:
    is_wide = any(column in row for column in WIDE.values())
    columns = (WIDE if is_wide else NARROW) | ONLY
    counted = {name: number(row.get(column)) for name, column in columns.items()}
    return Counters(**counted, is_wide=is_wide) if any(each is not None for each in counted.values()) else None
