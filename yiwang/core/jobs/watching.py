"""Watching a run: how it stands at a moment, and what of note has happened since the look before.

A look costs the same however many steps the run has: counts are kept by wave, and of the running
steps only those that have run longest are read.  It changes nothing and takes no lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, func, select

from yiwang.core.database.tables import events, steps
from yiwang.core.database.types import utc_now
from yiwang.core.jobs import lease, rows, store
from yiwang.core.jobs.model import Run, RunState, Wave
from yiwang.core.jobs.runs import lease_name
from yiwang.core.jobs.stream import Told, telling, told_of

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database

NOTABLE = ("failed", "retry", "lost", "state", "wanted", "dropped", "refused")
"""Kinds of events that a person wants to see even when many things happen at once."""
MOST_ACTIVE = 50
MOST_NEWS = 200
BACKWARDS = 5000
"""So many events before the first look are searched for what the running steps said last."""

RESTING = frozenset((RunState.paused, RunState.halted))
OVER = frozenset((RunState.done, RunState.partial, RunState.cancelled))


@dataclass(frozen=True, slots=True)
class Active:
    """A running step; ``started`` is None while it waits for its turn, ``said`` is its last line."""

    id: str
    kind: str
    target: str
    wave: int
    attempt: int
    started: datetime | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a run stands at ``time``.

    ``active`` are at most fifty of the ``running`` steps, those that have run longest first; ``news`` is what of
    note happened since the look before; ``newest`` is when anything happened last; ``holder`` carries the run out,
    and is empty when nobody does.
    """

    run: Run
    waves: tuple[Wave, ...]
    kinds: Mapping[int, str]
    running: int
    active: tuple[Active, ...]
    news: tuple[Told, ...]
    newest: datetime
    holder: str
    time: datetime

    @property
    def total(self) -> int:
        """How many steps the run has."""
        return sum(wave.total for wave in self.waves)

    @property
    def failed(self) -> int:
        """How many steps failed."""
        return sum(wave.failed for wave in self.waves)

    @property
    def ended(self) -> int:
        """How many steps have ended, well or not."""
        return sum(wave.total - wave.open for wave in self.waves)

    @property
    def current(self) -> int | None:
        """The number of the first wave that has not ended."""
        return next((wave.number for wave in self.waves if wave.open), None)


class Watch:
    """Looks at one run again and again."""

    def __init__(self, database: Database, run_id: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._run_id = run_id
        self._clock = clock
        self._kinds: dict[int, str] = {}
        self._said: dict[str, str] = {}
        self._last: int | None = None

    def look(self) -> Sight:
        """How the run stands now.

        Raises:
            NotFoundError: there is no such run (E0504).
            DatabaseError: the database cannot be reached (E0302); the next look goes on where this one began.
        """
        with self._database.reading() as connection:
            run = store.load_run(connection, self._run_id)
            newest = connection.execute(_newest, {"b_run": run.id}).first()
            last, moment = newest or (0, run.created)
            active = self._with_lines(connection, _active(connection, run.id))
            sight = Sight(
                run=run,
                waves=tuple(map(rows.wave_of, connection.execute(rows.all_waves, {"b_run": run.id}))),
                kinds=self._kinds_of(connection),
                running=connection.execute(_running, {"b_run": run.id}).scalar_one(),
                active=active,
                news=self._news(connection),
                newest=moment,
                holder=lease.holder(connection, lease_name(run.id), self._clock()),
                time=self._clock(),
            )
        self._last = last
        self._said = {each.id: each.said for each in active}
        return sight

    def _kinds_of(self, connection: Connection) -> Mapping[int, str]:
        if not self._kinds:
            found = connection.execute(rows.wave_kinds, {"b_run": self._run_id})
            self._kinds = {row.wave: row.kind for row in found}
        return self._kinds

    def _news(self, connection: Connection) -> tuple[Told, ...]:
        if self._last is None:
            return ()
        query = telling(self._run_id).where(events.c.sequence > self._last, events.c.kind.in_(NOTABLE))
        found = connection.execute(query.order_by(events.c.sequence.desc()).limit(MOST_NEWS)).all()
        return tuple(map(told_of, reversed(found)))

    def _with_lines(self, connection: Connection, active: Sequence[Active]) -> tuple[Active, ...]:
        said = {each.id: self._said.get(each.id, "") for each in active}
        after = self._last
        if after is None:
            after = (connection.execute(_newest, {"b_run": self._run_id}).scalar() or 0) - BACKWARDS
        new = connection.execute(_lines(self._run_id, after, list(said)))
        for step, text in new:
            said[step] = text.strip() or said[step]
        return tuple(replace(each, said=said[each.id]) for each in active)


_of_run = steps.c.run_id == bindparam("b_run")
_newest = (
    select(events.c.sequence, events.c.time)
    .where(events.c.run_id == bindparam("b_run"))
    .order_by(events.c.sequence.desc())
    .limit(1)
)
_running = select(func.count()).select_from(steps).where(_of_run, steps.c.state == "running")
_longest = (
    select(steps.c.id, steps.c.kind, steps.c.target, steps.c.wave, steps.c.attempt, steps.c.started)
    .where(_of_run, steps.c.state == "running")
    .order_by(steps.c.started.is_(None), steps.c.started, steps.c.position)
    .limit(MOST_ACTIVE)
)


def _active(connection: Connection, run_id: str) -> list[Active]:
    return [Active(*row) for row in connection.execute(_longest, {"b_run": run_id})]


def _lines(run_id: str, after: int, ids: list[str]) -> Any:
    """What these steps said last, after a place in the run."""
    newest = (
        select(func.max(events.c.sequence))
        .where(
            events.c.run_id == run_id,
            events.c.sequence > after,
            events.c.step_id.in_(ids),
            events.c.kind.in_(("log", "progress")),
        )
        .group_by(events.c.step_id)
    )
    return select(events.c.step_id, events.c.text).where(events.c.run_id == run_id, events.c.sequence.in_(newest))


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a step took, in seconds."""

    target: str
    kind: str
    seconds: float


def slowest(database: Database, run_id: str, *, most: int = 3) -> list[Duration]:
    """The steps of a run that took longest, of those that have ended."""
    query = select(steps.c.target, steps.c.kind, steps.c.started, steps.c.finished).where(
        steps.c.run_id == run_id, steps.c.started.is_not(None), steps.c.finished.is_not(None)
    )
    with database.reading() as connection:
        found = [
            Duration(target, kind, (end - begin).total_seconds())
            for target, kind, begin, end in connection.execute(query)
        ]
    return sorted(found, key=lambda each: -each.seconds)[:most]
