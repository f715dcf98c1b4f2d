"""Who holds a lease: a name from which a process of the same machine can tell that the holder is dead."""

from __future__ import annotations

import os
import secrets
import socket
from functools import cache
from pathlib import Path


@cache
def _place() -> str:
    """Machine, boot and process namespace: where a process number means the same thing."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return ""
    return f"{boot}/{namespace}"


def _began(pid: int) -> str:
    """When the process began, in clock ticks since boot; empty when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZXx" else fields[19]


def new_owner() -> str:
    """A name for a holder in this process, unlike any other."""
    pid = os.getpid()
    return f"{socket.gethostname()} {pid} {_began(pid)} {_place() or '-'} {secrets.token_hex(4)}"


def shown(owner: str) -> str:
    """The owner for people: host and process number."""
    return "/".join(owner.split(" ")[:2]) or "?"


def is_dead(owner: str) -> bool:
    """True when the holder has surely ended; False when it lives or nobody here can tell."""
    parts = owner.split(" ")
    if len(parts) != 5 or not parts[1].isdigit() or not _place() or parts[3] != _place():
        return False
    return _began(int(parts[1])) != parts[2]
