"""A real snmpd with a device's seed tells what the platform is and which interfaces are configured."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.lab.personality import snmpd
from yiwang.lab.personality.catalogue import platform_data, platform_names
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.serving import default_configuration
from yiwang.lab.personality.snmpd import SnmpAccess, SystemGroup

AUTH, PRIVACY, COMMUNITY = "auth-phrase-1", "priv-phrase-1", "c0mmunity"
SYSTEM = "1.3.6.1.2.1.1"
NAMES = "1.3.6.1.2.1.31.1.1.1.1"
DESCRIPTIONS = "1.3.6.1.2.1.2.2.1.2"
STATES = "1.3.6.1.2.1.2.2.1.7"
ADDRESSES = "1.3.6.1.2.1.4.20.1.1"


@dataclass(frozen=True)
class Agent:
    """A running snmpd."""

    platform: str
    port: int
    folder: Path
    version: str

    def walk(self, oid: str, program: str = "snmpbulkwalk") -> dict[str, str]:
        """OID → value, as net-snmp's own program reads it."""
        if self.version == "2c":
            access = ["-v2c", "-c", COMMUNITY]
        else:
            access = ["-v3", "-u", "yiwang", "-l", "authPriv", "-a", "SHA-256", "-A", AUTH, "-x", "AES", "-X", PRIVACY]
        done = subprocess.run(
            [program, *access, "-OnqU", "-t", "3", f"127.0.0.1:{self.port}", oid],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env=os.environ | {"MIBS": "", "SNMP_PERSISTENT_DIR": str(self.folder / "client")},
        )
        lines = (line.partition(" ") for line in done.stdout.splitlines() if " " in line)
        return {oid.strip("."): value.strip('"') for oid, _blank, value in lines}


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Callable[[str, str], Agent]]:
    if not Path("/usr/sbin/snmpd").exists() or not shutil.which("snmpbulkwalk"):
        pytest.skip("net-snmp is not installed (apt-get install snmpd snmp)")
    started: list[subprocess.Popen[bytes]] = []

    def start(platform: str, version: str = "3") -> Agent:
        access = SnmpAccess(version, Secret(COMMUNITY), "yiwang", Secret(AUTH), Secret(PRIVACY), free_port())
        write_seed(tmp_path, platform, access)
        started.append(serve(tmp_path))
        ready = Agent(platform, access.port, tmp_path, version)
        wait_for(ready)
        return ready

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_seed(folder: Path, platform: str, access: SnmpAccess) -> None:
    device = Device(name="r1", platform=platform, state=folder)
    device.running.write_text(default_configuration(platform, "r1"))
    (folder / "device.json").write_text(json.dumps(device.document()))
    (folder / "platform.json").write_text(json.dumps(platform_data(platform)))
    data = platform_data(platform)
    system = SystemGroup(data["sysobjectid"], data["sysdescr"], "r1", "机房")
    files = [str(folder / "device.json"), str(folder / "platform.json")]
    program = shlex.join([sys.executable, "-E", "-s", "-m", "yiwang.lab.personality.engine.agent", *files])
    (folder / "kept").mkdir()
    (folder / "snmpd.conf").write_text(snmpd.main_file(system, access, program, listen="127.0.0.1"))
    (folder / "kept/snmpd.conf").write_text(snmpd.user_file("r1", access))


def serve(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/usr/sbin/snmpd", "-f", "-Lf", str(folder / "log"), "-I", snmpd.MODULES, "-p", str(folder / "pid")],
        stdin=subprocess.DEVNULL,
        env=os.environ
        | {
            "MIBS": "",
            "SNMPCONFPATH": f"{folder}:{folder / 'kept'}",
            "SNMP_PERSISTENT_DIR": str(folder / "kept"),
        },
    )


def wait_for(agent: Agent) -> None:
    for _attempt in range(20):
        try:
            agent.walk(f"{SYSTEM}.5.0", "snmpget")
        except subprocess.CalledProcessError:
            time.sleep(0.2)
        else:
            return
    pytest.fail((agent.folder / "log").read_text())


def configured(platform: str) -> list[str]:
    lines = default_configuration(platform, "r1").splitlines()
    return sorted(line.removeprefix("interface ") for line in lines if line.startswith("interface "))


@pytest.mark.parametrize("platform", platform_names())
def test_the_agent_is_the_platforms_and_its_interfaces_are_the_configured_ones(
    agent: Callable[..., Agent], platform: str
) -> None:
    server = agent(platform)

    system = server.walk(SYSTEM)
    names = server.walk(NAMES)

    assert system[f"{SYSTEM}.2.0"].strip(".") == platform_data(platform)["sysobjectid"]
    assert system[f"{SYSTEM}.1.0"] == platform_data(platform)["sysdescr"]
    assert system[f"{SYSTEM}.5.0"] == "r1"
    assert sorted(names.values()) == configured(platform)


def test_the_tables_agree_with_the_configuration_and_each_other(agent: Callable[..., Agent]) -> None:
    server = agent("huawei_vrp")

    names = {oid.rpartition(".")[2]: name for oid, name in server.walk(NAMES).items()}
    described = {oid.rpartition(".")[2]: name for oid, name in server.walk(DESCRIPTIONS).items()}
    states = {names[oid.rpartition(".")[2]]: state for oid, state in server.walk(STATES).items()}

    assert names == described
    assert states["GigabitEthernet0/0/1"] == "2"
    assert states["GigabitEthernet0/0/0"] == "1"
    assert set(server.walk(ADDRESSES).values()) == {"192.0.2.1", "198.51.100.1"}


def test_what_is_configured_later_is_told(agent: Callable[..., Agent]) -> None:
    server = agent("huawei_vrp")
    file = server.folder / "running.cfg"

    file.write_text(file.read_text().replace("interface NULL0\n", "interface NULL0\n#\ninterface LoopBack9\n"))
    time.sleep(2.2)

    assert "LoopBack9" in server.walk(NAMES).values()


def test_a_walk_of_everything_only_goes_forward_and_shows_nothing_of_the_machine(
    agent: Callable[..., Agent],
) -> None:
    server = agent("cisco_ios", "2c")

    found = [tuple(int(part) for part in oid.split(".")) for oid in server.walk("1.3.6.1.2.1")]
    stepped = server.walk("1.3.6.1.2.1.2", "snmpwalk")

    assert found == sorted(found)
    assert len(found) == len(set(found))
    assert all(oid[:7] in {(1, 3, 6, 1, 2, 1, part) for part in (1, 2, 4, 11, 31)} for oid in found)
    assert stepped.keys() == server.walk("1.3.6.1.2.1.2").keys()


def test_a_wrong_pass_phrase_is_refused(agent: Callable[..., Agent]) -> None:
    server = agent("hp_comware")

    done = subprocess.run(
        [
            *("snmpget", "-v3", "-u", "yiwang", "-l", "authPriv", "-a", "SHA-256", "-A", "wrong-phrase"),
            *("-x", "AES", "-X", PRIVACY, "-r", "0", f"127.0.0.1:{server.port}", f"{SYSTEM}.5.0"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        env=os.environ | {"MIBS": "", "SNMP_PERSISTENT_DIR": str(server.folder / "client")},
    )

    assert done.returncode
    assert "r1" not in done.stdout


def test_pysnmp_reads_the_interfaces_with_sha_256_and_aes(agent: Callable[..., Agent]) -> None:
    server = agent("huawei_vrp")

    names = asyncio.run(names_by_pysnmp(server.port))

    assert sorted(names) == configured("huawei_vrp")


async def names_by_pysnmp(port: int) -> list[str]:
    from pysnmp.hlapi.v3arch.asyncio import (
        USM_AUTH_HMAC192_SHA256,
        USM_PRIV_CFB128_AES,
        ContextData,
        ObjectIdentity,
        ObjectType,
        SnmpEngine,
        UdpTransportTarget,
        UsmUserData,
        bulk_walk_cmd,
    )

    engine = SnmpEngine()
    user = UsmUserData("yiwang", AUTH, PRIVACY, authProtocol=USM_AUTH_HMAC192_SHA256, privProtocol=USM_PRIV_CFB128_AES)
    found = []
    walk = bulk_walk_cmd(
        engine,
        user,
        await UdpTransportTarget.create(("127.0.0.1", port), timeout=5),
        ContextData(),
        0,
        25,
        ObjectType(ObjectIdentity(NAMES)),
        lexicographicMode=False,
        lookupMib=False,
    )
    async for error, status, _index, rows in walk:
        assert not error
        assert not status
        found += [str(value) for _oid, value in rows]
    engine.close_dispatcher()
    return found
