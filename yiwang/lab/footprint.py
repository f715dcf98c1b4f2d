"""What labs change on this machine itself, and how it is put back after the last of them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.writing import write_files
from yiwang.lab.command import call
from yiwang.lab.state import ROOT
from yiwang.lab.wiring import NETNS

LIMITS = {
    "fs/inotify/max_user_instances": 16384,
    "fs/inotify/max_user_watches": 1048576,
    "net/ipv4/neigh/default/gc_thresh2": 4096,
    "net/ipv4/neigh/default/gc_thresh3": 8192,
    "net/ipv6/neigh/default/gc_thresh2": 4096,
    "net/ipv6/neigh/default/gc_thresh3": 8192,
}
"""Every systemd watches files, every host has neighbours: the kernel's own limits are for one of each."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the machine keeps its limits and namespaces, and where their former state is kept."""

    sysctl: Path = Path("/proc/sys")
    netns: Path = NETNS
    before: Path = ROOT / "before.json"


def widen(ground: Ground = Ground()) -> None:
    """Raise this machine's limits where they are lower; what they were is kept first."""
    if not ground.before.exists():
        _keep(ground)
    for name, least in LIMITS.items():
        file = ground.sysctl / name
        if file.exists() and int(file.read_text()) < least:
            file.write_text(str(least))


def _keep(ground: Ground) -> None:
    values = {name: file.read_text().strip() for name in LIMITS if (file := ground.sysctl / name).exists()}
    kept = {"limits": values, "mounted": os.path.ismount(ground.netns), "folder": ground.netns.exists()}
    write_files({ground.before: json.dumps(kept).encode()})


def restore(ground: Ground = Ground()) -> None:
    """Put back what :func:`widen` changed, and the mount that ``ip netns`` made."""
    if not ground.before.exists():
        return
    kept = json.loads(ground.before.read_text())
    for name, value in kept["limits"].items():
        (ground.sysctl / name).write_text(value)
    if ground.netns.exists() and not any(ground.netns.iterdir()):
        _remove_netns(ground.netns, was_mounted=kept["mounted"], was_there=kept["folder"])
    ground.before.unlink()


def _remove_netns(folder: Path, *, was_mounted: bool, was_there: bool) -> None:
    if not was_mounted and os.path.ismount(folder):
        call("umount", str(folder), is_tolerant=True)
    if not was_there and not os.path.ismount(folder):
        folder.rmdir()
