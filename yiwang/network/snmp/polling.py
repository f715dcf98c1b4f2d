"""Asking many devices at once: bounded, each within its own time, whatever the others do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from yiwang.core.errors import YiwangError
from yiwang.network.snmp import faults
from yiwang.network.snmp.client import open_client
from yiwang.network.snmp.faults import SnmpError
from yiwang.network.snmp.session import Client, Session, Target

Told = TypeVar("Told")
Ask = Callable[[Session, Target], Awaitable[Told]]


@dataclass(frozen=True, slots=True)
class Polled(Generic[Told]):
    """What came of one device: what it told, or the error."""

    device: str
    told: Told | None = None
    error: YiwangError | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask: how many devices at once, how long one may take in all, with the fast client (None: if there)."""

    at_once: int = 200
    ceiling_seconds: float = 120.0
    fast: bool | None = None


def poll(targets: Iterable[Target], ask: Ask[Told], manner: Manner, report: Callable[[Polled[Told]], None]) -> None:
    """Ask every target and report each as soon as it is done; no failure of a device ends the poll."""
    asyncio.run(_poll(iter(targets), ask, manner, report))


async def _poll(
    targets: Iterator[Target], ask: Ask[Told], manner: Manner, report: Callable[[Polled[Told]], None]
) -> None:
    client = open_client(fast=manner.fast)

    async def work() -> None:
        # One iterator for all: whoever is free takes the next device.
        for target in targets:
            report(await _poll_one(client, target, ask, manner.ceiling_seconds))

    try:
        async with asyncio.TaskGroup() as group:
            for _worker in range(manner.at_once):
                group.create_task(work())
    finally:
        client.close()


async def _poll_one(client: Client, target: Target, ask: Ask[Told], ceiling_seconds: float) -> Polled[Told]:
    session = client.session(target)
    try:
        async with asyncio.timeout(ceiling_seconds):
            return Polled(target.name, await ask(session, target))
    except SnmpError as problem:
        return Polled(target.name, error=problem)
    except TimeoutError:
        return Polled(target.name, error=SnmpError(faults.TOO_SLOW, device=target.name, seconds=ceiling_seconds))
    except Exception as problem:
        # Whatever a device sends, the others are still to be asked.
        return Polled(target.name, error=SnmpError(faults.UNREADABLE, device=target.name, problem=repr(problem)))
    finally:
        session.close()
