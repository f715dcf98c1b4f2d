"""Frames that get lost on a cable, each by chance, as it leaves a port.

The drop is a classic BPF program at the port's traffic control and not an nftables rule: a deployed
firewall begins with ``flush ruleset``, which would quietly end the fault.
"""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab.command import LabError
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import DIRECTION, Number
from yiwang.lab.kernel import has

KERNEL_LACKS = code(
    "E6313",
    N_("the kernel of this machine has no {feature}; the fault {fault} cannot be had here"),
    N_("`yiwang lab limits` shows what this kernel can do"),
)
PERCENT = Number("percent", N_("How many of a hundred frames are lost, each way."), "%", 0, 100)

# Where the kernel's classic BPF keeps a random number: SKF_AD_OFF + SKF_AD_RANDOM of linux/filter.h.
RANDOM = -0x1000 + 56 & 0xFFFFFFFF
PASS, DROP = 0xFFFFFFFF, 2


def program(percent: float) -> str:
    """The program, as ``tc`` takes it, that drops a share of all frames."""
    limit = min(round(percent / 100 * 2**32), 2**32 - 1)
    load, return_ = "32 0 0", "6 0 0"
    instructions = (f"{load} {RANDOM}", f"53 0 1 {limit}", f"{return_} {PASS}", f"{return_} {DROP}")
    return ",".join([str(len(instructions)), *instructions])


def _apply(case: Case) -> None:
    if not has("cls-bpf"):
        raise LabError(KERNEL_LACKS, feature="cls-bpf", fault="loss")
    for end in case.sending_ends:
        case.traffic(end, "qdisc", "add", "dev", end.kernel, "clsact")
        rule = ("bpf", "direct-action", "bytecode", program(float(case.record.values["percent"])))
        case.traffic(end, "filter", "add", "dev", end.kernel, "egress", "protocol", "all", *rule)


def _clear(case: Case) -> None:
    for end in case.sending_ends:
        case.traffic(end, "qdisc", "delete", "dev", end.kernel, "clsact", is_tolerant=True)


def _holds(case: Case) -> bool:
    shown = (case.traffic(end, "filter", "show", "dev", end.kernel, "egress") for end in case.sending_ends)
    return all("bytecode" in each for each in shown)


LOSS = Fault(
    name="loss",
    summary=N_("Frames are lost on the cable by chance."),
    place="cable",
    apply=_apply,
    clear=_clear,
    parameters=(PERCENT, DIRECTION),
    holds=_holds,
)
