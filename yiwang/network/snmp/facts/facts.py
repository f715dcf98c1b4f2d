"""All facts of one device, and what was missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yiwang.network.snmp.facts.interface import Interface
from yiwang.network.snmp.facts.neighbour import Neighbour
from yiwang.network.snmp.facts.part import Part
from yiwang.network.snmp.facts.system import Clock, System


class Group(StrEnum):
    """What can be asked for; the system group always is."""

    interfaces = "interfaces"
    counters = "counters"
    neighbours = "neighbours"
    parts = "parts"
    clock = "clock"


DEFAULT = frozenset(Group) - {Group.counters}
"""Counters change at every look; they are for whoever measures."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A group that a device did not tell: the error's code and the device's word, empty where it just has none."""

    group: Group
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a device told at one moment (aware); a group that was not asked for is empty and not missing."""

    device: str
    time: datetime
    system: System
    clock: Clock | None = None
    interfaces: tuple[Interface, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    parts: tuple[Part, ...] = ()
    missing: tuple[Missing, ...] = ()
