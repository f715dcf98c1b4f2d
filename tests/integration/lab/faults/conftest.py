"""Two hosts without a system: namespaces with a cable between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from yiwang.lab import cgroup
from yiwang.lab.faults.force import put_in_force
from yiwang.lab.faults.record import Record
from yiwang.lab.faults.registry import find_fault
from yiwang.lab.faults.request import read_request
from yiwang.lab.lab import Lab
from yiwang.lab.layout import Cable, CableEnd, Host, Layout, Port
from yiwang.lab.naming import SLOTS, management_address
from yiwang.lab.state import LabFolder
from yiwang.lab.wiring import NETNS, unwire, wire

FIRST_SLOT = 50
ADDRESSES = {"near": "10.99.0.1", "far": "10.99.0.2"}
ECHO = """
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("10.99.0.2", 7))
print("ready", flush=True)
while True:
    data, who = server.recvfrom(2000)
    server.sendto(data, who)
"""
ASK = """
import json, socket, sys, time
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(float(sys.argv[2]))
took = []
for number in range(int(sys.argv[1])):
    began = time.monotonic()
    try:
        client.sendto(b"%d" % number, ("10.99.0.2", 7))
        while int(client.recv(100)) != number:
            pass
        took.append(time.monotonic() - began)
    except OSError:
        continue
print(json.dumps(took))
"""


@dataclass(frozen=True)
class Pair:
    """The lab of the hosts ``near`` and ``far``, and what tests do in it."""

    lab: Lab

    def put(self, line: str, /, *, seconds: int | None = None, **options: str) -> Record:
        """Put a fault in force that is given as on a command line."""
        name, *words = line.split()
        request = read_request(self.lab.layout, find_fault(name), words, options)
        return put_in_force(self.lab, request, by="test", seconds=seconds)

    def command(self, host: str, *words: str) -> list[str]:
        """The command line that runs a program at a host."""
        return ["nsenter", f"--net={NETNS / self.lab.layout.namespace(host)}", "--", *words]

    def shown(self, host: str, *words: str) -> str:
        """What a program at a host prints."""
        return subprocess.run(self.command(host, *words), capture_output=True, text=True, check=True).stdout

    def python(self, host: str, code: str, *words: str) -> list[str]:
        """The command line that runs Python code at a host."""
        return self.command(host, sys.executable, "-I", "-S", "-c", code, *words)

    def round_trips(self, count: int, *, patience: float = 3) -> list[float]:
        """How long each answer to the near host took, in milliseconds; frames without one are left out."""
        command = self.python("near", ASK, str(count), str(patience))
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [seconds * 1000 for seconds in json.loads(done.stdout)]

    def count(self, host: str, counter: str) -> int:
        """A counter of a host's port."""
        direction, _, what = counter.partition("_")
        shown = json.loads(self.shown(host, "ip", "-json", "-statistics", "link", "show", "eth0"))
        return int(shown[0]["stats64"][direction][what])

    def traces(self) -> dict[str, str]:
        """All that a fault could leave in the two namespaces."""
        looks = (("ip", "link"), ("tc", "qdisc"), ("nft", "list", "ruleset"), ("ip", "route"))
        return {f"{host} {look}": self.shown(host, *look) for host in ADDRESSES for look in looks}

    def processes(self) -> list[int]:
        """What runs in the lab's control groups."""
        return [pid for group in cgroup.groups(self.lab.layout.slot) for pid in cgroup.processes(group)]


def _layout(slot: int) -> Layout:
    hosts = tuple(
        Host(
            name,
            "node",
            "node",
            "linux",
            index,
            str(management_address(slot, index)),
            ports=(Port("eth0", "eth0", f"{address}/24"),),
        )
        for index, (name, address) in enumerate(ADDRESSES.items())
    )
    cable = Cable("near-far", (CableEnd("near", "eth0", "eth0"), CableEnd("far", "eth0", "eth0")))
    return Layout(f"pair-{slot}", slot, "/nowhere", hosts, (cable,))


def _free_slot() -> int:
    """A slot that no lab has, and no other test process: its own ones begin elsewhere."""
    room = SLOTS - FIRST_SLOT
    tried = [FIRST_SLOT + (os.getpid() + number) % room for number in range(room)]
    return next(slot for slot in tried if not (NETNS / f"yw{slot}").exists())


@pytest.fixture(scope="session")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    if os.geteuid():
        pytest.skip("only root may make network namespaces")
    slot = _free_slot()
    folder = LabFolder(tmp_path_factory.mktemp("labs") / f"pair-{slot}")
    layout = _layout(slot)
    folder.write(layout)
    try:
        wire(layout)
        pair = Pair(Lab(folder, layout))
        with subprocess.Popen(pair.python("far", ECHO), stdout=subprocess.PIPE, text=True) as echo:
            assert echo.stdout is not None
            assert echo.stdout.readline() == "ready\n"
            # Neighbours and duplicate address detection settle, so that counters count what a test sends.
            assert pair.round_trips(1)
            time.sleep(2)
            yield pair
            echo.kill()
    finally:
        cgroup.kill(slot)
        cgroup.remove(slot)
        unwire(slot)
        folder.lock.unlink(missing_ok=True)


@pytest.fixture
def pair(wired: Pair) -> Iterator[Pair]:
    """Two hosts, ``near`` and ``far``, and the cable ``near-far``; every fault is gone after the test."""
    from yiwang.lab.faults.force import clear_all

    yield wired
    clear_all(wired.lab)
