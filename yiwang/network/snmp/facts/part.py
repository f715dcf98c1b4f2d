"""Parts of a device: chassis, boards, power supplies, optics (ENTITY-MIB, RFC 6933)."""

from __future__ import annotations

from dataclasses import dataclass

from yiwang.network.snmp.facts.text import text, word
from yiwang.network.snmp.session import Table

_ENTRY = "1.3.6.1.2.1.47.1.1.1.1"
DESCRIPTION, CLASS, NAME, HARDWARE, FIRMWARE, SOFTWARE, SERIAL, MAKER, MODEL = (
    f"{_ENTRY}.{number}" for number in (2, 5, 7, 8, 9, 10, 11, 12, 13)
)
COLUMNS = (DESCRIPTION, CLASS, NAME, HARDWARE, FIRMWARE, SOFTWARE, SERIAL, MAKER, MODEL)
CLASSES = {
    1: "other",
    2: "unknown",
    3: "chassis",
    4: "backplane",
    5: "container",
    6: "power",
    7: "fan",
    8: "sensor",
    9: "module",
    10: "port",
    11: "stack",
    12: "cpu",
}
"""IANA-ENTITY-MIB, IANAPhysicalClass."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part; ``kind`` is chassis, module, power, fan, port and so on, the versions are as printed by the maker."""

    index: int
    kind: str
    name: str
    description: str = ""
    model: str = ""
    serial: str = ""
    maker: str = ""
    hardware: str = ""
    firmware: str = ""
    software: str = ""


def parts(table: Table) -> tuple[Part, ...]:
    """From ``COLUMNS``, in the order of their index."""
    indexes = {index for cells in table.values() for index in cells if index.isdecimal()}
    return tuple(_part(table, index) for index in sorted(indexes, key=int))


def _part(table: Table, index: str) -> Part:
    def cell(column: str) -> str:
        return text(table.get(column, {}).get(index))

    return Part(
        index=int(index),
        kind=word(table.get(CLASS, {}).get(index), CLASSES),
        name=cell(NAME),
        description=cell(DESCRIPTION),
        model=cell(MODEL),
        serial=cell(SERIAL),
        maker=cell(MAKER),
        hardware=cell(HARDWARE),
        firmware=cell(FIRMWARE),
        software=cell(SOFTWARE),
    )
