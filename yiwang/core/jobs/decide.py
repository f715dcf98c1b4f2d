"""What to do next: a pure function of the rows and the clock.

It is asked again after every report, crash, restart or change of mind, and knows nothing
else; so carrying on after a crash is not a special case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from yiwang.core.jobs.model import Policy, Run, RunState, Step, Wanted, Wave


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the decision needs, never more than a window's worth of steps.

    ``waves`` in their order; ``running`` all running steps of the run; ``ready`` the next
    pending steps of the first open wave that are due, in their order, without targets that
    any running step holds.
    """

    run: Run
    waves: tuple[Wave, ...]
    running: tuple[Step, ...]
    ready: tuple[Step, ...]
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Claim the step and give it to the executor."""

    step: Step


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The step was lost too often: it has failed."""

    step: Step


@dataclass(frozen=True, slots=True)
class Release:
    """The step was lost while the run pauses or halts: back to the pending ones."""

    step: Step


@dataclass(frozen=True, slots=True)
class CancelLost:
    """The step was lost while the run is being cancelled: it is cancelled."""

    step: Step


@dataclass(frozen=True, slots=True)
class AskToStop:
    """Tell the running step that its run is being cancelled."""

    step: Step


@dataclass(frozen=True, slots=True)
class CancelPending:
    """Cancel every pending step of the run."""


@dataclass(frozen=True, slots=True)
class Settle:
    """The run comes to rest in this state."""

    state: RunState


Action = Dispatch | GiveUp | Release | CancelLost | AskToStop | CancelPending | Settle


def next_actions(snapshot: Snapshot, now: datetime) -> tuple[Action, ...]:
    """Everything that should be done now; empty means wait for a report or for the clock."""
    run = snapshot.run
    if run.state is not RunState.open:
        return ()
    if run.wanted is Wanted.cancel:
        return tuple(_cancelling(snapshot, now))
    current = next((wave for wave in snapshot.waves if wave.open), None)
    if any(_too_many(wave, run.policy) for wave in snapshot.waves):
        return tuple(_stopping(snapshot, now, RunState.halted))
    if current is None:
        has_failed = any(wave.failed for wave in snapshot.waves)
        return (Settle(RunState.partial if has_failed else RunState.done),)
    if run.wanted is Wanted.pause:
        return tuple(_stopping(snapshot, now, RunState.paused))
    return tuple(_working(snapshot, now))


def is_lost(step: Step, now: datetime, lease: timedelta) -> bool:
    """True when nobody vouches for a running step any more.

    A lease that ends later than one given this very moment was given by a clock that has
    since been put back; it is not waited for.
    """
    return step.lease_until is None or not now < step.lease_until <= now + lease


def is_due(step: Step, now: datetime, policy: Policy) -> bool:
    """True when a pending step need not wait any longer, also after the clock was put back."""
    return not now < step.not_before <= now + timedelta(seconds=policy.retry_cap_seconds)


def _too_many(wave: Wave, policy: Policy) -> bool:
    return wave.failed > policy.tolerated(wave.total, wave.number)


def _is_spent(step: Step, policy: Policy) -> bool:
    return step.losses + (step.started is not None) >= policy.max_losses


def _working(snapshot: Snapshot, now: datetime) -> Iterator[Action]:
    policy = snapshot.run.policy
    lost = [step for step in snapshot.running if is_lost(step, now, snapshot.lease)]
    busy = len(snapshot.running) - len(lost)
    again = []
    for step in lost:
        if _is_spent(step, policy):
            yield GiveUp(step)
        else:
            again.append(step)
    # A lost step keeps its target; a pending one must not take it away.
    targets = {step.target for step in snapshot.running}
    for step in again:
        if busy < policy.window:
            busy += 1
            yield Dispatch(step)
    for step in snapshot.ready:
        if busy < policy.window and step.target not in targets and is_due(step, now, policy):
            busy += 1
            targets.add(step.target)
            yield Dispatch(step)


def _stopping(snapshot: Snapshot, now: datetime, state: RunState) -> Iterator[Action]:
    if not snapshot.running:
        yield Settle(state)
    for step in snapshot.running:
        if is_lost(step, now, snapshot.lease):
            yield GiveUp(step) if _is_spent(step, snapshot.run.policy) else Release(step)


def _cancelling(snapshot: Snapshot, now: datetime) -> Iterator[Action]:
    has_open = any(wave.open for wave in snapshot.waves)
    if not has_open:
        yield Settle(RunState.cancelled)
        return
    yield CancelPending()
    for step in snapshot.running:
        yield CancelLost(step) if is_lost(step, now, snapshot.lease) else AskToStop(step)
