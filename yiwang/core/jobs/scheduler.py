"""The scheduler: schedules as rows, of which one leader at a time makes runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from yiwang.core import journal
from yiwang.core.database import tables
from yiwang.core.database.types import utc_now
from yiwang.core.errors import JobError, NotFoundError, YiwangError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.core.jobs import runs
from yiwang.core.jobs.lease import hold, let_go
from yiwang.core.jobs.model import Run, RunPlan
from yiwang.core.jobs.owner import new_owner
from yiwang.core.jobs.schedule import Due, Schedule, check, due

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database

UNKNOWN_SCHEDULE = code(
    "E0517", N_('there is no schedule "{name}"{suggestion}'), N_("`yiwang schedules list` shows all schedules")
)
EXISTS = code("E0518", N_('there is a schedule "{name}" already'), N_("remove it first, or choose another name"))
UNKNOWN_PLANNER = code(
    "E0519", N_('no run of the kind "{kind}" can be scheduled{suggestion}'), N_("known here: {known}")
)

LEASE = "scheduler"

Planner = Callable[[Mapping[str, Any]], RunPlan]
"""Makes the plan of a run from a schedule's parameters; bad parameters raise a YiwangError."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What became of a moment: a run, an error, or neither when it was left out."""

    schedule: Schedule
    moment: datetime
    run: Run | None = None
    error: YiwangError | None = None


class Scheduler:
    """The schedules of one database."""

    def __init__(
        self,
        database: Database,
        planners: Mapping[str, Planner],
        *,
        lease_seconds: float = 60,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.owner = new_owner()
        self._database = database
        self._planners = planners
        self._lease = timedelta(seconds=lease_seconds)
        self._clock = clock

    def add(self, schedule: Schedule, *, by: str = "") -> Schedule:
        """Keep a new schedule; moments count from now.

        Raises:
            JobError: it can never work (E0513-E0516), its name is taken (E0518), or nobody
                plans runs of its kind (E0519).
        """
        now = self._clock()
        check(schedule, now)
        self._planner(schedule.kind)
        values = {each.name: getattr(schedule, each.name) for each in fields(schedule)}
        values |= {"handled_until": now, "parameters": dict(schedule.parameters)}
        try:
            with self._database.writing() as connection:
                connection.execute(insert(tables.schedules), values)
                detail = {"cron": schedule.cron, "kind": schedule.kind}
                journal.append(connection, by or runs.SYSTEM, "schedule.add", schedule.name, detail)
        except IntegrityError as error:
            raise JobError(EXISTS, name=schedule.name) from error
        return Schedule(**values)

    def remove(self, name: str, *, by: str = "") -> None:
        """Forget a schedule; its runs stay.  Raises NotFoundError (E0517)."""
        with self._database.writing() as connection:
            if not connection.execute(delete(tables.schedules).where(tables.schedules.c.name == name)).rowcount:
                raise self._unknown(name)
            journal.append(connection, by or runs.SYSTEM, "schedule.remove", name)

    def enable(self, name: str, enabled: bool, *, by: str = "") -> None:
        """Switch a schedule on or off; what is missed while it is off stays missed.

        Raises:
            NotFoundError: there is no such schedule (E0517).
        """
        change = update(tables.schedules).where(tables.schedules.c.name == name)
        with self._database.writing() as connection:
            if not connection.execute(change.values(enabled=enabled, handled_until=self._clock())).rowcount:
                raise self._unknown(name)
            journal.append(connection, by or runs.SYSTEM, "schedule.enable", name, {"enabled": enabled})

    def all(self) -> list[Schedule]:
        """Every schedule, by name."""
        with self._database.reading() as connection:
            found = connection.execute(select(tables.schedules).order_by(tables.schedules.c.name))
            return [Schedule(**row) for row in found.mappings()]

    def begin_due(self) -> list[Begun]:
        """Begin the runs whose moment has come; does nothing while another scheduler leads."""
        now = self._clock()
        with self._database.writing() as connection:
            if not hold(connection, LEASE, self.owner, now, self._lease).held:
                return []
        begun = []
        for schedule in self.all():
            found = due(schedule, now) if schedule.enabled else None
            if found is not None:
                begun.append(self._begin(schedule, found))
        return begun

    def let_go(self) -> None:
        """Let another scheduler lead."""
        with self._database.writing() as connection:
            let_go(connection, LEASE, self.owner)

    def _begin(self, schedule: Schedule, found: Due) -> Begun:
        plan, error = None, None
        if found.begins:
            try:
                plan = self._planner(schedule.kind)(schedule.parameters)
            except YiwangError as problem:
                error = problem
        change = update(tables.schedules).where(
            tables.schedules.c.name == schedule.name, tables.schedules.c.handled_until == schedule.handled_until
        )
        with self._database.writing() as connection:
            # The moment and its run in one transaction: no crash and no second leader begins it twice.
            if not connection.execute(change.values(handled_until=found.moment)).rowcount or plan is None:
                return Begun(schedule, found.moment, error=error)
            run_id = f"{schedule.name}-{found.moment.astimezone():%Y%m%d-%H%M%S}"
            return Begun(schedule, found.moment, runs.create(connection, plan, run_id=run_id))

    def _planner(self, kind: str) -> Planner:
        if kind not in self._planners:
            known = ", ".join(sorted(self._planners))
            raise JobError(UNKNOWN_PLANNER, kind=kind, known=known, suggestion=suggestion(kind, self._planners))
        return self._planners[kind]

    def _unknown(self, name: str) -> NotFoundError:
        known = [schedule.name for schedule in self.all()]
        return NotFoundError(UNKNOWN_SCHEDULE, name=name, suggestion=suggestion(name, known))
