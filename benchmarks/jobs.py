"""Runs: what the state machine and the database cost for each step, beside a naive peer in the same run.

The peer is the least one could write: a ``ThreadPoolExecutor``, and a SQLite commit of the
same durability (WAL, synchronous FULL) when a step begins and when it ends.  It has no
waves, leases, retries, events, locks or cancellation, and after a crash nobody goes on; so
what is shown is the price of having them, against what batched commits save.  Celery needs
a broker and is measured with the distributed executor.  Reproduce with ``scripts/bench jobs``.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import show
from yiwang.core.database.connection import Database, open_database
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.executor import Executor, FakeExecutor
from yiwang.core.jobs.handlers import Handlers, StepContext, StepHandler
from yiwang.core.jobs.local import LocalExecutor
from yiwang.core.jobs.model import Policy, RunPlan, RunState, StepSpec
from yiwang.core.jobs.runs import Runs

STEPS = 5_000
PLANNED = 10_000
Figures = tuple[float, float]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/yiwang.db")
        planned = _measured(lambda: Runs(database).create(_plan(PLANNED, window=8)))
        rows: list[tuple[object, ...]] = [_row(f"plan {PLANNED:,} steps", planned, PLANNED, "≤ 2 s")]
        for window in (1, 8, 64):
            figures = _driven(database, FakeExecutor(), window)
            rows.append(_row(f"state machine + database, window {window}", figures, STEPS, "≤ 1 ms CPU a step"))
        executor = LocalExecutor(_handlers(), threads=8)
        rows.append(_row("the same with local threads, window 16", _driven(database, executor, 16), STEPS, ""))
        executor.close()
        database.close()
        peer = _measured(lambda: _naive(Path(folder) / "naive.db"))
        rows.append(_row("peer: threads, two commits a step", peer, STEPS, ""))
    show("Runs on SQLite, synchronous FULL", ("", "CPU s", "wall s", "CPU ms a step", "steps/s", "goal"), rows)


def _row(name: str, figures: Figures, steps: int, goal: str) -> tuple[object, ...]:
    cpu, wall = figures
    return (name, cpu, wall, 1000 * cpu / steps, f"{steps / wall:,.0f}", goal)


def _measured(call: Callable[[], object]) -> Figures:
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - cpu, time.perf_counter() - wall


def _plan(steps: int, *, window: int) -> RunPlan:
    specs = tuple(StepSpec(f"{n:05d}", "noop", f"bench/{n:05d}", n * 4 // steps, {"n": n}) for n in range(steps))
    return RunPlan("bench", "benchmark", specs, Policy(window=window))


def _noop(_context: StepContext) -> None:
    pass


def _handlers() -> Handlers:
    return Handlers([StepHandler("noop", _noop)])


def _driven(database: Database, executor: Executor, window: int) -> Figures:
    run = Runs(database).create(_plan(STEPS, window=window))
    finished = []
    figures = _measured(lambda: finished.append(Controller(database, executor).drive(run.id)))
    if finished[0].state is not RunState.done:
        raise SystemExit(f"the run ended {finished[0].state}")
    return figures


def _naive(file: Path) -> None:
    main_connection = _connect(file)
    main_connection.execute("CREATE TABLE steps (id TEXT PRIMARY KEY, state TEXT, payload TEXT)")
    rows = [(f"{n:05d}", json.dumps({"n": n})) for n in range(STEPS)]
    with main_connection:
        main_connection.execute("BEGIN")
        main_connection.executemany("INSERT INTO steps VALUES (?, 'pending', ?)", rows)
    mine = threading.local()

    def step(id: str) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = _connect(file)
        mine.connection.execute("UPDATE steps SET state = 'running' WHERE id = ?", (id,))
        mine.connection.execute("UPDATE steps SET state = 'done' WHERE id = ?", (id,))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(step, [id for id, _payload in rows]))
    main_connection.close()


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


if __name__ == "__main__":
    main()
