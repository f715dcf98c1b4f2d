"""A real snmpd with tables of our choice, and a device that answers whatever it is told to."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.network.snmp.credential import Community, Credential, User
from yiwang.network.snmp.session import Target

NAME = "1.3.6.1.2.1.1.5.0"
ODD = "1.3.6.1.4.1.8072.9999.1"
INTERFACE, EXTENDED = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
REMOTE, LOCAL = "1.0.8802.1.1.2.1.4.1.1", "1.0.8802.1.1.2.1.3.7.1"
PARTS, DATE = "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.25.1.2.0"
SUBTREES = (INTERFACE, EXTENDED, "1.0.8802.1.1.2", PARTS, DATE, ODD)
# Without Linux's own interfaces and clock.
MODULES = "system_mib,snmp_mib,vacm_conf,vacm_vars,vacm_context,usmConf,usmStats,usmUser,snmpEngine,pass_persist,pass"


def user(name: str, auth: str, privacy: str | None = None, *protocols: str) -> User:
    return User(name, Secret(auth), Secret(privacy) if privacy else None, *protocols)  # type: ignore[arg-type]


CREDENTIALS: dict[str, Credential] = {
    "v2c": Community(Secret("public")),
    "sha256-aes128": user("alice", "alice-auth-1", "alice-priv-1"),
    "sha512-aes256": user("dora", "dora-auth-12", "dora-priv-12", "sha512", "aes256"),
    "sha1-aes128": user("emil", "emil-auth-12", "emil-priv-12", "sha1"),
    "sha384": user("bob", "bob-auth-123", None, "sha384"),
}
FAULTY: dict[str, Credential] = {
    "community": Community(Secret("wrong")),
    "pass phrase": user("alice", "not-hers-at-all", "alice-priv-1"),
    "privacy": user("alice", "alice-auth-1", "not-hers-at-all"),
    "unknown": user("mallory", "alice-auth-1", "alice-priv-1"),
    "no access": user("carol", "carol-auth-1", "carol-priv-1"),
    "level": user("alice", "alice-auth-1"),
    "narrow": Community(Secret("narrow")),
    "writer": Community(Secret("writer")),
}
CONFIGURATION = """
agentaddress udp:127.0.0.1:{port}
sysName r1
rocommunity public 127.0.0.1
rwcommunity writer 127.0.0.1
view narrow included .1.3.6.1.2.1.1
com2sec narrowed 127.0.0.1 narrow
group narrowed v2c narrowed
access narrowed "" any noauth exact narrow none none
rouser alice priv
rouser bob auth
rouser dora priv
rouser emil priv
createUser alice SHA-256 alice-auth-1 AES alice-priv-1
createUser bob SHA-384 bob-auth-123
createUser carol SHA-256 carol-auth-1 AES carol-priv-1
createUser dora SHA-512 dora-auth-12 AES-256 dora-priv-12
createUser emil SHA emil-auth-12 AES emil-priv-12
"""


def octets(value: bytes) -> tuple[str, str]:
    return ("octet", value.hex(" ")) if value else ("string", "")


def interface_rows(count: int) -> list[tuple[str, str, str]]:
    """A device's interfaces; every seventh has no alias and no 64-bit counters."""
    rows = []
    for index in range(1, count + 1):
        cells: dict[str, tuple[str, str]] = {
            f"{INTERFACE}.1": ("integer", str(index)),
            f"{INTERFACE}.2": ("string", f"GigabitEthernet0/0/{index}"),
            f"{INTERFACE}.3": ("integer", "6"),
            f"{INTERFACE}.4": ("integer", "1500"),
            f"{INTERFACE}.5": ("gauge", "4294967295" if index == 1 else "1000000000"),
            f"{INTERFACE}.6": octets(bytes((0, 0x1B, 0x44, 0x11, 0x3A, index))),
            f"{INTERFACE}.7": ("integer", "1"),
            f"{INTERFACE}.8": ("integer", "2" if index % 5 == 0 else "1"),
            f"{INTERFACE}.10": ("counter", str(index * 1000)),
            f"{INTERFACE}.14": ("counter", str(index)),
            f"{EXTENDED}.1": ("string", f"GE0/0/{index}"),
            f"{EXTENDED}.15": ("gauge", "10000" if index == 1 else "1000"),
        }
        if index % 7:
            cells[f"{EXTENDED}.6"] = ("counter64", str(2**64 - index))
            cells[f"{EXTENDED}.18"] = octets(f"至淇县{index}".encode("gbk"))
        rows += [(f"{column}.{index}", *cell) for column, cell in cells.items()]
    return rows


def odd_rows() -> list[tuple[str, str, str]]:
    kinds = {
        "1.1": ("string", "hello"),
        "1.2": octets("郑州核心".encode("gbk")),
        "1.5": octets(b""),
        "1.9": octets(bytes(range(128, 160))),
        "2.1": ("counter64", str(2**64 - 1)),
        "2.2": ("counter", str(2**32 - 1)),
        "2.3": ("gauge", str(2**32 - 1)),
        "2.4": ("integer", str(-(2**31))),
        "2.5": ("timeticks", "123456"),
        "3.1": ("objectid", ".1.3.6.1.4.1.2011.2.224.1"),
        "3.2": ("ipaddress", "10.1.2.3"),
        "3.3": ("objectid", ".0.0"),
    }
    return [(f"{ODD}.{place}", *cell) for place, cell in kinds.items()]


def neighbour_rows() -> list[tuple[str, str, str]]:
    far = {4: ("integer", "4"), 5: octets(bytes.fromhex("001b44aabbcc")), 6: ("integer", "5"), 7: ("string", "GE0/0/9")}
    far |= {8: ("string", "to r1"), 9: ("string", "r2"), 10: octets("核心路由器".encode())}
    rows = [(f"{REMOTE}.{column}.0.3.1", *cell) for column, cell in far.items()]
    return [*rows, (f"{LOCAL}.2.3", "integer", "5"), (f"{LOCAL}.3.3", "string", "GE0/0/3")]


def part_rows() -> list[tuple[str, str, str]]:
    chassis = {2: "Chassis", 7: "chassis 1", 11: "SN123", 12: "Maker", 13: "M-1"}
    rows = [(f"{PARTS}.{column}.1", "string", text) for column, text in chassis.items()]
    return [
        *rows,
        (f"{PARTS}.5.1", "integer", "3"),
        (f"{PARTS}.7.2", "string", "fan 1"),
        (f"{PARTS}.5.2", "integer", "7"),
    ]


@dataclass(frozen=True)
class Agent:
    """A running snmpd."""

    port: int

    def target(self, credential: Credential = CREDENTIALS["v2c"], *, attempts: int = 3) -> Target:
        return Target("r1", "127.0.0.1", self.port, credential, timeout_seconds=1, attempts=attempts)


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """A device with twenty interfaces, a neighbour, parts, a clock without time zone, and odd values."""
    if not Path("/usr/sbin/snmpd").exists() or not shutil.which("snmpget"):
        pytest.skip("net-snmp is not installed (apt-get install snmpd snmp)")
    folder, port = tmp_path_factory.mktemp("snmpd"), free_port()
    rows = [*interface_rows(20), *odd_rows(), *neighbour_rows(), *part_rows()]
    rows.append((DATE, *octets(bytes.fromhex("07ea0b160a000000"))))
    (folder / "rows.json").write_text(json.dumps(rows))
    program = shlex.join([sys.executable, "-E", "-s", str(Path(__file__).with_name("answering.py"))])
    served = [f"pass_persist -p 10 .{oid} {program} {folder / 'rows.json'}" for oid in SUBTREES]
    (folder / "snmpd.conf").write_text("\n".join([CONFIGURATION.format(port=port), *served, ""]))
    words = ["/usr/sbin/snmpd", "-f", "-Lf", str(folder / "log"), "-I", MODULES, "-C", "-c", str(folder / "snmpd.conf")]
    environment = os.environ | {"MIBS": "", "SNMP_PERSISTENT_DIR": str(folder / "kept")}
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=environment)
    try:
        wait_for(port, folder / "log")
        yield Agent(port)
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, log: Path) -> None:
    ask = ["snmpget", "-v2c", "-cpublic", "-t1", "-r0", f"127.0.0.1:{port}", NAME]
    for _attempt in range(30):
        if subprocess.run(ask, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.2)
    pytest.fail(log.read_text())


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


Answer = Callable[[bytes], list[bytes]]


class Rogue:
    """Answers each datagram with what it is told; from a second address where ``elsewhere`` is set."""

    def __init__(self, answer: Answer, *, elsewhere: str = "") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._sender = self._socket
        if elsewhere:
            self._sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._sender.bind((elsewhere, 0))
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while (request := self._socket.recvfrom(65535))[0] != b"end":
            for datagram in self._answer(request[0]):
                self._sender.sendto(datagram, request[1])

    def target(self, credential: Credential = CREDENTIALS["v2c"], *, attempts: int = 2, wait: float = 0.3) -> Target:
        port = self._socket.getsockname()[1]
        return Target("rogue", "127.0.0.1", port, credential, timeout_seconds=wait, attempts=attempts)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ender:
            ender.sendto(b"end", self._socket.getsockname())
        self._thread.join(5)
        self._sender.close()
        self._socket.close()


@pytest.fixture
def rogue() -> Iterator[Callable[..., Rogue]]:
    """Starts rogues."""
    started: list[Rogue] = []

    def start(answer: Answer, **words: str) -> Rogue:
        started.append(Rogue(answer, **words))
        return started[-1]

    yield start
    for each in started:
        each.close()
