"""A cable that takes its time: netem where the kernel has it, a delay line where it has not.

User-Mode Linux has netem too, but takes 82 MiB and eight seconds of booting for each line, and nftables
does not work in it; a delay line is one small process.  With netem, jitter can make frames overtake each
other; a delay line keeps their order.
"""

from __future__ import annotations

import sys
from pathlib import Path

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_
from yiwang.lab import cgroup
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import DIRECTION, Number
from yiwang.lab.faults.process import leave_behind
from yiwang.lab.faults.queues import has_queue, lay_queues
from yiwang.lab.kernel import has

JITTER_TOO_LARGE = code(
    "E6314", N_("a jitter of {jitter} ms is more than the delay of {delay} ms"), N_("give less jitter or more delay")
)
HOW_MUCH = Number("delay", N_("How much later frames arrive, each way."), "ms", 0, 10_000)
JITTER = Number("jitter", N_("By how much the delay varies, up and down."), "ms", 0, 5_000, default=0)


def _apply(case: Case) -> None:
    delay, jitter = (float(case.record.values[name]) for name in ("delay", "jitter"))
    if jitter > delay:
        raise UsageError(JITTER_TOO_LARGE, jitter=f"{jitter:g}", delay=f"{delay:g}")
    if has("netem"):
        lay_queues(case)
    else:
        leave_behind(case, case.group, _line(case, str(delay / 1000), str(jitter / 1000)))


def _line(case: Case, delay: str, jitter: str) -> list[str]:
    program = str(Path(__file__).with_name("delay_line.py"))
    ends = [f"{case.namespace(end)}:{end.kernel}:yw{case.cable_number}" for end in case.sending_ends]
    return [sys.executable, "-I", "-S", program, delay, jitter, *ends]


def _clear(case: Case) -> None:
    # A delay line leaves nothing: it is ended with the fault, and its taps and tables with it.
    if has("netem"):
        lay_queues(case, is_clearing=True)


def _holds(case: Case) -> bool:
    if has("netem"):
        return all(has_queue(case, end, "netem") for end in case.sending_ends)
    groups = cgroup.groups(case.lab.layout.slot, case.group)
    return any(True for group in groups for _ in cgroup.processes(group))


DELAY = Fault(
    name="delay",
    summary=N_("Frames on the cable arrive later."),
    place="cable",
    apply=_apply,
    clear=_clear,
    parameters=(HOW_MUCH, JITTER, DIRECTION),
    holds=_holds,
)
