"""A host that starts again, with its disk as it was."""

from __future__ import annotations

from yiwang.core.i18n import N_
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.power import power_on, wait
from yiwang.lab.machine import Machine


def _apply(case: Case) -> None:
    reboot(case.machine)


def reboot(machine: Machine) -> None:
    """Start a host again: in order where it has systemd, by its power where not; returns when it answers.

    Raises:
        LabError: it is not running (E6022), or does not answer afterwards (E6316).
    """
    before = machine.init
    if machine.layout.is_plain:
        machine.stop()
        power_on(machine)
        return
    machine.run("systemctl", "reboot", check=False)
    wait(machine, lambda: machine.init not in (None, before) and machine.is_answering())


def _nothing_to_clear(case: Case) -> None:
    return


REBOOT = Fault(
    name="reboot",
    summary=N_("The host starts again, once; nothing stays to be cleared."),
    place="host",
    apply=_apply,
    clear=_nothing_to_clear,
    is_lasting=False,
)
