"""The rows of runs, inside the caller's transaction: what one turn of the controller reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from yiwang.core.database.tables import events, runs, steps
from yiwang.core.errors import JobError, NotFoundError, code
from yiwang.core.i18n import N_
from yiwang.core.jobs import rows
from yiwang.core.jobs.decide import Snapshot
from yiwang.core.jobs.model import Event, Policy, Run, RunState, Step, StepState, Wanted
from yiwang.core.jobs.transition import Change

UNKNOWN_RUN = code("E0504", N_('there is no run "{given}"'), N_("`yiwang runs list` shows all runs"))
OVERTAKEN = code(
    "E0505",
    N_("another controller changed the steps of run {run} at the same time"),
    N_("nothing is lost; look with `yiwang runs show {run}` who carries it out"),
    N_("Every change of a step names the attempt that it is about. This one named an attempt that was over."),
)

_COUNTED = (StepState.done, StepState.failed, StepState.cancelled)


def load_run(connection: Connection, run_id: str, *, lock: bool = False) -> Run:
    """The run, on PostgreSQL with its row locked on request; raises NotFoundError (E0504).

    Whoever changes a run locks its row first, so that no two wait for each other.
    """
    row = connection.execute(rows.lock_run if lock else rows.find_run, {"b_run": run_id}).first()
    if row is None:
        raise NotFoundError(UNKNOWN_RUN, given=run_id)
    return rows.run_of(row)


def load_snapshot(connection: Connection, run: Run, now: datetime, lease: timedelta) -> Snapshot:
    """What :func:`~yiwang.core.jobs.decide.next_actions` needs to know now."""
    key = {"b_run": run.id}
    waves = tuple(map(rows.wave_of, connection.execute(rows.all_waves, key)))
    running = tuple(map(rows.step_of, connection.execute(rows.running_steps, key)))
    current = next((wave.number for wave in waves if wave.open), None)
    room = run.policy.window - len(running)
    ready: tuple[Step, ...] = ()
    if current is not None and room > 0:
        ready = _ready(connection, run.policy, key | {"b_wave": current, "b_now": now, "b_limit": 2 * room})
    return Snapshot(run, waves, running, ready, lease)


def _ready(connection: Connection, policy: Policy, values: dict[str, object]) -> tuple[Step, ...]:
    cap = timedelta(seconds=policy.retry_cap_seconds)
    now = values["b_now"]
    assert isinstance(now, datetime)
    return tuple(map(rows.step_of, connection.execute(rows.ready_steps, values | {"b_cap": now + cap})))


def load_steps(connection: Connection, run_id: str, ids: Iterable[str]) -> dict[str, Step]:
    """The steps with these ids; unknown ids are simply absent."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = connection.execute(rows.named_steps, {"b_run": run_id, "b_ids": wanted})
    return {step.id: step for step in map(rows.step_of, found)}


def save(connection: Connection, run_id: str, changes: Sequence[Change], more: Sequence[Event] = ()) -> None:
    """Write the changes of steps, keep the counts of their waves, append the events.

    Several changes of one step are folded into one row change.  Every change is a
    compare-and-set on state and attempt.

    Raises:
        JobError: a step is no longer as it was before the change (E0505).
    """
    folded: dict[str, tuple[Step, Step]] = {}
    for change in changes:
        before = folded[change.before.id][0] if change.before.id in folded else change.before
        folded[change.before.id] = (before, change.after)
    pairs = [(before, after) for before, after in folded.values() if before != after]
    # Rows that stop running first: a target must be free before another step may take it.
    pairs.sort(key=lambda pair: pair[1].state is StepState.running)
    if pairs:
        values = [rows.change_values(run_id, before, after) for before, after in pairs]
        if connection.execute(rows.change_step, values).rowcount != len(pairs):
            raise JobError(OVERTAKEN, run=run_id)
        _count(connection, run_id, pairs)
    add_events(connection, run_id, [event for change in changes for event in change.events] + list(more))


def _count(connection: Connection, run_id: str, pairs: Iterable[tuple[Step, Step]]) -> None:
    deltas: dict[int, dict[StepState, int]] = {}
    for before, after in pairs:
        for state, by in ((before.state, -1), (after.state, 1)):
            if before.state is not after.state and state in _COUNTED:
                wave = deltas.setdefault(before.wave, dict.fromkeys(_COUNTED, 0))
                wave[state] += by
    count_waves(connection, run_id, deltas)


def count_waves(connection: Connection, run_id: str, deltas: Mapping[int, Mapping[StepState, int]]) -> None:
    """Add to the counts of waves."""
    values = [
        {"b_run": run_id, "b_wave": wave} | {f"d_{state.value}": by for state, by in counts.items()}
        for wave, counts in sorted(deltas.items())
    ]
    if values:
        connection.execute(rows.count_wave, values)


def add_events(connection: Connection, run_id: str, added: Sequence[Event]) -> None:
    """Append events with the next sequence numbers of the run, without gaps, in the order of commits."""
    if not added:
        return
    last = connection.execute(rows.take_sequence, {"b_run": run_id, "b_count": len(added)}).scalar_one()
    first = last - len(added) + 1
    values = [
        {
            "run_id": run_id,
            "sequence": first + offset,
            "time": event.time,
            "step_id": event.step_id,
            "attempt": event.attempt,
            "kind": event.kind,
            "text": event.text,
        }
        for offset, event in enumerate(added)
    ]
    connection.execute(events.insert(), values)


def cancel_pending(connection: Connection, run_id: str, now: datetime) -> None:
    """Cancel every pending step, with one event for all of them."""
    found = connection.execute(rows.pending_by_wave, {"b_run": run_id}).all()
    if not found:
        return
    connection.execute(rows.cancel_pending, {"b_run": run_id, "v_now": now})
    count_waves(
        connection,
        run_id,
        {wave: {StepState.done: 0, StepState.failed: 0, StepState.cancelled: count} for wave, count in found},
    )
    total = sum(count for _wave, count in found)
    add_events(connection, run_id, [Event("dropped", str(total), time=now)])


def settle(connection: Connection, run_id: str, state: RunState, now: datetime) -> None:
    """Bring an open run to rest."""
    is_over = state in (RunState.done, RunState.partial, RunState.cancelled)
    values = {"b_run": run_id, "v_state": state.value, "v_finished": now if is_over else None}
    if connection.execute(rows.settle_run, values).rowcount:
        add_events(connection, run_id, [Event("state", state.value, time=now)])


def pause(connection: Connection, run: Run, now: datetime) -> Run:
    """Ask an open run to pause, because one of its steps does."""
    wanted = update(runs).where(runs.c.id == run.id, runs.c.wanted == Wanted.run.value)
    if not connection.execute(wanted.values(wanted=Wanted.pause.value)).rowcount:
        return run
    add_events(connection, run.id, [Event("wanted", Wanted.pause.value, time=now)])
    return replace(run, wanted=Wanted.pause)


def release_held(connection: Connection, run_id: str, holder: str) -> None:
    """End the leases of steps that died together with their holder."""
    connection.execute(
        update(steps)
        .where(steps.c.run_id == run_id, steps.c.state == "running", steps.c.holder == holder)
        .values(lease_until=None)
    )
