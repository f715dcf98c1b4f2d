"""One fault in one place: the lab, and what is on record of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab import cgroup
from yiwang.lab.command import LabError, call
from yiwang.lab.faults.record import Record
from yiwang.lab.lab import Lab
from yiwang.lab.layout import Cable, CableEnd
from yiwang.lab.machine import Machine

FAILED_INSIDE = code(
    "E6307",
    N_("`{command}` failed on {host}: {reason}"),
    N_("look at the host: yiwang lab exec {host} -- journalctl -e"),
)
NEEDS_SYSTEMD = code(
    "E6308",
    N_("the hosts of the lab {lab} run without systemd: {host} has no units to stop or restart"),
    N_("bring the lab up without --fallback"),
)
GROUP = "_faults"
"""The control group of the lab under which every fault has its own; no host can have this name."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault where it is, or is to be, in force."""

    lab: Lab
    record: Record

    @property
    def group(self) -> str:
        """The control group of the processes that hold the fault, below the lab's."""
        return f"{GROUP}/{self.record.id}"

    @property
    def timer(self) -> str:
        """The control group of the process that waits to clear the fault."""
        return f"{self.group}.timer"

    @property
    def log(self) -> Path:
        """What the processes of the fault complain about."""
        return self.lab.folder.faults / f"{self.record.id}.log"

    def end_processes(self, group: str) -> None:
        """End the processes of one of its groups."""
        cgroup.kill(self.lab.layout.slot, group)
        cgroup.remove(self.lab.layout.slot, group)

    # A fault of a cable

    @property
    def cable(self) -> Cable:
        """The cable."""
        return next(each for each in self.lab.layout.cables if each.name == self.record.place)

    @property
    def cable_number(self) -> int:
        """The cable's number in the lab, from which names in the kernel are made."""
        return self.lab.layout.cables.index(self.cable)

    @property
    def ends(self) -> tuple[CableEnd, ...]:
        """The cable's ends, that at A first."""
        ends = {end.host: end for end in self.cable.ends}
        return tuple(ends[host] for host in self.record.hosts)

    @property
    def sending_ends(self) -> tuple[CableEnd, ...]:
        """The ends at which frames leave in the directions that the fault is about."""
        one, other = self.ends
        return {"there": (one,), "back": (other,)}.get(str(self.record.values.get("direction")), (one, other))

    def namespace(self, end: CableEnd) -> str:
        """The network namespace of an end."""
        return self.lab.layout.namespace(end.host)

    # A fault of a host

    @property
    def machine(self) -> Machine:
        """The host."""
        return self.lab.machine(self.record.hosts[0])

    @property
    def is_running(self) -> bool:
        """Whether the host is running."""
        return self.machine.init is not None

    def run(self, *command: str, input: str | None = None, is_tolerant: bool = False) -> str:
        """Run a command as root inside the host and return what it prints.

        Raises:
            LabError: the host is not running (E6022), or the command failed (E6307) and the call is not tolerant.
        """
        done = self.machine.run(*command, input=input, check=False)
        if done.returncode and not is_tolerant:
            reason = (done.stderr or done.stdout).strip() or done.returncode
            raise LabError(FAILED_INSIDE, command=" ".join(command), host=self.machine.host.name, reason=reason)
        return done.stdout

    def systemctl(self, *words: str, is_tolerant: bool = False) -> str:
        """Call ``systemctl`` inside the host.

        Raises:
            LabError: the lab is one without systemd (E6308), or as :meth:`run`.
        """
        if self.lab.layout.is_plain:
            raise LabError(NEEDS_SYSTEMD, lab=self.lab.layout.name, host=self.machine.host.name)
        return self.run("systemctl", *words, is_tolerant=is_tolerant)

    def is_active(self, unit: str) -> bool:
        """Whether a unit of the host is running."""
        return self.systemctl("is-active", unit, is_tolerant=True).strip() == "active"

    def traffic(self, end: CableEnd, *words: str, is_tolerant: bool = False) -> str:
        """Call ``tc`` in the namespace of a cable's end."""
        return call("tc", "-n", self.namespace(end), *words, is_tolerant=is_tolerant)
