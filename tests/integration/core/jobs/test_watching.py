"""Watching, streaming and retrying a run in both databases, beside whoever carries it out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from yiwang.core.database.connection import Database
from yiwang.core.errors import JobError, NotFoundError
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.executor import Assignment, FakeExecutor, Report, ReportKind
from yiwang.core.jobs.model import Policy, Run, RunPlan, RunState, StepSpec, StepState, Wanted
from yiwang.core.jobs.retrying import retry_failed
from yiwang.core.jobs.runs import Runs
from yiwang.core.jobs.stream import Stream, target_of
from yiwang.core.jobs.watching import MOST_ACTIVE, Watch, slowest
from yiwang.core.journal import Journal


def _run(database: Database, count: int = 4, *, window: int = 4, max_failed: int = 0) -> Run:
    steps = tuple(StepSpec(f"s{n}", f"kind-{n * 2 // count}", f"node/n{n}", n * 2 // count) for n in range(count))
    policy = Policy(window=window, max_failed=max_failed)
    return Runs(database).create(RunPlan("test", "a test", steps, policy, "wang"))


def _executor(outcomes: dict[str, Sequence[ReportKind]] | None = None) -> FakeExecutor:
    """What each target reports: by default that it is done; a list without an end goes on running."""

    def outcome(assignment: Assignment) -> Sequence[Report]:
        kinds = (outcomes or {}).get(assignment.target, (ReportKind.started, ReportKind.done))
        return [Report(*assignment.token, kind, f"{kind} {assignment.target}", may_retry=False) for kind in kinds]

    return FakeExecutor(outcome)


BUSY = (ReportKind.started, ReportKind.log, ReportKind.progress)
FAILS = (ReportKind.started, ReportKind.failed)


def _turn(controller: Controller, run: Run, times: int = 2) -> None:
    for _time in range(times):
        controller.collect(0)
        controller.turn(run.id)


def test_a_look_tells_what_runs_since_when_and_what_it_said_last(database: Database) -> None:
    run = _run(database)
    controller = Controller(database, _executor({"node/n0": BUSY}))
    watch = Watch(database, run.id)
    before = watch.look()
    _turn(controller, run)

    seen = watch.look()

    assert (before.running, before.active, before.holder) == (0, (), "")
    assert (seen.running, seen.ended, seen.total, seen.current) == (1, 1, 4, 0)
    assert [(each.target, each.said) for each in seen.active] == [("node/n0", "progress node/n0")]
    assert seen.active[0].started is not None
    assert seen.holder == controller.owner
    assert seen.kinds == {0: "kind-0", 1: "kind-1"}
    assert watch.look().active == seen.active


def test_news_are_what_is_of_note_since_the_look_before_and_told_once(database: Database) -> None:
    run = _run(database)
    watch = Watch(database, run.id)
    watch.look()
    Controller(database, _executor({"node/n1": FAILS})).drive(run.id)

    told = watch.look().news

    assert [(each.kind, each.target) for each in told] == [("failed", "node/n1"), ("state", "")]
    assert told[0].text == "failed node/n1"
    assert watch.look().news == ()


def test_whoever_comes_late_hears_what_the_running_steps_said_before(database: Database) -> None:
    run = _run(database)
    _turn(Controller(database, _executor({"node/n0": BUSY})), run)

    assert [each.said for each in Watch(database, run.id).look().active] == ["progress node/n0"]


def test_of_many_running_steps_a_bounded_number_is_read(database: Database) -> None:
    run = _run(database, 400, window=200)
    _turn(Controller(database, _executor({f"node/n{n}": BUSY for n in range(400)})), run)

    seen = Watch(database, run.id).look()

    assert (seen.running, len(seen.active)) == (200, MOST_ACTIVE)


def test_a_stream_goes_on_from_any_id_without_gaps_or_repeats(database: Database) -> None:
    run = _run(database)
    Controller(database, _executor()).drive(run.id)
    whole = list(Stream(database, run.id).more())

    stream = Stream(database, run.id, after=whole[4].id)

    assert [each.id for each in whole] == list(range(1, len(whole) + 1))
    assert list(stream.more()) == whole[5:]
    assert list(stream.more()) == []
    assert whole[-1].plain()["text"] == "done"


def test_a_stream_of_one_node_holds_its_events_only(database: Database) -> None:
    run = _run(database)
    Controller(database, _executor()).drive(run.id)

    told = list(Stream(database, run.id, target=target_of(database, run.id, "n2")).more())

    assert {(each.step, each.target) for each in told} == {("s2", "node/n2")}
    assert [each.kind for each in told] == ["given", "started", "done"]
    assert target_of(database, run.id, "node/n2") == "node/n2"
    with pytest.raises(NotFoundError) as caught:
        target_of(database, run.id, "nn2")
    assert caught.value.error.id == "E0550"
    assert "n2" in str(caught.value)


def test_failed_steps_are_tried_again_while_the_run_goes_on(database: Database) -> None:
    runs, run = Runs(database), _run(database, max_failed=1)
    outcomes: dict[str, Sequence[ReportKind]] = {"node/n0": FAILS, "node/n2": BUSY}
    executor = _executor(outcomes)
    controller = Controller(database, executor)
    _turn(controller, run, 4)
    outcomes.clear()

    count = retry_failed(database, run.id, by="li")
    _turn(controller, run)

    steps = {step.id: step.state for step in runs.steps(run.id)}
    assert count == 1
    assert (steps["s0"], steps["s2"]) == (StepState.done, StepState.running)
    assert [(each.actor, each.action) for each in Journal(database).entries()][-1] == ("li", "run.retry")


def test_retrying_opens_a_run_that_halted_and_tries_the_named_targets_only(database: Database) -> None:
    run = _run(database, max_failed=1)
    Controller(database, _executor({"node/n0": FAILS, "node/n1": FAILS})).drive(run.id)
    executor = _executor()

    count = retry_failed(database, run.id, targets={"node/n1"}, by="li")
    finished = Controller(database, executor).drive(run.id)

    assert count == 1
    assert finished.state is RunState.partial
    assert [each.target for each in executor.submitted] == ["node/n1", "node/n2", "node/n3"]


def test_retrying_too_little_of_what_failed_is_refused(database: Database) -> None:
    runs, run = Runs(database), _run(database)
    Controller(database, _executor({"node/n0": FAILS, "node/n1": FAILS})).drive(run.id)

    with pytest.raises(JobError) as caught:
        retry_failed(database, run.id, targets={"node/n1"})

    assert caught.value.error.id == "E0552"
    assert runs.find(run.id).state is RunState.halted


def test_what_cannot_be_tried_again_is_said(database: Database) -> None:
    run, cancelled = _run(database), _run(database)
    Runs(database).want(cancelled.id, Wanted.cancel)

    for given, code in ((run.id, "E0551"), (cancelled.id, "E0508")):
        with pytest.raises(JobError) as caught:
            retry_failed(database, given)
        assert caught.value.error.id == code
    Controller(database, _executor()).drive(run.id)
    with pytest.raises(JobError) as caught:
        retry_failed(database, run.id)
    assert caught.value.error.id == "E0508"


def test_the_slowest_steps_are_told_with_their_time(database: Database) -> None:
    run = _run(database)
    Controller(database, _executor({"node/n1": FAILS})).drive(run.id)

    found = slowest(database, run.id, most=2)

    assert len(found) == 2
    assert all(each.seconds >= 0 and each.target.startswith("node/") for each in found)
