"""A root file system that turned read-only, as a kernel leaves it that met a broken disk.

Linux refuses that while a file is open for writing, so units that hold one are stopped before and started
after: those that cannot live without writing fail then, as they would.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from yiwang.core.i18n import N_
from yiwang.lab import cgroup
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault

# The last two bits of a file's flags say how it was opened: 0 is for reading only.
WRITING = 0o3


def _apply(case: Case) -> None:
    holders = sorted(set(_holders(case)))
    if holders:
        case.systemctl("stop", *holders)
    try:
        case.run("mount", "-o", "remount,ro", "/")
    finally:
        if holders:
            case.systemctl("start", "--no-block", *holders)


def _holders(case: Case) -> Iterator[str]:
    """The units of the host in which a file of the root file system is open for writing."""
    slot, name = case.lab.layout.slot, case.machine.host.name
    root = _root_mount(case)
    for pid in {pid for group in cgroup.groups(slot, name) for pid in cgroup.processes(group)}:
        with contextlib.suppress(OSError):
            if _is_writing(pid, root):
                yield from _unit(pid)


def _root_mount(case: Case) -> str:
    rows = Path(f"/proc/{case.machine.init}/mountinfo").read_text().splitlines()
    return next((row.split()[0] for row in rows if row.split()[4] == "/"), "")


def _is_writing(pid: int, mount: str) -> bool:
    for file in Path(f"/proc/{pid}/fdinfo").iterdir():
        rows = dict(row.split(":", 1) for row in file.read_text().splitlines() if ":" in row)
        if rows.get("mnt_id", "").strip() == mount and int(rows["flags"], 8) & WRITING:
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
    if not case.is_running:
        return False
    rows = Path(f"/proc/{case.machine.init}/mountinfo").read_text().splitlines()
    return any(row.split()[4] == "/" and "ro" in row.split()[5].split(",") for row in rows)


READONLY = Fault(
    name="readonly",
    summary=N_("The host's root file system is read-only."),
    place="host",
    apply=_apply,
    clear=_clear,
    holds=_holds,
)
