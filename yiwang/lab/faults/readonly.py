"""A root file system that turned read-only, as a kernel leaves it that met a broken disk.

Linux refuses that while a file is open for writing, so units that hold one are stopped before and started
after: those that cannot live without writing fail then, as they would.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterator
from pathlib import Path

from yiwang.core.i18n import N_
from yiwang.lab import cgroup
from yiwang.lab.command import LabError
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import Values

# The last two bits of a file's flags say how it was opened: 0 is for reading only.
WRITING = 0o3
# Between a look and the turn, something else may have opened a file.
ATTEMPTS = 3


def _before(case: Case) -> Values:
    # Refuses a host that is off before anything is looked for in it.
    case.run("true")
    return {}


def _apply(case: Case) -> None:
    stopped: list[str] = []
    try:
        for left in reversed(range(ATTEMPTS)):
            stopped += _stop_holders(case)
            try:
                case.run("mount", "-o", "remount,ro", "/")
            except LabError:
                if not left:
                    raise
            else:
                return
    finally:
        if stopped:
            case.systemctl("start", "--no-block", *stopped)


def _stop_holders(case: Case) -> list[str]:
    """Stop what keeps the root file system from turning read-only; returns what was stopped."""
    holders = sorted(set(_holders(case)))
    if not holders:
        return []
    # Else the socket of a log service starts it again at the next line of the journal, even while it is stopped.
    triggers = case.systemctl("show", "--property=TriggeredBy", "--value", *holders).split()
    for units in (triggers, holders):
        if units:
            case.systemctl("stop", *units)
    return [*triggers, *holders]


def _holders(case: Case) -> Iterator[str]:
    """The units of the host that keep the root file system from turning read-only."""
    slot, name = case.lab.layout.slot, case.machine.host.name
    device = next((device for _, place, device in _mounts(case.machine.init) if place == "/"), "")
    for pid in {pid for group in cgroup.groups(slot, name) for pid in cgroup.processes(group)}:
        with contextlib.suppress(OSError):
            if _is_holding(pid, device):
                yield from _unit(pid)


def _mounts(pid: int | None) -> Iterator[tuple[str, str, str]]:
    """Number, place and device of each mount as a process sees it: many services have mounts of their own."""
    for row in Path(f"/proc/{pid}/mountinfo").read_text().splitlines():
        number, _, device, _, place = row.split()[:5]
        yield number, place, device


def _is_holding(pid: int, device: str) -> bool:
    """Whether a process could still write to a file there, or has one open that was removed."""
    numbers = {number for number, _, own in _mounts(pid) if own == device}
    files = Path(f"/proc/{pid}/fdinfo").iterdir()
    return any(_is_open(pid, file, numbers) for file in files) or _is_mapped(pid, device)


def _is_open(pid: int, file: Path, mounts: Container[str]) -> bool:
    rows = dict(row.split(":", 1) for row in file.read_text().splitlines() if ":" in row)
    if rows.get("mnt_id", "").strip() not in mounts:
        return False
    return bool(int(rows["flags"], 8) & WRITING) or Path(f"/proc/{pid}/fd/{file.name}").stat().st_nlink == 0


def _is_mapped(pid: int, device: str) -> bool:
    """The daemons of FRR write their log into memory that is a file, and close it."""
    major, minor = (f"{int(number):02x}" for number in device.split(":"))
    for row in Path(f"/proc/{pid}/maps").read_text().splitlines():
        _, rights, _, own, *_ = row.split()
        if own == f"{major}:{minor}" and (rights[1::2] == "ws" or row.endswith(" (deleted)")):
            return True
    return False


def _unit(pid: int) -> Iterator[str]:
    """The service that a process belongs to, by the name of its control group."""
    for row in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        unit = row.rpartition("/")[2]
        if unit.endswith(".service") and not unit.startswith("user@"):
            yield unit


def _clear(case: Case) -> None:
    # A host that starts has its root file system writable again.
    if case.is_running:
        case.run("mount", "-o", "remount,rw", "/")


def _holds(case: Case) -> bool:
    return case.is_running and bool(os.statvfs(f"/proc/{case.machine.init}/root").f_flag & os.ST_RDONLY)


READONLY = Fault(
    name="readonly",
    summary=N_("The host's root file system is read-only."),
    place="host",
    apply=_apply,
    clear=_clear,
    before=_before,
    holds=_holds,
)
