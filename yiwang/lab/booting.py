"""Starting hosts, a few at a time, and waiting until they answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from yiwang.lab.machine import Machine

AT_ONCE = 4
"""Hosts that boot at the same time: on two cores more of them only wait for each other."""

PATIENCE_SECONDS = 120
"""After this long without any host answering, nobody waits for the rest."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far bring-up is: the stage, and how many hosts of all are through it."""

    stage: str
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]


def boot(machines: Iterable[Machine], report: Report = lambda _: None) -> tuple[str, ...]:
    """Start hosts, a few at a time, and wait until each answers; returns the names of those that do not."""
    waiting = list(machines)
    total = len(waiting)
    booting: list[Machine] = []
    heard = time.monotonic()
    while (waiting or booting) and time.monotonic() - heard < PATIENCE_SECONDS:
        for machine in _next(waiting, booting):
            machine.start()
        answering = [machine for machine in booting if machine.is_answering()]
        if answering:
            heard = time.monotonic()
            booting = [machine for machine in booting if machine not in answering]
            report(Progress("boot", total - len(waiting) - len(booting), total))
        else:
            time.sleep(0.02)
    return tuple(machine.host.name for machine in (*booting, *waiting))


def _next(waiting: list[Machine], booting: list[Machine]) -> Iterator[Machine]:
    while waiting and len(booting) < AT_ONCE:
        machine = waiting.pop(0)
        booting.append(machine)
        yield machine
