"""The decision and the transitions, alone: every interleaving of crashes, clocks and changes of mind."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from yiwang.core.jobs import decide, transition
from yiwang.core.jobs.executor import Report, ReportKind
from yiwang.core.jobs.model import Policy, Run, RunState, Step, StepState, Wanted, Wave

LEASE = timedelta(seconds=60)
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
OVER = (RunState.done, RunState.partial, RunState.cancelled)


def a_run(policy: Policy, wanted: Wanted = Wanted.run) -> Run:
    return Run("r", "k", "t", "", policy, wanted, RunState.open, NOON)


class Rows:
    """The rows in memory: what the store keeps, without a database."""

    def __init__(self, policy: Policy, steps: list[Step], foreign: frozenset[str] = frozenset()) -> None:
        self.run = a_run(policy)
        self.steps = {step.id: step for step in steps}
        self.foreign = foreign  # targets that steps of other runs hold

    def waves(self) -> tuple[Wave, ...]:
        numbers = sorted({step.wave for step in self.steps.values()})
        return tuple(self._wave(number) for number in numbers)

    def _wave(self, number: int) -> Wave:
        states = Counter(step.state for step in self.steps.values() if step.wave == number)
        ended = (states[StepState.done], states[StepState.failed], states[StepState.cancelled])
        return Wave(number, states.total(), *ended)

    def snapshot(self, now: datetime) -> decide.Snapshot:
        waves = self.waves()
        running = tuple(step for step in self.steps.values() if step.state is StepState.running)
        held = {step.target for step in running} | self.foreign
        current = next((wave.number for wave in waves if wave.open), None)
        ready = [
            step
            for step in self.steps.values()
            if step.state is StepState.pending
            and step.wave == current
            and step.target not in held
            and decide.is_due(step, now, self.run.policy)
        ]
        ready.sort(key=lambda step: (step.not_before, step.position))
        room = self.run.policy.window - len(running)
        return decide.Snapshot(self.run, waves, running, tuple(ready[: max(0, 2 * room)]), LEASE)

    def put(self, change: transition.Change) -> None:
        assert self.steps[change.before.id] == change.before
        self.steps[change.after.id] = change.after

    def act(self, now: datetime, holder: str) -> list[Step]:
        """One turn; returns what is to be submitted."""
        submitted = []
        for action in decide.next_actions(self.snapshot(now), now):
            match action:
                case decide.Dispatch(step):
                    self.put(transition.claimed(step, now, LEASE, holder))
                    submitted.append(self.steps[step.id])
                case decide.GiveUp(step):
                    self.put(transition.given_up(step, now))
                case decide.Release(step):
                    self.put(transition.released(step, now))
                case decide.CancelLost(step):
                    self.put(transition.cancelled(step, now))
                case decide.CancelPending():
                    for step in list(self.steps.values()):
                        if step.state is StepState.pending:
                            self.put(transition.cancelled(step, now))
                case decide.Settle(state):
                    self.run = replace(self.run, state=state, wanted=Wanted.run)
        return submitted


@settings(max_examples=250, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
class Interleavings(RuleBasedStateMachine):
    """A controller and its executor, with everything that can go wrong between them.

    ``alive`` holds the attempts that really run somewhere; ``crashes`` how often an attempt
    of a step was in flight when the controller died or its report was lost.
    """

    @initialize(
        shape=st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5), min_size=1, max_size=3),
        policy=st.builds(
            Policy,
            window=st.integers(1, 4),
            max_attempts=st.integers(1, 3),
            max_losses=st.integers(1, 4),
            max_failed=st.integers(0, 2),
        ),
        foreign=st.frozensets(st.sampled_from("abcde"), max_size=1),
    )
    def begin(self, shape: list[list[str]], policy: Policy, foreign: frozenset[str]) -> None:
        steps = [
            Step(f"{wave}.{position}", "k", target, wave, position)
            for wave, targets in enumerate(shape)
            for position, target in enumerate(targets)
        ]
        self.rows = Rows(policy, steps, foreign)
        self.now = NOON
        self.alive: dict[tuple[str, int], bool] = {}
        self.mail: list[Report] = []
        self.sent: list[Report] = []
        self.starts: Counter[str] = Counter()
        self.excuses: Counter[str] = Counter()
        self.finished_at: dict[str, int] = {}
        self.order = 0

    def _turn(self) -> None:
        # As the local executor does: every live attempt is vouched for before anything is decided.
        alive = [Report("r", step_id, attempt, ReportKind.alive) for step_id, attempt in self.alive]
        policy = self.rows.run.policy
        for report in (*alive, *self.mail):
            step = self.rows.steps[report.step_id]
            change = transition.reported(step, report, policy, self.now, LEASE)
            if change:
                self.rows.put(change)
        self.mail.clear()
        for step in self.rows.act(self.now, "me"):
            assert step.target not in self.rows.foreign
            self.alive[step.id, step.attempt] = False

    @rule()
    def turn(self) -> None:
        self._turn()

    @precondition(lambda self: any(not begun for begun in self.alive.values()))
    @rule(data=st.data())
    def a_step_begins(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from([token for token, begun in self.alive.items() if not begun]))
        self.alive[token] = True
        self.starts[token[0]] += 1
        step = self.rows.steps[token[0]]
        earlier = [each for each in self.rows.steps.values() if each.wave < step.wave]
        assert all(each.state.is_final for each in earlier), "a wave began before the one before it had ended"
        self._send(Report("r", *token, ReportKind.started))

    @precondition(lambda self: any(self.alive.values()))
    @rule(
        data=st.data(), kind=st.sampled_from([ReportKind.done, ReportKind.done, ReportKind.failed, ReportKind.crashed])
    )
    def a_step_ends(self, data: st.DataObject, kind: ReportKind) -> None:
        token = data.draw(st.sampled_from([token for token, begun in self.alive.items() if begun]))
        del self.alive[token]
        if kind is not ReportKind.done:
            self.excuses[token[0]] += 1
        self._send(Report("r", *token, kind, "told"))

    def _send(self, report: Report) -> None:
        self.mail.append(report)
        self.sent.append(report)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def a_report_comes_twice(self, data: st.DataObject) -> None:
        self.mail.append(data.draw(st.sampled_from(self.sent)))

    @precondition(lambda self: self.mail)
    @rule(data=st.data())
    def a_report_is_lost(self, data: st.DataObject) -> None:
        lost = self.mail.pop(data.draw(st.integers(0, len(self.mail) - 1)))
        self.excuses[lost.step_id] += 1

    @rule()
    def the_controller_is_killed(self) -> None:
        for step_id in {token[0] for token in self.alive} | {report.step_id for report in self.mail}:
            self.excuses[step_id] += 1
        self.alive.clear()
        self.mail.clear()
        # Its successor sees that it is dead and ends the leases of what died with it.
        for step in list(self.rows.steps.values()):
            if step.state is StepState.running:
                self.rows.steps[step.id] = replace(step, lease_until=None)

    @rule(seconds=st.sampled_from([1, 30, 61, 400, 86_400, -5, -61, -86_400]))
    def the_clock_moves(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.rows.run.state is RunState.open)
    @rule(wanted=st.sampled_from([Wanted.run, Wanted.pause]))
    def a_person_changes_their_mind(self, wanted: Wanted) -> None:
        if self.rows.run.wanted is not Wanted.cancel:
            self.rows.run = replace(self.rows.run, wanted=wanted)

    @precondition(lambda self: self.rows.run.state not in OVER)
    @rule()
    def a_person_cancels(self) -> None:
        self.rows.run = replace(self.rows.run, state=RunState.open, wanted=Wanted.cancel)

    @precondition(lambda self: self.rows.run.state in (RunState.paused, RunState.halted))
    @rule()
    def a_person_resumes(self) -> None:
        was_halted = self.rows.run.state is RunState.halted
        for step in list(self.rows.steps.values()):
            if was_halted and step.state is StepState.failed:
                self.rows.steps[step.id] = transition.retried(step)
                self.excuses[step.id] += 1
        self.rows.run = replace(self.rows.run, state=RunState.open, wanted=Wanted.run)

    @invariant()
    def the_window_is_respected(self) -> None:
        assert len(self.alive) <= self.rows.run.policy.window

    @invariant()
    def a_target_belongs_to_one_step(self) -> None:
        running = [step.target for step in self.rows.steps.values() if step.state is StepState.running]
        assert len(running) == len(set(running))
        live = [self.rows.steps[step_id].target for step_id, _attempt in self.alive]
        assert len(live) == len(set(live))

    @invariant()
    def no_step_begins_again_without_a_reason(self) -> None:
        for step_id, count in self.starts.items():
            assert count <= 1 + self.excuses[step_id]

    @invariant()
    def no_step_is_tried_beyond_its_bounds(self) -> None:
        for step in self.rows.steps.values():
            assert step.failures <= self.rows.run.policy.max_attempts
            assert step.losses <= self.rows.run.policy.max_losses

    @invariant()
    def a_run_at_rest_has_nothing_in_flight(self) -> None:
        if self.rows.run.state is not RunState.open:
            states = {step.state for step in self.rows.steps.values()}
            assert StepState.running not in states
            if self.rows.run.state in OVER:
                assert all(state.is_final for state in states)
            if self.rows.run.state is RunState.done:
                assert states == {StepState.done}

    def teardown(self) -> None:
        """From wherever it is, an undisturbed run comes to an end."""
        if not hasattr(self, "rows"):
            return
        self.rows.foreign = frozenset()
        if self.rows.run.state in (RunState.paused, RunState.halted):
            self.a_person_resumes()
        elif self.rows.run.wanted is Wanted.pause:
            self.rows.run = replace(self.rows.run, wanted=Wanted.run)
        for _turn in range(300):
            if self.rows.run.state is not RunState.open:
                break
            self._turn()
            for step_id, attempt in list(self.alive):
                self.mail += [Report("r", step_id, attempt, kind) for kind in (ReportKind.started, ReportKind.done)]
            self.alive.clear()
            self.now += timedelta(seconds=61)
        assert self.rows.run.state in (*OVER, RunState.halted)


TestInterleavings = Interleavings.TestCase


def _one(**values: object) -> Step:
    return replace(Step("1", "k", "t", 0), **values)  # type: ignore[arg-type]


def _decided(step: Step, policy: Policy | None = None, now: datetime = NOON) -> list[str]:
    rows = Rows(policy or Policy(), [step])
    return [type(action).__name__ for action in decide.next_actions(rows.snapshot(now), now)]


def test_an_attempt_that_never_began_does_not_count() -> None:
    step = _one(state=StepState.running, attempt=50, lease_until=NOON, started=None)

    assert _decided(step, Policy(max_losses=1)) == ["Dispatch"]


def test_a_step_that_was_lost_too_often_has_failed() -> None:
    step = _one(state=StepState.running, attempt=2, losses=1, lease_until=NOON, started=NOON)

    assert _decided(step, Policy(max_losses=2)) == ["GiveUp"]
    after = transition.given_up(step, NOON).after
    assert (after.state, after.losses) == (StepState.failed, 2)
    assert "E0502" in after.error


def test_a_lost_attempt_that_had_begun_is_counted_when_it_is_given_out_again() -> None:
    begun = _one(state=StepState.running, attempt=1, lease_until=NOON, started=NOON)
    waiting = replace(begun, started=None)

    counted = [transition.claimed(step, NOON, LEASE, "me").after.losses for step in (begun, waiting)]
    freed = [transition.released(step, NOON).after.losses for step in (begun, waiting)]

    assert counted == freed == [1, 0]


def test_a_step_fails_for_good_after_its_last_attempt() -> None:
    policy = Policy(max_attempts=3)
    step = _one()
    states = []
    for _attempt in range(3):
        step = transition.claimed(step, NOON, LEASE, "me").after
        report = Report("r", "1", step.attempt, ReportKind.failed, "no")
        change = transition.reported(step, report, policy, NOON, LEASE)
        assert change is not None
        step = change.after
        states.append(step.state)

    assert states == [StepState.pending, StepState.pending, StepState.failed]


def test_a_step_whose_lease_ends_in_a_far_future_is_lost() -> None:
    step = _one(state=StepState.running, lease_until=NOON + timedelta(days=1))

    assert decide.is_lost(step, NOON, LEASE)


def test_a_retry_waits_for_its_time_but_not_for_a_clock_that_was_put_back() -> None:
    step = _one(not_before=NOON + timedelta(seconds=10))

    assert _decided(step) == []
    assert _decided(step, now=NOON + timedelta(seconds=10)) == ["Dispatch"]
    assert _decided(step, now=NOON - timedelta(days=1)) == ["Dispatch"]


@pytest.mark.parametrize("failures", range(1, 12))
def test_the_pause_between_attempts_grows_to_its_cap(failures: int) -> None:
    policy = Policy(retry_seconds=5, retry_cap_seconds=300)

    pause = transition.backoff(_one(), failures, policy).total_seconds()

    whole = min(300, 5 * 2 ** (failures - 1))
    assert whole * 0.75 <= pause <= whole
    assert pause == transition.backoff(_one(), failures, policy).total_seconds()


@pytest.mark.parametrize(
    "result", ["text", 5, [1], {1: 2}, {"a": object()}, {"a": float("nan")}, {"a": "x" * 300_000}, {"a": "\ud800"}]
)
def test_a_malformed_result_fails_the_step_at_once(result: object) -> None:
    step = _one(state=StepState.running, attempt=1, lease_until=NOON, started=NOON)

    change = transition.reported(step, Report("r", "1", 1, ReportKind.done, result=result), Policy(), NOON, LEASE)

    assert change is not None
    assert change.after.state is StepState.failed
    assert change.after.error.startswith("E0501")
    assert change.after.result is None


def test_a_report_of_an_earlier_attempt_changes_nothing_but_is_recorded() -> None:
    step = _one(state=StepState.running, attempt=2, lease_until=NOON)

    change = transition.reported(step, Report("r", "1", 1, ReportKind.done), Policy(), NOON, LEASE)

    assert change is not None
    assert change.after == step
    assert [event.kind for event in change.events] == ["ignored"]


def test_texts_that_no_database_can_hold_are_cleaned() -> None:
    step = _one(state=StepState.running, attempt=1, lease_until=NOON, started=NOON)
    report = Report("r", "1", 1, ReportKind.failed, "bad \x00 \ud800 text", may_retry=False)

    change = transition.reported(step, report, Policy(), NOON, LEASE)

    assert change is not None
    assert change.after.error == "bad \N{REPLACEMENT CHARACTER} ? text"


@pytest.mark.parametrize(("total", "failed", "percent", "tolerated"), [(10, 0, 0, 0), (10, 2, 0, 2), (200, 1, 5, 10)])
def test_how_many_failures_a_wave_bears(total: int, failed: int, percent: float, tolerated: int) -> None:
    assert Policy(max_failed=failed, max_failed_percent=percent).tolerated(total) == tolerated
