"""Every platform's personality behind a real sshd, and the netmiko driver that speaks to it."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from netmiko import ConnectHandler

from yiwang.lab.personality.catalogue import platform
from yiwang.lab.personality.engine.edit import Edit, applied
from yiwang.lab.personality.engine.tree import parse, written
from yiwang.lab.personality.serving import Fake, Personality, default_configuration, serve


@dataclass(frozen=True)
class Driver:
    """How one netmiko driver is used, and the words of its platform."""

    platform: str
    device_type: str
    show: str
    show_saved: str
    page: str
    prompt: str
    loopback: str
    change: tuple[str, ...]
    changed: str
    wrong: str
    is_candidate: bool = False

    @contextmanager
    def served(self, configuration: str = "") -> Iterator[Personality]:
        with serve(
            self.platform, Fake(configuration=configuration, hostname="lab-1", is_candidate=self.is_candidate)
        ) as server:
            yield server

    @contextmanager
    def connected(self, server: Personality, **more: Any) -> Iterator[Any]:
        connection = ConnectHandler(**server.netmiko | {"device_type": self.device_type} | more)
        try:
            yield connection
        finally:
            connection.disconnect()

    def long_configuration(self, sections: int = 60) -> str:
        """The platform's sample with so many loopbacks more."""
        own = platform(self.platform)
        tree = parse(default_configuration(self.platform, "lab-1"), own.comment)
        for number in range(10, 10 + sections):
            header = f"interface {self.loopback.format(number)}"
            tree = applied(tree, Edit((), header), own)
            tree = applied(tree, Edit((header,), f"description line {number}, with a , and a | in it"), own)
        return written(tree)


VRP = {
    "platform": "huawei_vrp",
    "show": "display current-configuration",
    "show_saved": "display saved-configuration",
    "page": "screen-length 24 temporary",
    "prompt": "<lab-1>",
    "loopback": "LoopBack{}",
    "change": ("interface LoopBack7", "description changed here", "ip address 203.0.113.7 32"),
    "changed": "interface LoopBack7\n description changed here\n ip address 203.0.113.7 255.255.255.255\n",
    "wrong": "Error: Unrecognized command found at '^' position.",
}
IOS = {
    "show": "show running-config",
    "show_saved": "show startup-config",
    "page": "terminal length 24",
    "prompt": "lab-1#",
    "loopback": "Loopback{}",
    "change": ("interface Loopback7", "description changed here", "ip address 203.0.113.7 255.255.255.255"),
    "changed": "interface Loopback7\n description changed here\n ip address 203.0.113.7 255.255.255.255\n",
    "wrong": "% Invalid input detected at '^' marker.",
}
DRIVERS = {
    "huawei": Driver(device_type="huawei", **VRP),
    "huawei_vrp": Driver(device_type="huawei_vrp", **VRP),
    "huawei_vrpv8": Driver(device_type="huawei_vrpv8", is_candidate=True, **VRP),
    "hp_comware": Driver(
        device_type="hp_comware",
        **VRP
        | {
            "platform": "hp_comware",
            "page": "undo screen-length disable",
            "wrong": " % Unrecognized command found at '^' position.",
        },
    ),
    "ruijie_os": Driver(
        device_type="ruijie_os",
        platform="ruijie_os",
        **IOS
        | {
            "loopback": "Loopback {}",
            "changed": "interface Loopback 7\n description changed here\n ip address 203.0.113.7 255.255.255.255\n",
        },
    ),
    "cisco_ios": Driver(device_type="cisco_ios", platform="cisco_ios", **IOS),
    "cisco_xe": Driver(device_type="cisco_xe", platform="cisco_xe", **IOS),
    "zte_zxros": Driver(
        device_type="zte_zxros",
        platform="zte_zxros",
        **IOS
        | {
            "loopback": "loopback{}",
            "change": ("interface loopback7", "description changed here", "ip address 203.0.113.7 255.255.255.255"),
            "changed": "interface loopback7\n  description changed here\n  ip address 203.0.113.7 255.255.255.255\n$\n",
            "wrong": "%Error 20200: Invalid input detected at '^' marker.",
        },
    ),
}


@pytest.fixture(scope="session", autouse=True)
def _sshd_is_installed() -> None:
    if not shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin"):
        pytest.skip("OpenSSH's server is not installed (apt-get install openssh-server)")


@pytest.fixture(params=sorted(DRIVERS))
def driver(request: pytest.FixtureRequest) -> Driver:
    return DRIVERS[request.param]


@pytest.fixture
def huawei() -> Driver:
    return DRIVERS["huawei"]


@pytest.fixture
def vrp8() -> Driver:
    return DRIVERS["huawei_vrpv8"]


@pytest.fixture
def ios() -> Driver:
    return DRIVERS["cisco_ios"]


@pytest.fixture
def read_paged() -> Any:
    return _read_paged


def _read_paged(channel: Any, command: str, *, more: str, prompt: str) -> str:
    """A command's output as a person sees it who types a blank at each page."""
    channel.settimeout(20)
    channel.send(f"{command}\n".encode())
    raw = ""
    pages = 1
    while not raw.endswith(prompt):
        raw += channel.recv(65536).decode()
        if raw.endswith(more):
            pages += 1
            raw += "\x00"
            channel.send(b" ")
    assert pages > 3, "the output was to be longer than a few pages"
    shown = on_screen(raw.replace("\x00", ""))
    return shown.partition(f"{command}\n")[2].removesuffix(prompt)


def on_screen(raw: str) -> str:
    """What a terminal shows of what it was sent: cursor movements and blanks over other text obeyed."""
    lines: list[str] = []
    line = ""
    at = 0
    for part in re.findall(r"\x1b\[\d+D|\r\n|.", raw, re.DOTALL):
        if part == "\r\n":
            lines.append(line.rstrip(" ") if line.strip() else "")
            line, at = "", 0
        elif part == "\r":
            at = 0
        elif part == "\b":
            at = max(at - 1, 0)
        elif part.startswith("\x1b"):
            at = max(at - int(part[2:-1]), 0)
        else:
            line = line[:at].ljust(at) + part + line[at + 1 :]
            at += 1
    return "\n".join([*lines, line.rstrip(" ") if line.strip() else ""])


def until(question: Any, *, seconds: float = 10) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.05)
    return False
