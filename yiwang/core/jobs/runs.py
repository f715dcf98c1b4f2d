"""Runs as a person sees them: create, list, look into, pause, cancel, open again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select, update

from yiwang.core import journal
from yiwang.core.database import tables
from yiwang.core.database.types import utc_now
from yiwang.core.errors import JobError, code
from yiwang.core.i18n import N_
from yiwang.core.jobs import lease, rows, store
from yiwang.core.jobs.model import (
    EPOCH,
    STATE_WORDS,
    Event,
    Run,
    RunPlan,
    RunState,
    Step,
    StepState,
    Wanted,
    Wave,
    policy_data,
)
from yiwang.core.jobs.transition import Change, retried

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database

EMPTY_PLAN = code("E0506", N_("the run {title} has no steps"), N_("nothing has to be done; no run is needed"))
REPEATED_STEP = code("E0507", N_('two steps of the run have the id "{id}"'), N_("give every step an id of its own"))
IS_OVER = code(
    "E0508",
    N_("run {run} is over: {state}"),
    N_("begin a new run"),
    N_("A run that is done or cancelled does not begin again; the same work is planned anew, as a new run."),
)

_BATCH = 1000

SYSTEM = "yiwang"
"""Who acts in the journal when no person does."""


def lease_name(run_id: str) -> str:
    """The name of the lease that the controller of a run holds."""
    return f"run:{run_id}"


class Runs:
    """The runs of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, plan: RunPlan, *, run_id: str | None = None) -> Run:
        """Keep a plan as a run with its steps, all or nothing; nothing is carried out yet.

        Raises:
            JobError: the plan has no steps (E0506) or two with one id (E0507).
            DatabaseError: a payload is not plain data (E0310) or holds a secret (E0311).
        """
        with self._database.writing() as connection:
            return create(connection, plan, run_id=run_id)

    def find(self, given: str) -> Run:
        """The run with this id, or the only one whose id begins so; raises NotFoundError (E0504)."""
        with self._database.reading() as connection:
            query = select(tables.runs.c.id).where(tables.runs.c.id.startswith(given, autoescape=True)).limit(2)
            ids = connection.execute(query).scalars().all()
            return store.load_run(connection, ids[0] if len(ids) == 1 else given)

    def all(self, *, limit: int = 50, state: RunState | None = None) -> list[Run]:
        """Runs, the newest first."""
        query = select(tables.runs).order_by(tables.runs.c.created.desc(), tables.runs.c.id).limit(limit)
        if state is not None:
            query = query.where(tables.runs.c.state == state.value)
        with self._database.reading() as connection:
            return [rows.run_of(row) for row in connection.execute(query)]

    def waves(self, run_id: str) -> list[Wave]:
        """The waves of a run with their counts."""
        with self._database.reading() as connection:
            return [rows.wave_of(row) for row in connection.execute(rows.all_waves, {"b_run": run_id})]

    def wave_kinds(self, run_id: str) -> dict[int, str]:
        """What kind of steps each wave has, by its number; all steps of a wave do the same."""
        with self._database.reading() as connection:
            return {row.wave: row.kind for row in connection.execute(rows.wave_kinds, {"b_run": run_id})}

    def steps(self, run_id: str, *, state: StepState | None = None, limit: int | None = None) -> list[Step]:
        """Steps of a run in their order."""
        with self._database.reading() as connection:
            return _steps(connection, run_id, state, limit)

    def events(self, run_id: str, *, after: int = 0, step_id: str | None = None, limit: int = 1000) -> list[Event]:
        """Events after a sequence number, in order; what a live view asks for again and again."""
        table = tables.events
        query = select(table).where(table.c.run_id == run_id, table.c.sequence > after)
        if step_id is not None:
            query = query.where(table.c.step_id == step_id)
        with self._database.reading() as connection:
            return [rows.event_of(row) for row in connection.execute(query.order_by(table.c.sequence).limit(limit))]

    def newest_event(self, run_id: str) -> Event | None:
        """The last thing that happened to a run."""
        table = tables.events
        query = select(table).where(table.c.run_id == run_id).order_by(table.c.sequence.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return rows.event_of(row) if row else None

    def controller(self, run_id: str) -> str:
        """Who carries out the run now; empty when nobody does."""
        with self._database.reading() as connection:
            return lease.holder(connection, lease_name(run_id), utc_now())

    def want(self, run_id: str, wanted: Wanted, *, by: str = "") -> Run:
        """Ask a run to pause or to be cancelled: a flag in its row, which its controller heeds.

        Raises:
            JobError: the run is over (E0508).
        """
        with self._database.writing() as connection:
            run = _must_not_be_over(connection, run_id)
            # One that rests is opened, so that its controller brings it to where it is wanted.
            is_resting = wanted is Wanted.cancel and run.state is not RunState.open
            values = {"wanted": wanted.value} | ({"state": "open"} if is_resting else {})
            connection.execute(update(tables.runs).where(tables.runs.c.id == run_id).values(values))
            store.add_events(connection, run_id, [Event("wanted", f"{wanted.value} {by}".strip(), time=utc_now())])
            journal.append(connection, by or SYSTEM, f"run.{wanted.value}", run_id)
            return store.load_run(connection, run_id)

    def reopen(self, run_id: str, *, by: str = "") -> Run:
        """Open a paused, halted or partly failed run again; its failed steps become pending.

        Raises:
            JobError: the run is done or cancelled (E0508).
        """
        with self._database.writing() as connection:
            run = store.load_run(connection, run_id, lock=True)
            if run.state in (RunState.done, RunState.cancelled) or run.wanted is Wanted.cancel:
                raise JobError(IS_OVER, run=run_id, state=STATE_WORDS[run.state.value])
            changes: list[Change] = []
            if run.state in (RunState.halted, RunState.partial):
                changes = [Change(step, retried(step)) for step in _steps(connection, run_id, StepState.failed, None)]
            values = {"wanted": "run", "state": "open", "finished": None}
            connection.execute(update(tables.runs).where(tables.runs.c.id == run_id).values(values))
            store.save(connection, run_id, changes, [Event("wanted", f"run {by}".strip(), time=utc_now())])
            journal.append(connection, by or SYSTEM, "run.resume", run_id)
            return store.load_run(connection, run_id)


def create(connection: Connection, plan: RunPlan, *, run_id: str | None = None) -> Run:
    """As :meth:`Runs.create`, inside the caller's writing transaction."""
    ids = [step.id for step in plan.steps]
    if not ids:
        raise JobError(EMPTY_PLAN, title=plan.title)
    if len(set(ids)) < len(ids):
        raise JobError(REPEATED_STEP, id=next(each for each in ids if ids.count(each) > 1))
    now = utc_now()
    run = Run(
        run_id or new_run_id(plan.kind, now),
        plan.kind,
        plan.title,
        plan.requester,
        plan.policy,
        Wanted.run,
        RunState.open,
        now,
    )
    connection.execute(insert(tables.runs), _run_row(run))
    totals: dict[int, int] = {}
    for step in plan.steps:
        totals[step.wave] = totals.get(step.wave, 0) + 1
    connection.execute(
        insert(tables.waves), [{"run_id": run.id, "wave": wave, "total": total} for wave, total in totals.items()]
    )
    for batch in _step_rows(run.id, plan):
        connection.execute(insert(tables.steps), batch)
    store.add_events(connection, run.id, [Event("created", f"{len(ids)}", time=now)])
    detail = {"kind": plan.kind, "title": plan.title, "steps": len(ids)}
    journal.append(connection, plan.requester or SYSTEM, "run.create", run.id, detail)
    return run


def new_run_id(kind: str, now: datetime) -> str:
    """An id that people can read out: kind, day and a few random letters."""
    return f"{kind}-{now:%Y%m%d}-{secrets.token_hex(3)}"


def _run_row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "title": run.title,
        "requester": run.requester,
        "policy": policy_data(run.policy),
        "wanted": run.wanted.value,
        "state": run.state.value,
        "created": run.created,
    }


def _step_rows(run_id: str, plan: RunPlan) -> Iterator[list[dict[str, Any]]]:
    values = [
        {
            "run_id": run_id,
            "id": step.id,
            "wave": step.wave,
            "position": position,
            "kind": step.kind,
            "target": step.target,
            "site": step.site,
            "payload": dict(step.payload),
            "not_before": EPOCH,
        }
        for position, step in enumerate(plan.steps)
    ]
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def _steps(connection: Connection, run_id: str, state: StepState | None, limit: int | None) -> list[Step]:
    query = rows.any_steps
    if state is not None:
        query = query.where(tables.steps.c.state == state.value)
    found = connection.execute(query.limit(limit), {"b_run": run_id})
    return [rows.step_of(row) for row in found]


def _must_not_be_over(connection: Connection, run_id: str) -> Run:
    run = store.load_run(connection, run_id, lock=True)
    if run.state in (RunState.done, RunState.partial, RunState.cancelled):
        raise JobError(IS_OVER, run=run_id, state=STATE_WORDS[run.state.value])
    return run
