"""The queue of a port at the end of a cable, as all faults in force on the cable ask for it together.

A port has one queue: bandwidth and delay share it, so it is laid anew whenever one of them comes or goes.
"""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.lab.faults.case import Case
from yiwang.lab.faults.record import Record, records
from yiwang.lab.kernel import has
from yiwang.lab.layout import CableEnd

LATENCY = "100ms"
BURST_SECONDS = 0.01
LEAST_BURST_BYTES = 3200
MOST_FRAMES = 100_000


def lay_queues(case: Case, *, is_clearing: bool = False) -> None:
    """Lay the queues of both ends; the fault that is being cleared does not count any more."""
    left = [each for each in _on_the_cable(case) if not is_clearing or each.id != case.record.id]
    for end in case.ends:
        case.traffic(end, "qdisc", "delete", "dev", end.kernel, "root", is_tolerant=True)
        for words in queues({each.fault: each for each in left if end in Case(case.lab, each).sending_ends}):
            case.traffic(end, "qdisc", "add", "dev", end.kernel, *words)


def _on_the_cable(case: Case) -> Iterator[Record]:
    return (each for each in records(case.lab.folder) if each.place == case.record.place)


def has_queue(case: Case, end: CableEnd, kind: str) -> bool:
    """Whether an end's queue is, or has within it, one of a kind."""
    return f"qdisc {kind} " in case.traffic(end, "qdisc", "show", "dev", end.kernel)


def queues(faults: dict[str, Record]) -> Iterator[tuple[str, ...]]:
    """The queues of a port, the outer one first, as ``tc qdisc add`` takes them."""
    place: tuple[str, ...] = ("root",)
    if "delay" in faults and has("netem"):
        yield (*place, "handle", "1:", *_netem(faults["delay"]))
        place = ("parent", "1:1")
    if "bandwidth" in faults:
        yield (*place, "handle", "2:", *_tbf(float(faults["bandwidth"].values["mbit"])))


def _netem(record: Record) -> tuple[str, ...]:
    delay, jitter = (f"{record.values[name]:g}ms" for name in ("delay", "jitter"))
    return ("netem", "limit", str(MOST_FRAMES), "delay", delay, *((jitter,) if record.values["jitter"] else ()))


def _tbf(mbit: float) -> tuple[str, ...]:
    burst = max(round(mbit * 1e6 / 8 * BURST_SECONDS), LEAST_BURST_BYTES)
    return ("tbf", "rate", f"{round(mbit * 1e6)}bit", "burst", str(burst), "latency", LATENCY)
