"""What labs change on this machine itself, and how it is put back after the last of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

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

SYSCTL = Path("/proc/sys")
BEFORE = ROOT / "before.json"


def widen() -> None:
    """Raise this machine's limits where they are lower; what they were is kept first."""
    if not BEFORE.exists():
        values = {name: (SYSCTL / name).read_text().strip() for name in LIMITS if (SYSCTL / name).exists()}
        kept = {"limits": values, "netns": os.path.ismount(NETNS), "folder": NETNS.exists()}
        unfinished = BEFORE.with_suffix(".part")
        unfinished.write_text(json.dumps(kept))
        unfinished.rename(BEFORE)
    for name, least in LIMITS.items():
        file = SYSCTL / name
        if file.exists() and int(file.read_text()) < least:
            file.write_text(str(least))


def restore() -> None:
    """Put back what :func:`widen` changed, and the mount that ``ip netns`` made."""
    if not BEFORE.exists():
        return
    kept = json.loads(BEFORE.read_text())
    for name, value in kept["limits"].items():
        (SYSCTL / name).write_text(value)
    if NETNS.exists() and not any(NETNS.iterdir()):
        if not kept["netns"] and os.path.ismount(NETNS):
            call("umount", str(NETNS), is_tolerant=True)
        if not kept["folder"]:
            NETNS.rmdir()
    BEFORE.unlink()
