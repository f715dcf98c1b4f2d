"""Whatever is killed, restarted or cut off, every step is done, and only what was in flight a second time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.integration.core.jobs.distributed.conftest import Controlling, Workers, drive, within
from tooling.rabbitmq import Node
from yiwang.core.database.connection import Database
from yiwang.core.jobs.distributed.topology import CONTROLLER
from yiwang.core.jobs.model import Policy, Run, RunPlan, RunState, StepSpec
from yiwang.core.jobs.runs import Runs

STEPS = 60
WAVES = 3
# Listens at one address and passes everything on to a port of this machine.
RELAY = """
import asyncio, sys
async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
async def serve(reader, writer):
    onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    await asyncio.gather(pump(reader, onward_writer), pump(onward_reader, writer), return_exceptions=True)
async def main():
    server = await asyncio.start_server(serve, sys.argv[1], 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@dataclass(frozen=True)
class Line:
    """One line of what steps write: when, START or END, which step at which site."""

    time: float
    word: str
    step: str
    site: str
    attempt: str


def _lines(log: Path) -> list[Line]:
    rows = (line.split() for line in log.read_text().splitlines())
    return [Line(float(row[0]), row[1], row[2], row[3], row[4]) for row in rows]


def _create(database: Database, sites: list[str], log: Path, *, seconds: float, steps: int = STEPS) -> Run:
    each = steps // WAVES
    planned = tuple(
        StepSpec(
            f"{n:02d}", "work", f"t{n}", n // each, {"log": str(log), "seconds": seconds}, site=sites[n % len(sites)]
        )
        for n in range(steps)
    )
    return Runs(database).create(RunPlan("test", "a test", planned, Policy(retry_seconds=0.05)))


def _check(lines: list[Line], sites: list[str], disturbed: list[tuple[float, float]]) -> None:
    """Each step ended, at its site, in its wave; it began a second time only after a disturbance while it ran."""
    starts, ends = [line for line in lines if line.word == "START"], [line for line in lines if line.word == "END"]
    assert {line.step for line in ends} == {f"{n:02d}" for n in range(STEPS)}
    assert all(line.site == sites[int(line.step) % len(sites)] for line in starts)
    for step, count in Counter(line.step for line in starts).items():
        times = sorted(line.time for line in starts if line.step == step)
        between = [
            any(begun <= again and first <= over for begun, over in disturbed) for first, again in pairwise(times)
        ]
        told = [line for line in lines if line.step == step]
        assert count == 1 or all(between), f"step {step} began again for no reason: {told} {disturbed}"
    first_end = {step: min(line.time for line in ends if line.step == step) for step in {line.step for line in ends}}
    for line in starts:
        wave = int(line.step) // (STEPS // WAVES)
        earlier = [moment for step, moment in first_end.items() if int(step) // (STEPS // WAVES) < wave]
        assert all(moment <= line.time for moment in earlier), f"step {line.step} began before its wave"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_at_two_sites_survives_its_controller_its_workers_and_their_processes(
    database: Database,
    database_url: str,
    workers: Workers,
    site: str,
    other_site: str,
    tmp_path: Path,
    seed: int,
) -> None:
    chance = random.Random(seed)
    sites, log = [site, other_site], tmp_path / "log"
    running = {each: workers.start(each) for each in sites}
    run = _create(database, sites, log, seconds=0.25)
    controller = _Controller(workers, database_url, run.id)
    disturbed: list[tuple[float, float]] = []

    victims = ["controller", sites[0], sites[1], "child", "controller"]
    chance.shuffle(victims)
    for victim in victims:
        time.sleep(chance.uniform(0.4, 1.6))
        begun = time.time()
        if victim == "controller":
            controller.kill()
        elif victim == "child":
            _kill_a_child(running[chance.choice(sites)].pid, chance)
        else:
            os.kill(running[victim].pid, signal.SIGKILL)
            running[victim].wait()
        disturbed.append((begun, time.time()))
        if victim == "controller":
            controller.start()
        elif victim in running:
            running[victim] = workers.start(victim)
    code = controller.wait()

    found = Runs(database).find(run.id)
    assert (code, found.state) == (0, RunState.done), [workers.log(each) for each in sites]
    _check(_lines(log), sites, disturbed)


class _Controller:
    """A controller in a process of its own."""

    def __init__(self, workers: Workers, url: str, run_id: str) -> None:
        # A worker that is killed is there again before the lease is over, however busy the machine.
        file = workers.configuration(CONTROLLER, "city", database={"url": url}, jobs={"lease_seconds": 40})
        self._command = workers.command("--config", file, "runs", "resume", run_id)
        self._workers = workers
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, env=self._workers.environment, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._workers.running.append(self._process)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        return self._process.wait(90)


def _kill_a_child(parent: int, chance: random.Random) -> None:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    os.kill(int(chance.choice(children)), signal.SIGKILL)


@pytest.mark.slow
def test_a_restarted_broker_costs_no_step_a_second_time(
    sqlite: Database, controlling: Controlling, workers: Workers, node: Node, site: str, tmp_path: Path
) -> None:
    workers.start(site)
    log = tmp_path / "log"
    run = _create(sqlite, [site], log, seconds=0.4)

    # The broker is away for about as long as the lease, and a step under way must not be taken for lost.
    with controlling(sqlite, lease_seconds=15) as controller:
        drive(controller, run, until=lambda: log.exists() and len(_lines(log)) > 10)
        down = threading.Thread(target=lambda: (node.kill(), time.sleep(4), node.start()))
        down.start()
        drive(controller, run, until=lambda: not down.is_alive(), seconds=90)
        finished = controller.drive(run.id)

    assert finished.state is RunState.done
    assert max(Counter(line.step for line in _lines(log) if line.word == "START").values()) == 1
    assert {step.losses for step in Runs(sqlite).steps(run.id)} == {0}


class Cable:
    """A network namespace with a cable to this machine that can be pulled; a relay leads on to the broker."""

    def __init__(self, port: int) -> None:
        number = os.getpid() % 60
        self.name = f"yiwang-cut-{number}"
        self.ours, self.theirs = f"198.51.100.{number * 4 + 1}", f"198.51.100.{number * 4 + 2}"
        self._port = port
        self._link = f"ywcut{number}"
        self._relay: subprocess.Popen[str] | None = None
        self.relay = 0

    def _ip(self, *arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)

    def lay(self) -> None:
        """Make the namespace, the cable and the relay."""
        self._ip("netns", "add", self.name)
        self._ip("link", "add", self._link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        self._ip("address", "add", f"{self.ours}/30", "dev", self._link)
        self._ip("-n", self.name, "address", "add", f"{self.theirs}/30", "dev", "eth0")
        self._ip("-n", self.name, "link", "set", "eth0", "up")
        self.plug()
        command = [sys.executable, "-I", "-S", "-c", RELAY, self.ours, str(self._port)]
        self._relay = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._relay.stdout is not None
        self.relay = int(self._relay.stdout.readline())

    def plug(self) -> None:
        """The cable is in."""
        self._ip("link", "set", self._link, "up")

    def pull(self) -> None:
        """The cable is out; nobody is told."""
        self._ip("link", "set", self._link, "down")

    def remove(self) -> None:
        """Leave nothing."""
        if self._relay is not None:
            self._relay.kill()
            self._relay.communicate()
        subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True, timeout=20)
        subprocess.run(["ip", "link", "delete", self._link], check=False, capture_output=True, timeout=20)


@pytest.fixture
def cable(node: Node) -> Iterator[Cable]:
    """A cable to the broker; skips where network namespaces cannot be made."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    made = Cable(node.port)
    try:
        made.lay()
        yield made
    finally:
        made.remove()


@pytest.mark.slow
@pytest.mark.parametrize("lease", [6.0, 60.0], ids=["longer than the lease", "shorter than the lease"])
def test_a_link_cut_for_longer_than_the_heartbeat_loses_nothing(
    sqlite: Database,
    controlling: Controlling,
    workers: Workers,
    cable: Cable,
    site: str,
    tmp_path: Path,
    lease: float,
) -> None:
    url = f"amqps://{cable.ours}:{cable.relay}/yiwang"
    workers.start(site, "ip", "netns", "exec", cable.name, broker={"url": url})
    log = tmp_path / "log"
    run = _create(sqlite, [site], log, seconds=0.5, steps=30)

    with controlling(sqlite, lease_seconds=lease) as controller:
        drive(controller, run, until=lambda: log.exists() and len(_lines(log)) > 8)
        cable.pull()
        until = time.monotonic() + 12
        drive(controller, run, until=lambda: time.monotonic() > until)
        during = len(_lines(log))
        cable.plug()
        finished = controller.drive(run.id)

    starts = Counter(line.step for line in _lines(log) if line.word == "START")
    assert finished.state is RunState.done
    assert during <= 14, "the cable was not cut"
    assert len(starts) == 30
    # Two ran; beyond the lease they are given out again, within it what the first copy did counts.
    repeated = sum(count - 1 for count in starts.values())
    assert repeated <= 2 if lease < 12 else repeated == 0
    assert {step.failures for step in Runs(sqlite).steps(run.id)} == {0}


def test_a_worker_told_to_end_lets_its_step_end_first(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    worker = workers.start(site)
    log = tmp_path / "log"
    run = Runs(sqlite).create(
        RunPlan("test", "a test", (StepSpec("00", "work", "t", 0, {"log": str(log), "seconds": 3}, site=site),))
    )
    ended: list[int] = []

    with controlling(sqlite) as controller:
        drive(controller, run, until=log.exists)
        worker.terminate()
        waiting = threading.Thread(target=lambda: ended.append(worker.wait(30)))
        waiting.start()
        finished = controller.drive(run.id)
        waiting.join()

    assert finished.state is RunState.done
    assert ended == [0]
    assert [line.word for line in _lines(log)] == ["START", "END"]


def test_no_process_of_the_pool_outlives_a_killed_worker(workers: Workers, site: str) -> None:
    worker = workers.start(site)
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()

    worker.kill()
    worker.wait()

    assert len(children) >= 2
    assert within(5, _all_gone(children))


def _all_gone(pids: list[str]) -> Callable[[], bool]:
    return lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids)
