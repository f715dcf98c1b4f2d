"""Between rows and values, and the prepared statements of the store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, insert, literal_column, select, update

from yiwang.core.database.tables import events, runs, steps, waves
from yiwang.core.jobs.model import Event, Policy, Run, RunState, Step, StepState, Wanted, Wave

CHANGING = (
    "state",
    "attempt",
    "failures",
    "losses",
    "not_before",
    "lease_until",
    "holder",
    "started",
    "finished",
    "error",
    "result",
)
_STEP = (
    steps.c.id,
    steps.c.kind,
    steps.c.target,
    steps.c.wave,
    steps.c.position,
    steps.c.site,
    steps.c.payload,
    *(steps.c[name] for name in CHANGING),
)

_of_run = steps.c.run_id == bindparam("b_run")
_other = steps.alias("other")

# As literals: neither database matches a partial index with a bound value.
_running: ColumnElement[str] = literal_column("'running'")
_pending: ColumnElement[str] = literal_column("'pending'")

find_run = select(runs).where(runs.c.id == bindparam("b_run"))

lock_run = find_run.with_for_update()

all_waves = select(waves).where(waves.c.run_id == bindparam("b_run")).order_by(waves.c.wave)

wave_kinds = select(steps.c.wave, func.min(steps.c.kind).label("kind")).where(_of_run).group_by(steps.c.wave)

running_steps = select(*_STEP).where(_of_run, steps.c.state == _running).order_by(steps.c.wave, steps.c.position)

any_steps = select(*_STEP).where(_of_run).order_by(steps.c.wave, steps.c.position)

named_steps = select(*_STEP).where(_of_run, steps.c.id.in_(bindparam("b_ids", expanding=True)))

ready_steps = (
    select(*_STEP)
    .where(
        _of_run,
        steps.c.state == _pending,
        steps.c.wave == bindparam("b_wave"),
        (steps.c.not_before <= bindparam("b_now")) | (steps.c.not_before > bindparam("b_cap")),
        ~select(1)
        .select_from(_other)
        .where(_other.c.target == steps.c.target, _other.c.state == _running)
        .correlate(steps)
        .exists(),
    )
    .order_by(steps.c.not_before, steps.c.position)
    .limit(bindparam("b_limit"))
)

change_step = (
    update(steps)
    .where(
        _of_run,
        steps.c.id == bindparam("b_id"),
        steps.c.attempt == bindparam("b_attempt"),
        steps.c.state == bindparam("b_state"),
    )
    .values({steps.c[name]: bindparam(f"v_{name}") for name in CHANGING})
)

count_wave = (
    update(waves)
    .where(waves.c.run_id == bindparam("b_run"), waves.c.wave == bindparam("b_wave"))
    .values({waves.c[name]: waves.c[name] + bindparam(f"d_{name}") for name in ("done", "failed", "cancelled")})
)

take_sequence = (
    update(runs)
    .where(runs.c.id == bindparam("b_run"))
    .values(events=runs.c.events + bindparam("b_count"))
    .returning(runs.c.events)
)

add_events = insert(events)

pending_by_wave = select(steps.c.wave, func.count()).where(_of_run, steps.c.state == _pending).group_by(steps.c.wave)

cancel_pending = (
    update(steps)
    .where(_of_run, steps.c.state == _pending)
    .values(state="cancelled", finished=bindparam("v_now"), started=None)
)

settle_run = (
    update(runs)
    .where(runs.c.id == bindparam("b_run"), runs.c.state == "open")
    .values(
        state=bindparam("v_state"),
        # What was wanted has come to pass; a run that is opened again starts afresh.
        wanted=case((bindparam("v_state") == "cancelled", "cancel"), else_="run"),
        finished=bindparam("v_finished"),
    )
)


def _policy(kept: dict[str, Any]) -> Policy:
    return Policy(**{**kept, "strict_waves": tuple(kept.get("strict_waves", ()))})


def run_of(row: Any) -> Run:
    """A run from its row."""
    return Run(
        row.id,
        row.kind,
        row.title,
        row.requester,
        _policy(row.policy),
        Wanted(row.wanted),
        RunState(row.state),
        row.created,
        row.finished,
    )


def wave_of(row: Any) -> Wave:
    """A wave from its row."""
    return Wave(row.wave, row.total, row.done, row.failed, row.cancelled)


def step_of(row: Any) -> Step:
    """A step from its row, whose columns stand in the order of the fields."""
    values = list(row)
    values[7] = StepState(values[7])
    return Step(*values)


def event_of(row: Any) -> Event:
    """An event from its row."""
    return Event(row.kind, row.text, row.step_id, row.attempt, row.time, row.sequence)


def change_values(run_id: str, before: Step, after: Step) -> dict[str, Any]:
    """The parameters of :data:`change_step`."""
    where = {"b_run": run_id, "b_id": before.id, "b_attempt": before.attempt, "b_state": before.state.value}
    values = {f"v_{name}": getattr(after, name) for name in CHANGING}
    values["v_state"] = after.state.value
    return where | values
