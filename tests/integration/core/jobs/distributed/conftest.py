"""A real broker, and workers in processes of their own, for the tests of the distributed executor."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from tooling.rabbitmq import Node, is_installed
from yiwang.core.database.connection import Database
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.distributed.administration import Control, changes
from yiwang.core.jobs.distributed.broker import Broker, broker_of
from yiwang.core.jobs.distributed.executor import DistributedExecutor
from yiwang.core.jobs.distributed.topology import CONTROLLER, Topology, site_user
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.local import LocalExecutor
from yiwang.core.jobs.model import Run, RunState
from yiwang.core.jobs.rehearse import HANDLERS
from yiwang.core.settings import BrokerSettings
from yiwang.core.vault.opening import no_vault

STEPS = Path(__file__).parents[4] / "steps"
SITES = tuple(f"4106{number}" for number in range(10, 80))
LEASE_SECONDS = 6.0
HEARTBEAT_SECONDS = 2

# The first two belong to the tests of isolation, which leave nothing behind.
_fresh_sites = count(2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that need the broker run in one process, so that there is one broker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("rabbitmq"))


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """A running broker with the topology of many sites; skips where Debian's package is not installed."""
    if not is_installed():
        pytest.skip("RabbitMQ is not installed (apt-get install rabbitmq-server)")
    folder = Path(tempfile.mkdtemp(prefix="rabbitmq-"))
    made = Node(folder)
    try:
        made.prepare()
        made.start()
        topology = Topology(SITES)
        control = Control(made.control)
        control.apply(changes(topology, control.definitions()), topology.vhost)
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def site(node: Node) -> str:
    """A site that no other test uses."""
    return SITES[next(_fresh_sites)]


@pytest.fixture
def other_site(node: Node) -> str:
    """Another one."""
    return SITES[next(_fresh_sites)]


def login(node: Node, user: str) -> Broker:
    """The broker for a login with its certificate."""
    settings = BrokerSettings(**node.settings(user), heartbeat_seconds=HEARTBEAT_SECONDS)
    return broker_of(settings, user, no_vault)


@dataclass
class Workers:
    """Workers in processes of their own, as a county's machine has them."""

    node: Node
    folder: Path
    packages: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def configuration(self, user: str, name: str, **more: Any) -> Path:
        """A settings file."""
        file = self.folder / f"{name}.yaml"
        broker = self.node.settings(user) | {"heartbeat_seconds": HEARTBEAT_SECONDS} | more.pop("broker", {})
        jobs = {"executor": "distributed", "lease_seconds": LEASE_SECONDS, "broker": broker} | more.pop("jobs", {})
        file.write_text(yaml.safe_dump({"state_folder": str(self.folder / name), "jobs": jobs} | more))
        return file

    @property
    def environment(self) -> dict[str, str]:
        """The environment of commands: our steps are an installed package there."""
        paths = os.pathsep.join((str(self.packages), str(STEPS)))
        return os.environ | {"PYTHONPATH": paths, "YIWANG_LANGUAGE": "en", "PYTHONWARNINGS": "ignore"}

    def command(self, *arguments: str | Path) -> list[str]:
        """A command line of ours."""
        return [sys.executable, "-m", "yiwang", *map(str, arguments)]

    def start(self, site: str, *prefix: str, processes: int = 2, **settings: Any) -> subprocess.Popen[bytes]:
        """Start a worker; returns once it reads its queue."""
        before = self.readers(site)
        file = self.configuration(site_user(site), f"worker-{site}", **settings)
        command = [*prefix, *self.command("--config", file, "worker", "--site", site, "--processes", str(processes))]
        with (self.folder / f"worker-{site}.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True, cwd=self.folder
            )
        self.running.append(process)
        assert within(30, lambda: self.readers(site) > before), self.log(site)
        return process

    def readers(self, site: str) -> int:
        """How many workers read the queue of a site."""
        from yiwang.core.jobs.distributed.status import queue_statuses

        return queue_statuses(login(self.node, CONTROLLER), [site])[0].workers or 0

    def log(self, site: str) -> str:
        """What the workers of a site wrote."""
        return (self.folder / f"worker-{site}.log").read_text()

    def kill_all(self) -> None:
        """End every process of every worker."""
        for process in self.running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def within(seconds: float, holds: Callable[[], object]) -> bool:
    """Whether it comes true within a time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def site_steps(packages: Path) -> Path:
    """A folder with a package installed that brings our steps."""
    info = packages / "site_steps-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: site-steps\nVersion: 1.0\n")
    names = ("work", "kill_parent", "digest_secret", "wait", "fine", "fail", "kill_itself")
    points = "\n".join(f"{name} = site_steps:{name.upper()}" for name in names)
    (info / "entry_points.txt").write_text(f"[yiwang.steps]\n{points}\n")
    return packages


@pytest.fixture
def workers(node: Node, tmp_path: Path) -> Iterator[Workers]:
    """Starts workers, and ends them with the test."""
    made = Workers(node, tmp_path, site_steps(tmp_path / "packages"))
    yield made
    made.kill_all()


class Controlling(Protocol):
    """Gives a controller with the distributed executor for the length of a block."""

    def __call__(self, database: Database, lease_seconds: float = ...) -> AbstractContextManager[Controller]: ...


@pytest.fixture
def controlling(node: Node) -> Controlling:
    """A controller with the distributed executor, closed at the end of the block."""

    @contextmanager
    def control(database: Database, lease_seconds: float = LEASE_SECONDS) -> Iterator[Controller]:
        here = LocalExecutor(Handlers(HANDLERS), threads=2)
        executor = DistributedExecutor(login(node, CONTROLLER), here, lease_seconds=lease_seconds)
        try:
            yield Controller(database, executor, lease_seconds=lease_seconds)
        finally:
            executor.close()

    return control


def drive(controller: Controller, run: Run, *, until: Callable[[], object], seconds: float = 60) -> None:
    """Carry a run on until something holds or the run rests."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it takes too long"
        controller.collect(0.1)
        if controller.turn(run.id).run.state is not RunState.open:
            return
