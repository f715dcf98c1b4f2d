"""One host of a lab: booting it, ending it, running commands in it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab import cgroup
from yiwang.lab.command import LabError
from yiwang.lab.disk import Disk
from yiwang.lab.layout import Host, Layout
from yiwang.lab.state import LabFolder

NOT_RUNNING = code(
    "E6022",
    N_("{host} is not running"),
    N_("`yiwang lab power {host} on` starts it; `yiwang lab console {host}` shows its boot"),
)

NAMESPACES = ("-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w")
REBOOT = 133
"""What systemd-nspawn's exit code is when its host asks to be started again."""

# The shell joins the host's groups, then starts the host again whenever it reboots.
STARTER = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit; shift; done; shift; '
LOOP = f'while :; do "$@"; [ $? = {REBOOT} ] || exit; done'
PLAIN_INIT = "/usr/lib/yiwang/plain-init"
SETUP = "etc/yiwang/setup"
"""What the first boot of a host runs; it is gone when that is done."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A host with its place on this machine."""

    folder: LabFolder
    layout: Layout
    host: Host

    @property
    def disk(self) -> Disk:
        """Its disk."""
        return Disk(self.folder.host(self.host.name))

    @property
    def layers(self) -> tuple[Path, ...]:
        """What its disk lies over, the strongest first."""
        return tuple(Path(each) for each in (self.host.layer, self.layout.image) if each)

    @property
    def console(self) -> Path:
        """What it wrote while it booted."""
        return self.folder.host(self.host.name) / "console.log"

    @property
    def _pid_file(self) -> Path:
        return self.folder.host(self.host.name) / "pid"

    def start(self) -> None:
        """Start the host, its root file system writable, and return at once."""
        self.disk.make_writable()
        groups = cgroup.create(self.layout.slot, self.host.name)
        command = _plain(self) if self.layout.is_plain else _nspawn(self)
        with self.console.open("ab") as log:
            started = subprocess.Popen(
                ["sh", "-c", STARTER + LOOP, "yiwang-lab", *map(str, groups), "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={
                    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
                    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
                },
            )
        self._pid_file.write_text(str(started.pid))
        # It outlives this call by design: nobody waits for it.
        started.returncode = 0

    def stop(self) -> None:
        """Cut its power."""
        cgroup.kill(self.layout.slot, self.host.name)
        self.reap()

    def reap(self) -> None:
        """Take note that the host ended, where this process itself started it."""
        with contextlib.suppress(OSError, ValueError):
            os.waitpid(int(self._pid_file.read_text()), os.WNOHANG)

    @property
    def init(self) -> int | None:
        """The process that is number 1 inside; None while the host is not running."""
        try:
            loop = int(self._pid_file.read_text())
            return _child(_child(loop))
        except (OSError, ValueError, IndexError):
            return None

    @property
    def state(self) -> str:
        """``up``, ``silent`` (it runs but does not answer) or ``off``."""
        if self.init is None:
            return "off"
        return "up" if self.is_answering() else "silent"

    def is_answering(self, timeout_seconds: float = 0.5) -> bool:
        """Whether it is set up, and its service and SSH server answer on the management address."""
        if (self.disk.root / SETUP).exists():
            return False
        try:
            if self.host.service_port:
                socket.create_connection((self.host.management, self.host.service_port), timeout_seconds).close()
            with socket.create_connection((self.host.management, 22), timeout_seconds) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def require_running(self) -> int:
        """The process that is number 1 inside.

        Raises:
            LabError: the host is not running (E6022).
        """
        init = self.init
        if init is None:
            raise LabError(NOT_RUNNING, host=self.host.name)
        return init

    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs a command as root inside.

        Raises:
            LabError: the host is not running (E6022).
        """
        init = self.require_running()
        groups = [str(group / "exec") for group in cgroup.groups(self.layout.slot, self.host.name)]
        for group in groups:
            Path(group).mkdir(exist_ok=True)
        inside = ["nsenter", "-t", str(init), *NAMESPACES, "--", *command]
        return ["sh", "-c", f'{STARTER} exec "$@"', "yiwang-lab", *groups, "--", *inside]

    def run(self, *command: str, input: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as root inside and return what it printed.

        Raises:
            LabError: the host is not running (E6022).
            subprocess.CalledProcessError: the command failed and ``check`` is set.
        """
        return subprocess.run(
            self.command(command), input=input, capture_output=True, text=True, check=check, env=environment()
        )


def environment() -> dict[str, str]:
    """The environment of a command inside: the terminal and language of the caller, paths of Debian."""
    kept = {key: value for key, value in os.environ.items() if key in ("TERM", "LANG", "LC_ALL", "COLUMNS", "LINES")}
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", **kept}


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _nspawn(machine: Machine) -> list[str]:
    name = machine.layout.namespace(machine.host.name)
    return [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        f"--directory={machine.disk.root}",
        f"--machine={name}",
        f"--hostname={machine.host.name}",
        f"--uuid={uuid5(NAMESPACE_DNS, name).hex}",
        f"--network-namespace-path=/run/netns/{name}",
        "--register=no",
        "--keep-unit",
        "--settings=false",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--console=read-only",
        "--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_ADMIN",
    ]


def _plain(machine: Machine) -> list[str]:
    """Namespaces without systemd: the image's own init scripts, started by a script."""
    name = machine.layout.namespace(machine.host.name)
    return [
        "nsenter",
        f"--net=/run/netns/{name}",
        "unshare",
        "--mount",
        "--uts",
        "--ipc",
        "--pid",
        "--cgroup",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "sh",
        f"{machine.disk.root}{PLAIN_INIT}",
        str(machine.disk.root),
        machine.host.name,
    ]
