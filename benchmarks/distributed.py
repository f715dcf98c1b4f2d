"""The distributed executor: no-op steps a second on a private RabbitMQ, beside raw Celery in the same run.

Raw Celery publishes tasks to one quorum queue, with the settings of our workers, and waits until
its workers have done them; nobody is told how they ended.  *transport* is our executor alone:
every step is published, carried out, noted at its target, reported with a confirm, received and
acknowledged.  *whole path* adds the controller and SQLite with synchronous FULL: claims, leases,
events, waves.  CPU a step is that of the whole path: the controller with its database, the workers, the
broker; ``raw ms`` is all three for raw Celery.  Ratios are raw Celery by the whole path, more is better.
Needs Debian's rabbitmq-server.  Reproduce with ``scripts/bench distributed``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import show
from tooling.rabbitmq import Node, is_installed
from yiwang.core.database.connection import open_database
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.distributed.administration import Control, changes
from yiwang.core.jobs.distributed.broker import Broker, broker_of
from yiwang.core.jobs.distributed.executor import DistributedExecutor
from yiwang.core.jobs.distributed.status import queue_statuses
from yiwang.core.jobs.distributed.step import Post, new_worker_name
from yiwang.core.jobs.distributed.topology import CONTROLLER, Topology, site_user
from yiwang.core.jobs.distributed.topology import STEPS as STEPS_EXCHANGE
from yiwang.core.jobs.distributed.worker import make_app, site_queue, work
from yiwang.core.jobs.executor import ENDS, Assignment
from yiwang.core.jobs.handlers import Handlers, StepContext, StepHandler
from yiwang.core.jobs.local import LocalExecutor
from yiwang.core.jobs.model import Policy, RunPlan, RunState, StepSpec
from yiwang.core.jobs.runs import Runs
from yiwang.core.settings import BrokerSettings
from yiwang.core.vault.opening import no_vault

SITE, RAW = "410621", "410622"
STEPS = 1_000
WINDOW = 256
WORKERS = (1, 2, 4)
GOAL = 1_000
SIDES = ("controller ms", "workers ms", "broker ms")


def main() -> None:
    """Print the table."""
    if not is_installed():
        print("distributed: rabbitmq-server is not installed; nothing measured")
        return
    # So that whatever ends this ends the broker and the workers too.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    node = Node(folder)
    try:
        node.prepare()
        node.start()
        topology, control = Topology((SITE, RAW)), Control(node.control)
        control.apply(changes(topology, control.definitions()), topology.vhost)
        rows = [_row(node, folder, count) for count in WORKERS]
    finally:
        node.kill()
        shutil.rmtree(folder, ignore_errors=True)
    headings = ("workers", "raw/s", "transport/s", "whole/s", "ratio", *SIDES, "all ms", "raw ms", "ratio", "goal")
    show(f"{STEPS:,} no-op steps on quorum queues over TLS", headings, rows)


def _row(node: Node, folder: Path, count: int) -> tuple[object, ...]:
    with _workers(node, folder, RAW, count) as groups:
        raw = _measured(groups, node.groups, lambda: _raw(node))
    with _workers(node, folder, SITE, count) as groups:
        transport = _measured(groups, node.groups, lambda: _transport(_login(node, CONTROLLER)))
        whole = _measured(groups, node.groups, lambda: _whole(_login(node, CONTROLLER), folder / f"{count}.db"))
    rates = [f"{STEPS / each.seconds:,.0f}" for each in (raw, transport, whole)]
    costs = (*whole.sides, sum(whole.sides), sum(raw.sides))
    ratios = (raw.seconds / whole.seconds, sum(raw.sides) / sum(whole.sides))
    goal = f"≥ {GOAL:,}/s" if count == max(WORKERS) else ""
    return (count, *rates, ratios[0], *costs, ratios[1], goal)


@dataclass(frozen=True, slots=True)
class Measured:
    """Wall seconds of a run, and CPU milliseconds a step of controller, workers and broker."""

    seconds: float
    sides: tuple[float, float, float]


def _measured(workers: list[int], broker: list[int], call: Callable[[], float]) -> Measured:
    """A call, with the CPU of this process and of these process groups meanwhile."""

    def spent() -> tuple[float, float, float]:
        return time.process_time(), _cpu_seconds(workers), _cpu_seconds(broker)

    before = spent()
    seconds = call()
    controller, at_sites, between = (1000 * (now - then) / STEPS for now, then in zip(spent(), before, strict=True))
    return Measured(seconds, (controller, at_sites, between))


def _cpu_seconds(groups: list[int]) -> float:
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[2]) in groups else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _login(node: Node, user: str) -> Broker:
    return broker_of(BrokerSettings(**node.settings(user)), user, no_vault)


def _noop(_context: StepContext) -> None:
    pass


def _handlers() -> Handlers:
    return Handlers([StepHandler("noop", _noop)])


@contextmanager
def _workers(node: Node, folder: Path, site: str, count: int) -> Iterator[list[int]]:
    """So many workers of one process each; gives their process groups."""
    node.settings(site_user(site))
    command = [sys.executable, __file__, "worker", str(folder), site, str(node.port)]
    with (folder / "workers.log").open("ab") as log:
        running = [subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True) for _each in range(count)]
    try:
        broker = _login(node, CONTROLLER)
        _until(lambda: queue_statuses(broker, [site])[0].workers == count)
        yield [process.pid for process in running]
    finally:
        for process in running:
            os.killpg(process.pid, 9)
            process.wait()


def _worker(folder: Path, site: str, port: str) -> int:
    node = Node(folder, port=int(port))
    post = Post(site, new_worker_name(site), folder / site, _login(node, site_user(site)), _handlers(), no_vault)
    if site == RAW:
        import yiwang.core.jobs.distributed.worker as module

        module.carry_out_here = lambda *_arguments, **_options: None
    return work(post, processes=1)


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("it takes too long")
        time.sleep(0.02)


def _raw(node: Node) -> float:
    """Seconds from the first task published until the queue is empty, with Celery's own client."""
    broker = _login(node, CONTROLLER)
    post = Post(RAW, "bench", Path("/nonexistent"), broker, _handlers(), no_vault)
    app = make_app(post)
    data = {"run": "r", "step": "s", "attempt": 1, "kind": "noop", "target": "t", "site": RAW, "payload": {}}
    with broker.connection(transport_options={"confirm_publish": True}) as connection:
        producer = app.amqp.Producer(connection, auto_declare=False)
        began = time.perf_counter()
        for _each in range(STEPS):
            arguments = ({**data, "alive_seconds": 15.0},)
            app.send_task("yiwang.step", arguments, producer=producer, exchange=STEPS_EXCHANGE, routing_key=RAW)
        with broker.connection() as looking:
            channel = looking.channel()
            _until(lambda: channel.queue_declare(queue=site_queue(RAW).name, passive=True).message_count == 0)
        return time.perf_counter() - began


def _transport(broker: Broker) -> float:
    executor = DistributedExecutor(broker, LocalExecutor(_handlers()), lease_seconds=60)
    executor.attend("bench", waiting=(), started=())
    began = time.perf_counter()
    given = ended = 0
    while ended < STEPS:
        while given < STEPS and given - ended < WINDOW:
            executor.submit(Assignment("bench", f"{given}", 1, "noop", f"t{given}", {"n": given}, SITE))
            given += 1
        reports = executor.reports(0.2)
        executor.confirm(reports)
        ended += sum(report.kind in ENDS for report in reports)
    seconds = time.perf_counter() - began
    executor.leave("bench", is_over=True)
    executor.close()
    return seconds


def _whole(broker: Broker, file: Path) -> float:
    database = open_database(f"sqlite:///{file}")
    executor = DistributedExecutor(broker, LocalExecutor(_handlers()), lease_seconds=60)
    specs = tuple(StepSpec(f"{n:05d}", "noop", f"t{n}", n * 4 // STEPS, {"n": n}, SITE) for n in range(STEPS))
    run = Runs(database).create(RunPlan("bench", "benchmark", specs, Policy(window=WINDOW)))
    began = time.perf_counter()
    finished = Controller(database, executor).drive(run.id)
    seconds = time.perf_counter() - began
    executor.close()
    database.close()
    if finished.state is not RunState.done:
        raise SystemExit(f"the run ended {finished.state}")
    return seconds


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        sys.exit(_worker(Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
    main()
