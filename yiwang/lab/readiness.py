"""Whether this machine can carry a lab, asked before anything is made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab.command import LabError
from yiwang.lab.layout import Layout
from yiwang.lab.profile import profiles

NOT_ROOT = code(
    "E6030",
    N_("a lab needs root: it makes namespaces, mounts and interfaces"),
    N_("call it as root, such as with sudo; without root, `yiwang lab personality` still serves single devices"),
)
NO_PROGRAMS = code(
    "E6031",
    N_("programs are missing: {programs}"),
    N_("apt-get install {packages}; without systemd-nspawn, `yiwang lab up --fallback` uses plain namespaces"),
)
NO_ROOM = code(
    "E6032",
    N_("{hosts} hosts need about {needed} MiB; {available} MiB are free, of which {reserve} stay with this machine"),
    N_("select fewer: yiwang lab up ESTATE county=410621; or change the setting lab.reserve_mib"),
)

PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "mount": "mount",
    "openssl": "openssl",
    "apt-ftparchive": "apt-utils",
    "gpg": "gpg",
}
"""Program → the Debian package that has it."""

SYSTEMD_ONLY = frozenset(("systemd-nspawn",))


def require_root() -> None:
    """Refuse anyone but root.

    Raises:
        LabError: not root (E6030).
    """
    if os.geteuid():
        raise LabError(NOT_ROOT)


def require_machine(*, is_plain: bool) -> None:
    """Refuse where the machine cannot carry a lab.

    Raises:
        LabError: not root (E6030), or programs are missing (E6031).
    """
    require_root()
    missing = [name for name in PROGRAMS if not shutil.which(name) and not (is_plain and name in SYSTEMD_ONLY)]
    if missing:
        raise LabError(
            NO_PROGRAMS, programs=", ".join(missing), packages=" ".join(sorted({PROGRAMS[name] for name in missing}))
        )


def require_room(layout: Layout, *, reserve_mib: int) -> None:
    """Refuse when the hosts would not fit into memory.

    Raises:
        LabError: they would not (E6032).
    """
    known = profiles(Path(layout.estate))
    needed = sum(known[host.profile].memory_mib for host in layout.hosts)
    available = available_mib()
    if needed + reserve_mib > available:
        raise LabError(NO_ROOM, hosts=len(layout.hosts), needed=needed, available=available, reserve=reserve_mib)


def available_mib() -> int:
    """The memory that this machine can give, in MiB."""
    rows = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    return next(int(row[1]) for row in rows if row[0] == "MemAvailable:") // 1024
