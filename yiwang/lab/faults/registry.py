"""The faults that can be had, in the order in which help shows them."""

from __future__ import annotations

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.lab.faults.bandwidth import BANDWIDTH
from yiwang.lab.faults.clock import CLOCK
from yiwang.lab.faults.delay import DELAY
from yiwang.lab.faults.disk import DISK
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.link import LINK
from yiwang.lab.faults.loss import LOSS
from yiwang.lab.faults.power import POWER
from yiwang.lab.faults.readonly import READONLY
from yiwang.lab.faults.reboot import REBOOT
from yiwang.lab.faults.service import SERVICE
from yiwang.lab.faults.slow import SLOW
from yiwang.lab.faults.snmp import SNMP
from yiwang.lab.faults.sshd import SSHD

FAULTS: tuple[Fault, ...] = (
    LINK,
    LOSS,
    BANDWIDTH,
    DELAY,
    POWER,
    REBOOT,
    DISK,
    READONLY,
    CLOCK,
    SERVICE,
    SSHD,
    SNMP,
    SLOW,
)

NO_FAULT = code("E6300", N_('there is no fault "{name}"{suggestion}'), N_("`yiwang lab fault --help` shows them"))


def find_fault(name: str) -> Fault:
    """A fault by its name.

    Raises:
        NotFoundError: there is none (E6300).
    """
    known = {fault.name: fault for fault in FAULTS}
    if name not in known:
        raise NotFoundError(NO_FAULT, name=name, suggestion=suggestion(name, known))
    return known[name]
