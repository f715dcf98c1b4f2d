"""What steps observed is written down with their end."""

from collections.abc import Mapping
from typing import Any

import pytest

from yiwang.core.database.connection import Database
from yiwang.core.evidence import Evidence, Observation, Subject
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.handlers import Handlers, StepContext, StepFailedError, StepHandler
from yiwang.core.jobs.local import LocalExecutor
from yiwang.core.jobs.model import Policy, RunPlan, RunState, StepSpec
from yiwang.core.jobs.observed import PAUSE, told
from yiwang.core.jobs.runs import Runs

SEEN = Observation(Subject("node", "desk-1"), "gate.ssh", "pass", {"text": "answers"})


def ran(database: Database, *kinds: str) -> str:
    """The id of a run of one step for each kind, carried out to its end."""
    steps = tuple(StepSpec(kind, kind, f"node/{kind}") for kind in kinds)
    run = Runs(database).create(RunPlan("test", "a test", steps, Policy(max_attempts=1)))
    executor = LocalExecutor(Handlers(HANDLERS))
    try:
        Controller(database, executor).drive(run.id)
    finally:
        executor.close()
    return run.id


def sees(_context: StepContext) -> Mapping[str, Any]:
    return {"more": 1, **told([SEEN])}


def fails(_context: StepContext) -> None:
    raise StepFailedError("closed", result=told([Observation(SEEN.subject, "gate.tcp", "fail")]))


def lies(_context: StepContext) -> Mapping[str, Any]:
    return {"evidence": [{"subject": "nobody", "kind": "x", "verdict": "perhaps"}]}


def pauses(_context: StepContext) -> Mapping[str, Any]:
    return PAUSE


HANDLERS = [StepHandler(each.__name__, each) for each in (sees, fails, lies, pauses)]


def test_evidence_of_a_step_is_kept_with_its_run(database: Database) -> None:
    run = ran(database, "sees")

    (found,) = Evidence(database).history(run=run)
    assert (found.subject, found.kind, found.verdict, found.detail) == (
        SEEN.subject,
        SEEN.kind,
        SEEN.verdict,
        SEEN.detail,
    )


def test_a_step_that_failed_leaves_its_evidence_too(database: Database) -> None:
    run = ran(database, "fails")

    assert Runs(database).find(run).state is RunState.halted
    assert [(each.kind, each.verdict) for each in Evidence(database).history(run=run)] == [("gate.tcp", "fail")]


def test_malformed_evidence_fails_the_step_and_is_not_kept(database: Database) -> None:
    run = ran(database, "lies")

    (step,) = Runs(database).steps(run)
    assert "E0501" in step.error
    assert Evidence(database).history(run=run) == []


@pytest.mark.parametrize("kinds", [("sees", "fails", "lies")])
def test_each_step_of_a_run_leaves_its_own(database: Database, kinds: tuple[str, ...]) -> None:
    run = ran(database, *kinds)

    assert len(Evidence(database).history(run=run)) == 2


def test_a_step_can_ask_for_a_person_before_the_next_wave(database: Database) -> None:
    steps = (StepSpec("1", "pauses", "a"), StepSpec("2", "sees", "b", wave=1))
    run = Runs(database).create(RunPlan("test", "a test", steps))
    executor = LocalExecutor(Handlers(HANDLERS))

    paused = Controller(database, executor).drive(run.id)
    before = Runs(database).waves(run.id)
    Runs(database).reopen(run.id)
    done = Controller(database, executor).drive(run.id)
    executor.close()

    assert paused.state is RunState.paused
    assert [wave.done for wave in before] == [1, 0]
    assert done.state is RunState.done


def test_in_a_strict_wave_no_step_may_fail(database: Database) -> None:
    policy = Policy(max_attempts=1, max_failed=5, strict_waves=(1,))
    steps = (StepSpec("1", "fails", "a"), StepSpec("2", "fails", "b", wave=1), StepSpec("3", "sees", "c", wave=2))
    run = Runs(database).create(RunPlan("test", "a test", steps, policy))
    executor = LocalExecutor(Handlers(HANDLERS))

    ended = Controller(database, executor).drive(run.id)
    executor.close()

    assert ended.state is RunState.halted
    assert [wave.open for wave in Runs(database).waves(run.id)] == [0, 0, 1]
