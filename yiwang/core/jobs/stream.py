"""The events of a run as others are told of them: in order, each once, from any place on.

An event's ``id`` is its place in its run, without gaps; whoever was cut off goes on after the last
id that he has.  The command line's JSON and the console stream these same events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, select

from yiwang.core.database.tables import events, steps
from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yiwang.core.database.connection import Database

NO_TARGET = code(
    "E0550",
    N_('run {run} has nothing to do with "{given}"{suggestion}'),
    N_("`yiwang runs show {run} -o json` names its targets"),
)
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """An event; ``step`` and ``target`` are empty when it is about the whole run."""

    id: int
    run: str
    time: datetime
    kind: str
    text: str = ""
    step: str = ""
    target: str = ""
    attempt: int = 0

    def plain(self) -> dict[str, Any]:
        """The event as plain data, its time by ISO 8601 in UTC."""
        return {
            "id": self.id,
            "run": self.run,
            "time": self.time.isoformat(),
            "kind": self.kind,
            "text": self.text,
            "step": self.step,
            "target": self.target,
            "attempt": self.attempt,
        }


class Stream:
    """The events of a run after the id ``after``, all of them or those of one target or step."""

    def __init__(
        self, database: Database, run_id: str, *, after: int = 0, target: str = "", step: str | None = None
    ) -> None:
        self._database = database
        self._last = after
        self._query = telling(run_id).order_by(events.c.sequence)
        if target:
            self._query = self._query.where(steps.c.target == target)
        if step is not None:
            self._query = self._query.where(events.c.step_id == step)

    def more(self) -> Iterator[Told]:
        """What has been committed since; asked again later, it goes on from there."""
        page: list[Told] | None = None
        while page is None or len(page) == PAGE:
            with self._database.reading() as connection:
                query = self._query.where(events.c.sequence > self._last).limit(PAGE)
                page = [told_of(row) for row in connection.execute(query)]
            for told in page:
                self._last = told.id
                yield told


def telling(run_id: str) -> Select[Any]:
    """The query for the events of a run, in the order of the fields of :class:`Told`."""
    own = and_(steps.c.run_id == events.c.run_id, steps.c.id == events.c.step_id)
    return (
        select(
            events.c.sequence,
            events.c.run_id,
            events.c.time,
            events.c.kind,
            events.c.text,
            events.c.step_id,
            steps.c.target,
            events.c.attempt,
        )
        .select_from(events.outerjoin(steps, own))
        .where(events.c.run_id == run_id)
    )


def told_of(row: Any) -> Told:
    """An event from its row."""
    id, run, time, kind, text, step, target, attempt = row
    return Told(id, run, time, kind, text, step, target or "", attempt)


def target_of(database: Database, run_id: str, given: str) -> str:
    """The target of a run that is called ``given``: ``node/a``, or ``a`` alone.

    Raises:
        NotFoundError: the run has no such target (E0550).
    """
    query = select(steps.c.target).where(steps.c.run_id == run_id).distinct()
    with database.reading() as connection:
        targets: list[str] = sorted(connection.execute(query).scalars())
    for target in targets:
        if given in (target, target.partition("/")[2]):
            return target
    names = [target.partition("/")[2] for target in targets]
    raise NotFoundError(NO_TARGET, run=run_id, given=given, suggestion=suggestion(given, names))
