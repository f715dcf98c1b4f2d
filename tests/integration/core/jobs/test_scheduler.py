"""The scheduler on both databases: rows that make runs, one leader, no moment twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from yiwang.core.database.connection import Database
from yiwang.core.errors import JobError, NotFoundError, code
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.executor import FakeExecutor, Report
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.model import RunPlan, RunState, StepSpec
from yiwang.core.jobs.runs import Runs
from yiwang.core.jobs.schedule import Schedule
from yiwang.core.jobs.scheduler import Scheduler
from yiwang.core.jobs.service import Jobs, Means, serve
from yiwang.core.settings import JobsSettings

CHINA = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 20, 12, tzinfo=CHINA)
NIGHTLY = Schedule("nightly", "30 2 * * *", "audit", {"depth": "3"})
REFUSED = code("E9999", "the parameters are refused", "mend them")


def _plan(parameters: Mapping[str, Any]) -> RunPlan:
    if "bad" in parameters:
        raise JobError(REFUSED)
    return RunPlan("audit", f"audit {dict(parameters)}", (StepSpec("1", "k", "t"),))


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scheduler(database: Database, clock: Clock) -> Scheduler:
    return Scheduler(database, {"audit": _plan}, clock=clock)


def test_a_schedule_comes_back_as_it_was_added(scheduler: Scheduler) -> None:
    added = scheduler.add(NIGHTLY)

    assert scheduler.all() == [added]
    assert added.handled_until == START


def test_a_moment_makes_one_run_however_often_it_is_looked_at(
    scheduler: Scheduler, clock: Clock, database: Database
) -> None:
    scheduler.add(NIGHTLY)
    clock.now = START + timedelta(hours=14, minutes=30)

    begun = [each for _look in range(3) for each in scheduler.begin_due()]

    (run,) = Runs(database).all()
    assert [each.run for each in begun] == [run]
    assert run.id.startswith("nightly-2026112")
    assert run.title == "audit {'depth': '3'}"


def test_only_one_of_two_schedulers_leads(scheduler: Scheduler, clock: Clock, database: Database) -> None:
    other = Scheduler(database, {"audit": _plan}, clock=clock)
    scheduler.add(NIGHTLY)
    scheduler.begin_due()
    clock.now = START + timedelta(hours=14, minutes=30)
    scheduler.begin_due()

    clock.now += timedelta(seconds=1)
    nothing = other.begin_due()
    scheduler.let_go()
    clock.now = START + timedelta(days=1, hours=14, minutes=30)

    assert nothing == []
    assert [each.run is not None for each in other.begin_due()] == [True]
    assert len(Runs(database).all()) == 2


def test_a_missed_moment_is_left_out_or_begun_once(scheduler: Scheduler, clock: Clock, database: Database) -> None:
    scheduler.add(NIGHTLY)
    scheduler.add(Schedule("caught-up", "30 2 * * *", "audit", catch_up="once"))
    clock.now = START + timedelta(days=5)

    begun = {each.schedule.name: each.run for each in scheduler.begin_due()}

    assert begun["nightly"] is None
    assert begun["caught-up"] is not None
    assert scheduler.begin_due() == []


def test_a_schedule_with_bad_parameters_does_not_hold_up_the_others(scheduler: Scheduler, clock: Clock) -> None:
    scheduler.add(Schedule("broken", "30 2 * * *", "audit", {"bad": "1"}))
    scheduler.add(NIGHTLY)
    clock.now = START + timedelta(hours=14, minutes=30)

    broken, nightly = scheduler.begin_due()

    assert broken.error is not None
    assert broken.error.error is REFUSED
    assert nightly.run is not None


def test_a_disabled_schedule_rests_and_does_not_catch_up_later(scheduler: Scheduler, clock: Clock) -> None:
    scheduler.add(Schedule("caught-up", "30 2 * * *", "audit", catch_up="once"))
    scheduler.enable("caught-up", False)
    clock.now = START + timedelta(days=3)
    while_disabled = scheduler.begin_due()

    scheduler.enable("caught-up", True)

    assert while_disabled == []
    assert scheduler.begin_due() == []


def test_names_are_unique_and_kinds_known(scheduler: Scheduler) -> None:
    scheduler.add(NIGHTLY)

    for schedule, expected in ((NIGHTLY, "E0518"), (Schedule("x", "30 2 * * *", "audti"), "E0519")):
        with pytest.raises(JobError) as caught:
            scheduler.add(schedule)
        assert caught.value.error.id == expected


def test_an_unknown_schedule_is_a_coded_error_with_a_suggestion(scheduler: Scheduler) -> None:
    scheduler.add(NIGHTLY)

    with pytest.raises(NotFoundError) as caught:
        scheduler.remove("nigthly")

    assert caught.value.error.id == "E0517"
    assert "nightly" in caught.value.message
    scheduler.remove("nightly")
    assert scheduler.all() == []


class StoppingExecutor(FakeExecutor):
    """Stops its controller after a few looks, as a signal would."""

    controller: Controller
    looks = 0

    def reports(self, timeout_seconds: float) -> Sequence[Report]:
        self.looks += 1
        if self.looks == 6:
            self.controller.stop()
        return super().reports(timeout_seconds)


def test_the_service_begins_and_carries_out_several_runs_side_by_side(database: Database) -> None:
    jobs = Jobs(database, Means(Handlers([])), {"audit": _plan}, JobsSettings())
    first = jobs.runs.create(RunPlan("audit", "one", (StepSpec("1", "k", "a"), StepSpec("2", "k", "b", 1))))
    second = jobs.runs.create(RunPlan("audit", "two", (StepSpec("1", "k", "c"), StepSpec("2", "k", "d", 1))))
    executor = StoppingExecutor()
    executor.controller = controller = Controller(database, executor)

    serve(jobs, controller)

    assert [jobs.runs.find(run.id).state for run in (first, second)] == [RunState.done, RunState.done]
    assert [each.target for each in executor.submitted] in (["a", "c", "b", "d"], ["c", "a", "d", "b"])
    assert [jobs.runs.controller(run.id) for run in (first, second)] == ["", ""]
