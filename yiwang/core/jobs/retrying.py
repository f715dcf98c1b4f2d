"""Trying failed steps again, also while the rest of their run goes on."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import Connection, update

from yiwang.core import journal
from yiwang.core.database import tables
from yiwang.core.database.types import utc_now
from yiwang.core.errors import JobError, code
from yiwang.core.i18n import N_
from yiwang.core.jobs import rows, store
from yiwang.core.jobs.model import STATE_WORDS, Event, Run, RunState, Step, StepState, Wanted
from yiwang.core.jobs.runs import IS_OVER, SYSTEM
from yiwang.core.jobs.transition import Change, retried

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database

NOTHING_FAILED = code(
    "E0551",
    N_("no step of run {run} has failed there; nothing is tried again"),
    N_("look how it stands: yiwang status {run}"),
)
STILL_TOO_MANY = code(
    "E0552",
    N_("run {run} would halt again at once: of wave {wave}, {left} other failed step(s) are more than it tolerates"),
    N_("try them again, too: yiwang runs retry {run} --failed"),
)


def retry_failed(database: Database, run_id: str, *, targets: Collection[str] = (), by: str = "") -> int:
    """Make failed steps pending again, all or those of some targets; returns how many.

    A run that rests is opened, so that it must be carried out; one that goes on just has more to do, and goes
    back to the earliest wave that is open again.

    Raises:
        NotFoundError: there is no such run (E0504).
        JobError: the run is done or cancelled (E0508), nothing failed there (E0551), or so much else failed that
            nothing would be tried (E0552).
    """
    with database.writing() as connection:
        run = store.load_run(connection, run_id, lock=True)
        if run.state in (RunState.done, RunState.cancelled) or run.wanted is Wanted.cancel:
            raise JobError(IS_OVER, run=run_id, state=STATE_WORDS[run.state.value])
        failed = _failed(connection, run_id, targets)
        if not failed:
            raise JobError(NOTHING_FAILED, run=run_id)
        _must_go_on(connection, run, failed)
        _open(connection, run)
        event = Event("wanted", f"retry {by}".strip(), time=utc_now())
        store.save(connection, run_id, [Change(step, retried(step)) for step in failed], [event])
        detail = {"targets": sorted({step.target for step in failed})}
        journal.append(connection, by or SYSTEM, "run.retry", run_id, detail)
        return len(failed)


def _failed(connection: Connection, run_id: str, targets: Collection[str]) -> list[Step]:
    query = rows.any_steps.where(tables.steps.c.state == StepState.failed.value)
    if targets:
        query = query.where(tables.steps.c.target.in_(sorted(targets)))
    return [rows.step_of(row) for row in connection.execute(query, {"b_run": run_id})]


def _must_go_on(connection: Connection, run: Run, failed: list[Step]) -> None:
    for wave in map(rows.wave_of, connection.execute(rows.all_waves, {"b_run": run.id})):
        left = wave.failed - sum(step.wave == wave.number for step in failed)
        if left > run.policy.tolerated(wave.total, wave.number):
            raise JobError(STILL_TOO_MANY, run=run.id, wave=wave.number + 1, left=left)


def _open(connection: Connection, run: Run) -> None:
    if run.state is not RunState.open:
        values = {"wanted": Wanted.run.value, "state": RunState.open.value, "finished": None}
        connection.execute(update(tables.runs).where(tables.runs.c.id == run.id).values(values))
