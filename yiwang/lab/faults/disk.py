"""A full disk: the host's own disk in memory shrinks to what is on it, so nothing of this machine fills up."""

from __future__ import annotations

import os

from yiwang.core.i18n import N_
from yiwang.lab.command import call
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import Number, Values

LEAVE = Number("leave", N_("How much stays free."), "MiB", 0, 100_000, default=0)


def _size(case: Case) -> tuple[int, int]:
    """How large the disk is and how much of it is used, in bytes."""
    shown = os.statvfs(case.machine.disk.memory)
    return shown.f_blocks * shown.f_frsize, (shown.f_blocks - shown.f_bfree) * shown.f_frsize


def _resize(case: Case, size: int) -> None:
    call("mount", "-o", f"remount,size={size}", str(case.machine.disk.memory))


def _before(case: Case) -> Values:
    return {"size": float(_size(case)[0])}


def _apply(case: Case) -> None:
    whole, used = _size(case)
    _resize(case, min(whole, used + int(float(case.record.values["leave"]) * 2**20)))


def _clear(case: Case) -> None:
    _resize(case, int(case.record.before["size"]))


def _holds(case: Case) -> bool:
    return _size(case)[0] < int(case.record.before["size"])


DISK = Fault(
    name="disk",
    summary=N_("The host's disk is full."),
    place="host",
    apply=_apply,
    clear=_clear,
    parameters=(LEAVE,),
    words=("full",),
    before=_before,
    holds=_holds,
)
