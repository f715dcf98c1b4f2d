"""Asking one device for its facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Set
from datetime import UTC, datetime
from typing import Any

from yiwang.network.snmp import faults
from yiwang.network.snmp.facts import interface, neighbour, part, system
from yiwang.network.snmp.facts.facts import DEFAULT, Facts, Group, Missing
from yiwang.network.snmp.faults import SnmpError
from yiwang.network.snmp.session import Session, Target, Value

Reading = Callable[[Session], Awaitable[Any]]
UNTOLD = {faults.NO_ACCESS.id, faults.DEVICE_FAULT.id, faults.ENDLESS.id}
"""A group that fails so is missing; every other failure is the whole device's."""


async def read(session: Session, target: Target, wanted: Set[Group] = DEFAULT) -> Facts:
    """The facts of a device.

    Raises:
        SnmpError: the device cannot be asked; what it merely does not tell is in ``Facts.missing``.
    """
    told = await session.get((*system.GROUP, system.DATE))
    now = datetime.now(UTC)
    if not told.keys() & set(system.GROUP):
        raise SnmpError(faults.NO_ACCESS, device=target.name, object="1.3.6.1.2.1.1", status="noSuchObject")
    found, missing = await _groups(session, told.get(system.DATE), now, wanted)
    return Facts(target.name, now, system.system(told), **found, missing=tuple(missing))


async def _groups(
    session: Session, date: Value | None, now: datetime, wanted: Set[Group]
) -> tuple[dict[str, Any], list[Missing]]:
    found: dict[str, Any] = {}
    missing = []
    if Group.clock in wanted and (clock := system.clock(date, now)):
        found["clock"] = clock
    elif Group.clock in wanted:
        missing.append(Missing(Group.clock))
    for group, reading in _readings(wanted):
        try:
            found[group.value] = await reading(session)
        except SnmpError as problem:
            if problem.error.id not in UNTOLD:
                raise
            missing.append(Missing(group, problem.error.id, str(problem.values.get("status", ""))))
        else:
            if not found[group.value]:
                missing.append(Missing(group))
    return found, missing


def _readings(wanted: Set[Group]) -> list[tuple[Group, Reading]]:
    readings: list[tuple[Group, Reading]] = []
    if Group.interfaces in wanted or Group.counters in wanted:
        readings.append((Group.interfaces, _counted if Group.counters in wanted else _interfaces))
    if Group.neighbours in wanted:
        readings.append((Group.neighbours, _neighbours))
    if Group.parts in wanted:
        readings.append((Group.parts, _parts))
    return readings


async def _interfaces(session: Session) -> tuple[interface.Interface, ...]:
    return interface.interfaces(await session.walk(interface.COLUMNS))


async def _counted(session: Session) -> tuple[interface.Interface, ...]:
    table = await session.walk((*interface.COLUMNS, *interface.COUNTERS))
    if any(len(table[column]) < len(table[interface.DESCRIPTION]) for column in interface.WIDE.values()):
        # Old devices, and slow interfaces of new ones, have counters of 32 bits only.
        table |= await session.walk(interface.NARROW_COUNTERS)
    return interface.interfaces(table)


async def _neighbours(session: Session) -> tuple[neighbour.Neighbour, ...]:
    told = await session.walk(neighbour.REMOTE_COLUMNS)
    if not told[neighbour.CHASSIS]:
        return ()
    return neighbour.neighbours(told | await session.walk(neighbour.LOCAL_COLUMNS))


async def _parts(session: Session) -> tuple[part.Part, ...]:
    return part.parts(await session.walk(part.COLUMNS))
