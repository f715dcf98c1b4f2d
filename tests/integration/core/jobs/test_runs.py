"""Runs in both databases: planning, leading, fencing, pausing, resuming."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from yiwang.core.database import tables
from yiwang.core.database.connection import Database, open_database
from yiwang.core.database.types import utc_now
from yiwang.core.errors import DatabaseError, JobError, NotFoundError
from yiwang.core.jobs import store
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.executor import Assignment, FakeExecutor, Report, ReportKind
from yiwang.core.jobs.model import Policy, RunPlan, RunState, StepSpec, StepState, Wanted
from yiwang.core.jobs.runs import Runs
from yiwang.core.journal import Journal
from yiwang.core.vault.secret import Secret


def _plan(count: int = 6, *, waves: int = 2, policy: Policy | None = None, prefix: str = "t") -> RunPlan:
    steps = tuple(StepSpec(f"{n}", "k", f"{prefix}{n}", n * waves // count) for n in range(count))
    return RunPlan("test", "a test", steps, policy or Policy(window=2, retry_seconds=0), "wang")


def _failing(*targets: str) -> FakeExecutor:
    """An executor on which some targets fail for good."""

    def outcome(assignment: Assignment) -> Sequence[Report]:
        fails = assignment.target in targets
        end = Report(*assignment.token, ReportKind.failed if fails else ReportKind.done, "no", may_retry=False)
        return (Report(*assignment.token, ReportKind.started), end)

    return FakeExecutor(outcome)


def _silent() -> FakeExecutor:
    """An executor that never reports anything."""
    return FakeExecutor(lambda _assignment: ())


def test_a_run_is_carried_out_wave_by_wave(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan())
    executor = FakeExecutor()

    finished = Controller(database, executor).drive(run.id)

    assert finished.state is RunState.done
    assert [each.step_id for each in executor.submitted] == ["0", "1", "2", "3", "4", "5"]
    assert [(wave.total, wave.done) for wave in runs.waves(run.id)] == [(3, 3), (3, 3)]
    assert {step.state for step in runs.steps(run.id)} == {StepState.done}
    assert runs.find(run.id).finished is not None
    assert runs.controller(run.id) == ""


def test_events_have_gapless_sequence_numbers_and_tell_the_story(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan(1, waves=1))

    Controller(database, FakeExecutor()).drive(run.id)

    events = runs.events(run.id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.kind for event in events] == ["created", "given", "started", "done", "state"]
    assert runs.events(run.id, after=3) == events[3:]
    assert runs.newest_event(run.id) == events[-1]


def test_planning_and_asking_are_journalled(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan())
    runs.want(run.id, Wanted.pause, by="li")

    entries = [(entry.actor, entry.action, entry.subject) for entry in Journal(database).entries()]

    assert entries == [("wang", "run.create", run.id), ("li", "run.pause", run.id)]


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (RunPlan("test", "t", ()), "E0506"),
        (RunPlan("test", "t", (StepSpec("1", "k", "a"), StepSpec("1", "k", "b"))), "E0507"),
        (RunPlan("test", "t", (StepSpec("1", "k", "a", payload={"p": Secret("geheim")}),)), "E0311"),
        (RunPlan("test", "t", (StepSpec("1", "k", "a", payload={"p": object()}),)), "E0310"),
    ],
)
def test_a_plan_that_cannot_be_kept_leaves_nothing_behind(database: Database, plan: RunPlan, code: str) -> None:
    with pytest.raises((JobError, DatabaseError)) as caught:
        Runs(database).create(plan)

    assert caught.value.error.id == code
    assert Runs(database).all() == []


def test_a_run_is_found_by_the_beginning_of_its_id(database: Database) -> None:
    runs = Runs(database)
    runs.create(_plan(), run_id="abc-1")
    runs.create(_plan(), run_id="abd-1")

    assert runs.find("abc").id == "abc-1"
    for given in ("ab", "x", "%"):
        with pytest.raises(NotFoundError) as caught:
            runs.find(given)
        assert caught.value.error.id == "E0504"


def test_too_many_failures_halt_the_run_and_resuming_tries_the_failed_again(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan(policy=Policy(window=2)))

    halted = Controller(database, _failing("t1")).drive(run.id)
    state_when_halted = {step.id: step.state.value for step in runs.steps(run.id)}
    runs.reopen(run.id)
    finished = Controller(database, FakeExecutor()).drive(run.id)

    assert halted.state is RunState.halted
    assert state_when_halted["1"] == "failed"
    assert {state_when_halted[each] for each in "345"} == {"pending"}
    assert finished.state is RunState.done
    assert [(wave.done, wave.failed) for wave in runs.waves(run.id)] == [(3, 0), (3, 0)]


def test_tolerated_failures_end_in_a_partly_failed_run(database: Database) -> None:
    run = Runs(database).create(_plan(policy=Policy(window=2, max_failed=1)))

    finished = Controller(database, _failing("t1", "t4")).drive(run.id)

    assert finished.state is RunState.partial


def test_a_paused_run_goes_on_where_it_was(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan())
    executor = FakeExecutor()
    controller = Controller(database, executor)
    controller.turn(run.id)
    runs.want(run.id, Wanted.pause)

    paused = controller.drive(run.id)
    done_when_paused = len(runs.steps(run.id, state=StepState.done))
    runs.reopen(run.id)
    finished = Controller(database, executor).drive(run.id)

    assert paused.state is RunState.paused
    assert done_when_paused == 2
    assert finished.state is RunState.done
    assert {step.attempt for step in runs.steps(run.id)} == {1}


def test_a_cancelled_run_begins_no_more_steps_and_stays_cancelled(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan(100, waves=4))
    executor = FakeExecutor()
    controller = Controller(database, executor)
    controller.turn(run.id)
    runs.want(run.id, Wanted.cancel, by="wang")

    finished = controller.drive(run.id)

    assert finished.state is RunState.cancelled
    assert len(executor.submitted) == 2
    assert [(w.done, w.cancelled) for w in runs.waves(run.id)] == [(2, 23), (0, 25), (0, 25), (0, 25)]
    assert [event.text for event in runs.events(run.id) if event.kind == "dropped"] == ["98"]
    for refused in (runs.reopen, lambda run_id: runs.want(run_id, Wanted.pause)):
        with pytest.raises(JobError) as caught:
            refused(run.id)
        assert caught.value.error.id == "E0508"


def test_a_paused_or_halted_run_can_be_cancelled(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan())
    Controller(database, _failing("t0")).drive(run.id)

    runs.want(run.id, Wanted.cancel)
    finished = Controller(database, FakeExecutor()).drive(run.id)

    assert finished.state is RunState.cancelled


def test_a_run_has_one_controller_at_a_time(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan())
    Controller(database, _silent()).turn(run.id)

    with pytest.raises(JobError) as caught:
        Controller(database, FakeExecutor()).turn(run.id)

    assert caught.value.error.id == "E0509"
    assert runs.controller(run.id) != ""


def test_another_controller_takes_over_when_the_lease_is_over(database: Database) -> None:
    run = Runs(database).create(_plan())
    now = utc_now()
    first = Controller(database, _silent(), clock=lambda: now)
    executor = FakeExecutor()
    second = Controller(database, executor, clock=lambda: now + timedelta(seconds=61))
    first.turn(run.id)

    finished = second.drive(run.id)

    assert finished.state is RunState.done
    assert [each.attempt for each in executor.submitted] == [2, 2, 1, 1, 1, 1]


def test_the_lease_of_a_dead_process_of_this_machine_is_not_waited_for(database: Database) -> None:
    run = Runs(database).create(_plan())
    first = Controller(database, _silent())
    host, _pid, began, place, token = first.owner.split(" ")
    first.owner = f"{host} 4194304 {began} {place} {token}"
    first.turn(run.id)

    finished = Controller(database, FakeExecutor()).drive(run.id)

    assert finished.state is RunState.done


def test_a_result_that_comes_after_the_step_was_given_out_again_is_ignored(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan(1, waves=1))
    now = utc_now()
    lost = Controller(database, _silent(), clock=lambda: now)
    lost.turn(run.id)
    late = FakeExecutor(
        lambda assignment: (Report(assignment.run_id, assignment.step_id, 1, ReportKind.done, result={"late": True}),)
    )
    controller = Controller(database, late, clock=lambda: now + timedelta(seconds=61))

    for _turn in range(3):
        controller.collect(0)
        controller.turn(run.id)

    (step,) = runs.steps(run.id)
    assert (step.state, step.attempt, step.result) == (StepState.running, 2, None)
    assert "ignored" in [event.kind for event in runs.events(run.id)]


def test_what_was_reported_survives_a_failed_transaction(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs(database)
    run = runs.create(_plan(1, waves=1))
    executor = FakeExecutor()
    controller = Controller(database, executor)
    controller.turn(run.id)
    controller.collect(0)
    with database.writing() as connection:
        connection.execute(update(tables.steps).values(attempt=7))
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE waves RENAME TO hidden"))

    with pytest.raises(Exception, match="waves"):
        controller.turn(run.id)

    with database.writing() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO waves"))
        connection.execute(update(tables.steps).values(attempt=1))
    assert controller.drive(run.id).state is RunState.done
    assert len(executor.submitted) == 1


def test_a_target_is_worked_on_by_one_run_at_a_time(database: Database) -> None:
    runs = Runs(database)
    first, second = runs.create(_plan()), runs.create(_plan())
    Controller(database, _silent()).turn(first.id)
    executor = FakeExecutor()
    controller = Controller(database, executor)

    for _turn in range(4):
        controller.collect(0)
        controller.turn(second.id)

    assert [each.target for each in executor.submitted] == ["t2"]


def test_the_database_refuses_two_running_steps_on_one_target(database: Database) -> None:
    runs = Runs(database)
    runs.create(_plan())
    runs.create(_plan())

    with pytest.raises(Exception, match=r"uq_steps_running_target|steps\.target"), database.writing() as connection:
        connection.execute(update(tables.steps).where(tables.steps.c.target == "t1").values(state="running"))


def test_steps_of_one_run_on_one_target_take_turns(database: Database) -> None:
    runs = Runs(database)
    steps = tuple(StepSpec(f"{n}", "k", "the same") for n in range(5))
    run = runs.create(RunPlan("test", "t", steps, Policy(window=4)))
    executor = FakeExecutor()
    controller = Controller(database, executor)

    controller.turn(run.id)
    given_at_first = len(executor.submitted)
    finished = controller.drive(run.id)

    assert given_at_first == 1
    assert finished.state is RunState.done


def test_a_change_of_a_step_that_was_changed_meanwhile_is_refused(database: Database) -> None:
    from yiwang.core.jobs.transition import claimed

    runs = Runs(database)
    run = runs.create(_plan())
    step = runs.steps(run.id)[0]
    change = claimed(step, utc_now(), timedelta(seconds=60), "me")
    with database.writing() as connection:
        store.save(connection, run.id, [change])

    with pytest.raises(JobError) as caught, database.writing() as connection:
        store.save(connection, run.id, [change])

    assert caught.value.error.id == "E0505"


def test_a_stopped_controller_leaves_the_run_open_for_the_next(database: Database) -> None:
    runs = Runs(database)
    run = runs.create(_plan())
    controller = Controller(database, FakeExecutor())
    controller.turn(run.id)

    controller.stop()
    left = controller.drive(run.id)

    assert left.state is RunState.open
    assert len(runs.steps(run.id, state=StepState.done)) == 2
    assert Controller(database, FakeExecutor()).drive(run.id).state is RunState.done


def test_what_a_turn_reads_does_not_grow_with_the_run(sqlite: Database) -> None:
    runs = Runs(sqlite)
    run = runs.create(_plan(3000, waves=3, policy=Policy(window=4)))

    with sqlite.reading() as connection:
        snapshot = store.load_snapshot(connection, run, utc_now(), timedelta(seconds=60))
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT * FROM steps WHERE run_id = 'r' AND state = 'pending' AND wave = 1 "
                "AND NOT EXISTS (SELECT 1 FROM steps AS other WHERE other.target = steps.target "
                "AND other.state = 'running') ORDER BY not_before, position LIMIT 8"
            )
        ).all()

    assert len(snapshot.ready) == 8
    used = " ".join(row[3] for row in plan)
    assert "ix_steps_next" in used
    assert "uq_steps_running_target" in used
    assert "TEMP B-TREE" not in used


def test_a_database_that_comes_back_is_waited_for(database_url: str) -> None:
    database = open_database(database_url)
    runs = Runs(database)
    run = runs.create(_plan())
    if not database.is_sqlite:
        with database.reading() as connection:
            mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        other = open_database(database_url)
        with other.writing() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
        other.close()

    finished = Controller(database, FakeExecutor()).drive(run.id)
    database.close()

    assert finished.state is RunState.done
