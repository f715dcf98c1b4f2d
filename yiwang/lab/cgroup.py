"""Control groups of hosts: everything that runs in a host is in its group, and can be ended by it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
PARENT = "yiwang-lab"
PATIENCE_SECONDS = 10


def hierarchies() -> tuple[Path, ...]:
    """Where groups are made: the unified tree, or systemd's own ones beside the old controllers."""
    mixed = tuple(MOUNT / name for name in ("unified", "systemd") if (MOUNT / name).is_dir())
    return mixed or (MOUNT,)


def groups(slot: int, host: str = "") -> tuple[Path, ...]:
    """The groups of a lab, or of one host of it, in every hierarchy."""
    return tuple(tree / PARENT / f"yw{slot}" / host for tree in hierarchies())


def create(slot: int, host: str) -> tuple[Path, ...]:
    """Make the groups of a host."""
    made = groups(slot, host)
    for group in made:
        group.mkdir(parents=True, exist_ok=True)
    return made


def processes(group: Path) -> Iterator[int]:
    """The processes of a group and of all groups below it."""
    for file in group.rglob("cgroup.procs"):
        try:
            yield from map(int, file.read_text().split())
        except OSError:
            continue


def kill(slot: int, host: str = "") -> None:
    """End every process of a lab, or of one host, and wait until none is left.

    Killing systemd-nspawn alone would leave its host running.
    """
    for group in groups(slot, host):
        _kill_group(group)


def _kill_group(group: Path) -> None:
    at_once = group / "cgroup.kill"
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and (left := list(processes(group))):
        if at_once.exists():
            at_once.write_text("1")
        else:
            _kill_each(left)
        time.sleep(0.02)


def _kill_each(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def remove(slot: int, host: str = "") -> None:
    """Remove the groups of a lab or host; the parent goes with the last of them."""
    for group in groups(slot, host):
        for folder in sorted(group.rglob("*/"), reverse=True):
            _remove(folder)
        _remove(group)
        if not host:
            _remove(group.parent)


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
