"""Thousands of nodes in memory, by the product's own planner, engine, database and terminal view.

``python benchmarks/fleet.py [NODES]``: default 5,000 nodes with the shipped fake connector and the 25 hardening
steps of the provisioning benchmark.  CPU is this process's alone, less what the nodes in memory took, which in
the field is the nodes' own.  The nodes are in twenty counties, each with a key of its own.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import show
from yiwang.app import App
from yiwang.cli.driving import carry_out
from yiwang.cli.output import Format
from yiwang.cli.plan import _looking, _show
from yiwang.core.settings import load_settings
from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.check import Tools
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.fake import FakeNode, FakeNodes, FakeTransport
from yiwang.deploy.engine.transport import Fetched, Look, Output, Say, Transport
from yiwang.deploy.memory import Memory
from yiwang.deploy.plan import Plan
from yiwang.deploy.registry import Components

HARDENING = Path(__file__).parent / "provisioning"
COUNTIES = 20
GOAL_MS = 10
GOAL_MIB = 600
HEAD = """
estate: {name: fleet, title: fleet, region: 410600}
zones: {extranet: {title: extranet, extranet: true}}
roles:
  baseline: {title: nothing, components: []}
  worker: {title: hardened, components: [hardening]}
rollout: {approvals: 1, parallel: 20, waves: [{title: first, first: 1}, {title: rest, batch_percent: 25}]}
defaults: {node: {zone: extranet, roles: [worker]}}
regions: {"410600": {title: city, level: city}}
nodes:
"""
Made = TypeVar("Made")
SSHD = b"#PermitRootLogin yes\nPasswordAuthentication yes\nX11Forwarding yes\n"


@dataclass(frozen=True, slots=True)
class Timed:
    """A connection that counts the CPU time of the node behind it."""

    inner: FakeTransport
    spent: list[float]

    @property
    def round_trips(self) -> int:
        """Messages that were answered so far."""
        return self.inner.round_trips

    def look(self, commands: Sequence[str], *, expect: str | None = None) -> Look:
        """Ask for many answers."""
        began = time.thread_time()
        try:
            return self.inner.look(commands, expect=expect)
        finally:
            self.spent.append(time.thread_time() - began)

    def run(self, command: str, *, stdin: bytes = b"", timeout: float | None = None, say: Say | None = None) -> Output:
        """Run one command."""
        began = time.thread_time()
        try:
            return self.inner.run(command, stdin=stdin, timeout=timeout, say=say)
        finally:
            self.spent.append(time.thread_time() - began)

    def put(self, path: str, content: bytes, *, mode: int | None = None) -> None:
        """Write a file."""
        self.inner.put(path, content, mode=mode)

    def get(self, path: str, *, limit: int) -> Fetched | None:
        """Read a file's beginning."""
        return self.inner.get(path, limit=limit)

    def lock(self, *, wait: float) -> bool:
        """Hold the node's lock."""
        return self.inner.lock(wait=wait)

    def close(self) -> None:
        """Let the lock go."""
        self.inner.close()


class MemoryApp(App):
    """The product, with nodes in memory behind every connection."""

    memory: Tools

    def tools(self, folder: str) -> Tools:
        """The same for every estate."""
        return self.memory


class Fleet:
    """An estate of nodes in memory, with a database."""

    def __init__(self, folder: Path, count: int) -> None:
        estate = folder / "estate"
        estate.mkdir()
        (estate / "estate.yaml").write_text(HEAD + "\n".join(_declared(count)) + "\n")
        flags = (f"estate={estate}", f"state_folder={folder / 'state'}", f"cache_folder={folder / 'cache'}")
        self.app = MemoryApp(load_settings((*flags, "jobs.threads=20")))
        self.spent: list[float] = []
        names = [f"node-{number:04d}" for number in range(count)]
        nodes = FakeNodes({name: _bare(name) for name in names})

        def connect(endpoint: Endpoint, *, fresh: bool = False) -> Transport:
            transport = nodes(endpoint, fresh=fresh)
            assert isinstance(transport, FakeTransport)
            return Timed(transport, self.spent)

        self.app.memory = Tools(Components(HARDENING), _secret, connect, memory=Memory(folder / "memory"))
        self.count = count

    def plan(self) -> Plan:
        """As ``yiwang plan``."""
        with _looking() as report:
            made = self.app.deployment().plan("", requester="wang", report=report)
        _show(made, Format.table, is_expanded=False)
        assert not made.problems, made.problems[0]
        return made

    def apply(self, plan: Plan) -> None:
        """As ``yiwang apply``, by an approved plan."""
        deployment = self.app.deployment()
        deployment.approve(plan, "li")
        run = deployment.begin(plan, "wang")
        assert carry_out(self.app, run.id) == 0


def _secret(reference: str) -> Secret:
    return Secret(f"-----BEGIN KEY-----\n{reference * 20}\n-----END KEY-----\n")


def _declared(count: int) -> list[str]:
    return [
        f"  node-{number:04d}: {{region: '410600', connection: {{host: 10.{number >> 8}.{number & 255}.1,"
        f" private_key: 'vault:county/{number % COUNTIES}', host_keys: [ssh-ed25519 AAAA]}}}}"
        for number in range(count)
    ]


def _bare(name: str) -> FakeNode:
    node = FakeNode(name, services={"cron": ("running", "enabled")}, packages={"sudo": "1.9"})
    node.write("/etc/ssh/sshd_config", SSHD)
    node.write("/etc/shadow", b"", 0o600)
    return node


def main(nodes: int = 5000) -> None:
    """Print the table."""
    os.environ["FORCE_COLOR"] = "1"
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory(prefix="yiwang-bench-") as name:
        fleet = Fleet(Path(name), nodes)
        plan = _measured(rows, fleet, "plan, everything changes", fleet.plan)
        _measured(rows, fleet, "apply and gates", lambda: fleet.apply(plan))
        _measured(rows, fleet, "second plan, nothing changes", fleet.plan)
        _measured(rows, fleet, "third plan, clean nodes remembered", fleet.plan)
    goal = f"≤ {GOAL_MS} ms, ≤ {GOAL_MIB} MiB"
    headings = ("", "controller CPU ms a node", "nodes in memory", "wall s", "peak MiB", "goal")
    print(file=sys.stderr)
    show(f"{nodes:,} nodes in memory, 25 steps each", headings, [(*row, goal) for row in rows])


def _measured(rows: list[tuple[object, ...]], fleet: Fleet, name: str, work: Callable[[], Made]) -> Made:
    fleet.spent.clear()
    cpu, wall = time.process_time(), time.perf_counter()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        made = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    of_nodes = sum(fleet.spent)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append((name, 1000 * (cpu - of_nodes) / fleet.count, 1000 * of_nodes / fleet.count, wall, round(peak)))
    print(*rows[-1], file=sys.stderr)
    return made


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
