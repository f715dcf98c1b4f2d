"""A cable that carries less: a token bucket at each end."""

from __future__ import annotations

from yiwang.core.i18n import N_
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import DIRECTION, Number
from yiwang.lab.faults.queues import has_queue, lay_queues

MBIT = Number("mbit", N_("What the cable still carries, each way."), "Mbit/s", 0.01, 10_000)


def _clear(case: Case) -> None:
    lay_queues(case, is_clearing=True)


def _holds(case: Case) -> bool:
    return all(has_queue(case, end, "tbf") for end in case.sending_ends)


BANDWIDTH = Fault(
    name="bandwidth",
    summary=N_("The cable carries so many Mbit/s and no more."),
    place="cable",
    apply=lay_queues,
    clear=_clear,
    parameters=(MBIT, DIRECTION),
    holds=_holds,
)
