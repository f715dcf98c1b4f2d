"""Taking a lab down: nothing of it stays on the machine, however far it had come or how it ended."""

from __future__ import annotations

import shutil
from pathlib import Path

from yiwang.lab import cgroup, footprint
from yiwang.lab.disk import unmount_below
from yiwang.lab.machine import Machine
from yiwang.lab.state import LabFolder, counted
from yiwang.lab.wiring import unwire

NSPAWN = Path("/run/systemd/nspawn")


def lower(folder: LabFolder) -> None:
    """End every process, then remove mounts, namespaces, groups and files of a lab; nothing, if another call did.

    Raises:
        LabError: something outside still uses one of its folders (E6021); call again then.
    """
    with folder.locked():
        if not folder.layout_file.exists():
            return
        layout = folder.read()
        slot = layout.slot
        # Interrupted from here on, it is a half made lab, which the next call takes down first.
        folder.complete.unlink(missing_ok=True)
        cgroup.kill(slot)
        for host in layout.hosts:
            Machine(folder, layout, host).reap()
        unmount_below(folder.path)
        unwire(slot)
        cgroup.remove(slot)
        _forget_nspawn(slot)
        with counted() as labs:
            if len(labs) == 1:
                footprint.restore()
            shutil.rmtree(folder.path)
        folder.lock.unlink()


def _forget_nspawn(slot: int) -> None:
    """systemd-nspawn leaves a folder for each host that was killed."""
    for folder in NSPAWN.glob(f"*/yw{slot}-*"):
        shutil.rmtree(folder, ignore_errors=True)
