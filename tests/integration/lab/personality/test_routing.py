"""Two vendors' devices become neighbours: real FRR and lldpd in network namespaces of the test's own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from yiwang.lab.personality.catalogue import platform
from yiwang.lab.personality.engine.apply import QUESTIONS
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.engine.session import Session
from yiwang.lab.personality.engine.terminal import Terminal
from yiwang.lab.personality.engine.translation import translate
from yiwang.lab.personality.lldp import lldpd_file

HUAWEI = """#
sysname core-1
#
interface GigabitEthernet0/0/0
 ip address 10.9.0.0 255.255.255.254
#
interface LoopBack0
 ip address 192.0.2.1 255.255.255.255
#
bgp 64512
 peer 10.9.0.1 as-number 64513
 #
 ipv4-family unicast
  undo synchronization
  peer 10.9.0.1 enable
#
ospf 1 router-id 192.0.2.1
 area 0.0.0.0
  network 10.9.0.0 0.0.0.1
  network 192.0.2.1 0.0.0.0
#
return
"""
COMWARE = """#
 sysname edge-1
#
ospf 1 router-id 192.0.2.2
 area 0.0.0.0
  network 10.9.0.0 0.0.0.1
  network 192.0.2.2 0.0.0.0
#
interface LoopBack0
 ip address 192.0.2.2 255.255.255.255
#
interface GigabitEthernet1/0/1
 port link-mode route
 ip address 10.9.0.1 255.255.255.254
#
bgp 64513
 peer 10.9.0.0 as-number 64512
 #
 address-family ipv4 unicast
  import-route static
  peer 10.9.0.0 enable
#
 ip route-static 203.0.113.0 24 NULL0
#
return
"""


@dataclass(frozen=True)
class Router:
    """A device whose FRR runs in a namespace."""

    name: str
    device: Device

    def says(self, command: str) -> str:
        """What the device's command line answers."""
        reading, writing = os.pipe()
        session = Session(self.device, platform(self.device.platform), Terminal(0, writing))
        session.terminal.lines = 0
        session.execute(command)
        os.close(writing)
        with os.fdopen(reading) as stream:
            return stream.read().replace("\r", "")

    def answers(self, command: str, pattern: str) -> str:
        """The same, as soon as the answer has something in it; routing needs some seconds."""
        end = time.monotonic() + 60
        while not re.search(pattern, said := self.says(command)) and time.monotonic() < end:
            time.sleep(0.5)
        return said


def call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@contextmanager
def router(folder: Path, name: str, kind: str, text: str, port: str) -> Iterator[Router]:
    """A namespace with FRR and lldpd that are configured from a vendor's configuration."""
    folder.mkdir()
    own = f"yw{os.getpid()}{name}"
    configured, running = Path("/etc/frr") / own, Path("/var/run/frr") / own
    with ExitStack() as stack:
        call("ip", "netns", "add", own)
        stack.callback(call, "ip", "netns", "del", own)
        call("ip", "-n", own, "link", "set", "lo", "up")
        for place in (configured, running):
            place.mkdir(parents=True)
            stack.callback(shutil.rmtree, place)
        (configured / "frr.conf").write_text(translate(text, platform(kind), {port: "ge0"}).frr)
        (configured / "vtysh.conf").write_text("service integrated-vtysh-config\n")
        for place in (configured, running):
            call("chown", "-R", "frr:frr", str(place))
        lldpd_file_of(own).write_text(lldpd_file(name, kind, [(port, "ge0")]))
        stack.callback(lldpd_file_of(own).unlink)
        (folder / "running.cfg").write_text(text)
        (folder / "ask").write_text(asking(own, lldpd_socket(own)))
        device = Device(name, kind, folder, {port: "ge0"}, apply=(sys.executable, str(folder / "ask")))
        yield Router(own, device)


def asking(own: str, socket: Path) -> str:
    """The program that asks FRR and lldpd, as ``apply show`` does, but in the namespace."""
    return f"""import subprocess, sys
command = {QUESTIONS!r}[sys.argv[2]]
if command[0] == "vtysh":
    command = ("ip", "netns", "exec", "{own}", "vtysh", "-N", "{own}", *command[1:])
else:
    command = (command[0], "-u", "{socket}", *command[1:])
sys.exit(subprocess.run(command).returncode)
"""


@contextmanager
def started(one: Router) -> Iterator[None]:
    own = one.name
    with ExitStack() as stack:
        call("ip", "-n", own, "link", "set", "ge0", "up")
        for daemon in ("zebra", "staticd", "ospfd", "bgpd"):
            call("ip", "netns", "exec", own, f"/usr/lib/frr/{daemon}", "-N", own, "-d", "-A", "127.0.0.1")
            stack.callback(stop, Path(f"/var/run/frr/{own}/{daemon}.pid"))
            wait_for(Path(f"/var/run/frr/{own}/{daemon}.vty"))
        call("ip", "netns", "exec", own, "vtysh", "-N", own, "-b")
        folder = one.device.state
        files = ["-u", str(lldpd_socket(own)), "-O", str(lldpd_file_of(own))]
        with (folder / "lldpd.log").open("wb") as log:
            command = ["ip", "netns", "exec", own, "lldpd", "-d", *files]
            lldpd = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        stack.callback(lldpd_socket(own).unlink, missing_ok=True)
        stack.callback(lldpd.wait, 20)
        stack.callback(lldpd.terminate)
        yield


def lldpd_socket(own: str) -> Path:
    """Where lldpd's unprivileged half may reach it, unlike in a folder of pytest's."""
    return Path(f"/run/{own}-lldpd.socket")


def lldpd_file_of(own: str) -> Path:
    return Path(f"/run/{own}-lldpd.conf")


def wait_for(file: Path) -> None:
    end = time.monotonic() + 20
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.05)


def stop(file: Path) -> None:
    number = int(file.read_text())
    os.kill(number, signal.SIGTERM)
    end = time.monotonic() + 20
    while Path(f"/proc/{number}").exists() and time.monotonic() < end:
        time.sleep(0.05)


@pytest.fixture(scope="module")
def routers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Router, Router]]:
    if os.geteuid():
        pytest.skip("network namespaces need root")
    for program, package in (("vtysh", "frr"), ("lldpd", "lldpd"), ("ip", "iproute2")):
        if not shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
            pytest.skip(f"{program} is not installed (apt-get install {package})")
    folder = tmp_path_factory.mktemp("routers")
    with (
        router(folder / "a", "a", "huawei_vrp", HUAWEI, "GigabitEthernet0/0/0") as one,
        router(folder / "b", "b", "hp_comware", COMWARE, "GigabitEthernet1/0/1") as other,
    ):
        call("ip", "link", "add", "ge0", "netns", one.name, "type", "veth", "peer", "name", "ge0", "netns", other.name)
        with started(one), started(other):
            yield one, other


def test_ospf_neighbours_are_shown_in_the_vendors_table(routers: tuple[Router, Router]) -> None:
    huawei, comware = routers

    brief = huawei.answers("display ospf peer brief", "Full")
    whole = huawei.says("display ospf peer")
    other = comware.answers("display ospf peer", "Full")

    assert re.search(r"0\.0\.0\.0 +GigabitEthernet0/0/0 +192\.0\.2\.2 +Full", brief)
    assert "interface 10.9.0.0(GigabitEthernet0/0/0)'s neighbors" in whole
    assert re.search(r"192\.0\.2\.1 +10\.9\.0\.0 +1 .* GigabitEthernet1/0/1", other)


def test_bgp_peers_and_their_routes_are_shown(routers: tuple[Router, Router]) -> None:
    huawei, _comware = routers

    peers = huawei.answers("display bgp peer", "Established +1")
    routes = huawei.answers("display ip routing-table", r"192\.0\.2\.2/32 +OSPF[^!]*EBGP")

    assert re.search(r"10\.9\.0\.1 +4 +64513", peers)
    assert re.search(r"203\.0\.113\.0/24 +EBGP .* 10\.9\.0\.1 +GigabitEthernet0/0/0", routes)
    assert re.search(r"192\.0\.2\.2/32 +OSPF +10 +10 .* 10\.9\.0\.1 +GigabitEthernet0/0/0", routes)


def test_lldp_neighbours_are_shown_by_their_declared_ports(routers: tuple[Router, Router]) -> None:
    huawei, comware = routers

    one = huawei.answers("display lldp neighbor brief", "GigabitEthernet1/0/1")
    other = comware.answers("display lldp neighbor-information list", "GigabitEthernet0/0/0")

    assert re.search(r"GigabitEthernet0/0/0 +b +GigabitEthernet1/0/1", one)
    assert re.search(r"a +GigabitEthernet1/0/1.* GigabitEthernet0/0/0", other)
