"""A lab that is up: its hosts, and its management network as a place to work from."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device, Node
from yiwang.lab.command import LabError
from yiwang.lab.layout import Host, Layout
from yiwang.lab.machine import Machine
from yiwang.lab.state import LabFolder, find_lab, host_of
from yiwang.lab.wiring import NETNS

CANNOT_ENTER = code(
    "E6023",
    N_("the network of the lab {lab} cannot be entered: {reason}"),
    N_("run as root, and see `yiwang lab status`"),
)
LAB_VARIABLE = "YIWANG_LAB_NAME"
ESTATE_VARIABLE = "YIWANG_ESTATE"
CLONE_NEWNET = 0x40000000

Seen = TypeVar("Seen", Node, Device)


@dataclass(frozen=True)
class Lab:
    """A lab by its folder and layout."""

    folder: LabFolder
    layout: Layout

    @cached_property
    def machines(self) -> tuple[Machine, ...]:
        """Its hosts, by name."""
        return tuple(Machine(self.folder, self.layout, host) for host in self.layout.hosts)

    def machine(self, name: str) -> Machine:
        """One host.

        Raises:
            NotFoundError: there is none of that name (E6015).
        """
        return Machine(self.folder, self.layout, host_of(self.layout, name))

    def run(self, *command: str, input: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in the management network and return what it printed.

        Raises:
            subprocess.CalledProcessError: it failed and ``check`` is set.
        """
        return subprocess.run(
            self.command(command), input=input, capture_output=True, text=True, check=check, env=self.environment
        )

    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs a program of this machine in the management network."""
        return ["nsenter", f"--net={NETNS / self.layout.operator}", "--", *command]

    @property
    def environment(self) -> dict[str, str]:
        """The caller's environment, with the lab and its estate for `yiwang` itself."""
        return {**os.environ, LAB_VARIABLE: self.layout.name, ESTATE_VARIABLE: self.layout.estate}

    def ssh_command(self, host: str, command: Sequence[str] = ()) -> list[str]:
        """The command line that logs in to a host with its declared account, over the management network.

        Raises:
            NotFoundError: there is no host of that name (E6015).
        """
        target = host_of(self.layout, host)
        known = self.folder.path / "known_hosts"
        known.write_text("".join(f"{each.name} {each.host_key}\n" for each in self.layout.hosts))
        options = [
            f"HostKeyAlias={host}",
            f"UserKnownHostsFile={known}",
            "StrictHostKeyChecking=yes",
            "IdentitiesOnly=yes",
            "LogLevel=ERROR",
        ]
        given = [word for option in options for word in ("-o", option)]
        account = f"{target.user}@{target.management}"
        return ["ssh", "-F", "none", "-i", str(self.folder.operator_key), *given, account, *command]

    @contextmanager
    def network(self) -> Iterator[None]:
        """This thread, and those that it starts meanwhile, work in the management network.

        Raises:
            LabError: it cannot be entered (E6023).
        """
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._enter(NETNS / self.layout.operator)
            try:
                yield
            finally:
                _set_namespace(own)
        finally:
            os.close(own)

    def enter(self) -> None:
        """This thread, and those that it starts from now on, work in the management network.

        Raises:
            LabError: it cannot be entered (E6023).
        """
        self._enter(NETNS / self.layout.operator)

    def _enter(self, file: Path) -> None:
        try:
            handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            try:
                _set_namespace(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise LabError(CANNOT_ENTER, lab=self.layout.name, reason=error.strerror) from error


def _set_namespace(handle: int) -> None:
    # os.setns came with Python 3.12.
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(handle, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def open_lab(name: str = "") -> Lab:
    """The lab of that name; without a name the only one.

    Raises:
        NotFoundError, UsageError: as :func:`yiwang.lab.state.find_lab`.
    """
    folder = find_lab(name)
    return Lab(folder, folder.read())


def as_seen_from(lab: Lab, estate: Estate) -> Estate:
    """The estate with the host keys that the lab's hosts really have, and with the network that manages them."""
    hosts = lab.layout.by_name
    nodes = {name: _node(node, hosts[name], lab) if name in hosts else node for name, node in estate.nodes.items()}
    devices = {
        name: _with_key(device, "credentials", hosts[name]) if name in hosts else device
        for name, device in estate.devices.items()
    }
    return replace(estate, nodes=nodes, devices=devices)


def _node(node: Node, host: Host, lab: Lab) -> Node:
    # Whoever hardens a node must leave open the way by which it is managed; here that is the lab's network.
    own = node.vars.get("baseline", {})
    managed = [*own.get("management_networks", ()), str(lab.layout.network)]
    kept = {**node.vars, "baseline": {**own, "management_networks": managed}}
    return _with_key(node, "connection", host).model_copy(update={"vars": kept})


def _with_key(target: Seen, account: str, host: Host) -> Seen:
    known = getattr(target, account).model_copy(update={"host_keys": (host.host_key,)})
    return target.model_copy(update={account: known})
