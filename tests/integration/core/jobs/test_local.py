"""The local executor: threads, worker processes, and what goes wrong in them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from yiwang.core.database.connection import Database
from yiwang.core.jobs.executor import ENDS, Assignment, Report, ReportKind
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.local import LocalExecutor
from yiwang.core.jobs.model import Policy, RunPlan, RunState, StepSpec, StepState, Wanted
from yiwang.core.jobs.runs import Runs

STEPS = Path(__file__).parents[3] / "steps"
PLACES = ["", "-apart"]
QUICK = Policy(retry_seconds=0.01)


def _plan(kind: str, count: int = 1, policy: Policy = QUICK, **payload: Any) -> RunPlan:
    steps = tuple(StepSpec(f"{n}", kind, f"target-{n}", payload=payload) for n in range(count))
    return RunPlan("test", "a test", steps, policy)


def _until_ended(executor: LocalExecutor) -> list[Report]:
    found: list[Report] = []
    end = time.monotonic() + 30
    while time.monotonic() < end and not any(report.kind in ENDS for report in found):
        found += [report for report in executor.reports(0.2) if report.kind is not ReportKind.alive]
    return found


@pytest.mark.parametrize("place", PLACES)
def test_reports_of_a_step_come_in_the_order_they_were_made(handlers: Handlers, place: str) -> None:
    executor = LocalExecutor(handlers)

    executor.submit(Assignment("r", "1", 1, f"fine{place}", "t", {"a": "参数"}))
    reports = _until_ended(executor)
    executor.close()

    assert [report.kind.value for report in reports] == ["started", "log", "progress", "done"]
    assert [report.text for report in reports] == ["", "一 line", "half", ""]
    assert reports[-1].result["payload"] == {"a": "参数"}
    assert (reports[-1].result["pid"] == os.getpid()) is (place == "")


@pytest.mark.parametrize("place", PLACES)
def test_a_step_under_way_is_vouched_for_until_its_end_is_confirmed(handlers: Handlers, place: str) -> None:
    executor = LocalExecutor(handlers)
    executor.submit(Assignment("r", "1", 1, f"fine{place}", "t", {}))
    reports = _until_ended(executor)

    before = executor.reports(0)
    executor.confirm(reports)
    after = executor.reports(0)
    executor.close()

    assert [report.kind for report in before] == [ReportKind.alive]
    assert after == ()


def test_a_worker_that_dies_takes_only_its_own_step_along(sqlite: Database, controlling: Any) -> None:
    runs = Runs(sqlite)
    steps = [StepSpec(f"{n:02d}", "fine-apart", f"t{n}") for n in range(20)]
    steps[5] = StepSpec("05", "kill_itself-apart", "t5", payload={"deaths": 2})
    run = runs.create(RunPlan("test", "a test", tuple(steps), QUICK))

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    assert finished.state is RunState.done
    attempts = {step.id: step.attempt for step in runs.steps(run.id)}
    assert attempts.pop("05") == 3
    assert set(attempts.values()) == {1}
    told = [event for event in runs.events(run.id, step_id="05") if event.kind in ("log", "retry")]
    assert [event.kind for event in told] == ["log", "retry", "log", "retry"]
    assert "E0503" in told[1].text
    assert "signal 9" in told[1].text


def test_killing_an_idle_worker_costs_no_step_an_attempt(handlers: Handlers) -> None:
    executor = LocalExecutor(handlers, processes=1)
    executor.submit(Assignment("r", "1", 1, "fine-apart", "t", {}))
    idle = _until_ended(executor)[-1].result["pid"]

    os.kill(idle, signal.SIGKILL)
    executor.submit(Assignment("r", "2", 1, "fine-apart", "t", {}))
    reports = _until_ended(executor)
    executor.close()

    assert reports[-1].kind is ReportKind.done
    assert reports[-1].result["pid"] != idle


@pytest.mark.parametrize("place", PLACES)
def test_a_step_that_fails_is_tried_as_often_as_allowed(sqlite: Database, controlling: Any, place: str) -> None:
    runs = Runs(sqlite)
    run = runs.create(_plan(f"fail{place}", policy=Policy(retry_seconds=0.01, max_attempts=2)))

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    (step,) = runs.steps(run.id)
    assert finished.state is RunState.halted
    assert (step.state, step.attempt, step.failures) == (StepState.failed, 2, 2)
    assert step.error == "the device said no"


@pytest.mark.parametrize("place", PLACES)
def test_a_step_may_say_that_another_attempt_is_useless(sqlite: Database, controlling: Any, place: str) -> None:
    runs = Runs(sqlite)
    run = runs.create(_plan(f"fail{place}", may_retry=False))

    with controlling(sqlite) as controller:
        controller.drive(run.id)

    assert [step.attempt for step in runs.steps(run.id)] == [1]


@pytest.mark.parametrize("place", PLACES)
def test_a_step_that_fails_once_succeeds_at_the_second_attempt(sqlite: Database, controlling: Any, place: str) -> None:
    runs = Runs(sqlite)
    run = runs.create(_plan(f"fail_at_first{place}"))

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    (step,) = runs.steps(run.id)
    assert finished.state is RunState.done
    assert (step.attempt, step.failures, step.error) == (2, 1, "")
    assert any("ValueError: first time" in event.text for event in runs.events(run.id))


@pytest.mark.parametrize("place", PLACES)
def test_a_result_that_is_no_plain_data_fails_the_step(sqlite: Database, controlling: Any, place: str) -> None:
    runs = Runs(sqlite)
    run = runs.create(_plan(f"unpicklable{place}"))

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    (step,) = runs.steps(run.id)
    assert finished.state is RunState.halted
    assert step.state is StepState.failed
    assert step.attempt == 1


def test_a_kind_that_nobody_carries_out_fails_the_step_with_its_code(sqlite: Database, controlling: Any) -> None:
    runs = Runs(sqlite)
    run = runs.create(_plan("fien"))

    with controlling(sqlite) as controller:
        controller.drive(run.id)

    (step,) = runs.steps(run.id)
    assert step.error.startswith("E0510")
    assert '"fine' in step.error


@pytest.mark.parametrize("place", PLACES)
def test_a_cancelled_run_stops_its_running_steps(
    sqlite: Database, controlling: Any, tmp_path: Path, place: str
) -> None:
    runs = Runs(sqlite)
    begun = tmp_path / "begun"
    steps = (
        StepSpec("1", f"wait{place}", "t1", payload={"file": str(begun)}),
        StepSpec("2", "fine", "t2", wave=1),
    )
    run = runs.create(RunPlan("test", "a test", steps))

    def cancel() -> None:
        while not begun.exists():
            time.sleep(0.01)
        runs.want(run.id, Wanted.cancel, by="wang")

    person = threading.Thread(target=cancel)
    person.start()
    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)
    person.join()

    assert finished.state is RunState.cancelled
    assert {step.state for step in runs.steps(run.id)} == {StepState.cancelled}


CONTROLLER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from misbehaving import handlers
from yiwang.core.jobs.executor import Assignment
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.local import LocalExecutor

if __name__ == "__main__":
    executor = LocalExecutor(Handlers(handlers()), processes=1)
    executor.submit(Assignment("r", "1", 1, "wait-apart", "t", {"file": sys.argv[2]}))
    time.sleep(30)
"""


def test_a_worker_does_not_outlive_a_killed_controller(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    controller = subprocess.Popen([sys.executable, "-c", CONTROLLER, str(STEPS), str(begun)])
    while not begun.exists() or not begun.read_text():
        time.sleep(0.01)
    worker = int(begun.read_text())
    assert Path(f"/proc/{worker}").exists()

    controller.kill()
    controller.wait()

    end = time.monotonic() + 5
    while _is_running(worker) and time.monotonic() < end:
        time.sleep(0.02)
    assert not _is_running(worker)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
