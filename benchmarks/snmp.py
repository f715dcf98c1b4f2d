"""Client CPU of asking a device over SNMP: ours beside gufo-snmp alone, pysnmp alone and net-snmp's programs.

``python benchmarks/snmp.py [DEVICES]``: default 200 questions of each kind to one real snmpd with fifty
interfaces.  GET asks four objects; the walk asks all columns of ifTable and ifXTable; "needed" walks the ten
columns that facts need.  Milliseconds of CPU a device in the asking process, start-up excluded; for net-snmp's
programs the processes are all there is, so they are included.  snmpd shares this machine: read CPU, not wall time.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from gufo.snmp import Aes128Key, Sha256Key
from gufo.snmp import User as GufoUser
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import KeyType
from pysnmp.hlapi.v3arch import asyncio as hlapi

from benchmarks.measure import show
from tests.integration.network.snmp.conftest import (
    CONFIGURATION,
    CREDENTIALS,
    EXTENDED,
    INTERFACE,
    MODULES,
    free_port,
    interface_rows,
    wait_for,
)
from yiwang.network.snmp.client import open_client
from yiwang.network.snmp.facts.interface import COLUMNS
from yiwang.network.snmp.session import Session, Target

OBJECTS = [f"1.3.6.1.2.1.1.{number}.0" for number in (1, 2, 3, 5)]
TABLES = (INTERFACE, EXTENDED)
AT_ONCE = 20
ACCOUNTS = {"v2c": "v2c", "v3": "sha256-aes128"}
QUESTIONS = ("GET", "walk", "needed")
FEW = 10
"""Walks of pysnmp and net-snmp: they are slow, and one device costs what another does."""

Ask = Callable[[], Awaitable[Any]]
AUTH, PRIVACY = "alice-auth-1", "alice-priv-1"
MASTER = [Sha256Key.get_master_key(each.encode()) for each in (AUTH, PRIVACY)]


@contextmanager
def device() -> Iterator[int]:
    """A real snmpd with fifty interfaces; its port."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / "rows.json").write_text(json.dumps(interface_rows(50)))
        answering = Path(__file__).parents[1] / "tests/integration/network/snmp/answering.py"
        program = shlex.join([sys.executable, "-E", "-s", str(answering), str(folder / "rows.json")])
        lines = [CONFIGURATION.format(port=port), *(f"pass_persist -p 10 .{oid} {program}" for oid in TABLES), ""]
        (folder / "snmpd.conf").write_text("\n".join(lines))
        words = ["/usr/sbin/snmpd", "-f", "-Lf", str(folder / "log"), "-I", MODULES, "-C", "-c", f"{folder}/snmpd.conf"]
        environment = os.environ | {"MIBS": "", "SNMP_PERSISTENT_DIR": str(folder / "kept")}
        process = subprocess.Popen(words, env=environment)
        try:
            wait_for(port, folder / "log")
            yield port
        finally:
            process.terminate()
            process.wait(20)


async def many(count: int, ask: Ask) -> float:
    """Milliseconds of CPU for one, when ``count`` are asked."""
    await ask()
    left = iter(range(count))

    async def work() -> None:
        for _number in left:
            await ask()

    before = time.process_time()
    await asyncio.gather(*(work() for _worker in range(min(AT_ONCE, count))))
    return (time.process_time() - before) * 1000 / count


async def ours(port: int, version: str, question: str, count: int, *, fast: bool) -> float:
    """Our client, as the poll uses it: a session for each device."""
    client = open_client(fast=fast)
    target = Target("d", "127.0.0.1", port, CREDENTIALS[ACCOUNTS[version]], 10)
    work: dict[str, Callable[[Session], Awaitable[Any]]] = {
        "GET": lambda session: session.get(OBJECTS),
        "walk": lambda session: session.walk(TABLES),
        "needed": lambda session: session.walk(COLUMNS),
    }

    async def ask() -> None:
        session = client.session(target)
        await work[question](session)
        session.close()

    try:
        return await many(count, ask)
    finally:
        client.close()


async def gufo(port: int, version: str, question: str, count: int) -> float:
    """gufo-snmp by its own session, with master keys made beforehand."""
    auth, privacy = MASTER
    user = GufoUser("alice", auth_key=Sha256Key(auth, KeyType.Master), priv_key=Aes128Key(privacy, KeyType.Master))

    async def ask() -> None:
        account: dict[str, Any] = {"community": "public"} if version == "v2c" else {"user": user}
        async with SnmpSession("127.0.0.1", port, timeout=10, **account) as session:
            if question == "GET":
                await session.get_many(OBJECTS)
                return
            for column in TABLES if question == "walk" else COLUMNS:
                async for _row in session.getbulk(column, 25):
                    pass

    return await many(count, ask)


async def pysnmp(port: int, version: str, question: str, count: int) -> float:
    """pysnmp by its high-level interface: one engine, one target, numeric object ids."""
    engine = hlapi.SnmpEngine()
    target = await hlapi.UdpTransportTarget.create(("127.0.0.1", port), timeout=30)
    keys = {"authProtocol": hlapi.usmHMAC192SHA256AuthProtocol, "privProtocol": hlapi.usmAesCfb128Protocol}
    account = hlapi.CommunityData("public") if version == "v2c" else hlapi.UsmUserData("alice", AUTH, PRIVACY, **keys)
    words = (engine, account, target, hlapi.ContextData())

    async def get() -> None:
        await hlapi.get_cmd(*words, *map(_object, OBJECTS), lookupMib=False)

    async def walk() -> None:
        for column in TABLES if question == "walk" else COLUMNS:
            at = column
            while at:
                told = await hlapi.bulk_cmd(*words, 0, 25, _object(at), lookupMib=False)
                names = [str(name) for name, _value in told[3]]
                at = names[-1] if names and all(name.startswith(f"{column}.") for name in names) else ""

    try:
        return await many(count, get if question == "GET" else walk)
    finally:
        engine.close_dispatcher()


def _object(oid: str) -> Any:
    return hlapi.ObjectType(hlapi.ObjectIdentity(oid))


def net_snmp(port: int, version: str, question: str, count: int) -> float:
    """net-snmp's programs, one process for a GET and one for each table."""
    v3 = f"-v3 -u alice -l authPriv -a SHA-256 -A {AUTH} -x AES -X {PRIVACY}"
    access = ["-v2c", "-cpublic"] if version == "v2c" else v3.split()
    place = f"127.0.0.1:{port}"
    calls = [["snmpget", *access, "-Onq", place, *OBJECTS]]
    if question != "GET":
        columns = TABLES if question == "walk" else COLUMNS
        calls = [["snmpbulkwalk", *access, "-Onq", "-Cr25", place, column] for column in columns]
    before = _children()
    for _number in range(count):
        for call in calls:
            subprocess.run(call, stdout=subprocess.DEVNULL, check=True, env=os.environ | {"MIBS": ""})
    return (_children() - before) * 1000 / count


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure everything and show it beside gufo-snmp."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rows = []
    with device() as port:
        for question in QUESTIONS:
            for version in ACCOUNTS:
                fast = count if question == "GET" else max(FEW, count // 4)
                few = count if question == "GET" else FEW
                peer = asyncio.run(gufo(port, version, question, fast))
                mine = asyncio.run(ours(port, version, question, fast, fast=True))
                slow = asyncio.run(pysnmp(port, version, question, few))
                reference = asyncio.run(ours(port, version, question, few, fast=False))
                program = net_snmp(port, version, question, FEW)
                rows.append(
                    (f"{question} {version}", mine, peer, mine / peer, reference, slow, reference / slow, program)
                )
    headings = ("question", "ours", "gufo-snmp", "ratio", "ours, pysnmp", "pysnmp", "ratio", "net-snmp")
    show("Client CPU, ms a device", headings, rows)


if __name__ == "__main__":
    main()
