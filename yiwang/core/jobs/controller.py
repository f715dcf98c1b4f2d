"""The controller: takes in reports, asks what to do next, does it.  One for each run at a time.

A turn is one transaction: reports are applied, the decision is made from the rows, its
changes are written.  Only after the commit are reports confirmed and steps submitted; so a
crash at any moment loses at most what was in flight, and that is found by its lease.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from yiwang.core.database.types import utc_now
from yiwang.core.errors import DatabaseError, JobError, code
from yiwang.core.evidence import Observation, record
from yiwang.core.i18n import N_
from yiwang.core.jobs import decide, observed, store, transition
from yiwang.core.jobs.executor import Assignment, Executor, Report, ReportKind
from yiwang.core.jobs.lease import Grip, hold, let_go
from yiwang.core.jobs.model import Run, RunState, Step, Wanted, Wave
from yiwang.core.jobs.owner import new_owner, shown
from yiwang.core.jobs.refusal import Refusals, reason_to_refuse
from yiwang.core.jobs.runs import lease_name
from yiwang.core.jobs.transition import Change

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database

BUSY = code(
    "E0509",
    N_("run {run} is being carried out by {holder}"),
    N_("watch it with `yiwang runs watch {run}`"),
    N_("A run has one controller at a time. When that one dies, its lease ends and another may take over."),
)

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class View:
    """How a run stands after a turn; ``had_reports`` when a step told of more than being alive."""

    run: Run
    waves: tuple[Wave, ...]
    running: tuple[Step, ...]
    had_reports: bool


@dataclass(slots=True)
class _Turn:
    """What one transaction decided and what is to follow it."""

    view: View
    submit: list[Step] = field(default_factory=list)
    stop: list[Step] = field(default_factory=list)


def _ignore(_view: View) -> None:
    pass


def _assignment(run_id: str, step: Step) -> Assignment:
    return Assignment(run_id, step.id, step.attempt, step.kind, step.target, step.payload, step.site)


class Controller:
    """Drives runs with an executor; stateless apart from reports that wait to be committed.

    Args:
        database: where the runs are.
        executor: what carries out their steps; closed by whoever made it.
        lease_seconds: a step or a controller that is silent for so long is taken for lost.
        clock: the time in UTC.
    """

    def __init__(
        self,
        database: Database,
        executor: Executor,
        *,
        lease_seconds: float = 60,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.owner = new_owner()
        self._database = database
        self._executor = executor
        self._lease = timedelta(seconds=lease_seconds)
        self._clock = clock
        self._inbox: list[Report] = []
        self._attended: set[str] = set()
        self._refusals = Refusals()
        self._is_stopping = False

    def stop(self) -> None:
        """Give out no more steps; :meth:`drive` returns once the running ones have ended."""
        self._is_stopping = True

    @property
    def is_stopping(self) -> bool:
        """True once :meth:`stop` was called."""
        return self._is_stopping

    def drive(self, run_id: str, watch: Callable[[View], None] = _ignore) -> Run:
        """Carry out a run until it rests, or until :meth:`stop` and nothing is in flight.

        Raises:
            JobError: another controller carries it out (E0509).
            DatabaseError: the database could not be reached for a minute (E0302).
        """
        wait = 0.0
        try:
            while True:
                view = self._patiently(run_id, wait)
                watch(view)
                if view.run.state is not RunState.open or self._may_leave(view):
                    return view.run
                wait = POLL_SECONDS
        finally:
            self.let_go(run_id)

    def _may_leave(self, view: View) -> bool:
        # A run that is to pause or to be cancelled is first brought there.
        return self._is_stopping and not view.running and view.run.wanted is Wanted.run

    def _patiently(self, run_id: str, wait_seconds: float) -> View:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.collect(wait_seconds)
            try:
                return self.turn(run_id)
            except IntegrityError:
                # On PostgreSQL another run took the same target at the same moment.
                if time.monotonic() > give_up:
                    raise
            except DatabaseError as error:
                if error.error.id != "E0302" or time.monotonic() > give_up:
                    raise
            wait_seconds = POLL_SECONDS

    def collect(self, wait_seconds: float) -> None:
        """Take in reports, waiting at most so long for the first."""
        self._inbox += self._executor.reports(wait_seconds)

    def let_go(self, run_id: str) -> None:
        """Give the run's lease back."""
        self._leave(run_id)
        with self._database.writing() as connection:
            let_go(connection, lease_name(run_id), self.owner)

    def turn(self, run_id: str) -> View:
        """Apply the collected reports of a run, decide, act."""
        reports = [report for report in self._inbox if report.run_id == run_id]
        try:
            with self._database.writing() as connection:
                turn = self._transact(connection, run_id, reports)
        except JobError as error:
            if error.error is BUSY:
                self._leave(run_id)
            raise
        self._inbox = [report for report in self._inbox if report.run_id != run_id]
        self._executor.confirm(reports)
        self._attend(run_id, turn)
        for step in turn.stop:
            self._executor.stop(run_id, step.id, step.attempt)
        for step in turn.submit:
            self._executor.submit(_assignment(run_id, step))
        if turn.view.run.state is not RunState.open:
            self._leave(run_id, is_over=True)
        return turn.view

    def _attend(self, run_id: str, turn: _Turn) -> None:
        if run_id in self._attended:
            return
        self._attended.add(run_id)
        given = {step.id for step in turn.submit}
        found = [step for step in turn.view.running if step.id not in given]
        self._executor.attend(
            run_id,
            waiting=[_assignment(run_id, step) for step in found if step.started is None],
            started=[_assignment(run_id, step) for step in found if step.started is not None],
        )

    def _leave(self, run_id: str, *, is_over: bool = False) -> None:
        if run_id in self._attended:
            self._attended.discard(run_id)
            self._executor.leave(run_id, is_over=is_over)
            self._inbox = [report for report in self._inbox if report.run_id != run_id]

    def _transact(self, connection: Connection, run_id: str, reports: list[Report]) -> _Turn:
        run = store.load_run(connection, run_id, lock=True)
        now = self._clock()
        grip = hold(connection, lease_name(run_id), self.owner, now, self._lease)
        self._need(grip, run_id)
        if grip.taken_from:
            store.release_held(connection, run_id, grip.taken_from)
        if reports:
            changes = self._applied(connection, run, reports, now)
            store.save(connection, run_id, changes)
            if run.wanted is Wanted.run and any(observed.asks_to_pause(change.after) for change in changes):
                run = store.pause(connection, run, now)
        snapshot = store.load_snapshot(connection, run, now, self._lease)
        had_reports = any(report.kind is not ReportKind.alive for report in reports)
        turn = _Turn(View(run, snapshot.waves, snapshot.running, had_reports))
        store.save(connection, run_id, self._carry_out(connection, snapshot, now, turn))
        in_flight = [step for step in snapshot.running if not decide.is_lost(step, now, self._lease)]
        turn.view = replace(turn.view, running=(*in_flight, *turn.submit))
        return turn

    def _need(self, grip: Grip, run_id: str) -> None:
        if not grip.held:
            raise JobError(BUSY, run=run_id, holder=shown(grip.owner))

    def _applied(self, connection: Connection, run: Run, reports: Iterable[Report], now: datetime) -> list[Change]:
        steps = store.load_steps(connection, run.id, (report.step_id for report in reports))
        changes = []
        seen: list[Observation] = []
        for report in reports:
            step = steps.get(report.step_id)
            if reason := reason_to_refuse(step, report):
                self._refusals.record(connection, report, reason, now)
                continue
            change = step and transition.reported(step, report, run.policy, now, self._lease)
            if change:
                steps[change.after.id] = change.after
                changes.append(change)
                if change.after is not change.before:
                    seen += observed.observations(report.result, run.id, now)
        # All at once: of many steps that end together each would cost a statement more.
        record(connection, seen)
        return changes

    def _carry_out(self, connection: Connection, snapshot: decide.Snapshot, now: datetime, turn: _Turn) -> list[Change]:
        changes: list[Change] = []
        holder = self.owner if self._executor.dies_with_controller else ""
        for action in decide.next_actions(snapshot, now):
            match action:
                case decide.Dispatch(step):
                    if not self._is_stopping:
                        changes.append(transition.claimed(step, now, self._lease, holder))
                        turn.submit.append(changes[-1].after)
                case decide.GiveUp(step):
                    changes.append(transition.given_up(step, now))
                case decide.Release(step):
                    changes.append(transition.released(step, now))
                case decide.CancelLost(step):
                    changes.append(transition.cancelled(step, now))
                case decide.AskToStop(step):
                    turn.stop.append(step)
                case decide.CancelPending():
                    store.cancel_pending(connection, snapshot.run.id, now)
                case decide.Settle(state):
                    store.settle(connection, snapshot.run.id, state, now)
                    turn.view = replace(turn.view, run=replace(turn.view.run, state=state))
        return changes
