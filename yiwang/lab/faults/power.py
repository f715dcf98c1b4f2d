"""A host without power: every process of it ends at once."""

from __future__ import annotations

import time
from collections.abc import Callable

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab.command import LabError
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.machine import Machine

STAYS_SILENT = code(
    "E6316",
    N_("{host} was started and does not answer after {seconds} s"),
    N_("see what it wrote: yiwang lab console {host}"),
)
PATIENCE_SECONDS = 60


def _apply(case: Case) -> None:
    case.machine.stop()


def _clear(case: Case) -> None:
    power_on(case.machine)


def power_on(machine: Machine) -> None:
    """Start a host that is off, and wait until it answers.

    Raises:
        LabError: it does not answer (E6316).
    """
    if machine.init is None:
        machine.start()
        wait(machine, machine.is_answering)


def wait(machine: Machine, is_so: Callable[[], bool]) -> None:
    """Wait until something about a host is so.

    Raises:
        LabError: it does not come to be (E6316).
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise LabError(STAYS_SILENT, host=machine.host.name, seconds=PATIENCE_SECONDS)
        time.sleep(0.05)


def _holds(case: Case) -> bool:
    return not case.is_running


POWER = Fault(
    name="power",
    summary=N_("The host has no power."),
    place="host",
    apply=_apply,
    clear=_clear,
    words=("off",),
    undo="on",
    holds=_holds,
)
